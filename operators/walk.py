"""Operators that walk the tree from the selected captions, and show parts of it as views."""

from __future__ import annotations

from typing import ClassVar

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.operators as foo
from bson import ObjectId
from fiftyone.operators import types

from ..core.wording import count, shorten
from ..internals.views import source_dataset
from ..views import walk
from ..views.hierarchy import Hierarchy, find_hierarchy
from .base import PLUGIN, Operator, TreeFormOperator, hierarchy_of
from .forms import fields_input, notice, refuse
from .show import Landing, fields_to_tick, select_labels, show_view
from .trail import ticked_caption


class WalkStart:
    """The start of a walk: the open sample, or that of the selected captions.

    Attributes:
        labels: the selected detections that are nodes, as the App gave them
        shown_id: the id of the shown sample in the view; of a clips view, the clip's
        sample: the video
        field: the field to walk in if nothing is selected
    """

    def __init__(self, ctx: foo.ExecutionContext, hierarchy: Hierarchy) -> None:
        selected = ctx.selected_labels or []
        self.labels = [label for label in selected if label["field"] in hierarchy.fields]
        self.shown_id: str | None = ctx.current_sample
        if self.labels and self.shown_id not in {label["sample_id"] for label in self.labels}:
            self.shown_id = self.labels[0]["sample_id"]
        self.field = ticked_caption(ctx, hierarchy)
        self.sample = None if self.shown_id is None else _video(ctx, self.shown_id)

    def start(self) -> tuple[fo.Sample, str, str, bool]:
        """Returns the first selected node, else the root: video, node, text, whether selected.

        Raises:
            ValueError: if there is neither
        """
        if self.sample is None:
            raise ValueError("open a video or select a caption first")
        if self.labels:
            field, label_id = self.labels[0]["field"], self.labels[0]["label_id"]
            node_id = walk.node_of(self.sample, field, label_id)
        else:
            field = self.field
            root = walk.step(self.sample, field, None, walk.TOP)
            if root.node_id is None or root.label_id is None:
                raise ValueError(root.message)
            node_id, label_id = root.node_id, root.label_id
        texts = {d.id: d.label for d in self.sample[field].detections}
        return self.sample, node_id, texts[label_id] or node_id, bool(self.labels)


def _video(ctx: foo.ExecutionContext, shown_id: str) -> fo.Sample | None:
    """Returns the video that a sample of the view shows, if there is such a sample."""
    dataset = source_dataset(ctx.view)
    if isinstance(ctx.view, foc.ClipsView):
        found = ctx.view.select(shown_id).values("sample_id")
        shown_id = found[0] if found else shown_id
    if not ObjectId.is_valid(shown_id):
        return None
    try:
        return dataset[shown_id]
    except KeyError:  # a selected sample may have been deleted since
        return None


def reveal(ctx: foo.ExecutionContext, selection: WalkStart, chosen: dict[str, str]) -> str:
    """Selects captions in the shown sample and moves the open video to the first of them.

    If the view hides one of them, this prompts to show their path.

    Args:
        ctx: the context
        selection: where the walk started
        chosen: the field of each detection, by id

    Returns:
        an addition to the message if the view hides one of them, else an empty text
    """
    if not chosen or selection.shown_id is None:
        return ""
    select_labels(ctx, selection.shown_id, chosen)
    fields = set(chosen.values())
    if ctx.current_sample == selection.shown_id and selection.sample is not None:
        supports = {d.id: d.support for f in fields for d in selection.sample[f].detections}
        seek(ctx, min(supports[label_id][0] for label_id in chosen), selection.shown_id)
    seen = {i for f in fields for i in walk.shown_ids(ctx.view, str(selection.shown_id), f)}
    if seen.issuperset(chosen):
        return ""
    if isinstance(ctx.view, foc.ClipsView):
        back = "Captions: back to the clips' videos"
        return f". This clip shows only its own caption. To see all, run “{back}”"
    ctx.prompt(f"{PLUGIN}/show_path", params={"fields": sorted(fields)})
    return ". The view hides it: “Tree: show path” reveals it"


def seek(ctx: foo.ExecutionContext, frame: int, sample_id: str | None) -> None:
    """Moves the open video to a frame, counted from 1, once it is loaded."""
    params = {"frame": int(frame), "sample_id": sample_id}
    ctx.trigger(f"{PLUGIN}/seek_to_frame", params=params)


class _StepOperator(Operator):
    """Moves the selection in the open sample; subclasses define the direction."""

    direction: ClassVar[str]
    needs_video = True

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Selects the caption one step away from each selected caption, and notifies."""
        selection = WalkStart(ctx, hierarchy_of(ctx))
        if selection.sample is None:
            ctx.ops.notify("Open a video first", variant="warning")
            return
        try:
            steps, opening = self._steps(selection)
        except ValueError as error:
            ctx.ops.notify(str(error), variant="warning")
            return
        chosen = {s.label_id: field for field, s in steps if s.label_id is not None}
        hidden = reveal(ctx, selection, chosen)
        messages = list(dict.fromkeys(s.message for _, s in steps))
        exact = all(s.exact for _, s in steps)
        more = f" (and {len(messages) - 1} more)" if len(messages) > 1 else ""
        variant = "info" if exact and not opening and not hidden else "warning"
        ctx.ops.notify(opening + messages[0] + more + hidden, variant=variant)

    def _steps(self, selection: WalkStart) -> tuple[list[tuple[str, walk.Step]], str]:
        """Returns each step with its field, and the start of the message."""
        sample = selection.sample
        if not selection.labels:
            root = walk.step(sample, selection.field, None, walk.TOP)
            opening = "" if self.direction == walk.TOP else "Nothing was selected, so the root is: "
            return [(selection.field, root)], opening
        steps = [
            (label["field"], walk.step(sample, label["field"], label["label_id"], self.direction))
            for label in selection.labels
            if label["sample_id"] == selection.shown_id
        ]
        return steps, ""


class WalkParent(_StepOperator):
    """Selects the parent."""

    name = "walk_parent"
    direction = walk.PARENT
    label = "Tree: parent"
    short = "Parent"
    description = "Select the parent of the selected caption"
    synonyms = "up, ancestor, go to parent, coarser"
    icon = "arrow_upward"
    place = types.Places.SAMPLES_VIEWER_ACTIONS
    named = True


class WalkChild(_StepOperator):
    """Selects the first child."""

    name = "walk_child"
    direction = walk.CHILD
    label = "Tree: first child"
    short = "First child"
    description = "Select the first child of the selected caption"
    synonyms = "down, go to child, finer"
    icon = "arrow_downward"
    place = types.Places.SAMPLES_VIEWER_ACTIONS
    named = True


class WalkNext(_StepOperator):
    """Selects the next sibling."""

    name = "walk_next"
    direction = walk.NEXT
    label = "Tree: next sibling"
    description = "Select the next segment with the same parent"
    synonyms = "right, forward, go to next"
    icon = "arrow_forward"


class WalkPrevious(_StepOperator):
    """Selects the previous sibling."""

    name = "walk_previous"
    direction = walk.PREVIOUS
    label = "Tree: previous sibling"
    description = "Select the previous segment with the same parent"
    synonyms = "left, backward, go to previous"
    icon = "arrow_back"


class WalkRoot(_StepOperator):
    """Selects the root."""

    name = "walk_root"
    direction = walk.TOP
    label = "Tree: root"
    description = "Select the caption of the whole video"
    synonyms = "top, whole video, go to root"
    icon = "vertical_align_top"


class _PartOperator(TreeFormOperator):
    """Shows a part of one video's tree as a view; subclasses define the part."""

    part: ClassVar[str]
    noun: ClassVar[str]
    needs_video = True

    def tree_form(self, ctx: foo.ExecutionContext, inputs: types.Object, found: Hierarchy) -> None:
        """Asks for the fields, and describes what will be shown."""
        fields = list(found.fields)
        text = "Captions to show this part of; others stay as they are"
        fields_input(ctx, inputs, fields, fields, "Fields", text)
        try:
            notice(inputs, "preview", self._view(ctx)[1])
        except ValueError as error:
            refuse(inputs, str(error))

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the view."""
        try:
            view, message, name = self._view(ctx)
        except ValueError as error:
            ctx.ops.notify(str(error), variant="warning")
            return
        landing, fields = self._landing(ctx, view), fields_to_tick(ctx, view)
        show_view(ctx, view, message, landing, fields, name=name)

    def _landing(self, ctx: foo.ExecutionContext, view: fo.DatasetView) -> Landing | None:
        """Returns the video at the open clip's start; None if no clip is open."""
        if ctx.current_sample is None or not isinstance(ctx.view, foc.ClipsView):
            return None
        videos, supports = ctx.view.select(ctx.current_sample).values(["sample_id", "support"])
        # A view of leaves may not have the video.
        if not videos or not view.select(videos[0]).limit(1).values("id"):
            return None
        return Landing(videos[0], int(supports[0][0]))

    def _view(self, ctx: foo.ExecutionContext) -> tuple[fo.DatasetView, str, str]:
        """Returns the view, its description and its name."""
        selection = WalkStart(ctx, hierarchy_of(ctx))
        fields = find_hierarchy(ctx.dataset, ctx.params.names("fields") or None).fields
        sample, node_id, label, was_selected = selection.start()
        text = shorten(label, 60)
        view = getattr(walk, self.part)(ctx.dataset, sample.id, node_id, fields)
        counts = view.aggregate([fo.Count(f"{name}.detections") for name in fields])
        if not any(counts):
            raise ValueError(f"{self.noun} of “{text}”: there is no caption to show")
        segments = count(max(counts), "segment")
        where = "the selected caption" if was_selected else "the root, as nothing is selected"
        message = f"{self.noun} of {where}, “{text}”: {segments}"
        if len(selection.labels) > 1:
            message += " (only the first selected caption counts)"
        return view, message, f"{self.noun.lower()} of “{shorten(label, 40)}”"


class ShowPath(_PartOperator):
    """Shows a node and its ancestors."""

    name = "show_path"
    part = "path"
    noun = "Path"
    label = "Tree: show path"
    description = "Show the selected caption and its ancestors, up to the whole video"
    synonyms = "ancestors, branch, where is this"
    icon = "linear_scale"


class ShowChildren(_PartOperator):
    """Shows a node's children."""

    name = "show_children"
    part = "children"
    noun = "Children"
    label = "Tree: show children"
    description = "Show the children of the selected caption"
    synonyms = "parts, split"
    icon = "call_split"


class ShowSubtree(_PartOperator):
    """Shows a node and all nodes below it."""

    name = "show_subtree"
    part = "subtree"
    noun = "Subtree"
    label = "Tree: show subtree"
    description = "Show the selected caption and everything below it"
    synonyms = "descendants, branch, below"
    icon = "schema"


class ShowLeaves(_PartOperator):
    """Shows the leaves below a node."""

    name = "show_leaves_under"
    part = "leaves_under"
    noun = "Leaves"
    label = "Tree: show leaves"
    description = "Show the finest segments below the selected caption"
    synonyms = "finest segments, steps"
    icon = "grass"


WALK_OPERATORS = (
    WalkParent, WalkChild, WalkNext, WalkPrevious, WalkRoot,
    ShowPath, ShowChildren, ShowSubtree, ShowLeaves,
)  # fmt: skip
