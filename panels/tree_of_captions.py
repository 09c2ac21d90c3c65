"""The panel "Tree of Captions": the whole tree of the open video, beside it.

The server side provides the data and makes the decisions; drawing, seeking and following the player
happen in the browser (``js/``). The tree is sent as one string, because the App copies and compares
panel data in lists, which takes longer than parsing it. No requests are made while a video plays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import fiftyone.core.clips as foc
import fiftyone.operators as foo
from fiftyone.operators import types

from ..core.colours import DISTINCT_COLOURS, LEVEL_COLOURS
from ..core.wording import shorten
from ..internals.views import source_dataset, stages_of
from ..operators.base import PLUGIN
from ..operators.open_panels import TREE, ask_search
from ..operators.show import fields_to_tick, select_labels, show_view
from ..operators.trail import shown_query
from ..views import walk
from ..views.clips import segment_of_clip, segments
from ..views.comparison import compare_with, datasets_with
from ..views.hierarchy import NoHierarchyError, find_hierarchy, schema_key
from ..views.kept import kept_nodes, nodes_in
from ..views.sample_tree import (
    NoTreeError,
    label_of,
    node_of_label,
    sample_tree,
    shown_part,
)  # fmt: skip
from ..views.view_keys import view_key
from .compared import annotated, compared_columns
from .component import component_view
from .media import media_problem
from .payload import VERBS, columns, search_texts, texts_of
from .review import REVIEW_METHODS, ReviewMethods

COMPONENT = "Action100MTreeOfCaptions"
#: The methods that the component may call.
_METHODS = (
    "select_node", "texts", "find", "hidden", "show_children", "show_clip", "same_action",
    "more_like", "cut_grid", "open_sample", "others", "compare", *REVIEW_METHODS,
)  # fmt: skip

#: Shown in the grid unless a single sample is selected.
_CHOOSE_ONE = (
    "Open a video, or select one in the grid, to see its tree. "
    "A video whose file is missing is not opened by a click: select it."
)

#: Bins of durations, with upper bounds in seconds: the paper's bins.
_DURATIONS = (("under 3 s", 3.0), ("3 to 10 s", 10.0), ("10 to 60 s", 60.0), ("longer", 1e9))
_TAIL_COLOUR = "#6b6f76"

#: The last data that this server sent to each panel, by panel id.
_sent: dict[str, list[Any]] = {}
_MOST_PANELS = 200

PALETTE = {
    "levels": list(LEVEL_COLOURS),
    "verbs": list(DISTINCT_COLOURS[:VERBS]),
    "tail": _TAIL_COLOUR,
    "durations": [
        {"name": name, "below": below, "colour": colour}
        for (name, below), colour in zip(_DURATIONS, DISTINCT_COLOURS, strict=False)
    ],
}


class TreeOfCaptionsPanel(ReviewMethods, foo.Panel):
    """Shows the open video's tree, and follows its player."""

    @property
    def config(self) -> foo.PanelConfig:
        """What the App lists."""
        return foo.PanelConfig(
            name=TREE,
            label="Tree of Captions",
            icon="account_tree",
            surfaces="grid modal",
            help_markdown="The whole tree of the open video; it follows the player and controls it",
        )

    def on_load(self, ctx: foo.ExecutionContext) -> None:
        """Sends the open video's tree, or the reason why there is none."""
        self._send(ctx, always=True)

    def on_change_current_sample(self, ctx: foo.ExecutionContext) -> None:
        """Sends the tree of the new video."""
        self._send(ctx)

    def on_change_dataset(self, ctx: foo.ExecutionContext) -> None:
        """Sends the tree of the new dataset's video, if any."""
        self._send(ctx)

    def on_change_view(self, ctx: foo.ExecutionContext) -> None:
        """Sends changes: the sample may be a clip now, and other nodes may be hidden."""
        self._send(ctx)

    def on_change_selected(self, ctx: foo.ExecutionContext) -> None:
        """In the grid, sends the tree of the selected sample."""
        if ctx.current_sample is None:
            self._send(ctx)

    def on_change_selected_labels(self, ctx: foo.ExecutionContext) -> None:
        """Sends the node of the caption that was selected last."""
        selected = list(ctx.selected_labels or [])
        node_id = label_id = None
        if selected and ctx.dataset is not None:
            label = selected[-1]
            label_id = label["label_id"]
            try:
                sample_id, _ = shown_part(ctx.view, label["sample_id"])
                node_id = node_of_label(ctx.dataset, sample_id, label["field"], label_id)
            except (NoTreeError, NoHierarchyError):
                node_id = None  # not a caption of a tree
        ctx.panel.set_data("selected", {"node": node_id, "label": label_id})

    def select_node(self, ctx: foo.ExecutionContext) -> str | None:
        """Selects a node's caption in the App; returns its id, None if the node has no caption."""
        found = _caption(ctx, "caption to select", ctx.active_fields or ())
        return None if found is None else _select(ctx, *found)

    def texts(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Returns a node's texts in the order of the fields, if the payload has none."""
        sample_id, node_id = _asked(ctx)
        tree = sample_tree(ctx.dataset, sample_id).tree
        if node_id not in tree:
            return {"node": node_id, "texts": []}
        return {"node": node_id, "texts": texts_of(tree, list(tree.node_ids).index(node_id))}

    def find(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Returns the nodes with a phrase, if the payload has no texts."""
        sample_id, _ = _asked(ctx)
        phrase = str(ctx.params.get("phrase") or "")
        return {
            "phrase": phrase,
            "found": search_texts(sample_tree(ctx.dataset, sample_id).tree, phrase),
        }

    def hidden(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Returns the nodes that the view hides, None if it hides none."""
        sample_id, _ = _asked(ctx)
        kept = kept_nodes(ctx.view, sample_id)
        if kept is None:
            return {"nodes": None}
        ids = sample_tree(ctx.dataset, sample_id).tree.node_ids
        return {"nodes": [i for i, node_id in enumerate(ids) if node_id not in kept]}

    def show_children(self, ctx: foo.ExecutionContext) -> None:
        """Shows a node's children in the grid."""
        sample_id, node_id = _asked(ctx)
        view = walk.children(ctx.dataset, sample_id, node_id)
        fields = fields_to_tick(ctx, view)
        # In the grid, the tree that is shown is that of the selected sample: it stays.
        selected = [] if ctx.current_sample else [id_ for id_ in ctx.selected if id_ == sample_id]
        node = label_of(ctx.dataset, sample_id, node_id, ctx.active_fields or ())
        name = f"children of “{shorten(node.text if node else node_id, 40)}”"
        show_view(ctx, view, f"The {name}", fields=fields, selected=selected, name=name)

    def show_clip(self, ctx: foo.ExecutionContext) -> None:
        """Shows a node as a clip in the grid."""
        found = _caption(ctx, "caption to show as a clip")
        if found is not None:
            field, label_id = found
            video = source_dataset(ctx.dataset).select(_asked(ctx)[0])
            video = video.select_labels(ids=label_id, fields=field)
            clip = segments(video, field)
            show_view(ctx, clip, f"1 clip by {field}", fields=[field], name="1 clip")

    def same_action(self, ctx: foo.ExecutionContext) -> None:
        """Selects a node's caption, and opens the form for finding the same action."""
        found = _caption(ctx, "action")
        if found is not None:
            _select(ctx, *found)
            ctx.prompt(f"{PLUGIN}/same_action_elsewhere")

    def more_like(self, ctx: foo.ExecutionContext) -> None:
        """Searches for a node's caption."""
        found = label_of(ctx.dataset, *_asked(ctx), ctx.active_fields or ())
        if found is None or not found.text:
            ctx.ops.notify("This node has no caption to search for", variant="warning")
        else:
            ask_search(ctx, found.text, [found.field])

    def cut_grid(self, ctx: foo.ExecutionContext) -> None:
        """Cuts the grid's trees at a time scale; ``params``: ``seconds``."""
        field = find_hierarchy(ctx.dataset).widest
        params = {"seconds": float(ctx.params["seconds"]), "field": field}
        ctx.trigger(f"{PLUGIN}/granularity_by_time_scale", params=params)

    def open_sample(self, ctx: foo.ExecutionContext) -> None:
        """Opens the video from the grid."""
        ctx.ops.open_sample(id=_asked(ctx)[0])

    def others(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Returns the datasets with which the video's tree can be compared."""
        try:
            return {"names": datasets_with(ctx.dataset, _asked(ctx)[0])}
        except NoTreeError as error:
            return {"names": [], "problem": str(error)}

    def compare(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Returns the video's tree in another dataset, and the differences."""
        sample_id, other = _asked(ctx)[0], str(ctx.params.get("other") or "")
        try:
            counted = annotated(sample_tree(ctx.dataset, sample_id).tree)
            found = compare_with(ctx.dataset, sample_id, other, counted)
            return compared_columns(found, counted is not None)
        except NoTreeError as error:
            return {"problem": str(error)}

    def render(self, ctx: foo.ExecutionContext) -> types.Property:
        """Returns the component, with the methods that it may call."""
        return component_view(self, COMPONENT, *_METHODS)

    def send_tree(self, ctx: foo.ExecutionContext, always: bool = False) -> None:
        """Sends the tree, or, unless ``always``, notes that the panel has what is stored now."""
        if not always:
            now = _state(ctx)
            _sent[ctx.panel_id] = now
            ctx.panel.set_state("sent", now)
        self._send(ctx, always)

    def _send(self, ctx: foo.ExecutionContext, always: bool = False) -> None:
        """Sends the tree, unless the panel has it.

        When the App opens a panel, it sends all change events, and a large tree is a megabyte. The
        panel has the tree if both its own state and the record of the last data say so: the state
        alone may be older than a request in progress, and two pages may share a panel id.
        """
        now = _state(ctx)
        known = _sent.get(ctx.panel_id) == now == ctx.panel.get_state("sent")
        _sent.pop(ctx.panel_id, None)
        _sent[ctx.panel_id] = now
        if len(_sent) > _MOST_PANELS:
            del _sent[next(iter(_sent))]
        if always or not known:
            ctx.panel.set_data("tree", json.dumps(_message(ctx), ensure_ascii=False))
            ctx.panel.set_state("sent", now)
        # The browser requests the hidden nodes after the tree, as finding them can take time.
        filtered = ctx.view is not None and stages_of(ctx.view)
        ctx.panel.set_data("view", view_key(ctx.view) if filtered else None)
        ctx.panel.set_data("palette", PALETTE)


def _state(ctx: foo.ExecutionContext) -> list[Any]:
    """Returns everything that the displayed tree depends on."""
    now = [ctx.dataset_name, _shown(ctx), ctx.current_sample is not None, _version(ctx)]
    if query := shown_query(ctx).query:
        now += [query, view_key(ctx.view)]
    return now


def _message(ctx: foo.ExecutionContext) -> dict[str, Any]:
    """Returns the columns of the tree to show, or a notice why there is none."""
    shown = _shown(ctx)
    if ctx.dataset is None or shown is None:
        return {"notice": _CHOOSE_ONE}
    try:
        sample_id, clip = shown_part(ctx.view, shown)
        tree = sample_tree(ctx.dataset, sample_id, clip)
    except NoTreeError as error:
        return {"notice": str(error)}
    is_open = ctx.current_sample is not None
    return {
        **columns(tree),
        "media": media_problem(tree.path),
        "dataset": source_dataset(ctx.dataset).name,
        "shown": shown,
        "open": is_open,
        "found": _found(ctx, sample_id, shown),
    }


def _found(ctx: foo.ExecutionContext, sample_id: str, shown: str) -> dict[str, Any] | None:
    """Returns the search behind the view's segments of a video, and their nodes; None without one.

    ``node`` is that of the shown clip.
    """
    query, fields = shown_query(ctx)
    if isinstance(ctx.view, foc.ClipsView):
        segment = segment_of_clip(ctx.view, shown)
        return segment and {"query": query, "node": segment.node_id, "nodes": segment.nodes}
    nodes = nodes_in(ctx.view, sample_id, fields) if query and fields else None
    return {"query": query, "node": None, "nodes": nodes} if nodes else None


def _shown(ctx: foo.ExecutionContext) -> str | None:
    """Returns the open sample, else the only selected one."""
    if ctx.current_sample is not None:
        return str(ctx.current_sample)
    selected = list(ctx.selected or [])
    return str(selected[0]) if len(selected) == 1 else None


def _version(ctx: foo.ExecutionContext) -> str:
    """Returns a key that changes whenever the tree may: its labels, a clip's frames, the file."""
    shown = _shown(ctx)
    if ctx.dataset is None or shown is None:
        return ""
    try:
        sample_id, clip = shown_part(ctx.view, shown)
    except NoTreeError:
        return ""
    video = source_dataset(ctx.dataset).select(sample_id)
    changed, paths = video.values(["last_modified_at", "filepath"])
    problems = [media_problem(path) for path in paths]
    return f"{clip} {changed} {problems} {schema_key(source_dataset(ctx.dataset))}"


def _caption(
    ctx: foo.ExecutionContext, missing: str, preferred: Sequence[str] = ()
) -> tuple[str, str] | None:
    """Returns the field and id of the requested node's caption; notifies if it has none."""
    found = label_of(ctx.dataset, *_asked(ctx), preferred)
    if found is None:
        ctx.ops.notify(f"This node has no {missing}", variant="warning")
        return None
    return found.field, found.label_id


def _select(ctx: foo.ExecutionContext, field: str, label_id: str) -> str:
    """Selects a caption in the App; returns its id."""
    select_labels(ctx, ctx.current_sample or _asked(ctx)[0], {label_id: field})
    return label_id


def _asked(ctx: foo.ExecutionContext) -> tuple[str, str]:
    params: Mapping[str, Any] = ctx.params
    return str(params.get("sample") or ""), str(params.get("node") or "")
