"""The operators that open the panels, and a function that starts a search."""

from __future__ import annotations

from collections.abc import Sequence

import fiftyone.operators as foo
from fiftyone.operators import types

from .base import PLUGIN, Operator, hierarchy_of

TREE, SEARCH, OVERVIEW = "tree_of_captions", "action100m_search", "action100m_overview"
#: Both run in the browser, see js/finder_component.js and js/show_tree_beside.js.
_ASK, _SPLIT = f"{PLUGIN}/ask_search", f"{PLUGIN}/show_tree_beside"


def open_beside(ctx: foo.ExecutionContext, panel: str) -> None:
    """Opens a panel beside the grid or the open video, or brings it to the front."""
    if ctx.current_sample is None:
        ctx.ops.open_panel(panel, layout="horizontal", is_active=True)
    else:
        # As a tab over the video: the App would split the video's place, whatever is beside it.
        ctx.ops.open_panel(panel, is_active=True)
        ctx.trigger(_SPLIT, params={"panel": panel})


def ask_search(
    ctx: foo.ExecutionContext, text: str | None = None, fields: Sequence[str] = ()
) -> None:
    """Opens the panel "Search" and searches for a text.

    Args:
        ctx: the context
        text: the query; None for the current one
        fields: the caption fields to search; by default the panel's
    """
    open_beside(ctx, SEARCH)
    asked = {} if text is None else {"text": text, "fields": list(fields)}
    ctx.trigger(_ASK, params=asked)


class OpenTreeOfCaptions(Operator):
    """Opens the panel "Tree of Captions", beside the video where one is open."""

    name = "open_tree_of_captions"
    label = "Tree: open beside the video"
    short = "Tree"
    description = "Show the whole tree beside the video; it follows the player and controls it"
    synonyms = "panel, timeline, outline, hierarchy, show the tree"
    icon = "account_tree"
    place = types.Places.SAMPLES_VIEWER_ACTIONS
    named = True

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Opens the panel."""
        open_beside(ctx, TREE)


class OpenSearch(Operator):
    """Opens the panel "Search" beside the grid."""

    name = "open_search"
    label = "Captions: search"
    short = "Search"
    description = "Find segments by words or by meaning, beside the grid"
    synonyms = "find, look for, query, similar, where is"
    icon = "manage_search"
    place = types.Places.SAMPLES_GRID_ACTIONS
    named = True

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Opens the panel, if the dataset has a tree."""
        hierarchy_of(ctx)
        ask_search(ctx)


class OpenOverview(Operator):
    """Opens the panel "Overview" beside the grid."""

    name = "open_overview"
    label = "Dataset: overview"
    description = "Show the figures of the dataset: durations, levels, actions, words"
    synonyms = "statistics, charts, plots, distribution, long tail, summary"
    icon = "insights"

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Opens the panel, if the dataset has a tree."""
        hierarchy_of(ctx)
        open_beside(ctx, OVERVIEW)


class SearchThisVideo(OpenSearch):
    """Opens the panel "Search" beside the open video."""

    name = "search_this_video"
    label = "Captions: search this video"
    description = "Find segments of the open video by words or by meaning"
    synonyms = "find, look for, query, where is"
    icon = "find_in_page"
    needs_video = True
    place = types.Places.SAMPLES_VIEWER_ACTIONS
