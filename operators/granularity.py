"""Operators that show one granularity: a level, or the trees cut at a time scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.wording import count
from ..internals.views import source_dataset
from ..views import granularity
from ..views.counts import SegmentCount, count_shown_segments
from ..views.cut_store import drop_cut, has_stored_cut, stale_cuts, store_cut
from ..views.hierarchy import Hierarchy, find_hierarchy
from ..views.scales import WHOLE, count_scales, scales_up_to
from .base import TreeFormOperator, hierarchy_of
from .forms import dropdown, mark_invalid, notice, radio
from .params import Params
from .scale_slider import scale_slider
from .show import show_view
from .trail import ticked_caption

_ALL = "all fields"
_SECONDS = 10.0
#: The number of videos whose duration determines the slider's longest stop.
_MEASURED = 200
_MISSING = {
    "show": "Leave out segments without a caption",
    "cover": "Show the nearest ancestor with a caption instead",
}


class GranularityByLevel(TreeFormOperator):
    """Shows one level of the trees, or several."""

    name = "granularity_by_level"
    label = "Tree: granularity by level"
    verb = "Show"
    description = "Show the captions of one level of the tree, or of several"
    synonyms = "depth, coarse, fine, chapters, steps"
    icon = "layers"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for levels and a field, and counts segments."""
        first, last = _levels(ctx.params)
        text = "0 is the whole video"
        inputs.int("first", default=1, min=0, label="Level", description=text)
        text = "The same level if empty"
        prop = inputs.int("last", min=0, label="To level", description=text)
        _field_input(inputs, found, _ALL)
        if first < 0 or last < first:
            mark_invalid(prop, f"There are no levels from {first} to {last}")
        else:
            fields = _fields(ctx.params, _ALL)
            _preview(ctx, inputs, fields, _by_level(ctx), _level_text(ctx.params))

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the view."""
        field = ctx.params.text("field", _ALL)
        fields = _fields(ctx.params, _ALL)
        show_view(ctx, _by_level(ctx), f"{_level_text(ctx.params)} of {field}", fields=fields)


class GranularityByTimeScale(TreeFormOperator):
    """Shows the coarsest segments that last at most a number of seconds each."""

    name = "granularity_by_time_scale"
    label = "Tree: granularity by time scale"
    short = "Cut trees at a time scale"
    verb = "Cut"
    description = "Cut the trees: show the coarsest segments of at most some seconds each"
    synonyms = "seconds, cut at, coarse, fine, chapters, steps"
    icon = "content_cut"
    place = types.Places.SAMPLES_GRID_SECONDARY_ACTIONS

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for a time scale, by a slider or a number, and for the field."""
        params = ctx.params
        default = ticked_caption(ctx, found)
        fields = _fields(params, default)
        stops = _stops(ctx)
        counts = count_scales(ctx.view, stops, fields)
        if params.number("seconds", None) is None:
            scale_slider(inputs, stops, counts, stops.index(_SECONDS))
        text = "Another time scale, such as 7.5. If empty, the slider's"
        prop = inputs.float("seconds", min=0, label="Seconds", description=text)
        _field_input(inputs, found, default)
        if params.text("field", default) != "plm_action":
            radio(inputs, "holes", "Missing captions", _MISSING, "show")
        seconds = _seconds(params, stops)
        if not 0 <= seconds < math.inf:
            mark_invalid(prop, f"{seconds:g} s is not a time scale: give 0 or more")
        elif seconds in counts and params.text("holes") != "cover":
            _say(inputs, counts[seconds], _scale_text(seconds))
        else:
            _preview(ctx, inputs, fields, _cut(ctx, found, seconds), _scale_text(seconds))

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the view."""
        hierarchy = hierarchy_of(ctx)
        seconds = _seconds(ctx.params, _stops(ctx))
        fields = _fields(ctx.params, ticked_caption(ctx, hierarchy))
        show_view(ctx, _cut(ctx, hierarchy, seconds), _scale_text(seconds), fields=fields)


class PrepareFastCuts(TreeFormOperator):
    """Stores the time scales of each detection in cuts, or removes them."""

    name = "prepare_fast_cuts"
    label = "Dataset: prepare for fast cuts"
    description = "Store on each caption at which time scales it is shown"
    synonyms = "speed up granularity, cache"
    icon = "bolt"
    options: ClassVar[Mapping[str, bool]] = {
        "dynamic": True,
        "allow_immediate_execution": True,
        "allow_delegated_execution": True,
    }

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Describes what will be stored, and asks whether to remove it instead."""
        dataset = source_dataset(ctx.dataset)
        stale = stale_cuts(dataset)
        ready = [field for field in found.fields if has_stored_cut(dataset, field)]
        text = (
            f"Adds cut_from and cut_until (seconds) to each caption of "
            f"{count(len(dataset), 'video')} in {count(len(found.fields), 'field')}. Nothing "
            "else is changed."
        )
        notice(inputs, "what", text)
        if ready:
            notice(inputs, "ready", f"Already prepared: {', '.join(ready)}")
        if stale:
            text = (
                "Videos have changed since these fields were prepared; they are not used until "
                f"prepared again: {', '.join(stale)}"
            )
            inputs.view("stale", types.Warning(label=text))
        if ready or stale:
            inputs.bool("remove", default=False, label="Remove the stored numbers")

    def run(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Stores or removes the numbers, and makes the App reload the schema."""
        if ctx.params.flag("remove"):
            drop_cut(ctx.dataset)
            done, text = 0, "Removed the stored numbers"
        else:
            done = store_cut(ctx.dataset)
            text = f"Prepared {count(done, 'video')} for fast cuts"
        if not ctx.delegated:
            ctx.ops.notify(text, variant="success")
            ctx.ops.reload_dataset()
        return {"videos": done}


GRANULARITY_OPERATORS = (GranularityByLevel, GranularityByTimeScale, PrepareFastCuts)


def _by_level(ctx: foo.ExecutionContext) -> fo.DatasetView:
    first, last = _levels(ctx.params)
    return granularity.by_level(ctx.view, first, last, _fields(ctx.params, _ALL))


def _cut(ctx: foo.ExecutionContext, hierarchy: Hierarchy, seconds: float) -> fo.DatasetView:
    fields = _fields(ctx.params, ticked_caption(ctx, hierarchy))
    holes = ctx.params.choice("holes", list(_MISSING), "show")
    return granularity.cut(ctx.view, seconds, fields, holes)


def _field_input(inputs: types.Object, found: Hierarchy, default: str) -> None:
    choices = (_ALL, *found.fields)
    dropdown(inputs, "field", "Field", choices, default, "Other fields stay as they are")


def _fields(params: Params, default: str) -> list[str] | None:
    """Returns the field to filter and to tick; None for all, which keeps the ticks."""
    field = params.text("field", default)
    return None if field == _ALL else [field]


def _levels(params: Params) -> tuple[int, int]:
    first = int(params.number("first", 1))
    return first, int(params.number("last", first))


def _level_text(params: Params) -> str:
    first, last = _levels(params)
    return f"Level {first}" if first == last else f"Levels {first} to {last}"


def _stops(ctx: foo.ExecutionContext) -> tuple[float, ...]:
    """Returns the slider's stops, in seconds, given the duration of the first videos."""
    return scales_up_to(source_dataset(ctx.dataset).limit(_MEASURED).max("metadata.duration"))


def _seconds(params: Params, stops: Sequence[float]) -> float:
    """Returns the time scale: the given number, else the slider's."""
    seconds = params.number("seconds", None)
    if seconds is not None:
        return float(seconds)
    stop = params.number("stop", None)
    return _SECONDS if stop is None else stops[min(max(int(stop), 0), len(stops) - 1)]


def _scale_text(seconds: float) -> str:
    if seconds >= WHOLE:
        return "Whole videos"
    return f"Segments of at most {seconds:g} s" if seconds else "The finest segments"


def _say(inputs: types.Object, counted: SegmentCount, shown: str) -> None:
    view = types.Notice if counted.segments else types.Warning
    inputs.view("preview", view(label=f"{shown}: {counted}"))


def _preview(
    ctx: foo.ExecutionContext,
    inputs: types.Object,
    fields: list[str] | None,
    view: fo.DatasetView,
    shown: str,
) -> None:
    whole = granularity.without_granularity(ctx.view)
    _say(inputs, count_shown_segments(whole, view, find_hierarchy(view, fields).fields), shown)
