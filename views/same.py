"""The same action elsewhere: all segments of a data set whose brief action is the same.

What "the same" means is said in :mod:`..core.actions`.
"""

from __future__ import annotations

from typing import Any

import fiftyone as fo

from ..core.actions import By, parse, pattern
from ..core.search import word_parts
from ..internals.views import aggregate
from .hierarchy import find_hierarchy, source_dataset
from .segments import Sort, segments, sort_by_duration
from .word_store import may_match

#: The field with brief actions, where it is there.
BRIEF = "gpt_action_brief"


def same_action(
    dataset: Any,
    label_text: str,
    by: By = "action",
    field: str | None = None,
    sort: Sort = "duration",
) -> fo.DatasetView:
    """Returns every segment of a data set with the same action, as clips. Example::

        same_action(dataset, "Knead the dough.", by="verb").count()

    Args:
        dataset: a data set, or a view of it (the whole data set is searched)
        label_text: an action, such as a caption of a selected detection
        by: what must be the same: the whole ``action``, its ``verb`` or its ``object``
        field: the field of actions; ``gpt_action_brief`` where it is one, else the widest
        sort: by ``duration``, the longest first, or by ``video`` and time

    Raises:
        NoHierarchyError: if the data set, or the field, holds no tree
        ValueError: if the label has no words, or no object where that is asked for
    """
    chosen = action_field(dataset, field)
    clips = segments(same_segments(dataset, label_text, by, chosen), chosen)
    if sort == "duration":
        return sort_by_duration(clips)
    return clips.sort_by([("filepath", 1), ("support", 1)])


def same_segments(dataset: Any, label_text: str, by: By, field: str) -> fo.DatasetView:
    """Returns the videos that have the same action, and in them only its segments.

    Raises:
        ValueError: as :func:`same_action` does
    """
    regex = pattern(label_text, by)
    action = parse(label_text)
    wanted = {"action": action.text, "verb": action.verb, "object": action.object}[by]
    match: dict[str, Any] = {f"{field}.detections.label": {"$regex": regex, "$options": "i"}}
    if known := may_match(dataset, [field], word_parts([wanted])):
        match = {"$and": [known, match]}
    same = fo.ViewField("label").re_match(regex, options="i")
    return source_dataset(dataset).match(match).filter_labels(field, same)


def action_field(dataset: Any, field: str | None = None) -> str:
    """Returns the field in which actions are compared.

    Raises:
        NoHierarchyError: if there is none, or the one given holds no tree
    """
    found = find_hierarchy(dataset, None if field is None else [field])
    return field or (BRIEF if BRIEF in found.fields else found.widest)


def count_segments(
    view: Any, field: str, max_ms: int | None = None, first: int | None = None
) -> tuple[int, int]:
    """Counts the segments that a view has in a field, and the videos that have one.

    Args:
        view: a data set or view of videos
        field: a ``TemporalDetections`` field
        max_ms: how long it may take, in milliseconds
        first: only so many videos are looked at, the data set's first; all by default

    Raises:
        pymongo.errors.ExecutionTimeout: if it takes longer
    """
    size = {"$size": {"$ifNull": [f"${field}.detections", []]}}
    pipeline: list[dict[str, Any]] = [
        {"$project": {"n": size}},
        {"$match": {"n": {"$gt": 0}}},
        {"$group": {"_id": None, "segments": {"$sum": "$n"}, "videos": {"$sum": 1}}},
    ]
    found = aggregate(view, pipeline, max_ms, first)
    return (found[0]["segments"], found[0]["videos"]) if found else (0, 0)
