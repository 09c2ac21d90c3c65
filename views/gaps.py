"""What is not annotated: segments without a text, and stretches that no caption covers.

The converter stores no ``N/A``: a segment without an action has no detection in the action fields.
It is still to be seen where another field has the segment. So a field's gaps are the segments that
a wider field has and it has not; of ``gpt_action_brief`` among ``gpt_summary_brief`` they are the
N/A segments. In the widest field nothing can be missing, as far as a data set can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.expressions as foe

from ..core import fields as names
from ..core.labels import NO_ACTION_PATTERN
from ..internals.views import aggregate, mongo_stage
from .gap_expressions import stretches_of, uncovered_seconds
from .hierarchy import NoHierarchyError, find_hierarchy
from .segments import Sort, segments, sort_by_duration

#: The caption of a stretch that has none.
NOT_COVERED = "not covered"
#: Action100M captions no shorter segment, so that one of these without a text is a gap.
SHORTEST = 4.0


def missing(
    view: Any, field: str, among: str | None = None, min_seconds: float = SHORTEST
) -> fo.DatasetView:
    """Returns the segments that have no caption in a field though another field has them.

    A caption that says ``N/A``, where the data has such ones, is none.

    Example::

        no_action = missing(dataset, "gpt_action_brief", among="gpt_summary_brief", min_seconds=0)

    Args:
        view: a data set or view of videos
        field: the field whose gaps are looked for
        among: the field whose segments are looked at, and which the view narrows; the widest by
            default
        min_seconds: shorter segments are left out. As annotated, where the detections carry
            ``start`` and ``end``; else as long as their support lasts in the clip

    Raises:
        NoHierarchyError: if a field holds no tree, both are the same, or the view is of clips
    """
    found = find_hierarchy(_videos(view))
    among = among or found.widest
    find_hierarchy(view, [field, among])
    if among == field:
        raise NoHierarchyError(
            f"{field} is compared with itself: a gap shows only where a wider field has the segment"
        )
    said = {"$regexMatch": {"input": "$$d.label", "regex": NO_ACTION_PATTERN, "options": "i"}}
    with_text = {
        "$filter": {
            "input": {"$ifNull": [f"${field}.detections", []]},
            "as": "d",
            "cond": {"$not": [said]},
        }
    }
    have = {"$map": {"input": with_text, "as": "d", "in": f"$$d.{names.NODE_ID}"}}
    lacks = {"$not": [{"$in": [f"$$this.{names.NODE_ID}", have]}]}
    recorded = found.has(among, names.START) and found.has(among, names.END)
    long = {"$gte": [_seconds(recorded), min_seconds]}
    return view.filter_labels(among, foe.ViewExpression({"$and": [long, lacks]}))


@dataclass(frozen=True)
class Coverage:
    """How much of the videos a field's finest captions cover.

    Attributes:
        videos: the number of videos that have metadata
        seconds: their length
        covered: how much of it lies in a segment without a finer one in the field
        with_gaps: the number of videos in which at least a second is not covered
    """

    videos: int
    seconds: float
    covered: float
    with_gaps: int

    def __str__(self) -> str:
        share = 100 * self.covered / self.seconds if self.seconds else 0.0
        return (
            f"{self.covered:,.0f} of {self.seconds:,.0f} s covered ({share:.1f} %), "
            f"gaps in {self.with_gaps:,} of {self.videos:,} videos"
        )


def uncovered(view: Any, field: str, min_seconds: float = 1.0) -> fo.DatasetView:
    """Returns the videos in which a field's finest captions leave stretches uncovered.

    A stretch counts that lies in none of the segments which have no finer one in the field: no
    caption is there, or only a coarser one. Example::

        uncovered(dataset, "gpt_action_brief", min_seconds=10).count()

    Args:
        view: a data set or view of videos
        field: a field that holds trees
        min_seconds: how long the stretches of a video last together at least

    Raises:
        NoHierarchyError: if the field holds no tree, or the view is of clips
    """
    find_hierarchy(_videos(view), [field])
    return view.match({"$expr": {"$gte": [uncovered_seconds(field), min_seconds]}})


def stretches(
    view: Any, field: str, min_seconds: float = 1.0, sort: Sort = "video"
) -> fo.DatasetView:
    """Returns the stretches that a field's finest captions leave uncovered, as clips.

    A clip has the caption "not covered" in the field, and the video's uid and title. These captions
    are in the view alone: nothing is written to the data set, and what is put on them stays there.
    Example::

        stretches(dataset, "gpt_action_brief", min_seconds=5, sort="duration").count()

    Args:
        view: a data set or view of videos; its filters of the field's captions apply
        field: a field that holds trees
        min_seconds: how long a stretch lasts at least
        sort: by ``video`` and time, or by ``duration``, the longest first

    Raises:
        NoHierarchyError: if the field holds no tree, or the view is of clips
    """
    find_hierarchy(_videos(view), [field])
    labels = mongo_stage([{"$set": {f"{field}.detections": _as_labels(field, min_seconds)}}])
    clips = segments(view.add_stage(labels), field)
    return sort_by_duration(clips) if sort == "duration" else clips


def count_stretches(
    view: Any,
    field: str,
    min_seconds: float = 1.0,
    max_ms: int | None = None,
    first: int | None = None,
) -> tuple[int, int]:
    """Counts the clips that :func:`stretches` makes, and their videos, without making them.

    Args:
        view: a data set or view of videos
        field: a field that holds trees
        min_seconds: how long a stretch lasts at least
        max_ms: how long it may take, in milliseconds
        first: only so many videos are looked at, the data set's first; all by default

    Raises:
        pymongo.errors.ExecutionTimeout: if it takes longer
    """
    pipeline: list[dict[str, Any]] = [
        {"$project": {"n": {"$size": stretches_of(field, min_seconds)}}},
        {"$match": {"n": {"$gt": 0}}},
        {"$group": {"_id": None, "stretches": {"$sum": "$n"}, "videos": {"$sum": 1}}},
    ]
    found = aggregate(view, pipeline, max_ms, first)
    return (found[0]["stretches"], found[0]["videos"]) if found else (0, 0)


def _as_labels(field: str, min_seconds: float) -> dict[str, Any]:
    """The stretches as detections.

    A clip needs an id, and the same one whenever its view is read. It is the sample's, with the
    stretch's first frame (seven decimal digits) in the place of that part of it which two samples
    of one data set can share: the process that made them.
    """
    sample = {"$toString": "$_id"}
    first = {"$toString": {"$toLong": {"$arrayElemAt": ["$$gap", 0]}}}
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
    return {"$map": {"input": stretches_of(field, min_seconds), "as": "gap", "in": label}}


def coverage(
    view: Any, field: str, max_ms: int | None = None, first: int | None = None
) -> Coverage:
    """Adds up, in MongoDB, how much of the videos a field's finest captions cover.

    Example::

        print(coverage(dataset, "gpt_action_brief"))

    Args:
        view: a data set or view of videos
        field: a field that holds trees
        max_ms: how long it may take, in milliseconds
        first: only so many videos are looked at, the data set's first; all by default

    Raises:
        NoHierarchyError: if the field holds no tree, or the view is of clips
        pymongo.errors.ExecutionTimeout: if it takes longer
    """
    find_hierarchy(_videos(view), [field])
    gap = {"$ifNull": ["$gap", 0]}
    pipeline: list[Any] = [
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


def _videos(view: Any) -> Any:
    if isinstance(view, foc.ClipsView):
        raise NoHierarchyError("gaps are looked for in videos: go back to them first")
    return view


def _seconds(recorded: bool) -> dict[str, Any]:
    if recorded:
        return {"$subtract": [f"$$this.{names.END}", f"$$this.{names.START}"]}
    first, last = ({"$arrayElemAt": ["$$this.support", i]} for i in (0, 1))
    frames = {"$add": [{"$subtract": [last, first]}, 1]}
    return {"$divide": [frames, {"$ifNull": ["$metadata.frame_rate", 30]}]}
