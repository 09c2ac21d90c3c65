"""A bad record or file stays one bad record or file, whichever way it comes in."""

from __future__ import annotations

import copy
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from executor import form
from fiftyone_action100m import convert
from fiftyone_action100m.cli import main
from fiftyone_action100m.converters.options import ConvertOptions
from fiftyone_action100m.converters.reading.sources import (
    Failure,
    SourceRecord,
    find_files,
    read_records,
)
from fiftyone_action100m.converters.shards.run import convert_shards
from fiftyone_action100m.core.fields import CAPTIONS
from fiftyone_action100m.core.records import parse_record
from fiftyone_action100m.core.schema import RECORD
from material import small_record, write_parquet, write_video

NODE = RECORD.field("nodes").type.value_type
#: A file that cannot be used, by its name, and why.
FILES = {
    "uid-list": "bad-column",
    "uid-twice": "bad-column",
    "no-nodes": "missing-column",
    "footer-lies": "corrupt-shard",
    "no-parquet": "corrupt-shard",
    "not-json": "bad-json",
}
#: A record that is repaired, by its id, and what is counted.
RECORDS = {
    "minus-infinity": {"bad-time": 1, "not-a-partition": 1},
    "end-of-time": {"bad-time": 1},
    "duration-of-400-digits": {"bad-duration": 1},
    "views-of-5000-digits": {"bad-count": 1},
    "timestamp-of-nobody": {},
    "small-dictionaries-0": {},
    "small-dictionaries-1": {},
    "numbers-for-ids": {},
    "root-below-minus-one": {"orphan": 1},
    "date-of-upload": {},
    "bytes-for-texts": {},
    "lines-in-utf-16": {},
}
GOOD = ("a-good", "z-good")


def of_types(rows: list[dict[str, Any]], **types: pa.DataType) -> pa.Table:
    """Records whose nodes have other types than they should."""
    node = pa.struct([f.with_type(types.get(f.name, f.type)) for f in NODE])
    nodes = pa.field("nodes", pa.list_(pa.field("element", node)))
    return pa.Table.from_pylist(rows, schema=RECORD.set(2, nodes))


def numbered(uid: str, root: int | None) -> dict[str, Any]:
    row = small_record(uid, leaves=3)
    places = {node["node_id"]: i for i, node in enumerate(row["nodes"])}
    for node in row["nodes"]:
        node["node_id"] = places[node["node_id"]]
        node["parent_id"] = places.get(node["parent_id"], root)
    return row


def with_node(uid: str, place: int, **changes: Any) -> dict[str, Any]:
    row = small_record(uid, leaves=2)
    row["nodes"][place].update(changes)
    return row


def with_metadata(uid: str, kind: pa.DataType, name: str, values: list[Any]) -> pa.Table:
    """One record whose metadata has a field of another type."""
    plain = pa.Table.from_pylist([small_record(uid, leaves=2)], schema=RECORD)
    structs = plain.column("metadata").combine_chunks()
    fields = {f.name: structs.field(f.name) for f in structs.type}
    fields[name] = pa.array(values, pa.int64() if kind.bit_width == 64 else pa.int32()).view(kind)
    changed = pa.StructArray.from_arrays(list(fields.values()), list(fields))
    return plain.set_column(1, "metadata", changed)


@pytest.fixture(scope="session")
def bad_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of records, ``records``, of which few are good, and the videos of all."""
    folder = tmp_path_factory.mktemp("bad")
    records = folder / "records"
    for uid in GOOD:
        write_parquet(records / f"{uid}.parquet", [small_record(uid, leaves=2)])
    plain = pa.Table.from_pylist([small_record("lost", leaves=2)], schema=RECORD)
    twice = [plain.column(0), *plain.columns]
    tables = {
        "uid-list": plain.set_column(0, "video_uid", pa.array([["lost"]])),
        "uid-twice": pa.Table.from_arrays(twice, ["video_uid", *plain.column_names]),
        "no-nodes": plain.drop_columns(["nodes"]),
        "minus-infinity": of_types([with_node("minus-infinity", 1, start=float("-inf"))]),
        "end-of-time": of_types([with_node("end-of-time", 0, end=3e38)]),
        "timestamp-of-nobody": with_metadata(
            "timestamp-of-nobody", pa.timestamp("us", tz="Nowhere/Land"), "crawled", [2**62]
        ),
        "date-of-upload": with_metadata("date-of-upload", pa.date32(), "upload_date", [17930]),
        "numbers-for-ids": of_types(
            [numbered("numbers-for-ids", None)], node_id=pa.int32(), parent_id=pa.int64()
        ),
        "root-below-minus-one": of_types(
            [numbered("root-below-minus-one", -1)], node_id=pa.int32(), parent_id=pa.int32()
        ),
        "small-dictionaries": of_types(
            [small_record(f"small-dictionaries-{i}", leaves=2) for i in range(2)],
            node_id=pa.dictionary(pa.int32(), pa.string()),
            plm_action=pa.dictionary(pa.int8(), pa.string()),
        ),
        "bytes-for-texts": of_types(
            [small_record("bytes-for-texts", leaves=2)],
            node_id=pa.binary(), parent_id=pa.binary(), plm_action=pa.binary(),
        ),
    }  # fmt: skip
    for name, table in tables.items():
        pq.write_table(table, records / f"{name}.parquet", row_group_size=1)
    (records / "footer-lies.parquet").write_bytes(_with_lying_footer(records / "a-good.parquet"))
    (records / "no-parquet.parquet").write_bytes(b"PAR1 and nothing else")
    (records / "not-json.json").write_bytes(b"\xff\xfe{")
    lines = json.dumps(small_record("lines-in-utf-16", leaves=2))
    (records / "lines.jsonl").write_bytes(f"{lines}\n".encode("utf-16"))
    huge = [small_record("duration-of-400-digits"), small_record("views-of-5000-digits")]
    huge[0]["metadata"]["duration"], huge[1]["metadata"]["view_count"] = "D", "V"
    text = "\n".join(map(json.dumps, huge)).replace('"D"', "9" * 400).replace('"V"', "9" * 5000)
    (records / "huge.jsonl").write_text(text)
    video = write_video(folder / "one.mp4", seconds=1.0)
    for uid in (*GOOD, *RECORDS):
        (folder / "videos").mkdir(exist_ok=True)
        shutil.copy(video, folder / "videos" / f"{uid}.mp4")
    return folder


def _with_lying_footer(path: Path) -> bytes:
    """A file that says it has more rows than a disk could hold: a varint in its footer changed."""
    table = pq.read_table(path)
    marked = pa.BufferOutputStream()
    few = pa.concat_tables([table.slice(0, 1)] * 100)
    pq.write_table(few, marked, row_group_size=100, compression="none", use_dictionary=False)
    data = marked.getvalue().to_pybytes()
    length = int.from_bytes(data[-8:-4], "little")
    footer = data[-8 - length : -8]
    # 100 rows are the varint c8 01, of zigzag 200, behind the field header 16 of an i64.
    changed = footer.replace(b"\x16\xc8\x01", b"\x16\xfe\xff\xff\xff\xff\x7f")
    assert changed != footer
    return data[: -8 - length] + changed + len(changed).to_bytes(4, "little") + b"PAR1"


def reasons(report: Any) -> dict[tuple[str, str], int]:
    return {(s, r): n for (s, r), n in report.counts.items() if s != "ok"}


def expected() -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for reason in FILES.values():
        found["failed", reason] = found.get(("failed", reason), 0) + 1
    return found


def repairs() -> dict[str, int]:
    found: dict[str, int] = {}
    for counted in RECORDS.values():
        for code, count in counted.items():
            found[code] = found.get(code, 0) + count
    return found


def test_each_is_what_it_should_be(bad_folder: Path) -> None:
    items = list(read_records(find_files(bad_folder / "records"), CAPTIONS, 90.0))
    records = {i.record.video_uid: i.record for i in items if isinstance(i, SourceRecord)}
    assert set(records) == {*GOOD, *RECORDS}
    for uid, counted in RECORDS.items():
        found = {c: n for c, n in records[uid].warnings.items() if c != "wrong-duration"}
        assert found == counted, uid
    failures = {Path(i.where.partition(":")[0]).stem: i.reason for i in items
                if isinstance(i, Failure)}  # fmt: skip
    assert failures == FILES
    for uid in ("timestamp-of-nobody", "bytes-for-texts", "small-dictionaries-1"):
        assert list(records[uid].tree) == list(parse_record(small_record(uid, leaves=2)).tree), uid
    assert records["date-of-upload"].info.upload_date.date().isoformat() == "2019-02-03"
    for uid in ("numbers-for-ids", "root-below-minus-one"):
        assert records[uid].tree.node_ids == ["0", "1", "2", "3", "4"]
        assert records[uid].tree.is_valid()


def test_a_run_a_rerun_and_a_dry_run(bad_folder: Path, dataset_name: str, tmp_path: Path) -> None:
    arguments = bad_folder / "records", bad_folder / "videos", dataset_name, tmp_path / "out"
    _, dry = convert(*arguments, dry_run=True)
    assert reasons(dry) == expected() and dry.of("ok") == len(GOOD) + len(RECORDS)
    for turn in range(2):
        dataset, report = convert(*arguments)
        assert turn or {code: report.warnings[code] for code in repairs()} == repairs()
        assert reasons(report) == expected()
        assert set(dataset.values("video_uid")) == {*GOOD, *RECORDS}
        assert report.done == len(FILES) + len(GOOD) + len(RECORDS)


def test_a_shards_other_videos_survive(bad_folder: Path, dataset_name: str, tmp_path: Path) -> None:
    options = ConvertOptions(
        bad_folder / "records", bad_folder / "videos", dataset_name, tmp_path / "out"
    )
    with ThreadPoolExecutor(1) as executor:
        dataset, report = convert_shards(options, executor=executor)
    assert reasons(report) == expected()
    assert set(dataset.values("video_uid")) == {*GOOD, *RECORDS}


def test_inspect_and_the_form(bad_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(bad_folder / "records"), "--sample", "99"]) == 3
    text = capsys.readouterr().out
    assert f"{len(GOOD) + len(RECORDS)} records read" in text and "Traceback" not in text
    params = {"source": str(bad_folder / "records"), "select": True, "views": "1:"}
    assert not form("convert_action100m", params=params)["source"].invalid


def test_what_is_damaged_in_the_middle_costs_its_rows_only(tmp_path: Path) -> None:
    rows = [small_record(f"video-{i}") for i in range(5)]
    path = write_parquet(tmp_path / "a.parquet", rows, group=1)
    data = bytearray(path.read_bytes())
    start = pq.read_metadata(path).row_group(2).column(0).data_page_offset
    data[start : start + 40] = b"\xff" * 40
    path.write_bytes(data)
    *_, failure, _, _ = items = list(read_records([path], CAPTIONS))
    assert [i.record.video_uid for i in items if isinstance(i, SourceRecord)] == [
        "video-0", "video-1", "video-3", "video-4",
    ]  # fmt: skip
    assert failure.reason == "corrupt-shard" and "row 2 cannot be read" in failure.message


def test_a_json_file_may_hold_lines(tmp_path: Path) -> None:
    rows = [small_record(f"video-{i}", leaves=2) for i in range(3)]
    (tmp_path / "a.json").write_text("\n".join(map(json.dumps, copy.deepcopy(rows))))
    items = list(read_records([tmp_path / "a.json"], CAPTIONS))
    assert [i.record.video_uid for i in items] == ["video-0", "video-1", "video-2"]
    (tmp_path / "b.json").write_text('{"video_uid": "a"} and\nmore\nof\nit')
    items = list(read_records([tmp_path / "b.json"], CAPTIONS))
    assert [i.reason for i in items] == ["bad-json"]


def test_a_file_whose_name_is_no_text(
    bad_folder: Path, dataset_name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    records = tmp_path / "records"
    write_parquet(records / f"{GOOD[0]}.parquet", [small_record(GOOD[0], leaves=2)])
    for name in (b"\xff.parquet", b"\xff.jsonl"):
        Path(os.fsdecode(bytes(records) + b"/" + name)).write_bytes(b"nothing")
    arguments = [str(records), "--videos", str(bad_folder / "videos"), "--name", dataset_name]
    assert main(["convert", *arguments, "--out", str(tmp_path / "out")]) == 3
    shown = capsys.readouterr().out
    shown.encode()
    assert "1 of 3 videos converted" in shown
    assert main(["status", str(tmp_path / "out")]) == 3
