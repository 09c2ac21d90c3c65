"""Finds gaps in the annotation: segments without a caption, and stretches without any caption.

``N/A`` is not stored: a segment without an action has no detection in the action fields, but in
other fields. So the missing captions of a field are the segments that a wider field has and it
lacks: in ``gpt_action_brief``, compared with ``gpt_summary_brief``, the N/A segments. None can be
found in the widest field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.expressions as foe

from ..core import fields as names
from ..core.labels import NO_ACTION_PATTERN
from ..core.wording import count, percent
from ..internals.database import Document
from ..internals.views import aggregate, mongo_stage
from .clips import Sort, segments, sort_by_duration
from .expressions import Expression, at, detections, map_each, seconds, select
from .gap_expressions import stretches_of, uncovered_seconds
from .hierarchy import DatasetOrView, NoHierarchyError, find_hierarchy
from .word_store import may_be_uncovered

#: The label of an uncovered stretch.
NOT_COVERED = "not covered"
#: The shortest segments that have refined captions in Action100M, in seconds.
SHORTEST = 4.0


def missing(
    view: DatasetOrView, field: str, among: str | None = None, min_seconds: float = SHORTEST
) -> fo.DatasetView:
    """Returns the segments without a caption in a field that have one in another field.

    A caption ``N/A`` counts as missing.

    Example::

        no_action = missing(dataset, "gpt_action_brief", among="gpt_summary_brief", min_seconds=0)

    Args:
        view: a dataset or view of videos
        field: the field in which captions are missing
        among: the field that has the segments, and that the view filters; by default the widest
        min_seconds: the shortest segment to return: by ``start`` and ``end`` if the detections
            have them, else by the frames of their supports

    Raises:
        NoHierarchyError: if a field holds no tree, both fields are the same, or the view is of
            clips
    """
    found = find_hierarchy(_videos(view))
    among = among or found.widest
    find_hierarchy(view, [field, among])
    if among == field:
        raise NoHierarchyError(
            f"{field} is compared with itself: choose another field, which has more segments"
        )
    no_action = {"$regexMatch": {"input": "$$d.label", "regex": NO_ACTION_PATTERN, "options": "i"}}
    with_text = select(detections(field), "d", {"$not": [no_action]})
    have = map_each(with_text, "d", f"$$d.{names.NODE_ID}")
    lacks = {"$not": [{"$in": [f"$$this.{names.NODE_ID}", have]}]}
    recorded = found.has(among, names.START) and found.has(among, names.END)
    long = {"$gte": [_seconds(recorded), min_seconds]}
    return view.filter_labels(among, foe.ViewExpression({"$and": [long, lacks]}))


@dataclass(frozen=True)
class Coverage:
    """How much of the videos a field's finest captions cover.

    Attributes:
        videos: the number of videos with metadata
        seconds: their total duration
        covered: the part of it, in seconds, within segments that have no finer one in the field
        with_gaps: the number of videos in which at least a second is not covered
    """

    videos: int
    seconds: float
    covered: float
    with_gaps: int

    def __str__(self) -> str:
        share = percent(self.covered / self.seconds if self.seconds else 0.0, 1)
        return (
            f"{self.covered:,.0f} of {self.seconds:,.0f} s covered ({share}), "
            f"gaps in {self.with_gaps:,} of {count(self.videos, 'video')}"
        )


def uncovered(view: DatasetOrView, field: str, min_seconds: float = 1.0) -> fo.DatasetView:
    """Returns the videos in which a field's finest captions leave stretches uncovered.

    A stretch is uncovered if it has no caption, or only captions that finer ones divide. Example::

        uncovered(dataset, "gpt_action_brief", min_seconds=10).count()

    Args:
        view: a dataset or view of videos
        field: a field that holds trees
        min_seconds: the shortest total duration of a video's stretches

    Raises:
        NoHierarchyError: if the field holds no tree, or the view is of clips
    """
    find_hierarchy(_videos(view), [field])
    match = {"$expr": {"$gte": [uncovered_seconds(field), min_seconds]}}
    known = may_be_uncovered(view, field, min_seconds)
    return view.match({"$and": [known, match]} if known else match)


def stretches(
    view: DatasetOrView, field: str, min_seconds: float = 1.0, sort: Sort = "video"
) -> fo.DatasetView:
    """Returns the stretches that a field's finest captions leave uncovered, as clips.

    A clip has the caption "not covered" in the field, and the video's uid and title. These captions
    exist only in the view: they, and tags on them, are not written to the dataset. Example::

        stretches(dataset, "gpt_action_brief", min_seconds=5, sort="duration").count()

    Args:
        view: a dataset or view of videos; its filters of the field's captions apply
        field: a field that holds trees
        min_seconds: the shortest stretch
        sort: by ``video`` and time, or by ``duration``, the longest first

    Raises:
        NoHierarchyError: if the field holds no tree, or the view is of clips
    """
    find_hierarchy(_videos(view), [field])
    labels = mongo_stage([{"$set": {f"{field}.detections": _as_labels(field, min_seconds)}}])
    clips = segments(view.add_stage(labels), field)
    return sort_by_duration(clips) if sort == "duration" else clips


def count_stretches(
    view: DatasetOrView,
    field: str,
    min_seconds: float = 1.0,
    max_ms: int | None = None,
    first: int | None = None,
) -> tuple[int, int]:
    """Returns the number of clips that :func:`stretches` would make, and of their videos.

    Args:
        view: a dataset or view of videos
        field: a field that holds trees
        min_seconds: the shortest stretch
        max_ms: how long it may take, in milliseconds; no limit by default
        first: counts only this many of the dataset's first videos; all by default

    Raises:
        pymongo.errors.ExecutionTimeout: if it takes longer than ``max_ms``
    """
    pipeline: list[dict[str, Any]] = [
        {"$project": {"n": {"$size": stretches_of(field, min_seconds)}}},
        {"$match": {"n": {"$gt": 0}}},
        {"$group": {"_id": None, "stretches": {"$sum": "$n"}, "videos": {"$sum": 1}}},
    ]
    found = aggregate(view, pipeline, max_ms, first)
    return (found[0]["stretches"], found[0]["videos"]) if found else (0, 0)


def _as_labels(field: str, min_seconds: float) -> Expression:
    """Returns an expression for the stretches as detections.

    A clip needs an id that is the same each time its view is read. It is the sample's id, in which
    the stretch's first frame (seven decimal digits) replaces the part that identifies the process,
    which the samples of a dataset can share.
    """
    sample = {"$toString": "$_id"}
    first = {"$toString": {"$toLong": at("$$gap", 0)}}
    digits = {"$concat": ["0000000", first]}
    frame = {"$substrCP": [digits, {"$subtract": [{"$strLenCP": digits}, 7]}, 7]}
    parts = [{"$substrCP": [sample, 0, 8]}, frame, {"$substrCP": [sample, 15, 9]}]
    label = {
        "_id": {"$toObjectId": {"$concat": parts}},
        "_cls": "TemporalDetection",
        "tags": [],
        "label": NOT_COVERED,
        "support": "$$gap",
    }
    return map_each(stretches_of(field, min_seconds), "gap", label)


def coverage(
    view: DatasetOrView, field: str, max_ms: int | None = None, first: int | None = None
) -> Coverage:
    """Returns how much of the videos a field's finest captions cover, computed by MongoDB.

    Example::

        print(coverage(dataset, "gpt_action_brief"))

    Args:
        view: a dataset or view of videos
        field: a field that holds trees
        max_ms: how long it may take, in milliseconds; no limit by default
        first: counts only this many of the dataset's first videos; all by default

    Raises:
        NoHierarchyError: if the field holds no tree, or the view is of clips
        pymongo.errors.ExecutionTimeout: if it takes longer than ``max_ms``
    """
    find_hierarchy(_videos(view), [field])
    gap = {"$ifNull": ["$gap", 0]}
    pipeline: list[Document] = [
        {"$match": {"metadata.frame_rate": {"$gt": 0}, "metadata.total_frame_count": {"$gt": 0}}},
        {
            "$project": {
                "gap": uncovered_seconds(field),
                "length": {"$divide": ["$metadata.total_frame_count", "$metadata.frame_rate"]},
            }
        },
        {
            "$group": {
                "_id": None,
                "videos": {"$sum": 1},
                "seconds": {"$sum": "$length"},
                "gaps": {"$sum": gap},
                "with_gaps": {"$sum": {"$cond": [{"$gte": [gap, 1]}, 1, 0]}},
            }
        },
    ]
    found = aggregate(view, pipeline, max_ms, first)
    if not found:
        return Coverage(0, 0.0, 0.0, 0)
    (row,) = found
    seconds = row["seconds"]
    return Coverage(row["videos"], seconds, seconds - row["gaps"], row["with_gaps"])


def _videos(view: DatasetOrView) -> DatasetOrView:
    if isinstance(view, foc.ClipsView):
        raise NoHierarchyError("clips have no gaps: go back to their videos first")
    return view


def _seconds(recorded: bool) -> Expression:
    if recorded:
        return {"$subtract": [f"$$this.{names.END}", f"$$this.{names.START}"]}
    return seconds("$$this.support")
