"""A converted dataset and the converter's form, as they are on screen."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from app_page import choose, execute, fill_first, show, submit_button
from fiftyone_action100m import convert
from material import small_record, write_parquet, write_video
from playwright.sync_api import expect
from web_server import WebSite

if TYPE_CHECKING:
    import services
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    rows = [small_record(uid) for uid in ("aa", "bb", "cc")]
    hostile = "<img src=x onerror=\"document.title='pwned'\">{{7*7}} \u202eesrever\n🍞" + "x" * 5000
    rows[0]["metadata"]["title"] = hostile
    rows[0]["nodes"][0]["gpt"]["action"]["brief"] = hostile
    write_parquet(folder / "rows.parquet", rows)
    for uid in ("aa", "bb", "cc"):
        write_video(folder / "videos" / f"{uid}.mp4", size="320x240")
    return folder


@pytest.fixture
def page(window: Page) -> Page:
    """The shared page."""
    return window


@pytest.fixture
def dataset_name() -> str:
    """A dataset name that nothing else has; the dataset goes with the tests' database."""
    return f"test-convert-{uuid.uuid4().hex[:8]}"


def test_a_converted_dataset_opens_readable_and_its_text_is_text(
    app: services.AppServer, page: Page, folder: Path, dataset_name: str, tmp_path: Path
) -> None:
    dataset, _ = convert(folder / "rows.parquet", folder / "videos", dataset_name, tmp_path)
    show(page, app.url(dataset_name), dataset_name)
    page.locator("[data-cy=looker]").nth(2).wait_for()
    expect(page.locator("[data-cy=looker]")).to_have_count(3, timeout=60_000)
    for group in ("CAPTIONS", "STAGE 2 CAPTIONS", "SPEECH", "VIDEO"):
        assert page.locator(f"[data-cy='sidebar-group-{group}']").count() == 1, group
    shown = page.locator("[data-cy^=checkbox-] input:checked, input[data-cy^=checkbox-]:checked")
    assert shown.count() == 3  # title, duration and one caption, not all of them
    page.locator("[data-cy=looker]").nth(1).click()
    page.wait_for_selector("#modal canvas[canvas-loaded=true]")
    sample = dataset.skip(1).first()
    modal = page.locator("#modal")
    for field in ("plm_action", "gpt_summary_brief"):
        entry = modal.locator(f"[data-cy='sidebar-field-container-{field}']").first
        entry.get_by_text(str(len(sample[field].detections)), exact=True).first.wait_for()
    assert modal.get_by_text("How to bb").count()
    page.locator("[data-cy=nav-left-button]").click()
    modal.get_by_text("<img src=x").first.wait_for()
    assert page.title() != "pwned" and page.locator("#modal img[src=x]").count() == 0
    assert page.get_by_text("Accelerate your workflow").count() == 0


def test_the_form_converts_and_opens_the_data_set(
    app: services.AppServer, page: Page, folder: Path, dataset_name: str, tmp_path: Path
) -> None:
    name, out = f"other-{dataset_name}", tmp_path / "other"
    other, _ = convert(folder / "rows.parquet", folder / "videos", name, out, max_samples=1)
    assert other is not None
    show(page, app.url(other.name), other.name)
    form = choose(page, "Dataset: convert Action100M")
    texts = form.get_by_role("textbox")
    fill_first(form, "someone/records")
    form.get_by_text("someone/records on https://").wait_for()
    form.get_by_text("Revision", exact=True).first.wait_for()
    assert form.get_by_text("A part of the title, ignoring case").count() == 0
    form.get_by_role("checkbox").first.click()
    form.get_by_text("A part of the title, ignoring case").wait_for()
    texts.nth(6).fill("lots")
    form.get_by_text("give LEAST:MOST").first.wait_for()
    texts.nth(6).fill("")
    form.get_by_role("checkbox").first.click()
    form.get_by_text("A part of the title, ignoring case").wait_for(state="detached")
    texts.first.fill("/nowhere.parquet")
    form.get_by_text("/nowhere.parquet does not exist").first.wait_for()
    texts.nth(0).fill(str(folder / "rows.parquet"))
    form.get_by_text("1 file, 3 records").wait_for()
    texts.nth(1).fill(str(folder / "videos"))
    texts.nth(2).fill(dataset_name)
    form.get_by_text("For the clips, the manifest and the report").wait_for()
    texts.nth(3).fill(str(tmp_path / "out"))
    execute(form)
    page.wait_for_url(f"**/datasets/{dataset_name}*")
    page.locator("[data-cy=looker]").nth(2).wait_for()
    expect(page.locator("[data-cy=looker]")).to_have_count(3, timeout=60_000)
    assert (tmp_path / "out" / "clips" / "aa.mp4").exists()


@pytest.mark.slow
def test_the_form_fetches(
    app: services.AppServer, page: Page, folder: Path, dataset_name: str, tmp_path: Path
) -> None:
    """Videos of no folder, from a site; every input can be reached, however narrow the page."""
    name = f"other-{dataset_name}"
    other, _ = convert(
        folder / "rows.parquet", folder / "videos", name, tmp_path / "other", max_samples=1
    )
    assert other is not None
    show(page, app.url(other.name), other.name)
    form = choose(page, "Dataset: convert Action100M")
    fill_first(form, str(folder / "rows.parquet"))
    form.get_by_text("1 file, 3 records").wait_for()
    assert form.get_by_text("Seconds between two videos").count() == 0
    form.get_by_role("checkbox").nth(1).click()
    form.get_by_text("Seconds between two videos").wait_for()
    with WebSite(folder / "videos") as site:
        texts = form.get_by_role("textbox")
        texts.nth(2).fill("file:///etc/{id}")
        form.get_by_text("it must be an http or https address with {id} in it").first.wait_for()
        texts.nth(2).fill(site.template)
        form.get_by_text("it must be an http or https").first.wait_for(state="detached")
        form.get_by_role("spinbutton").first.fill("0")
        texts.nth(6).fill(dataset_name)
        form.get_by_text("For the clips, the manifest and the report").wait_for()
        texts.nth(7).fill(str(tmp_path / "out"))
        for width in (520, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            for place in range(texts.count()):
                box = texts.nth(place)
                box.scroll_into_view_if_needed()
                found = box.bounding_box()
                assert found and found["x"] >= 0 and found["x"] + found["width"] <= width
                assert found["width"] > 300
        expect(submit_button(form)).to_be_enabled()
        execute(form)
        page.wait_for_url(f"**/datasets/{dataset_name}*")
        expect(page.locator("[data-cy=looker]")).to_have_count(3, timeout=60_000)
    assert {seen.path for seen in site.seen} == {"/aa.mp4", "/bb.mp4", "/cc.mp4"}
