"""Builds the MongoDB expressions and stages of :mod:`.overview`."""

from __future__ import annotations

from collections.abc import Sequence

import fiftyone as fo

from ..core import fields as names
from ..internals.views import source_dataset
from .expressions import Expression, cond, detections, frames, map_each, node_ids, select
from .hierarchy import DatasetOrView, Hierarchy
from .statistics import TENTHS

#: FiftyOne gives each sample a random number in this range.
_RAND = "_rand"
_RAND_FROM, _RAND_RANGE = 0.999, 0.001

#: Recorded seconds are 32 bits wide, so that 3 s can be a little less.
_NEARLY = 0.001
#: A level and a duration are grouped as one number, in half the time of two.
_LEVEL = 1_000_000
_UNKNOWN = _LEVEL - 1

#: Two matches that each take half of the samples, to be counted at the same time.
HALVES = (
    {"$match": {_RAND: {"$lt": _RAND_FROM + _RAND_RANGE / 2}}},
    {"$match": {_RAND: {"$not": {"$lt": _RAND_FROM + _RAND_RANGE / 2}}}},
)


def sampled(share: float) -> list[Expression]:
    """Returns stages that keep a random but fixed share of the samples."""
    if share >= 1:
        return []
    return [{"$match": {_RAND: {"$lt": _RAND_FROM + share * _RAND_RANGE}}}]


def depth(view: DatasetOrView, found: Hierarchy) -> Expression:
    """Returns an expression for a video's deepest level: recorded, else that of its detections."""
    if isinstance(source_dataset(view).get_field(names.TREE_DEPTH), fo.IntField):
        return f"${names.TREE_DEPTH}"
    return {"$max": [{"$max": f"${field}.detections.{names.LEVEL}"} for field in found.fields]}


def tenths(found: Hierarchy, field: str, node: str) -> Expression:
    """Returns an expression for a detection's duration in whole tenths of a second.

    Args:
        found: the dataset's trees
        field: the detection's field
        node: the detection's name in the expression, such as ``$$this``
    """
    return {"$trunc": {"$add": [_in_tenths(found, field, node), _NEARLY]}}


def _in_tenths(found: Hierarchy, field: str, node: str) -> Expression:
    return {"$multiply": [_seconds(found, field, node), TENTHS]}


def _seconds(found: Hierarchy, field: str, node: str) -> Expression:
    if {names.START, names.END} <= found.carried[field]:
        return {"$subtract": [f"{node}.{names.END}", f"{node}.{names.START}"]}
    rate = cond({"$gt": ["$metadata.frame_rate", 0]}, "$metadata.frame_rate", None)
    return {"$divide": [frames(f"{node}.support"), rate]}


def _group_key(found: Hierarchy, field: str, node: str) -> Expression:
    """Returns an expression for a detection's level and duration as one number."""
    level = {"$multiply": [f"{node}.{names.LEVEL}", _LEVEL]}
    both = {"$trunc": {"$add": [level, _in_tenths(found, field, node), _NEARLY]}}
    return {"$ifNull": [both, {"$add": [level, _UNKNOWN]}]}


def decode_key(number: float | None) -> tuple[int, int | None]:
    """Returns the level and the tenths of a second of a group; None if unknown."""
    if number is None:
        return 0, None
    level, lasts = divmod(int(number), _LEVEL)
    if lasts == _UNKNOWN:
        return level, None
    # A negative duration wraps round to the end of the level above.
    return (level + 1, 0) if lasts > _LEVEL * 9 // 10 else (level, lasts)


def group_nodes(found: Hierarchy, field: str) -> list[Expression]:
    """Returns stages that count a field's detections by level and duration."""
    key = _group_key(found, field, "$$d")
    return [
        {"$project": {"_id": 0, "d": map_each(detections(field), "d", key)}},
        {"$unwind": "$d"},
        {"$group": {"_id": "$d", "n": {"$sum": 1}}},
    ]


def group_others(found: Hierarchy, others: Sequence[str], widest: str) -> list[Expression]:
    """Returns stages that count, by level and duration, the nodes that the widest field lacks."""

    def lacking(field: str) -> Expression:
        node = {"i": f"$$d.{names.NODE_ID}", "k": _group_key(found, field, "$$d")}
        return map_each(_lacking(field, widest), "d", node)

    return [
        {"$project": {"d": {"$setUnion": [lacking(field) for field in others]}}},
        {"$unwind": "$d"},
        {"$group": {"_id": {"v": "$_id", "i": "$d.i"}, "k": {"$first": "$d.k"}}},
        {"$group": {"_id": "$k", "n": {"$sum": 1}}},
    ]


def node_values(found: Hierarchy, field: str, unless_in: str | None = None) -> Expression:
    """Returns an expression for the id, level and seconds of each of a field's detections.

    Args:
        found: the dataset's trees
        field: the field
        unless_in: leaves out the nodes of this field
    """
    node = {
        "i": {"$ifNull": [f"$$d.{names.NODE_ID}", None]},
        "l": {"$ifNull": [f"$$d.{names.LEVEL}", 0]},
        "s": {"$ifNull": [_seconds(found, field, "$$d"), None]},
    }
    return map_each(_lacking(field, unless_in) if unless_in else detections(field), "d", node)


def count_annotated(refined: Sequence[str], rest: Sequence[str], widest: str) -> list[Expression]:
    """Returns stages that count the nodes with a refined text, and those the widest field lacks.

    Args:
        refined: the fields of refined texts
        rest: the other fields, without the widest
        widest: the field with the most nodes
    """
    union = {"$setUnion": [node_ids(field) for field in refined]}
    with_rest = {
        "$reduce": {
            "input": "$m", "initialValue": "$u", "in": {"$setUnion": ["$$value", "$$this"]}
        }
    }  # fmt: skip
    beyond = {"$size": {"$setDifference": [with_rest, "$w"]}}
    more = [node_ids(field) for field in rest]
    return [
        # The union once: it takes twice as long as reading the samples.
        {"$project": {"_id": 0, "u": union, "w": node_ids(widest), "m": more}},
        {
            "$group": {
                "_id": None,
                "annotated": {"$sum": {"$size": "$u"}},
                "beyond": {"$sum": beyond},
            }
        },
    ]


def word_count(field: str) -> Expression:
    """Returns an expression for the number of words of a field's captions, separated by blanks."""
    words = select({"$split": ["$$l", " "]}, "w", {"$ne": ["$$w", ""]})
    labels = {"$ifNull": [f"${field}.detections.label", []]}
    return {"$sum": map_each(labels, "l", {"$size": words})}


def _lacking(field: str, widest: str) -> Expression:
    return select(
        detections(field), "d", {"$not": {"$in": [f"$$d.{names.NODE_ID}", node_ids(widest)]}}
    )
