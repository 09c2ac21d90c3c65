"""Counts what a view would show, in bounded time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from pymongo.errors import ExecutionTimeout

from ..core import fields as names
from ..internals.views import aggregate

#: From so many videos an estimate is made where counting all takes too long.
_SAMPLE = 50


class SegmentCount(NamedTuple):
    """How many segments a view shows, in how many videos.

    A segment counts once, whichever of the fields it is in. ``exact`` is false where it is an
    estimate from the view's first videos.
    """

    segments: int
    videos: int
    exact: bool

    def __str__(self) -> str:
        if not self.exact:
            return f"about {self.segments:,} segments in {self.videos:,} videos"
        segments = f"{self.segments:,} segment{'' if self.segments == 1 else 's'}"
        return f"{segments} in {self.videos:,} video{'' if self.videos == 1 else 's'}"


def count_segments(
    whole: Any, view: Any, fields: Sequence[str], max_seconds: float = 0.25
) -> SegmentCount:
    """Counts the segments of some fields in a view, or estimates them.

    Args:
        whole: what the view was made from, in the same order; an estimate is scaled to its size
        view: the view
        fields: the fields, of detections that are nodes
        max_seconds: how long MongoDB may count before an estimate from 50 videos is made
    """
    try:
        return SegmentCount(*_counted(view, fields, max_seconds), True)
    except ExecutionTimeout:
        segments, videos = _counted(view.limit(_SAMPLE), fields, None)
        total = len(whole)
        return SegmentCount(round(segments * total / max(videos, 1)), total, False)


def _counted(view: Any, fields: Sequence[str], max_seconds: float | None) -> tuple[int, int]:
    ids = [{"$ifNull": [f"${f}.detections.{names.NODE_ID}", []]} for f in fields]
    each = {"$size": {"$setUnion": ids} if len(ids) > 1 else ids[0]}
    total = {"_id": None, "segments": {"$sum": each}, "videos": {"$sum": 1}}
    limit = None if max_seconds is None else round(max_seconds * 1000)
    found = aggregate(view, [{"$group": total}], limit)
    return (found[0]["segments"], found[0]["videos"]) if found else (0, 0)
