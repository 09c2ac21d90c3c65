"""The operator that shows two granularities on the same stretch of video."""

from __future__ import annotations

from typing import Any, Literal

import fiftyone.operators as foo
from fiftyone.operators import types

from ..views import granularity
from ..views.hierarchy import Hierarchy, NoHierarchyError, find_hierarchy
from .common import hierarchy_or_notice, show_view
from .params import Operator

_SIDES = ("first", "second")
_SECONDS = {"first": 30.0, "second": 5.0}
_LEVELS = {"first": 1, "second": 4}


class CompareGranularities(Operator):
    """Shows two fields on each video, each at a time scale or level of its own."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="compare_granularities",
            label="Compare granularities",
            description="Show two time scales or levels at once, each in a field of its own",
            icon="compare",
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form: by what, and for each side a field and its number."""
        inputs = types.Object()
        found = hierarchy_or_notice(ctx, inputs)
        if found is not None:
            choices = types.RadioGroup()
            choices.add_choice("seconds", label="Time scales")
            choices.add_choice("level", label="Levels")
            inputs.enum("by", choices.values(), default="seconds", label="Compare", view=choices)
            if len(found.fields) < 2:
                text = f"There is one field with a tree, {found.fields[0]}; comparing takes two"
                inputs.view("one_field", types.Warning(label=text)).invalid = True
            else:
                for side, default in zip(_SIDES, _default_fields(found), strict=True):
                    _side_inputs(ctx, inputs, found, side, default)
        return types.Property(inputs, view=types.View(label="Compare granularities"))

    def execute(self, ctx: Any) -> None:
        """Shows both, and makes both fields the active ones."""
        by = _by(ctx)
        scales = _scales(ctx, find_hierarchy(ctx.dataset))
        view = granularity.compare(ctx.view, scales, by)
        unit = "level {:g}" if by == "level" else "at most {:g} s"
        text = ", ".join(f"{field}: {unit.format(number)}" for field, number in scales.items())
        show_view(ctx, view, text)
        ctx.ops.set_active_fields(list(scales))


def _by(ctx: Any) -> Literal["seconds", "level"]:
    return "level" if ctx.params.get("by") == "level" else "seconds"


def _default_fields(found: Hierarchy) -> tuple[str, str]:
    """The field that completes the trees for the finer side, a refined one for the coarser."""
    others = [field for field in found.fields if field != found.widest]
    coarse = "gpt_action_brief" if "gpt_action_brief" in others else others[0]
    return coarse, found.widest


def _side_inputs(ctx: Any, inputs: types.Object, found: Hierarchy, side: str, default: str) -> None:
    choices = types.DropdownView()
    for field in found.fields:
        choices.add_choice(field, label=field)
    prop = inputs.enum(
        f"{side}_field", choices.values(), default=default, label=f"{side.title()} field",
        view=choices,
    )  # fmt: skip
    if _by(ctx) == "level":
        inputs.int(f"{side}_level", default=_LEVELS[side], min=0, label="Level")
    else:
        inputs.float(f"{side}_seconds", default=_SECONDS[side], min=0, label="Seconds at most")
    if side == "second":
        try:
            _scales(ctx, found)
        except NoHierarchyError as error:
            prop.invalid = True
            prop.error_message = str(error)


def _scales(ctx: Any, found: Hierarchy) -> dict[str, float]:
    """Returns the two fields and their numbers; raises where they are one field."""
    by = _by(ctx)
    defaults = _LEVELS if by == "level" else _SECONDS
    scales: dict[str, float] = {}
    for side, field in zip(_SIDES, _default_fields(found), strict=True):
        number = ctx.params.get(f"{side}_{by}")
        name = ctx.params.get(f"{side}_field") or field
        scales[name] = float(defaults[side] if number is None else number)
    if len(scales) < 2:
        raise NoHierarchyError("Choose two different fields: a view has one granularity a field")
    return scales
