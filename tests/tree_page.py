"""The Tree of Captions in a browser, as tests and benchmarks use it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from material import write_parquet

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Locator, Page

#: The size of the demo videos that are rendered here, in pixels.
SIZE = (320, 180)
#: Moves the open video: ``params`` are the operator's. Returns what went wrong.
SEEK = """(params) => new Promise((done) => window.__foo__.executeOperator(
    "@action100m/explorer/seek_to_frame", params,
    {callback: (result) => done(String(result.error || "")), skipErrorNotification: true}))"""


def rendered(folder: Path, count: int = 2) -> dict[str, dict[str, Any]]:
    """Renders short demo videos, in which each leaf has a colour; returns their records by id.

    The folder then holds ``records.parquet`` and ``videos/``.
    """
    records = [demo_record(i, seconds=20 - 4 * i, leaves=12 - 2 * i) for i in range(count)]
    (folder / "videos").mkdir(parents=True)
    for record in records:
        render(record, folder / "videos" / f"{record['video_uid']}.mp4", fps="25", size=SIZE)
    write_parquet(folder / "records.parquet", records)
    return {record["video_uid"]: record for record in records}


def open_tree(page: Page, url: str, place: int = 0) -> Locator:
    """Opens a sample of a grid, and by a button its tree, which takes the keys."""
    page.goto(url)
    page.locator("[data-cy=looker]").nth(place).click()
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")
    press_tree(page)
    page.wait_for_selector("#modal .a100[data-nodes][data-frame]")
    page.wait_for_function("document.activeElement?.matches('#modal .a100')")
    return page.locator("#modal .a100")


def press_tree(page: Page) -> None:
    """Presses the button "Tree" in the toolbar of an open sample."""
    buttons = page.locator(".fo-modal-action-bar-handle ~ *")
    buttons.filter(has_text=re.compile("^Tree$")).click()


def open_in_grid(page: Page, url: str, place: int = 0) -> Locator:
    """Opens the panel beside a dataset's grid and selects a sample; returns the panel.

    The grid is loaded unless the page has it.
    """
    if page.url.partition("?")[0] != url:
        page.goto(url)
    page.locator("[data-cy=looker]").nth(place).wait_for()
    page.evaluate("""() => new Promise((done) => window.__foo__.executeOperator("open_panel",
        {name: "tree_of_captions", layout: "horizontal", isActive: true}, {callback: done}))""")
    panel = page.locator(".a100")
    panel.locator(".a100-notice", has_text="select one in the grid").wait_for()
    # The box is hidden below what is drawn for it.
    box = page.locator("[data-cy=looker]").nth(place).locator("input[type=checkbox]")
    box.evaluate("e => e.click()")
    page.wait_for_selector(".a100[data-sample]")
    return panel


def state(panel: Locator, name: str) -> str | None:
    """Returns one of the data attributes by which the panel says what it shows."""
    return panel.get_attribute(f"data-{name}")


def wait_state(panel: Locator, name: str, wanted: str | Callable[[str | None], bool]) -> str | None:
    """Waits until an attribute is what is wanted."""
    end = time.monotonic() + 60
    while True:
        value = state(panel, name)
        if wanted(value) if callable(wanted) else value == wanted:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"data-{name} is {value!r} after 60 s")
        panel.page.wait_for_timeout(50)


def probe(panel: Locator, expression: str, argument: Any = None) -> Any:
    """Evaluates an expression of the panel's read-only probe, ``p``."""
    return panel.evaluate(
        f"(root, x) => {{ const p = root.action100m; return {expression}; }}", argument
    )


def point_of(panel: Locator, node_id: str) -> tuple[float, float]:
    """Returns where a node is on the page, in pixels: a bit inside its left edge."""
    rect = probe(panel, "p.rect(x)", node_id)
    assert rect is not None, f"{node_id} is not in sight"
    box = panel.locator("canvas.a100-over").bounding_box()
    assert box is not None
    x = box["x"] + rect["x"] + min(rect["w"] / 2, 12)
    return cast("tuple[float, float]", (x, box["y"] + rect["y"] + rect["h"] / 2))


def click_node(panel: Locator, node_id: str) -> None:
    """Clicks on a node's rectangle."""
    panel.page.mouse.click(*point_of(panel, node_id))
