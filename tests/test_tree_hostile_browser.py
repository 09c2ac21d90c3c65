"""The Tree of Captions where things are not as they should be: captions, samples, themes, sizes."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import fiftyone as fo
import pytest
from app_page import close_all, new_page, serious_findings, show, thumbnails
from fiftyone_action100m import Node, TreeOfCaptions, trees
from fiftyone_action100m.internals.views import serialize_view
from fiftyone_action100m.views.clips import segments
from playwright.sync_api import expect
from subset import SUBSET_FIELDS, subset_dataset
from tree_page import click_node, open_in_grid, open_tree, probe, state, wait_state

if TYPE_CHECKING:
    import services
    from playwright.sync_api import Browser, Locator, Page, Route

pytestmark = pytest.mark.browser
FIELD = "gpt_action_brief"

SET_VIEW = """(view) => new Promise((done) => window.__foo__.executeOperator(
    "set_view", {view}, {callback: done}))"""
CLOSE_PANEL = """() => new Promise((done) => window.__foo__.executeOperator(
    "close_panel", {name: "tree_of_captions"}, {callback: done}))"""

#: Captions that would do harm, or look wrong, as anything but text.
HOSTILE = (
    "<img src=x onerror=\"window.__harm='img'\">",
    "{{constructor.constructor('window.__harm=1')()}}",
    "long " * 4_000,
    "\u202eاعجن العجين ثم اتركه يرتاح",
    "🧑‍🍳🍞🔥 bake 👩🏽‍🍳",
    "line one\nline two\r\n\tline three",
    "</script><script>window.__harm='script'</script>",
    "**bold** [link](javascript:window.__harm='link')",
)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    """Two videos in the published subset's shape."""
    made = subset_dataset("test-tree-hostile", videos=2, folder=tmp_path_factory.mktemp("videos"))
    made.app_config.active_fields = fo.ActiveFields(paths=[FIELD])
    made.save()
    yield made
    made.delete()


@pytest.fixture
def dataset(videos: fo.Dataset, dataset_name: str) -> fo.Dataset:
    """A copy, as the App server remembers each dataset's view."""
    return videos.clone(dataset_name, persistent=True)


@pytest.fixture
def errors() -> list[str]:
    return []


@pytest.fixture
def page(browser: Browser, errors: list[str]) -> Iterator[Page]:
    made = new_page(browser, errors)
    yield made
    made.context.close()


def beside(page: Page, share: float = 0.5) -> None:
    """Has the App lay the panel out beside the sample from the start, as it keeps layouts."""
    leaf = {"children": [], "pinned": False}
    halves = [
        {"id": "left", "type": "panel-container", "activeChild": "fo-sample-modal-plugin",
         "children": [{**leaf, "id": "fo-sample-modal-plugin", "type": "fo-sample-modal-plugin",
                       "pinned": True}]},
        {"id": "right", "type": "panel-container", "activeChild": "tree_of_captions",
         "children": [{**leaf, "id": "tree_of_captions", "type": "tree_of_captions"}]},
    ]  # fmt: skip
    layout = {"id": "root", "type": "panel-container", "layout": "horizontal",
              "children": halves, "sizes": [1 - share, share]}  # fmt: skip
    text = json.dumps(json.dumps(layout))
    page.add_init_script(f"localStorage.setItem('fo-sample-modal-plugins', {text})")


def open_beside(page: Page, url: str, place: int = 0) -> Locator:
    """Opens a sample whose layout has the panel already."""
    page.goto(url)
    open_place(page, place)
    return page.locator("#modal .a100")


def open_place(page: Page, place: int) -> None:
    """Opens a sample or clip of the grid."""
    page.locator("[data-cy=looker]").nth(place).click()
    page.wait_for_selector("#modal .a100[data-nodes]")


def notice(panel: Locator, words: str) -> None:
    """Waits until the panel says so."""
    panel.locator(".a100-notice", has_text=words).first.wait_for()


@pytest.mark.slow
def test_hostile_captions_are_text_and_the_annotate_tab_gets_words(
    app: services.AppServer, page: Page, dataset: fo.Dataset, errors: list[str]
) -> None:
    sample = dataset.first()
    for name in SUBSET_FIELDS:
        for k, detection in enumerate(sample[name].detections):
            detection.label = HOSTILE[k % len(HOSTILE)]
    sample.title = HOSTILE[0]
    sample.save()
    panel = open_tree(page, app.url(dataset.name))
    tree = trees(sample)
    assert state(panel, "drawn") == str(len(tree))
    seen: set[str] = set()
    for node in tree:
        if seen.issuperset(node.texts.values()):
            continue
        click_node(panel, node.node_id)
        # Once the App has said that it is selected, it has said all that was selected before.
        wait_state(panel, "selected", node.node_id)
        wait_state(panel, "shown", node.node_id)
        for name, text in node.texts.items():
            if name == "gpt_action_actor":
                continue
            # The brief caption is the card's title.
            places = panel.locator(f".a100-title, article[data-field={name}] .a100-text")
            assert text in places.all_text_contents()
            seen.add(text)
    assert len(seen) >= len(HOSTILE) - 1
    assert panel.locator("img, script, a[href]").count() == 0
    assert page.evaluate("window.__harm") is None
    assert errors == []
    # In the tab without a player, the tree stays, and the panel says why it follows none.
    assert panel.get_by_role("button", name="Play", exact=True).is_enabled()
    page.locator("#modal").get_by_text("Annotate", exact=True).click()
    notice(panel, "There is no player to follow")
    assert panel.get_by_role("button", name="Play", exact=True).is_disabled()
    assert state(panel, "drawn") == str(len(tree))


def test_a_sample_without_a_tree_gets_words(
    app: services.AppServer, page: Page, dataset_name: str, dataset: fo.Dataset,
    tiny_picture: str, errors: list[str],
) -> None:  # fmt: skip
    flat = fo.Dataset(f"flat-{dataset_name}", persistent=True)
    video = dataset.first()
    flat.add_sample(fo.Sample(filepath=video.filepath, metadata=video.metadata))
    images = fo.Dataset(f"images-{dataset_name}", persistent=True)
    images.add_sample(fo.Sample(filepath=tiny_picture))
    beside(page)
    for other, words in ((flat, "node_id, parent_id, level"), (images, "needs videos")):
        show(page, app.url(other.name), other.name)
        page.locator("[data-cy=looker]").click()
        panel = page.locator("#modal .a100")
        notice(panel, words)
        assert panel.locator("canvas").first.is_hidden()
        assert close_all(page)
    assert errors == []
    page.goto("about:blank")  # the App complains when the dataset that it shows is deleted
    for other in (flat, images):
        other.delete()


@pytest.fixture
def tiny_picture(tmp_path_factory: pytest.TempPathFactory) -> str:
    from PIL import Image

    path = tmp_path_factory.mktemp("picture") / "a.png"
    Image.new("RGB", (80, 60), (40, 90, 160)).save(path)
    return str(path)


def test_missing_globals_are_named(
    app: services.AppServer, page: Page, dataset: fo.Dataset
) -> None:
    # As in a FiftyOne that calls the player something else.
    page.add_init_script("""
        let held;
        Object.defineProperty(window, "__fos__", {
            configurable: true,
            get: () => held,
            set: (value) => { held = new Proxy(value, {
                get: (target, name) => name === "modalLooker" ? undefined : target[name] }); },
        });
    """)
    beside(page)
    panel = open_beside(page, app.url(dataset.name))
    notice(panel, "has no __fos__.modalLooker")
    assert state(panel, "drawn") == str(len(trees(dataset.first())))
    assert panel.get_by_role("button", name="Play", exact=True).is_disabled()


def outside(sample: fo.Sample, tree: TreeOfCaptions, clip: list[int]) -> list[Node]:
    """Returns a leaf that begins before a clip and one that begins after it; else nothing."""
    before = [n for n in tree.leaves() if support_of(sample, n)[0] < clip[0]]
    after = [n for n in tree.leaves() if support_of(sample, n)[0] > clip[1]]
    return [before[0], after[-1]] if before and after else []


def support_of(sample: fo.Sample, node: Node) -> list[int]:
    """Returns a node's first and last frame."""
    found: list[int] = next(
        d.support for f in node.texts for d in sample[f].detections if d.node_id == node.node_id
    )
    return found


def test_a_seek_waits_until_the_video_is_there_and_a_clip_keeps_to_its_frames(
    app: services.AppServer, page: Page, dataset: fo.Dataset, errors: list[str]
) -> None:
    held: list[Route] = []
    holding = False
    page.route(re.compile("/media"), lambda r: held.append(r) if holding else r.continue_())
    beside(page)
    page.goto(app.url(dataset.name))
    page.locator("[data-cy=looker]").first.click(trial=True)  # the App covers what it loads
    holding = True
    page.locator("[data-cy=looker]").first.click()
    page.wait_for_selector("#modal .a100[data-frame]")
    panel = page.locator("#modal .a100")
    sample = dataset[state(panel, "sample")]
    node = max(trees(sample), key=lambda n: support_of(sample, n)[0])
    click_node(panel, node.node_id)
    wait_state(panel, "pinned", node.node_id)
    page.wait_for_timeout(700)
    assert held and state(panel, "frame") == "1"
    holding = False
    for route in held:
        route.continue_()
    # A player that has just come may say its first frame once more before it is where it should.
    page.wait_for_function(
        "([root, id, frame]) => root.dataset.frame === frame && "
        "root.action100m.active().includes(id)",
        arg=[panel.element_handle(), node.node_id, str(support_of(sample, node)[0])],
    )
    page.wait_for_timeout(500)
    assert node.node_id in probe(panel, "p.active()")
    assert errors == []
    # A clip keeps to its frames.
    clips = segments(dataset, FIELD)
    whole = {s.id: trees(s) for s in dataset}
    place, clip = next(
        (k, c) for k, c in enumerate(clips)
        if outside(dataset[c.sample_id], whole[c.sample_id], c.support)
    )  # fmt: skip
    page.mouse.click(3, 400)  # beside the open sample, which closes it
    page.locator("#modal").wait_for(state="hidden")
    page.evaluate(SET_VIEW, serialize_view(clips))
    thumbnails(page, len(clips), "clip")
    open_place(page, place)
    wait_state(panel, "sample", clip.sample_id)
    tree = trees(dataset[clip.sample_id])
    here = panel.get_by_role("navigation", name="Zoom").locator("[aria-current]")
    # Before, the panel may still have the tree of the video.
    expect(here).to_have_text(["Clip"], timeout=60_000)
    wait_state(panel, "frame", str(clip.support[0]))
    assert state(panel, "nodes") == str(len(tree))
    first, last = clip.support
    assert probe(panel, "p.span()") == [first - 1, last]
    panel.focus()
    page.keyboard.press("0")
    assert here.all_inner_texts() == ["Whole video"]
    # A seek ends at the clip's edges, on exactly these frames.
    before, after = outside(dataset[clip.sample_id], tree, clip.support)
    for node, frame in ((after, last), (before, first)):
        click_node(panel, node.node_id)
        wait_state(panel, "pinned", node.node_id)
        wait_state(panel, "frame", str(frame))
    assert errors == []


@pytest.mark.parametrize(("theme", "width", "share"), [("dark", 900, 0.4), ("light", 2560, 0.5)])
def test_every_control_has_a_name_and_is_legible(
    theme: str, width: int, share: float, app: services.AppServer, browser: Browser,
    dataset: fo.Dataset, errors: list[str],
) -> None:  # fmt: skip
    # So high that the App's arrow to the next sample is below the timeline, not over it.
    page = new_page(browser, errors, width=width, height=1000)
    page.add_init_script(f"localStorage.setItem('mui-mode', '{theme}')")
    # What was set on another day is there again; what is no setting is nothing.
    kept = '{"colour": "verb", "seconds": 1.5, "changes": true}' if theme == "dark" else "{]"
    page.add_init_script(f"localStorage.setItem('action100m-tree', {json.dumps(kept)})")
    beside(page, share)
    panel = open_beside(page, app.url(dataset.name))
    wait_state(panel, "theme", theme)
    colour, seconds, marks = ("verb", "1.5", True) if theme == "dark" else ("level", None, False)
    assert panel.get_by_label("Colour by").input_value() == colour
    assert panel.get_by_label("Mark what is new").is_checked() is marks
    said = panel.locator(".a100-cutbar output").inner_text()
    assert seconds is None or said.startswith(f"≤ {seconds} s")
    controls = panel.locator("button:visible, input:visible, select:visible")
    assert controls.count() > 15
    for control in controls.all():
        named = control.evaluate(
            "e => e.getAttribute('aria-label') || e.textContent.trim() || e.labels[0].textContent"
        )
        assert named, control.evaluate("e => e.outerHTML.slice(0, 200)")
        # By Tab, or by the arrow keys from one of its group that is.
        assert control.evaluate("""e => e.tabIndex >= 0
            || e.closest("[role=group], [role=tablist]").querySelector("[tabindex='0']")""")
    # Nodes far down: the way back is shown in six buttons, and all of it on demand.
    tree = trees(dataset[state(panel, "sample")])
    deepest = max(tree, key=lambda n: (n.level, n.duration))
    click_node(panel, deepest.node_id)
    page.keyboard.press("z")
    wait_state(panel, "zoomed", deepest.node_id)
    crumbs = panel.get_by_role("navigation", name="Zoom").get_by_role("button")
    steps = deepest.level + 1
    assert steps > 6
    assert crumbs.count() == 6
    crumbs.get_by_text("…", exact=True).click()
    assert crumbs.count() == steps
    current = panel.locator(".a100-crumbs [aria-current]")
    box, inside = current.bounding_box(), panel.bounding_box()
    assert box and inside and box["x"] + box["width"] <= inside["x"] + inside["width"]
    panel.focus()
    page.keyboard.press("0")
    overflow = panel.evaluate("e => e.scrollWidth - e.clientWidth")
    assert overflow <= 0, f"{overflow} px wider than the panel"
    for selector in (".a100-title", ".a100-facts", ".a100-legend li", ".a100-time", ".a100-text"):
        assert contrast(panel, selector) >= 4.5, selector
    # What axe-core finds of the card and the outline, tabs where the panel is narrow.
    tabs = panel.get_by_role("tab")
    assert tabs.first.is_visible() == (theme == "dark")
    assert serious_findings(page, "#modal .a100") == []
    if theme == "dark":
        tabs.first.focus()
        page.keyboard.press("ArrowRight")
        assert not panel.locator(".a100-card").is_visible()
        assert serious_findings(page, "#modal .a100") == []
    assert panel.get_by_role("tree").is_visible()
    panel.focus()
    page.keyboard.press("?")
    assert serious_findings(page, "#modal .a100-help") == []
    assert errors == []
    page.context.close()


def contrast(panel: Locator, selector: str) -> float:
    """Returns WCAG 2's contrast of an element's text and what is behind it."""
    found: Any = panel.locator(selector).first.evaluate("""(element) => {
        const draw = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
        const layers = [];
        for (let at = element; at; at = at.parentElement)
            layers.unshift(getComputedStyle(at).backgroundColor);
        for (const layer of layers) { draw.fillStyle = layer; draw.fillRect(0, 0, 1, 1); }
        const back = [...draw.getImageData(0, 0, 1, 1).data].slice(0, 3);
        draw.fillStyle = getComputedStyle(element).color;
        draw.fillRect(0, 0, 1, 1);
        return [back, [...draw.getImageData(0, 0, 1, 1).data].slice(0, 3)];
    }""")

    def luminance(rgb: list[int]) -> float:
        parts = [c / 255 for c in rgb]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted(map(luminance, found))
    return (high + 0.05) / (low + 0.05)


def test_the_grid_shows_the_selected_samples_tree(
    app: services.AppServer, window: Page, videos: fo.Dataset
) -> None:
    copy = videos.clone(f"test-tree-{uuid.uuid4().hex[:8]}", persistent=True)  # it stays open
    show(window, app.url(copy.name), copy.name)
    panel = open_in_grid(window, app.url(copy.name))
    sample = copy.first()
    wait_state(panel, "sample", sample.id)
    wait_state(panel, "drawn", str(len(trees(sample))))
    assert probe(panel, "p.active()") == []
    # Where there is little width, it is said all the same what the axis shows.
    size = window.viewport_size
    assert size is not None
    window.set_viewport_size({"width": 800, "height": size["height"]})
    window.wait_for_function("document.querySelector('.a100').clientWidth < 300")
    assert panel.locator(".a100-crumbs").evaluate("e => e.scrollWidth <= e.clientWidth")
    window.set_viewport_size(size)
    panel.get_by_role("button", name="Children").click()  # the tree stays, its other nodes hidden
    window.locator(".a100-grid-bar").get_by_role("button", name="Back", exact=True).wait_for()
    wait_state(panel, "hidden", bool)
    panel.get_by_role("button", name="Open the video").click()
    window.wait_for_selector("#modal canvas[canvas-loaded=true]")
    window.mouse.click(3, 400)  # beside the open sample, which closes it
    window.locator("#modal").wait_for(state="hidden")
    window.evaluate(CLOSE_PANEL)
    window.locator(".a100").wait_for(state="detached")
