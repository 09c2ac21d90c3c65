"""A slider over time scales: stops of 1, 2, 5, 10 … seconds, each with its count of segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fiftyone.operators import types

from ..views.counts import SegmentCount
from ..views.scales import WHOLE


def scale_slider(
    inputs: types.Object,
    stops: Sequence[float],
    counts: Mapping[float, SegmentCount],
    default: int,
) -> None:
    """Adds a slider, ``stop``, whose value is the index of a time scale in the stops.

    On a slider linear in seconds, all useful stops would be in the first tenth.

    Args:
        inputs: the form
        stops: the time scales, in seconds
        counts: the counts of segments at each stop
        default: the initial index
    """
    marks = [
        {"value": k, "label": f"{_seconds(stop)}\n{_short(counts[stop])}"}
        for k, stop in enumerate(stops)
    ]
    style = {
        "marginBottom": "30px",
        "& .MuiSlider-markLabel": {
            "whiteSpace": "pre",
            "textAlign": "center",
            "fontSize": "12px",
            "lineHeight": 1.5,
        },
    }
    slider = {"marks": marks, "step": 1, "valueLabelDisplay": "off", "sx": style}
    inputs.int(
        "stop",
        default=default,
        min=0,
        max=len(stops) - 1,
        label="At most",
        view=types.SliderView(label="At most", componentsProps={"slider": slider}),
    )


def _seconds(scale: float) -> str:
    if scale >= WHOLE:
        return "all"
    return f"{scale / 60:g} min" if scale >= 60 else f"{scale:g} s"


def _short(count: SegmentCount) -> str:
    """Formats a number to fit under a mark."""
    about = "" if count.exact else "~"
    if count.segments < 10_000:
        return f"{about}{count.segments:,}"
    if count.segments < 10_000_000:
        return f"{about}{count.segments / 1000:,.0f}k"
    return f"{about}{count.segments / 1e6:,.0f}M"
