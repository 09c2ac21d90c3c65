"""The App's page in a browser, as tests use it: opening it, and running operators from the menu."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

#: What fades and slides is drawn at once: the App's animations take a quarter of the page's CPU.
_NO_ANIMATIONS = """document.addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.textContent = "*, ::before, ::after { animation: none !important; "
        + "transition: none !important }";
    document.head.append(style);
});"""
_OPEN_DATASET = """(name) => new Promise((done) => window.__foo__.executeOperator(
    "open_dataset", {dataset: name}, {callback: done}))"""

#: Has a page know since when no form is resolved, in its own time: ``window.__resolving``.
_NOTE_RESOLVING = """
    const send = window.fetch, told = window.__resolving = {open: 0, last: 0};
    window.fetch = async (...request) => {
        if (!String(request[0]).includes("/resolve-type")) return send(...request);
        told.open += 1;
        told.last = performance.now();
        try { return await send(...request); }
        finally { told.open -= 1; told.last = performance.now(); }
    };
"""
#: The App resolves a form half a second after its last change, and disables its button meanwhile.
_RESOLVED = """() => { const {open, last} = window.__resolving;
    return last && !open && performance.now() - last > 600; }"""

#: What FiftyOne's grid says when it becomes narrower while it loads.
_HARMLESS = "entry is loading"
#: The buttons of forms.
_VERB = re.compile(
    "^(Build|Check|Clear|Compare|Convert|Cut|Export|Find|Index|Map|Prepare|Publish|Resample|Show|Tidy)$"
)

AXE = Path(__file__).resolve().parent.parent / "node_modules" / "axe-core" / "axe.min.js"
_FINDINGS = """async (selector) => {
    const {violations} = await axe.run(selector, {resultTypes: ["violations"]});
    return violations.filter(({impact}) => ["serious", "critical"].includes(impact)).flatMap(
        ({id, nodes}) => nodes.map(
            ({html, failureSummary}) => `${id}: ${html.slice(0, 200)} ${failureSummary}`)); }"""

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize


def new_page(
    browser: Browser,
    errors: list[str],
    width: int = 1280,
    height: int = 800,
    animated: bool = False,
) -> Page:
    """Opens a page with a profile of its own, rid of the App's first-visit popover.

    Args:
        browser: where to
        errors: gets what the console and the scripts complain of; not that a host cannot be
            reached, as the App's page asks for fonts and such from elsewhere
        width: of the window, in pixels
        height: and its height
        animated: whether to draw the App's animations, as benchmarks do
    """
    size: ViewportSize = {"width": width, "height": height}
    motion: Literal["no-preference", "reduce"] = "no-preference" if animated else "reduce"
    page = browser.new_context(viewport=size, reduced_motion=motion).new_page()
    page.set_default_timeout(120_000)
    page.add_init_script("localStorage.setItem('fiftyone-enterprise-tooltip-seen', 'true')")
    page.add_init_script(_NOTE_RESOLVING)
    if not animated:
        page.add_init_script(_NO_ANIMATIONS)
    page.on("console", lambda m: errors.append(m.text) if _is_error(m) else None)
    page.on("pageerror", lambda e: errors.append(str(e)) if str(e) != _HARMLESS else None)
    return page


def show(page: Page, url: str, name: str) -> None:
    """Shows a dataset: in the App that the page has, else by loading it.

    Args:
        page: where to
        url: the dataset's address
        name: the dataset
    """
    if "/datasets/" not in page.url:
        page.goto(url)
    else:
        page.evaluate(_OPEN_DATASET, name)
        page.wait_for_url(f"**/datasets/{name}*")
    page.locator(f"input[data-cy=selector-dataset][value='{name}']").wait_for()
    page.wait_for_selector("[data-cy=looker] canvas[canvas-loaded=true]")


def close_all(page: Page) -> bool:
    """Closes an open sample, forms and notices; returns whether nothing is left open."""
    open_ones = page.locator("#modal canvas, [data-cy=operators-prompt-modal], [role=dialog]")

    def is_closed() -> bool:
        # As long as the address has a sample, the App looks for it in what is shown next.
        return not open_ones.count() and "id=" not in page.url.partition("?")[2]

    for _ in range(4):
        if is_closed():
            return True
        if page.locator("[data-cy=operators-prompt-modal], [role=dialog]").count():
            page.keyboard.press("Escape")
        else:
            page.mouse.click(3, 400)
        page.wait_for_timeout(300)
    return is_closed()


def _is_error(message: ConsoleMessage) -> bool:
    text = message.text
    return message.type == "error" and "net::ERR_" not in text and text != _HARMLESS


@contextmanager
def late_answers(page: Page, seconds: float = 0.4) -> Iterator[None]:
    """Has each of the server's answers arrive so much later, as a busy machine's do."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    quick = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", quick | {"latency": 1000 * seconds})
    yield
    session.send("Network.emulateNetworkConditions", quick)
    session.detach()


@contextmanager
def slow_page(page: Page, rate: float = 2) -> Iterator[None]:
    """Makes the page's CPU so many times slower, by keeping it busy: for short journeys only."""
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    yield
    session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    session.detach()


def serious_findings(page: Page, selector: str) -> list[str]:
    """Returns what axe-core has to say of a part of the page, of serious and critical findings.

    Skips the test if axe-core is not installed, so it is asked last. The contrast of texts is among
    the findings, so pseudo-elements of the App that lie behind the part must not be drawn: axe-core
    does not know the colours behind them.
    """
    import pytest

    if not AXE.exists():
        pytest.skip("axe-core is missing: run `make setup-dev` where npm's registry is reachable")
    page.evaluate(AXE.read_text("utf-8"))
    style = f":not({selector} *)::before {{ content: none !important }}"
    added = page.add_style_tag(content=style)
    found: list[str] = page.evaluate(_FINDINGS, selector)
    added.evaluate("e => e.remove()")
    return found


def switch_theme(page: Page) -> None:
    """Shows the App in its other theme, dark or light."""
    before = page.evaluate("document.documentElement.className")
    page.locator("button[title='Light mode'], button[title='Dark mode']").dispatch_event("click")
    page.wait_for_function("(before) => document.documentElement.className !== before", arg=before)


def choose(page: Page, label: str) -> Locator:
    """Starts an operator from the menu; returns where its form comes up, if it has one."""
    page.keyboard.press("`")
    search = page.get_by_placeholder("Search operations by name...")
    search.fill(label)
    # Not by Enter: that starts what is first in the list, which may not have been filtered yet.
    page.get_by_role("dialog").get_by_text(label, exact=True).first.click()
    search.wait_for(state="detached")
    return page.locator("[data-cy=operators-prompt-modal]")


def expect_listed(page: Page, text: str, labels: list[str]) -> None:
    """Waits until the menu of operators lists these alone for a text that labels begin with.

    In any order: those that were used last come first.
    """
    from playwright.sync_api import expect

    page.keyboard.press("`")
    search = page.get_by_placeholder("Search operations by name...")
    search.fill(text)
    rows = page.get_by_role("dialog").get_by_text(re.compile(f"^{text}"))
    expect(rows).to_have_count(len(labels), timeout=60_000)
    for label in labels:
        rows.filter(has_text=label).first.wait_for()
    page.keyboard.press("Escape")
    search.wait_for(state="detached")


def submit_button(form: Locator) -> Locator:
    """Returns the button of a form that runs the operator, below its inputs and their buttons."""
    return form.get_by_role("button", name=_VERB).last


def fill_first(form: Locator, text: str) -> None:
    """Fills in the first text of a form that has just come up, once the form has been resolved.

    The App resolves a form twice at first, and shows the answer that comes last.
    """
    textbox = form.get_by_role("textbox").first
    textbox.wait_for()
    form.page.wait_for_function(_RESOLVED)
    textbox.fill(text)


def execute(form: Locator) -> None:
    """Executes an operator from its form, once the form has been resolved for the last time."""
    form.page.wait_for_function(_RESOLVED)
    submit_button(form).click()
    form.wait_for(state="detached")


def thumbnails(page: Page, count: int, what: str = "sample") -> None:
    """Waits until the grid says and shows so many samples or clips, at most what fits into it."""
    plural = "" if count == 1 else "s"
    counts = page.locator("[data-cy=entry-counts]")
    counts.get_by_text(re.compile(f"^{count} {what}{plural}$")).first.wait_for()
    page.locator("[data-cy=looker]").first.wait_for()
