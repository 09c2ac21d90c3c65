"""Tidying by verb: what is stored, what is coloured, and that all of it can be taken back."""

from __future__ import annotations

import json
import re
from collections import Counter

import executor
import pytest
from fiftyone.operators import types
from fiftyone.operators.store import ExecutionStore
from fiftyone_action100m.core.actions import VERB_PATTERN, parse
from fiftyone_action100m.internals.database import dataset_id, samples_of
from fiftyone_action100m.views.hierarchy import find_hierarchy
from fiftyone_action100m.views.verbs import drop_verbs, most_frequent_verbs, store_verbs
from subset import subset_dataset

NAME = "tidy_view"
BRIEF, SUMMARY = "gpt_action_brief", "gpt_summary_brief"
TEXTS = (
    "Knead the dough.", "the knead", "  STIR-fry an egg", "Étaler la pâte", "a", "…", "The, add!",
    "Animate", "an", "", "7 eggs",
)  # fmt: skip


@pytest.fixture
def dataset(dataset_name):
    made = subset_dataset(dataset_name)
    for sample in made:
        for k, detection in enumerate(sample[BRIEF].detections):
            detection.label = TEXTS[k % len(TEXTS)]
        sample.save()
    return made


def form(dataset, **params):
    return executor.form(NAME, dataset, params=params)


def run(dataset, **params):
    told = executor.run(NAME, dataset, params=params)
    dataset.reload()
    return told


def raw(dataset):
    return list(samples_of(dataset).find({}, {"last_modified_at": 0}))


@pytest.mark.parametrize("text", TEXTS)
def test_the_pattern_finds_the_verb_that_parsing_finds(text):
    found = re.search(VERB_PATTERN, text, re.IGNORECASE)
    assert (found[1].lower() if found else "") == parse(text).verb


def test_a_caption_has_the_verb_of_its_segments_action(dataset):
    before = raw(dataset)
    assert store_verbs(dataset) == 3
    for sample in dataset:
        verbs = {d.node_id: parse(d.label).verb for d in sample[BRIEF].detections}
        for field in find_hierarchy(dataset).fields:
            for d in sample[field].detections:
                own = parse(d.label).verb if field == find_hierarchy(dataset).widest else ""
                # MongoDB makes ASCII letters small, and no others.
                assert d.verb.lower() == verbs.get(d.node_id, own)
    counts = Counter(v for verbs in dataset.values(f"{BRIEF}.detections.verb") for v in verbs if v)
    assert most_frequent_verbs(dataset, 2) == [
        verb for verb, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:2]
    ]
    assert store_verbs(dataset) == 3  # again, for what has changed
    drop_verbs(dataset)
    assert raw(dataset) == before
    assert dataset.get_field(f"{BRIEF}.detections.verb") is None
    drop_verbs(dataset)  # nothing is left to remove


def test_an_attribute_of_that_name_is_left_alone(dataset):
    for sample in dataset:
        for detection in sample[BRIEF].detections:
            detection["verb"] = "mine"
        sample.save()
    dataset.add_dynamic_sample_fields()
    before = raw(dataset)
    told = run(dataset, colours="verb")
    assert told["notify"]["variant"] == "error" and "already have" in told["notify"]["message"]
    assert raw(dataset) == before and dataset.app_config.color_scheme is None


def test_verbs_are_coloured_and_taken_back(dataset):
    before = raw(dataset)
    notice = form(dataset, colours="verb")["preview"].view
    assert isinstance(notice, types.Notice) and "captions of 3 videos" in notice.label
    told = run(dataset, colours="verb", fields=[BRIEF])
    live = {"set_color_scheme", "set_active_fields", "reload_dataset", "notify"}
    assert set(told) == live
    scheme = dataset.app_config.color_scheme
    assert scheme.color_by == "value" and len(scheme.color_pool) == 1  # all that is not frequent
    by_field = {f["path"]: f for f in scheme.fields}
    assert set(by_field) == set(find_hierarchy(dataset).fields)
    assert by_field[SUMMARY]["colorByAttribute"] == "verb"
    colours = by_field[BRIEF]["valueColors"]
    assert [c["value"] for c in colours] == most_frequent_verbs(dataset, 20)
    assert len({c["color"] for c in colours}) == len(colours) > 3
    assert told["set_color_scheme"]["fields"] == scheme.fields
    assert told["set_color_scheme"]["color_pool"] == scheme.color_pool
    json.dumps(
        ExecutionStore.create("action100m", dataset_id=dataset_id(dataset)).get("before_tidy")
    )
    told = run(dataset, colours="normal")
    assert told["set_color_scheme"]["fields"] == []
    assert raw(dataset) == before
    assert dataset.app_config.color_scheme is None and dataset.app_config.active_fields is None
