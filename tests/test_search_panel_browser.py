"""The Search panel in a real browser: from words to the segment, by keys, and what is hostile."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import fiftyone as fo
import pytest
from app_page import serious_findings, show, slow_page
from browser_fixtures import shared_browser
from fiftyone_action100m import delete_index, index, segments
from small_models import small_model
from subset import subset_dataset
from tree_page import wait_state

if TYPE_CHECKING:
    from pathlib import Path

    import services
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
BRIEF, PLM = "gpt_action_brief", "plm_action"
RUN = """([uri, params]) => new Promise((done) => window.__foo__.executeOperator(uri, params,
    {callback: (result) => done(String(result?.error || "")), skipErrorNotification: true}))"""
OPEN = "@action100m/explorer/open_search"
#: Has the page note the texts that an element has from now on.
NOTE_TEXTS = """(element) => { window.__said = [];
    new MutationObserver(() => window.__said.push(element.innerText))
        .observe(element, {childList: true, subtree: true}); }"""
#: Captions that would do harm, or look wrong, as anything but text.
HOSTILE = (
    "<img src=x onerror=\"window.__harm='img'\"> zebra",
    "</script><script>window.__harm='script'</script> zebra",
    "\u202eاعجن العجين zebra",
    "🧑‍🍳🍞 zebra " + "long " * 5000,
)


def wait_answer(finder: Locator, text: str) -> None:
    """Waits until the panel shows the answer to a text."""
    wait_state(finder, "query", text)
    wait_state(finder, "state", "shown")


def type_in(finder: Locator, text: str) -> None:
    """Types a text in place of what is in the box, and waits for the answer."""
    finder.get_by_label("Search the captions").fill(text)
    wait_answer(finder, text)


def captions(finder: Locator) -> list[str]:
    """Returns the captions of the rows."""
    return finder.locator(".a100-caption").all_inner_texts()


@pytest.fixture(scope="module")
def demo(
    rendered_demo: tuple[fo.Dataset, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> fo.Dataset:
    """Two short demo videos, indexed by a small model to which *whisk* is *beat*."""
    made = rendered_demo[0].clone(f"test-search-{uuid.uuid4().hex[:8]}", persistent=True)
    model = small_model(tmp_path_factory.mktemp("models") / "small")
    index(made, [BRIEF, PLM], encoder=str(model))
    return made


@pytest.mark.slow
def test_from_the_grid_to_the_segment(
    window: Page, app: services.AppServer, demo: fo.Dataset
) -> None:
    show(window, app.url(demo.name), demo.name)
    last = demo.first()[PLM].detections[-1]
    words, (first_frame, last_frame) = last.label, last.support

    def inside(frame: str | None) -> bool:
        return first_frame < int(frame or 0) <= last_frame

    with slow_page(window):
        # Three actions: press the button, type, Shift+Enter, which need not wait for the answer.
        window.get_by_text("Search", exact=True).first.click()
        finder = window.locator(".a100-finder")
        wait_state(finder, "state", "idle")
        window.wait_for_function("() => document.activeElement?.matches('.a100-finder input')")
        window.keyboard.type(words)
        window.keyboard.press("Shift+Enter")
        tree = window.locator("#modal .a100[data-nodes]")
        window.locator(f"#modal .a100[data-pinned='{last.node_id}']").wait_for()
        # It plays: it is inside, and moves on.
        frame = wait_state(tree, "frame", inside)
        wait_state(tree, "frame", lambda now: inside(now) and now != frame)
    first = finder.locator(".a100-row").first
    assert captions(finder)[0] == words and first.locator("mark").count()
    assert first.get_attribute("data-node") == last.node_id
    tree.locator("button[aria-label^='Repeat this node'][aria-pressed=true]").wait_for()
    window.locator("#modal canvas[canvas-loaded=true]").first.wait_for()
    assert tree.get_by_label("Search the captions of this tree").input_value() == words
    tree.locator(".a100-matches", has_text=" of ").wait_for()
    # Keys are for the tree, not for the box that the video covers.
    window.wait_for_function("document.activeElement.matches('#modal .a100[data-nodes]')")
    window.evaluate(RUN, ["close_sample", {}])
    window.locator("#modal canvas").first.wait_for(state="detached")

    # The box has the keys again and has kept its text, and the row a picture of the segment.
    window.wait_for_function("document.activeElement.matches('.a100-finder input')")
    assert finder.get_by_label("Search the captions").input_value() == words
    finder.locator("canvas[data-picture=shown]").first.wait_for()
    # The text opens the video without playing it, the picture plays.
    first.locator(".a100-caption").click()
    wait_state(tree, "pinned", last.node_id)
    tree.locator("button[aria-label^='Repeat this node'][aria-pressed=false]").wait_for()
    window.evaluate(RUN, ["close_sample", {}])
    window.locator("#modal canvas").first.wait_for(state="detached")
    first.get_by_role("button", name="Play this segment").click()
    tree.locator("button[aria-label^='Repeat this node'][aria-pressed=true]").wait_for()
    wait_state(tree, "frame", inside)
    window.evaluate(RUN, ["close_sample", {}])
    window.locator("#modal canvas").first.wait_for(state="detached")
    # To the grid, to clips, and back along the breadcrumb, with what was ticked.
    trail = window.locator(".a100-grid-bar")
    trail.wait_for(state="hidden")
    finder.get_by_role("button", name="Show in grid").click()
    steps = trail.get_by_role("listitem")
    steps.nth(1).wait_for()
    assert steps.all_inner_texts() == [f"All {len(demo)}", f"“{words}”"]
    finder.get_by_role("button", name="As clips").click()
    steps.nth(2).wait_for()
    assert re.fullmatch(r"\d+ clips?", steps.nth(2).inner_text())
    counts = window.locator("[data-cy=entry-counts]")
    counts.get_by_text(re.compile(r"^\d+ clips?$")).first.wait_for()
    steps.nth(1).get_by_role("button").click()
    steps.nth(2).wait_for(state="detached")
    window.get_by_text(re.compile(r"^\d samples?$")).first.wait_for()
    steps.nth(0).get_by_role("button").click()
    trail.wait_for(state="hidden")
    window.get_by_text(f"{len(demo)} samples", exact=True).first.wait_for()
    # By keys.
    box = finder.get_by_label("Search the captions")
    box.focus()
    window.keyboard.press("Escape")
    wait_state(finder, "state", "idle")
    assert box.input_value() == "" and finder.locator(".a100-row").count() == 0
    type_in(finder, "the")
    rows = finder.locator(".a100-row")
    window.keyboard.press("ArrowDown")
    window.keyboard.press("ArrowDown")
    window.keyboard.press("ArrowUp")
    selected = finder.locator("[aria-selected=true]")
    assert selected.count() == 1
    assert selected.get_attribute("id") == rows.first.get_attribute("id")
    assert box.get_attribute("aria-activedescendant") == rows.first.get_attribute("id")
    # Nowhere, and what is no sensible query.
    finder.get_by_role("button", name="words", exact=True).click()
    for text in ("<b>x</b>", "(a+)+$", '"', "\\", "qqqq $where zzzz"):
        type_in(finder, text)
    assert rows.count() == 0
    assert finder.get_by_text("No caption has these words.").count() == 1
    finder.get_by_role("button", name="both", exact=True).click()
    type_in(finder, "qqqq zzzz")
    finder.get_by_text("they are the nearest in meaning").wait_for()
    # Filters that leave nothing say so.
    finder.get_by_role("button", name="Filters", exact=True).click()
    finder.get_by_label("Lowest level").fill("90")
    finder.get_by_text("Nothing found").wait_for()
    finder.locator(".a100-hint").get_by_role("button", name="Clear the filters").click()
    rows.first.wait_for()
    window.evaluate(RUN, ["close_panel", {"name": "action100m_search"}])
    finder.wait_for(state="detached")


def large_video(path: Path, nodes: int = 917) -> fo.Sample:
    """Returns the sample of a video that is not there, with a tree of so many nodes."""
    labels = [
        fo.TemporalDetection(
            label=f"slice zebra {k}" if k else "whole zebra",
            support=[k or 1, k or nodes],
            node_id=f"n{k}",
            parent_id="n0" if k else None,
            level=int(k > 0),
            tier="leaf" if k else "root",
        )
        for k in range(nodes)
    ]
    metadata = fo.VideoMetadata(
        frame_width=64,
        frame_height=48,
        frame_rate=25.0,
        total_frame_count=nodes,
        duration=nodes / 25,
    )
    found = {BRIEF: fo.TemporalDetections(detections=labels)}
    return fo.Sample(filepath=str(path), metadata=metadata, title="<i>Large</i>", **found)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    """Two videos in the published subset's shape with hostile captions, and one that is missing."""
    folder = tmp_path_factory.mktemp("videos")
    name = f"test-search-{uuid.uuid4().hex[:8]}"
    made = subset_dataset(name, videos=2, folder=folder)
    sample = made.first()
    for detection, text in zip(sample[BRIEF].detections[1:], HOSTILE, strict=False):
        detection.label = text
    sample.save()
    made.add_sample(large_video(folder / "missing.mp4"))
    yield made
    made.delete()


def test_hostile_captions_without_an_index(
    window: Page, app: services.AppServer, hostile: fo.Dataset
) -> None:
    page = window
    show(page, app.url(hostile.name), hostile.name)
    assert page.evaluate(RUN, [OPEN, {}]) == ""
    finder = page.locator(".a100-finder")
    finder.get_by_role("button", name="Index the captions").wait_for()
    type_in(finder, "zebra")
    finder.get_by_text("and more", exact=False).wait_for()
    assert "917" not in finder.locator(".a100-count").inner_text()
    finder.get_by_role("button", name="More").click()
    finder.get_by_text("401 segments").or_(finder.get_by_text("400 segments")).wait_for()
    type_in(finder, "zebra")
    finder.get_by_label("Order").select_option("video")
    assert finder.get_by_text("<i>Large</i>").count() == 1
    finder.locator("canvas[data-picture=missing]").first.wait_for()
    for text in HOSTILE:
        type_in(finder, text[:40])
        assert page.evaluate("() => window.__harm") is None
    type_in(finder, "zebra img")
    assert captions(finder) == [HOSTILE[0]]
    assert finder.locator("mark").all_inner_texts() == ["img", "img", "zebra"]
    # A view of clips: its own captions are searched, and a row opens the video.
    clips = segments(hostile, BRIEF)
    page.evaluate(RUN, ["set_view", {"view": clips._serialize()}])
    counts = page.locator("[data-cy=entry-counts]")
    counts.get_by_text(re.compile(r"^\d+ clips$")).first.wait_for()
    type_in(finder, "script zebra")
    finder.locator(".a100-row .a100-caption").first.click()
    tree = page.locator("#modal .a100[data-nodes]")
    node = hostile.first()[BRIEF].detections[2].node_id
    wait_state(tree, "shown", node)
    assert page.evaluate("() => window.__harm") is None
    missed = [error for error in shared_browser.errors if "404" in error]  # the missing video
    assert missed == shared_browser.errors
    shared_browser.errors.clear()


def test_an_index_is_made_and_updated(
    window: Page, app: services.AppServer, demo: fo.Dataset, app_minilm: Path
) -> None:
    model = small_model(app_minilm)
    model.joinpath("onnx", "model.onnx").rename(model / "model.onnx")
    delete_index(demo)
    show(window, app.url(demo.name), demo.name)
    assert window.evaluate(RUN, [OPEN, {}]) == ""
    finder = window.locator(".a100-finder")
    offer = finder.get_by_role("button", name="Index the captions")
    offer.wait_for()
    finder.locator(".a100-notices").evaluate(NOTE_TEXTS)
    offer.click()
    # Its progress is in the panel, where words are found meanwhile.
    offer.wait_for(state="detached")
    finder.get_by_text("Indexing the captions").wait_for(state="detached")
    assert "Indexing the captions" in " ".join(window.evaluate("window.__said"))
    assert window.locator("[role=dialog]").count() == 0
    type_in(finder, "whisk the eggs")
    assert finder.locator(".a100-row").count() and not finder.locator("mark").count()
    # A caption that is new is not found by its meaning until the index is updated.
    sample = demo.first()
    sample[BRIEF].detections[1].label = "beat eggs"
    sample.save()
    window.evaluate(RUN, ["close_panel", {"name": "action100m_search"}])
    finder.wait_for(state="detached")
    assert window.evaluate(RUN, [OPEN, {}]) == ""
    update = finder.get_by_role("button", name="Update the index")
    finder.get_by_text("The index is stale: 1 text is new").wait_for()
    update.click()
    update.wait_for(state="detached")
    finder.get_by_text("stale").wait_for(state="detached")
    finder.locator("mark", has_text="eggs").first.wait_for()
    assert captions(finder)[0] == "beat eggs"
    try:
        assert serious_findings(window, ".a100-finder") == []
    finally:
        window.evaluate(RUN, ["close_panel", {"name": "action100m_search"}])
        finder.wait_for(state="detached")
