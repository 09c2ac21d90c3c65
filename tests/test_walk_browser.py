"""The walk through the tree, as a person makes it: from the operator menu, in an open sample."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import fiftyone as fo
import pytest
from app_page import choose
from fiftyone_action100m.views.hierarchy import trees
from playwright.sync_api import expect
from subset import subset_dataset

if TYPE_CHECKING:
    import services
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser

FIELD = "gpt_summary_brief"


def player_time(page: Page) -> Locator:
    """Where the player says it is, and how long the video lasts."""
    return page.locator("#modal").get_by_role("button", name="Showing elapsed time")


def begins_at(sample: fo.Sample, node_id: str) -> re.Pattern[str]:
    """What the player says on the first frame of a node."""
    first = next(d.support[0] for d in sample[FIELD].detections if d.node_id == node_id)
    seconds = (first - 1) / sample.metadata.frame_rate
    return re.compile(rf"^0?0:{int(seconds):02d}\.{int(seconds * 100 + 1e-6) % 100:02d} ")


def test_the_selection_walks_from_the_operator_menu(
    app: services.AppServer, page: Page, tmp_path: Path, dataset_name: str,
    console_errors: list[str],
) -> None:  # fmt: skip
    dataset = subset_dataset(dataset_name, folder=tmp_path)
    dataset.app_config.active_fields = fo.ActiveFields(paths=[FIELD])
    dataset.save()
    samples = list(dataset)
    place = next(
        k for k, s in enumerate(samples) if len(trees(s).children(f"{s.title[7:]}-0")) == 2
    )
    tree = trees(samples[place])
    root = tree.root
    assert root is not None
    first, second = tree.children(root.node_id)
    page.goto(app.url(dataset_name))
    page.locator("[data-cy=looker]").nth(place).click()
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")
    # Each move starts from what the App has selected, so it shows where the one before led.
    moves = [
        ("Go to root", root), ("Go to first child", first), ("Go to next sibling", second),
        ("Go to parent", root), ("Go to first child", first),
    ]  # fmt: skip
    for label, node in moves:
        notice = page.get_by_text(node.texts[FIELD], exact=True)
        notice.first.wait_for(state="detached")  # an earlier move's
        choose(page, label)
        notice.first.wait_for()
        expect(player_time(page)).to_have_text(
            begins_at(samples[place], node.node_id), timeout=60_000
        )
    labels = page.locator("#modal [data-cy='sidebar-group-LABELS']")
    assert labels.inner_text().split() == ["1"]  # selected
    assert console_errors == []
