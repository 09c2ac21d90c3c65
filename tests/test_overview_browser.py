"""The overview in a browser: it opens, a click on a bar filters the grid, and Back leads back."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from app_page import late_answers, serious_findings, show, switch_theme
from fiftyone_action100m.core.fields import UPLOAD_DATE
from fiftyone_action100m.views.hierarchy import find_hierarchy
from fiftyone_action100m.views.overview import count_nodes, count_videos
from playwright.sync_api import expect
from real_shape import real_dataset

if TYPE_CHECKING:
    from pathlib import Path

    import fiftyone as fo
    import services
    from playwright.sync_api import Locator, Page, Response

pytestmark = pytest.mark.browser

RUN = """([name, parameters]) => new Promise((done) => window.__foo__.executeOperator(
    name, parameters, {callback: done}))"""
#: Presses "Count again", as if by voice: the focus stays. Returns a part of the page before.
COUNT_AGAIN = """() => { const root = document.querySelector(".a100-overview");
    root.querySelector("footer button").click(); return root.querySelector("footer"); }"""
#: How long an answer may take, in milliseconds.
LATE = 120_000


def open_overview(page: Page) -> None:
    page.locator("[data-cy=new-panel-btn]").first.click()
    page.get_by_text("Action100M Overview", exact=True).first.click()


def figure(page: Page, name: str) -> Locator:
    """A figure, once its page is there."""
    page.locator(".a100-overview[data-state=shown]").wait_for()
    return page.locator(f"figure[data-figure={name}]")


def tile(page: Page, name: str) -> Locator:
    """The number on a tile."""
    return page.locator(".a100-tiles > div").filter(has_text=name).locator(".a100-figure").first


def way(page: Page) -> Locator:
    """The steps of the way to what the grid shows."""
    return page.locator(".a100-grid-bar li")


def tells_panels(answer: Response) -> bool:
    """Whether the App has told the server which panels there are, as operators hear of them."""
    told = answer.request.post_data or ""
    return "setSpacesMutation" in told and "Histograms" in told


@pytest.fixture
def dataset(tmp_path: Path) -> fo.Dataset:
    """Three videos as real annotations look; they go with the tests' database."""
    return real_dataset(f"test-overview-{uuid.uuid4().hex[:8]}", tmp_path)


@pytest.fixture
def wide(window: Page, app: services.AppServer, dataset: fo.Dataset) -> Iterator[Page]:
    """The shared page, wide enough for the panel, with the dataset's grid."""
    assert window.viewport_size is not None
    before = window.viewport_size
    window.set_viewport_size({"width": 1700, "height": 1000})
    show(window, app.url(dataset.name), dataset.name)
    yield window
    window.set_viewport_size(before)


@pytest.mark.slow
def test_a_click_on_a_bar_filters_the_grid_and_back_leads_back(
    wide: Page, dataset: fo.Dataset
) -> None:
    page, found = wide, find_hierarchy(dataset)
    open_overview(page)
    expect(tile(page, "Nodes")).to_have_text(str(count_nodes(dataset, found).total), timeout=LATE)
    expect(page.locator("figure")).to_have_count(10, timeout=LATE)
    depths = count_videos(dataset, found).depths
    deepest, videos = max(depths.items())
    assert 0 < videos < 3
    bar = figure(page, "depths").get_by_role("button").last
    # What the mouse is on is said, and looks as if it could be clicked.
    told = figure(page, "depths").locator(".a100-told")
    expect(told).to_have_text("Videos by deepest level", timeout=LATE)
    bar.hover()
    expect(told).to_contain_text(f"level {deepest}: {videos} video", timeout=LATE)
    expect(bar).to_have_css("cursor", "pointer", timeout=LATE)
    bar.click()
    expect(way(page)).to_have_text(["All 3", f"trees {deepest} levels deep"], timeout=LATE)
    expect(tile(page, "Videos")).to_have_text(str(videos), timeout=LATE)
    expect(page.locator("[data-cy=looker]")).to_have_count(videos, timeout=LATE)
    back = page.locator(".a100-grid-bar").get_by_role("button", name="Back", exact=True)
    figure(page, "depths").wait_for()
    # What was closed meanwhile is opened again, and what was opened stays.
    with page.expect_response(tells_panels, timeout=LATE):
        page.evaluate(RUN, ["close_panel", {"name": "action100m_overview"}])
        page.evaluate(RUN, ["open_panel", {"name": "Histograms", "layout": "horizontal"}])
        page.locator("[data-cy=panel-content-Histograms]").wait_for()
    back.press("Enter")
    expect(way(page)).to_have_count(0, timeout=LATE)
    page.get_by_text("3 samples").first.wait_for()
    figure(page, "depths").wait_for()
    assert page.locator("[data-cy=panel-content-Histograms]").is_visible()
    page.evaluate(RUN, ["close_panel", {"name": "Histograms"}])
    # By keys alone, where views and counts arrive late: one stop in each figure, then the arrows.
    with late_answers(page):
        verbs = figure(page, "verbs").get_by_role("button")
        assert verbs.evaluate_all("all => all.filter(e => e.tabIndex === 0).length") == 1
        verbs.first.focus()
        page.keyboard.press("ArrowRight")
        expect(verbs.nth(1)).to_be_focused(timeout=LATE)
        # A page that comes anew leaves the focus where it is.
        video = dataset.first()
        video[UPLOAD_DATE] = video[UPLOAD_DATE].replace(year=2009)
        video.save()
        before = page.evaluate_handle(COUNT_AGAIN)
        page.wait_for_function("(page) => !page.isConnected", arg=before, timeout=LATE)
        page.locator(".a100-overview[data-state=shown] figure").first.wait_for(timeout=LATE)
        expect(verbs.nth(1)).to_be_focused(timeout=LATE)
        page.keyboard.press("ArrowLeft")
        name = verbs.first.locator(".a100-label").text_content()
        page.keyboard.press("Enter")
        expect(way(page)).to_have_text(["All 3", f"verb “{name}”"], timeout=LATE)
        expect(tile(page, "Different actions")).to_have_text("1", timeout=LATE)
        # A second click narrows further; each step leads back.
        figure(page, "levels").get_by_role("button").first.click()
        expect(way(page)).to_have_count(3, timeout=LATE)
        expect(figure(page, "levels").get_by_role("button")).to_have_count(1, timeout=LATE)
        way(page).first.get_by_role("button").click()
        expect(way(page)).to_have_count(0, timeout=LATE)
        expect(tile(page, "Videos")).to_have_text("3", timeout=LATE)
        expect(figure(page, "levels").get_by_role("button").nth(1)).to_be_visible(timeout=LATE)
    # What axe-core finds, in both themes.
    figure(page, "actions").get_by_role("button").first.click()
    expect(way(page)).to_have_count(2, timeout=LATE)
    figure(page, "actions").wait_for()
    for _ in range(2):
        assert serious_findings(page, ".a100-overview") == []
        assert serious_findings(page, ".a100-grid-bar") == []
        switch_theme(page)
