"""The operator that shows two granularities of the same video."""

from __future__ import annotations

from typing import Literal

import fiftyone.operators as foo
from fiftyone.operators import types

from ..views import granularity
from ..views.hierarchy import Hierarchy, NoHierarchyError
from .base import TreeFormOperator, hierarchy_of
from .forms import dropdown, mark_invalid, radio, refuse
from .params import Params
from .show import show_view

By = Literal["seconds", "level"]

_SIDES = ("first", "second")
_DEFAULTS: dict[By, tuple[float, float]] = {"seconds": (30.0, 5.0), "level": (1, 4)}


class CompareGranularities(TreeFormOperator):
    """Shows two fields on each video, each at its own time scale or level."""

    name = "compare_granularities"
    label = "Tree: compare granularities"
    description = "Show two time scales or levels at once, each in its own field"
    synonyms = "two levels, two time scales, side by side"
    icon = "compare"

    def runs_here(self, ctx: foo.ExecutionContext) -> bool:
        """Whether there are two fields to compare."""
        return super().runs_here(ctx) and len(hierarchy_of(ctx).fields) > 1

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the unit, and for a field and a number of each side."""
        by = _by(ctx.params)
        choices = {"seconds": "Time scales", "level": "Levels"}
        radio(inputs, "by", "Compare", choices, "seconds")
        if len(found.fields) < 2:
            only = found.fields[0]
            text = f"This dataset has one field with a tree, {only}; comparing needs two"
            refuse(inputs, text, "one_field")
            return
        fields = zip(_SIDES, _default_fields(found), _DEFAULTS[by], strict=True)
        for side, field, number in fields:
            prop = dropdown(inputs, f"{side}_field", f"{side.title()} field", found.fields, field)
            if by == "level":
                inputs.int(f"{side}_level", default=int(number), min=0, label="Level")
            else:
                inputs.float(f"{side}_seconds", default=number, min=0, label="Seconds at most")
        try:
            _scales(ctx.params, found)
        except NoHierarchyError as error:
            mark_invalid(prop, str(error))

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows both granularities, and makes both fields active."""
        by = _by(ctx.params)
        scales = _scales(ctx.params, hierarchy_of(ctx))
        view = granularity.compare(ctx.view, scales, by)
        unit = "level {:g}" if by == "level" else "at most {:g} s"
        text = ", ".join(f"{field}: {unit.format(number)}" for field, number in scales.items())
        show_view(ctx, view, text, fields=list(scales))


def _by(params: Params) -> By:
    return "level" if params.text("by") == "level" else "seconds"


def _default_fields(found: Hierarchy) -> tuple[str, str]:
    """Returns a refined field for the coarse side, and the widest one for the fine side."""
    others = [field for field in found.fields if field != found.widest]
    coarse = "gpt_action_brief" if "gpt_action_brief" in others else others[0]
    return coarse, found.widest


def _scales(params: Params, found: Hierarchy) -> dict[str, float]:
    """Returns the number of each of the two fields.

    Raises:
        NoHierarchyError: if they are the same field
    """
    by = _by(params)
    scales = {
        params.text(f"{side}_field", field): float(params.number(f"{side}_{by}", number))
        for side, field, number in zip(_SIDES, _default_fields(found), _DEFAULTS[by], strict=True)
    }
    if len(scales) < 2:
        raise NoHierarchyError("Choose two different fields: a view has one granularity per field")
    return scales
