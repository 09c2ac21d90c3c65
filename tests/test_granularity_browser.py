"""The cut at a time scale, from the operator menu to the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from app_page import choose
from fiftyone_action100m.views import granularity
from subset import subset_dataset

if TYPE_CHECKING:
    from pathlib import Path

    import services
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
FIELD = "gpt_summary_brief"


def test_a_cut_from_the_menu_changes_what_the_grid_shows(
    app: services.AppServer, page: Page, dataset_name: str, tmp_path: Path,
    console_errors: list[str],
) -> None:  # fmt: skip
    dataset = subset_dataset(dataset_name, folder=tmp_path)
    total = dataset.count(f"{FIELD}.detections")
    page.goto(app.url(dataset_name))
    page.locator("[data-cy=looker]").nth(2).wait_for()
    captions = page.locator(f"[data-cy=tag-{FIELD}]")
    captions.nth(3).wait_for()  # each thumbnail shows some of its captions
    page.get_by_text("A person does aa-1.").first.wait_for()
    form = choose(page, "Set granularity by time scale")
    form.get_by_text("3 segments in 3 videos").wait_for()
    slider = form.get_by_role("slider").first
    slider.focus()
    slider.press("Home")
    leaves = granularity.cut(dataset, 0, [FIELD]).count(f"{FIELD}.detections")
    form.get_by_text(f"{leaves} segments in 3 videos").wait_for()
    slider.press("End")
    form.get_by_text("3 segments in 3 videos").wait_for()
    form.get_by_role("button", name="Execute").click()
    assert 3 < leaves < total
    page.get_by_text("A person does aa-1.").first.wait_for(state="detached")
    captions.nth(2).wait_for()
    assert [text.split(" [")[0] for text in captions.all_inner_texts()] == [
        f"A person does {uid}-0." for uid in ("aa", "bb", "cc")
    ]
    assert console_errors == []
