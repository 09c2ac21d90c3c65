"""The operator that shows the selected action's other occurrences."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.actions import By, parse
from ..views.find import clip_field
from ..views.hierarchy import source_dataset
from ..views.same import action_field, count_segments, same_action, same_segments
from ..views.segments import Sort
from .common import hierarchy_or_notice, show_view
from .params import Operator
from .search_form import preview, refuse


class SameActionElsewhere(Operator):
    """Shows every segment with the selected caption's action, as clips."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="same_action_elsewhere",
            label="Same action elsewhere",
            description="Every segment of the data set with the selected action, as clips",
            icon="content_copy",
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The form: what must be the same, with how many are."""
        inputs = types.Object()
        found = hierarchy_or_notice(ctx, inputs)
        if found is not None:
            label, field = _selected(ctx, found)
            if label is None:
                inputs.str(
                    "label",
                    required=True,
                    label="Action",
                    description="No caption is selected: type one, such as knead the dough",
                )
            text = label or ctx.params.get("label") or ""
            if text:
                _choices(ctx, inputs, text, field)
        return types.Property(inputs, view=types.View(label="Same action elsewhere"))

    def execute(self, ctx: Any) -> None:
        """Shows the clips."""
        found = hierarchy_or_notice(ctx, types.Object())
        if found is None:
            ctx.ops.notify("This data set has no tree", variant="warning")
            return
        label, field = _selected(ctx, found)
        text = label or ctx.params.get("label") or ""
        by: By = ctx.params.get("by") or "action"
        sort: Sort = ctx.params.get("sort") or "duration"
        try:
            if not same_segments(ctx.dataset, text, by, field).limit(1).values("id"):
                ctx.ops.notify(f"No segment has the action {text}", variant="warning")
                return
            view = same_action(ctx.dataset, text, by, field, sort)
        except ValueError as error:
            ctx.ops.notify(str(error), variant="error")
            return
        show_view(ctx, view, f"{len(view):,} segments with the same {by}")


def _selected(ctx: Any, found: Any) -> tuple[str | None, str]:
    """The first selected caption in a field with trees, and the field to look in."""
    for selected in ctx.selected_labels or []:
        field = selected["field"]
        if field not in found.fields:
            continue
        text = _text_of(ctx, field, selected["sample_id"], selected["label_id"])
        if text:
            return text, field
    return None, action_field(ctx.dataset)


def _text_of(ctx: Any, field: str, sample_id: str, label_id: str) -> str | None:
    if clip_field(ctx.view) == field:  # the sample is a clip, which has the one caption
        texts: list[str | None] = ctx.view.select(sample_id).values(f"{field}.label")
        return texts[0] if texts else None
    video = source_dataset(ctx.dataset).select(sample_id)
    ids, labels = video.values([f"{field}.detections.id", f"{field}.detections.label"])
    if not ids or ids[0] is None:
        return None
    return dict(zip(ids[0], labels[0], strict=True)).get(label_id)


def _choices(ctx: Any, inputs: types.Object, text: str, field: str) -> None:
    action = parse(text)
    if not action.verb:
        refuse(inputs, "this caption has no words")
        return
    by = types.RadioGroup()
    by.add_choice("action", label=f"The whole action: {action.text}")
    by.add_choice("verb", label=f"The verb: {action.verb}")
    if action.object:
        by.add_choice("object", label=f"The object: {action.object}")
    inputs.enum("by", by.values(), default="action", label="The same", view=by)
    sort = types.RadioGroup()
    sort.add_choice("duration", label="The longest first")
    sort.add_choice("video", label="By video and time")
    inputs.enum("sort", sort.values(), default="duration", label="Order", view=sort)
    what: By = ctx.params.get("by") or "action"
    if what == "object" and not action.object:
        refuse(inputs, "this action has no object")
        return

    def say(max_ms: int | None, first: int | None) -> str:
        view = same_segments(ctx.dataset, text, what, field)
        segments, videos = count_segments(view, field, max_ms, first)
        return f"{segments:,} segments in {videos:,} videos, by {field}"

    preview(inputs, say)
