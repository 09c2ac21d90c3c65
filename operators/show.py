"""Shows views and segments in the App and leads back to previous views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.operators as foo
from fiftyone.operators import types

from ..converters.storing.schema import HEADING
from ..internals.database import Document
from ..internals.requests import share_view
from ..internals.views import clip_field, source_dataset
from ..views.clips import videos_of
from ..views.hierarchy import find_hierarchy
from ..views.sample_tree import label_of
from ..views.view_keys import stage_keys
from .base import PLUGIN, Aside, Operator
from .layout import SAMPLES, covers_samples, panels_to_open
from .open_panels import TREE
from .trail import Step, Trail, crumbs, layout, plain_stages, shown_keys, ticked_fields, view_of

#: Runs in the browser, see js/show_and_open.js.
_SHOW_AND_OPEN = f"{PLUGIN}/show_and_open"
#: Runs in the browser, see js/tick_fields.js.
_TICK = f"{PLUGIN}/tick_fields"
#: Runs in the browser, see js/reset_sidebar.js.
_RESET_SIDEBAR = f"{PLUGIN}/reset_sidebar"
#: Runs in the browser, see js/select_labels.js.
_SELECT = f"{PLUGIN}/select_labels"
#: Runs in the browser, see js/grid.js.
_SHOW_WAY = f"{PLUGIN}/show_way"


class Segment(NamedTuple):
    """The segment that the tree beside a video shows.

    Attributes:
        node: the id of the node to pin
        query: the text searched for; empty if there was no search
        nodes: the ids of the nodes that were found in this video; if empty, those with the query in
            a text
        loop: whether to repeat the segment
    """

    node: str
    query: str = ""
    nodes: Sequence[str] = ()
    loop: bool = False


class Landing(NamedTuple):
    """What to open in a view when the App shows it.

    Attributes:
        sample_id: the sample, which must be in the view; None to open none
        frame: where to move its video, counted from 1
        labels: the labels to select, as :func:`select_labels` sends them
        segment: what to show in the tree beside the video; None to leave the tree as it is
    """

    sample_id: str | None
    frame: int | None = None
    labels: Sequence[Mapping[str, str]] = ()
    segment: Segment | None = None

    def params(self) -> Document:
        """Returns the parameters of the operator that opens the sample."""
        segment = None if self.segment is None else self.segment._asdict()
        return {**self._asdict(), "segment": segment}


def show_view(
    ctx: foo.ExecutionContext,
    view: fo.DatasetView,
    message: str,
    landing: Landing | None = None,
    fields: Sequence[str] | None = None,
    query: str = "",
    name: str = "",
    partial: bool = False,
    selected: Sequence[str] = (),
) -> None:
    """Shows a view, adds it to the trail that leads back, and notifies.

    Where the tree is in place of the grid, the grid comes to the front.

    Every view must be shown in this way: the App's page crashes if an open sample is not in its
    current view, and a new view takes a while to arrive.

    Args:
        ctx: the context
        view: the view
        message: a description of the view, for the notification and the button that leads back
        landing: the sample to open in it; by default, the open one stays open if it is in the view
        fields: the captions to tick in the sidebar, in addition to title and duration if these are
            ticked; by default, the ticks are kept
        query: the search that the view's segments were found by, which the tree of each video
            shows, too
        name: the view's name in the breadcrumb; by default the message
        partial: whether the message says that some results are left out
        selected: the samples to select in the grid; by default none
    """
    ticked = None if fields is None else [*_heading(ctx, view), *fields]
    found = list(fields or [])
    step = Step(plain_stages(view), stage_keys(view), name, message, query, found, ticked)
    trail = Trail.read(ctx)
    trail.extend(ctx, step)
    trail.write(ctx)
    _show_way(ctx, trail)
    _set_view(ctx, view, step.stages, landing, ticked, selected)
    if ctx.current_sample is None and covers_samples(layout(ctx), TREE):
        ctx.ops.open_panel(SAMPLES, is_active=True)
    ctx.ops.notify(message, variant="warning" if partial else "success")


def _heading(ctx: foo.ExecutionContext, view: fo.DatasetView) -> list[str]:
    """Returns which of title and duration to tick in a view, as in the previous view."""
    known = ticked_fields(ctx) or []
    if clip_field(ctx.view) and not clip_field(view):  # back to videos
        active = ctx.dataset.app_config.active_fields
        known = list(active.paths or []) if active else []
    paths = HEADING[:1] if clip_field(view) else HEADING  # a clip's duration is its video's
    return [path for path in paths if path in known and view.get_field(path) is not None]


def fields_to_tick(ctx: foo.ExecutionContext, view: fo.DatasetView) -> list[str] | None:
    """Returns the caption to tick in a view if none of those ticked has a segment there.

    Returns None if the ticks can stay.
    """
    found = find_hierarchy(ctx.dataset)
    ticked = [name for name in ticked_fields(ctx) or [] if name in found.fields]
    counts = view.aggregate([fo.Count(f"{name}.detections") for name in ticked])
    return None if any(counts) or not ticked else [found.widest]


def select_labels(ctx: foo.ExecutionContext, sample_id: str, fields: Mapping[str, str]) -> None:
    """Selects labels of a sample in the App.

    Args:
        ctx: the context
        sample_id: the sample, or the clip
        fields: the field of each label, by its id
    """
    labels = [
        {"label_id": label_id, "sample_id": sample_id, "field": field}
        for label_id, field in fields.items()
    ]
    ctx.trigger(_SELECT, params={"labels": labels})


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

    All features that find segments open them in this way.

    Args:
        ctx: the context, with or without an open sample, in a view of videos or clips
        sample_id: the id of the video's sample; for a clip, that of its whole video
        node_id: the segment's node
        field: the field of the caption that was found, which gets ticked; by default a ticked field
            with a caption of the node, if any
        query: the text searched for, for the tree's search box
        nodes: the nodes that were found in this video; by default those with the query in a text
        loop: whether to repeat the segment
        view: the view to show first; by default the current one if it has the video
        message: the description of that view
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
    """Returns a view with a video that the current one lacks, and its description."""
    if isinstance(view, foc.ClipsView):
        videos = videos_of(view)
        if _has(videos, sample_id):
            return videos, "The videos of the clips"
    return source_dataset(view).view(), "All videos, as the view did not contain this one"


def _go(ctx: foo.ExecutionContext, trail: Trail, place: int) -> None:
    """Shows a step of the trail in the state in which it was left."""
    trail.leave(ctx)
    trail.at = place
    trail.write(ctx)
    step = trail.steps[place]
    _show_way(ctx, trail)
    _set_view(ctx, view_of(ctx, step.stages), step.stages, None, step.fields, step.selected)
    if ctx.current_sample is None:  # otherwise the App would open panels beside the open sample
        # Setting the whole layout would close the panels opened since and reopen the others, and a
        # panel that does not see the view change keeps its old content.
        for opening in panels_to_open(step.layout, layout(ctx)):
            ctx.ops.open_panel(**opening._asdict())


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
    if clip_field(ctx.view):
        ctx.trigger(_RESET_SIDEBAR)
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


def _show_way(ctx: foo.ExecutionContext, trail: Trail) -> None:
    """Has the breadcrumb come with the view that is set next: the App asks for it later."""
    crumbs = trail.crumbs(ctx.dataset, trail.at)
    ctx.trigger(_SHOW_WAY, params={"view": trail.steps[trail.at].stages, "crumbs": crumbs})


class BackToPreviousView(Operator):
    """Shows the view before the one that an operator has set, or an earlier one on the trail.

    js/grid_bar.js shows its button above the panels, with the whole trail.
    """

    name = "back_to_previous_view"
    label = "Dataset: back to the previous view"
    description = "Undo the last view that an Action100M operator set, and what it ticked"
    synonyms = "return, undo, reset, go back"
    icon = "undo"

    def runs_here(self, ctx: foo.ExecutionContext) -> bool:
        """Whether an operator has set the current view or a view that it was derived from."""
        if ctx.dataset is None:
            return False
        share_view(ctx)
        return bool(crumbs(ctx))

    def button(self, ctx: foo.ExecutionContext) -> types.Placement | None:
        """Returns the whole trail, for the bar above the panels."""
        return types.Placement(Aside.WAY, types.View(crumbs=crumbs(ctx)))

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Shows the previous view, or the one at ``place``, in the state in which it was left."""
        trail = Trail.read(ctx)
        before = trail.before(shown_keys(ctx))
        place = ctx.params.number("place", before)
        if place is None:
            ctx.ops.notify("No view has been set yet", variant="warning")
            return
        place = int(place)
        if not 0 <= place < len(trail.steps):
            raise ValueError("the trail has changed in the meantime: try again")
        _go(ctx, trail, place)
        said = trail.steps[place].message or ("your view" if place else "the whole dataset")
        ctx.ops.notify(f"Back: {said}", variant="info")
