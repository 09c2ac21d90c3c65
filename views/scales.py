"""Counts what the cut shows at several time scales, in one go and in bounded time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymongo.errors import ExecutionTimeout

from ..core import fields as names
from ..internals.views import aggregate
from .counts import SegmentCount
from .granularity import with_ranges, without_granularity
from .hierarchy import find_hierarchy

#: Whole videos, of any length in practice (11 days).
WHOLE = 1e6
#: Time scales worth a stop, in seconds; 0 shows the leaves.
SCALES = (0, 1, 2, 3, 5, 10, 20, 30, 60, 120, 300, 600, 1800)

#: From so many videos an estimate is made where counting all takes too long.
_SAMPLE = 40


def scales_up_to(seconds: float | None, least: float = 10) -> tuple[float, ...]:
    """Returns the scales that make a difference for videos of some length, and whole videos.

    Args:
        seconds: the longest video's length; None if it is not known
        least: so many seconds are always among them
    """
    longest = max(seconds or 0, least + 1)
    return (*(scale for scale in SCALES if scale < longest), WHOLE)


def count_scales(
    view: Any,
    scales: Sequence[float],
    fields: Sequence[str] | None = None,
    max_seconds: float = 0.25,
) -> dict[float, SegmentCount]:
    """Counts the segments of the cut at each of some time scales, or estimates them.

    A segment counts once, whichever of the fields it is in. A granularity that the view has does
    not count, its other stages do.

    >>> counts = count_scales(dataset, [1, 10, 60], ["plm_action"])
    >>> counts[1].segments >= counts[10].segments >= counts[60].segments
    True

    Args:
        view: a data set or a view; of clips, what they were made from
        scales: the time scales, in seconds
        fields: the fields to count in; all that hold trees by default
        max_seconds: how long MongoDB may count before an estimate from 40 videos is made

    Raises:
        NoHierarchyError: if a field holds no tree, or there is none
    """
    chosen = find_hierarchy(view, fields).fields
    ranged = with_ranges(view, chosen)
    try:
        return _counted(ranged, scales, chosen, max_seconds)
    except ExecutionTimeout:
        whole = without_granularity(view)  # of which MongoDB computes nothing to count it
        total = len(whole)
        found = _counted(with_ranges(whole.limit(_SAMPLE), chosen), scales, chosen, None)
        share = total / min(total, _SAMPLE)
        return {
            scale: SegmentCount(round(n.segments * share), round(n.videos * share), False)
            for scale, n in found.items()
        }


def _counted(
    view: Any, scales: Sequence[float], fields: Sequence[str], max_seconds: float | None
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


def _segments(fields: Sequence[str], scale: float) -> dict[str, Any]:
    """The number of a video's nodes in the cut."""
    ids = []
    for field in fields:
        shown = {
            "$filter": {
                "input": {"$ifNull": [f"${field}.detections", []]},
                "as": "d",
                "cond": {
                    "$and": [
                        {"$lte": [f"$$d.{names.CUT_FROM}", scale]},
                        {"$gt": [f"$$d.{names.CUT_UNTIL}", scale]},
                    ]
                },
            }
        }
        ids.append({"$map": {"input": shown, "as": "d", "in": f"$$d.{names.NODE_ID}"}})
    return {"$size": {"$setUnion": ids} if len(ids) > 1 else ids[0]}
