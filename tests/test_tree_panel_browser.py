"""The Tree of Captions beside its video, in a real browser: what is drawn, followed and moved."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fiftyone as fo
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    import services
    from playwright.sync_api import Page

from subset import subset_dataset

pytestmark = pytest.mark.browser

SEEK = """(params) => new Promise((done) => window.__foo__.executeOperator(
    "@action100m/explorer/seek_to_frame", params,
    {callback: (result) => done(String(result.error || "")), skipErrorNotification: true}))"""


def open_sample(page: Page, url: str, place: int = 0) -> None:
    """Opens a sample of the grid and waits for its player."""
    page.goto(url)
    page.locator("[data-cy=looker]").nth(place).click()
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")


def test_python_can_move_the_open_video(
    app: services.AppServer, page: Page, tmp_path: Path, dataset_name: str,
    console_errors: list[str],
) -> None:  # fmt: skip
    dataset = subset_dataset(dataset_name, videos=2, folder=tmp_path)
    dataset.app_config.active_fields = fo.ActiveFields(paths=["gpt_summary_brief"])
    dataset.save()
    open_sample(page, app.url(dataset_name))
    assert page.evaluate(SEEK, {"frame": 151, "sample_id": dataset.first().id}) == ""
    page.locator("#modal").get_by_text("0:06.00 / ").wait_for()
    assert console_errors == []
    assert "not a frame" in page.evaluate(SEEK, {"frame": 0})
