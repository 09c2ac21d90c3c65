"""A view and a sample shown at once, slowly: the page lives, and opens what is meant."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from app_page import choose, execute, fill_first, late_answers, show, slow_page, thumbnails
from fiftyone_action100m import same_action, segments, trees
from playwright.sync_api import expect
from real_shape import real_dataset
from tree_page import click_node, state, wait_state

if TYPE_CHECKING:
    import fiftyone as fo
    import services
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
FIELD = "gpt_action_brief"
#: As the "+" does it: a tab over the video's.
OPEN_TREE = """() => new Promise((done) => window.__foo__.executeOperator("open_panel",
    {name: "tree_of_captions", isActive: true}, {callback: done}))"""
VIDEO = "#modal canvas[canvas-loaded=true]"
#: Whether a video of 4:3, drawn as wide as its tab, is on screen as a whole: left of the panel, and
#: neither its width nor its height is cut off.
WHOLE_VIDEO = """() => {
    const canvas = document.querySelector("#modal canvas[canvas-loaded=true]");
    const panel = document.querySelector("#modal .a100");
    if (canvas.getBoundingClientRect().right > panel.getBoundingClientRect().left) return false;
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const drawn = (x, y) => data[4 * (y * width + x) + 3] > 0;
    const count = (length, at) => Array.from({ length }, (_, k) => at(k)).filter(Boolean).length;
    const middle = [width >> 1, height >> 1];
    const columns = count(width, (x) => drawn(x, middle[1]));
    const rows = count(height, (y) => drawn(middle[0], y));
    return columns > width - 4 && Math.abs(rows - (width * 3) / 4) < 4;
}"""


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    # Few nodes: a grid of clips has a player for each.
    made = real_dataset("test-landing", tmp_path_factory.mktemp("landing"), leaves=6)
    yield made
    made.delete()


@pytest.fixture
def dataset(videos: fo.Dataset) -> fo.Dataset:
    """A copy, as the App server remembers each dataset's view; it goes with the tests' database."""
    return videos.clone(f"test-landing-{uuid.uuid4().hex[:8]}", persistent=True)


@pytest.fixture
def grid(app: services.AppServer, window: Page, dataset: fo.Dataset) -> Page:
    show(window, app.url(dataset.name), dataset.name)
    thumbnails(window, 3)
    return window


def as_clips(page: Page, dataset: fo.Dataset) -> int:
    count = dataset.count(f"{FIELD}.detections")
    form = choose(page, "Captions: show segments as clips")
    form.get_by_text(f"{count} segments in 3 videos").wait_for()
    execute(form)
    thumbnails(page, count, "clip")
    return count


def open_clip(page: Page, place: int) -> None:
    page.locator("[data-cy=looker]").nth(place).click()
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")


def at_frame(page: Page, frame: int) -> None:
    """Waits until the open video's player says the time of a frame, at 25 a second."""
    seconds = (frame - 1) / 25
    said = f"0:{int(seconds):02d}.{round(seconds * 100) % 100:02d} / 0:12.00"
    page.locator("#modal").get_by_text(re.compile(re.escape(said))).first.wait_for()


def lives(page: Page) -> None:
    """The page shows its grid and nothing of an error, and goes on doing so."""
    page.wait_for_timeout(700)
    assert page.get_by_text("not found").count() == 0
    assert page.locator("[data-cy=looker]").count()


@pytest.fixture
def late(grid: Page) -> Iterator[Page]:
    """The grid, where the server's answers arrive late."""
    with late_answers(grid):
        yield grid


@pytest.mark.slow
def test_a_clip_leads_to_its_video_at_that_segment(late: Page, dataset: fo.Dataset) -> None:
    grid = late
    count = as_clips(grid, dataset)
    # A clip that is selected leads to its video, as one that is open does.
    clip = segments(dataset, FIELD).skip(2).first()
    box = grid.locator("[data-cy=looker]").nth(2).locator("input[type=checkbox]")
    box.evaluate("e => e.click()")
    choose(grid, "Captions: back to the clips' videos")
    at_frame(grid, clip.support[0])
    wait_state(grid.locator("#modal .a100"), "pinned", clip[FIELD].node_id)
    lives(grid)
    thumbnails(grid, 1)
    # The sidebar has its groups again: the App makes one for captions that it finds in none.
    expect(grid.locator("[data-cy=sidebar-group-CAPTIONS]").first).to_be_visible()
    expect(grid.locator("[data-cy=sidebar-group-LABELS]")).to_have_count(0)
    selected = grid.locator("#modal [data-cy=action-manage-selected]")
    assert selected.inner_text() == "1"
    # The video is no clip: it is closed before these come back.
    choose(grid, "Dataset: back to the previous view")
    grid.locator("#modal canvas").first.wait_for(state="detached")
    thumbnails(grid, count, "clip")
    lives(grid)
    expect(grid.locator(".a100-grid-bar li")).to_have_count(2)  # it moves the grid down
    clip = segments(dataset, FIELD).skip(4).first()
    open_clip(grid, 4)
    choose(grid, "Tree: show path")
    form = grid.locator("[data-cy=operators-prompt-modal]")
    execute(form)
    at_frame(grid, clip.support[0])
    lives(grid)


def test_an_open_video_gives_way_to_clips(grid: Page, dataset: fo.Dataset) -> None:
    open_clip(grid, 1)
    form = choose(grid, "Captions: find the same action")
    fill_first(form, "whisk the mix")
    form.get_by_text("segments in 3 videos", exact=False).wait_for()
    with slow_page(grid):
        execute(form)
        grid.locator("#modal canvas").first.wait_for(state="detached")
        thumbnails(grid, len(same_action(dataset, "whisk the mix")), "clip")
        lives(grid)


def box(grid: Page, selector: str) -> dict[str, float]:
    """Returns where an element is; waits until it is there."""
    element = grid.locator(selector).first
    element.wait_for()
    found = element.bounding_box()
    assert found is not None
    return {**found, "right": found["x"] + found["width"], "bottom": found["y"] + found["height"]}


def put_tree(grid: Page, layout: str, where: str) -> Locator:
    """Presses a button of the layouts; returns the panel once the App has it there."""
    grid.locator(".a100").get_by_role("button", name=layout).click()
    panel = grid.locator(f"{where} .a100[data-nodes]")
    panel.get_by_role("button", name=layout, pressed=True).wait_for()
    return panel


def keys_are_for_the_tree(grid: Page) -> None:
    """Waits until the panel has the focus; the video takes it by a click, not under the mouse."""
    grid.wait_for_function("document.activeElement.closest('.a100')")
    video = box(grid, VIDEO)
    grid.mouse.move(video["x"] + 20, video["y"] + 20, steps=2)
    grid.wait_for_timeout(100)
    assert grid.evaluate("Boolean(document.activeElement.closest('.a100'))")
    grid.mouse.down()
    grid.wait_for_function("document.activeElement.matches('[data-cy=looker]')")
    grid.mouse.up()


def moves_about(grid: Page, panel: Locator) -> None:
    """Has the tree beside the video, under it, alone, and back; what is looked at stays."""
    pinned = state(panel, "pinned")
    panel.focus()
    grid.keyboard.press("z")
    zoomed = wait_state(panel, "zoomed", pinned or "")
    assert pinned and zoomed
    bar = panel.get_by_role("separator", name="Size of the details")
    bar.focus()
    share = bar.get_attribute("aria-valuenow")
    grid.keyboard.press("ArrowUp")
    assert int(bar.get_attribute("aria-valuenow") or 0) == int(share or 0) + 3
    panel = put_tree(grid, "Under the video", "#modal")
    wait_state(panel, "pinned", pinned)
    wait_state(panel, "zoomed", pinned)
    video, tree = box(grid, VIDEO), box(grid, "#modal .a100")
    assert video["bottom"] <= tree["y"] and tree["width"] > 1000  # the sidebar has made way
    lane, details = box(grid, "[data-slot=timeline]"), box(grid, "[data-slot=details]")
    assert lane["right"] <= details["x"]
    arrow = box(grid, "[data-cy=nav-right-button]")
    assert arrow["bottom"] < tree["y"]
    keys_are_for_the_tree(grid)
    panel = put_tree(grid, "Alone, in the grid", "body")
    grid.locator("#modal canvas").first.wait_for(state="detached")
    assert box(grid, ".a100")["width"] > 900
    panel = put_tree(grid, "Beside the video", "#modal")
    grid.wait_for_selector(VIDEO)
    grid.wait_for_function(
        """([video, tree]) => document.querySelector(video)?.getBoundingClientRect().right
            <= document.querySelector(tree)?.getBoundingClientRect().left + 2""",
        arg=[VIDEO, "#modal .a100"],
    )
    wait_state(panel, "pinned", pinned)
    wait_state(panel, "zoomed", pinned)
    keys_are_for_the_tree(grid)
    lives(grid)
    panel = put_tree(grid, "Alone, in the grid", "body")
    grid.locator("#modal canvas").first.wait_for(state="detached")
    panel.press("ArrowUp")  # a leaf has no children
    panel.get_by_role("button", name="Children").click()
    grid.locator("[data-cy=looker]").first.wait_for()  # the grid, which is changed, is in front
    grid.locator(".a100-grid-bar").get_by_role("button", name="Back", exact=True).click()
    grid.locator(".a100[data-nodes]").wait_for()  # and the tree is again
    assert not grid.locator("[data-cy=looker]").is_visible()


def test_a_tree_over_its_video_steps_aside_and_says_whose_actor_it_shows(
    app: services.AppServer, page: Page, dataset: fo.Dataset
) -> None:
    grid = page  # one of its own, as the App keeps where panels are
    show(grid, app.url(dataset.name), dataset.name)
    open_clip(grid, 0)
    grid.evaluate(OPEN_TREE)
    panel = grid.locator("#modal .a100")
    panel.locator(".a100-notice", has_text="covers the video").wait_for()
    grid.wait_for_timeout(3500)  # longer than it takes to say that there is none
    assert "no player" not in panel.inner_text()
    panel.get_by_role("button", name="Show both").click()
    grid.wait_for_selector("#modal canvas[canvas-loaded=true]")
    panel.get_by_role("button", name="Show both").wait_for(state="hidden")
    grid.wait_for_function(WHOLE_VIDEO)
    grid.wait_for_timeout(3500)
    assert [text for text in panel.locator(".a100-notice").all_inner_texts() if text] == []
    panel.get_by_role("button", name="Play", exact=False).first.wait_for()
    sample = dataset.first()
    tree = trees(sample)
    inner = next(
        tree.parent(n.node_id) for n in tree.leaves()
        if "gpt_action_actor" in tree.parent(n.node_id).texts
    )  # fmt: skip
    leaf = next(n for n in tree.children(inner.node_id) if tree.is_leaf(n.node_id))
    for node, own in ((inner, True), (leaf, False)):
        click_node(panel, node.node_id)
        wait_state(panel, "shown", node.node_id)
        # The leaf has no actor of its own: whose it is, is said.
        said = panel.locator(".a100-of").inner_text()
        of = "" if own else f" of the segment around it, level {inner.level}"
        assert said == f"Actor{of}: Cook on level {inner.level}"
        around = panel.locator(".a100-around")
        assert around.count() == (0 if own else 1)
        assert own or f"(level {inner.level})" in around.inner_text()
        # Each text that is not the node's own says so.
        blocks = panel.locator(".a100-block")
        for name, origin in blocks.evaluate_all(
            "all => all.map(e => [e.dataset.field, e.dataset.origin || ''])"
        ):
            assert (name in node.texts) == (origin == ""), (name, origin)
    moves_about(grid, panel)
