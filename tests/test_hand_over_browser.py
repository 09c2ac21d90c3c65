"""A segment that was found is handed over to its video: what is on the screen, and the way back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import fiftyone as fo
import pytest
from app_page import choose, execute, fill_first, show, thumbnails
from executor import context
from fiftyone_action100m import check_trees, trees
from fiftyone_action100m.internals.database import dataset_id
from fiftyone_action100m.operators.check import REPORT
from fiftyone_action100m.operators.show import open_segment
from tree_page import state, wait_state

if TYPE_CHECKING:
    import services
    from playwright.sync_api import Locator, Page, Request

pytestmark = pytest.mark.browser
FIELD, SUMMARY, WIDEST = "gpt_action_brief", "gpt_summary_brief", "plm_action"
RUN = """([uri, params]) => new Promise((done) => window.__foo__.executeOperator(uri, params,
    {callback: (result) => done(String(result?.error || "")), skipErrorNotification: true}))"""


@pytest.fixture(scope="module")
def dataset(rendered_demo: tuple[fo.Dataset, dict[str, Any]]) -> Iterator[fo.Dataset]:
    """Two short demo videos."""
    made = rendered_demo[0].clone("test-hand-over", persistent=True)
    yield made
    made.delete()


def hand_over(page: Page, dataset: fo.Dataset, sample: str, node: str, **how: Any) -> None:
    """Opens a segment as an operator would that runs in the page's grid."""
    ctx = context(dataset, how.pop("shown", None), active_fields=[FIELD])
    open_segment(ctx, sample, node, **how)
    for request in ctx.executor._requests:
        assert page.evaluate(RUN, [request.operator_uri, request.params]) == ""


def wait_ticked(page: Page, wanted: str, within: str = "#modal") -> None:
    """Waits until one caption field is ticked in the open sample's sidebar, or in the grid's.

    In an open sample's, the App keeps the groups of the dataset that was open before: fields that
    it did not have are out of sight.
    """
    for name in (FIELD, SUMMARY if within else WIDEST):
        box = page.locator(f"{within} [data-cy=checkbox-{name}]")
        ticked = box.and_(page.locator(".Mui-checked, :checked, :has(:checked)"))
        ticked.first.wait_for(state="attached" if name == wanted else "detached")


def at_frame(page: Page, frame: int) -> None:
    seconds = (frame - 1) / 25
    said = f"0:{int(seconds):02d}.{round(seconds * 100) % 100:02d} / 0:"
    page.locator("#modal").get_by_text(re.compile(re.escape(said))).first.wait_for()


def wait_summary(panel: Locator, text: str) -> None:
    """Waits until the search box says which of its matches is the current one."""
    panel.locator(".a100-matches", has_text=re.compile(f"^{text}$")).wait_for()


def test_a_segment_is_opened(window: Page, app: services.AppServer, dataset: fo.Dataset) -> None:
    page = window
    show(page, app.url(dataset.name), dataset.name)
    sent: list[Request] = []

    def note(request: Request) -> None:
        sent.append(request)

    page.on("request", note)
    first, second = dataset.values("id")
    leaves = [n for n in trees(dataset[second]).leaves() if n.texts.get(WIDEST)]
    supports = {d.node_id: d.support for d in dataset[second][WIDEST].detections}
    inner = [n.node_id for n in trees(dataset[second]) if n.texts.get(SUMMARY)]
    # From the grid, with what a search by meaning has found.
    node, found = inner[3], inner[1:6]
    hand_over(page, dataset, second, node, field=SUMMARY, query="stir it", nodes=found)
    panel = page.locator("#modal .a100")
    box = panel.get_by_label("Search the captions of this tree")
    wait_state(panel, "pinned", node)
    at_frame(page, supports[node][0])
    assert box.input_value() == "stir it"
    wait_summary(panel, "3 of 5")
    wait_ticked(page, SUMMARY)
    # In the open video, without a search: the panel is there already.
    hand_over(page, dataset, second, leaves[5].node_id, field=FIELD)
    wait_state(panel, "pinned", leaves[5].node_id)
    at_frame(page, supports[leaves[5].node_id][0])
    assert box.input_value() == "" and state(panel, "matches") == ""
    # From there to another video, repeated; its matches are the nodes with the phrase.
    other = next(n for n in trees(dataset[first]).leaves() if n.texts.get(WIDEST))
    hand_over(page, dataset, first, other.node_id, field=WIDEST, query="Show the", loop=True)
    wait_state(panel, "pinned", other.node_id)
    wait_state(panel, "sample", first)
    assert box.input_value() == "Show the"
    wait_summary(panel, "2 of 2")
    loop = panel.locator("button[aria-label^='Repeat this node'][aria-pressed=true]")
    loop.wait_for()
    wait_state(panel, "frame", lambda frame: int(frame or 0) > 5)  # it plays
    # A Python session (`fo.launch_app`) fails at labels without a type.
    page.remove_listener("request", note)
    bodies = [r.post_data_json or {} for r in sent if r.url.endswith("/graphql")]
    labels = [each for b in bodies for each in b["variables"].get("selectedLabels", ())]
    assert labels and all(label.get("type") for label in labels)


@pytest.mark.slow
def test_there_is_a_way_back(window: Page, app: services.AppServer, dataset: fo.Dataset) -> None:
    page = window
    show(page, app.url(dataset.name), dataset.name)
    thumbnails(page, 2)
    wait_ticked(page, FIELD, "")
    form = choose(page, "Captions: find")
    fill_first(form, "slide the second lever along")
    form.get_by_text("captions in 1 video").first.wait_for()
    execute(form)
    page.get_by_text(
        re.compile("^Found slide the second lever along: .* captions in 1 video")
    ).wait_for()
    thumbnails(page, 1)
    back = page.get_by_text("Back", exact=True)
    back.wait_for()
    wait_ticked(page, WIDEST, "")
    back.click()
    thumbnails(page, 2)
    back.wait_for(state="hidden")
    wait_ticked(page, FIELD, "")


def test_more_like_a_node_and_a_finding(
    window: Page, app: services.AppServer, dataset: fo.Dataset
) -> None:
    page = window
    show(page, app.url(dataset.name), dataset.name)
    sample = dataset.first()
    one, other = [n for n in trees(sample).leaves() if n.texts.get(WIDEST)][1:3]
    tree = page.locator("#modal .a100[data-nodes]")
    finder = page.locator("#modal .a100-finder")
    hand_over(page, dataset, sample.id, one.node_id, field=WIDEST)
    wait_state(tree, "pinned", one.node_id)
    tree.get_by_role("button", name="More like this").click()
    wait_state(finder, "query", one.texts[WIDEST])
    wait_state(finder, "state", "shown")
    # What is most like it is itself.
    row = finder.locator(f".a100-row[data-node='{one.node_id}']")
    row.first.wait_for()
    assert finder.get_by_label("Search the captions").input_value() == one.texts[WIDEST]
    # By the key, from the tree, which comes to the front again.
    hand_over(page, dataset, sample.id, other.node_id, field=WIDEST)
    wait_state(tree, "pinned", other.node_id)
    tree.focus()
    page.keyboard.press("m")
    wait_state(finder, "query", other.texts[WIDEST])
    page.evaluate(RUN, ["close_sample", {}])
    page.locator("#modal canvas").first.wait_for(state="detached")

    # What a check has found is opened at its segment.
    wrong = sample[WIDEST].detections[-1]
    wrong.level += 3
    sample.save()
    report = check_trees(dataset).to_dict()
    code = report["findings"][0]["code"]
    assert {finding["node_id"] for finding in report["findings"]} == {wrong.node_id}
    store = fo.operators.ExecutionStore.create("action100m", dataset_id(dataset))
    store.set(REPORT, report)
    form = choose(page, "Dataset: show a finding")
    form.get_by_text(f"{code}: ").first.wait_for()
    execute(form)
    wait_state(tree, "pinned", wrong.node_id)
    at_frame(page, wrong.support[0])
    box = tree.get_by_label("Search the captions of this tree")
    assert box.input_value() == code
    wait_summary(tree, "[0-9]+ of [0-9]+")
    finder.wait_for(state="detached")  # it is the tab behind
