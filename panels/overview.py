"""The panel "Action100M Overview": what the view holds, beside the full release, to be clicked.

Of a large data set the figures are counted in three parts, each in a request of its own, so that
the first are there while the others are counted; a part that is known is shown at once. Of a small
one all are counted at once: a request costs more than a part, and each makes the App draw all plots
anew. The panel follows the view. A
click narrows the view and is noted on a trail that leads back; the trail is kept in the execution
store, for it holds views, and the panel's state travels with every request.
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
from ..operators.show import plain_stages, show_stages, show_view
from ..views.hierarchy import Hierarchy, NoHierarchyError, find_hierarchy
from ..views.overview_cache import PARTS, CachedCounts, forget, marked, marks, view_key
from ..views.overview_filters import narrow
from . import figures
from .overview_text import has_all_nodes, notes, summary

#: The plots: part, height in pixels, heading, and what there is to know about it.
_PLOTS: dict[str, tuple[str, int, str, str]] = {
    "shares": (
        "segments",
        250,
        "How long nodes last",
        "Share of the nodes, by the paper's bins",
    ),
    "durations": ("segments", 250, "Durations", "Nodes by duration"),
    "levels": ("segments", 250, "Nodes a level", "A level is a depth, no time scale"),
    "level_durations": ("segments", 250, "Durations a level", "Median, and the middle half"),
    "words": ("texts", 320, "Words a caption", "On average; click for the nodes with that text"),
    "actions": ("texts", 400, "Top actions", "Without case, articles and punctuation"),
    "verbs": (
        "texts",
        560,
        "Verbs and their objects",
        "The most frequent, by the number of captions",
    ),
    "curve": ("texts", 280, "The long tail", "How often the action of each rank occurs"),
    "depths": ("videos", 250, "Tree depth", "Videos by their deepest level"),
    "years": ("videos", 250, "Upload years", "Videos by year"),
}
#: What a plot's heading takes, in pixels; without a height, each plot is as high as the panel.
_HEADING = 64
#: Of data sets of so many videos all parts are counted in one request; it takes a few tenths.
_AT_ONCE = 1_000
_SAID = {"videos": "videos", "segments": "nodes", "texts": "captions"}
_GRID = {
    "display": "grid",
    "gridTemplateColumns": "repeat(auto-fill, minmax(min(100%, 290px), 1fr))",
    "alignItems": "start",
    "gridAutoFlow": "dense",
}


class Overview(foo.Panel):
    """Counts what the view holds and draws it."""

    @property
    def config(self) -> foo.PanelConfig:
        """What the App lists."""
        return foo.PanelConfig(
            name="action100m_overview",
            label="Action100M Overview",
            icon="insights",
            category=Categories.ANALYZE,
            surfaces="grid",
            help_markdown="What the trees of this view hold, beside the full release of "
            "Action100M. Click a bar, a slice or a point to see it in the grid.",
        )

    def execute(self, ctx: Any) -> Any:
        """Does nothing where the view has not changed.

        The App says so four times when it opens the panel, and would draw all plots anew each time.
        """
        changes = ctx.params.get("__method__") == "on_change_view"
        if changes and _shown(ctx).get("view") == _view_key(ctx):
            return None
        return super().execute(ctx)

    def on_load(self, ctx: Any) -> None:
        """Draws what is known of the view, and has the rest counted."""
        self._show(ctx)

    def on_change_view(self, ctx: Any) -> None:
        """Follows the view."""
        self._show(ctx)

    def on_change_dataset(self, ctx: Any) -> None:
        """Follows the data set."""
        self._show(ctx)

    def count(self, ctx: Any) -> None:
        """Counts the next part that is not known."""
        self._show(ctx, count=True)

    def recount(self, ctx: Any) -> None:
        """Counts everything anew: for changes that were made past FiftyOne."""
        forget(ctx.store(OVERVIEW_STORE))
        self._show(ctx)

    def on_click(self, ctx: Any) -> None:
        """Narrows the grid to the mark that was clicked, and notes where it came from."""
        clicked = ctx.params.get("id") or ""
        if clicked.startswith(figures.mark(figures.REST)[:-1]):
            ctx.ops.notify("This is all that is not listed: nothing to show", variant="info")
            return
        try:
            found = _hierarchy(ctx)
            narrowed = narrow(ctx.view, found, clicked)
        except ValueError as error:
            ctx.ops.notify(str(error), variant="error")
            return
        # The same click on the same view has the same name, so that its counts are known.
        name = hashlib.sha1(f"{view_key(ctx.view)} {clicked}".encode()).hexdigest()[:16]
        step = {"words": narrowed.words, "before": plain_stages(ctx.view), "name": name}
        _trails(ctx).set(_trail_key(ctx), {"steps": [*_followed(ctx), step]})
        show_view(ctx, marked(narrowed.view, name), f"Showing {narrowed.words}")

    def back(self, ctx: Any) -> None:
        """Shows the view before the last click."""
        trail = _followed(ctx)
        if not trail:
            ctx.ops.notify("Nothing to go back to", variant="info")
            # An answer about an earlier view may have come last: what is shown is of that one.
            self._show(ctx)
            return
        show_stages(ctx, trail[-1]["before"])

    def to_videos(self, ctx: Any) -> None:
        """Leads from clips to their videos."""
        ctx.trigger("@action100m/explorer/clips_back_to_videos")

    def render(self, ctx: Any) -> types.Property:
        """The panel as it is now."""
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
        grid = panel.grid("plots", componentsProps={"grid": {"sx": _GRID}}, gap=2)
        if shown.get("table"):
            grid.md(shown["table"], name="table")
        for name in shown.get("plots") or []:
            _, height, label, description = _PLOTS[name]
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

    def _show(self, ctx: Any, count: bool = False) -> None:
        """Sets what is shown: what is known, at most one part counted now, and what is to come."""
        problem = _problem(ctx)
        shown: dict[str, Any] = {
            "view": _view_key(ctx),
            "trail": [step["words"] for step in _followed(ctx)],
            "problem": problem,
            "clips": isinstance(ctx.view, foc.ClipsView),
        }
        if problem is None:
            counts = CachedCounts(ctx.store(OVERVIEW_STORE), ctx.view, _hierarchy(ctx))
            parts = {part: counts.known(part) for part in PARTS}
            missing = [part for part in PARTS if parts[part] is None]
            samples = count_samples(ctx.dataset)
            now = len(PARTS) if samples <= _AT_ONCE else int(count)
            for part in missing[:now]:
                parts[part] = counts.counted(part)
            missing = missing[now:]
            shown |= {"missing": missing, **_described(*parts.values())}
            traces = _traces(*parts.values())
            shown["plots"] = [name for name in _PLOTS if name in traces]
            # At once: the App draws all plots anew at each change of the panel's data.
            ctx.panel.data.set({f"plots.{name}": found for name, found in traces.items()})
        ctx.panel.state.set("shown", shown)
        if shown.get("missing"):
            # Triggers know operators only: a panel's method is named as the App names it.
            params = {"panel_id": ctx.panel_id, "panel_state": dict(ctx.panel_state)}
            ctx.trigger(self.uri, {**params, "__method__": "count"})


def _described(videos: Any, segments: Any, texts: Any) -> dict[str, Any]:
    if videos is None:
        return {}
    return {
        "table": summary(videos, segments, texts),
        "notes": notes(videos, segments, texts),
    }


def _traces(videos: Any, segments: Any, texts: Any) -> dict[str, Any]:
    """The plots' traces, of the parts that are there; no plot where it would be empty."""
    found: dict[str, Any] = {}
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
    label = f"Counting {_SAID[missing[0]]} ({done + 1} of {len(PARTS)})"
    bar = types.ProgressView(label=label, variant="linear")
    panel.float("progress", default=(done + 0.5) / len(PARTS), view=bar)


def _shown(ctx: Any) -> dict[str, Any]:
    return dict(ctx.panel.get_state("shown") or {})


def _view_key(ctx: Any) -> str | None:
    return None if ctx.view is None else f"{ctx.dataset.name} {view_key(ctx.view)}"


def _hierarchy(ctx: Any) -> Hierarchy:
    return find_hierarchy(ctx.dataset)


def _problem(ctx: Any) -> str | None:
    """What keeps the overview from being made, in words."""
    if ctx.dataset is None:
        return "Open a data set first."
    kind = ctx.dataset.media_type
    if kind != "video":
        return f"This overview is of videos and their trees; these are {kind or 'no'} samples."
    try:
        _hierarchy(ctx)
    except NoHierarchyError as error:
        return str(error)
    if isinstance(ctx.view, foc.ClipsView):
        return "The view is of clips. The overview is of whole videos and their trees."
    if is_generated(ctx.view):
        return "The view is of parts of videos. The overview is of whole videos and their trees."
    if not ctx.view.limit(1).values("id"):
        return "The view is empty."
    return None


def _followed(ctx: Any) -> list[dict[str, Any]]:
    """The clicks that have led to the view that is shown, as far as it goes back to them.

    Nothing is forgotten here: a request may be from before the view of the last click arrived.
    """
    kept = _trails(ctx).get(_trail_key(ctx))
    steps = list(kept["steps"]) if kept else []
    known = set() if ctx.view is None else marks(ctx.view)
    last = max((k for k, step in enumerate(steps) if step.get("name") in known), default=-1)
    return steps[: last + 1]


def _trails(ctx: Any) -> Any:
    return ctx.store(OVERVIEW_STORE + "_trails")


def _trail_key(ctx: Any) -> str:
    return f"trail-{ctx.panel_id}"
