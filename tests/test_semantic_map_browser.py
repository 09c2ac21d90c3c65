"""The semantic map in the App's Embeddings panel: points that are drawn around become the view."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import fiftyone as fo
import pytest
from app_page import choose, close_all, execute, show, thumbnails
from coloured import BRIEF, coloured
from fiftyone_action100m.views.indexing import delete_index, index
from word_encoder import WordEncoder

if TYPE_CHECKING:
    import services
    from playwright.sync_api import FloatRect, Page

pytestmark = pytest.mark.browser

#: What happens in each video: two are about a car, and far from the one about eggs.
CAPTIONS = {
    "one": ("beat eggs", "beat two eggs", "beat some eggs"),
    "two": ("wash car", "wash one car"),
    "three": ("wash this car", "wash that car"),
}


@pytest.fixture
def dataset(tmp_path: Path) -> Iterator[fo.Dataset]:
    """Indexed videos. The App has it open: it is not deleted."""
    made = coloured(f"test-map-{uuid.uuid4().hex[:8]}", tmp_path)
    made.persistent = True
    for sample in made.iter_samples(autosave=True):
        for label, text in zip(sample[BRIEF].detections, CAPTIONS[sample.video_uid], strict=True):
            label.label = text
    index(made, BRIEF, WordEncoder())
    yield made
    delete_index(made)


def test_a_map_is_made_and_points_drawn_around_become_the_view(
    app: services.AppServer, window: Page, dataset: fo.Dataset
) -> None:
    show(window, app.url(dataset.name), dataset.name)
    execute(choose(window, "Dataset: map segments by meaning"))
    window.get_by_text("7 segments are on the map 'semantic_map'").first.wait_for()
    close_all(window)
    dataset.reload()
    found = dataset.load_brain_results("semantic_map")
    eggs = dataset.one(fo.ViewField("video_uid") == "one").id
    left = {owner for owner, (x, _) in zip(found.sample_ids, found.points, strict=True) if x < 0}
    assert left == {eggs} or eggs not in left  # the first axis tells eggs from cars
    window.locator("[data-cy=new-panel-btn]").first.click()
    window.get_by_text("Embeddings", exact=True).first.click()
    window.get_by_text("semantic_map", exact=True).click()
    window.get_by_text("7 points").wait_for()
    window.get_by_role("button", name="Select", exact=True).click()
    plot = window.locator("canvas[data-engine]").bounding_box()
    assert plot is not None
    draw_around(window, plot, left == {eggs})
    thumbnails(window, 1)


def draw_around(page: Page, plot: FloatRect, left: bool) -> None:
    """Draws around the left half of a plot, or the right half."""
    edge = plot["x"] + (5 if left else plot["width"] - 5)
    middle = plot["x"] + plot["width"] / 2
    top, bottom = plot["y"] + 40, plot["y"] + plot["height"] - 40
    page.mouse.move(edge, top)
    page.mouse.down()
    for x, y in ((middle, top), (middle, bottom), (edge, bottom), (edge, top)):
        page.mouse.move(x, y, steps=8)
    page.mouse.up()
