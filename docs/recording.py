"""Records the README's animation: the Tree of Captions beside a demo video, in a real App.

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

from demo_app import NAME, ROOT, demo_app  # first, because it finds what the others import
from PIL import Image, ImageDraw

import chromium  # isort: skip
from tree_page import open_tree, point_of, probe, state  # isort: skip

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

#: The size of the window, and the width of the scaled pictures, in pixels.
SIZE, WIDTH = {"width": 1280, "height": 720}, 960
#: The largest file that GitHub shows immediately, in bytes.
MOST_BYTES = 3_000_000
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

    def play(self, frame: int, pictures: int) -> None:
        """Plays from a frame."""
        for k in range(pictures):
            self.page.evaluate(_SEEK, frame + k * STEP_FRAMES)
            self.take(STEP_MS)

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
        panel = open_tree(page, url)
        page.keyboard.press("s")  # hides the sidebar
        page.wait_for_timeout(3_000)
        recording = Recording(page)
        _follow_and_seek(recording, panel)
        _zoom_and_search(recording, panel)
        _cut(recording, panel)
        recording.save(out)
        launched.close()


def _node(panel: Locator) -> str:
    """Returns an annotated node of the open video's second half that is wide on the screen."""
    import fiftyone as fo
    from fiftyone_action100m import trees

    sample = fo.load_dataset(NAME)[state(panel, "sample")]
    half = sample.metadata.duration / 2
    found = [n for n in trees(sample) if n.start > half and n.texts.get("gpt_action_brief")]
    return max(found, key=lambda n: (probe(panel, "p.rect(x).w", n.node_id) > 60, n.level)).node_id


def _follow_and_seek(recording: Recording, panel: Locator) -> None:
    """The video plays and the tree follows; a click on a node moves the video."""
    recording.play(1, 14)
    recording.move(*point_of(panel, _node(panel)))
    recording.take(500)
    recording.page.mouse.click(*recording.pointer)
    recording.take(1_100, settle=900)


def _zoom_and_search(recording: Recording, panel: Locator) -> None:
    """A double click zooms to a node, the breadcrumb leads back; a word is searched for."""
    page = recording.page
    page.mouse.dblclick(*recording.pointer)
    recording.take(1_000, settle=900)
    crumbs = panel.get_by_role("navigation", name="Zoom").get_by_role("button")
    recording.move_to(crumbs.first)
    crumbs.first.click()
    recording.take(500)
    search = panel.get_by_label("Search the captions of this tree")
    recording.move_to(search)
    search.click()
    for letters in ("wa", "sh"):
        page.keyboard.type(letters)
        recording.take(220)
    page.keyboard.press("Enter")
    recording.take(800, settle=800)
    page.keyboard.press("Enter")
    recording.take(800, settle=800)
    page.keyboard.press("Escape")


def _cut(recording: Recording, panel: Locator) -> None:
    """The slider cuts the tree, the button the whole grid."""
    slider = panel.get_by_label("Granularity in seconds")
    recording.move_to(slider)
    for value in (90, 105, 120, 135, 150, 135, 120):
        slider.fill(str(value))
        recording.take(180)
    apply = panel.get_by_role("button", name="Apply to grid")
    recording.move_to(apply)
    apply.click()
    recording.take(400)
    page = recording.page
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")
    page.wait_for_timeout(2_000)
    page.mouse.click(4, SIZE["height"] / 2)  # beside the modal, which closes it
    page.locator("#modal").wait_for(state="hidden")
    page.wait_for_selector("[data-cy=looker] canvas[canvas-loaded=true]")
    recording.take(2_200, settle=5_000)


if __name__ == "__main__":
    raise SystemExit(main())
