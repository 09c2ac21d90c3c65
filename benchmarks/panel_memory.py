"""What a page's memory gains as a video plays and samples are visited, with the panel and without.

The App keeps the samples that it has shown and grows by itself: what counts is what the panel adds.
The same journey twice, each on a page of its own: the first video plays for some minutes, then one
sample after the other is opened. Memory is read before, after a warm-up, and afterwards, each time
once the garbage is collected.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from measure import ratio, table
from panel import app_and_browser, make_dataset

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

#: Nodes of the tree, whose video lasts some four minutes.
NODES = 500
#: Samples that are visited before the first reading.
WARM = 3
_CLOCK = "[data-testid=timeline-playhead-time]"


class Memory(NamedTuple):
    """The memory of a page, in MB.

    Attributes:
        scripts: what its scripts hold
        process: what its process has for itself; 0 where that is unknown
    """

    scripts: float
    process: float


def run(folder: Path, minutes: int, visits: int) -> None:
    """Prints the memory before and after.

    Args:
        folder: for videos and the plugin's place
        minutes: how long the video plays
        visits: how many samples are opened afterwards
    """
    name = make_copies(folder, visits + WARM + 1)
    found = {}
    with app_and_browser(folder) as (app, browser):
        for who in ("with the panel", "without"):
            url, has_panel = app.url(name), who != "without"
            found[who] = measure(browser, url, has_panel, minutes, visits)
            print(f"{who}: {found[who]}", flush=True)  # it takes a while until the next one
    table(
        f"Memory of the page in MB, before and after {minutes} min of play and {visits} samples",
        ["", "scripts: before", "process", "scripts: after", "process"],
        [[who, *(f"{x:.0f}" for each in both for x in each)] for who, both in found.items()],
    )
    with_it, without = (after for _, after in found.values())
    for what, ours, alone in zip(Memory._fields, with_it, without, strict=True):
        if alone:
            ratio(f"{what}, after: with the panel, of that without", f"{ours / alone:.1%}", "105 %")


def make_copies(folder: Path, count: int) -> str:
    """Makes a dataset of samples that share one video and one tree."""
    import fiftyone as fo

    dataset = fo.load_dataset(make_dataset(folder, NODES))
    sample = dataset.first()
    dataset.add_samples([sample.copy() for _ in range(count - 1)])
    return str(dataset.name)


def measure(
    browser: Browser, url: str, has_panel: bool, minutes: int, visits: int
) -> tuple[Memory, Memory]:
    """Returns the memory before and after; the page is closed in the end."""
    from app_page import close_all, new_page
    from tree_page import open_tree

    page = new_page(browser, [], animated=True)
    page.set_default_timeout(180_000)
    panel = open_tree(page, url)
    if not has_panel:
        page.locator("[data-cy=panel-tab-tree_of_captions] [title=Close]").click()
        panel.wait_for(state="detached")
    play(page, 20)
    visit(page, panel if has_panel else None, WARM)
    before = memory(browser, page)
    play(page, 60 * minutes)
    visit(page, panel if has_panel else None, visits)
    after = memory(browser, page)
    # The App's server remembers an open sample and would show it on the next page.
    close_all(page)
    page.context.close()
    return before, after


def play(page: Page, seconds: float) -> None:
    """Plays the video, again and again, for so long."""
    page.locator("#modal canvas").first.hover()
    clock, shown = page.locator(f"#modal {_CLOCK}"), ""
    for _ in range(round(seconds / 5)):
        if clock.inner_text() == shown:  # it has not begun, or has ended
            page.keyboard.press("Space")
        shown = clock.inner_text()
        page.wait_for_timeout(5000)
    page.keyboard.press("Space")


def visit(page: Page, panel: Locator | None, count: int) -> None:
    """Opens the samples that follow, each once it and its tree are shown."""
    for _ in range(count):
        before = panel.get_attribute("data-sample") if panel else None
        page.locator("[data-cy=nav-right-button]").click()
        if panel:
            page.wait_for_function(
                "(was) => ![null, was].includes(document.querySelector('#modal .a100')"
                "?.dataset.sample ?? null)",
                arg=before,
            )
        page.wait_for_selector("#modal canvas[canvas-loaded=true]")
        page.wait_for_timeout(1500)


def memory(browser: Browser, page: Page) -> Memory:
    """Returns the memory that is in use once the garbage is collected."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
        page.wait_for_timeout(1000)
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    session.detach()
    processes = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    renderers = [_private(each["id"]) for each in processes if each["type"] == "renderer"]
    return Memory(metrics["JSHeapUsedSize"] / 1e6, max(renderers, default=0.0))


def _private(pid: int) -> float:
    """Returns the memory that a process has for itself, in MB; 0 where the system does not tell."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(float(line.split()[1]) for line in lines if line.startswith("Private_")) / 1e3
