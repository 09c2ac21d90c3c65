"""The panel "Action100M Overview": statistics of the view, beside those of the full release.

For a large view, a random sample of its videos is counted first, and all of them on request. The
statistics of a large dataset are counted in three parts, each in its own request, so that the first
part is shown while the others are counted; cached parts are shown at once. All parts of a small
dataset are counted in one request, because a request takes longer than a part. The panel follows
the view. Clicking a figure narrows the view, and the breadcrumb above the panels leads back. This
module decides what is shown; ``js/overview.js`` draws it.
"""

from __future__ import annotations

import json
from typing import Any

import fiftyone.core.clips as foc
import fiftyone.operators as foo
from fiftyone.operators import types
from fiftyone.operators.categories import Categories

from ..core.keys import OVERVIEW_STORE
from ..internals.database import count_samples
from ..internals.views import is_generated
from ..operators.show import show_view
from ..views.cluster_files import stored_resampling
from ..views.hierarchy import Hierarchy, NoHierarchyError, find_hierarchy
from ..views.overview import NodeCounts, TextCounts, VideoCounts
from ..views.overview_cache import PARTS, clear_counts, next_counts
from ..views.overview_filters import narrow
from ..views.overview_videos import Chosen
from ..views.view_keys import view_key
from . import figures, overview_text
from .component import component_view

COMPONENT = "Action100MOverview"
#: The methods that the component may call.
_METHODS = ("count_all", "recount", "click", "to_videos")
#: The figures of each section, each with its heading and a description.
_SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "Distributions": {
        "shares": ("Durations in bins", "Share of the nodes, by the paper's bins"),
        "durations": ("Durations", "Nodes by duration"),
        "levels": ("Nodes per level", "A level is a depth, not a time scale"),
        "level_durations": ("Durations per level", "Median and middle half"),
        "depths": ("Tree depth", "Videos by deepest level"),
        "years": ("Upload years", "Videos by year of upload"),
        "words": ("Words per caption", "Average by field"),
        "review": ("Review", "Nodes by review status"),
    },
    "The long tail": {
        "actions": ("Top actions", "Captions of the most frequent actions"),
        "curve": ("The long tail", "Captions of each action, from the most frequent on"),
        "verbs": ("Verbs and their objects", "Captions by verb; share of the verb by object"),
    },
    "Resampling": {
        "balance": ("The long tail, resampled", "Share of each caption, by rank"),
        "clusters": ("Largest clusters", "Segments, by the caption nearest to the centre"),
    },
}
_HINT = (
    "Click a column, a bar, a slice or a point to show the videos and segments that it counts "
    "in the grid."
)
#: Up to this many videos, all parts are counted in one request, which takes some tenths of a
#: second.
_AT_ONCE = 1_000
_COUNTED = {"videos": "videos", "segments": "nodes", "texts": "captions"}


class Overview(foo.Panel):
    """Counts and plots the contents of the view."""

    @property
    def config(self) -> foo.PanelConfig:
        """The entry in the App's list of panels."""
        return foo.PanelConfig(
            name="action100m_overview",
            label="Action100M Overview",
            icon="insights",
            category=Categories.ANALYZE,
            surfaces="grid",
            help_markdown="Statistics of the trees in this view, compared with the full release of "
            "Action100M. Click a bar, a slice or a point to show it in the grid.",
        )

    def execute(self, ctx: foo.ExecutionContext) -> Any:
        """Ignores events that leave the view unchanged.

        The App sends four of them when it opens the panel.
        """
        changes = ctx.params.get("__method__") == "on_change_view"
        if changes and _shown(ctx).get("view") == _view_key(ctx):
            return None
        return super().execute(ctx)

    def on_load(self, ctx: foo.ExecutionContext) -> None:
        """Shows the cached parts and starts counting the others."""
        self._show(ctx)

    def on_change_view(self, ctx: foo.ExecutionContext) -> None:
        """Shows the new view."""
        self._show(ctx)

    def on_change_dataset(self, ctx: foo.ExecutionContext) -> None:
        """Shows the new dataset."""
        self._show(ctx)

    def count(self, ctx: foo.ExecutionContext) -> None:
        """Counts the next missing part."""
        self._show(ctx, count=True, every=_shown(ctx).get("every", False))

    def count_all(self, ctx: foo.ExecutionContext) -> None:
        """Counts all videos of the view instead of a sample."""
        self._show(ctx, every=True)

    def recount(self, ctx: foo.ExecutionContext) -> None:
        """Counts everything again, for changes made outside FiftyOne."""
        clear_counts(ctx.store(OVERVIEW_STORE))
        self._show(ctx, every=_shown(ctx).get("every", False))

    def click(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Narrows the grid to what the clicked mark counts."""
        clicked = str(ctx.params.get("id") or "")
        try:
            narrowed = narrow(ctx.view, _hierarchy(ctx), clicked)
        except ValueError as error:
            return {"problem": str(error)}
        fields = None if narrowed.field is None else [narrowed.field]
        message = f"From the overview: {narrowed.words}"
        show_view(
            ctx, narrowed.view, message, fields=fields, query=narrowed.query, name=narrowed.words
        )
        return {}

    def to_videos(self, ctx: foo.ExecutionContext) -> None:
        """Shows the videos of the clips."""
        ctx.trigger("@action100m/explorer/clips_back_to_videos")

    def render(self, ctx: foo.ExecutionContext) -> types.Property:
        """Returns the component with the methods that it may call."""
        return component_view(self, COMPONENT, *_METHODS)

    def _show(self, ctx: foo.ExecutionContext, count: bool = False, every: bool = False) -> None:
        """Sets what is shown: the cached parts, up to one newly counted part, and the missing ones.

        Args:
            ctx: the request
            count: whether to count one missing part
            every: whether to count all videos of a large view; until then the sample is shown
        """
        problem = _problem(ctx)
        shown: dict[str, Any] = {"view": _view_key(ctx), "every": every}
        page: dict[str, Any] = dict(shown)
        missing: list[str] = []
        if problem is not None:
            page |= {"problem": problem, "clips": isinstance(ctx.view, foc.ClipsView)}
        else:
            small = count_samples(ctx.dataset) <= _AT_ONCE
            asked = ctx.store(OVERVIEW_STORE), ctx.view, _hierarchy(ctx)
            now = len(PARTS) if small else int(count)
            chosen, counts, missing = next_counts(*asked, now, every)
            page |= _described(ctx, chosen, *(counts.known(part) for part in PARTS))
        if missing:
            page["progress"] = _progress(missing)
        ctx.panel.state.set("shown", shown)
        ctx.panel.set_data("page", json.dumps(page, ensure_ascii=False))
        if missing:
            # Triggers can only run operators; this is the name that the App gives a panel's method.
            params = {"panel_id": ctx.panel_id, "panel_state": dict(ctx.panel_state)}
            ctx.trigger(self.uri, {**params, "__method__": "count"})


def _described(
    ctx: foo.ExecutionContext,
    chosen: Chosen,
    videos: VideoCounts | None,
    segments: NodeCounts | None,
    texts: TextCounts | None,
) -> dict[str, Any]:
    """Returns the tiles, sections and notes of the counted parts."""
    if videos is None:
        return {}
    tiles = overview_text.tiles(videos, segments, texts, chosen)
    drawn = _figures(videos, segments, texts)
    more: dict[str, dict[str, Any]] = {"Distributions": {"about": _HINT}}
    if stored := stored_resampling(ctx.dataset):
        drawn["balance"] = figures.balance(stored.before, stored.after)
        drawn["clusters"] = figures.clusters(stored.field, stored.largest)
        about, tiles_of = overview_text.of_resampling(stored), overview_text.resampled(stored)
        more["Resampling"] = {"about": about, "tiles": tiles_of}
    sections = []
    for title, listed in _SECTIONS.items():
        shown = [
            {"name": name, "title": heading, "about": about, **drawn[name]}
            for name, (heading, about) in listed.items()
            if name in drawn
        ]
        if shown:
            sections.append({"title": title, "figures": shown, **more.get(title, {})})
    return {
        "counted": overview_text.counted_in(chosen) if chosen.is_part else "",
        "tiles": tiles,
        "sections": sections,
        "notes": overview_text.notes(videos, segments, texts),
    }


def _figures(
    videos: VideoCounts, segments: NodeCounts | None, texts: TextCounts | None
) -> dict[str, figures.Figure]:
    """Returns the figures that have data."""
    found: dict[str, figures.Figure] = {}
    if segments and segments.total:
        if segments.durations:
            comparable = overview_text.why_not(videos) is None
            found["shares"] = figures.shares(segments.shares, comparable)
            found["durations"] = figures.durations(segments.durations)
            found["level_durations"] = figures.level_durations(segments.levels)
        found["levels"] = figures.levels(segments.levels)
    if videos.depths:
        found["depths"] = figures.depths(videos.depths)
    if videos.years:
        found["years"] = figures.years(videos.years)
    if videos.review:
        found["review"] = figures.review(videos.review)
    if texts and texts.words:
        found["words"] = figures.words(texts.words)
    if texts and texts.actions.total:
        found["actions"] = figures.actions(texts.actions)
        found["curve"] = figures.curve(texts.actions)
        found["verbs"] = figures.verbs(texts.actions)
    return found


def _progress(missing: list[str]) -> dict[str, Any]:
    """Returns a label of the part being counted and the share of the parts that are done."""
    done = len(PARTS) - len(missing)
    label = f"Counting {_COUNTED[missing[0]]} ({done + 1} of {len(PARTS)})"
    return {"label": label, "share": (done + 0.5) / len(PARTS)}


def _shown(ctx: foo.ExecutionContext) -> dict[str, Any]:
    return dict(ctx.panel.get_state("shown") or {})


def _view_key(ctx: foo.ExecutionContext) -> str | None:
    return None if ctx.view is None else f"{ctx.dataset.name} {view_key(ctx.view)}"


def _hierarchy(ctx: foo.ExecutionContext) -> Hierarchy:
    return find_hierarchy(ctx.dataset)


def _problem(ctx: foo.ExecutionContext) -> str | None:
    """Returns why no overview can be shown, or None if one can."""
    if ctx.dataset is None:
        return "Open a dataset first."
    kind = ctx.dataset.media_type
    if kind != "video":
        return f"The overview needs videos with trees; this dataset has {kind or 'no'} samples."
    try:
        _hierarchy(ctx)
    except NoHierarchyError as error:
        return str(error)
    if isinstance(ctx.view, foc.ClipsView):
        return "This view has clips. The overview needs whole videos and their trees."
    if is_generated(ctx.view):
        return "This view has parts of videos. The overview needs whole videos and their trees."
    if not ctx.view.limit(1).values("id"):
        return "The view is empty."
    return None
