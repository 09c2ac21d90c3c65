"""The granularity operators: forms, previews and effects, through the real executor."""

from __future__ import annotations

import json
import uuid
from datetime import datetime

import executor
import fiftyone as fo
import pytest
from bson import ObjectId, json_util
from executor import URI
from fiftyone import ViewField as F
from fiftyone.core.clips import ClipsView
from fiftyone.operators import types
from fiftyone_action100m.internals.database import dataset_id
from fiftyone_action100m.internals.views import build_view, source_dataset
from fiftyone_action100m.operators.trail import trail_key
from fiftyone_action100m.views import granularity
from fiftyone_action100m.views.counts import SegmentCount, count_shown_segments
from fiftyone_action100m.views.cut_store import has_stored_cut, store_cut
from fiftyone_action100m.views.hierarchy import find_hierarchy
from fiftyone_action100m.views.scales import count_scales, scales_up_to
from subset import subset_dataset

FIELD = "gpt_summary_brief"
LEVEL = "granularity_by_level"
SCALE = "granularity_by_time_scale"
PREPARE = "prepare_fast_cuts"


@pytest.fixture(scope="module")
def dataset():
    """Shared: change nothing."""
    made = subset_dataset(f"test-{uuid.uuid4().hex[:10]}")
    yield made
    made.delete()


@pytest.fixture
def own(dataset_name):
    """A dataset of the test's own."""
    return subset_dataset(dataset_name)


def form(name, view, **params):
    """The form's properties, by name, as FiftyOne resolves them for these values."""
    return executor.form(name, view, params=params)


def run(name, view, **params):
    """Runs an operator; returns the view that it shows, and what it says."""
    told = executor.run(name, view, params=params)
    field = params.get("field", "all fields" if name == LEVEL else None)
    active = {"set_active_fields"} if field != "all fields" else set()
    always = {"set_view", "notify", URI + "show_way"}
    left_clips = {URI + "reset_sidebar"} if isinstance(view, ClipsView) else set()
    assert set(told) == always | active | left_clips
    if active and field:
        assert told["set_active_fields"]["fields"] == [field]
    stages = told["set_view"]["view"]
    return build_view(source_dataset(view), stages), told["notify"]["message"]


def test_a_cut_is_previewed_and_shown(dataset):
    properties = form(SCALE, dataset, seconds=2.0, field=FIELD)
    expected = granularity.cut(dataset, 2, [FIELD])
    count = expected.count(f"{FIELD}.detections")
    said = f"Segments of at most 2 s: {count} segments in 3 videos"
    assert properties["preview"].view.label == said
    view, said = run(SCALE, dataset, seconds=2.0, field=FIELD)
    assert view == expected and said == "Segments of at most 2 s"
    assert 3 < count < dataset.count(f"{FIELD}.detections")


def test_an_untouched_form_cuts_at_ten_seconds(dataset):
    properties = form(SCALE, dataset)
    assert properties["field"].default == FIELD and properties["seconds"].default is None
    assert properties["preview"].view.label == "Segments of at most 10 s: 3 segments in 3 videos"
    view, said = run(SCALE, dataset)
    assert view.values(f"{FIELD}.detections.level") == [[0]] * 3
    assert said == "Segments of at most 10 s"


def test_the_slider_says_what_each_stop_shows(dataset):
    slider = form(SCALE, dataset, field=FIELD)["stop"]
    labels = [
        m["label"].split("\n") for m in slider.view.to_json()["componentsProps"]["slider"]["marks"]
    ]
    stops = {"0 s": 0, "1 s": 1, "2 s": 2, "3 s": 3, "5 s": 5, "10 s": 10, "all": 1e6}
    assert [name for name, _ in labels] == list(stops)
    assert labels[slider.default][0] == "10 s"
    for place, (name, count) in enumerate(labels):
        expected = granularity.cut(dataset, stops[name], [FIELD])
        assert int(count) == expected.count(f"{FIELD}.detections")
        view, _ = run(SCALE, dataset, stop=place, field=FIELD)
        assert view == expected
    assert len({count for _, count in labels}) > 2
    assert "stop" not in form(SCALE, dataset, field=FIELD, seconds=7.5, stop=0)
    view, _ = run(SCALE, dataset, field=FIELD, seconds=7.5, stop=0)
    assert view == granularity.cut(dataset, 7.5, [FIELD])


@pytest.mark.parametrize("fields", [[FIELD], ["gpt_action_actor"], None])
def test_scales_are_counted_under_the_views_other_stages(own, fields):
    wanted = F("label").ends_with("5.") | F("label").ends_with("1.")
    words = own.match(F("title") != "How to bb").filter_labels(FIELD, wanted, only_matches=False)
    for view in (own, words, granularity.cut(words, 2), own.limit(2).to_clips(FIELD)):
        counts = count_scales(view, scales_up_to(9), fields)
        chosen = fields or find_hierarchy(own).fields
        for seconds, counted in counts.items():
            cut = granularity.cut(view, seconds, fields)
            assert counted == count_shown_segments(view, cut, chosen), seconds
    assert count_scales(words, [0], fields)[0].segments > 0
    store_cut(own)
    assert count_scales(words, [0, 2], fields) == {s: counts_of(words, s, fields) for s in (0, 2)}


def counts_of(view, seconds, fields):
    chosen = fields or find_hierarchy(view).fields
    return count_shown_segments(view, granularity.cut(view, seconds, fields), chosen)


def test_scales_that_take_too_long_to_count_are_estimated(dataset):
    busy = {"$map": {"input": {"$range": ["$view_count", 200_000]}, "in": {"$mod": ["$$this", 7]}}}
    slow = dataset.mongo([{"$match": {"$expr": {"$gt": [{"$sum": busy}, 0]}}}])
    counts = count_scales(slow, [1e6], [FIELD], max_seconds=0.005)
    assert counts == {1e6: SegmentCount(3, 3, False)}


def test_holes_are_asked_for_where_there_can_be_some(own):
    actor = "gpt_action_actor"
    assert "holes" in form(SCALE, own, field=actor)
    view, _ = run(SCALE, own, seconds=1.0, field=actor, holes="cover")
    assert view == granularity.cut(own, 1, [actor], "cover")
    own.clone_sample_field(FIELD, "plm_action")
    assert "holes" not in form(SCALE, own, field="plm_action")


def test_all_fields_count_a_segment_once(dataset):
    view = granularity.by_level(dataset, 1)
    fields = ("gpt_summary_brief", "gpt_action_brief", "gpt_action_actor")
    ids = zip(*(view.values(f"{f}.detections.node_id") for f in fields), strict=True)
    segments = sum(len({i for field in sample for i in field}) for sample in ids)
    preview = form(LEVEL, dataset)["preview"].view.label
    assert preview == f"Level 1: {segments} segments in 3 videos"


def test_levels_are_shown_and_wrong_ones_refused(dataset):
    view, said = run(LEVEL, dataset, first=1, last=2, field=FIELD)
    assert set(view.distinct(f"{FIELD}.detections.level")) == {1, 2}
    assert said == f"Levels 1 to 2 of {FIELD}"
    view, said = run(LEVEL, dataset, first=0)
    assert set(view.distinct(f"{FIELD}.detections.level")) == {0} and "Level 0 of all" in said
    properties = form(LEVEL, dataset, first=3, last=1)
    assert properties["last"].invalid and "from 3 to 1" in properties["last"].error_message


def test_one_granularity_replaces_another_and_can_be_undone(dataset):
    words = dataset.match(F("title") != "How to bb")
    first, _ = run(LEVEL, words, first=1)
    second, _ = run(SCALE, first, seconds=2.0, field=FIELD)
    assert second == granularity.cut(words, 2, [FIELD]) and len(second) == 2
    told = executor.run("back_to_previous_view", second)
    assert build_view(dataset, told["set_view"]["view"]) == first


def test_a_view_of_dates_and_ids_is_remembered_as_the_apps_server_can_send_it(dataset):
    sample = dataset.first()
    dated = dataset.match(
        (F("created_at") > datetime(2000, 1, 1)) & (F("_id") == ObjectId(sample.id))
    )
    level, _ = run(LEVEL, dated, first=1)
    kept = fo.operators.ExecutionStore.create("action100m", dataset_id(dataset)).get(trail_key())
    assert json.loads(json.dumps(kept)) == kept and kept["steps"][1]["stages"]
    told = executor.run("back_to_previous_view", level)
    view = build_view(dataset, json_util.loads(json.dumps(told["set_view"]["view"])))
    assert view.values("id") == [sample.id] == dated.values("id")


@pytest.mark.parametrize("name", [LEVEL, SCALE])
def test_an_empty_view_is_counted_as_such(dataset, name):
    empty = dataset.match(F("title") == "none")
    preview = form(name, empty)["preview"].view
    assert preview.label.endswith(": 0 segments in 0 videos") and isinstance(preview, types.Warning)
    view, _ = run(name, empty)
    assert len(view) == 0


@pytest.mark.parametrize("name", [LEVEL, SCALE])
def test_a_selection_changes_nothing(dataset, name):
    sample = dataset.first()
    label = {"sample_id": sample.id, "label_id": sample[FIELD].detections[0].id, "field": FIELD}
    properties = executor.form(name, dataset, selected=[sample.id], selected_labels=[label])
    assert properties["preview"].view.label == form(name, dataset)["preview"].view.label


@pytest.mark.parametrize("name", [LEVEL, SCALE])
def test_of_clips_it_shows_their_videos(dataset, name):
    clips = dataset.limit(2).to_clips(FIELD)
    view, _ = run(name, clips)
    assert not isinstance(view, ClipsView) and len(view) == 2
    assert form(name, clips)["preview"].view.label.endswith("in 2 videos")


@pytest.mark.parametrize("name", [LEVEL, SCALE, PREPARE])
def test_without_a_hierarchy_the_form_says_so(dataset_name, name):
    plain = fo.Dataset(dataset_name)
    plain.add_sample(fo.Sample("/clip.mp4"))
    properties = form(name, plain)
    assert list(properties) == ["no_hierarchy"] and properties["no_hierarchy"].invalid
    assert "has no tree" in properties["no_hierarchy"].view.label


def test_the_button_is_there_where_a_tree_is(dataset, dataset_name):
    place = executor.placement(SCALE, dataset).place
    assert place.value == "samples-grid-secondary-actions"
    plain = fo.Dataset(f"{dataset_name}-plain")
    try:
        assert executor.placement(SCALE, plain) is None
    finally:
        plain.delete()


def test_numbers_are_prepared_used_and_removed(own):
    assert "15 fields" not in form(PREPARE, own)["what"].view.label
    assert "3 videos in 5 fields" in form(PREPARE, own)["what"].view.label
    before, _ = run(SCALE, own, seconds=2.0, field=FIELD)
    ids = before.values(f"{FIELD}.detections.id")
    told = executor.run(PREPARE, own)
    assert told["notify"]["message"] == "Prepared 3 videos for fast cuts"
    assert "reload_dataset" in told
    own.reload()
    assert has_stored_cut(own, FIELD) and "remove" in form(PREPARE, own)
    after, _ = run(SCALE, own, seconds=2.0, field=FIELD)
    assert after != before and after.values(f"{FIELD}.detections.id") == ids
    executor.run(PREPARE, own, params={"remove": True})
    own.reload()
    assert not has_stored_cut(own, FIELD)


def test_delegated_it_returns_what_it_did(own):
    assert executor.delegated(PREPARE, own) == {"videos": 3}


def test_what_takes_too_long_to_count_is_estimated(dataset):
    busy = {"$map": {"input": {"$range": ["$view_count", 200_000]}, "in": {"$mod": ["$$this", 7]}}}
    view = granularity.by_level(dataset, 0, None, [FIELD]).add_stage(
        fo.Mongo([{"$match": {"$expr": {"$gt": [{"$sum": busy}, 0]}}}], _needs_frames=False)
    )
    counted = count_shown_segments(dataset, view, [FIELD], max_seconds=600)
    assert counted == SegmentCount(3, 3, True)
    counted = count_shown_segments(dataset, view, [FIELD], max_seconds=0.005)
    assert counted == SegmentCount(3, 3, False) and str(counted).startswith("about 3 segments")


def test_the_time_scale_is_that_of_the_ticked_caption(dataset):
    ticked = {"active_fields": ["title", "gpt_action_brief"]}
    assert executor.form(SCALE, dataset, **ticked)["field"].default == "gpt_action_brief"
    told = executor.run(SCALE, dataset, params={"seconds": 2}, **ticked)
    # Title and duration stay where they are ticked.
    assert told["set_active_fields"] == {"fields": ["title", "gpt_action_brief"]}
    widest = find_hierarchy(dataset).widest
    assert executor.form(SCALE, dataset)["field"].default == widest != "gpt_action_brief"
