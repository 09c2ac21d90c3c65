"""The overview of a large view: which videos it is counted in, and what the panel says of them."""

from __future__ import annotations

import re
import uuid

import fiftyone as fo
import pytest
from executor import (
    OVERVIEW,
    URI,
    ask,
    open_overview,
    overview_page,
    overview_tiles,
    plugin_module,
)
from fiftyone.operators.store import ExecutionStore
from fiftyone_action100m import cut
from fiftyone_action100m.core.keys import OVERVIEW_STORE
from fiftyone_action100m.internals.database import dataset_id
from fiftyone_action100m.internals.views import build_view, mongo_stage
from fiftyone_action100m.panels.figures import mark
from fiftyone_action100m.views import overview_videos
from fiftyone_action100m.views.hierarchy import find_hierarchy
from fiftyone_action100m.views.overview import count_nodes, count_texts, count_videos
from fiftyone_action100m.views.overview_cache import CachedCounts, next_counts
from fiftyone_action100m.views.overview_filters import narrow
from fiftyone_action100m.views.overview_videos import Chosen, choose
from subset import subset_dataset

SUMMARY = "gpt_summary_brief"
VIDEOS = 24
#: For a dataset of so few videos: above 6 videos, 8 of them are counted.
SIZES = {"MOST_VIDEOS": 6, "CHOSEN": 8, "FIRST": 6, "FEW": 2}


@pytest.fixture(scope="module")
def dataset():
    """Videos that all have another number of nodes. Shared: change nothing."""
    made = subset_dataset(f"test-{uuid.uuid4().hex[:10]}", VIDEOS)
    for field in find_hierarchy(made).fields:
        path = f"{field}.detections"
        made.set_values(path, [d[: k + 1] for k, d in enumerate(made.values(path))])
    made.set_values("tags", [["most"] if k % 6 else [] for k in range(VIDEOS)])
    yield made
    made.delete()


@pytest.fixture(autouse=True)
def small_sizes(monkeypatch):
    for module in (overview_videos, plugin_module("find_in_captions", "views.overview_videos")):
        for name, size in SIZES.items():
            monkeypatch.setattr(module, name, size)


@pytest.fixture
def large(monkeypatch):
    """Has the panel count one part per request."""
    monkeypatch.setattr(plugin_module("find_in_captions", "panels.overview"), "_AT_ONCE", 0)


def level_one(dataset):
    return narrow(dataset, find_hierarchy(dataset), mark("level", 1)).view


VIEWS = {
    "all": lambda d: d.view(),
    "sorted": lambda d: d.sort_by("filepath", reverse=True),
    "match": lambda d: d.match_tags("most"),
    "limit": lambda d: d.limit(10),
    "limit and match": lambda d: d.limit(20).match_tags("most"),
    "level": level_one,
    "cut": lambda d: cut(d, 3),
}


@pytest.mark.parametrize("name", VIEWS)
def test_the_chosen_videos_are_counted_as_a_view_of_them_is(dataset, name):
    view, found = VIEWS[name](dataset), find_hierarchy(dataset)
    store = ExecutionStore.create(OVERVIEW_STORE, dataset_id(dataset))
    chosen, counts, missing = next_counts(store, view, found, 3)
    assert chosen.is_part and set(chosen.ids) < set(view.values("id")) and not missing
    some = view.select(chosen.ids)
    assert counts.known("videos") == count_videos(some, found)
    assert counts.known("segments") == count_nodes(some, found)
    assert counts.known("texts") == count_texts(some, found, len(some))
    assert counts.known("videos").videos == len(chosen.ids) <= SIZES["CHOSEN"]
    assert counts.known("segments").total < count_nodes(view, found).total
    # What the counting of all keeps is another thing.
    assert CachedCounts(store, view, found).missing() == ["videos", "segments", "texts"]
    if chosen.known:
        assert chosen.videos == len(view)
    else:
        drawn = SIZES["FIRST"] if name in ("level", "cut") else SIZES["CHOSEN"]
        assert chosen.videos == round(VIDEOS * len(chosen.ids) / drawn)
    assert chosen.known == (name in ("all", "sorted", "limit", "limit and match"))


def test_all_are_counted_of_a_small_dataset_or_view(dataset, monkeypatch):
    few = dataset.match_tags("most").limit(5)
    chosen = choose(few)
    assert sorted(chosen.ids) == sorted(few.values("id")) and not chosen.is_part
    # Nor of one whose stages might mean something else for a part of it.
    assert choose(dataset.add_stage(mongo_stage([{"$limit": 20}]))) == Chosen()
    monkeypatch.setattr(overview_videos, "MOST_VIDEOS", VIDEOS)
    assert choose(dataset) == Chosen()


def test_a_view_of_rare_videos_is_counted_in_its_own(dataset):
    found = find_hierarchy(dataset)
    rare = dataset.select(dataset.first().id).filter_labels(SUMMARY, fo.ViewField("level") == 0)
    assert choose(rare) == Chosen([dataset.first().id], 1)
    store = ExecutionStore.create(OVERVIEW_STORE, dataset_id(dataset))
    _, counts, _ = next_counts(store, rare, found, 3)
    assert counts.known("segments") == count_nodes(rare, found)


def test_the_same_videos_are_chosen_again_and_most_when_one_is_added(dataset_name):
    own = subset_dataset(dataset_name, VIDEOS)
    before = choose(own).ids
    assert before == choose(own.view()).ids
    own.add_sample(fo.Sample(filepath="/nowhere/other.mp4"))
    assert len(set(before) - set(choose(own).ids)) <= 1


def test_the_panel_says_so_and_counts_all_on_request(dataset, large):
    found = find_hierarchy(dataset)
    ask(OVERVIEW, "recount", dataset)
    answer = open_overview(dataset)
    some, tiles = overview_page(answer), overview_tiles(answer)
    chosen = choose(dataset)
    total = count_nodes(dataset.select(chosen.ids), found).total
    about = float(f"{total * VIDEOS / len(chosen.ids):.3g}")
    assert f"Counted in 8 of {VIDEOS} videos" in some["counted"] and not some["every"]
    assert tiles["Videos"]["value"] == str(VIDEOS)
    assert tiles["Annotated nodes"]["value"] == f"≈ {about:,.0f}"
    assert tiles["Different actions"]["more"].endswith("counted in 8 videos")
    # A bar's view is of all videos.
    clicked = ask(OVERVIEW, "click", dataset, params={"id": mark("level", 1)})
    narrowed = build_view(dataset, clicked.every("set_view")[0]["view"])
    assert narrowed.values("id") == level_one(dataset).values("id")

    answer = ask(OVERVIEW, "count_all", dataset, state=answer.panel_state)
    while triggered := answer.every(URI + OVERVIEW):
        assert overview_page(answer)["progress"] and overview_tiles(answer) == tiles
        answer = ask(OVERVIEW, "count", dataset, state=triggered[0]["panel_state"])
    every, total = overview_page(answer), count_nodes(dataset, found).total
    assert overview_tiles(answer)["Annotated nodes"]["value"] == f"{total:,}"
    assert every["every"] and not every["counted"] and "≈" not in str(every["tiles"])
    # Until something changes:
    assert overview_tiles(open_overview(dataset)) == overview_tiles(answer)
    ask(OVERVIEW, "recount", dataset)
    assert overview_tiles(open_overview(dataset)) == tiles


def test_an_estimated_number_of_videos_is_marked(dataset, large):
    answer = open_overview(dataset, dataset.match_tags("most"))
    number = choose(dataset.match_tags("most")).videos
    assert re.search(rf"Counted in \d of ≈ {number} videos", overview_page(answer)["counted"])
    assert overview_tiles(answer)["Videos"]["value"] == f"≈ {number}"
