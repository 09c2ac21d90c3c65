"""Takes the documentation's screenshots of the demo, in a real App and browser.

    make run                              # once, for the demo's dataset; stop the App with Ctrl-C
    .venv/bin/python docs/screenshots.py

They go to ``docs/images``. ``--name`` selects another dataset, ``--out`` another folder.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import chromium  # noqa: E402
import services  # noqa: E402

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SIZE = {"width": 1280, "height": 760}


def main() -> int:
    """Takes the screenshots; returns 1 if there is no browser."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--name", default="action100m-demo", help="the dataset")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    args = parser.parse_args()
    browser = chromium.find_chromium()
    if browser is None:
        print(chromium.MISSING, file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("FIFTYONE_APP_GRID_ZOOM", "8")  # as in `action100m open`
    with tempfile.TemporaryDirectory() as folder:
        app = services.AppServer(Path(folder) / "app.log")
        try:
            _take(browser, app.url(args.name), args.out)
        finally:
            app.stop()
    return 0


def _take(browser: str, url: str, out: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser, args=list(chromium.ARGS))
        context = launched.new_context(viewport=SIZE, device_scale_factor=1)
        context.add_init_script("localStorage.setItem('fiftyone-enterprise-tooltip-seen', 'true')")
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(url)
        page.wait_for_selector("[data-cy=looker] canvas[canvas-loaded=true]")
        page.wait_for_timeout(3_000)  # thumbnails fade in
        page.screenshot(path=str(out / "grid.png"))
        page.locator("[data-cy=looker]").first.click()
        _seek(page, 0.42)
        page.screenshot(path=str(out / "video.png"))
        page.goto(url)
        form = _form(page, "Set granularity by time scale")
        form.get_by_text("segments in").first.wait_for()
        page.wait_for_timeout(1_000)
        form.screenshot(path=str(out / "time-scale.png"))
        form.get_by_role("button", name="Execute").click()
        _grid(page, out / "cut.png")
        launched.close()


def _form(page: Page, operator: str) -> Locator:
    """Opens an operator's form from the menu."""
    page.wait_for_selector("[data-cy=looker] canvas[canvas-loaded=true]")
    page.keyboard.press("`")
    page.get_by_placeholder("Search operations by name...").fill(operator)
    page.get_by_role("dialog").get_by_text(operator, exact=True).first.click()
    form = page.locator("[data-cy=operators-prompt-modal]")
    form.wait_for()
    return form


def _grid(page: Page, path: Path) -> None:
    """Takes the upper part of the grid once it shows an operator's view."""
    page.locator("[data-cy=operators-prompt-modal]").wait_for(state="detached")
    page.mouse.move(0, 0)
    page.wait_for_timeout(6_000)  # the notice disappears, thumbnails fade in
    page.wait_for_selector("[data-cy=looker] canvas[canvas-loaded=true]")
    page.screenshot(path=str(path), clip={"x": 0, "y": 74, "width": SIZE["width"], "height": 500})


def _seek(page: Page, share: float) -> None:
    """Clicks on the player's timeline, at a fraction of its width."""
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")
    page.wait_for_timeout(2_000)
    video = page.locator("#modal canvas[canvas-loaded=true]").first.bounding_box()
    ruler = page.locator("#modal").get_by_text("0s", exact=True).first.bounding_box()
    if video is None or ruler is None:
        raise RuntimeError("the player has no timeline on screen")
    page.mouse.click(video["x"] + share * video["width"], ruler["y"] + ruler["height"] / 2)
    page.wait_for_timeout(2_500)


if __name__ == "__main__":
    raise SystemExit(main())
