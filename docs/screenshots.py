"""Takes the documentation's screenshots, in a real App and browser, of a demo of its own.

    .venv/bin/python docs/screenshots.py

They go to ``docs/images``; ``--out`` selects another folder.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from demo_app import NAME, ROOT, demo_app  # first, because it finds what the next one imports
from PIL import Image

import chromium  # isort: skip
from tree_page import open_tree, wait_state  # isort: skip

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SIZE = {"width": 1280, "height": 760}
_RUN = """([name, parameters]) => new Promise((done) =>
    window.__foo__.executeOperator(name, parameters, {callback: done}))"""


def main() -> int:
    """Takes the screenshots; returns 1 if there is no browser."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    args = parser.parse_args()
    browser = chromium.find_chromium()
    if browser is None:
        print(chromium.MISSING, file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    with demo_app() as url:
        _take(browser, url, args.out)
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
        _save(page.screenshot(), out / "grid.png")
        page.locator("[data-cy=looker]").first.click()
        _seek(page, 0.42)
        _save(page.screenshot(), out / "video.png")
        _comparison(page, url, out / "compare.png")
        open_tree(page, f"{url}-found")
        _seek(page, 0.42)
        _save(page.screenshot(), out / "found.png")
        page.goto(url)
        _search(page, out / "search.png")
        page.evaluate(_RUN, ["close_panel", {"name": "action100m_search"}])
        page.goto(url)
        form = _form(page, "Tree: granularity by time scale")
        form.get_by_text("segments in").first.wait_for()
        page.wait_for_timeout(1_000)
        _save(form.screenshot(), out / "time-scale.png")
        form.get_by_role("button", name="Cut").click()
        _grid(page, out / "cut.png")
        command = str(Path(sys.executable).with_name("action100m"))
        subprocess.run([command, "resample", NAME, "--k", "12", "--size", "1000"], check=True)
        page.goto(url)
        _resampling(page, out / "resample.png")
        launched.close()


def _comparison(page: Page, url: str, out: Path) -> None:
    """Takes the tree panel with a video's known tree, and the one that was found below it."""
    page.set_viewport_size({**SIZE, "height": 1000})  # high enough for the comparison's figures
    panel = open_tree(page, url)
    panel.get_by_role("button", name="Compare", exact=True).click()
    row = panel.get_by_role("region", name="Comparison with another tree")
    choice = row.get_by_label("Compare with the dataset")
    choice.locator(f"option[value={NAME}-found]").wait_for(state="attached")
    choice.select_option(f"{NAME}-found")
    wait_state(panel, "compared", f"{NAME}-found")
    page.add_style_tag(content=":has(> [data-cy=nav-right-button]) { visibility: hidden }")
    page.mouse.move(0, 0)
    page.wait_for_timeout(1_000)
    whole, last = panel.bounding_box(), row.bounding_box()
    if whole is None or last is None:
        raise RuntimeError("the panel compares no trees")
    height = last["y"] + last["height"] + 8 - whole["y"]
    _save(page.screenshot(clip={**whole, "height": height}), out)
    page.set_viewport_size(SIZE)


def _search(page: Page, out: Path) -> None:
    """Searches in the panel "Search", by a word that no caption has."""
    page.wait_for_selector("[data-cy=looker] canvas[canvas-loaded=true]")
    page.get_by_text("Search", exact=True).first.click()
    finder = page.locator(".a100-finder[data-state=idle]")
    finder.get_by_label("Search the captions").fill("origami vessel on water")
    page.wait_for_selector(".a100-finder[data-state=shown] canvas[data-picture=shown]")
    page.wait_for_timeout(5_000)  # the other pictures come one after the other
    page.mouse.move(640, 740)
    _save(page.screenshot(), out)


def _resampling(page: Page, out: Path) -> None:
    """Takes the overview's section of a resampling."""
    # Wide enough for two beside each other, and as high as the whole panel.
    page.set_viewport_size({"width": 1900, "height": 4000})
    page.wait_for_selector("[data-cy=looker] canvas[canvas-loaded=true]")
    for name, parameters in (
        ("set_view", {"view": []}),  # the App keeps the cut
        ("open_panel", {"name": "action100m_overview", "isActive": True, "layout": "horizontal"}),
    ):
        page.evaluate(_RUN, [name, parameters])
    page.wait_for_selector(".a100-overview[data-state=shown]")
    section = page.get_by_role("region", name="Resampling", exact=True)
    section.locator("figure").last.wait_for()
    _save(section.screenshot(), out)


def _save(picture: bytes, path: Path) -> None:
    """Writes a screenshot with 256 colours, which takes a third of the bytes."""
    shown = Image.open(io.BytesIO(picture)).convert("RGB")
    # Without the steps of k-means, small things lose their colour.
    shown.quantize(256, kmeans=8).save(path, optimize=True)


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
    part = {"x": 0, "y": 74, "width": SIZE["width"], "height": 500}
    _save(page.screenshot(clip=part), path)


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
