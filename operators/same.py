"""The operator that shows all occurrences of the selected action."""

from __future__ import annotations

from typing import get_args

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.actions import By, parse
from ..core.wording import count, shorten
from ..internals.views import clip_field, source_dataset
from ..views.clips import Sort
from ..views.hierarchy import Hierarchy
from ..views.nested import KeepNested, count_moments
from ..views.same import action_field, same_action, same_segments
from .base import TreeFormOperator, hierarchy_of
from .forms import need, preview, radio, refuse
from .show import show_view

_KEEP: dict[str, str] = {
    "all": "All of them",
    "outermost": "The outermost",
    "finest": "The finest",
}
_ORDERS: dict[str, str] = {"duration": "Longest first", "video": "By video and time"}


class SameActionElsewhere(TreeFormOperator):
    """Shows every segment with the selected caption's action, as clips."""

    name = "same_action_elsewhere"
    label = "Captions: find the same action"
    description = "Show every segment with the selected action, as clips"
    synonyms = "elsewhere, repeats, similar, other occurrences"
    icon = "content_copy"

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks what must match, and counts segments."""
        text, field = _selected(ctx, found)
        if text is None:
            inputs.str(
                "label",
                label="Action",
                description="No caption is selected: type an action, such as knead the dough",
            )
            text = ctx.params.text("label")
        if text:
            _choices(ctx, inputs, text, field)
        else:
            need(inputs, "Type an action, or select a caption in an open video first")

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the clips."""
        selected, field = _selected(ctx, hierarchy_of(ctx))
        text = selected or ctx.params.text("label")
        by, sort = _by(ctx), ctx.params.choice("sort", get_args(Sort), "duration")
        keep: KeepNested = ctx.params.choice("keep", get_args(KeepNested), "all")
        same = same_segments(ctx.dataset, text, by, field)
        if not same.limit(1).values("id"):
            ctx.ops.notify(f"No segment has the action {text}", variant="warning")
            return
        view = same_action(ctx.dataset, text, by, field, sort, keep)
        action = parse(text)
        wanted = {"action": action.text, "verb": action.verb, "object": action.object}[by]
        message = f"Found {shorten(wanted, 60)}: {count_moments(same, [field])}"
        if keep != "all":
            message += f", {count(len(view), 'clip')} of the {keep}"
        show_view(ctx, view, message, fields=[field], query=wanted, name=f"{by}: {wanted}")


def _by(ctx: foo.ExecutionContext) -> By:
    by: By = ctx.params.choice("by", get_args(By), "action")
    return by


def _selected(ctx: foo.ExecutionContext, found: Hierarchy) -> tuple[str | None, str]:
    """Returns the first selected caption in a field with trees, and the field to look in."""
    for selected in ctx.selected_labels or []:
        field = selected["field"]
        if field not in found.fields:
            continue
        text = _text_of(ctx, field, selected["sample_id"], selected["label_id"])
        if text:
            return text, field
    return None, action_field(ctx.dataset)


def _text_of(ctx: foo.ExecutionContext, field: str, sample_id: str, label_id: str) -> str | None:
    if clip_field(ctx.view) == field:  # the sample is a clip with one caption
        texts: list[str | None] = ctx.view.select(sample_id).values(f"{field}.label")
        return texts[0] if texts else None
    video = source_dataset(ctx.dataset).select(sample_id)
    ids, labels = video.values([f"{field}.detections.id", f"{field}.detections.label"])
    if not ids or ids[0] is None:
        return None
    return dict(zip(ids[0], labels[0], strict=True)).get(label_id)


def _choices(ctx: foo.ExecutionContext, inputs: types.Object, text: str, field: str) -> None:
    action = parse(text)
    if not action.verb:
        refuse(inputs, "This caption has no words")
        return
    choices = {"action": f"The whole action: {action.text}", "verb": f"The verb: {action.verb}"}
    if action.object:
        choices["object"] = f"The object: {action.object}"
    radio(inputs, "by", "The same", choices, "action")
    radio(inputs, "sort", "Order", _ORDERS, "duration")
    by = _by(ctx)
    if by not in choices:
        refuse(inputs, "This action has no object")
        return

    radio(inputs, "keep", "Of nested segments", _KEEP, "all")

    def say(max_ms: int | None, first: int | None) -> str:
        view = same_segments(ctx.dataset, text, by, field)
        return f"{count_moments(view, [field], max_ms, first)}, by {field}"

    preview(inputs, say)
