"""A review of trees in the browser: by keys alone, beside another reviewer, and by mouse."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from app_page import new_page, serious_findings, show, switch_theme
from fiftyone_action100m import trees
from playwright.sync_api import expect
from real_shape import real_dataset
from tree_page import SEEK, click_node, open_tree, press_tree, state, wait_state

if TYPE_CHECKING:
    import fiftyone as fo
    import services
    from fiftyone_action100m import TreeOfCaptions
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
#: The captions that every node has.
FIELD = "plm_action"
#: How many nodes are reviewed by keys, and how many keys that may take: at three seconds for each
#: key, less than two minutes.
NODES, MOST_KEYS = 20, 35


@pytest.fixture
def videos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    """Three short videos with trees of few nodes."""
    made = real_dataset("test-review-browser", tmp_path_factory.mktemp("review"), leaves=6)
    made.persistent = True
    yield made
    made.delete()


@pytest.fixture
def panel(app: services.AppServer, window: Page, videos: fo.Dataset) -> Iterator[Locator]:
    """The first video with its tree; what a review keeps in the browser is forgotten in the end."""
    show(window, app.url(videos.name), videos.name)
    yield open_tree(window, app.url(videos.name))
    window.evaluate("localStorage.removeItem('action100m-tree')")


class Reviewer:
    """A person at the keyboard."""

    def __init__(self, panel: Locator, dataset: fo.Dataset) -> None:
        self.panel, self.dataset, self.keys = panel, dataset, 0

    @property
    def sample(self) -> str:
        return state(self.panel, "sample") or ""

    @property
    def node(self) -> str:
        return state(self.panel, "pinned") or ""

    @property
    def tree(self) -> TreeOfCaptions:
        self.dataset.reload()
        return trees(self.dataset[self.sample])

    def press(self, *keys: str) -> None:
        for key in keys:
            self.panel.page.keyboard.press(key)
            self.keys += 1

    def saved(self) -> None:
        wait_state(self.panel, "unsaved", "0")

    def judge(self, key: str) -> None:
        """Judges the node, and waits for the next one: of this video, or of another one."""
        before = wait_state(self.panel, "pinned", bool)
        self.press(key)
        wait_state(self.panel, "pinned", lambda node: node not in {None, before})
        # Another video is another panel, which takes the focus.
        self.panel.page.wait_for_function("document.activeElement?.classList.contains('a100')")

    def statuses(self) -> Counter[str]:
        """Returns how many nodes have each status, in all videos."""
        self.dataset.reload()
        reviews = [
            d.get_attribute_value("review", None) or {}
            for sample in self.dataset for d in sample[FIELD].detections
        ]  # fmt: skip
        return Counter(review["status"] for review in reviews if review.get("status"))

    def write_note(self, text: str) -> None:
        self.press("w")
        self.panel.get_by_label("Note").wait_for()
        self.panel.page.keyboard.type(text)
        self.press("Enter")
        self.panel.get_by_text(f"note: {text}").wait_for()
        self.saved()

    def pin(self, node: str) -> None:
        click_node(self.panel, node)
        wait_state(self.panel, "pinned", node)

    def support(self, node: str) -> list[int]:
        self.dataset.reload()
        detections = self.dataset[self.sample][FIELD].detections
        return next(list(d.support) for d in detections if d.node_id == node)


@contextmanager
def someone_else(panel: Locator, url: str, videos: fo.Dataset) -> Iterator[Reviewer]:
    """Opens the same video in another browser, and its tree for another reviewer."""
    browser = panel.page.context.browser
    assert browser is not None
    errors: list[str] = []
    page = new_page(browser, errors)
    settings = json.dumps({"review": True, "reviewer": "Ben", "reviewGoesOn": False})
    page.add_init_script(f"localStorage.setItem('action100m-tree', '{settings}')")
    page.goto(f"{url}?id={state(panel, 'sample')}")
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")
    press_tree(page)
    page.wait_for_selector("#modal .a100[data-nodes][data-frame]")
    yield Reviewer(page.locator("#modal .a100"), videos)
    page.context.close()
    assert errors == []


def review_beside(ana: Reviewer, ben: Reviewer) -> None:
    """What one of two people changes is shown to the other, and not overwritten."""
    assert ben.sample == ana.sample
    contested, before, seen = ana.node, ana.statuses(), int(state(ana.panel, "reviewed") or 0)
    ben.pin(contested)
    ben.press("r")
    ben.saved()
    ana.judge("a")
    other = ana.node
    ana.panel.get_by_text("Not saved").wait_for()
    said = ana.panel.get_by_role("alert").inner_text()
    assert "Ben" in said and "rejected" in said
    assert ana.statuses() == before + Counter(rejected=1)
    ana.panel.get_by_role("button", name="Take theirs").click()
    wait_state(ana.panel, "reviewed", str(seen + 1))

    # What Ben does elsewhere is shown with Ana's next change, and he cannot undo hers unseen.
    ben.pin(other)
    ben.press("r")
    ben.saved()
    ana.pin(contested)
    ana.judge("a")
    ana.saved()
    assert state(ana.panel, "reviewed") == str(seen + 2)
    ana.write_note("not this one")
    ben.press("Backspace")
    ben.panel.get_by_text("Not saved").wait_for()
    assert "Ana" in ben.panel.get_by_role("alert").inner_text()
    assert ana.statuses() == before + Counter(accepted=1, rejected=1)


def test_twenty_nodes_are_reviewed_by_keys_alone(
    app: services.AppServer, panel: Locator, videos: fo.Dataset
) -> None:
    ana = Reviewer(panel, videos)
    page = panel.page
    panel.focus()
    ana.press("a")  # does nothing before the review is on
    page.keyboard.press("v")
    page.keyboard.press("Escape")  # without a name, nobody reviews
    expect(panel.get_by_role("button", name="Review", exact=True, pressed=False)).to_be_visible()
    page.keyboard.press("v")
    page.keyboard.type("Ana")
    page.keyboard.press("Enter")
    page.keyboard.press("n")
    wait_state(panel, "pinned", bool)
    assert ana.statuses() == {}

    # One key for each node, also from the last one of a video to the next video.
    ana.keys, opened = 0, ana.sample
    for k in range(NODES - 3):
        ana.judge("r" if k % 5 == 4 else "a")
    assert ana.sample != opened
    ana.saved()
    assert ana.statuses() == {"accepted": 14, "rejected": 3}
    assert page.evaluate("document.activeElement.className") == "a100"

    # A text, a boundary and a note. What is folded and chosen stays when the tree is sent anew.
    panel.get_by_role("tab", name="Outline").click()
    panel.get_by_label("Unfold").select_option("1")
    rows = panel.get_by_role("treeitem").count()
    panel.focus()
    page.keyboard.press("]")
    fixed, chosen = ana.node, state(panel, "range")
    ana.press("t")
    panel.get_by_label("Field").wait_for()
    page.keyboard.type("knead it longer")
    # Who looks at something else meanwhile finds what was written again.
    box = panel.get_by_label("Text", exact=True)
    panel.focus()
    page.keyboard.press("ArrowUp")
    wait_state(panel, "pinned", lambda node: node != fixed)
    page.keyboard.press("t")
    expect(box).not_to_have_value("knead it longer")
    page.keyboard.press("Escape")
    ana.pin(fixed)
    page.keyboard.press("t")
    expect(box).to_have_value("knead it longer")
    ana.press("Enter")
    panel.get_by_role("treeitem").filter(has_text="knead it longer").wait_for()
    assert ana.node == fixed and chosen and state(panel, "range") == chosen
    assert panel.get_by_role("treeitem").count() == rows
    panel.get_by_role("button", name="Free the range").click()
    panel.get_by_role("tab", name="Card").click()
    panel.focus()
    assert "knead it longer" in ana.tree[fixed].texts.values()
    ana.press("n")
    moved, before = ana.node, ana.support(ana.node)
    ana.press("b", "ArrowLeft", "ArrowLeft")
    edge = page.evaluate("document.activeElement.dataset.edge")
    panel.get_by_text("−2 frames").wait_for()
    ana.press("Enter")
    ana.saved()
    after = ana.support(moved)
    place = 0 if edge == "start" else 1
    assert [b - a for a, b in zip(before, after, strict=True)] == [-2 * (place == 0), -2 * place]
    assert ana.tree.check() == []
    wait_state(panel, "pinned", moved)
    ana.press("n")
    ana.write_note("which bowl?")
    ana.judge("a")
    ana.saved()
    assert ana.statuses() == {"accepted": 15, "rejected": 3, "fixed": 2}
    assert ana.keys <= MOST_KEYS

    # A split, and the way back.
    nodes = len(ana.tree)
    wait_state(panel, "frame", str(ana.support(ana.node)[0]))
    ana.press("x")
    panel.get_by_text("to split it there").wait_for()
    page.keyboard.press("Escape")
    middle = (sum(ana.support(ana.node)) + 1) // 2
    page.evaluate(SEEK, {"frame": middle})
    wait_state(panel, "frame", str(middle))
    ana.press("x")
    wait_state(panel, "nodes", str(nodes + 1))
    ana.saved()
    assert len(ana.tree) == nodes + 1 and ana.tree.check() == []
    page.keyboard.press("Control+z")
    wait_state(panel, "nodes", str(nodes))
    page.keyboard.press("Control+Shift+z")
    wait_state(panel, "nodes", str(nodes + 1))
    page.keyboard.press("Control+z")
    wait_state(panel, "nodes", str(nodes))
    ana.saved()

    with someone_else(panel, app.url(videos.name), videos) as ben:
        review_beside(ana, ben)

    # A boundary by mouse, with the numbers in sight.
    ana.pin(moved)
    handle = panel.locator(f".a100-handle[data-edge={edge}]")
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 12, y, steps=3)
    shown = panel.locator(".a100-boundary-tip").inner_text()
    page.mouse.up()
    ana.saved()
    frame = int(shown.split()[1])
    assert frame < after[place] and ana.support(moved)[place] == frame - place
    assert ana.tree.check() == []

    # What axe-core finds of the bar, the editor and the card, in both themes.
    panel.focus()
    page.keyboard.press("t")
    field, blocks = panel.get_by_label("Field"), panel.locator(".a100-block[data-origin='']")
    expect(field.locator("option:checked")).to_have_text(FIELD)
    page.keyboard.press("Escape")
    root = ana.tree.root
    assert root is not None
    ana.pin(root.node_id)
    page.keyboard.press("t")
    expect(blocks.first).to_be_in_viewport()
    name = blocks.last.get_attribute("data-field")
    panel.get_by_role("button", name=f"Fix {name}", exact=True).click()
    expect(field.locator("option:checked")).to_have_text(str(name))
    page.keyboard.press("Escape")
    page.keyboard.press("t")  # the field that was chosen last
    expect(field.locator("option:checked")).to_have_text(str(name))
    for _ in range(2):
        assert serious_findings(page, "#modal .a100") == []
        switch_theme(page)
