"""Stores two numbers per detection, which turn a cut into a range filter.

Without them a cut is computed each time its view is read. Storing them is worth it for datasets
that are cut often, or counted as a whole: see the benchmark in the documentation.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import fiftyone as fo
from pymongo.errors import ExecutionTimeout

from ..core import fields as names
from ..core.keys import CUTS_KEY
from ..internals.database import count_samples, last_modified, samples_of
from ..internals.documents import declare_attributes
from ..internals.views import source_dataset
from . import cut_expressions as expressions
from .hierarchy import DatasetOrView, find_hierarchy

logger = logging.getLogger(__name__)

#: The time limit of examining changed videos, in milliseconds.
_LOOK_MS = 1000

_DESCRIPTIONS = {
    names.CUT_FROM: "The smallest time scale, in seconds, at which the segment is in the cut",
    names.CUT_UNTIL: "The time scale, in seconds, from which it is no longer in the cut; 1e9: none",
}


def store_cut(dataset: DatasetOrView, fields: Sequence[str] | None = None) -> int:
    """Stores ``cut_from`` and ``cut_until``, in seconds, on each detection of a dataset.

    A segment is in the cut at N seconds if ``cut_from <= N < cut_until``: from its own duration
    within the clip (0 for a leaf) up to its parent's. A root's ``cut_until`` is 1e9 (31 years), a
    finite number that can be sorted, filtered with a slider and sent as JSON. Both numbers are 0
    for segments without a frame in the clip and for videos without metadata, which are in no cut.

    MongoDB computes them in one update. Annotations are not changed, only the two attributes are
    added. After adding or deleting videos, or changing supports or trees, run it again: until then
    the numbers are not used.

    >>> store_cut(dataset)
    3

    Args:
        dataset: a dataset, or a view, which stands for its dataset
        fields: the fields to prepare; by default all that hold trees

    Returns:
        the number of updated videos

    Raises:
        NoHierarchyError: if a field holds no tree, or there is none
    """
    dataset = source_dataset(dataset)
    chosen = find_hierarchy(dataset, fields).fields
    whole = find_hierarchy(dataset)
    _forget(dataset, chosen)
    update: dict[str, Any] = {"last_modified_at": "$$NOW"}
    for field in chosen:
        update[f"{field}.detections"] = expressions.ranges(whole, field)
    some = [{f"{field}.detections.0": {"$exists": True}} for field in chosen]
    done = samples_of(dataset).update_many({"$or": some}, [{"$set": update}])
    described = {
        f"{field}.detections.{attribute}": description
        for field in chosen
        for attribute, description in _DESCRIPTIONS.items()
    }
    declare_attributes(dataset, fo.FloatField, described)
    state = {"videos": count_samples(dataset), "until": _latest(dataset)}
    dataset.info[CUTS_KEY] = {**_stored(dataset), **{field: dict(state) for field in chosen}}
    dataset.save()
    dataset.reload()
    logger.info("Stored the cuts of %d videos in %d fields", done.modified_count, len(chosen))
    return int(done.modified_count)


def drop_cut(dataset: DatasetOrView) -> None:
    """Removes the numbers that :func:`store_cut` has stored.

    >>> _ = store_cut(dataset)
    >>> drop_cut(dataset)

    Args:
        dataset: a dataset, or a view, which stands for its dataset
    """
    dataset = source_dataset(dataset)
    stored = list(dataset.info.get(CUTS_KEY, {}))
    _forget(dataset, stored)
    schema = dataset.get_field_schema(flat=True)
    paths = [f"{field}.detections.{attribute}" for field in stored for attribute in _DESCRIPTIONS]
    dataset.delete_sample_fields([path for path in paths if path in schema])


def has_stored_cut(collection: DatasetOrView, field: str) -> bool:
    """Whether a field's numbers are stored and up to date.

    Videos that have changed since are found by the index on ``last_modified_at`` and examined. If
    the numbers of one disagree with its trees, or if this takes more than a second, they count as
    not stored. A change that bypasses FiftyOne, and so does not set that time, is not noticed.
    """
    dataset = source_dataset(collection)
    known = _stored(dataset).get(field)
    if known is None or known["videos"] != count_samples(dataset):
        return False
    latest = _latest(dataset)
    if latest == known["until"]:
        return True
    key = (samples_of(dataset).name, field, known["until"])
    looked = _looked.get(key)
    if looked is None or looked[0] != latest:
        looked = _looked[key] = (latest, _still_true(dataset, field, known["until"]))
    return looked[1]


def stale_cuts(collection: DatasetOrView) -> list[str]:
    """Returns the fields whose stored numbers are out of date."""
    dataset = source_dataset(collection)
    return [field for field in _stored(dataset) if not has_stored_cut(dataset, field)]


#: Whether the numbers were up to date at the time of a dataset's latest change, by dataset and
#: field.
_looked: dict[tuple[str, str, str], tuple[str, bool]] = {}


def _stored(dataset: fo.Dataset) -> dict[str, dict[str, Any]]:
    return dict(dataset.info.get(CUTS_KEY, {}))


def _latest(dataset: fo.Dataset) -> str:
    """Returns when a video was last changed."""
    latest = last_modified(dataset)
    return latest.isoformat() if latest else ""


def _still_true(dataset: fo.Dataset, field: str, since: str) -> bool:
    path = f"{field}.detections"
    now = expressions.ranges(find_hierarchy(dataset), field)
    changed = {"last_modified_at": {"$gt": datetime.fromisoformat(since)}}
    differs = {"$expr": {"$ne": [f"${path}", now]}}
    pipeline: list[dict[str, Any]] = [
        {"$match": changed}, {"$match": differs}, {"$limit": 1}, {"$project": {"_id": 1}},
    ]  # fmt: skip
    try:
        return not list(samples_of(dataset).aggregate(pipeline, maxTimeMS=_LOOK_MS))
    except ExecutionTimeout:
        logger.info("Too much has changed since the cuts of %s were stored", field)
        return False


def _forget(dataset: fo.Dataset, fields: Sequence[str]) -> None:
    """Marks the numbers as not stored while they are changed."""
    known = dataset.info.get(CUTS_KEY, {})
    left = {field: size for field, size in known.items() if field not in fields}
    if left != known:
        dataset.info[CUTS_KEY] = left
        dataset.save()
