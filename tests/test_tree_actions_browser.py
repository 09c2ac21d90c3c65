"""What the tree panel's buttons do, on screen: repeat, copy, and views in the grid."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import fiftyone as fo
import pytest
from app_page import new_page, thumbnails
from fiftyone_action100m import Node, TreeOfCaptions, trees
from fiftyone_action100m.core.cut import cut
from fiftyone_action100m.views.walk import children
from tree_page import click_node, open_tree, press_tree, state, wait_state

if TYPE_CHECKING:
    import services
    from playwright.sync_api import Browser, Locator

pytestmark = pytest.mark.browser
FIELD = "gpt_action_brief"
RESET_VIEW = """() => new Promise((done) => window.__foo__.executeOperator(
    "set_view", {view: []}, {callback: done}))"""
#: The frames that the panel shows one after the other, until it has gone back twice.
FRAMES = """async (root, ms) => { const seen = [], end = performance.now() + ms; let back = 0;
    while (back < 2 && performance.now() < end) {
        const frame = Number(root.dataset.frame), last = seen[seen.length - 1];
        if (frame < last) back += 1;
        if (frame !== last) seen.push(frame);
        await new Promise(requestAnimationFrame); }
    return seen; }"""

SHOW_BESIDE = """() => new Promise((done) => window.__foo__.executeOperator(
    "@action100m/explorer/show_tree_beside", {}, {callback: () => done()}))"""


@pytest.fixture(scope="module")
def dataset(rendered_demo: tuple[fo.Dataset, dict[str, Any]]) -> Iterator[fo.Dataset]:
    """Two short demo videos."""
    made = rendered_demo[0].clone("test-tree-actions", persistent=True)
    yield made
    made.delete()


@pytest.fixture(scope="module")
def opened(
    app: services.AppServer, browser: Browser, dataset: fo.Dataset
) -> Iterator[tuple[Locator, list[str]]]:
    """The first video with its tree beside it, and what goes wrong in the browser."""
    errors: list[str] = []
    page = new_page(browser, errors)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield open_tree(page, app.url(dataset.name)), errors
    page.context.close()


@pytest.fixture
def panel(opened: tuple[Locator, list[str]]) -> Iterator[Locator]:
    """The panel with nothing pinned, searched or hidden; no script may fail."""
    found, errors = opened
    found.get_by_label("Search the captions of this tree").fill("")
    wait_state(found, "hidden", "")
    found.focus()
    found.page.keyboard.press("f")
    yield found
    found.page.evaluate(RESET_VIEW)
    assert errors == []


@pytest.fixture
def tree(panel: Locator, dataset: fo.Dataset) -> TreeOfCaptions:
    return trees(dataset[state(panel, "sample")])


def node_with_children(tree: TreeOfCaptions) -> Node:
    """A node below the root whose children all have an action."""
    return next(
        n for n in tree if tree.parent(n.node_id) and n.texts.get(FIELD)
        and len(tree.children(n.node_id)) > 1
    )  # fmt: skip


def is_filled(panel: Locator, node: Node) -> bool:
    """Whether a node is drawn as a box: whether there is anything near its rectangle's top."""
    found: bool = panel.evaluate(
        """(root, id) => { const at = root.action100m.rect(id), scale = devicePixelRatio;
        const draw = root.querySelector("canvas.a100-base").getContext("2d");
        const x = (at.x + at.w / 2) * scale, y = (at.y + 2) * scale;
        return draw.getImageData(x, y, 1, 1).data[3] > 0; }""",
        node.node_id,
    )
    return found


def press(panel: Locator, name: str) -> None:
    panel.get_by_role("button", name=name, exact=True).click()


def test_a_node_is_repeated_until_it_is_not(
    panel: Locator, tree: TreeOfCaptions, dataset: fo.Dataset
) -> None:
    leaf = min(tree.leaves()[1:-1], key=lambda n: n.duration)
    sample = dataset[state(panel, "sample")]
    first, last = next(d.support for d in sample.plm_action.detections if d.node_id == leaf.node_id)
    click_node(panel, leaf.node_id)
    wait_state(panel, "frame", str(first))
    press(panel, "Repeat this node")
    loop = panel.get_by_role("button", name="Repeat this node")
    assert loop.get_attribute("aria-pressed") == "true"
    wait_state(panel, "frame", lambda frame: int(frame or 0) > first)  # it plays
    seen = panel.evaluate(FRAMES, 10_000 + 4000 * leaf.duration)
    # A slow machine's player may be seen a moment after the end, before it goes back.
    assert first - 1 <= min(seen) and max(seen) <= last + 25, seen
    assert sum(after < before for before, after in pairwise(seen)) == 2, seen
    loop.click()
    assert loop.get_attribute("aria-pressed") == "false"
    wait_state(panel, "frame", lambda frame: int(frame or 0) > last + 25)
    press(panel, "Pause")  # what plays keeps the browser busy
    # So is the last one, at whose end the player stops by itself.
    leaf = tree.leaves()[-1]
    first, last = next(d.support for d in sample.plm_action.detections if d.node_id == leaf.node_id)
    assert last == sample.metadata.total_frame_count
    click_node(panel, leaf.node_id)
    wait_state(panel, "frame", str(first))
    press(panel, "Repeat this node")
    wait_state(panel, "frame", lambda frame: int(frame or 0) > (first + last) // 2)
    wait_state(panel, "frame", lambda frame: first <= int(frame or 0) < (first + last) // 2)
    wait_state(panel, "frame", lambda frame: int(frame or 0) > (first + last) // 2)
    press(panel, "Pause")
    loop.click()


def test_texts_are_copied(panel: Locator, tree: TreeOfCaptions) -> None:
    node = node_with_children(tree)
    click_node(panel, node.node_id)
    wait_state(panel, "selected", node.node_id)
    wait_state(panel, "shown", node.node_id)
    one = panel.get_by_role("button", name=f"Copy {FIELD}")
    one.click()
    panel.locator("[data-done]").wait_for()
    search = panel.get_by_label("Search the captions of this tree")
    search.focus()
    panel.page.keyboard.press("Control+V")
    assert search.input_value() == node.texts[FIELD]
    press(panel, "Copy")
    panel.locator(".a100-button[data-done]").wait_for()
    copied = panel.page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0].startswith(f"Level {node.level} ")
    assert f"{FIELD}: {node.texts[FIELD]}" in copied


@pytest.mark.slow
def test_the_cut_is_applied_to_the_grid(
    panel: Locator, tree: TreeOfCaptions, dataset: fo.Dataset
) -> None:
    panel.get_by_label("Granularity in seconds").fill("120")
    said = panel.locator(".a100-cutbar output").inner_text()
    press(panel, "Apply to grid")
    panel.page.get_by_text("segments").last.wait_for()
    duration = dataset[state(panel, "sample")].metadata.duration
    nodes = cut(tree, float(said.split()[1]), duration)
    shown = panel.page.locator("#modal [data-cy='sidebar-field-container-plm_action']").first
    count = str(len([n for n in nodes if n.texts.get("plm_action")]))
    shown.get_by_text(count, exact=True).first.wait_for()


def test_children_are_a_view(panel: Locator, tree: TreeOfCaptions, dataset: fo.Dataset) -> None:
    node = node_with_children(tree)
    click_node(panel, tree.leaves()[0].node_id)
    assert not panel.get_by_role("button", name="Children", exact=True).is_visible()
    click_node(panel, node.node_id)
    wait_state(panel, "selected", node.node_id)
    press(panel, "Children")
    panel.page.get_by_text("The children of “").first.wait_for()
    thumbnails(panel.page, 1)
    entry = panel.page.locator("#modal [data-cy='sidebar-field-container-plm_action']").first
    parts = tree.children(node.node_id)
    entry.get_by_text(str(len(parts)), exact=True).first.wait_for()
    # What the view hides is a thin line, and said, until all nodes are asked for.
    sample_id = str(state(panel, "sample"))
    kept = {n.node_id for n in trees(children(dataset, sample_id, node.node_id).first())}
    hidden = len(tree) - len(kept)
    wait_state(panel, "hidden", str(hidden))
    panel.get_by_text(f"{hidden} of {len(tree)} nodes are hidden by the view").wait_for()
    assert "hidden by the view" in panel.locator(".a100-card .a100-facts").inner_text()
    other = next(n for n in tree.leaves() if n.node_id not in kept)
    assert is_filled(panel, parts[0]) and not is_filled(panel, other)
    press(panel, "Show all")
    wait_state(panel, "hidden", "")
    assert is_filled(panel, other)
    press(panel, "Dim them again")
    wait_state(panel, "hidden", str(hidden))


def test_a_tree_that_does_not_come_is_opened_again(panel: Locator) -> None:
    """The App may lose a panel whose layout changes while it opens it."""
    page = panel.page
    panel = page.locator("#modal .a100[data-nodes]")  # not Search, which comes to the front
    page.locator("[data-cy=panel-tab-tree_of_captions] [title=Close]").click()
    panel.wait_for(state="detached")
    page.evaluate(SHOW_BESIDE)
    panel.wait_for()
    page.wait_for_function("document.activeElement?.matches('#modal .a100')")
    video = page.locator("#modal canvas[canvas-loaded=true]").first.bounding_box()
    tree = panel.bounding_box()
    assert video and tree and video["x"] + video["width"] <= tree["x"] + 2
    # Its button puts it where it was, among the panels beside the video, and it is as it was.
    page.evaluate(SHOW_BESIDE.replace("{}", "{panel: 'action100m_search'}"))
    page.locator("#modal .a100-finder").wait_for()
    page.locator("[data-cy=panel-tab-tree_of_captions]").click()
    panel.press("ArrowUp")
    panel.press("z")
    pinned = wait_state(panel, "pinned", bool)
    page.locator("[data-cy=panel-tab-tree_of_captions] [title=Close]").click()
    panel.wait_for(state="detached")
    press_tree(page)
    panel.wait_for()
    page.wait_for_function(
        "([panel, x]) => Math.abs(panel.getBoundingClientRect().x - x) < 2",
        arg=[panel.element_handle(), tree["x"]],
    )
    assert state(panel, "pinned") == pinned == state(panel, "zoomed")
    page.locator("[data-cy=panel-tab-action100m_search] [title=Close]").click()


def test_a_node_is_shown_as_a_clip(panel: Locator, tree: TreeOfCaptions) -> None:
    node = node_with_children(tree)
    click_node(panel, node.node_id)
    wait_state(panel, "selected", node.node_id)
    press(panel, "As clip")
    panel.page.get_by_text("1 clip by ").first.wait_for()
    thumbnails(panel.page, 1, "clip")
