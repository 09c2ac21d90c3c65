"""Stores the two numbers a detection that make a cut a range filter.

Without them a cut is computed whenever its view is read. They are worth storing on a data set
that is cut often, or counted as a whole: see the benchmark in the documentation.
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
from . import cut_expressions as expressions
from .hierarchy import find_hierarchy, source_dataset

logger = logging.getLogger(__name__)

#: So long, in milliseconds, videos that have changed are looked at.
_LOOK_MS = 1000

_DESCRIPTIONS = {
    names.CUT_FROM: "From so many seconds on, the segment is in the cut at a time scale",
    names.CUT_UNTIL: "Up to so many seconds, exclusive, it is in the cut; 1e9 stands for no limit",
}


def store_cut(dataset: Any, fields: Sequence[str] | None = None) -> int:
    """Stores ``cut_from`` and ``cut_until``, in seconds, on each detection of a data set.

    A segment is in the cut at N seconds where ``cut_from <= N < cut_until``: from its own duration
    within the clip (0 for a leaf) up to its parent's. A root's ``cut_until`` is 1e9, 31 years: a
    finite number can be sorted, filtered with a slider and sent as JSON. What has no frame in
    its clip, and what is in a video without metadata, is in no cut: both are 0.

    One update that MongoDB computes. Annotations are not altered, two attributes are added to them.
    After adding or deleting videos, or changing supports or trees, the numbers are not used until
    it has been run again.

    >>> store_cut(dataset)
    3

    Args:
        dataset: a data set, or a view of it, which stands for the data set
        fields: the fields to prepare; all that hold trees by default

    Returns:
        how many videos were updated

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
    for field in chosen:
        for attribute, description in _DESCRIPTIONS.items():
            path = f"{field}.detections.{attribute}"
            dataset.add_sample_field(path, fo.FloatField, description=description)
    state = {"videos": count_samples(dataset), "until": _latest(dataset)}
    dataset.info[CUTS_KEY] = {**_stored(dataset), **{field: dict(state) for field in chosen}}
    dataset.save()
    dataset.reload()
    logger.info("Stored the cuts of %d videos in %d fields", done.modified_count, len(chosen))
    return int(done.modified_count)


def drop_cut(dataset: Any) -> None:
    """Removes what :func:`store_cut` has stored.

    >>> _ = store_cut(dataset)
    >>> drop_cut(dataset)

    Args:
        dataset: a data set, or a view of it, which stands for the data set
    """
    dataset = source_dataset(dataset)
    stored = list(dataset.info.get(CUTS_KEY, {}))
    _forget(dataset, stored)
    schema = dataset.get_field_schema(flat=True)
    paths = [f"{field}.detections.{attribute}" for field in stored for attribute in _DESCRIPTIONS]
    dataset.delete_sample_fields([path for path in paths if path in schema])


def has_stored_cut(collection: Any, field: str) -> bool:
    """Whether a field's numbers are stored, and are those of the videos as they are now.

    Videos that have changed since are looked at, found by the index on ``last_modified_at``: where
    one's numbers are no longer those of its trees, or where looking takes more than a second, they
    count as not stored. A change that does not set that time (one past FiftyOne) is not seen.
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


def stale_cuts(collection: Any) -> list[str]:
    """Returns the fields whose numbers are stored, but not those of the videos as they are now."""
    dataset = source_dataset(collection)
    return [field for field in _stored(dataset) if not has_stored_cut(dataset, field)]


#: What looking at changed videos has shown, and for which latest change.
_looked: dict[tuple[str, str, str], tuple[str, bool]] = {}


def _stored(dataset: fo.Dataset) -> dict[str, dict[str, Any]]:
    return dict(dataset.info.get(CUTS_KEY, {}))


def _latest(dataset: fo.Dataset) -> str:
    """When a video was changed last."""
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
    """Keeps the numbers from being used while they are changed."""
    known = dataset.info.get(CUTS_KEY, {})
    left = {field: size for field, size in known.items() if field not in fields}
    if left != known:
        dataset.info[CUTS_KEY] = left
        dataset.save()
