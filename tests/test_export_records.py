"""Records that were taken out and are read again give the same detections, times and values."""

from __future__ import annotations

import copy
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bson
import fiftyone as fo
import pyarrow.parquet as pq
import pytest
from bson import ObjectId
from fiftyone_action100m import convert, export
from fiftyone_action100m.converters.reading.sources import SourceRecord, read_records
from fiftyone_action100m.converters.storing.documents import Item, sample_documents
from fiftyone_action100m.core.fields import CAPTIONS, TRANSCRIPT_SEGMENTS
from fiftyone_action100m.core.missing import fill_missing_ancestors
from fiftyone_action100m.core.records import parse_record
from fiftyone_action100m.core.schema import RECORD
from fiftyone_action100m.core.tree import TreeOfCaptions
from fiftyone_action100m.exporters.action100m import record_row
from fiftyone_action100m.exporters.video import read_video
from hypothesis import given, settings
from hypothesis import strategies as st
from material import Converted
from strategies import RATES, binary_trees
from subset import SUBSET_FIELDS, subset_dataset

NAMES = [caption.name for caption in CAPTIONS]
NOW = datetime(2026, 1, 1)
TEXTS = st.one_of(st.none(), st.sampled_from(["N/A", "cut", "Knit & purl <twice>\n", "a\x00b"]))


@st.composite
def records(draw: Any) -> dict[str, Any]:
    """A record whose texts are there or not, as it happens, with a transcript."""
    nodes = draw(binary_trees(12))
    for node in nodes:
        node["plm_action"] = draw(TEXTS)
        node["plm_caption"] = draw(TEXTS)
        if draw(st.booleans()):
            action = {key: draw(TEXTS) for key in ("brief", "detailed", "actor")}
            summary = {key: draw(TEXTS) for key in ("brief", "detailed")}
            node["gpt"] = {"summary": summary, "action": action}
    times = draw(st.lists(st.integers(0, 3000), max_size=5, unique=True))
    return {
        "video_uid": "some-video",
        "metadata": {
            "title": draw(TEXTS),
            "description": draw(TEXTS),
            "view_count": draw(st.one_of(st.none(), st.integers(0, 2**40))),
            "like_count": None,
            "duration": draw(st.one_of(st.none(), st.integers(1, 400), st.floats(1, 400))),
            "upload_date": draw(st.sampled_from([None, "20190203"])),
            "transcript": [{"time": str(t / 10), "text": draw(TEXTS)} for t in sorted(times)],
        },
        "nodes": nodes,
    }


def document(row: dict[str, Any], rate: Fraction, frames: int) -> dict[str, Any]:
    """The sample that a record becomes, as MongoDB has it."""
    record = parse_record(copy.deepcopy(row))
    clip: Any = SimpleNamespace(
        size_bytes=1, mime_type="video/mp4", frame_width=64, frame_height=48, frame_rate=rate,
        total_frame_count=frames, duration=float(frames / rate), encoding_str="avc1",
    )  # fmt: skip
    made = sample_documents([Item(record, clip, "/clips/a.mp4")], CAPTIONS, ObjectId(), NOW)
    return bson.decode(next(iter(made)).raw)


def told(made: dict[str, Any], but: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a document says, without what is drawn anew for each; detections by start."""
    without = {"_id", "_rand", "_dataset_id", *but}
    kept = {key: value for key, value in made.items() if key not in without}
    for name in (*NAMES, TRANSCRIPT_SEGMENTS):
        found = [
            {k: v for k, v in d.items() if k not in ("_id", "tier")}
            for d in (kept.get(name) or {}).get("detections", ())
        ]
        kept[name] = sorted(found, key=lambda d: (d["start"], d.get("level", 0)))
    return kept


@settings(max_examples=150, deadline=None)
@given(row=records(), rate=st.sampled_from(RATES), seconds=st.integers(1, 200))
def test_a_round_trip_loses_nothing(row: dict[str, Any], rate: str, seconds: int) -> None:
    fps = Fraction(rate)
    frames = max(int(seconds * fps), 1)
    made = document(row, fps, frames)
    if not any(made[name]["detections"] for name in NAMES):
        return
    video = read_video(made, made, NAMES, NAMES)
    again = document(record_row(video), fps, frames)
    # Where the tree's end is the later, the duration is the tree's; a hole has no end of its own.
    deeper = ("tree_depth", "full_video_duration") if video.tree.root is None else ("tree_depth",)
    assert told(again, deeper) == told(made, deeper)


@settings(max_examples=80, deadline=None)
@given(nodes=binary_trees(16), data=st.data())
def test_filling_joins_what_is_left_and_changes_nothing_else(
    nodes: list[dict[str, Any]], data: st.DataObject
) -> None:
    kept = [n for n in nodes if data.draw(st.booleans())] or nodes[-1:]
    tree = TreeOfCaptions.from_nodes(kept)
    whole = fill_missing_ancestors(tree)
    assert list(whole.node_ids)[: len(tree)] == list(tree.node_ids)
    assert [whole[i.node_id] for i in tree] == list(tree)
    assert len(whole.roots) == 1
    for node in whole:
        above = whole.parent(node.node_id)
        if node.level:
            assert above is not None and above.level == node.level - 1
            assert above.start <= node.start and node.end <= above.end


def same_samples(before: fo.Dataset, after: fo.Dataset) -> None:
    pairs = zip(before.sort_by("video_uid"), after.sort_by("video_uid"), strict=True)
    for one, other in pairs:
        a, b = (s.to_mongo_dict() for s in (one, other))
        for made in (a, b):
            for key in ("filepath", "created_at", "last_modified_at", "metadata", "tree_depth"):
                made.pop(key)
        assert told(a) == told(b)
        assert [d.node_id for d in one["plm_action"].detections] == [
            d.node_id for d in other["plm_action"].detections
        ]


@pytest.mark.parametrize("which", ["demo", "records"])
@pytest.mark.parametrize("format", ["parquet", "json"])
def test_what_is_taken_out_converts_to_the_same_data_set(
    which: str, format: str, request: pytest.FixtureRequest, tmp_path: Path, dataset_name: str
) -> None:
    made: Converted = request.getfixturevalue(f"converted_{which}")
    report = export(made.dataset, tmp_path / "out", format)
    assert report.exit_code == 0 and report.videos == len(made.dataset)
    again, said = convert(
        tmp_path / "out", made.out / "clips", dataset_name, tmp_path / "again", captions="all"
    )
    assert said.samples == len(made.dataset)
    same_samples(made.dataset, again)


def test_shards_have_the_previews_schema(converted_records: Converted, tmp_path: Path) -> None:
    export(converted_records.dataset, tmp_path / "out", "parquet")
    (shard,) = (tmp_path / "out").glob("*.parquet")
    assert pq.read_schema(shard).equals(RECORD)
    assert pq.read_schema(shard).equals(pq.read_schema(converted_records.records))


def test_supports_stand_in_for_times_that_are_not_there(dataset_name: str, tmp_path: Path) -> None:
    subset = subset_dataset(dataset_name)
    report = export(subset, tmp_path / "out", "parquet")
    assert report.notes == {"times-from-supports": 3, "uid-from-url": 3}
    assert "derived from the supports" in (tmp_path / "out.EXPORT.txt").read_text()
    found = list(read_records([tmp_path / "out" / "records-00000.parquet"], CAPTIONS))
    assert [f.record.video_uid for f in found if isinstance(f, SourceRecord)] == ["aa", "bb", "cc"]
    for sample, one in zip(subset, found, strict=True):
        assert isinstance(one, SourceRecord)
        for name in SUBSET_FIELDS:
            for d in sample[name].detections:
                node = one.record.tree[d.node_id]
                assert node.start == (d.support[0] - 1) / 25
                assert node.end == min(d.support[1], 225) / 25
                # "N/A" is an actor there, as the published subset has it.
                assert node.texts[name] == d.label
