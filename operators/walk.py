"""Operators that walk the tree from the selected captions, and show parts of it as views."""

from __future__ import annotations

from typing import Any, ClassVar

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.operators as foo
from bson import ObjectId
from fiftyone.operators import types

from ..views import walk
from ..views.hierarchy import Hierarchy, NoHierarchyError, find_hierarchy, source_dataset
from .common import Landing, fields_input, hierarchy_or_notice, show_view
from .params import Operator


class WalkStart:
    """What a walk starts from: the sample that is open, or the selected captions' own.

    Attributes:
        labels: the selected detections that are nodes, as the App gave them
        shown_id: the id of the open sample in the view; of a clips view, the clip's
        sample: the video
        field: the field to walk in where nothing is selected
    """

    def __init__(self, ctx: Any, hierarchy: Hierarchy) -> None:
        selected = ctx.selected_labels or []
        self.labels = [label for label in selected if label["field"] in hierarchy.fields]
        self.shown_id: str | None = ctx.current_sample
        if self.labels and self.shown_id not in {label["sample_id"] for label in self.labels}:
            self.shown_id = self.labels[0]["sample_id"]
        active = [name for name in ctx.active_fields or [] if name in hierarchy.fields]
        self.field: str = active[0] if active else hierarchy.widest
        self.sample = None if self.shown_id is None else _video(ctx, self.shown_id)

    def start(self) -> tuple[Any, str, str, bool]:
        """Returns video, node, text, and whether it was selected: the first, else the root.

        Raises:
            ValueError: if there is neither
        """
        if self.sample is None:
            raise ValueError("open a video, or select a caption, first")
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


def _video(ctx: Any, shown_id: str) -> Any:
    """Returns the video that a sample of the view shows, None if there is no such sample."""
    dataset = source_dataset(ctx.view)
    if isinstance(ctx.view, foc.ClipsView):
        found = ctx.view.select(shown_id).values("sample_id")
        shown_id = found[0] if found else shown_id
    # What was selected may be gone by now.
    return dataset[shown_id] if ObjectId.is_valid(shown_id) and shown_id in dataset else None


def reveal(ctx: Any, selection: WalkStart, chosen: dict[str, str]) -> str:
    """Selects captions in the shown sample and moves the open video to the first of them.

    Where the view hides them, this offers to show them with their path.

    Args:
        ctx: the context
        selection: what the walk started from
        chosen: the field of each detection, by its id

    Returns:
        what to tell the person if the view hides one of them, else nothing
    """
    if not chosen:
        return ""
    ctx.ops.set_selected_labels(
        [
            {"label_id": label_id, "sample_id": selection.shown_id, "field": field}
            for label_id, field in chosen.items()
        ]
    )
    fields = set(chosen.values())
    if ctx.current_sample == selection.shown_id:
        video: Any = selection.sample
        supports = {d.id: d.support for f in fields for d in video[f].detections}
        seek(ctx, min(supports[label_id][0] for label_id in chosen), selection.shown_id)
    seen = {i for f in fields for i in walk.shown_ids(ctx.view, str(selection.shown_id), f)}
    if seen.issuperset(chosen):
        return ""
    if isinstance(ctx.view, foc.ClipsView):
        return ". This clip shows its own caption alone: Back to the clips' videos shows all"
    ctx.prompt("@action100m/explorer/show_path", params={"fields": sorted(fields)})
    return ". The view hides it: Path shows it"


def seek(ctx: Any, frame: int, sample_id: str | None) -> None:
    """Has the open video move to a frame, once it is loaded."""
    params = {"frame": int(frame), "sample_id": sample_id}
    ctx.trigger("@action100m/explorer/seek_to_frame", params=params)


class _StepOperator(Operator):
    """Moves the selection in the open sample; the subclasses say where to."""

    direction: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    icon: ClassVar[str]
    placed: ClassVar[bool] = False

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name=f"walk_{self.direction}",
            label=self.label,
            description=self.description,
            icon=self.icon,
        )

    def resolve_placement(self, ctx: Any) -> types.Placement | None:
        """A button in the open sample's toolbar, for the two moves that are made most."""
        if not self.placed or ctx.dataset is None:
            return None
        try:
            find_hierarchy(ctx.dataset)
        except NoHierarchyError:
            return None
        button = types.Button(label=self.label, icon=self.icon, prompt=False)
        return types.Placement(types.Places.SAMPLES_VIEWER_ACTIONS, button)

    def execute(self, ctx: Any) -> None:
        """Selects what lies one step away from each selected caption, and says what it is."""
        try:
            if ctx.dataset is None:
                raise NoHierarchyError("open a data set first")
            selection = WalkStart(ctx, find_hierarchy(ctx.dataset))
        except NoHierarchyError as error:
            ctx.ops.notify(str(error), variant="warning")
            return
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
        text = opening + messages[0] + more + hidden
        variant = "info" if exact and not opening and not hidden else "warning"
        ctx.ops.notify(text, variant=variant)

    def _steps(self, selection: WalkStart) -> tuple[list[tuple[str, walk.Step]], str]:
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

    direction = walk.PARENT
    label = "Parent"
    description = "Select the segment that the selected caption is a part of"
    icon = "arrow_upward"
    placed = True


class WalkChild(_StepOperator):
    """Selects the first child."""

    direction = walk.CHILD
    label = "First child"
    description = "Select the first part of the selected caption's segment"
    icon = "arrow_downward"
    placed = True


class WalkNext(_StepOperator):
    """Selects the next sibling."""

    direction = walk.NEXT
    label = "Next sibling"
    description = "Select the segment that comes after the selected caption's"
    icon = "arrow_forward"


class WalkPrevious(_StepOperator):
    """Selects the previous sibling."""

    direction = walk.PREVIOUS
    label = "Previous sibling"
    description = "Select the segment that comes before the selected caption's"
    icon = "arrow_back"


class WalkRoot(_StepOperator):
    """Selects the root."""

    direction = walk.TOP
    label = "Root"
    description = "Select the caption of the whole video"
    icon = "vertical_align_top"


class _PartOperator(Operator):
    """Shows a part of one video's tree as a view; the subclasses say which."""

    part: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    icon: ClassVar[str]

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name=f"show_{self.part}",
            label=self.label,
            description=self.description,
            icon=self.icon,
            dynamic=True,
        )

    def resolve_input(self, ctx: Any) -> types.Property:
        """The fields to show, and what there is to see."""
        inputs = types.Object()
        hierarchy = hierarchy_or_notice(ctx, inputs)
        if hierarchy is not None:
            fields_input(
                inputs,
                hierarchy,
                list(hierarchy.fields),
                "Fields",
                "Captions to show this part of; the others stay as they are",
            )
            try:
                _, message = self._view(ctx)
                inputs.view("preview", types.Notice(label=message))
            except ValueError as error:
                notice = inputs.view("problem", types.Warning(label=str(error)))
                notice.invalid = True
        return types.Property(inputs, view=types.View(label=self.label))

    def execute(self, ctx: Any) -> None:
        """Shows the view."""
        try:
            view, message = self._view(ctx)
        except ValueError as error:
            ctx.ops.notify(str(error), variant="warning")
            return
        show_view(ctx, view, message, self._landing(ctx, view))

    def _landing(self, ctx: Any, view: fo.DatasetView) -> Landing | None:
        """Returns the video at the open clip's place; None where no clip is open."""
        if ctx.current_sample is None or not isinstance(ctx.view, foc.ClipsView):
            return None
        videos, supports = ctx.view.select(ctx.current_sample).values(["sample_id", "support"])
        # A view of leaves may have lost the video.
        if not videos or not view.select(videos[0]).limit(1).values("id"):
            return None
        return Landing(videos[0], int(supports[0][0]))

    def _view(self, ctx: Any) -> tuple[fo.DatasetView, str]:
        if ctx.dataset is None:
            raise NoHierarchyError("open a data set first")
        chosen = ctx.params.get("fields") or None
        hierarchy = find_hierarchy(ctx.dataset, chosen)
        selection = WalkStart(ctx, find_hierarchy(ctx.dataset))
        sample, node_id, text, was_selected = selection.start()
        make = getattr(walk, self.part)
        view = make(ctx.dataset, sample.id, node_id, hierarchy.fields)
        counts = {name: view.count(f"{name}.detections") for name in hierarchy.fields}
        most = max(counts.values())
        where = "the selected caption" if was_selected else "the root, as nothing is selected"
        message = (
            f"{self.label} of {where}, “{_short(text)}”: {most} segment{'s' if most != 1 else ''}"
        )
        if len(selection.labels) > 1:
            message += " (the first of the selected ones counts)"
        return view, message


def _short(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


class ShowPath(_PartOperator):
    """Shows a node and its ancestors."""

    part = "path"
    label = "Path"
    description = "Show the selected caption and all that it is a part of, up to the whole video"
    icon = "linear_scale"


class ShowChildren(_PartOperator):
    """Shows a node's children."""

    part = "children"
    label = "Children"
    description = "Show the parts of the selected caption's segment"
    icon = "call_split"


class ShowSubtree(_PartOperator):
    """Shows a node and all below it."""

    part = "subtree"
    label = "Subtree"
    description = "Show the selected caption and everything below it"
    icon = "account_tree"


class ShowLeaves(_PartOperator):
    """Shows the finest nodes below a node."""

    part = "leaves_under"
    label = "Leaves under"
    description = "Show the finest segments of the selected caption's"
    icon = "grass"


WALK_OPERATORS = (
    WalkParent, WalkChild, WalkNext, WalkPrevious, WalkRoot,
    ShowPath, ShowChildren, ShowSubtree, ShowLeaves,
)  # fmt: skip
