"""The overview in a browser: it opens, a click on a bar filters the grid, and Back leads back."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from app_page import late_answers, show
from fiftyone_action100m.views.hierarchy import find_hierarchy
from fiftyone_action100m.views.overview import count_nodes, count_videos
from playwright.sync_api import TimeoutError, expect
from real_shape import real_dataset

if TYPE_CHECKING:
    from pathlib import Path

    import fiftyone as fo
    import services
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


def open_overview(page: Page) -> None:
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
    for _ in range(5):
        with suppress(TimeoutError):
            if back.count():
                back.click(timeout=30_000)
            back.wait_for(state="detached", timeout=30_000)
            return
        page.wait_for_timeout(1000)
    raise AssertionError("Back does not lead back")


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
    back = page.get_by_role("button", name="Back", exact=True)
    leave(page, back)
    page.get_by_text("3 samples").first.wait_for()
    # Words are clicked where views and counts arrive late: a view is another one when it does.
    with late_answers(page):
        expect(page.locator(".js-plotly-plot")).to_have_count(10, timeout=60_000)
        shown = page.locator("p", has_text=re.compile("^Showing .*the verb")).first
        click_until(page, "Verbs and their objects", shown)
        back.wait_for()
        page.wait_for_timeout(1500)  # what was asked before the click comes late
        expect(back).to_be_visible()
    leave(page, back)
