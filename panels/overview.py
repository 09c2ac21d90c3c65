"""The panel "Action100M Overview": statistics of the view, beside those of the full release.

Some videos of a large view, chosen at random, are counted first, and all of them on request. The
statistics of a large dataset are counted in three parts, each in its own request, so that the first
part is shown while the others are counted; a part that is cached is shown at once. All parts of a
small dataset are counted in one request, because a request takes longer than a part, and
the App redraws all plots after each. The panel follows the view. A click narrows the view and is
recorded on a trail, which leads back. The trail is kept in the execution store: it contains views,
and the panel's state travels with every request.
"""

from __future__ import annotations

import hashlib
from typing import Any

import fiftyone.core.clips as foc
import fiftyone.operators as foo
from fiftyone.operators import types
from fiftyone.operators.categories import Categories

from ..core.keys import OVERVIEW_STORE
from ..internals.database import count_samples
from ..internals.views import is_generated
from ..operators.show import show_stages, show_view
from ..operators.trail import plain_stages, ticked_fields
from ..views.cluster_files import stored_resampling
from ..views.hierarchy import Hierarchy, NoHierarchyError, find_hierarchy
from ..views.overview import NodeCounts, TextCounts, VideoCounts
from ..views.overview_cache import PARTS, forget, marked, marks, next_counts, view_key
from ..views.overview_filters import narrow
from ..views.overview_videos import Chosen
from . import figures, overview_text
from .overview_text import counted_in, has_all_nodes, notes, summary

#: The plots: part, height in pixels, heading, and description.
_PLOTS: dict[str, tuple[str, int, str, str]] = {
    "shares": ("segments", 250, "Durations in bins", "Share of the nodes, by the paper's bins"),
    "durations": ("segments", 250, "Durations", "Nodes by duration"),
    "levels": ("segments", 250, "Nodes per level", "A level is a depth, not a time scale"),
    "level_durations": ("segments", 250, "Durations per level", "Median and middle half"),
    "words": (
        "texts",
        320,
        "Words per caption",
        "On average; click to show these captions",
    ),
    "actions": ("texts", 400, "Top actions", "Ignoring case, articles and punctuation"),
    "verbs": ("texts", 560, "Verbs and their objects", "The most frequent, by number of captions"),
    "curve": ("texts", 280, "The long tail", "Occurrences of actions by rank"),
    "depths": ("videos", 250, "Tree depth", "Videos by deepest level"),
    "years": ("videos", 250, "Upload years", "Videos by year of upload"),
    "balance": ("resampling", 280, "The long tail, resampled", "Share of each caption, by rank"),
    "clusters": ("resampling", 400, "Largest clusters", "By the caption nearest to the centre"),
}
#: The height of a plot's heading, in pixels; without a height, a plot is as high as the panel.
_HEADING = 64
#: Up to this many videos, all parts are counted in one request, in some tenths of a second.
_AT_ONCE = 1_000
_COUNTED = {"videos": "videos", "segments": "nodes", "texts": "captions"}
_GRID = {
    "display": "grid",
    "gridTemplateColumns": "repeat(auto-fill, minmax(min(100%, 290px), 1fr))",
    "alignItems": "start",
    "gridAutoFlow": "dense",
}


class Overview(foo.Panel):
    """Counts what the view holds, and plots it."""

    @property
    def config(self) -> foo.PanelConfig:
        """What the App lists."""
        return foo.PanelConfig(
            name="action100m_overview",
            label="Action100M Overview",
            icon="insights",
            category=Categories.ANALYZE,
            surfaces="grid",
            help_markdown="Statistics of the trees of this view, beside the full release of "
            "Action100M. Click a bar, a slice or a point to show it in the grid.",
        )

    def execute(self, ctx: foo.ExecutionContext) -> Any:
        """Ignores events of an unchanged view.

        The App sends four when it opens the panel, and would redraw all plots after each.
        """
        changes = ctx.params.get("__method__") == "on_change_view"
        if changes and _shown(ctx).get("view") == _view_key(ctx):
            return None
        return super().execute(ctx)

    def on_load(self, ctx: foo.ExecutionContext) -> None:
        """Shows what is cached of the view, and has the rest counted."""
        self._show(ctx)

    def on_change_view(self, ctx: foo.ExecutionContext) -> None:
        """Shows the new view."""
        self._show(ctx)

    def on_change_dataset(self, ctx: foo.ExecutionContext) -> None:
        """Shows the new dataset."""
        self._show(ctx)

    def count(self, ctx: foo.ExecutionContext) -> None:
        """Counts the next part that is missing."""
        self._show(ctx, count=True, every=_shown(ctx).get("every", False))

    def count_all(self, ctx: foo.ExecutionContext) -> None:
        """Counts all videos of the view, not only those that were chosen."""
        self._show(ctx, every=True)

    def recount(self, ctx: foo.ExecutionContext) -> None:
        """Counts everything again, after changes that FiftyOne did not make."""
        forget(ctx.store(OVERVIEW_STORE))
        self._show(ctx, every=_shown(ctx).get("every", False))

    def on_click(self, ctx: foo.ExecutionContext) -> None:
        """Narrows the grid to the clicked mark, and extends the trail."""
        clicked = ctx.params.get("id") or ""
        if clicked.startswith(figures.mark(figures.REST)[:-1]):
            ctx.ops.notify("These are several values: there is nothing to show", variant="info")
            return
        try:
            found = _hierarchy(ctx)
            narrowed = narrow(ctx.view, found, clicked)
        except ValueError as error:
            ctx.ops.notify(str(error), variant="error")
            return
        # The same click on the same view has the same name, so that its counts are cached.
        name = hashlib.sha1(f"{view_key(ctx.view)} {clicked}".encode()).hexdigest()[:16]
        before = {"before": plain_stages(ctx.view), "fields": ticked_fields(ctx)}
        step = {"words": narrowed.words, "name": name, **before}
        _trails(ctx).set(_trail_key(ctx), {"steps": [*_followed(ctx), step]})
        fields = None if narrowed.field is None else [narrowed.field]
        view, message = marked(narrowed.view, name), f"Showing {narrowed.words}"
        show_view(ctx, view, message, fields=fields, query=narrowed.query, name=narrowed.words)

    def back(self, ctx: foo.ExecutionContext) -> None:
        """Shows the view before the last click."""
        trail = _followed(ctx)
        if not trail:
            ctx.ops.notify("There is nothing to go back to", variant="info")
            # A late answer about an earlier view may be on screen.
            self._show(ctx)
            return
        show_stages(ctx, trail[-1]["before"], trail[-1].get("fields"))

    def to_videos(self, ctx: foo.ExecutionContext) -> None:
        """Shows the videos of the clips."""
        ctx.trigger("@action100m/explorer/clips_back_to_videos")

    def render(self, ctx: foo.ExecutionContext) -> types.Property:
        """Returns the panel's content."""
        panel, shown = types.Object(), _shown(ctx)
        if shown.get("trail"):
            steps = ", then ".join(f"**{words}**" for words in shown["trail"])
            panel.md(f"Showing {steps}", name="where")
            panel.btn("back", "Back", icon="undo", on_click=self.back, variant="outlined")
        if shown.get("problem"):
            panel.message("why", shown["problem"])
            if shown.get("clips"):
                panel.btn("to_videos", "Back to the clips' videos", on_click=self.to_videos)
            return types.Property(panel)
        if shown.get("missing"):
            _render_progress(panel, shown["missing"])
        if shown.get("counted"):
            panel.md(shown["counted"], name="counted")
            if not shown["every"]:
                panel.btn(
                    "count_all", "Count all", on_click=self.count_all, variant="outlined",
                    title="Reads every video of the view, which can take minutes",
                )  # fmt: skip
        grid = panel.grid("plots", componentsProps={"grid": {"sx": _GRID}}, gap=2)
        if shown.get("table"):
            grid.md(shown["table"], name="table")
        for name in shown.get("plots") or []:
            _, height, label, description = _PLOTS[name]
            if name == "balance":
                grid.md(shown["resampling"], name="resampling")
            grid.plot(
                name,
                label=label,
                description=description,
                height=height,
                layout=figures.layout(name),
                config=figures.CONFIG,
                componentsProps={"item": {"sx": {"height": height + _HEADING}}},
                on_click=self.on_click,
            )
        if shown.get("notes"):
            panel.md(shown["notes"], name="notes")
            panel.btn("recount", "Count again", on_click=self.recount, variant="outlined")
        return types.Property(panel)

    def _show(self, ctx: foo.ExecutionContext, count: bool = False, every: bool = False) -> None:
        """Sets what is shown: cached parts, at most one part counted now, and the missing ones.

        Args:
            ctx: the request
            count: whether to count a part
            every: whether to count all videos of a large view; the others are shown meanwhile
        """
        problem = _problem(ctx)
        shown: dict[str, Any] = {
            "view": _view_key(ctx),
            "trail": [step["words"] for step in _followed(ctx)],
            "problem": problem,
            "clips": isinstance(ctx.view, foc.ClipsView),
        }
        if problem is None:
            small = count_samples(ctx.dataset) <= _AT_ONCE
            asked = ctx.store(OVERVIEW_STORE), ctx.view, _hierarchy(ctx)
            now = len(PARTS) if small else int(count)
            chosen, counts, missing = next_counts(*asked, now, every)
            parts = [counts.known(part) for part in PARTS]
            shown |= {"missing": missing, "every": every}
            shown |= _described(chosen, *parts)
            traces = _traces(*parts)
            if stored := stored_resampling(ctx.dataset):
                shown["resampling"] = overview_text.resampling(stored)
                traces["balance"] = figures.balance(stored.before, stored.after)
                traces["clusters"] = figures.clusters(stored.field, stored.largest)
            shown["plots"] = [name for name in _PLOTS if name in traces]
            # In one call: the App redraws all plots at each change of the panel's data.
            ctx.panel.data.set({f"plots.{name}": found for name, found in traces.items()})
        ctx.panel.state.set("shown", shown)
        if shown.get("missing"):
            # Triggers run operators only; a panel's method is named as the App does it.
            params = {"panel_id": ctx.panel_id, "panel_state": dict(ctx.panel_state)}
            ctx.trigger(self.uri, {**params, "__method__": "count"})


def _described(
    chosen: Chosen,
    videos: VideoCounts | None,
    segments: NodeCounts | None,
    texts: TextCounts | None,
) -> dict[str, str]:
    if videos is None:
        return {}
    return {
        "counted": counted_in(chosen) if chosen.is_part else "",
        "table": summary(videos, segments, texts, chosen),
        "notes": notes(videos, segments, texts),
    }


def _traces(
    videos: VideoCounts | None, segments: NodeCounts | None, texts: TextCounts | None
) -> dict[str, list[figures.Trace]]:
    """Returns the traces of each plot that has data."""
    found: dict[str, list[figures.Trace] | None] = {}
    if videos:
        found |= {"depths": figures.depths(videos.depths) if videos.depths else None}
        found |= {"years": figures.years(videos.years) if videos.years else None}
    if segments and segments.total:
        found |= {
            "levels": figures.levels(segments.levels),
            "level_durations": figures.level_durations(segments.levels),
        }
        if segments.durations:
            found |= {
                "shares": figures.shares(segments.shares, videos is None or has_all_nodes(videos)),
                "durations": figures.durations(segments.durations),
            }
    if texts and texts.words:
        found |= {"words": figures.words(texts.words)}
    if texts and texts.actions.total:
        found |= {
            "actions": figures.actions(texts.actions),
            "curve": figures.curve(texts.actions),
            "verbs": figures.verbs(texts.actions),
        }
    return {name: traces for name, traces in found.items() if traces}


def _render_progress(panel: types.Object, missing: list[str]) -> None:
    done = len(PARTS) - len(missing)
    label = f"Counting {_COUNTED[missing[0]]} ({done + 1} of {len(PARTS)})"
    bar = types.ProgressView(label=label, variant="linear")
    panel.float("progress", default=(done + 0.5) / len(PARTS), view=bar)


def _shown(ctx: foo.ExecutionContext) -> dict[str, Any]:
    return dict(ctx.panel.get_state("shown") or {})


def _view_key(ctx: foo.ExecutionContext) -> str | None:
    return None if ctx.view is None else f"{ctx.dataset.name} {view_key(ctx.view)}"


def _hierarchy(ctx: foo.ExecutionContext) -> Hierarchy:
    return find_hierarchy(ctx.dataset)


def _problem(ctx: foo.ExecutionContext) -> str | None:
    """Returns why there can be no overview, None if there can."""
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


def _followed(ctx: foo.ExecutionContext) -> list[dict[str, Any]]:
    """Returns the clicks that led to the current view.

    The trail itself stays as it is: a request may be older than the view of the last click.
    """
    kept = _trails(ctx).get(_trail_key(ctx))
    steps = list(kept["steps"]) if kept else []
    known = set() if ctx.view is None else marks(ctx.view)
    last = max((k for k, step in enumerate(steps) if step.get("name") in known), default=-1)
    return steps[: last + 1]


def _trails(ctx: foo.ExecutionContext) -> foo.ExecutionStore:
    return ctx.store(OVERVIEW_STORE + "_trails")


def _trail_key(ctx: foo.ExecutionContext) -> str:
    return f"trail-{ctx.panel_id}"
