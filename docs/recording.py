"""Records the README's animation, in a real App: a search, its segment, a judgement, the way back.

    .venv/bin/python docs/recording.py

Playwright controls the App. Each picture is taken when the page has settled, so the result does
not depend on the machine's speed; while the video "plays", it advances by a fixed number of frames
per picture. The pointer is drawn afterwards, because a screenshot has none.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from demo_app import ROOT, demo_app  # first, because it finds what the others import
from PIL import Image, ImageDraw

import chromium  # isort: skip
from tree_page import state  # isort: skip

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

#: The size of the window, and the width of the scaled pictures, in pixels.
SIZE, WIDTH = {"width": 1280, "height": 720}, 960
#: The largest file that GitHub shows immediately, in bytes.
MOST_BYTES = 4_000_000
#: A picture's duration while the video plays, in milliseconds, and the frames that it advances.
STEP_MS, STEP_FRAMES = 160, 6
_SEEK = """(frame) => new Promise((done) => window.__foo__.executeOperator(
    "@action100m/explorer/seek_to_frame", {frame}, {callback: done}))"""
#: The pointer's outline relative to its tip, in pixels.
_POINTER = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))


class Recording:
    """The pictures so far, and the position of the pointer."""

    def __init__(self, page: Page) -> None:
        """Starts without pictures, with the pointer near the middle."""
        self.page = page
        self.pointer = (SIZE["width"] * 0.6, SIZE["height"] * 0.75)
        self.pictures: list[Image.Image] = []
        self.times: list[int] = []

    def take(self, milliseconds: int, settle: int = 250) -> None:
        """Adds a picture with a duration, after the page has had time to settle."""
        self.page.wait_for_timeout(settle)
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        x, y = self.pointer
        shape = [(x + 1.3 * dx, y + 1.3 * dy) for dx, dy in _POINTER]
        ImageDraw.Draw(picture).polygon(shape, fill="white", outline="black")
        height = round(SIZE["height"] * WIDTH / SIZE["width"])
        self.pictures.append(picture.resize((WIDTH, height), Image.Resampling.LANCZOS))
        self.times.append(milliseconds)

    def move(self, x: float, y: float, steps: int = 3) -> None:
        """Moves the pointer, with a picture of each step."""
        x0, y0 = self.pointer
        for k in range(1, steps + 1):
            self.pointer = (x0 + (x - x0) * k / steps, y0 + (y - y0) * k / steps)
            self.page.mouse.move(*self.pointer)
            self.take(90, settle=30)

    def move_to(self, target: Locator) -> None:
        """Moves the pointer to the middle of a control."""
        box = target.bounding_box()
        if box is None:
            raise RuntimeError(f"{target} is not on screen")
        self.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    def save(self, path: Path) -> None:
        """Writes the pictures as one animated WebP.

        Raises:
            RuntimeError: if it is larger than GitHub shows immediately
        """
        first, *rest = self.pictures
        options = {"quality": 72, "method": 6, "loop": 0, "duration": self.times}
        first.save(path, save_all=True, append_images=rest, **options)
        size, seconds = path.stat().st_size, sum(self.times) / 1000
        print(f"{path}: {size:,} bytes, {len(self.pictures)} pictures, {seconds:.1f} s")
        if size > MOST_BYTES:
            raise RuntimeError(f"{path} is larger than {MOST_BYTES:,} bytes")


def main() -> int:
    """Records the animation; returns 1 if there is no browser."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images" / "tree.webp")
    args = parser.parse_args()
    browser = chromium.find_chromium()
    if browser is None:
        print(chromium.MISSING, file=sys.stderr)
        return 1
    with demo_app() as url:
        _record(browser, url, args.out)
    return 0


def _record(browser: str, url: str, out: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser, args=list(chromium.ARGS))
        page = launched.new_context(viewport=SIZE, device_scale_factor=1).new_page()
        page.set_default_timeout(60_000)
        page.add_init_script("localStorage.setItem('fiftyone-enterprise-tooltip-seen', 'true')")
        page.goto(url)
        page.wait_for_selector("[data-cy=looker] canvas[canvas-loaded=true]")
        page.wait_for_timeout(3_000)  # thumbnails fade in
        recording = Recording(page)
        _search(recording)
        panel = _open_segment(recording)
        _judge(recording, panel)
        _go_back(recording)
        recording.save(out)
        launched.close()


def _search(recording: Recording) -> None:
    """A few words are typed into the Search panel; they are in no caption."""
    page = recording.page
    recording.take(600)
    button = page.get_by_text("Search", exact=True).first
    recording.move_to(button)
    button.click()
    box = page.locator(".a100-finder").get_by_label("Search the captions")
    box.wait_for()
    recording.take(300)
    for letters in ("origami", " vessel", " on water"):
        box.press_sequentially(letters)
        recording.take(260)
    page.wait_for_selector(".a100-finder[data-state=shown] canvas[data-picture=shown]")
    recording.take(1_200, settle=3_000)  # the other pictures come one after the other


def _open_segment(recording: Recording) -> Locator:
    """A click on a caption opens its video at the segment, with its tree; returns the tree."""
    page = recording.page
    caption = page.locator(".a100-finder .a100-row .a100-caption").first
    recording.move_to(caption)
    recording.take(300)
    caption.click()
    panel = page.locator("#modal .a100[data-nodes]")
    panel.locator("canvas").first.wait_for()
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")
    recording.move(SIZE["width"] * 0.2, SIZE["height"] * 0.25)  # off the sidebar
    recording.take(1_400, settle=4_000)
    frame = int(state(panel, "frame") or 1)
    for k in range(8):
        page.evaluate(_SEEK, frame + k * STEP_FRAMES)
        recording.take(STEP_MS)
    return panel


def _judge(recording: Recording, panel: Locator) -> None:
    """Segments are accepted and rejected by keys."""
    page = recording.page
    button = panel.get_by_role("button", name="Review", exact=True)
    recording.move_to(button)
    button.click()
    panel.get_by_label("Your name").fill("Ada")
    recording.take(500)
    panel.get_by_role("button", name="Begin", exact=True).click()
    recording.take(500, settle=600)
    for key in ("a", "a", "r", "a"):
        page.keyboard.press(key)
        recording.take(650, settle=900)


def _go_back(recording: Recording) -> None:
    """Back to what was found, which is still there."""
    page = recording.page
    recording.move(6, SIZE["height"] / 2)
    page.mouse.click(4, SIZE["height"] / 2)  # beside the modal, which closes it
    page.locator("#modal").wait_for(state="hidden")
    recording.take(1_800, settle=2_500)


if __name__ == "__main__":
    raise SystemExit(main())
