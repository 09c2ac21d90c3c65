"""The operators that search, through the real executor: forms, effects, refusals."""

from __future__ import annotations

import uuid

import fiftyone as fo
import pytest
from executor import URI, form, run
from fiftyone_action100m.internals.views import build_view
from fiftyone_action100m.operators import forms
from fiftyone_action100m.operators.gaps import Gaps
from fiftyone_action100m.operators.segments import SegmentsAsClips
from fiftyone_action100m.views.clips import segments
from subset import subset_dataset

NAMES = ("find_in_captions", "same_action_elsewhere", "segments_as_clips", "gaps")
BRIEF, SUMMARY = "gpt_action_brief", "gpt_summary_brief"


@pytest.fixture(scope="module")
def dataset():
    """Shared: change nothing."""
    made = subset_dataset(f"test-{uuid.uuid4().hex[:10]}")
    yield made
    made.delete()


@pytest.fixture(scope="module")
def flat():
    made = fo.Dataset(f"test-{uuid.uuid4().hex[:10]}")
    made.add_sample(fo.Sample(filepath="/nowhere/a.mp4"))
    yield made
    made.delete()


def line(properties, name="preview"):
    return properties[name].view.label


def shown(dataset, told):
    setting = told.get("set_view") or told[URI + "show_and_open"]
    return build_view(dataset, setting["view"])


def label_of(sample, text):
    found = next(d for d in sample[BRIEF].detections if d.label == text)
    return [{"label_id": found.id, "sample_id": sample.id, "field": BRIEF}]


@pytest.mark.parametrize("name", NAMES)
def test_without_a_tree_the_form_says_so(name, flat):
    properties = form(name, flat)
    assert list(properties) == ["no_hierarchy"] and properties["no_hierarchy"].invalid
    assert "has no tree" in line(properties, "no_hierarchy")


@pytest.mark.parametrize("name", NAMES)
def test_without_a_tree_nothing_can_be_executed(name, flat):
    assert set(run(name, flat, params={"query": "x"})) == {"refused"}


def test_videos_cannot_be_led_back_to_videos(dataset):
    told = run("clips_back_to_videos", dataset)
    assert told["notify"]["message"] == "This view has no clips"


@pytest.mark.parametrize("name", NAMES)
def test_forms_open_on_an_empty_view_and_on_clips(name, dataset):
    empty = dataset.match(fo.ViewField("filepath") == "")
    assert "no_hierarchy" not in form(name, dataset, empty, params={"query": "x", "label": "do"})
    clips = segments(dataset, BRIEF)
    properties = form(name, dataset, clips, params={"query": "step", "label": "do step 1"})
    assert "no_hierarchy" not in properties
    if name in ("segments_as_clips", "gaps"):
        assert list(properties) == ["problem"] and properties["problem"].invalid


def test_the_search_form_counts(dataset):
    assert "preview" not in form("find_in_captions", dataset)
    params = {"query": "step 1", "fields": [BRIEF], "whole_words": True}
    properties = form("find_in_captions", dataset, params=params)
    assert line(properties) == "3 captions in 3 videos"
    assert f"| `{BRIEF}` | 3 |" in line(properties, "counts")
    refused = form("find_in_captions", dataset, params={"query": "(a+)+b", "regex": True})
    assert refused["problem"].invalid and "whole_words" not in refused


def test_the_search_shows_the_branch_and_can_be_undone(dataset):
    params = {"query": '"step 1"', "fields": [BRIEF], "whole_words": True, "keep": "ancestors"}
    told = run("find_in_captions", dataset, params=params)
    view = shown(dataset, told)
    assert view.count_values(f"{BRIEF}.detections.label") == {"do step 0": 3, "do step 1": 3}
    back = run("back_to_previous_view", dataset, view)
    assert back["set_view"]["view"] == []


def test_each_video_found_has_a_ticked_caption(dataset):
    changed = dataset.clone(f"test-{uuid.uuid4().hex[:10]}")
    first, second, _ = changed
    first[BRIEF].detections[0].label = "whisk"
    second[SUMMARY].detections[0].label = "somebody whisks"
    first.save()
    second.save()

    def ticked(*active):
        told = run("find_in_captions", changed, params={"query": "whisk"}, active_fields=active)
        assert told["notify"]["message"] == "Found whisk: 2 captions in 2 videos"
        return told["set_active_fields"]["fields"]

    assert ticked(BRIEF) == [BRIEF, SUMMARY] and ticked(SUMMARY) == [SUMMARY, BRIEF]
    assert ticked() == [BRIEF, SUMMARY] and ticked(SUMMARY, BRIEF) == [SUMMARY, BRIEF]
    second[BRIEF].detections[0].label = "whisk"  # now the brief captions show both
    second[SUMMARY].detections[0].label = "somebody stirs"
    second.save()
    assert ticked(BRIEF) == [BRIEF] == ticked(SUMMARY)
    changed.delete()


def test_a_search_that_finds_nothing_or_is_refused_leaves_the_view(dataset):
    told = run("find_in_captions", dataset, params={"query": "nowhere"})
    assert set(told) == {"notify"} and "nowhere" in told["notify"]["message"]
    told = run("find_in_captions", dataset, params={"query": "(a+)+b", "regex": True})
    assert set(told) == {"refused"}


def test_the_search_narrows_clips(dataset):
    clips = segments(dataset, BRIEF)
    params = {"query": "step 1", "whole_words": True}
    properties = form("find_in_captions", dataset, clips, params=params)
    assert "keep" not in properties and "fields" not in properties
    view = shown(dataset, run("find_in_captions", dataset, clips, params=params))
    assert view.values(f"{BRIEF}.label") == ["do step 1"] * 3


def test_the_selected_action_is_found_elsewhere(dataset):
    selected = label_of(dataset.first(), "do step 1")
    properties = form("same_action_elsewhere", dataset, selected_labels=selected)
    assert "label" not in properties
    assert line(properties) == f"3 segments in 3 videos, by {BRIEF}"
    view = shown(dataset, run("same_action_elsewhere", dataset, selected_labels=selected))
    assert view.values(f"{BRIEF}.label") == ["do step 1"] * 3
    verb = {"by": "verb", "sort": "video"}
    told = run("same_action_elsewhere", dataset, selected_labels=selected, params=verb)
    assert len(shown(dataset, told)) == dataset.count(f"{BRIEF}.detections")


def test_without_a_selection_an_action_can_be_typed(dataset):
    assert "preview" not in form("same_action_elsewhere", dataset)
    typed = form("same_action_elsewhere", dataset, params={"label": "Do the step 1."})
    assert line(typed).startswith("3 segments")
    told = run("same_action_elsewhere", dataset, params={"label": "no such thing"})
    assert set(told) == {"notify"} and told["notify"]["variant"] == "warning"
    told = run("same_action_elsewhere", dataset, params={"label": "wait", "by": "object"})
    assert set(told) == {"refused"}


def test_a_selected_clip_counts_as_its_caption(dataset):
    clips = segments(dataset, BRIEF)
    clip = next(c for c in clips if c[BRIEF].label == "do step 1")
    selected = [{"label_id": clip[BRIEF].id, "sample_id": clip.id, "field": BRIEF}]
    properties = form("same_action_elsewhere", dataset, clips, selected_labels=selected)
    assert line(properties).startswith("3 segments")


def test_segments_become_clips_and_videos_again(dataset):
    view = dataset.limit(2)
    count = view.count(f"{BRIEF}.detections")
    properties = form("segments_as_clips", dataset, view)
    assert line(properties) == f"{count} segments in 2 videos"
    clips = shown(dataset, run("segments_as_clips", dataset, view, params={"field": BRIEF}))
    assert len(clips) == count
    clip = clips.last()
    told = run("clips_back_to_videos", dataset, clips, selected=[clip.id])
    assert shown(dataset, told).values("id") == [clip.sample_id]
    expected = {"label_id": clip.id, "sample_id": clip.sample_id, "field": BRIEF}
    landing = told[URI + "show_and_open"]
    assert landing["labels"] == [expected] and "set_view" not in told
    assert clip.id in {d.id for d in dataset[clip.sample_id][BRIEF].detections}
    assert landing["sample_id"] == clip.sample_id
    assert landing["frame"] == clip.support[0] > 1
    everything = shown(dataset, run("clips_back_to_videos", dataset, clips))
    assert everything.values("id") == view.values("id")


def test_gaps_are_shown_with_totals(dataset):
    params = {"kind": "missing", "field": BRIEF, "among": SUMMARY, "seconds": 0}
    lacking = dataset.count(f"{SUMMARY}.detections") - dataset.count(f"{BRIEF}.detections")
    with_gap = [s.id for s in dataset if len(s[SUMMARY].detections) > len(s[BRIEF].detections)]
    properties = form("gaps", dataset, params=params)
    assert line(properties) == f"{lacking} segments in {len(with_gap)} videos without {BRIEF}"
    view = shown(dataset, run("gaps", dataset, params=params))
    assert view.count(f"{SUMMARY}.detections") == lacking > 0
    params = {"kind": "stretches", "field": BRIEF, "seconds": 0.5}
    clips = shown(dataset, run("gaps", dataset, params=params))
    count = len(clips)
    said = line(form("gaps", dataset, params=params))
    assert said.startswith(f"{count} stretches in ") and "s covered" in said and count > 0
    # The video at that place; there is no caption to select.
    gap = clips.last()
    told = run("clips_back_to_videos", dataset, clips, selected=[gap.id])
    landing = told[URI + "show_and_open"]
    assert landing["labels"] == [] and landing["frame"] == gap.support[0]
    params = {"kind": "uncovered", "field": BRIEF, "seconds": 0.5}
    assert "gaps in" in line(form("gaps", dataset, params=params))
    assert len(shown(dataset, run("gaps", dataset, params=params))) > 0
    told = run("gaps", dataset, params={**params, "seconds": 1000})
    assert set(told) == {"notify"}


@pytest.mark.parametrize(
    ("operator", "params", "says"),
    [
        (SegmentsAsClips(), {"field": BRIEF}, "segments in 2 videos"),
        (Gaps(), {"kind": "missing", "field": BRIEF}, f"1 segment in 1 video without {BRIEF}"),
        (Gaps(), {"kind": "uncovered", "field": BRIEF}, "of 2 videos"),
        (Gaps(), {"kind": "stretches", "field": BRIEF}, "stretches in 2 videos. In all"),
    ],
)
def test_where_counting_takes_too_long_it_is_of_the_first_videos(
    operator, params, says, dataset, monkeypatch
):
    monkeypatch.setattr(forms, "PREVIEW_MS", 1)
    monkeypatch.setattr(forms, "PREVIEW_VIDEOS", 2)
    slow = dataset.mongo(
        [{"$match": {"$expr": {"$gte": [{"$size": {"$range": [0, 5_000_000]}}, 0]}}}]
    )
    text = line(form(operator, dataset, slow, params=params))
    assert says in text and text.endswith("among the first 2 videos")
