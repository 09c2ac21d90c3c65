"""The Tree of Captions beside its video, in a real browser: what is drawn, followed and moved."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import fiftyone as fo
import numpy as np
import pytest
from app_page import choose, new_page
from fiftyone_action100m import trees
from fiftyone_action100m.core.cut import cut
from fiftyone_action100m.demo.layout import lay_out
from fiftyone_action100m.demo.palette import leaf_colours, leaves_of
from material import nearest_leaf
from PIL import Image
from playwright.sync_api import expect
from tree_page import SEEK, SIZE, click_node, open_tree, point_of, probe, state, wait_state

if TYPE_CHECKING:
    import services
    from fiftyone_action100m import Node, TreeOfCaptions
    from playwright.sync_api import Browser, Locator, Page, Request, Route

pytestmark = pytest.mark.browser
FIELD = "gpt_action_brief"
WALK = """(direction) => window.__foo__.executeOperator(
    "@action100m/explorer/walk_" + direction)"""

#: The mean colour of a part of a canvas, given by its corners.
MEAN = """(canvas, [x0, y0, x1, y1]) => {
    const context = canvas.getContext("2d"), sum = [0, 0, 0], [w, h] = [x1 - x0, y1 - y0];
    const {data} = context.getImageData(x0 + w / 10, y0 + h / 10, w * 0.8, h * 0.8);
    for (let i = 0; i < data.length; i += 1) if (i % 4 < 3) sum[i % 4] += data[i];
    return sum.map((of) => (4 * of) / data.length); }"""
TICK = """(fields) => new Promise((done) => window.__foo__.executeOperator(
    "@action100m/explorer/tick_fields", {fields}, {callback: () => done()}))"""


@pytest.fixture(scope="module")
def demo(
    rendered_demo: tuple[fo.Dataset, dict[str, Any]],
) -> Iterator[tuple[fo.Dataset, dict[str, Any]]]:
    """Two short demo videos and their records."""
    dataset = rendered_demo[0].clone("test-tree-browser", persistent=True)
    # Nothing over the video, whose colour is looked at.
    dataset.app_config.active_fields = fo.ActiveFields(paths=["tree_depth"])
    dataset.save()
    yield dataset, rendered_demo[1]
    dataset.delete()


@pytest.fixture(scope="module")
def errors() -> list[str]:
    return []


@pytest.fixture(scope="module")
def opened(
    app: services.AppServer, browser: Browser, errors: list[str],
    demo: tuple[fo.Dataset, dict[str, Any]],
) -> Iterator[Locator]:  # fmt: skip
    """The first video with its tree beside it."""
    page = new_page(browser, errors)
    yield open_tree(page, app.url(demo[0].name))
    page.context.close()


@pytest.fixture
def panel(opened: Locator, errors: list[str]) -> Iterator[Locator]:
    """The panel with nothing pinned, zoomed or searched; no script may have failed."""
    search = opened.get_by_label("Search the captions of this tree")
    search.fill("")
    wait_state(opened, "matches", "")
    opened.focus()
    for key in ("f", "0"):
        opened.page.keyboard.press(key)
    yield opened
    assert errors == []


@pytest.fixture
def sample(demo: tuple[fo.Dataset, dict[str, Any]], opened: Locator) -> fo.Sample:
    return demo[0][state(opened, "sample")]


@pytest.fixture
def tree(sample: fo.Sample) -> TreeOfCaptions:
    return trees(sample)


def support_of(sample: fo.Sample, node_id: str) -> list[int]:
    return next(d.support for d in sample.plm_action.detections if d.node_id == node_id)


def node_with_siblings(tree: TreeOfCaptions) -> Node:
    """A node with a parent, children and a sibling after it."""
    return next(
        n for n in tree if tree.parent(n.node_id) and tree.children(n.node_id)
        and tree.next_sibling(n.node_id) and n.texts.get(FIELD)
    )  # fmt: skip


def shown_leaf(page: Page, record: dict[str, Any]) -> str:
    """Returns the leaf whose colour the video on screen has."""
    looker = page.locator("#modal canvas[canvas-loaded=true]").first.bounding_box()
    assert looker is not None
    scale = min(looker["width"] / SIZE[0], looker["height"] / SIZE[1])
    left = looker["x"] + (looker["width"] - SIZE[0] * scale) / 2
    top = looker["y"] + (looker["height"] - SIZE[1] * scale) / 2
    x0, y0, x1, y1 = lay_out(SIZE).colour
    clip = {
        "x": left + (x0 + 2) * scale, "y": top + (y0 + 2) * scale,
        "width": (x1 - x0 - 4) * scale, "height": (y1 - y0 - 4) * scale,
    }  # fmt: skip
    picture = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    return nearest_leaf(np.asarray(picture).reshape(-1, 3).mean(axis=0), leaf_colours(record))


def top_of_video(page: Page) -> bytes:
    """Returns the picture of where FiftyOne draws its captions."""
    looker = page.locator("#modal canvas[canvas-loaded=true]").first.bounding_box()
    assert looker is not None
    return page.screenshot(clip={**looker, "height": looker["height"] / 2})


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """Waits until a condition holds."""
    for _ in range(600):
        if condition():
            return
        page.wait_for_timeout(100)
    raise AssertionError("This does not come to hold in a minute")


def test_the_tree_is_drawn_beside_the_video(panel: Locator, tree: TreeOfCaptions) -> None:
    assert state(panel, "nodes") == str(len(tree))
    assert state(panel, "drawn") == str(len(tree))
    place, video = panel.bounding_box(), panel.page.locator("#modal canvas").first.bounding_box()
    assert place and video and video["x"] + video["width"] <= place["x"] + 2
    rects = {n.node_id: probe(panel, "p.rect(x)", n.node_id) for n in tree}
    for node in tree:
        parent = tree.parent(node.node_id)
        if parent is not None:
            own, above = rects[node.node_id], rects[parent.node_id]
            assert own["y"] > above["y"]
            assert above["x"] - 1 <= own["x"] <= above["x"] + above["w"] + 1


def test_a_click_goes_to_the_first_frame_and_pins(
    panel: Locator, sample: fo.Sample, tree: TreeOfCaptions
) -> None:
    for node in [node_with_siblings(tree), tree.leaves()[-1]]:
        click_node(panel, node.node_id)
        assert wait_state(panel, "pinned", node.node_id)
        wait_state(panel, "frame", str(support_of(sample, node.node_id)[0]))
        frame = support_of(sample, node.node_id)[0]
        here = [n.node_id for n in tree if support_of(sample, n.node_id)[0] <= frame <=
                support_of(sample, n.node_id)[1]]  # fmt: skip
        assert sorted(probe(panel, "p.active()")) == sorted(here) and node.node_id in here
        label = node.texts.get(FIELD) or node.texts["plm_action"]
        assert panel.locator(".a100-title").inner_text() == label


def test_python_can_move_the_open_video(
    panel: Locator, sample: fo.Sample, errors: list[str]
) -> None:
    page = panel.page
    assert page.evaluate(SEEK, {"frame": 151, "sample_id": sample.id}) == ""
    wait_state(panel, "frame", "151")
    page.locator("#modal").get_by_text("0:06.00 / ").first.wait_for()
    assert "not a frame" in page.evaluate(SEEK, {"frame": 0})
    errors.clear()


@pytest.mark.slow
def test_the_leaf_named_is_the_one_on_the_video(
    panel: Locator, sample: fo.Sample, tree: TreeOfCaptions,
    demo: tuple[fo.Dataset, dict[str, Any]],
) -> None:  # fmt: skip
    page, record = panel.page, demo[1][sample.video_uid]
    leaves = [n["node_id"] for n in leaves_of(record)]
    asked: list[str] = []

    def note(request: Request) -> None:
        if "operators/execute" in request.url:
            asked.append(str(request.post_data)[:400])

    page.on("request", note)
    # Once the App has said that this is selected, it has said all that was selected before.
    click_node(panel, node_with_siblings(tree).node_id)
    wait_state(panel, "selected", node_with_siblings(tree).node_id)
    page.keyboard.press("f")
    page.evaluate(SEEK, {"frame": 1})
    wait_state(panel, "frame", "1")
    before_it: int | None = None
    while before_it != len(asked):  # what opening the panel has begun is asked for
        before_it = len(asked)
        page.wait_for_timeout(2000)
    asked.clear()
    page.keyboard.press("Space")
    seen = set()
    for _ in range(7):
        page.wait_for_timeout(500)
        before = state(panel, "active")
        shown = shown_leaf(page, record)
        # The screenshot is taken at some moment between the two, which lag on a busy machine.
        near = {leaves.index(str(before)), leaves.index(str(state(panel, "active")))}
        assert min(near) - 1 <= leaves.index(shown) <= max(near) + 1, (before, shown)
        seen.add(before)
    page.keyboard.press("Space")
    assert len(seen) >= 2
    assert not asked, "Python was asked while playing"
    # Standing still, the two are the same, on every leaf.
    for node_id in leaves[1:6]:
        page.evaluate(SEEK, {"frame": support_of(sample, node_id)[0]})
        wait_state(panel, "active", node_id)
        for _ in range(100):  # the player draws the frame a moment after it says so
            page.wait_for_timeout(100)
            if shown_leaf(page, record) == node_id:
                break
        assert shown_leaf(page, record) == node_id
        leaf = next(d for d in sample.plm_action.detections if d.node_id == node_id)
        assert panel.locator(".a100-title").inner_text() == leaf.label


def test_keys_walk_the_tree(panel: Locator, tree: TreeOfCaptions, sample: fo.Sample) -> None:
    page, start = panel.page, node_with_siblings(tree)
    shown_sample = state(panel, "sample")
    click_node(panel, start.node_id)
    after = tree.next_sibling(start.node_id)
    parent = tree.parent(start.node_id)
    assert after is not None and parent is not None
    for key, node in [("ArrowRight", after), ("ArrowLeft", start), ("ArrowUp", parent),
                      ("ArrowDown", tree.children(parent.node_id)[0])]:  # fmt: skip
        page.keyboard.press(key)
        wait_state(panel, "pinned", node.node_id)
        wait_state(panel, "frame", str(support_of(sample, node.node_id)[0]))
    assert state(panel, "sample") == shown_sample, "the App took the arrow keys"
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys")
    expect(keys.get_by_role("button", name="Close")).to_be_in_viewport()
    page.keyboard.press("ArrowUp")  # scrolls the list
    assert state(panel, "pinned") == tree.children(parent.node_id)[0].node_id
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert state(panel, "pinned") is None
    assert page.locator("#modal canvas").count(), "Escape closed the sample"


def test_captions_are_over_the_video_in_the_order_of_levels(
    panel: Locator, tree: TreeOfCaptions, sample: fo.Sample,
    demo: tuple[fo.Dataset, dict[str, Any]],
) -> None:  # fmt: skip
    page, leaf = panel.page, tree.leaves()[-1]
    page.evaluate(SEEK, {"frame": support_of(sample, leaf.node_id)[0]})
    wait_state(panel, "active", leaf.node_id)
    path = [n.texts.get(FIELD) or n.texts["plm_action"] for n in tree.path(leaf.node_id)]
    assert len(path) > 2
    lines = page.locator("#modal [data-cy=looker] .a100-overlay li")
    assert lines.all_inner_texts() == path
    levels = page.get_by_label("Levels of the captions over the video")
    levels.select_option("2")
    assert lines.all_inner_texts() == path[-2:]
    levels.select_option("0")
    # FiftyOne draws its own captions where ours are not.
    record = demo[1][sample.video_uid]
    wait_until(page, lambda: shown_leaf(page, record) == leaf.node_id)
    plain = top_of_video(page)
    page.evaluate(TICK, [FIELD, "plm_action"])
    for key, mode, is_plain in [("", "path", True), ("c", "off", False), ("c", "line", True)]:
        panel.focus()
        if key:
            page.keyboard.press(key)
        wait_state(panel, "overlay", mode)
        wait_until(page, lambda wanted=is_plain: (top_of_video(page) == plain) is wanted)
        shown = {"path": path, "off": [], "line": path[-1:]}[mode]
        assert lines.all_inner_texts() == shown
        assert page.locator("#modal .a100-now").text_content() == path[-1]
    assert json.loads(page.evaluate("localStorage.getItem('action100m-tree')"))["overlay"] == "line"
    page.evaluate(TICK, ["tree_depth"])
    page.get_by_role("button", name="Captions over the video: one line").click()
    wait_state(panel, "overlay", "path")


def test_pictures_are_of_their_moments(
    panel: Locator, tree: TreeOfCaptions, sample: fo.Sample,
    demo: tuple[fo.Dataset, dict[str, Any]],
) -> None:  # fmt: skip
    page, record = panel.page, demo[1][sample.video_uid]

    def leaf_in(canvas: Locator, box: list[float]) -> str:
        return nearest_leaf(np.array(canvas.evaluate(MEAN, box)), leaf_colours(record))

    leaf = tree.leaves()[2]
    page.mouse.move(*point_of(panel, leaf.node_id))
    tip = panel.locator("[role=tooltip]:popover-open canvas[data-picture=shown]")
    tip.wait_for()
    scale = float(tip.evaluate("(c) => c.width")) / SIZE[0]
    colour = [scale * x for x in lay_out(SIZE).colour]
    wait_until(page, lambda: leaf_in(tip, colour) == leaf.node_id)
    # The filmstrip has the pictures of its tiles: the first is of the first frame.
    film = panel.locator(".a100-film[data-missing='0'] canvas")
    film.wait_for()
    assert leaf_in(film, [58, 3, 68, 6]) == tree.leaves()[0].node_id
    # Under the mouse it has the picture of that very moment, larger, with its time.
    box, later = film.bounding_box(), tree.leaves()[-2]
    rect = probe(panel, "p.rect(x)", later.node_id)
    assert box is not None
    page.mouse.move(box["x"] + rect["x"] + rect["w"] - 3, box["y"] + box["height"] / 2)
    wait_until(page, lambda: tip.count() == 1 and leaf_in(tip, colour) == later.node_id)
    shown = panel.get_by_role("tooltip").filter(visible=True).first.inner_text().split("\n")
    assert shown[0].startswith("0:") and shown[1] in later.texts.values()
    before = film.screenshot()
    page.mouse.wheel(0, -600)
    wait_until(page, lambda: film.count() == 1 and film.screenshot() != before)
    panel.get_by_role("button", name="Fold the film strip").click()
    height = panel.locator("canvas.a100-over").evaluate("(c) => c.height")
    assert film.evaluate("(c) => c.height") < 20
    panel.get_by_role("button", name="Show the film strip").click()
    assert film.evaluate("(c) => c.height") > 20
    assert panel.locator("canvas.a100-over").evaluate("(c) => c.height") <= height


def test_the_outline_lists_the_tree_and_selects_like_the_timeline(
    panel: Locator, tree: TreeOfCaptions, sample: fo.Sample
) -> None:
    page, node, last = panel.page, node_with_siblings(tree), tree.leaves()[-1]
    outline = panel.get_by_role("tree")
    rows = outline.get_by_role("treeitem")

    def row(node_id: str) -> Locator:
        return outline.locator(f"[data-id='{node_id}']")

    # What was pinned before the outline is shown is in sight.
    click_node(panel, last.node_id)
    panel.get_by_role("tab", name="Outline").click()
    expect(row(last.node_id)).to_be_in_viewport()

    def name(of: Node) -> str:
        return of.texts.get(FIELD) or of.texts["plm_action"]

    # What the timeline has pinned, the outline has selected, and the other way round.
    click_node(panel, node.node_id)
    expect(row(node.node_id)).to_have_attribute("aria-selected", "true")
    parts = tree.children(node.node_id)
    row(parts[0].node_id).click()
    wait_state(panel, "pinned", parts[0].node_id)
    wait_state(panel, "frame", str(support_of(sample, parts[0].node_id)[0]))
    said = row(node.node_id).inner_text()
    assert name(node)[:40] in said and f"level {node.level}" in said
    assert re.search(r"\d:\d\d–\d:\d\d\s+[\d.]+ s", said), said
    expect(row(node.node_id)).to_have_attribute("aria-level", str(node.level + 1))
    # The keys of a tree: from row to row, to the whole, folded, and open again.
    expect(outline).to_have_attribute(
        "aria-activedescendant", str(row(parts[0].node_id).get_attribute("id"))
    )
    outline.focus()
    page.keyboard.press("ArrowUp")
    wait_state(panel, "pinned", node.node_id)
    page.keyboard.press("ArrowLeft")
    expect(row(node.node_id)).to_have_attribute("aria-expanded", "false")
    expect(row(parts[0].node_id)).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(row(node.node_id)).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowRight")
    wait_state(panel, "pinned", parts[0].node_id)
    page.keyboard.press("Home")
    wait_state(panel, "pinned", tree.roots[0].node_id)
    panel.get_by_label("Unfold").select_option("0")
    expect(rows).to_have_count(1)
    # Who pins a node below what is folded unfolds it; who lets go of it follows the video.
    click_node(panel, last.node_id)
    expect(row(last.node_id)).to_have_attribute("aria-selected", "true")
    expect(row(last.node_id)).to_be_in_viewport()
    panel.focus()
    page.keyboard.press("f")
    page.evaluate(SEEK, {"frame": support_of(sample, last.node_id)[0]})
    expect(row(last.node_id)).to_have_attribute("aria-current", "true")
    expect(row(last.node_id).locator("canvas")).to_have_attribute("data-picture", "shown")
    # A search marks what it has found, and what that is in.
    search = panel.get_by_label("Search the captions of this tree")
    search.fill(name(last))
    expect(row(last.node_id)).to_have_attribute("aria-description", "found")
    search.fill("")
    expect(row(last.node_id)).to_have_attribute("aria-description", "")
    panel.get_by_role("tab", name="Card").click()
    assert panel.locator(".a100-title").is_visible()


def test_zoom_and_the_way_back(panel: Locator, tree: TreeOfCaptions, sample: fo.Sample) -> None:
    page, node = panel.page, node_with_siblings(tree)
    page.mouse.dblclick(*point_of(panel, node.node_id))
    wait_state(panel, "zoomed", node.node_id)
    first, last = support_of(sample, node.node_id)
    start, end = probe(panel, "p.span()")
    assert start <= first - 1 and last <= end and end - start < 1.1 * (last - first + 1)
    assert int(state(panel, "drawn") or 0) < len(tree)
    way = panel.get_by_role("navigation", name="Zoom").get_by_role("button")
    if "…" in way.all_inner_texts():
        way.get_by_text("…", exact=True).click()
    crumbs = way.all_inner_texts()
    path = [n.texts.get(FIELD) or n.texts["plm_action"] for n in tree.path(node.node_id)]
    assert crumbs == ["Whole video", *path[1:]]
    panel.get_by_role("navigation", name="Zoom").get_by_role("button").first.click()
    assert probe(panel, "p.span()") == [0, sample.metadata.total_frame_count]
    box = panel.locator("canvas.a100-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.wheel(0, -600)
    page.wait_for_timeout(200)
    start, end = probe(panel, "p.span()")
    assert 0 < start < end < sample.metadata.total_frame_count
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 60, box["y"] + 40, steps=4)
    page.mouse.up()
    moved = probe(panel, "p.span()")
    assert moved[0] < start and moved[1] - moved[0] == pytest.approx(end - start)


#: Resolves once the frame is lower than it was: what is repeated has begun again.
BEGINS_AGAIN = """(root) => {
    const frame = Number(root.dataset.frame), before = root.before ?? 0;
    root.before = frame;
    return frame < before && frame; }"""


def test_a_range_is_dragged_on_the_ruler_repeated_and_freed(
    panel: Locator, tree: TreeOfCaptions, sample: fo.Sample
) -> None:
    page, node_id = panel.page, tree.leaves()[2].node_id
    assert state(panel, "range") == ""
    rect, box = (
        probe(panel, "p.rect(x)", node_id),
        panel.locator("canvas.a100-over").bounding_box(),
    )
    assert box is not None
    y, left, right = box["y"] + 8, box["x"] + rect["x"] + 3, box["x"] + rect["x"] + rect["w"] - 3
    page.mouse.move(right, y)
    page.mouse.down()
    page.mouse.move(left, y, steps=4)  # to the left: the range is the same
    page.mouse.up()
    first, last = (int(frame) for frame in (state(panel, "range") or "").split("-"))
    start, end = support_of(sample, node_id)
    assert start <= first < last <= end and last - first > (end - start) / 2
    assert probe(panel, "p.span()") == [0, sample.metadata.total_frame_count], "it was panned"
    assert panel.locator(".a100-flag").is_visible()

    page.keyboard.press("Enter")
    wait_state(panel, "frame", lambda value: first <= int(value or 0) <= last)
    handle = panel.element_handle()
    again = page.wait_for_function(BEGINS_AGAIN, arg=handle, polling=20).json_value()
    assert first <= again <= last
    page.keyboard.press("Escape")
    assert state(panel, "range") == ""
    wait_state(panel, "frame", lambda value: int(value or 0) > last + 5)
    page.keyboard.press("Space")

    # The range of the node that is repeated is drawn as well; keys choose one, too.
    click_node(panel, node_id)
    page.keyboard.press("l")
    wait_state(panel, "range", f"{start}-{end}")
    panel.get_by_role("button", name="Pause", exact=True).wait_for()  # it plays
    page.keyboard.press("Space")
    page.keyboard.press("Escape")
    wait_state(panel, "range", "")
    assert state(panel, "pinned") == node_id
    page.evaluate(SEEK, {"frame": 51})
    wait_state(panel, "frame", "51")
    page.keyboard.press("[")
    page.evaluate(SEEK, {"frame": 101})
    wait_state(panel, "frame", "101")
    page.keyboard.press("]")
    assert state(panel, "range") == "51-101"
    panel.get_by_role("button", name="Free the range").press("Enter")
    assert state(panel, "range") == ""
    # The button is gone, and the panel has the keys.
    page.wait_for_function("document.activeElement.classList.contains('a100')")


def test_levels_fold_and_the_minimap_moves_the_axis(
    panel: Locator, tree: TreeOfCaptions, demo: tuple[fo.Dataset, dict[str, Any]]
) -> None:
    page, frames, root = panel.page, probe(panel, "p.span()")[1], tree.root

    def kept() -> Any:
        """Returns which levels of which datasets the browser remembers as folded."""
        return json.loads(page.evaluate("localStorage.getItem('action100m-tree')"))["folded"]

    assert root is not None
    child = tree.children(root.node_id)[0]
    heights = [probe(panel, "p.rect(x)", n.node_id)["h"] for n in (root, child)]
    names = panel.get_by_role("group", name="Levels").get_by_role("button")
    assert names.all_inner_texts() == [str(level) for level in sorted({n.level for n in tree})]
    names.nth(1).click()
    folded = [probe(panel, "p.rect(x)", n.node_id)["h"] for n in (root, child)]
    assert folded[1] < heights[1] / 1.5 and folded[0] >= heights[0]
    assert names.nth(1).get_attribute("aria-expanded") == "false"
    assert kept() == {demo[0].name: [child.level]}
    pinned = state(panel, "pinned")
    page.keyboard.press("ArrowDown")  # to the name of the next level, not in the tree
    assert names.nth(2).evaluate("name => name === document.activeElement")
    assert state(panel, "pinned") == pinned
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    assert probe(panel, "p.rect(x)", child.node_id)["h"] == heights[1]
    assert kept() == {}

    window = panel.get_by_role("slider", name="The part of the video on screen")
    box = window.bounding_box()
    assert box is not None
    y, at = box["y"] + box["height"] / 2, lambda share: box["x"] + share * box["width"]
    for start, end in [(0.2, 0.6), (0.4, 0.5)]:  # another window, and that one further on
        page.mouse.move(at(start), y)
        page.mouse.down()
        page.mouse.move(at(end), y, steps=4)
        page.mouse.up()
    assert probe(panel, "p.span()") == pytest.approx([0.3 * frames, 0.7 * frames], abs=frames / 50)
    window.focus()
    page.keyboard.press("ArrowLeft")
    assert probe(panel, "p.span()") == pytest.approx([0.2 * frames, 0.6 * frames], abs=frames / 50)
    assert "0:0" in (window.get_attribute("aria-valuetext") or "")


def test_search_counts_and_steps(panel: Locator, tree: TreeOfCaptions) -> None:
    page = panel.page
    word = tree.leaves()[0].texts["plm_action"].split()[0]
    expected = [n for n in tree if any(word.lower() in text.lower() for text in n.texts.values())]
    expected.sort(key=lambda n: (n.start, n.level))
    page.evaluate(SEEK, {"frame": 1})
    wait_state(panel, "frame", "1")
    panel.focus()
    page.keyboard.press("/")
    page.keyboard.type(word)
    wait_state(panel, "matches", str(len(expected)))
    page.keyboard.press("Enter")
    wait_state(panel, "pinned", expected[0].node_id)
    assert panel.locator(".a100-matches").inner_text() == f"1 of {len(expected)}"
    panel.get_by_role("button", name="Next match").click()
    wait_state(panel, "pinned", expected[1].node_id)
    panel.get_by_role("button", name="Previous match").click()
    wait_state(panel, "pinned", expected[0].node_id)
    panel.get_by_label("Search the captions of this tree").fill("no such words anywhere")
    wait_state(panel, "matches", "0")
    assert panel.locator(".a100-matches").inner_text() == "none"


def test_the_slider_shows_the_cut(panel: Locator, tree: TreeOfCaptions, sample: fo.Sample) -> None:
    slider = panel.get_by_label("Granularity in seconds")
    for value in ("60", "120", "200"):
        slider.fill(value)
        said = panel.locator(".a100-cutbar output").inner_text()
        seconds = float(said.split()[1])
        nodes = cut(tree, seconds, sample.metadata.duration)
        assert probe(panel, "p.cut()") == [n.node_id for n in nodes]
        assert said == f"≤ {seconds:g} s: {len(nodes)} segment{'s' if len(nodes) != 1 else ''}"
    # Where the levels have to be scrolled, the cut stays in sight, and is clicked there.
    page, bands = panel.page, panel.locator(".a100-bands canvas")
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": size["width"], "height": 450})
    page.wait_for_function("""() => {
        const stage = document.querySelector("#modal .a100-stage");
        return stage.scrollHeight > stage.clientHeight + 20;
    }""")
    for node in (nodes[0], nodes[-1]):
        box, rect = bands.bounding_box(), probe(panel, "p.rect(x)", node.node_id)
        assert box is not None
        page.mouse.click(box["x"] + rect["x"] + rect["w"] / 2, box["y"] + 10)
        wait_state(panel, "pinned", node.node_id)
    page.set_viewport_size(size)


def test_selection_goes_both_ways(panel: Locator, tree: TreeOfCaptions) -> None:
    page, node = panel.page, node_with_siblings(tree)
    click_node(panel, node.node_id)
    wait_state(panel, "selected", node.node_id)
    assert page.locator("#modal [data-cy=action-manage-selected]").inner_text() == "1"
    # As an operator that walks does it; a click on a caption on the video ends in the same place.
    page.keyboard.press("Escape")
    assert state(panel, "pinned") is None
    choose(page, "Tree: parent")
    above = next(n for n in tree.ancestors(node.node_id) if n.texts.get(FIELD))
    wait_state(panel, "pinned", above.node_id)


def test_what_was_left_a_moment_ago_can_be_selected_again(
    panel: Locator, tree: TreeOfCaptions
) -> None:
    node = node_with_siblings(tree)
    above = next(n for n in tree.ancestors(node.node_id) if n.texts.get(FIELD))
    for chosen in (above, node):
        click_node(panel, chosen.node_id)
        wait_state(panel, "selected", chosen.node_id)
    panel.page.evaluate(WALK, "parent")
    wait_state(panel, "pinned", above.node_id)


def test_a_quick_walk_ends_where_it_ends(panel: Locator, tree: TreeOfCaptions) -> None:
    """What the App says of the nodes on the way comes late, and moves nothing."""
    page, start = panel.page, node_with_siblings(tree)
    click_node(panel, start.node_id)
    for key in ("ArrowRight", "ArrowLeft", "ArrowUp", "ArrowDown", "ArrowRight"):
        page.wait_for_timeout(300)  # long enough for each to be selected in the App
        page.keyboard.press(key)
    last = state(panel, "pinned")
    assert last is not None
    wait_state(panel, "selected", last)
    page.wait_for_timeout(2000)
    assert state(panel, "pinned") == last == state(panel, "selected")


def test_a_selection_under_way_is_forgotten_with_its_tree(
    panel: Locator, tree: TreeOfCaptions
) -> None:
    page, node_id, before = panel.page, node_with_siblings(tree).node_id, state(panel, "sample")
    held: list[Route] = []
    asked: list[str] = []

    def hold(route: Route) -> None:
        data = str(route.request.post_data)
        asked.append(data)
        if f'"node":"{node_id}"' in data and not held:
            held.append(route)
        else:
            route.continue_()

    page.route("**/operators/execute", hold)
    click_node(panel, node_id)
    while not held:
        page.wait_for_timeout(50)
    page.locator("[data-cy=nav-right-button]").click()
    wait_state(panel, "sample", lambda value: value not in (None, before))
    held[0].continue_()
    page.wait_for_timeout(1500)
    assert not [data for data in asked if '"node":null' in data]
    page.unroute("**/operators/execute")
    page.locator("[data-cy=nav-left-button]").click()
    wait_state(panel, "sample", before or "")


def test_another_sample_another_tree(
    panel: Locator, demo: tuple[fo.Dataset, dict[str, Any]]
) -> None:
    page, dataset = panel.page, demo[0]
    panel.get_by_label("Colour by").select_option("duration")
    level = panel.get_by_role("group", name="Levels").get_by_role("button").nth(1)
    level.click()
    before = state(panel, "sample")
    page.locator("[data-cy=nav-right-button]").click()
    wait_state(panel, "sample", lambda value: value not in (None, before))
    expect(level).to_have_attribute("aria-expanded", "false")
    level.click()
    sample = dataset[state(panel, "sample")]
    wait_state(panel, "drawn", str(len(trees(sample))))
    assert panel.get_by_label("Colour by").input_value() == "duration"
    kept = json.loads(page.evaluate("localStorage.getItem('action100m-tree')"))
    assert kept["colour"] == "duration"
    assert state(panel, "pinned") is None
    page.locator("[data-cy=nav-left-button]").click()
    wait_state(panel, "sample", before or "")


def test_another_datasets_tree_is_compared(
    panel: Locator, demo: tuple[fo.Dataset, dict[str, Any]], dataset_name: str
) -> None:
    page, dataset = panel.page, demo[0]
    coarse = dataset.clone(dataset_name)
    for sample in coarse:
        for name in trees(sample).texts:
            labels = [d for d in sample[name].detections if d.level < 3]
            sample[name] = fo.TemporalDetections(detections=labels)
        sample.save()
    row = panel.get_by_role("region", name="Comparison with another tree")
    assert not row.is_visible()
    panel.get_by_role("button", name="Compare", exact=True).click()
    choice = row.get_by_label("Compare with the dataset")
    choice.locator(f"option[value={dataset_name}]").wait_for(state="attached")
    choice.select_option(dataset_name)
    wait_state(panel, "compared", dataset_name)
    said = row.inner_text()
    assert "Boundaries: F1 0." in said and "within 0.5 s" in said
    assert " only here" in said and "0 only there" in said
    axis, drawn = panel.locator(".a100-stage canvas").first, row.locator("canvas")
    across, below = axis.bounding_box(), drawn.bounding_box()
    assert across and below
    assert (across["x"], across["width"]) == (below["x"], below["width"])
    before = drawn.screenshot()
    page.mouse.move(across["x"] + across["width"] / 2, across["y"] + 40)
    page.mouse.wheel(0, -600)  # zooms both
    while drawn.screenshot() == before:
        page.wait_for_timeout(50)
    drawn.hover(position={"x": below["width"] / 2, "y": 11})
    row.get_by_role("tooltip").get_by_text(f"{dataset_name}, level 0").wait_for()

    # The choice is of the dataset: the next video is compared with the same, and so is a new page.
    sample_id = state(panel, "sample")
    page.locator("[data-cy=nav-right-button]").click()
    wait_state(panel, "sample", lambda value: value not in (None, sample_id))
    wait_state(panel, "compared", dataset_name)
    kept = json.loads(page.evaluate("localStorage.getItem('action100m-tree')"))
    assert kept["compare"] == {dataset.name: dataset_name}
    row.get_by_role("button", name="Close").click()
    assert not row.is_visible() and state(panel, "compared") == ""
    assert json.loads(page.evaluate("localStorage.getItem('action100m-tree')"))["compare"] == {}
    page.locator("[data-cy=nav-left-button]").click()
    wait_state(panel, "sample", sample_id or "")
    assert not row.is_visible()
