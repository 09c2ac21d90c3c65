"""The operators that open the panel "Search", with their buttons, and the way to ask it a text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from .base import PLUGIN, Operator, hierarchy_of

PANEL = "action100m_search"
#: Both run in the browser, see js/finder.js and js/show_tree_beside.js.
_ASK, _SPLIT = f"{PLUGIN}/ask_search", f"{PLUGIN}/show_tree_beside"


def open_search(ctx: foo.ExecutionContext) -> None:
    """Opens the panel "Search" beside the grid or the open video, or brings it to the front."""
    _open(ctx, {})


def ask_search(ctx: foo.ExecutionContext, text: str, fields: Sequence[str] | None = None) -> None:
    """Opens the panel "Search" with a text in its box, which it looks for at once.

    Args:
        ctx: the context
        text: what to look for
        fields: the caption fields to search; by default those that the panel would search
    """
    _open(ctx, {"text": text, "fields": list(fields or [])})


def _open(ctx: foo.ExecutionContext, asked: dict[str, Any]) -> None:
    ctx.ops.open_panel(PANEL, layout="horizontal", is_active=True)
    if ctx.current_sample is not None:
        # The App opens each panel of a modal as a tab over the video.
        ctx.trigger(_SPLIT, params={"panel": PANEL})
    ctx.trigger(_ASK, params=asked)


class OpenSearch(Operator):
    """Opens the panel "Search" beside the grid."""

    name = "open_search"
    label = "Search captions"
    description = "Find segments by words or by meaning: find, look for, query, similar, where is"
    icon = "manage_search"
    place = types.Places.SAMPLES_GRID_ACTIONS

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Opens the panel, if the dataset has a tree."""
        hierarchy_of(ctx)
        open_search(ctx)


class SearchThisVideo(OpenSearch):
    """Opens the panel "Search" beside the open video."""

    name = "search_this_video"
    label = "Search this video"
    description = "Find segments of the open video by words or by meaning"
    place = types.Places.SAMPLES_VIEWER_ACTIONS
