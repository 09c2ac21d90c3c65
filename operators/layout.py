"""The panels of the grid: which ones a step back opens again, and brings to the front.

A layout is what the App sends: spaces within spaces, of which the innermost have panels as tabs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

#: What the App calls the panel of the grid's samples.
SAMPLES = "Samples"

Layout = Mapping[str, Any]


class Tabs(NamedTuple):
    """Panels that are tabs of one place.

    Attributes:
        panels: their types
        front: the type of the one in front
        split: how the place is set apart from those beside it; None if there is no other
    """

    panels: list[str]
    front: str
    split: str | None


class Opening(NamedTuple):
    """A panel to open, as ``ctx.ops.open_panel`` does; if it is open, to bring to the front.

    Attributes:
        name: its type
        is_active: whether it comes to the front
        layout: how it is set apart from the others; None for a tab among them
    """

    name: str
    is_active: bool
    layout: str | None = None


def tabs_of(layout: Layout | None, split: str | None = None) -> list[Tabs]:
    """Returns the places of a layout that have panels."""
    children: list[Layout] = (layout or {}).get("children") or []
    panels = {child["component_id"]: str(child["type"]) for child in children if child.get("type")}
    if layout and panels:
        types = list(panels.values())
        return [Tabs(types, panels.get(str(layout.get("active_child")), types[0]), split)]
    orientation = (layout or {}).get("orientation")
    return [tabs for child in children for tabs in tabs_of(child, orientation)]


def covers_samples(layout: Layout | None, panel: str) -> bool:
    """Whether a panel is a tab in front of the samples."""
    return any(tabs.front == panel and SAMPLES in tabs.panels for tabs in tabs_of(layout))


def panels_to_open(then: Layout | None, now: Layout | None) -> Iterator[Opening]:
    """Yields what makes a layout show what an earlier one did, and closes nothing.

    What has been closed since is opened again, and what was in front comes to the front, unless
    something that has been opened since is in front of it.

    Args:
        then: the earlier layout; None where it is unknown
        now: the layout
    """
    before, places = tabs_of(then), tabs_of(now)
    known = {panel for tabs in before for panel in tabs.panels}
    fronts = {panel: tabs.front for tabs in places for panel in tabs.panels}
    for tabs in before:
        covering = {fronts[panel] for panel in tabs.panels if panel in fronts}
        may_cover = covering <= known
        for panel in tabs.panels:
            is_front = panel == tabs.front and may_cover
            if panel not in fronts:
                layout = None if SAMPLES in tabs.panels else tabs.split
                yield Opening(panel, is_front or layout is not None, layout)
            elif is_front and fronts[panel] != panel:
                yield Opening(panel, is_active=True)
