"""The operator that shows what is not annotated."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..views.find import clip_field
from ..views.gaps import SHORTEST, count_stretches, coverage, missing, stretches, uncovered
from ..views.hierarchy import Hierarchy, NoHierarchyError
from ..views.same import action_field, count_segments
from .common import hierarchy_or_notice, show_view
from .params import Operator
from .search_form import chosen, field_input, preview, refuse

_MISSING, _STRETCHES, _UNCOVERED = "missing", "stretches", "uncovered"

_AT_LEAST = {
    _MISSING: "Segments of at least, in seconds",
    _STRETCHES: "Stretches of at least, in seconds",
    _UNCOVERED: "Together at least, in seconds",
}


class Gaps(Operator):
    """Shows segments without a caption, uncovered stretches, or the videos with these."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="gaps",
            label="Gaps",
            description="What is not annotated: segments without a caption, uncovered stretches",
            icon="unpublished",
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form: which gaps, with totals."""
        inputs = types.Object()
        found = hierarchy_or_notice(ctx, inputs)
        if found is not None and clip_field(ctx.view):
            refuse(inputs, "Gaps are looked for in videos: go back to the clips' videos first")
        elif found is not None:
            _inputs(ctx, inputs, found)
        return types.Property(inputs, view=types.View(label="Gaps"))

    def execute(self, ctx: Any) -> None:
        """Shows the gaps; says so if there are none, and leaves the view."""
        found = hierarchy_or_notice(ctx, types.Object())
        if found is None:
            ctx.ops.notify("This data set has no tree", variant="warning")
            return
        kind, field, among, seconds = _choice(ctx, found)
        try:
            if kind == _MISSING:
                view = missing(ctx.view, field, among, seconds)
                message = f"Segments of {among} without {field}"
            elif kind == _STRETCHES:
                view = stretches(ctx.view, field, seconds, sort="duration")
                message = f"Stretches without {field}, the longest first"
            else:
                view = uncovered(ctx.view, field, seconds)
                message = f"Videos with stretches without {field}"
        except NoHierarchyError as error:
            ctx.ops.notify(str(error), variant="warning")
            return
        if view.limit(1).values("id"):
            show_view(ctx, view, message)
            # Else the other fields' captions hide what has been found.
            ctx.ops.set_active_fields([among if kind == _MISSING else field])
        else:
            ctx.ops.notify("There are no such gaps", variant="success")


def _choice(ctx: Any, found: Hierarchy) -> tuple[str, str, str, float]:
    kind = ctx.params.get("kind") or (_MISSING if len(found.fields) > 1 else _STRETCHES)
    field = chosen(ctx, "field", found.fields, action_field(ctx.dataset))
    among = chosen(ctx, "among", [f for f in found.fields if f != field], _wider(found, field))
    given = ctx.params.get("seconds")
    default = SHORTEST if kind == _MISSING else 1.0
    return kind, field, among, default if given is None else float(given)


def _wider(found: Hierarchy, field: str) -> str:
    others = [name for name in found.fields if name != field]
    return found.widest if found.widest != field or not others else others[0]


def _inputs(ctx: Any, inputs: types.Object, found: Hierarchy) -> None:
    kind, field, among, seconds = _choice(ctx, found)
    kinds = types.RadioGroup()
    if len(found.fields) > 1:
        kinds.add_choice(_MISSING, label="Segments without a caption (N/A among them)")
    kinds.add_choice(_STRETCHES, label="Stretches that no finest caption covers, as clips")
    kinds.add_choice(_UNCOVERED, label="The videos with such stretches")
    inputs.enum("kind", kinds.values(), default=kind, label="Show", view=kinds)
    field_input(inputs, "field", "Gaps in", found.fields, field)
    if kind == _MISSING:
        others = [name for name in found.fields if name != field]
        field_input(inputs, "among", "Where this has the segment", others, among)
    inputs.float("seconds", default=seconds, min=0, label=_AT_LEAST[kind])
    if kind == _MISSING:
        view = missing(ctx.view, field, among, seconds)

        def say(max_ms: int | None, first: int | None) -> str:
            segments, videos = count_segments(view, among, max_ms, first)
            return f"{segments:,} segments in {videos:,} videos have no {field}"
    else:

        def say(max_ms: int | None, first: int | None) -> str:
            whole = str(coverage(ctx.view, field, max_ms, first))
            if kind == _UNCOVERED:
                return whole
            count, videos = count_stretches(ctx.view, field, seconds, max_ms, first)
            return f"{count:,} stretches in {videos:,} videos. In all, {whole}"

    preview(inputs, say)
