"""The search, as a person uses it: a phrase, and only its branch is left."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from app_page import choose, execute
from fiftyone_action100m import find
from playwright.sync_api import expect
from subset import subset_dataset

if TYPE_CHECKING:
    import services
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
FIELD = "gpt_summary_brief"


def test_a_phrase_is_found_and_only_its_branch_is_shown(
    app: services.AppServer, page: Page, dataset_name: str, tmp_path: Path,
    console_errors: list[str],
) -> None:  # fmt: skip
    dataset = subset_dataset(dataset_name, folder=tmp_path)
    deep = max(dataset.first()[FIELD].detections, key=lambda d: d.level)
    found = find(dataset, f'"{deep.label}"', keep="ancestors")
    branch = found.count(f"{FIELD}.detections")
    assert branch == deep.level + 1 > 2
    page.goto(app.url(dataset_name))
    page.locator("[data-cy=looker]").nth(2).wait_for()
    form = choose(page, "Find in captions")
    form.get_by_role("textbox").first.fill(f'"{deep.label}"')
    form.get_by_text("1 caption in 1 video").wait_for()
    form.get_by_text("Also the path from the root to each").click()
    execute(form)
    page.get_by_text("1 sample", exact=True).wait_for()
    page.locator("[data-cy=looker]").first.wait_for()
    expect(page.locator("[data-cy=looker]")).to_have_count(1, timeout=60_000)
    page.locator("[data-cy=looker]").first.click()
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")
    entry = page.locator(f"#modal [data-cy='sidebar-field-container-{FIELD}']").first
    entry.get_by_text(str(branch), exact=True).wait_for()
    assert console_errors == []
