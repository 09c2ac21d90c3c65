"""Operators from the menu to the screen: the same action, clips, gaps, check, tidy, compare."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from app_page import choose, execute, new_page, thumbnails
from fiftyone_action100m.views import check, gaps, granularity
from playwright.sync_api import expect
from subset import subset_dataset

if TYPE_CHECKING:
    import fiftyone as fo
    import services
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
ACTION, SUMMARY, DETAILED = "gpt_action_brief", "gpt_summary_brief", "gpt_summary_detailed"


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    """Three videos in the published subset's shape."""
    made = subset_dataset("test-operators-browser", folder=tmp_path_factory.mktemp("videos"))
    yield made
    made.delete()


@pytest.fixture
def dataset(videos: fo.Dataset, dataset_name: str) -> fo.Dataset:
    """A copy, as the App server remembers each data set's view."""
    return videos.clone(dataset_name, persistent=True)


@pytest.fixture(scope="module")
def errors() -> list[str]:
    return []


@pytest.fixture(scope="module")
def window(browser: Browser, errors: list[str]) -> Iterator[Page]:
    made = new_page(browser, errors)
    yield made
    made.context.close()


@pytest.fixture
def grid(
    app: services.AppServer, window: Page, dataset: fo.Dataset, errors: list[str]
) -> Iterator[Page]:
    """The data set's grid; nothing may have gone wrong in the browser."""
    window.goto(app.url(dataset.name))
    thumbnails(window, 3)
    yield window
    found = errors.copy()
    window.goto("about:blank")  # the App complains when the data set that it shows is deleted
    errors.clear()
    assert found == []


def captions(page: Page, field: str, count: int) -> list[str]:
    """Waits for as many captions of a field on the thumbnails; returns them."""
    tags = page.locator(f"[data-cy=tag-{field}]")
    tags.nth(count - 1).wait_for()
    texts = [text.split(" [")[0] for text in tags.all_inner_texts()]
    return [text for text in texts if not re.fullmatch(r"and \d+ more", text)]


def test_the_same_action_is_shown_as_clips(grid: Page) -> None:
    form = choose(grid, "Find the same action")
    form.get_by_role("textbox").first.fill("Do the step 1.")
    form.get_by_text("The whole action: do step 1").wait_for()
    form.get_by_text("3 segments in 3 videos", exact=False).wait_for()
    execute(form)
    thumbnails(grid, 3, "clip")
    assert set(captions(grid, ACTION, 3)) == {"do step 1"}


def test_segments_are_clips_and_videos_again(grid: Page, dataset: fo.Dataset) -> None:
    form = choose(grid, "Show segments as clips")
    count = dataset.count(f"{ACTION}.detections")
    form.get_by_text(f"{count} segments in 3 videos").wait_for()
    execute(form)
    thumbnails(grid, count, "clip")
    choose(grid, "Back to the clips' videos")
    thumbnails(grid, 3)
    expect(grid.locator("[data-cy=looker]")).to_have_count(3, timeout=60_000)


def test_gaps_are_the_segments_without_an_action(grid: Page, dataset: fo.Dataset) -> None:
    form = choose(grid, "Find gaps")
    seconds = form.get_by_role("spinbutton").last
    seconds.fill("0")
    view = gaps.missing(dataset, ACTION, SUMMARY, 0)
    lacking = view.count(f"{SUMMARY}.detections")
    form.get_by_text(f"{lacking} segments in {len(view)} videos without {ACTION}").wait_for()
    execute(form)
    thumbnails(grid, len(view))
    expected = view.values(f"{SUMMARY}.detections.label", unwind=True)
    grid.get_by_text(expected[0]).first.wait_for()
    assert set(captions(grid, SUMMARY, 1)) <= set(expected)


def test_a_check_downloads_its_report_and_tags(
    grid: Page, dataset: fo.Dataset, tmp_path: Path
) -> None:
    expected = check.check_trees(dataset)
    form = choose(grid, "Check trees")
    form.get_by_text("Checks 3 videos, all nodes of each").wait_for()
    with grid.expect_download() as download:
        execute(form)
    download.value.save_as(tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["faults"] == expected.faults > 0 and report["videos"] == 3
    grid.get_by_text(f"{expected.faults} faults").first.wait_for()
    dataset.reload()
    assert dataset.count_sample_tags()["check:outside-clip"] == 3
    grid.get_by_role("button", name="Done").click()
    tags = grid.locator("[data-cy=looker]").get_by_text("check:outside-clip")
    grid.locator("[data-cy=checkbox-tags]").first.click()
    tags.nth(2).wait_for()
    form = choose(grid, "Clear check tags")
    execute(form)
    grid.get_by_text("3 check tags removed").first.wait_for()
    assert dataset.count_sample_tags() == {}
    tags.first.wait_for(state="detached")


def test_tidying_leaves_one_caption_on_the_pictures(grid: Page) -> None:
    captions(grid, DETAILED, 1)  # before, all fields are active
    form = choose(grid, "Tidy the view")
    form.get_by_text("By level, from blue (coarse) to purple (fine)").wait_for()
    execute(form)
    grid.locator(f"[data-cy=tag-{DETAILED}]").first.wait_for(state="detached")
    assert captions(grid, ACTION, 3)
    form = choose(grid, "Tidy the view")
    form.get_by_text("Back to normal, as before the first change").click()
    execute(form)
    captions(grid, DETAILED, 1)


def test_two_time_scales_are_compared(grid: Page, dataset: fo.Dataset) -> None:
    form = choose(grid, "Compare granularities")
    numbers = form.get_by_role("spinbutton")
    numbers.nth(0).fill("4")
    numbers.nth(1).fill("1")
    execute(form)
    grid.get_by_text(f"{ACTION}: at most 4 s").first.wait_for()
    grid.get_by_text("do step 0", exact=False).first.wait_for(state="detached")  # a root
    coarse = granularity.cut(dataset, 4, [ACTION]).values(f"{ACTION}.detections.label", unwind=True)
    assert set(captions(grid, ACTION, 3)) <= set(coarse)
