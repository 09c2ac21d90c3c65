"""What a person sees in the App, in a real browser against a real server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import fiftyone as fo
import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    import services
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def tiny_dataset(dataset_name: str, tiny_video: Path) -> fo.Dataset:
    """One video with two captions, one after the other."""
    detections = [
        fo.TemporalDetection(label="stir the dough", support=[1, 50]),
        fo.TemporalDetection(label="shape the loaf", support=[51, 100]),
    ]
    sample = fo.Sample(
        filepath=str(tiny_video),
        gpt_action_brief=fo.TemporalDetections(detections=detections),
        metadata=fo.VideoMetadata(
            size_bytes=tiny_video.stat().st_size,
            mime_type="video/mp4",
            frame_width=160,
            frame_height=120,
            frame_rate=25.0,
            total_frame_count=100,
            duration=4.0,
            encoding_str="avc1",
        ),
    )
    dataset = fo.Dataset(dataset_name)
    dataset.persistent = True
    dataset.add_sample(sample)
    return dataset


def test_sample_is_on_screen(
    app: services.AppServer, page: Page, tiny_dataset: fo.Dataset, console_errors: list[str]
) -> None:
    page.goto(app.url(tiny_dataset.name))
    page.wait_for_selector("[data-cy=looker]")
    expect(page.locator("[data-cy=looker]")).to_have_count(1, timeout=60_000)
    page.get_by_text("gpt_action_brief").first.wait_for()
    assert page.get_by_text("Accelerate your workflow").count() == 0
    assert console_errors == []
