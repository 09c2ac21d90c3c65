"""Operators from the menu to the screen, as a person uses them."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import fiftyone as fo
import pytest
from app_page import (
    choose,
    close_all,
    execute,
    expect_listed,
    fill_first,
    show,
    submit_button,
    thumbnails,
)
from fiftyone_action100m import find
from fiftyone_action100m.views import check, gaps, granularity
from fiftyone_action100m.views.hierarchy import trees
from playwright.sync_api import expect
from subset import subset_dataset

if TYPE_CHECKING:
    import services
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
RESET_VIEW = """() => new Promise((done) => window.__foo__.executeOperator(
    "set_view", {view: []}, {callback: done}))"""
TICK = """(fields) => new Promise((done) => window.__foo__.executeOperator(
    "set_active_fields", {fields}, {callback: done}))"""
ACTION, SUMMARY, DETAILED = "gpt_action_brief", "gpt_summary_brief", "gpt_summary_detailed"


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    """Three videos in the published subset's shape."""
    made = subset_dataset("test-operators-browser", folder=tmp_path_factory.mktemp("videos"))
    yield made
    made.delete()


@pytest.fixture(scope="module")
def dataset(videos: fo.Dataset) -> fo.Dataset:
    """A copy for the tests that only look at it; it goes with the tests' database."""
    return videos.clone(f"test-operators-{uuid.uuid4().hex[:8]}", persistent=True)


@pytest.fixture
def grid(app: services.AppServer, window: Page, dataset: fo.Dataset) -> Iterator[Page]:
    """The grid of the dataset that several tests look at, without a view."""
    if f"/datasets/{dataset.name}" not in window.url:
        show(window, app.url(dataset.name), dataset.name)
    thumbnails(window, 3)
    yield window
    close_all(window)
    window.evaluate(RESET_VIEW)


@pytest.fixture
def copy(videos: fo.Dataset) -> fo.Dataset:
    """A copy to change."""
    return videos.clone(f"test-operators-{uuid.uuid4().hex[:8]}", persistent=True)


@pytest.fixture
def own(app: services.AppServer, window: Page, copy: fo.Dataset) -> Page:
    """The grid of the copy."""
    show(window, app.url(copy.name), copy.name)
    thumbnails(window, 3)
    return window


def captions(page: Page, field: str, count: int) -> list[str]:
    """Waits for as many captions of a field on the thumbnails; returns them."""
    tags = page.locator(f"[data-cy=tag-{field}]")
    titles = "tags => tags.map(({title}) => title)"
    while len(found := tags.evaluate_all(titles)) < count:  # thumbnails may be drawn again
        page.wait_for_timeout(200)
    texts = [title.removeprefix(f"{field}: ").split(" [")[0] for title in found]
    return [text for text in texts if not re.fullmatch(r"and \d+ more", text)]


@pytest.mark.slow
def test_segments_are_clips_and_videos_again(grid: Page, dataset: fo.Dataset) -> None:
    form = choose(grid, "Captions: show segments as clips")
    count = dataset.count(f"{ACTION}.detections")
    form.get_by_text(f"{count} segments in 3 videos").wait_for()
    execute(form)
    thumbnails(grid, count, "clip")
    choose(grid, "Captions: back to the clips' videos")
    thumbnails(grid, 3)
    expect(grid.locator("[data-cy=looker]")).to_have_count(3, timeout=60_000)
    # The way is over the grid, whose thumbnails make room for it.
    bar = grid.locator(".a100-grid-bar")
    way = ["All 3", f"{count} clips", "The 3 videos of the clips"]
    expect(bar.get_by_role("listitem")).to_have_text(way, timeout=60_000)
    grid.wait_for_function("""() => {
        const [bar, first] = [".a100-grid-bar", "[data-cy=looker]"].map((each) =>
            document.querySelector(each)?.getBoundingClientRect());
        return bar && first && first.top >= bar.bottom; }""")
    bar.get_by_role("button", name="clips", exact=False).first.click()
    thumbnails(grid, count, "clip")
    bar.get_by_role("button", name="All 3").click()
    thumbnails(grid, 3)
    bar.wait_for(state="hidden")


def test_gaps_are_the_segments_without_an_action(grid: Page, dataset: fo.Dataset) -> None:
    form = choose(grid, "Captions: find gaps")
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


def test_two_time_scales_are_compared(grid: Page, dataset: fo.Dataset) -> None:
    form = choose(grid, "Tree: compare granularities")
    numbers = form.get_by_role("spinbutton")
    numbers.nth(0).fill("4")
    numbers.nth(1).fill("1")
    execute(form)
    grid.get_by_text(f"{ACTION}: at most 4 s").first.wait_for()
    grid.get_by_text("do step 0", exact=False).first.wait_for(state="detached")  # a root
    coarse = granularity.cut(dataset, 4, [ACTION]).values(f"{ACTION}.detections.label", unwind=True)
    assert set(captions(grid, ACTION, 3)) <= set(coarse)


def test_a_cut_changes_what_the_grid_shows(grid: Page, dataset: fo.Dataset) -> None:
    total = dataset.count(f"{SUMMARY}.detections")
    grid.evaluate(TICK, [SUMMARY])  # the form takes what is ticked; an earlier test ticked more
    shown = grid.locator(f"[data-cy=tag-{SUMMARY}]")
    shown.nth(3).wait_for(state="attached")  # each thumbnail has several captions
    grid.get_by_text("A person does aa-1.").first.wait_for(state="attached")
    form = choose(grid, "Tree: granularity by time scale")
    form.get_by_text("3 segments in 3 videos").wait_for()
    slider = form.get_by_role("slider").first
    slider.focus()
    slider.press("Home")
    leaves = granularity.cut(dataset, 0, [SUMMARY]).count(f"{SUMMARY}.detections")
    form.get_by_text(f"{leaves} segments in 3 videos").wait_for()
    slider.press("End")
    form.get_by_text("3 segments in 3 videos").wait_for()
    submit_button(form).click()
    assert 3 < leaves < total
    grid.get_by_text("A person does aa-1.").first.wait_for(state="detached")
    shown.nth(2).wait_for()
    assert [text.split(" [")[0] for text in shown.all_inner_texts()] == [
        f"A person does {uid}-0." for uid in ("aa", "bb", "cc")
    ]


def test_a_phrase_is_found_and_only_its_branch_is_shown(grid: Page, dataset: fo.Dataset) -> None:
    deep = max(dataset.first()[SUMMARY].detections, key=lambda d: d.level)
    found = find(dataset, f'"{deep.label}"', keep="ancestors")
    branch = found.count(f"{SUMMARY}.detections")
    assert branch == deep.level + 1 > 2
    form = choose(grid, "Captions: find")
    fill_first(form, f'"{deep.label}"')
    form.get_by_text("1 caption in 1 video").wait_for()
    form.get_by_text("Also the path from the root to each").click()
    execute(form)
    grid.get_by_text("1 sample", exact=True).wait_for()
    expect(grid.locator("[data-cy=looker]")).to_have_count(1, timeout=60_000)
    open_sample(grid, 0)
    entry = grid.locator(f"#modal [data-cy='sidebar-field-container-{SUMMARY}']").first
    entry.get_by_text(str(branch), exact=True).wait_for()


def test_an_export_writes_what_is_chosen(grid: Page, tmp_path: Path) -> None:
    form = choose(grid, "Dataset: export")
    form.get_by_text("3 videos as Action100M's Parquet").wait_for()
    assert form.get_by_text("FAIR Noncommercial Research License").count()
    form.get_by_role("combobox").first.click()
    grid.get_by_role("option", name="ELAN").click()
    form.get_by_text("3 videos as ELAN").wait_for()
    form.get_by_role("textbox").first.fill(str(tmp_path / "out"))
    execute(form)
    grid.get_by_text("3 of 3 videos").first.wait_for()
    assert len(list((tmp_path / "out").glob("*.eaf"))) == 3


def test_a_check_downloads_its_report_and_tags(own: Page, copy: fo.Dataset, tmp_path: Path) -> None:
    expected = check.check_trees(copy)
    form = choose(own, "Dataset: check trees")
    form.get_by_text("Checks 3 videos, all nodes of each").wait_for()
    with own.expect_download() as download:
        execute(form)
    download.value.save_as(tmp_path / "report.json")
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["faults"] == expected.faults > 0 and report["videos"] == 3
    own.get_by_text(f"{expected.faults} faults").first.wait_for()
    copy.reload()
    assert copy.count_sample_tags()["check:outside-clip"] == 3
    own.locator("[data-cy=operators-prompt-view-modal]").wait_for(state="detached")
    tags = own.locator("[data-cy=looker]").get_by_text("check:outside-clip")
    own.locator("[data-cy=checkbox-tags]").first.click()
    tags.nth(2).wait_for()
    form = choose(own, "Dataset: clear check tags")
    execute(form)
    own.get_by_text("3 check tags removed").first.wait_for()
    assert copy.count_sample_tags() == {}
    tags.first.wait_for(state="detached")


def test_tidying_leaves_one_caption_on_the_pictures(own: Page) -> None:
    captions(own, DETAILED, 1)  # before, all fields are active
    form = choose(own, "Captions: tidy the view")
    form.get_by_text("By level, from blue (coarse) to purple (fine)").wait_for()
    execute(form)
    own.locator(f"[data-cy=tag-{DETAILED}]").first.wait_for(state="detached")
    assert captions(own, ACTION, 3)
    expect(own.locator("[data-cy=tag-title]")).to_have_count(3, timeout=60_000)
    texts = own.locator("[data-cy^=tag-]:visible").all_inner_texts()
    assert len([text for text in texts if re.fullmatch(r"\d+:\d\d", text)]) == 3
    assert not [text for text in texts if re.search(r"\[\d+, \d+\]", text)]
    form = choose(own, "Captions: tidy the view")
    form.get_by_text("Back to normal, as before the first change").click()
    execute(form)
    captions(own, DETAILED, 1)


def open_sample(page: Page, place: int) -> None:
    page.locator("[data-cy=looker]").nth(place).click()
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")


def player_time(page: Page) -> Locator:
    """Where the player says it is, and how long the video lasts."""
    return page.locator("#modal").get_by_role("button", name="Showing elapsed time")


def begins_at(sample: fo.Sample, node_id: str) -> re.Pattern[str]:
    """What the player says on the first frame of a node."""
    first = next(d.support[0] for d in sample[SUMMARY].detections if d.node_id == node_id)
    seconds = (first - 1) / sample.metadata.frame_rate
    return re.compile(rf"^0?0:{int(seconds):02d}\.{int(seconds * 100 + 1e-6) % 100:02d} ")


def test_the_selection_walks(app: services.AppServer, window: Page, copy: fo.Dataset) -> None:
    copy.app_config.active_fields = fo.ActiveFields(paths=[SUMMARY])
    copy.save()
    samples = list(copy)
    place = next(
        k for k, s in enumerate(samples) if len(trees(s).children(f"{s.title[7:]}-0")) == 2
    )
    tree = trees(samples[place])
    root = tree.root
    assert root is not None
    first, second = tree.children(root.node_id)
    show(window, app.url(copy.name), copy.name)
    thumbnails(window, 3)
    shows = ["open beside the video", "granularity by level", "granularity by time scale"]
    shows = [f"Tree: {each}" for each in [*shows, "compare granularities"]]
    expect_listed(window, "Tree: ", shows)  # what needs an open video is not
    open_sample(window, place)
    # Each move starts from what the App has selected, so it shows where the one before led.
    moves = [
        ("Tree: root", root), ("Tree: first child", first), ("Tree: next sibling", second),
        ("Tree: parent", root), ("Tree: first child", first),
    ]  # fmt: skip
    for label, node in moves:
        # Not the caption on a thumbnail.
        notice = window.locator(f":text-is('{node.texts[SUMMARY]}'):not([data-cy])")
        notice.first.wait_for(state="detached")  # an earlier move's
        if label in ("Tree: parent", "Tree: first child"):  # also a button over the video
            window.get_by_text(label.removeprefix("Tree: ").capitalize(), exact=True).click()
        else:
            choose(window, label)
        notice.first.wait_for()
        expect(player_time(window)).to_have_text(
            begins_at(samples[place], node.node_id), timeout=60_000
        )
    labels = window.locator("#modal [data-cy='sidebar-group-LABELS']")
    assert labels.inner_text().split() == ["1"]  # selected
