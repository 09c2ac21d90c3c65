"""The overview in a browser: it opens, a click on a bar filters the grid, and Back leads back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from app_page import throttle
from fiftyone_action100m.views.overview import count_nodes, count_videos
from playwright.sync_api import TimeoutError, expect
from real_shape import real_dataset
from subset import subset_dataset

if TYPE_CHECKING:
    from pathlib import Path

    import services
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


def open_overview(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("[data-cy=looker]").first.wait_for()
    page.locator("[data-cy=new-panel-btn]").first.click()
    page.get_by_text("Action100M Overview", exact=True).first.click()


def plot(page: Page, heading: str) -> Locator:
    """The plot under a heading, once its bars are drawn."""
    cells = page.locator("div").filter(has=page.get_by_text(heading, exact=True))
    found = cells.filter(has=page.locator(".js-plotly-plot")).last.locator(".js-plotly-plot")
    found.locator(".point").first.wait_for(state="attached")
    return found


def click_bar(found: Locator, place: int) -> None:
    """Clicks a bar where it is: Plotly hears the mouse on a layer above the bars."""
    found.scroll_into_view_if_needed()
    box = found.locator(".point").nth(place).bounding_box()
    assert box is not None
    page = found.page
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def click_until(page: Page, heading: str, shown: Locator) -> None:
    """Clicks a plot's highest bar until the panel says what it shows: a plot may be drawn anew."""
    for _ in range(5):
        found = plot(page, heading)
        sizes = found.locator(".point").evaluate_all(
            "all => all.map(e => e.getBoundingClientRect()).map(r => r.width * r.height)"
        )
        click_bar(found, max(range(len(sizes)), key=sizes.__getitem__))
        try:
            shown.wait_for(timeout=15_000)
            return
        except TimeoutError:
            page.wait_for_timeout(1000)
    raise AssertionError(f"a click on {heading} shows nothing")


def leave(page: Page, back: Locator) -> None:
    """Clicks Back until there is nothing to go back to: the panel may be drawn anew meanwhile."""
    for _ in range(3):
        if back.count():
            back.click()
        try:
            back.wait_for(state="detached", timeout=40_000)
            return
        except TimeoutError:
            page.wait_for_timeout(1000)
    raise AssertionError("Back does not lead back")


def test_a_click_on_a_bar_filters_the_grid_and_back_leads_back(
    app: services.AppServer, page: Page, dataset_name: str, tmp_path: Path,
    console_errors: list[str],
) -> None:  # fmt: skip
    from fiftyone_action100m.views.hierarchy import find_hierarchy

    dataset = subset_dataset(dataset_name, folder=tmp_path)
    found = find_hierarchy(dataset)
    page.set_viewport_size({"width": 1700, "height": 1000})
    open_overview(page, app.url(dataset_name))
    table = page.locator("table").filter(has_text="full release")
    table.get_by_text(str(count_nodes(dataset, found).total), exact=True).wait_for()
    page.get_by_text("Count again").wait_for()
    expect(page.locator(".js-plotly-plot")).to_have_count(10, timeout=60_000)
    depths = count_videos(dataset, found).depths
    deepest, videos = max(depths.items())
    assert 0 < videos < 3
    click_bar(plot(page, "Tree depth"), len(depths) - 1)
    page.get_by_text(f"Showing trees {deepest} levels deep").first.wait_for()
    page.get_by_text(f"{videos} sample").first.wait_for()
    expect(page.locator("[data-cy=looker]")).to_have_count(videos, timeout=60_000)
    table.get_by_text(str(videos), exact=True).first.wait_for()
    page.get_by_role("button", name="Back", exact=True).click()
    page.get_by_text("3 samples").first.wait_for()
    page.get_by_role("button", name="Back", exact=True).wait_for(state="detached")
    assert console_errors == []


def test_a_click_on_words_says_what_is_shown_and_leads_back(
    app: services.AppServer, page: Page, dataset_name: str, tmp_path: Path,
    console_errors: list[str],
) -> None:  # fmt: skip
    """On a slow machine: views and counts arrive late, and a view is another one when it does."""
    real_dataset(dataset_name, tmp_path)
    page.set_viewport_size({"width": 1700, "height": 1000})
    open_overview(page, app.url(dataset_name))
    expect(page.locator(".js-plotly-plot")).to_have_count(10, timeout=60_000)
    throttle(page)
    back = page.get_by_role("button", name="Back", exact=True)
    clicks = {
        "Top actions": "the action",
        "Verbs and their objects": "the verb",
    }
    for heading, words in clicks.items():
        shown = page.locator("p", has_text=re.compile(f"^Showing .*{words}")).first
        click_until(page, heading, shown)
        back.wait_for()
        page.wait_for_timeout(1500)  # what was asked before the click comes late
        expect(back).to_be_visible()
        leave(page, back)
        expect(page.locator(".js-plotly-plot")).to_have_count(10, timeout=60_000)
    assert console_errors == []
