"""Exports are read as folders and as files by what people train and annotate with.

The dataset is a hard one: its first videos lack most values, so that a shard has only nulls where
others have texts, and single precision holds the times of some videos only.
"""

from __future__ import annotations

import importlib
import json
import uuid
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
import webvtt
from fiftyone_action100m import export
from fiftyone_action100m.core.schema import RECORD
from fiftyone_action100m.exporters import segments, writer
from fiftyone_action100m.exporters.action100m import widened
from fiftyone_action100m.exporters.formats import FORMATS, is_export_name
from subset import SUBSET_FIELDS, subset_dataset

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of both, not of ours
    import pympi
    import webdataset


class Lazy:
    """A module that is imported when it is used, because every worker imports this file."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


datasets, duckdb, pl = Lazy("datasets"), Lazy("duckdb"), Lazy("polars")

VIDEOS, SUMMARY = 5, "gpt_summary_brief"
MISSING = (
    "title", "description", "upload_date", "view_count", "like_count", "full_video_duration",
    "transcript", "transcript_segments",
)  # fmt: skip
#: The formats that `datasets` knows, and what a row is.
TABLES = ("parquet", "json", "jsonl", "segments", "webdataset")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Iterator[fo.Dataset]:
    folder = tmp_path_factory.mktemp("a source's videos")
    made = subset_dataset(f"test-{uuid.uuid4().hex[:10]}", VIDEOS, folder=folder)
    for sample in made.limit(2):
        for name in MISSING:
            sample[name] = None
        for name in SUBSET_FIELDS:
            found = sample[name].detections if name == SUMMARY else []
            sample[name].detections = [d for d in found if d.level == 0]
        for root in sample[SUMMARY].detections:
            root.start, root.end = 0.0, 9.0  # else from supports, which need double precision
        sample.save()
    yield made
    made.delete()


@pytest.fixture(scope="module")
def exports(dataset: fo.Dataset, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each format, its shards of two videos each."""
    folder = tmp_path_factory.mktemp("exports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(writer.ShardWriter, "shard_videos", 2)
        patch.setattr(segments.ParquetSegments, "group_rows", 10)
        for name in FORMATS:
            assert export(dataset, folder / name, name).videos == VIDEOS
    return {name: folder / name for name in FORMATS}


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_nothing_but_data_is_in_the_folder(exports: dict[str, Path], name: str) -> None:
    folder = exports[name]
    files = [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()]
    assert files and all(is_export_name(file) for file in files)
    assert not any("EXPORT" in file or file.startswith(".") for file in files)
    report = folder.parent / f"{folder.name}.EXPORT.txt"
    assert f"{VIDEOS} of {VIDEOS} videos" in report.read_text()


def test_shards_have_one_schema(exports: dict[str, Path]) -> None:
    found = sorted(exports["parquet"].iterdir())
    assert [p.name for p in found] == [f"records-0000{i}.parquet" for i in range(3)]
    assert all(pq.read_schema(path).equals(widened(RECORD), check_metadata=True) for path in found)
    rows = pq.read_table(found[0]).to_pylist()
    assert [(n["start"], n["end"]) for n in rows[0]["nodes"]] == [(0.0, 9.0)]
    assert [row["metadata"]["title"] for row in rows] == [None, None]


@pytest.mark.parametrize(
    "read",
    [
        lambda out: pd.read_parquet(out)["video_uid"],
        lambda out: pd.concat(map(pd.read_parquet, sorted(out.iterdir())))["video_uid"],
        lambda out: pl.read_parquet(out)["video_uid"],
        lambda out: pl.scan_parquet(out).collect()["video_uid"],
        lambda out: pl.read_parquet(f"{out}/*.parquet")["video_uid"],
        lambda out: ds.dataset(out).to_table()["video_uid"].to_pylist(),
        lambda out: pq.read_table(out)["video_uid"].to_pylist(),
        lambda out: duckdb.sql(f"select video_uid from '{out}/*.parquet'").df()["video_uid"],
    ],
    ids=[
        "pandas",
        "pandas-files",
        "polars",
        "polars-lazy",
        "polars-files",
        "arrow",
        "pq",
        "duckdb",
    ],
)
def test_records_load_as_a_table(exports: dict[str, Path], read: Callable[[Path], Any]) -> None:
    assert sorted(read(exports["parquet"])) == ["aa", "bb", "cc", "dd", "ee"]


@pytest.mark.parametrize(
    "read",
    [
        lambda out: pd.read_json(out / "segments.jsonl", lines=True),
        lambda out: pl.scan_ndjson(out).collect(),
        lambda out: pl.read_ndjson(out / "segments.jsonl"),
        lambda out: ds.dataset(out, format="json").to_table().to_pandas(),
        lambda out: duckdb.sql(f"from '{out}/*.jsonl'").df(),
    ],
    ids=["pandas", "polars", "polars-file", "arrow", "duckdb"],
)
def test_lines_load_as_a_table(
    exports: dict[str, Path], dataset: fo.Dataset, read: Callable[[Path], Any]
) -> None:
    found = read(exports["jsonl"])
    assert len(found) == sum(dataset.count(f"{name}.detections") for name in SUBSET_FIELDS)
    clips = {(exports["jsonl"] / clip).resolve() for clip in found["clip"]}
    assert clips == {Path(path).resolve() for path in dataset.values("filepath")}


def test_rows_of_parquet_are_the_lines(exports: dict[str, Path]) -> None:
    found = sorted(exports["segments"].iterdir())
    assert [p.name for p in found] == [f"segments-0000{i}.parquet" for i in range(3)]
    assert all(pq.read_schema(path).equals(segments.SCHEMA) for path in found)
    lines = (exports["jsonl"] / "segments.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert pq.read_table(exports["segments"]).to_pylist() == rows
    assert pl.read_parquet(exports["segments"]).height == len(rows)


def test_a_file_for_each_record_loads_with_the_records_schema(exports: dict[str, Path]) -> None:
    out = exports["json"]
    types = datasets.Features.from_arrow_schema(RECORD)
    loaded = datasets.load_dataset(str(out), features=types)["train"]
    assert loaded["video_uid"][:] == ["aa", "bb", "cc", "dd", "ee"]
    assert loaded[0]["metadata"]["title"] is None and loaded[2]["metadata"]["title"] == "How to cc"
    assert ds.dataset(out, format="json", schema=RECORD).count_rows() == VIDEOS
    columns = pl.from_arrow(RECORD.empty_table()).schema
    assert pl.scan_ndjson(out, schema=columns).collect().height == VIDEOS
    assert len(duckdb.sql(f"from '{out}/*.json'").fetchall()) == VIDEOS
    assert [len(pd.read_json(path, lines=True)) for path in sorted(out.iterdir())] == [1] * VIDEOS


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("how", ["folder", "builder", "files"])
def test_datasets_reads_the_data_and_not_the_report(
    dataset: fo.Dataset, tmp_path: Path, name: str, how: str
) -> None:
    whole = dataset.skip(2)  # `datasets` takes the types from what it sees first
    report = export(whole, tmp_path / "out", name)
    out = str(tmp_path / "out")
    builder = {"jsonl": "json", "segments": "parquet"}.get(name, name)
    if how == "folder":
        loaded = datasets.load_dataset(out)
    elif how == "builder":
        loaded = datasets.load_dataset(builder, data_dir=out)
    else:
        loaded = datasets.load_dataset(builder, data_files=f"{out}/*")
    rows = loaded["train"]
    if name == "webdataset":
        rows = rows.cast_column("mp4", datasets.Video(decode=False))
        assert rows[0]["mp4"]["bytes"] == Path(whole.first().filepath).read_bytes()
        uids = [row["video_uid"] for row in rows["json"]]
    else:
        uids = rows["video_uid"][:]
    assert list(dict.fromkeys(uids)) == ["cc", "dd", "ee"]
    assert len(rows) == (sum(report.captions.values()) if name in ("jsonl", "segments") else 3)


def test_the_shards_are_a_web_dataset(exports: dict[str, Path], dataset: fo.Dataset) -> None:
    urls = [str(path) for path in sorted(exports["webdataset"].iterdir())]
    rows = list(webdataset.WebDataset(urls, shardshuffle=False, empty_check=False).decode())
    assert len(urls) == 3
    assert [row["mp4"] for row in rows] == [
        Path(p).read_bytes() for p in dataset.values("filepath")
    ]
    assert [row["json"]["title"] for row in rows[1:3]] == ["", "How to cc"]


def test_every_subtitle_and_annotation_file_is_read(
    exports: dict[str, Path], dataset: fo.Dataset
) -> None:
    subtitles = sorted(exports["webvtt"].rglob("*.*"))
    assert {path.suffix for path in subtitles} == {".vtt"}
    cues = [cue for path in subtitles if "level" in path.name for cue in webvtt.read(path)]
    assert len(cues) == dataset.count(f"{SUMMARY}.detections")
    files = sorted(exports["eaf"].iterdir())
    assert [path.name for path in files] == [f"{uid}.eaf" for uid in ("aa", "bb", "cc", "dd", "ee")]
    for path, clip in zip(files, dataset.values("filepath"), strict=True):
        (medium,) = pympi.Eaf(str(path)).media_descriptors
        assert medium["MEDIA_URL"] == Path(clip).as_uri()
        # A path as it is: ELAN decodes no %20 here.
        assert (path.parent / medium["RELATIVE_MEDIA_URL"]).resolve() == Path(clip).resolve()
        assert medium["RELATIVE_MEDIA_URL"].startswith("../")


def test_an_event_file_is_json(exports: dict[str, Path]) -> None:
    (path,) = exports["activitynet"].iterdir()
    assert list(json.loads(path.read_text())) == [
        f"v_{uid}" for uid in ("aa", "bb", "cc", "dd", "ee")
    ]
    table = pd.read_json(path, orient="index")
    assert list(table) == ["duration", "timestamps", "sentences"] and len(table) == VIDEOS


def test_media_are_named_from_the_export_through_links_too(
    dataset: fo.Dataset, tmp_path: Path
) -> None:
    (tmp_path / "disk" / "deep" / "er").mkdir(parents=True)
    (tmp_path / "linked").symlink_to(tmp_path / "disk" / "deep" / "er")
    export(dataset.limit(1), tmp_path / "linked" / "out", "jsonl")
    (line, *_) = (tmp_path / "linked" / "out" / "segments.jsonl").read_text().splitlines()
    clip = json.loads(line)["clip"]
    assert (tmp_path / "linked" / "out" / clip).is_file()
    folder = Path(dataset.first().filepath).parent
    export(dataset.limit(1), folder / "out", "eaf")
    (medium,) = pympi.Eaf(str(folder / "out" / "aa.eaf")).media_descriptors
    assert medium["RELATIVE_MEDIA_URL"] == "../aa.mp4"
