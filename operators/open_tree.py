"""The button in an open sample's toolbar that shows its tree beside it."""

from __future__ import annotations

from typing import Any

import fiftyone.operators as foo
from fiftyone.operators import types

from ..views.hierarchy import NoHierarchyError, find_hierarchy
from .params import Operator

PANEL = "tree_of_captions"
#: Runs in the browser, see js/beside.js.
SPLIT = "@action100m/explorer/show_tree_beside"


class OpenTreeOfCaptions(Operator):
    """Opens the panel "Tree of Captions", beside the video where one is open."""

    @property
    def config(self) -> foo.OperatorConfig:
        """What the App lists."""
        return foo.OperatorConfig(
            name="open_tree_of_captions",
            label="Tree of Captions",
            description="See the whole tree beside the video: it follows the player and moves it",
            icon="account_tree",
        )

    def resolve_placement(self, ctx: Any) -> types.Placement | None:
        """A button in the open sample's toolbar, where there is a tree."""
        if ctx.dataset is None:
            return None
        try:
            find_hierarchy(ctx.dataset)
        except NoHierarchyError:
            return None
        button = types.Button(label="Tree of Captions", icon="account_tree", prompt=False)
        return types.Placement(types.Places.SAMPLES_VIEWER_ACTIONS, button)

    def execute(self, ctx: Any) -> None:
        """Opens it, split, so that the video stays in sight."""
        ctx.ops.open_panel(PANEL, layout="horizontal", is_active=True)
        if ctx.current_sample is not None:
            # The App opens each panel that a modal may hold as a tab over the video.
            ctx.trigger(SPLIT)
