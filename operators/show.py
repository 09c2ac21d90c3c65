"""Shows views and segments in the App, in a way that can be undone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.operators as foo
from bson import json_util
from fiftyone.operators import types

from ..core.keys import STORE
from ..internals.database import Document
from ..internals.views import build_view, serialize_view, source_dataset
from ..views.clips import videos_of
from ..views.overview_cache import view_key
from ..views.sample_tree import label_of
from .base import PLUGIN, Operator

_PREVIOUS = "previous_view"
#: Runs in the browser, see js/show_and_open.js.
_SHOW_AND_OPEN = f"{PLUGIN}/show_and_open"
#: Runs in the browser, see js/tick_fields.js.
_TICK = f"{PLUGIN}/tick_fields"


class Segment(NamedTuple):
    """What the tree beside a video shows of it.

    Attributes:
        node: the id of the node to pin
        query: what was searched for; empty if nothing was
        nodes: the ids of the nodes that were found in this video; empty for those that have the
            query in a text
        loop: whether to repeat the segment
    """

    node: str
    query: str = ""
    nodes: Sequence[str] = ()
    loop: bool = False


class Landing(NamedTuple):
    """What to open in a view once the App shows it.

    Attributes:
        sample_id: the sample, which must be in the view; None to open none
        frame: where to move its video, counted from 1
        labels: the labels to select, as the App's ``set_selected_labels`` takes them
        segment: what to show in the tree beside the video; None to leave the tree as it is
    """

    sample_id: str | None
    frame: int | None = None
    labels: Sequence[Mapping[str, str]] = ()
    segment: Segment | None = None

    def params(self) -> Document:
        """Returns the parameters of the operator that opens it."""
        segment = None if self.segment is None else self.segment._asdict()
        return {**self._asdict(), "segment": segment}


def show_view(
    ctx: foo.ExecutionContext,
    view: fo.DatasetView,
    message: str,
    landing: Landing | None = None,
    fields: Sequence[str] | None = None,
    query: str = "",
) -> None:
    """Shows a view, remembers what was shown before, and notifies.

    Every view must be shown in this way: the App's page dies where an open sample is not in the
    view that it has at that moment, and a view takes a while to arrive.

    Args:
        ctx: the context
        view: the view
        message: what is shown, for the notification and the button that leads back
        landing: the sample to open in it; by default the open one stays, if it is in the view
        fields: the fields to tick in the sidebar; by default they stay
        query: what the view's segments were found by: it goes on to the tree of each video
    """
    _remember(ctx, view, message, query, fields)
    _set_view(ctx, view, plain_stages(view), landing, fields)
    ctx.ops.notify(message, variant="success")


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
    message: str = "This segment's video",
) -> None:
    """Opens a video at a segment: the player at its first frame, its node pinned in the tree.

    Whatever finds a segment opens it in this way.

    Args:
        ctx: the context, of the grid or of an open sample, in videos or in clips
        sample_id: the video's sample; of a clip, the video that it is a part of
        node_id: the segment's node
        field: the field of the caption that was found, which is ticked; by default one that is
            ticked already, if it has a caption of the node
        query: what was searched for, for the tree's search box
        nodes: the nodes that were found in this video; by default those that have the query in a
            text
        loop: whether to repeat the segment
        view: the view to show first; by default the current one stays if it has the video
        message: what that view is said to be
    """
    found = label_of(ctx.dataset, sample_id, node_id, [field] if field else ctx.active_fields or ())
    if found is None:
        ctx.ops.notify("This segment is no longer in the dataset", variant="warning")
        return
    label = {"label_id": found.label_id, "sample_id": sample_id, "field": found.field}
    segment = Segment(node_id, query, list(nodes), loop)
    landing = Landing(sample_id, found.first, [label], segment)
    if view is None and not _has(ctx.view, sample_id):
        view, message = _view_with(ctx.view, sample_id)
    if view is None:
        ctx.trigger(_SHOW_AND_OPEN, params={**landing.params(), "fields": [found.field]})
    else:
        show_view(ctx, view, message, landing, [found.field])


def _has(view: fo.DatasetView, sample_id: str) -> bool:
    """Whether a view has a sample; a view of clips has no videos."""
    return bool(view.select(sample_id).limit(1).values("id"))


def _view_with(view: fo.DatasetView, sample_id: str) -> tuple[fo.DatasetView, str]:
    """Returns a view that has a video that the current one lacks, and what to say of it."""
    if isinstance(view, foc.ClipsView):
        videos = videos_of(view)
        if _has(videos, sample_id):
            return videos, "The videos of the clips"
    return source_dataset(view).view(), "All videos, as the view did not have this one"


def show_stages(
    ctx: foo.ExecutionContext,
    stages: list[Document],
    fields: Sequence[str] | None = None,
    selected: Sequence[str] = (),
    said: Mapping[str, Any] | None = None,
) -> None:
    """Shows the view that has these stages again, and remembers what was shown before.

    Args:
        ctx: the context
        stages: the stages, as :func:`plain_stages` returns them
        fields: the fields to tick in the sidebar; by default they stay
        selected: the samples to select
        said: what was said of the view when it was set
    """
    said = said or {}
    view = build_view(ctx.dataset, json_util.loads(json.dumps(stages)))
    of_query = said.get("query", ""), said.get("fields")
    _remember(ctx, view, said.get("message", ""), *of_query)
    _set_view(ctx, view, stages, None, fields, selected)


def plain_stages(view: fo.DatasetView) -> list[Document]:
    """Returns a view's stages as plain JSON.

    The App's server sends what is stored to its pages as JSON, and fails on a date or an id.
    """
    stages: list[Document] = json.loads(json_util.dumps(serialize_view(view)))
    return stages


def ticked_fields(ctx: foo.ExecutionContext) -> list[str] | None:
    """Returns the fields that are ticked in the sidebar; None where that is unknown."""
    fields: list[str] | None = ctx.request_params.get("active_fields")
    return fields


def shown_query(ctx: foo.ExecutionContext) -> tuple[str, list[str]]:
    """Returns what the segments of the current view were found by, and in which fields.

    The text is empty if they were found by nothing.
    """
    said = _said(ctx)
    return said.get("query") or "", said.get("fields") or []


def _remember(
    ctx: foo.ExecutionContext,
    view: fo.DatasetView,
    message: str,
    query: str = "",
    fields: Sequence[str] | None = None,
) -> None:
    """Remembers what is shown, for the way back from a view, and what the view is said to be."""
    said = {"view": view_key(view), "message": message, "query": query}
    ctx.store(STORE).set(
        _PREVIOUS,
        {
            "stages": [] if ctx.view is None else plain_stages(ctx.view),
            "fields": ticked_fields(ctx),
            "selected": list(ctx.selected or []),
            "said": _said(ctx),
            "next": {**said, "fields": list(fields or [])},
        },
    )


def _said(ctx: foo.ExecutionContext) -> dict[str, Any]:
    """Returns what was said of the current view when it was set; nothing if that is unknown."""
    said: dict[str, Any] = (ctx.store(STORE).get(_PREVIOUS) or {}).get("next") or {}
    is_shown = bool(said) and ctx.view is not None and said["view"] == view_key(ctx.view)
    return said if is_shown else {}


def _set_view(
    ctx: foo.ExecutionContext,
    view: fo.DatasetView,
    stages: list[Document],
    landing: Landing | None = None,
    fields: Sequence[str] | None = None,
    selected: Sequence[str] = (),
) -> None:
    shown = ctx.current_sample
    ticked = None if fields is None else list(fields)
    if landing is None and not selected and (shown is None or _has(view, shown)):
        ctx.trigger("set_view", params={"view": stages})
        if ticked is not None:
            ctx.ops.set_active_fields(ticked)
            if shown is not None:
                ctx.trigger(_TICK, params={"fields": ticked})
    else:
        opened = {} if landing is None else landing.params()
        params = {"view": stages, "fields": ticked, "selected": list(selected), **opened}
        ctx.trigger(_SHOW_AND_OPEN, params=params)


class BackToPreviousView(Operator):
    """Undoes the last view that an operator has set."""

    name = "back_to_previous_view"
    label = "Back to the previous view"
    description = "Undo the last view that an Action100M operator set, and what it ticked"
    icon = "undo"

    def button(self, ctx: foo.ExecutionContext) -> types.Placement | None:
        """Returns a button where an operator has set the view."""
        if ctx.dataset is None or not _said(ctx).get("message"):
            return None
        # Without an icon, its label is on it; a longer one would be folded away in a small window.
        button = types.Button(label="Back", prompt=False)
        return types.Placement(types.Places.SAMPLES_GRID_ACTIONS, button)

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows what is remembered; what is shown now becomes the remembered one."""
        known = ctx.store(STORE).get(_PREVIOUS)
        if known is None:
            ctx.ops.notify("No view has been set yet", variant="warning")
            return
        # An earlier version kept the stages only.
        said = known.get("said") or {}
        show_stages(
            ctx,
            known["stages"],
            known.get("fields"),
            known.get("selected") or (),
            said,
        )
        ctx.ops.notify(f"Back: {said.get('message') or 'the previous view'}", variant="info")
