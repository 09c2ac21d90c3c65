"""The operator that shows what is not annotated."""

from __future__ import annotations

from typing import NamedTuple

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.wording import count
from ..internals.views import clip_field
from ..views.gaps import SHORTEST, count_stretches, coverage, missing, stretches, uncovered
from ..views.hierarchy import Hierarchy
from ..views.same import action_field, count_segments
from .base import TreeFormOperator, hierarchy_of
from .forms import dropdown, preview, radio, refuse
from .show import show_view

_MISSING, _STRETCHES, _UNCOVERED = "missing", "stretches", "uncovered"
_KINDS = {
    _MISSING: "Segments without a caption, or with N/A",
    _STRETCHES: "Stretches without a caption of the finest level, as clips",
    _UNCOVERED: "Videos with such stretches",
}
_AT_LEAST = {
    _MISSING: "Shortest segment, in seconds",
    _STRETCHES: "Shortest stretch, in seconds",
    _UNCOVERED: "Shortest total, in seconds",
}


class Gaps(TreeFormOperator):
    """Shows segments without a caption, uncovered stretches, or videos with such stretches."""

    name = "gaps"
    label = "Captions: find gaps"
    description = "Show what is not annotated: missing captions, and stretches without a segment"
    synonyms = "missing captions, not annotated, N/A, uncovered, holes"
    icon = "unpublished"
    clips = False

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks which gaps to show, and counts them."""
        if clip_field(ctx.view):
            refuse(inputs, "Gaps are found in whole videos: go back to the clips' videos first")
            return
        gaps = _gaps(ctx, found)
        kinds = dict(_KINDS)
        if len(found.fields) == 1:
            del kinds[_MISSING]
        radio(inputs, "kind", "Show", kinds, gaps.kind)
        dropdown(inputs, "field", "Gaps in", found.fields, gaps.field)
        if gaps.kind == _MISSING:
            others = _others(found, gaps.field)
            dropdown(inputs, "among", "Among the segments of", others, gaps.among)
        inputs.float("seconds", default=gaps.seconds, min=0, label=_AT_LEAST[gaps.kind])
        preview(inputs, lambda max_ms, first: _count(ctx, gaps, max_ms, first))

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the gaps; without any, says so and leaves the view unchanged."""
        kind, field, among, seconds = _gaps(ctx, hierarchy_of(ctx))
        if kind == _MISSING:
            view = missing(ctx.view, field, among, seconds)
            message = f"Segments of {among} without {field}"
        elif kind == _STRETCHES:
            view = stretches(ctx.view, field, seconds, sort="duration")
            message = f"Stretches without {field}, longest first"
        else:
            view = uncovered(ctx.view, field, seconds)
            message = f"Videos with stretches without {field}"
        if view.limit(1).values("id"):
            # The captions of other fields would hide the gaps.
            show_view(ctx, view, message, fields=[among if kind == _MISSING else field])
        else:
            ctx.ops.notify("There are no such gaps", variant="success")


class _Gaps(NamedTuple):
    """The gaps of ``field`` to show; missing captions are among the segments of ``among``."""

    kind: str
    field: str
    among: str
    seconds: float


def _gaps(ctx: foo.ExecutionContext, found: Hierarchy) -> _Gaps:
    params = ctx.params
    kind = params.choice("kind", list(_KINDS), _MISSING if len(found.fields) > 1 else _STRETCHES)
    field = params.choice("field", found.fields, action_field(ctx.dataset))
    others = _others(found, field)
    widest = found.widest if found.widest != field or not others else others[0]
    among = params.choice("among", others, widest)
    seconds = params.number("seconds", SHORTEST if kind == _MISSING else 1.0)
    return _Gaps(kind, field, among, float(seconds))


def _others(found: Hierarchy, field: str) -> list[str]:
    return [name for name in found.fields if name != field]


def _count(ctx: foo.ExecutionContext, gaps: _Gaps, max_ms: int | None, first: int | None) -> str:
    kind, field, among, seconds = gaps
    if kind == _MISSING:
        view = missing(ctx.view, field, among, seconds)
        segments, videos = count_segments(view, among, max_ms, first)
        return f"{count(segments, 'segment')} in {count(videos, 'video')} without {field}"
    whole = str(coverage(ctx.view, field, max_ms, first))
    if kind == _UNCOVERED:
        return whole
    found, videos = count_stretches(ctx.view, field, seconds, max_ms, first)
    stretches_text = count(found, "stretch", "stretches")
    return f"{stretches_text} in {count(videos, 'video')}. In all, {whole}"
