"""Takes every panel at three sizes and in two themes, and makes a page of them to look at.

    make screens

They go to ``out/screens``, with ``index.html``; ``--out`` selects another folder, ``--only`` the
screens whose names have a word. The demo is shown, and a tree of 917 nodes.
"""

from __future__ import annotations

import argparse
import html
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from demo_app import NAME, ROOT, demo_app  # first, because it finds what the next ones import

import chromium  # isort: skip
from app_page import close_all  # isort: skip
from tree_page import open_tree, wait_state  # isort: skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = ((1280, 720), (1600, 900), (2560, 1440))
THEMES = ("dark", "light")
#: The number of nodes of the large tree, as the largest of the published examples has.
_NODES = 917
_LOADED = "[data-cy=looker] canvas[canvas-loaded=true]"


class Shot(NamedTuple):
    """A screenshot: the file, what it shows, and how."""

    file: str
    screen: str
    size: tuple[int, int]
    theme: str


def main() -> int:
    """Takes the screens; returns 1 if there is no browser, or a screen could not be taken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "out" / "screens")
    parser.add_argument("--only", default="", metavar="WORD")
    args = parser.parse_args()
    browser = chromium.find_chromium()
    if browser is None:
        print(chromium.MISSING, file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    chosen = {name: show for name, show in SCREENS.items() if args.only in name}
    with demo_app() as url, tempfile.TemporaryDirectory() as folder:
        _prepare(Path(folder))
        shots = list(_take(browser, url, args.out, chosen))
    page = args.out / "index.html"
    page.write_text(_page(shots), "utf-8")
    print(f"{len(shots)} screens: {page}")
    return 0 if len(shots) == len(chosen) * len(THEMES) * len(SIZES) else 1


def _prepare(folder: Path) -> None:
    """Makes the large tree, and a resampling of the demo where its captions are indexed."""
    sys.path.append(str(ROOT / "benchmarks"))
    from panel import make_dataset

    make_dataset(folder, _NODES)
    command = str(Path(sys.executable).with_name("action100m"))
    subprocess.run([command, "resample", NAME, "--k", "12", "--size", "1000"], check=False)


def _take(
    browser: str, url: str, out: Path, screens: dict[str, Callable[[Page, str], None]]
) -> Iterator[Shot]:
    """Takes screens, and says which could not be taken."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser, args=list(chromium.ARGS))
        for (name, show), theme in itertools.product(screens.items(), THEMES):
            page = _new_page(launched, theme)
            try:
                show(page, url)
                yield from _at_each_size(page, out, name, theme)
            except (Error, AssertionError) as error:
                print(f"{name}, {theme}, could not be taken: {error}", file=sys.stderr)
            close_all(page)  # the App's server would open the sample again in the next page
            page.context.close()
        launched.close()


def _new_page(browser: Browser, theme: str) -> Page:
    page = browser.new_context(viewport={"width": 1600, "height": 900}).new_page()
    page.set_default_timeout(60_000)
    page.add_init_script("localStorage.setItem('fiftyone-enterprise-tooltip-seen', 'true')")
    page.add_init_script(f"localStorage.setItem('mui-mode', '{theme}')")
    return page


def _at_each_size(page: Page, out: Path, name: str, theme: str) -> Iterator[Shot]:
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(2_000)  # the App lays its panels out, and thumbnails fade in
        file = f"{name}-{width}-{theme}.png".replace(",", "").replace(" ", "-")
        page.screenshot(path=out / file)
        yield Shot(file, name, (width, height), theme)


def _page(shots: list[Shot]) -> str:
    """Returns a page of screenshots, by screen and size, the themes beside each other."""
    parts = []
    for name, of_screen in itertools.groupby(shots, key=lambda shot: shot.screen):
        parts.append(f"<h2>{html.escape(name)}</h2>")
        ordered = sorted(of_screen, key=lambda shot: (shot.size, shot.theme))
        for shot in ordered:
            text = f"{shot.size[0]} x {shot.size[1]}, {shot.theme}"
            image = f'<img src="{shot.file}" alt="{html.escape(name)}, {text}" loading="lazy">'
            parts.append(
                f'<figure><a href="{shot.file}">{image}</a><figcaption>{text}</figcaption></figure>'
            )
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Screens</title>'
        "<style>body { font: 14px sans-serif; margin: 16px; background: #888 }"
        "figure { display: inline-block; width: 49%; margin: 0 0 12px; vertical-align: top }"
        "img { width: 100% }</style>" + "\n".join(parts) + "</html>\n"
    )


def _grid(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector(_LOADED)


def _video(page: Page, url: str) -> None:
    _grid(page, url)
    page.locator("[data-cy=looker]").first.click()
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")


def _tree(layout: str, name: str = NAME) -> Callable[[Page, str], None]:
    """Returns what shows a dataset's tree in a layout, with a node pinned."""

    def show(page: Page, url: str) -> None:
        panel = open_tree(page, url.replace(NAME, name))
        page.keyboard.press("ArrowDown")
        button = page.locator(f".a100 [data-layout={layout}]")
        if button.get_attribute("aria-pressed") != "true":
            button.click()
        page.locator(f".a100 [data-layout={layout}][aria-pressed=true]").wait_for()
        if layout != "alone":
            panel.locator("canvas").first.wait_for()

    return show


def _compared(page: Page, url: str) -> None:
    panel = open_tree(page, url)
    panel.get_by_role("button", name="Compare", exact=True).click()
    choice = panel.get_by_label("Compare with the dataset")
    choice.locator(f"option[value={NAME}-found]").wait_for(state="attached")
    choice.select_option(f"{NAME}-found")
    wait_state(panel, "compared", f"{NAME}-found")


def _search(page: Page, url: str) -> None:
    _grid(page, url)
    _open_panel(page, "action100m_search")
    finder = page.locator(".a100-finder[data-state=idle]")
    finder.get_by_label("Search the captions").fill("fold the paper")
    page.wait_for_selector(".a100-finder[data-state=shown] canvas[data-picture=shown]")


def _overview(section: str = "") -> Callable[[Page, str], None]:
    """Returns what shows the overview, from a section on."""

    def show(page: Page, url: str) -> None:
        _grid(page, url)
        _open_panel(page, "action100m_overview")
        page.wait_for_selector(".a100-overview[data-state=shown]")
        if section:
            heading = page.get_by_role("heading", name=section, exact=True).first
            # Only the panel is scrolled, not what is around it.
            heading.evaluate("e => { e.closest('.a100').scrollTop = e.offsetTop - 8; }")

    return show


def _narrowed(page: Page, url: str) -> None:
    """Shows the overview of what a click on a bar has shown."""
    _overview()(page, url)
    page.locator("figure[data-figure=actions] button").first.click()
    page.locator(".a100-grid-bar li").nth(1).wait_for()


def _open_panel(page: Page, name: str) -> None:
    page.evaluate(
        """(name) => new Promise((done) => window.__foo__.executeOperator("open_panel",
        {name, layout: "horizontal", isActive: true}, {callback: done}))""",
        name,
    )


_LARGE = f"panel-{_NODES}"
#: What is shown, by name.
SCREENS: dict[str, Callable[[Page, str], None]] = {
    "grid": _grid,
    "video": _video,
    "tree beside": _tree("beside"),
    "tree below": _tree("below"),
    "tree alone": _tree("alone"),
    "large tree beside": _tree("beside", _LARGE),
    "large tree below": _tree("below", _LARGE),
    "compared trees": _compared,
    "search": _search,
    "overview": _overview(),
    "overview, the long tail": _overview("The long tail"),
    "overview, resampling": _overview("Resampling"),
    "overview, narrowed": _narrowed,
}


if __name__ == "__main__":
    raise SystemExit(main())
