"""The stretches that no caption covers: which they are, and that nothing of them is stored."""

from __future__ import annotations

import json

import fiftyone as fo
import pytest
from bson import json_util
from fiftyone_action100m import coverage, missing, stretches
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.internals.views import build_view, serialize_view
from fiftyone_action100m.views.gaps import NOT_COVERED, count_stretches
from fiftyone_action100m.views.hierarchy import NoHierarchyError
from subset import FPS, subset_dataset

FIELD, ACTOR, SUMMARY = "gpt_summary_brief", "gpt_action_actor", "gpt_summary_brief"


@pytest.fixture
def dataset(dataset_name):
    """The published shape; of two videos some leaves are taken away, one has no metadata."""
    made = subset_dataset(dataset_name, videos=4)
    for k, sample in enumerate(made):
        labels = sample[FIELD].detections
        sample[FIELD] = fo.TemporalDetections(detections=labels[:: k + 1] if k < 3 else [])
        if k == 2:
            sample.metadata = None
        sample.save()
    return made


def by_hand(sample, min_frames):
    """Frame by frame: what no segment covers that holds no other one of a larger level."""
    labels = sample[FIELD].detections
    total = sample.metadata.total_frame_count
    free = set(range(1, total + 1))
    for d in labels:
        a, z = d.support[0], min(d.support[1], total)
        inside = [
            e for e in labels
            if e.level > d.level and a <= e.support[0] <= min(e.support[1], total) <= z
        ]  # fmt: skip
        if not inside:
            free -= set(range(a, z + 1))
    found, run = [], []
    for frame in range(1, total + 2):
        if frame in free:
            run.append(frame)
        elif run:
            found.append([run[0], run[-1]])
            run = []
    return [gap for gap in found if gap[1] - gap[0] + 1 >= min_frames]


def raw(dataset):
    return list(samples_of(dataset).find({}, {"last_modified_at": False}))


@pytest.mark.parametrize("seconds", [0, 0.5, 2])
def test_they_are_what_the_finest_captions_leave(dataset, seconds):
    clips = stretches(dataset, FIELD, seconds)
    expected = [
        (sample.id, gap)
        for sample in dataset if sample.metadata is not None
        for gap in by_hand(sample, seconds * FPS)
    ]  # fmt: skip
    assert list(zip(*clips.values(["sample_id", "support"]), strict=True)) == expected
    assert [1, 225] in clips.values("support")  # the video without captions
    assert set(clips.distinct(f"{FIELD}.label")) == {NOT_COVERED}
    assert clips.values("title")[0].startswith("How to")
    counted = count_stretches(dataset, FIELD, seconds)
    assert counted == (len(expected), len({sample for sample, _ in expected}))


def test_they_add_up_to_what_is_not_covered(dataset):
    whole = coverage(dataset, FIELD)
    lengths = [(z - a + 1) / FPS for a, z in stretches(dataset, FIELD, 0).values("support")]
    assert sum(lengths) == pytest.approx(whole.seconds - whole.covered) and lengths
    longest = stretches(dataset, FIELD, 0, sort="duration").values("support")
    assert [z - a for a, z in longest] == sorted((z - a for a, z in longest), reverse=True)


def test_a_clip_has_one_id_whenever_it_is_read(dataset):
    clips = stretches(dataset, FIELD, 0)
    ids = clips.values("id")
    assert len(set(ids)) == len(ids) == len(clips) > 3
    stages = json.loads(json_util.dumps(serialize_view(clips)))
    assert build_view(dataset, stages).values("id") == ids
    dataset.save_view("gaps", clips)
    loaded = dataset.load_saved_view("gaps")
    assert loaded.values("id") == ids and loaded.values("support") == clips.values("support")
    clips.reload()
    assert clips.values("id") == ids


def test_nothing_of_them_gets_into_the_data_set(dataset):
    before = raw(dataset)
    clips = stretches(dataset, FIELD, 0)
    clips.tag_labels("gap")
    assert clips.count_label_tags() == {"gap": len(clips)}
    clips.tag_samples("seen")
    clip = clips.first()
    clip[FIELD].label = "another"
    clip.save()
    clips.set_values(f"{FIELD}.label", ["a third"] * len(clips))
    clips.save()
    assert raw(dataset) == before
    assert dataset.count_label_tags() == {}


def test_what_says_that_there_is_nothing_is_missing(dataset):
    dataset = subset_dataset(f"{dataset.name}-na")
    try:
        silent = sum(d.label.strip().upper() == "N/A" for s in dataset for d in s[ACTOR].detections)
        lacking = sum(len(s[SUMMARY].detections) - len(s[ACTOR].detections) for s in dataset)
        found = missing(dataset, ACTOR, among=SUMMARY, min_seconds=0)
        assert found.count(f"{SUMMARY}.detections") == silent + lacking > lacking
    finally:
        dataset.delete()


def test_clips_and_flat_fields_have_none(dataset):
    with pytest.raises(NoHierarchyError, match="go back"):
        stretches(dataset.to_clips(FIELD), FIELD)
    with pytest.raises(NoHierarchyError, match="holds no tree"):
        stretches(dataset, "transcript_segments")
