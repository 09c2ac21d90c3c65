"""Operators that show one granularity: a level, or the trees cut at a time scale."""

from __future__ import annotations

import math
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..views import granularity
from ..views.counts import SegmentCount, count_shown_segments
from ..views.cut_store import drop_cut, has_stored_cut, stale_cuts, store_cut
from ..views.hierarchy import Hierarchy, NoHierarchyError, find_hierarchy, source_dataset
from ..views.scales import WHOLE, count_scales, scales_up_to
from .common import hierarchy_or_notice, show_view
from .params import Operator
from .scale_slider import scale_slider

_ALL = "all fields"
_SECONDS = 10.0
#: So many videos are looked at for how long videos are.
_LOOKED_AT = 200


class GranularityByLevel(Operator):
    """Shows one level of the trees, or from level to level."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="granularity_by_level",
            label="Granularity by level",
            description="Show the captions of one level of the tree, or from level to level",
            icon="layers",
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form: levels, field, and what they will show."""
        inputs = types.Object()
        found = hierarchy_or_notice(ctx, inputs)
        if found is not None:
            first, last = _levels(ctx)
            inputs.int("first", default=1, min=0, label="Level", description="0 is the whole video")
            prop = inputs.int("last", min=0, label="To level", description="The same if left empty")
            _field_input(inputs, found)
            if first < 0 or last < first:
                prop.invalid = True
                prop.error_message = f"There are no levels from {first} to {last}"
            else:
                _preview(ctx, inputs, _fields(ctx), self.view_of(ctx), _level_text(ctx))
        return types.Property(inputs, view=types.View(label="Granularity by level"))

    def view_of(self, ctx: Any) -> Any:
        """Returns the view that the form's values stand for."""
        first, last = _levels(ctx)
        return granularity.by_level(ctx.view, first, last, _fields(ctx))

    def execute(self, ctx: Any) -> None:
        """Shows the view."""
        text = f"{_level_text(ctx)} of {ctx.params.get('field') or _ALL}"
        show_view(ctx, self.view_of(ctx), text)
        _activate(ctx, _fields(ctx))


class GranularityByTimeScale(Operator):
    """Shows the coarsest segments that last at most so many seconds each."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="granularity_by_time_scale",
            label="Granularity by time scale",
            description="Cut the trees: the coarsest segments of at most so many seconds each",
            icon="content_cut",
            dynamic=True,
        )

    def resolve_placement(self, ctx: Any) -> types.Placement | None:
        """A button above the grid, where there is a tree."""
        try:
            find_hierarchy(ctx.dataset)
        except (NoHierarchyError, AttributeError):
            return None
        button = types.Button(label="Granularity by time scale", icon="content_cut", prompt=True)
        return types.Placement(types.Places.SAMPLES_GRID_SECONDARY_ACTIONS, button)

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form: a slider with the segments at each stop, or seconds; field, holes."""
        inputs = types.Object()
        found = hierarchy_or_notice(ctx, inputs)
        if found is not None:
            fields = _fields(ctx, found.widest)
            stops = _stops(ctx)
            counts = count_scales(ctx.view, stops, fields)
            if ctx.params.get("seconds") is None:
                scale_slider(inputs, stops, counts, stops.index(_SECONDS))
            prop = inputs.float(
                "seconds",
                min=0,
                label="Seconds",
                description="A number of your own, such as 7.5. Empty: what the slider says",
            )
            _field_input(inputs, found, default=found.widest)
            choices = types.RadioGroup()
            choices.add_choice("show", label="Leave segments without a text out")
            choices.add_choice("cover", label="Show the nearest ancestor that has a text instead")
            if ctx.params.get("field", found.widest) != "plm_action":
                inputs.enum("holes", choices.values(), default="show", label="Holes", view=choices)
            seconds = _seconds(ctx)
            if not 0 <= seconds < math.inf:
                prop.invalid = True
                prop.error_message = f"{seconds:g} s is no time scale"
            elif seconds in counts and ctx.params.get("holes") != "cover":
                _say(inputs, counts[seconds], _scale_text(seconds))
            else:
                _preview(ctx, inputs, fields, self.view_of(ctx), _scale_text(seconds))
        return types.Property(inputs, view=types.View(label="Granularity by time scale"))

    def view_of(self, ctx: Any) -> Any:
        """Returns the view that the form's values stand for."""
        return granularity.cut(
            ctx.view,
            _seconds(ctx),
            _fields(ctx, find_hierarchy(ctx.dataset).widest),
            ctx.params.get("holes") or "show",
        )

    def execute(self, ctx: Any) -> None:
        """Shows the view."""
        show_view(ctx, self.view_of(ctx), _scale_text(_seconds(ctx)))
        _activate(ctx, _fields(ctx, find_hierarchy(ctx.dataset).widest))


class PrepareFastCuts(Operator):
    """Stores on each detection at which time scales it is in the cut, or removes that again."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="prepare_fast_cuts",
            label="Prepare for fast cuts",
            description="Store on each caption at which time scales it is shown",
            icon="bolt",
            dynamic=True,
            allow_immediate_execution=True,
            allow_delegated_execution=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form: what will be written, and whether to remove it."""
        inputs = types.Object()
        found = hierarchy_or_notice(ctx, inputs)
        if found is not None:
            dataset = source_dataset(ctx.dataset)
            stale = stale_cuts(dataset)
            ready = [field for field in found.fields if has_stored_cut(dataset, field)]
            text = (
                f"Adds cut_from and cut_until (seconds) to every caption of {len(dataset):,} "
                f"videos in {len(found.fields)} fields. Nothing else is changed."
            )
            inputs.view("what", types.Notice(label=text))
            if ready:
                inputs.view("ready", types.Notice(label=f"Prepared already: {', '.join(ready)}"))
            if stale:
                text = (
                    f"Videos have changed since. Not used until prepared again: {', '.join(stale)}"
                )
                inputs.view("stale", types.Warning(label=text))
            if ready or stale:
                inputs.bool("remove", default=False, label="Remove the stored numbers instead")
        return types.Property(inputs, view=types.View(label="Prepare for fast cuts"))

    def execute(self, ctx: Any) -> dict[str, Any]:
        """Stores or removes the numbers, and has the App read the schema again."""
        if ctx.params.get("remove"):
            drop_cut(ctx.dataset)
            done, text = 0, "The stored numbers are removed"
        else:
            done = store_cut(ctx.dataset)
            text = f"{done:,} videos are prepared for fast cuts"
        if not ctx.delegated:
            ctx.ops.notify(text, variant="success")
            ctx.ops.reload_dataset()
        return {"videos": done}


GRANULARITY_OPERATORS = (GranularityByLevel, GranularityByTimeScale, PrepareFastCuts)


def _field_input(inputs: types.Object, found: Hierarchy, default: str = _ALL) -> None:
    choices = types.DropdownView()
    for field in (_ALL, *found.fields):
        choices.add_choice(field, label=field)
    inputs.enum(
        "field",
        choices.values(),
        default=default,
        label="Field",
        description="Other fields stay as they are",
        view=choices,
    )


def _activate(ctx: Any, fields: list[str] | None) -> None:
    """Has the grid show the field that was filtered, or leaves it as it is for all of them."""
    if fields is not None:
        ctx.ops.set_active_fields(fields)


def _fields(ctx: Any, default: str = _ALL) -> list[str] | None:
    field = ctx.params.get("field") or default
    return None if field == _ALL else [field]


def _levels(ctx: Any) -> tuple[int, int]:
    first = ctx.params.get("first")
    first = 1 if first is None else int(first)
    last = ctx.params.get("last")
    return first, first if last is None else int(last)


def _level_text(ctx: Any) -> str:
    first, last = _levels(ctx)
    return f"Level {first}" if first == last else f"Levels {first} to {last}"


def _stops(ctx: Any) -> tuple[float, ...]:
    """Returns the slider's stops, in seconds; of how long videos are, the first ones tell."""
    return scales_up_to(source_dataset(ctx.dataset).limit(_LOOKED_AT).max("metadata.duration"))


def _seconds(ctx: Any) -> float:
    """Returns the time scale: the number that is given, else the slider's."""
    seconds = ctx.params.get("seconds")
    if seconds is not None:
        return float(seconds)
    stop = ctx.params.get("stop")
    stops = _stops(ctx)
    return _SECONDS if stop is None else stops[min(max(int(stop), 0), len(stops) - 1)]


def _scale_text(seconds: float) -> str:
    if seconds >= WHOLE:
        return "Whole videos"
    return f"Segments of at most {seconds:g} s" if seconds else "The finest segments"


def _say(inputs: types.Object, counted: SegmentCount, what: str) -> None:
    notice = types.Notice if counted.segments else types.Warning
    inputs.view("preview", notice(label=f"{what}: {counted}"))


def _preview(
    ctx: Any, inputs: types.Object, fields: list[str] | None, view: Any, what: str
) -> None:
    whole = granularity.without_granularity(ctx.view)
    _say(inputs, count_shown_segments(whole, view, find_hierarchy(view, fields).fields), what)
