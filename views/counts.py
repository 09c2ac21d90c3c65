"""Counts the segments that a view shows, in bounded time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pymongo.errors import ExecutionTimeout

from ..core.wording import count
from ..internals.views import aggregate
from .expressions import count_nodes_of, node_ids
from .hierarchy import DatasetOrView

#: The number of videos that estimates are based on.
_SAMPLE = 50


class SegmentCount(NamedTuple):
    """The number of segments that a view shows, and of its videos.

    A segment counts once, even if it is in several fields. ``exact`` is false for an estimate from
    the view's first videos.
    """

    segments: int
    videos: int
    exact: bool

    def __str__(self) -> str:
        text = f"{count(self.segments, 'segment')} in {count(self.videos, 'video')}"
        return text if self.exact else f"about {text}"


def count_shown_segments(
    whole: DatasetOrView, view: DatasetOrView, fields: Sequence[str], max_seconds: float = 0.25
) -> SegmentCount:
    """Counts the segments of some fields in a view, or estimates them.

    Args:
        whole: the dataset or view that the view was made from, in the same order; an estimate is
            scaled to its size
        view: the view
        fields: fields that hold trees
        max_seconds: the time limit of counting; beyond it, the number is estimated from 50 videos
    """
    try:
        return SegmentCount(*_counted(view, fields, max_seconds), True)
    except ExecutionTimeout:
        segments, videos = _counted(view.limit(_SAMPLE), fields, None)
        total = len(whole)
        return SegmentCount(round(segments * total / max(videos, 1)), total, False)


def _counted(
    view: DatasetOrView, fields: Sequence[str], max_seconds: float | None
) -> tuple[int, int]:
    each = count_nodes_of([node_ids(field) for field in fields])
    total = {"_id": None, "segments": {"$sum": each}, "videos": {"$sum": 1}}
    limit = None if max_seconds is None else round(max_seconds * 1000)
    found = aggregate(view, [{"$group": total}], limit)
    return (found[0]["segments"], found[0]["videos"]) if found else (0, 0)
