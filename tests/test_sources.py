"""Records from files: streamed, projected, and never stopped by a bad one."""

from __future__ import annotations

import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m.converters.reading import row_groups
from fiftyone_action100m.converters.reading.sources import (
    Failure,
    SourceError,
    SourceRecord,
    count_records,
    find_files,
    read_records,
)
from fiftyone_action100m.core.fields import CAPTIONS, select_captions
from fiftyone_action100m.core.records import parse_record
from fiftyone_action100m.core.schema import RECORD
from material import changed, same_record, small_record, write_parquet

ROWS = [small_record(f"video-{i}") for i in range(5)]


def read(path, captions=CAPTIONS, **options):
    return list(read_records(find_files(path), captions, **options))


def uids(items):
    return [i.record.video_uid for i in items if isinstance(i, SourceRecord)]


def reasons(items):
    return [i.reason for i in items if isinstance(i, Failure)]


def test_parquet_json_and_json_lines_give_the_same(tmp_path):
    expected = [parse_record(row) for row in ROWS]
    write_parquet(tmp_path / "p" / "rows.parquet", ROWS, group=2)
    (tmp_path / "l").mkdir()
    (tmp_path / "l" / "rows.jsonl").write_text("\n".join(map(json.dumps, ROWS)) + "\n\n")
    (tmp_path / "j").mkdir()
    for i, row in enumerate(ROWS):
        (tmp_path / "j" / f"{i}.json").write_text(json.dumps(row))
    for folder in "plj":
        found = read(tmp_path / folder)
        assert len(found) == 5
        assert all(same_record(a.record, b) for a, b in zip(found, expected, strict=True)), folder


def test_a_json_file_may_hold_a_list(tmp_path):
    (tmp_path / "all.json").write_text(json.dumps([*ROWS, 3]))
    found = read(tmp_path / "all.json")
    assert uids(found) == [r["video_uid"] for r in ROWS] and reasons(found) == ["bad-record"]


def test_folders_and_globs_are_read_in_order(tmp_path):
    for i, row in enumerate(ROWS):
        write_parquet(tmp_path / f"shard-{i}" / "part.parquet", [row])
    assert uids(read(tmp_path)) == [r["video_uid"] for r in ROWS]
    assert uids(read(f"{tmp_path}/shard-[13]/*.parquet")) == ["video-1", "video-3"]
    assert count_records(find_files(tmp_path)) == 5


@pytest.mark.parametrize("bad", ["nowhere", "nowhere/*.parquet", "empty", "text.txt"])
def test_a_source_that_names_nothing(tmp_path, bad):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.txt").write_text("x")
    with pytest.raises(SourceError, match=bad.partition("/")[0]):
        find_files(tmp_path / bad)


def test_only_the_texts_wanted_and_needed_are_read(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", ROWS[:1])
    (found,) = read(path, select_captions("plm_action"), caption_cutoff_s=2.0)
    tree = found.record.tree
    assert set(tree.texts) == {"plm_action"}
    whole = parse_record(ROWS[0]).tree
    for i, text in enumerate(tree.texts["plm_action"]):
        expected = whole.texts["plm_action"][i] if tree.starts[i] < 2.0 else None
        assert text == expected
    assert len(tree) == len(whole)
    late = [s for s in parse_record(ROWS[0]).info.transcript if s.start >= 2.0]
    assert late and found.record.info.transcript == tuple(
        s for s in parse_record(ROWS[0]).info.transcript if s.start < 2.0
    )


def test_a_corrupt_shard_and_a_truncated_one_do_not_stop_the_others(tmp_path):
    write_parquet(tmp_path / "a.parquet", ROWS[:1])
    good = write_parquet(tmp_path / "b.parquet", ROWS[1:2]).read_bytes()
    (tmp_path / "b.parquet").write_bytes(good[: len(good) // 2])
    (tmp_path / "c.parquet").write_bytes(b"PAR1 and then nothing of the sort PAR1")
    (tmp_path / "d.parquet").write_bytes(b"")
    write_parquet(tmp_path / "e.parquet", ROWS[2:3])
    items = read(tmp_path)
    assert uids(items) == ["video-0", "video-2"]
    assert reasons(items) == ["corrupt-shard"] * 3
    assert "b.parquet" in items[1].message


def test_a_shard_that_is_damaged_in_the_middle_gives_what_comes_before(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", ROWS, group=1)
    data = bytearray(path.read_bytes())
    chunk = pq.read_metadata(path).row_group(3).column(0)
    start = chunk.data_page_offset
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    items = read(path)
    assert set(uids(items)) < {r["video_uid"] for r in ROWS}
    assert reasons(items) == ["corrupt-shard"]


def test_what_was_read_of_a_file_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(row_groups, "BATCH_ROWS", 1)
    large = [changed(ROWS[0], metadata={"title": os.urandom(500_000).hex()}) for _ in range(20)]
    write_parquet(tmp_path / "rows.parquet", large, group=1)
    before = pa.total_allocated_bytes()
    held = [
        pa.total_allocated_bytes() - before
        for _ in read_records([tmp_path / "rows.parquet"], CAPTIONS)
    ]
    assert len(held) == 20 and max(held) < 6_000_000  # of 20,000,000


def test_a_missing_column_is_named(tmp_path):
    table = pa.Table.from_pylist(ROWS, schema=RECORD)
    pq.write_table(table.drop_columns(["nodes"]), tmp_path / "a.parquet")
    pq.write_table(table.drop_columns(["metadata"]), tmp_path / "b.parquet")
    items = read(tmp_path)
    assert reasons(items) == ["missing-column"] and "nodes" in items[0].message
    assert len(uids(items)) == 5
    assert all(i.record.warnings == {"no-metadata": 1} for i in items[1:])


def test_a_file_without_some_texts_gives_the_others(tmp_path):
    rows = [{**row, "nodes": [{k: v for k, v in n.items() if k != "gpt"} for n in row["nodes"]]}
            for row in ROWS]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert len(uids(found)) == 5
    assert set(found[0].record.tree.texts["gpt_action_brief"]) == {None}
    assert None not in found[0].record.tree.texts["plm_action"]


def test_bad_records_are_failures_among_good_ones(tmp_path):
    bad = [
        changed(ROWS[0], video_uid="../../x"),
        changed(ROWS[1], nodes=[]),
        changed(ROWS[2], nodes=None),
        changed(ROWS[3], metadata=None),
    ]
    items = read(write_parquet(tmp_path / "a.parquet", [*bad, ROWS[4]]))
    assert reasons(items) == ["bad-id", "no-nodes", "no-nodes"]
    assert [i.video_uid for i in items[:3]] == [None, "video-1", "video-2"]
    assert uids(items) == ["video-3", "video-4"]
    (tmp_path / "a.jsonl").write_text(json.dumps(ROWS[0]) + "\n{torn\n" + "[" * 9999 + "\nNaN\n")
    items = read(tmp_path / "a.jsonl")
    assert uids(items) == ["video-0"]
    assert reasons(items) == ["bad-json", "bad-json", "bad-record"]


def test_columns_of_other_types(tmp_path):
    rows = json.loads(json.dumps(ROWS[:2]))
    for n in rows[0]["nodes"]:
        n["start"], n["level"] = str(n["start"]), str(n["level"])
    rows[1:] = []
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "a.parquet")
    (found,) = read(tmp_path / "a.parquet")
    assert found.record.tree.starts.tolist() == [n["start"] for n in ROWS[0]["nodes"]]


def test_the_six_real_records(shared_records):
    items = read(shared_records)
    assert len(uids(items)) == 6 and not reasons(items)
    assert all(i.record.tree.is_valid() and not i.record.warnings for i in items)
