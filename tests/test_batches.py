"""A batch read as columns gives what each of its records gives by itself, whatever is wrong."""

from __future__ import annotations

import copy
import math
import random
import sys
from datetime import datetime

import bson
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from bson import ObjectId
from fiftyone_action100m.converters.reading.sources import Failure, SourceRecord, read_records
from fiftyone_action100m.converters.storing.documents import (
    MAX_DOCUMENT_BYTES,
    Item,
    may_be_too_large,
    sample_documents,
)
from fiftyone_action100m.core.block import BlockTree, block_of
from fiftyone_action100m.core.fields import CAPTIONS
from fiftyone_action100m.core.records import RecordError, parse_record
from fiftyone_action100m.core.schema import RECORD
from material import clip_of, same_record, small_record
from rowwise import map_labels


def read(path):
    return list(read_records([path], CAPTIONS))


def write(path, rows, schema=RECORD):
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def spoil(row, rng):
    """Does something to a record that its schema still allows."""
    nodes, metadata = row["nodes"], row["metadata"]
    node, other = rng.choice(nodes), rng.choice(nodes)
    entries = (metadata["transcript"] or []) if metadata else []
    kind = rng.randrange(14)
    if kind == 0:
        node["parent_id"] = rng.choice([None, "gone", other["node_id"], node["node_id"]])
    elif kind == 1:
        node["node_id"] = rng.choice([None, "", other["node_id"]])
    elif kind == 2:
        node["level"] = rng.choice([None, -1, 0, 9, node["level"] + 1])
    elif kind == 3:
        node[rng.choice(["start", "end"])] = rng.choice([None, math.nan, math.inf, -1.0, 3.0])
    elif kind == 4:
        node["start"], node["end"] = node["end"], node["start"]
    elif kind == 5:
        node["plm_action"] = rng.choice([None, "", " \n\u2003", "\u00a0x", "n / A"])
    elif kind == 6:
        rng.shuffle(nodes)
    elif kind == 7:
        nodes.remove(node)
    elif kind == 8:
        row["metadata"] = None
    elif kind == 9 and entries:
        times = [None, "", "soon", "-1", "nan", "inf", " 2 ", "1_0", "1e400"]
        rng.choice(entries)["time"] = rng.choice(times)
    elif kind == 10 and entries:
        texts = [None, "", " ", " a \u2003\n b\x1c"]
        rng.choice(entries)["text"] = rng.choice(texts)
    elif kind == 11:
        rng.shuffle(entries)
    elif kind == 12 and metadata:
        metadata["transcript"] = None
    elif kind == 13:
        row["nodes"] = rng.choice([None, [], nodes[:1]])


def expected(row):
    try:
        return parse_record(row)
    except RecordError as error:
        return error.reason


@pytest.mark.parametrize("seed", range(6))
def test_each_record_is_what_it_is_by_itself(tmp_path, seed):
    rng = random.Random(seed)
    rows = []
    for i in range(120):
        # Some records share their ids, as copies of each other do.
        row = copy.deepcopy(small_record(f"video-{i % 40}", leaves=rng.randint(1, 12)))
        row["video_uid"] = f"video-{i}"
        for _ in range(rng.choice([0, 0, 0, 1, 1, 2])):
            if row["nodes"]:
                spoil(row, rng)
        rows.append(row)
    path = write(tmp_path / "a.parquet", rows)
    items = read(path)
    rows = pq.read_table(path).to_pylist()  # times in single precision
    whole = 0
    for row, item in zip(rows, items, strict=True):
        alone = expected(row)
        if isinstance(item, Failure):
            assert item.reason == alone
        else:
            assert same_record(item.record, alone), row["video_uid"]
            assert item.record.tree.depth == alone.tree.depth
            assert item.record.duration == alone.duration
            whole += isinstance(item.record.tree, BlockTree)
            if isinstance(item.record.tree, BlockTree):
                assert alone.tree.is_valid()
    assert whole >= 30


def test_sound_records_are_not_looked_at_one_by_one(tmp_path):
    rows = [small_record(f"video-{i}") for i in range(60)]
    rows[7]["nodes"][3]["level"] = 9
    items = read(write(tmp_path / "a.parquet", rows))
    alone = [i for i, f in enumerate(items) if not isinstance(f.record.tree, BlockTree)]
    assert alone == [7]
    assert items[7].record.warnings["wrong-level"] >= 1


@pytest.mark.parametrize("held", [0, 2, -7, 10**6])
def test_a_parent_in_another_record_is_none_whatever_the_memory_held(tmp_path, monkeypatch, held):
    rows = [small_record("a"), small_record("a"), small_record("b")]
    rows[1]["video_uid"] = "copy"
    rows[2]["nodes"][3]["parent_id"] = rows[0]["nodes"][max(held, 0) % 3]["node_id"]
    monkeypatch.setattr(np, "empty", lambda size, dtype=float: np.full(size, held, dtype))
    items = read(write(tmp_path / "a.parquet", rows))
    sound = [isinstance(i.record.tree, BlockTree) for i in items]
    assert sound == [True, True, False]
    assert items[2].record.warnings["orphan"] >= 1


def test_blanks_are_those_that_python_knows(tmp_path):
    blanks = [c for c in map(chr, range(sys.maxunicode + 1)) if c.isspace()]
    row = small_record("a", leaves=len(blanks) + 2, seconds=90.0)
    for node, blank in zip(row["nodes"], blanks, strict=False):
        node["plm_action"] = blank
    row["metadata"]["transcript"] = [
        {"time": str(i), "text": f"{blank}a{blank}{blank}b"} for i, blank in enumerate(blanks)
    ]
    (found,) = read(write(tmp_path / "a.parquet", [row]))
    assert isinstance(found.record.tree, BlockTree)
    texts = found.record.tree.texts["plm_action"]
    assert texts[: len(blanks)] == [None] * len(blanks) and None not in texts[len(blanks) :]
    assert [s.text for s in found.record.info.transcript] == ["a b"] * len(blanks)


def test_bytes_that_are_no_text_are_replaced_and_counted(tmp_path):
    rows = [small_record("a"), small_record("b")]
    marked = "M" * 24
    rows[0]["nodes"][2]["plm_action"] = marked
    path = tmp_path / "a.parquet"
    table = pa.Table.from_pylist(rows, schema=RECORD)
    pq.write_table(table, path, compression="none", use_dictionary=False, write_statistics=False)
    data = path.read_bytes()
    assert data.count(marked.encode()) == 1
    path.write_bytes(data.replace(marked.encode(), b"\xff" * 12 + marked.encode()[12:]))
    first, second = read(path)
    assert first.record.tree.texts["plm_action"][2] == "\ufffd" * 12 + "M" * 12
    assert first.record.warnings == {"bad-text": 1} and second.record.warnings == {}


def test_an_id_that_cannot_be_stored_is_repaired():
    row = small_record("a")
    row["nodes"][-1]["node_id"] = "x\ud800"
    record = parse_record(row)
    assert record.tree.node_ids[-1] == "x?"


def test_longer_strings_and_other_numbers(tmp_path):
    rows = [small_record("a"), small_record("b")]
    plain = pa.Table.from_pylist(rows, schema=RECORD)
    node = RECORD.field("nodes").type.value_type
    wide = {"node_id": pa.large_string(), "level": pa.uint8(), "end": pa.float64()}
    changed = pa.struct([f.with_type(wide.get(f.name, f.type)) for f in node])
    schema = RECORD.set(2, pa.field("nodes", pa.large_list(changed)))
    pq.write_table(plain.cast(schema), tmp_path / "a.parquet")
    items = read(tmp_path / "a.parquet")
    assert all(isinstance(i, SourceRecord) and isinstance(i.record.tree, BlockTree) for i in items)
    rows = plain.to_pylist()
    assert all(same_record(i.record, parse_record(r)) for i, r in zip(items, rows, strict=True))


def test_nodes_that_are_none(tmp_path):
    table = pa.table({"video_uid": ["a", "b"], "nodes": ["x", None], "metadata": [1, 2]})
    pq.write_table(table, tmp_path / "a.parquet")
    assert [i.reason for i in read(tmp_path / "a.parquet")] == ["no-nodes", "no-nodes"]


def test_a_block_of_python_objects_is_the_block_of_columns(tmp_path):
    rows = [small_record(f"video-{i}", leaves=3 + i) for i in range(5)]
    path = write(tmp_path / "a.parquet", rows)
    theirs = read(path)[0].record.tree.block
    records = [parse_record(row) for row in pq.read_table(path).to_pylist()]
    ours = block_of([(r.tree, r.info.transcript) for r in records])
    for name in ("offsets", "parents", "levels", "starts", "ends", "rows", "tiers"):
        assert getattr(ours, name).tolist() == getattr(theirs, name).tolist(), name
    assert ours.node_ids.equals(theirs.node_ids) and ours.parent_ids.equals(theirs.parent_ids)
    assert ours.depths == theirs.depths and ours.ends_of_trees == theirs.ends_of_trees
    assert ours.text_bytes.tolist() == theirs.text_bytes.tolist()
    for name, texts in theirs.texts.items():
        assert ours.texts[name].places.tolist() == texts.places.tolist()
        assert ours.texts[name].values.equals(texts.values)
    assert ours.spoken.offsets.tolist() == theirs.spoken.offsets.tolist()
    assert ours.spoken.starts.tolist() == theirs.spoken.starts.tolist()
    assert ours.spoken.ends.tolist() == theirs.spoken.ends.tolist()
    assert ours.spoken.texts.equals(theirs.spoken.texts)


def test_samples_of_many_blocks_and_rates_are_those_of_the_same_records_alone(tmp_path):
    """Records of two batches, some repaired, with clips of several rates and lengths."""
    rows = [small_record(f"video-{i}", leaves=3 + i % 9) for i in range(70)]
    rows[5]["nodes"][2]["level"] = 7
    rows[6]["metadata"]["transcript"] = None
    rates = ["30000/1001", "25", "24000/1001", "60"]
    records = [f.record for f in read(write(tmp_path / "a.parquet", rows))]
    del records[20:23]  # the rows of a block need not follow each other
    records.insert(40, parse_record(small_record("other")))
    items = [
        Item(r, clip_of(f"/clips/{i}.mp4", rates[i % 4], 40 + 10 * (i % 11)), f"/clips/{i}.mp4")
        for i, r in enumerate(records)
    ]
    made = sample_documents(items, CAPTIONS, ObjectId(), datetime(2026, 1, 2))
    assert len(made) == len(items)
    ids = set()
    for item, document in zip(items, made, strict=True):
        found = bson.decode(document.raw)
        rate, total = item.clip.frame_rate, item.clip.total_frame_count
        labels = map_labels(item.record, rate, total, CAPTIONS)
        assert (found["video_uid"], found["filepath"]) == (item.record.video_uid, item.filepath)
        assert found.get("transcript") == labels.transcript
        for name, pairs in labels.captions.items():
            detections = found[name]["detections"]
            seen = [(d["label"], d["node_id"], d["parent_id"], d["level"], d["tier"],
                     d["support"], d["truncated"]) for d in detections]  # fmt: skip
            chosen = [(labels.segments[k], text) for k, text in pairs]
            assert seen == [(text, s.node_id, s.parent_id, s.level, s.tier, [s.first, s.last],
                             s.truncated) for s, text in chosen]  # fmt: skip
            ids |= {d["_id"] for d in detections}
        speech = found["transcript_segments"]["detections"]
        seen = [(d["label"], d["start"], d["end"], *d["support"], d["truncated"]) for d in speech]
        assert seen == [tuple(s) for s in labels.speech]
    assert len(ids) == sum(
        len(f["detections"])
        for document in map(bson.decode, (d.raw for d in made))
        for name, f in document.items()
        if isinstance(f, dict) and name not in ("metadata", "transcript_segments")
    )


def test_a_tree_whose_document_would_be_too_large_is_refused(tmp_path):
    rows = [small_record("small"), small_record("huge", leaves=300, seconds=90.0)]
    for node in rows[1]["nodes"]:
        node["plm_action"] = "x" * 40_000
    small, huge = (f.record for f in read(write(tmp_path / "a.parquet", rows)))
    assert isinstance(huge.tree, BlockTree)
    assert may_be_too_large(huge, CAPTIONS) and not may_be_too_large(small, CAPTIONS)
    assert may_be_too_large(parse_record(rows[1]), CAPTIONS)
    clip = clip_of("/clips/huge.mp4", frames=90 * 30)
    with pytest.raises(OverflowError, match="huge"):
        sample_documents([Item(huge, clip, "/x")], CAPTIONS, ObjectId(), datetime(2026, 1, 2))


def test_what_would_be_too_large_without_its_end_is_not_refused(tmp_path):
    row = small_record("long", leaves=300, seconds=90.0)
    for node in row["nodes"]:
        node["plm_action"] = "x" * 40_000
    (found,) = read(write(tmp_path / "a.parquet", [row]))
    items = [Item(found.record, clip_of("/clips/long.mp4", frames=90), "/x")]
    (made,) = sample_documents(items, CAPTIONS, ObjectId(), datetime(2026, 1, 2))
    assert len(made.raw) < MAX_DOCUMENT_BYTES
