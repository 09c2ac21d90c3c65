"""The demo's records have the schema and the shape of Action100M's, whatever the seed."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m.core.labels import is_no_action
from fiftyone_action100m.core.records import parse_record
from fiftyone_action100m.core.schema import RECORD
from fiftyone_action100m.demo.narrator import Shot, gerund, third_person
from fiftyone_action100m.demo.records import demo_record, demo_records
from fiftyone_action100m.demo.stories import STORIES
from hypothesis import given, settings
from hypothesis import strategies as st

Record = dict[str, Any]

indices = st.integers(0, 11)
seeds = st.integers(0, 10_000)
any_record = st.builds(lambda index, seed: demo_record(index, seed=seed), indices, seeds)


@pytest.fixture(scope="module")
def six() -> list[Record]:
    return demo_records()


def digest(records: list[Record]) -> str:
    return hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()


def nodes_of(records: list[Record]) -> list[dict[str, Any]]:
    return [node for record in records for node in record["nodes"]]


def test_the_schema_is_that_of_the_real_files(shared_records: Path) -> None:
    assert pq.read_schema(shared_records).equals(RECORD, check_metadata=True)


def test_a_record_passes_through_arrow_unchanged(six: list[Record]) -> None:
    assert pa.Table.from_pylist(six, schema=RECORD).to_pylist() == six


def test_records_are_the_same_in_another_process(six: list[Record]) -> None:
    code = (
        "import hashlib, json\n"
        "from fiftyone_action100m.demo.records import demo_records\n"
        "text = json.dumps(demo_records(), sort_keys=True)\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "7", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == digest(six)


def test_another_seed_tells_it_differently(six: list[Record]) -> None:
    others = demo_records(seed=52)
    uids = [record["video_uid"] for record in (*six, *others)]
    assert len(set(uids)) == 12
    assert all(
        a["nodes"][0]["end"] != b["nodes"][0]["end"] for a, b in zip(six, others, strict=True)
    )


def test_more_videos_begin_with_the_same_ones(six: list[Record]) -> None:
    assert demo_records(8)[:6] == six


@settings(max_examples=25, deadline=None)
@given(any_record)
def test_the_tree_is_sound_and_of_the_real_shape(record: Record) -> None:
    nodes = record["nodes"]
    parsed = parse_record(record)
    assert set(parsed.warnings) <= {"wrong-duration"}
    assert parsed.tree.check() == []
    families: dict[str | None, int] = {}
    for node in nodes:
        families[node["parent_id"]] = families.get(node["parent_id"], 0) + 1
    assert families.pop(None) == 1
    assert set(families.values()) == {2}
    assert len(families) == len(nodes) // 2
    assert [node["level"] for node in nodes] == sorted(node["level"] for node in nodes)
    assert 10 <= nodes[-1]["level"] <= 18
    assert 60 <= nodes[0]["end"] <= 150
    assert len({node["node_id"] for node in nodes}) == len(nodes)
    assert len(record["video_uid"]) == 11


@settings(max_examples=10, deadline=None)
@given(any_record)
def test_times_are_hundredths_of_a_second_as_float32_has_them(record: Record) -> None:
    for node in record["nodes"]:
        for seconds in (node["start"], node["end"]):
            assert seconds == float(np.float32(round(seconds * 100) / 100))
        assert node["end"] - node["start"] >= 0.5


@settings(max_examples=20, deadline=None)
@given(any_record)
def test_texts_are_where_the_real_ones_are(record: Record) -> None:
    parents = {node["parent_id"] for node in record["nodes"]}
    lacking = 0
    for node in record["nodes"]:
        leaf = node["node_id"] not in parents
        assert node["plm_action"]
        assert (node["llama3_caption"] is not None) == leaf
        long = not leaf and node["end"] - node["start"] >= 4 - 1e-4
        assert long or node["gpt"] is None
        lacking += long and node["gpt"] is None
        if node["gpt"]:
            action = node["gpt"]["action"]
            texts = (*action.values(), *node["gpt"]["summary"].values())
            assert all(text and text == text.strip() for text in texts)
            assert is_no_action(action["brief"]) == is_no_action(action["detailed"])
            assert is_no_action(action["actor"]) or not is_no_action(action["brief"])
    assert record["nodes"][0]["gpt"] is not None
    annotated = sum(node["gpt"] is not None for node in record["nodes"])
    assert lacking < annotated / 2


def test_the_six_have_each_oddity_of_the_real_ones(six: list[Record]) -> None:
    actions = [node["gpt"]["action"] for node in nodes_of(six) if node["gpt"]]
    nothing = [a for a in actions if a["brief"] == "N/A"]
    assert nothing and all(set(a.values()) == {"N/A"} for a in nothing)
    assert any(a["actor"] == "N/A" and a["brief"] != "N/A" for a in actions)
    parents = {node["parent_id"] for node in nodes_of(six)}
    assert any(
        node["gpt"] is None and node["node_id"] in parents and node["end"] - node["start"] >= 4
        for node in nodes_of(six)
    )
    captions = [node["plm_caption"] for node in nodes_of(six)]
    assert 0 < captions.count(None) < len(captions) / 20
    ends = [record["nodes"][0]["end"] for record in six]
    assert sum(end > 90 for end in ends) > len(ends) / 2
    assert any(end < 90 for end in ends)


def test_one_record_is_longer_than_its_metadata_says(six: list[Record]) -> None:
    missing = [r["nodes"][0]["end"] - r["metadata"]["duration"] for r in six]
    assert sum(seconds > 5 for seconds in missing) == 1
    assert sum(abs(seconds) <= 0.5 for seconds in missing) == len(six) - 1


def test_transcripts_have_ascending_text_times_and_untidy_blanks(six: list[Record]) -> None:
    transcripts = [record["metadata"]["transcript"] for record in six]
    assert sum(transcript is None for transcript in transcripts) == 1
    spoken = [transcript for transcript in transcripts if transcript]
    for transcript in spoken:
        times = [float(entry["time"]) for entry in transcript]
        assert times == sorted(set(times))
    texts = [entry["text"] for transcript in spoken for entry in transcript]
    assert any("  " in text for text in texts)
    assert any("\n" in text for text in texts)


def test_captions_are_varied_and_some_steps_recur(six: list[Record]) -> None:
    by_video = [
        {n["gpt"]["action"]["brief"] for n in record["nodes"] if n["gpt"]} for record in six
    ]
    assert all(len(briefs) >= 15 for briefs in by_video)
    everything = [brief for briefs in by_video for brief in briefs]
    shared = {brief for brief in everything if everything.count(brief) > 1}
    assert {"Speak to camera", "Wash hands", "N/A"} <= shared
    assert len({text.split()[0] for text in everything}) > 40


def test_a_tree_of_thousands_of_nodes_is_made_on_request() -> None:
    record = demo_record(leaves=2785)
    assert len(record["nodes"]) == 5569
    assert parse_record(record).warnings == {}
    assert record["nodes"][-1]["level"] <= 19


@pytest.mark.parametrize("leaves", [1, 2, 12])
def test_a_short_tree_is_made_on_request(leaves: int) -> None:
    record = demo_record(seconds=7, leaves=leaves)
    assert len(record["nodes"]) == 2 * leaves - 1
    assert record["nodes"][0]["end"] == 7
    assert parse_record(record, ()).tree.check() == []


def test_more_leaves_than_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="100 leaves do not fit into 10 s"):
        demo_record(seconds=10, leaves=100)


def test_the_stories_are_as_long_as_real_ones() -> None:
    assert len(STORIES) >= 6
    for story in STORIES:
        assert 8 <= len(story.steps) <= 14
        assert all(len(step.moves) >= 2 for step in story.steps)
        assert len({step.name for step in story.steps}) == len(story.steps)


@pytest.mark.parametrize(
    ("imperative", "doing", "does"),
    [
        ("Stir the dough", "Stirring the dough", "Stirs the dough"),
        ("Tie off the thread", "Tying off the thread", "Ties off the thread"),
        ("Dry the tube", "Drying the tube", "Dries the tube"),
        ("Squeeze the tyre", "Squeezing the tyre", "Squeezes the tyre"),
        ("Press the patch", "Pressing the patch", "Presses the patch"),
        ("Level the cup", "Levelling the cup", "Levels the cup"),
        ("Smile", "Smiling", "Smiles"),
    ],
)
def test_imperatives_are_conjugated(imperative: str, doing: str, does: str) -> None:
    assert (gerund(imperative), third_person(imperative)) == (doing, does)


def test_the_parts_of_a_move_are_told_apart() -> None:
    phase = STORIES[0].phases[1]
    labels = [Shot(phase, phase.steps[0], "Sift flour", part, 4).label for part in range(4)]
    assert labels == ["Begin to sift flour", "Sift flour", "Go on sifting flour",
                      "Finish sifting flour"]  # fmt: skip
