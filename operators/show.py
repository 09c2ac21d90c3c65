"""Shows views in the App, in a way that can be undone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.operators as foo
from bson import json_util

from ..core.keys import STORE
from ..internals.database import Document
from ..internals.views import build_view, serialize_view, source_dataset
from ..views.sample_tree import label_of, sample_tree
from .base import PLUGIN, Operator

_PREVIOUS = "previous_view"
#: Runs in the browser, see js/show_and_open.js.
_SHOW_AND_OPEN = f"{PLUGIN}/show_and_open"


class Landing(NamedTuple):
    """What to open in a view once the App shows it.

    Attributes:
        sample_id: the sample, which must be in the view; None to open none
        frame: where to move its video, counted from 1
        labels: the labels to select, as the App's ``set_selected_labels`` takes them
    """

    sample_id: str | None
    frame: int | None = None
    labels: Sequence[Mapping[str, str]] = ()


def show_view(
    ctx: foo.ExecutionContext,
    view: fo.DatasetView,
    message: str,
    landing: Landing | None = None,
) -> None:
    """Shows a view, remembers the previous one, and notifies.

    Every view must be shown in this way: the App's page dies where an open sample is not in the
    view that it has at that moment, and a view takes a while to arrive.

    Args:
        ctx: the context
        view: the view
        message: what the notification says
        landing: the sample to open in it; by default the open one stays, if it is in the view
    """
    _remember_view(ctx)
    _set_view(ctx, view, plain_stages(view), landing)
    ctx.ops.notify(message, variant="success")


def show_stages(ctx: foo.ExecutionContext, stages: list[Document]) -> None:
    """Shows the view that has these stages, and remembers the previous one."""
    _remember_view(ctx)
    view = build_view(ctx.dataset, json_util.loads(json.dumps(stages)))
    _set_view(ctx, view, stages)


def plain_stages(view: fo.DatasetView) -> list[Document]:
    """Returns a view's stages as plain JSON.

    The App's server sends what is stored to its pages as JSON, and fails on a date or an id.
    """
    stages: list[Document] = json.loads(json_util.dumps(serialize_view(view)))
    return stages


def _remember_view(ctx: foo.ExecutionContext) -> None:
    stages = [] if ctx.view is None else plain_stages(ctx.view)
    ctx.store(STORE).set(_PREVIOUS, {"stages": stages})


def _set_view(
    ctx: foo.ExecutionContext,
    view: fo.DatasetView,
    stages: list[Document],
    landing: Landing | None = None,
) -> None:
    shown = ctx.current_sample
    if landing is None and (shown is None or view.select(shown).limit(1).values("id")):
        ctx.trigger("set_view", params={"view": stages})
    else:
        to_open = {} if landing is None else landing._asdict()
        ctx.trigger(_SHOW_AND_OPEN, params={"view": stages, **to_open})


def open_segment(
    ctx: foo.ExecutionContext,
    sample_id: str,
    node_id: str,
    *,
    field: str | None = None,
    query: str = "",
    nodes: Sequence[str] = (),
    loop: bool = False,
    view: fo.DatasetView | None = None,
) -> None:
    """Opens a video at a segment, whose caption is selected.

    Args:
        ctx: the context
        sample_id: the video's sample
        node_id: the segment's node
        field: the field of the caption to select; by default any that the node has
        query: what was looked for
        nodes: the nodes that were found in the video
        loop: whether to repeat the segment
        view: the view to show; by default the current one if it has the video, else all videos
    """
    tree = sample_tree(ctx.dataset, sample_id)
    place = list(tree.tree.node_ids).index(node_id)
    found = label_of(ctx.dataset, sample_id, node_id, [field] if field else ())
    labels = [{"label_id": found[1], "sample_id": sample_id, "field": found[0]}] if found else []
    shown = view or ctx.view
    if isinstance(shown, foc.ClipsView) or not shown.select(sample_id).limit(1).values("id"):
        shown = source_dataset(ctx.dataset).view()
    show_view(ctx, shown, f"“{query}”", Landing(sample_id, max(tree.first[place], 1), labels))


class BackToPreviousView(Operator):
    """Undoes the last view that an operator has set."""

    name = "back_to_previous_view"
    label = "Back to the previous view"
    description = "Undo the last view that an Action100M operator set"
    icon = "undo"

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the remembered view; the view that is shown now becomes the remembered one."""
        known = ctx.store(STORE).get(_PREVIOUS)
        if known is None:
            ctx.ops.notify("No view has been set yet", variant="warning")
        else:
            show_stages(ctx, known["stages"])
