"""Stores the verb of each caption's action, for colouring and filtering in the App.

FiftyOne colours by attribute values, so the verb becomes an attribute, in one update that MongoDB
computes. :mod:`..core.actions` defines verbs.
"""

from __future__ import annotations

import logging
from typing import Any

import fiftyone as fo

from ..core import fields as names
from ..core.actions import VERB_PATTERN
from ..core.keys import VERBS_KEY
from ..internals.database import samples_of
from ..internals.documents import declare_attributes
from ..internals.views import aggregate, source_dataset
from .expressions import Expression, at, cond, detections, let, map_each
from .hierarchy import DatasetOrView, find_hierarchy
from .same import action_field

logger = logging.getLogger(__name__)

_DESCRIPTION = "First word of the segment's brief action, articles aside; added to colour by"


def store_verbs(dataset: DatasetOrView) -> int:
    """Stores ``verb`` on each caption of a dataset: the verb of its segment's brief action.

    A caption in a field of whole sentences gets the verb that its segment has in the field of
    brief actions, or none. Texts, supports and nodes are not changed. Run it again after texts or
    videos have changed.

    Args:
        dataset: a dataset, or a view, which stands for its dataset

    Returns:
        the number of updated videos

    Raises:
        NoHierarchyError: if no field holds a tree
        ValueError: if the captions have a ``verb`` that this function did not store
    """
    dataset = source_dataset(dataset)
    found = find_hierarchy(dataset)
    stored = dataset.info.get(VERBS_KEY, [])
    schema = dataset.get_field_schema(flat=True)
    paths = {field: f"{field}.detections.{names.VERB}" for field in found.fields}
    taken = [field for field in found.fields if field not in stored and paths[field] in schema]
    if taken:
        raise ValueError(f"the captions of {', '.join(taken)} already have an attribute 'verb'")
    actions = action_field(dataset)
    brief = {actions, found.widest}
    update: dict[str, Any] = {"last_modified_at": "$$NOW"}
    for field in found.fields:
        update[f"{field}.detections"] = _with_verbs(field, actions, field in brief)
    some = [{f"{field}.detections.0": {"$exists": True}} for field in found.fields]
    done = samples_of(dataset).update_many({"$or": some}, [{"$set": update}])
    declare_attributes(dataset, fo.StringField, dict.fromkeys(paths.values(), _DESCRIPTION))
    dataset.info[VERBS_KEY] = list(found.fields)
    dataset.save()
    dataset.reload()
    logger.info("Stored the verbs of %d videos", done.modified_count)
    return int(done.modified_count)


def drop_verbs(dataset: DatasetOrView) -> None:
    """Removes the verbs that :func:`store_verbs` has stored, if any."""
    dataset = source_dataset(dataset)
    stored = dataset.info.get(VERBS_KEY, [])
    if not stored:
        return
    schema = dataset.get_field_schema(flat=True)
    paths = [f"{field}.detections.{names.VERB}" for field in stored]
    dataset.delete_sample_fields([path for path in paths if path in schema])
    del dataset.info[VERBS_KEY]
    dataset.save()


def most_frequent_verbs(dataset: DatasetOrView, most: int) -> list[str]:
    """Returns the most frequent stored verbs of brief actions, in descending order.

    Args:
        dataset: a dataset, or a view, which stands for its dataset
        most: the most verbs to return
    """
    dataset = source_dataset(dataset)
    verb = f"{action_field(dataset)}.detections.{names.VERB}"
    pipeline: list[dict[str, Any]] = [
        {"$project": {"verb": f"${verb}"}},
        {"$unwind": "$verb"},
        {"$match": {"verb": {"$gt": ""}}},
        {"$group": {"_id": "$verb", "n": {"$sum": 1}}},
        {"$sort": {"n": -1, "_id": 1}},
        {"$limit": most},
    ]
    return [row["_id"] for row in aggregate(dataset, pipeline)]


def _with_verbs(field: str, actions: str, brief: bool) -> Expression:
    """Returns an expression for a field's detections with their verbs."""
    found = {"$regexFind": {"input": "$$text", "regex": VERB_PATTERN, "options": "i"}}
    # Without a match $toLower returns "", which means "no verb".
    verb = let({"m": found}, {"$toLower": at("$$m.captures", 0)})
    own: Expression = "$$d.label" if brief else None
    place = {"$indexOfArray": ["$$ids", f"$$d.{names.NODE_ID}"]}
    text = let({"at": place}, cond({"$gte": ["$$at", 0]}, at("$$texts", "$$at"), own))
    spoken = let({"text": text if field != actions else "$$d.label"}, verb)
    path = f"${field}.detections"
    with_verbs = map_each(path, "d", {"$mergeObjects": ["$$d", {names.VERB: spoken}]})
    lookup = {
        "ids": map_each(detections(actions), "a", {"$ifNull": [f"$$a.{names.NODE_ID}", None]}),
        "texts": map_each(detections(actions), "a", {"$ifNull": ["$$a.label", ""]}),
    }
    # A sample without the field stays without it.
    return cond({"$isArray": [path]}, let(lookup, with_verbs), path)
