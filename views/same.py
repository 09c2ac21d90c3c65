"""Finds all segments with the same brief action, as defined by :mod:`..core.actions`."""

from __future__ import annotations

from typing import Any, get_args

import fiftyone as fo

from ..core.actions import By, parse, pattern
from ..core.search import word_parts
from ..internals.views import aggregate, source_dataset
from .clips import Sort, segments, sort_by_duration
from .hierarchy import DatasetOrView, find_hierarchy
from .nested import KeepNested, only
from .word_store import may_match

#: The field of brief actions in Action100M.
BRIEF = "gpt_action_brief"


def same_action(
    dataset: DatasetOrView,
    label_text: str,
    by: By = "action",
    field: str | None = None,
    sort: Sort = "duration",
    keep: KeepNested = "all",
) -> fo.DatasetView:
    """Returns every segment of a dataset with the same action, as clips. Example::

        same_action(dataset, "Knead the dough.", by="verb").count()

    Args:
        dataset: a dataset, or a view, whose whole dataset is searched
        label_text: an action, such as the caption of a selected detection
        by: what must match: the whole ``action``, its ``verb`` or its ``object``
        field: the field of actions; by default ``gpt_action_brief`` if it exists, else the widest
        sort: by ``duration``, the longest first, or by ``video`` and time
        keep: ``all``; or, of segments with the same action that lie in each other, only the
            ``outermost`` or the ``finest``

    Raises:
        NoHierarchyError: if the dataset or the field holds no tree
        ValueError: if the label has no word, or no object although ``by`` is ``object``
    """
    chosen = action_field(dataset, field)
    if keep not in get_args(KeepNested):
        raise ValueError(f"keep is {keep!r}: choose from {', '.join(get_args(KeepNested))}")
    same = only(same_segments(dataset, label_text, by, chosen), [chosen], keep)
    clips = segments(same, chosen)
    if sort == "duration":
        return sort_by_duration(clips)
    return clips.sort_by([("filepath", 1), ("support", 1)])


def same_segments(dataset: DatasetOrView, label_text: str, by: By, field: str) -> fo.DatasetView:
    """Returns the videos with the same action, with only its segments.

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


def action_field(dataset: DatasetOrView, field: str | None = None) -> str:
    """Returns the field in which actions are compared: the given one, else the default.

    Raises:
        NoHierarchyError: if there is none, or the given field holds no tree
    """
    found = find_hierarchy(dataset, None if field is None else [field])
    return field or (BRIEF if BRIEF in found.fields else found.widest)


def count_segments(
    view: DatasetOrView, field: str, max_ms: int | None = None, first: int | None = None
) -> tuple[int, int]:
    """Returns the number of a field's segments in a view, and of the videos with at least one.

    Args:
        view: a dataset or view of videos
        field: a ``TemporalDetections`` field
        max_ms: how long it may take, in milliseconds; no limit by default
        first: counts only this many of the dataset's first videos; all by default

    Raises:
        pymongo.errors.ExecutionTimeout: if it takes longer than ``max_ms``
    """
    size = {"$size": {"$ifNull": [f"${field}.detections", []]}}
    pipeline: list[dict[str, Any]] = [
        {"$project": {"n": size}},
        {"$match": {"n": {"$gt": 0}}},
        {"$group": {"_id": None, "segments": {"$sum": "$n"}, "videos": {"$sum": 1}}},
    ]
    found = aggregate(view, pipeline, max_ms, first)
    return (found[0]["segments"], found[0]["videos"]) if found else (0, 0)
