"""Counts the segments of the cut at several time scales together, in bounded time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo.errors import ExecutionTimeout

from ..core import fields as names
from ..internals.views import aggregate
from .counts import SegmentCount
from .expressions import Expression, count_nodes_of, detections, map_each, select
from .granularity import with_ranges, without_granularity
from .hierarchy import DatasetOrView, find_hierarchy

#: The time scale, in seconds, at which the cut is whole videos (11 days).
WHOLE = 1e6
#: Time scales to offer, in seconds; 0 shows the leaves.
SCALES = (0, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600, 1800)

#: The number of videos that estimates are based on.
_SAMPLE = 40


def scales_up_to(seconds: float | None) -> tuple[float, ...]:
    """Returns the time scales that are useful for some videos, in seconds.

    Scales up to 10 s are always among them; :data:`WHOLE` is last.

    Args:
        seconds: the longest video's duration; None if it is not known
    """
    longest = max(seconds or 0, 11)
    return (*(scale for scale in SCALES if scale < longest), WHOLE)


def count_scales(
    view: DatasetOrView,
    scales: Sequence[float],
    fields: Sequence[str] | None = None,
    max_seconds: float = 0.25,
) -> dict[float, SegmentCount]:
    """Counts the segments of the cut at several time scales, or estimates them.

    A segment counts once, even if it is in several fields. The granularity of the view is ignored,
    its other stages are not.

    >>> counts = count_scales(dataset, [1, 10, 60], ["plm_action"])
    >>> counts[1].segments >= counts[10].segments >= counts[60].segments
    True

    Args:
        view: a dataset or view; of a clips view, what it was made from is used
        scales: the time scales, in seconds
        fields: the fields to count in; by default all that hold trees
        max_seconds: the time limit of counting; beyond it, numbers are estimated from 40 videos

    Raises:
        NoHierarchyError: if a field holds no tree, or there is none
    """
    chosen = find_hierarchy(view, fields).fields
    ranged = with_ranges(view, chosen)
    try:
        return _counted(ranged, scales, chosen, max_seconds)
    except ExecutionTimeout:
        whole = without_granularity(view)  # counted without computing a cut
        total = len(whole)
        found = _counted(with_ranges(whole.limit(_SAMPLE), chosen), scales, chosen, None)
        share = total / min(total, _SAMPLE)
        return {
            scale: SegmentCount(round(n.segments * share), round(n.videos * share), False)
            for scale, n in found.items()
        }


def _counted(
    view: DatasetOrView, scales: Sequence[float], fields: Sequence[str], max_seconds: float | None
) -> dict[float, SegmentCount]:
    each = {f"s{k}": _segments(fields, scale) for k, scale in enumerate(scales)}
    totals: dict[str, Any] = {"_id": None}
    for k in range(len(scales)):
        totals[f"s{k}"] = {"$sum": f"$s{k}"}
        totals[f"v{k}"] = {"$sum": {"$min": [f"$s{k}", 1]}}
    limit = None if max_seconds is None else round(max_seconds * 1000)
    found = aggregate(view, [{"$project": each}, {"$group": totals}], limit)
    row = found[0] if found else {}
    return {
        scale: SegmentCount(row.get(f"s{k}", 0), row.get(f"v{k}", 0), True)
        for k, scale in enumerate(scales)
    }


def _segments(fields: Sequence[str], scale: float) -> Expression:
    """Returns an expression for the number of a video's nodes in the cut."""
    in_cut = {
        "$and": [
            {"$lte": [f"$$d.{names.CUT_FROM}", scale]},
            {"$gt": [f"$$d.{names.CUT_UNTIL}", scale]},
        ]
    }
    shown = [select(detections(field), "d", in_cut) for field in fields]
    return count_nodes_of([map_each(some, "d", f"$$d.{names.NODE_ID}") for some in shown])
