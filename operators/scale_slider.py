"""A slider over time scales: stops of 1, 2, 5, 10 … seconds, each with what it would show."""

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
    """Adds a slider, ``stop``, whose value is the place of a time scale among the stops.

    Linear in seconds, all that matters would lie in its first tenth.

    Args:
        inputs: the form
        stops: the time scales, in seconds
        counts: the segments that each shows
        default: where the slider stands first
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
    """A number that is narrow enough to stand under a mark."""
    about = "" if count.exact else "~"
    if count.segments < 10_000:
        return f"{about}{count.segments:,}"
    if count.segments < 10_000_000:
        return f"{about}{count.segments / 1000:,.0f}k"
    return f"{about}{count.segments / 1e6:,.0f}M"
