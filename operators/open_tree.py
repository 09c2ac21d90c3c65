"""The operator that opens the panel "Tree of Captions", with its button in an open sample."""

from __future__ import annotations

import fiftyone.operators as foo
from fiftyone.operators import types

from .base import PLUGIN, Operator

PANEL = "tree_of_captions"
#: Runs in the browser, see js/show_tree_beside.js.
_SPLIT = f"{PLUGIN}/show_tree_beside"


class OpenTreeOfCaptions(Operator):
    """Opens the panel "Tree of Captions", beside the video where one is open."""

    name = "open_tree_of_captions"
    label = "Tree of Captions"
    description = "Show the whole tree beside the video; it follows the player and controls it"
    icon = "account_tree"
    place = types.Places.SAMPLES_VIEWER_ACTIONS

    def run(self, ctx: foo.ExecutionContext) -> None:
        """Opens the panel in a split, so that the video stays visible."""
        ctx.ops.open_panel(PANEL, layout="horizontal", is_active=True)
        if ctx.current_sample is not None:
            # The App opens each panel of a modal as a tab over the video.
            ctx.trigger(_SPLIT)
