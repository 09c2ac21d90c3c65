"""Takes every panel at three sizes and in two themes, and makes a page of them to look at.

    make screens

They go to ``out/screens``, with ``index.html``; ``--out`` selects another folder, ``--only`` the
screens whose names have a word. The demo is shown, large trees, and videos that are unlike others.
"""

from __future__ import annotations

import argparse
import html
import itertools
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from demo_app import NAME, ROOT, demo_app  # first, because it finds what the next ones import

import chromium  # isort: skip
from app_page import choose, submit_button  # isort: skip
from screens_data import HUGE, LARGE, LONG, MISSING, ODD, PLAIN, PORTRAIT, large, make_datasets  # isort: skip
from tree_page import open_in_grid, open_tree, press_tree, state, wait_state  # isort: skip

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

SIZES = ((1280, 720), (1600, 900), (2560, 1440))
THEMES = ("dark", "light")
_LOADED = "[data-cy=looker] canvas[canvas-loaded=true]"
#: Has the App's server forget the open sample, the view and the panels: it shows them in each page.
_FORGET = """mutation {
    setDataset(subscription: "screens", session: null, name: null, viewName: null) }"""
#: Scrolls a panel, not what is around it, to the heading that is to be shown, if there is one.
_SCROLL = """() => { const e = window.shown;
    if (e) e.closest(".a100").scrollTop = e.offsetTop - 8; }"""


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
        make_datasets(Path(folder))
        shots = list(_take(browser, url, args.out, chosen))
    page = args.out / "index.html"
    page.write_text(_page(shots), "utf-8")
    print(f"{len(shots)} screens: {page}")
    return 0 if len(shots) == len(chosen) * len(THEMES) * len(SIZES) else 1


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
                _forget(page, url)
                show(page, url)
                yield from _at_each_size(page, out, name, theme)
            except (Error, AssertionError) as error:
                print(f"{name}, {theme}, could not be taken: {error}", file=sys.stderr)
            page.context.close()
        launched.close()


def _forget(page: Page, url: str) -> None:
    server = url.partition("/datasets/")[0]
    answer = page.request.post(f"{server}/graphql", data={"query": _FORGET}).json()
    assert "errors" not in answer, answer


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
        page.evaluate(_SCROLL)
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


def _tree(
    layout: str = "beside", name: str = NAME, place: int = 0, reviewed: bool = False
) -> Callable[[Page, str], None]:
    """Returns what shows a dataset's tree in a layout, with a node pinned.

    Args:
        layout: of the panel's three
        name: the dataset
        place: of the video in the grid
        reviewed: whether nodes are judged, and the outline is open
    """

    def show(page: Page, url: str) -> None:
        panel = open_tree(page, url.replace(NAME, name), place)
        panel.press("ArrowUp")
        panel.press("ArrowUp")
        wait_state(panel, "pinned", bool)
        button = panel.locator(f"[data-layout={layout}]")
        if button.get_attribute("aria-pressed") != "true":
            button.click()
        page.locator(f".a100 [data-layout={layout}][aria-pressed=true]").wait_for()
        panel = page.locator(".a100[data-nodes]")
        panel.locator("canvas").first.wait_for()
        if reviewed:
            _review(panel)

    return show


def _review(panel: Locator) -> None:
    """Accepts and rejects nodes, and opens the outline."""
    panel.get_by_role("button", name="Review", exact=True).click()
    name = panel.get_by_label("Your name")
    name.fill("Ana")
    name.press("Enter")
    before = int(state(panel, "reviewed") or 0)  # by an earlier screen
    for button in ("Next ▸", "Accept", "Accept", "Reject", "Accept"):
        panel.get_by_role("button", name=button, exact=True).click()
    wait_state(panel, "reviewed", str(before + 4))
    wait_state(panel, "unsaved", "0")
    tab = panel.get_by_role("tab", name="Outline")
    if tab.is_visible():
        tab.click()


def _fixed(page: Page, url: str) -> None:
    """Shows a text while it is fixed."""
    _tree(name=large(LARGE))(page, url)
    panel = page.locator(".a100[data-nodes]")
    panel.get_by_role("button", name="Review", exact=True).click()
    name = panel.get_by_label("Your name")
    name.fill("Ana")
    name.press("Enter")
    panel.get_by_role("button", name="Fix text", exact=True).click()
    panel.get_by_label("Text", exact=True).wait_for()


def _refused(page: Page, url: str) -> None:
    """Shows the form of what cannot run: these captions are not indexed."""
    page.goto(url.replace(NAME, large(LARGE)))
    page.wait_for_selector(_LOADED)
    choose(page, "Dataset: resample by meaning").get_by_text("not indexed yet").wait_for()


def _map(page: Page, url: str) -> None:
    """Shows a map of the segments in FiftyOne's own panel."""
    _grid(page, url)
    submit_button(choose(page, "Dataset: map segments by meaning")).click()
    page.get_by_text("are on the map 'semantic_map'").first.wait_for()
    _open_panel(page, "Embeddings")
    page.get_by_text("semantic_map", exact=True).click()
    page.locator("canvas[data-engine]").wait_for()


def _no_tree(page: Page, url: str) -> None:
    """Shows the panel beside a video without annotations."""
    page.goto(url.replace(NAME, ODD))
    page.locator("[data-cy=looker]").nth(PLAIN).click()
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")
    press_tree(page)
    page.locator("#modal .a100 .a100-notice:visible").first.wait_for()


def _no_media(page: Page, url: str) -> None:
    """Shows the tree of a video whose file is missing, which the App does not open by a click."""
    open_in_grid(page, url.replace(NAME, ODD), MISSING)


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
            heading.evaluate("e => { window.shown = e; }")

    return show


def _narrowed(page: Page, url: str) -> None:
    """Shows the overview of what a click on a bar has shown."""
    _overview()(page, url)
    page.locator("figure[data-figure=actions] button").first.click()
    page.locator(".a100-grid-bar li").nth(1).wait_for()
    page.wait_for_selector(_LOADED)
    page.wait_for_selector(".a100-overview[data-state=shown]")


def _open_panel(page: Page, name: str) -> None:
    page.evaluate(
        """(name) => new Promise((done) => window.__foo__.executeOperator("open_panel",
        {name, layout: "horizontal", isActive: true}, {callback: done}))""",
        name,
    )


_LAYOUTS = ("beside", "below", "alone")
#: What is shown, by name.
SCREENS: dict[str, Callable[[Page, str], None]] = {
    "grid": _grid,
    "video": _video,
    **{f"tree {layout}": _tree(layout) for layout in _LAYOUTS},
    **{f"large tree {layout}": _tree(layout, large(LARGE)) for layout in _LAYOUTS},
    **{
        f"reviewed tree {layout}": _tree(layout, large(LARGE), reviewed=True) for layout in _LAYOUTS
    },
    **{f"huge tree {layout}": _tree(layout, large(HUGE)) for layout in _LAYOUTS[:2]},
    "text being fixed": _fixed,
    "portrait video": _tree("beside", ODD, PORTRAIT),
    "long captions": _tree("beside", ODD, LONG),
    "no tree": _no_tree,
    "no media": _no_media,
    "compared trees": _compared,
    "search": _search,
    "overview": _overview(),
    "overview, the long tail": _overview("The long tail"),
    "overview, resampling": _overview("Resampling"),
    "overview, narrowed": _narrowed,
    "form, refused": _refused,
    "map": _map,
}


if __name__ == "__main__":
    raise SystemExit(main())
