"""An export of what resampling has drawn: each segment once, with how often it was drawn."""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any

import fiftyone as fo
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m import export
from fiftyone_action100m.exporters import journal
from fiftyone_action100m.exporters.export import Export, ExportError
from fiftyone_action100m.exporters.formats import FORMATS
from fiftyone_action100m.views.draws import Resampling
from fiftyone_action100m.views.hierarchy import NoHierarchyError
from fiftyone_action100m.views.indexing import index
from fiftyone_action100m.views.resampling import resample
from subset import subset_dataset
from word_encoder import WordEncoder

ACTION = "gpt_action_brief"
ABLE = ("jsonl", "segments", "webdataset")


@pytest.fixture
def dataset(dataset_name: str, tmp_path: Path) -> fo.Dataset:
    (tmp_path / "videos").mkdir()
    return subset_dataset(dataset_name, 4, folder=tmp_path / "videos")


@pytest.fixture
def draws(dataset: fo.Dataset, tmp_path: Path) -> Resampling:
    index(dataset, ACTION, WordEncoder())
    return resample(dataset, k=3, size=100)


def rows(folder: Path, format: str) -> list[dict[str, Any]]:
    if format == "jsonl":
        return [json.loads(line) for line in (folder / "segments.jsonl").read_text().splitlines()]
    if format == "segments":
        return [dict(row) for row in pq.read_table(folder).to_pylist()]
    with tarfile.open(folder / "shard-000000.tar") as tar:
        texts = [tar.extractfile(m).read() for m in tar if m.name.endswith(".json")]  # type: ignore[union-attr]
    videos = [json.loads(text) for text in texts]
    return [{"video_uid": v["video_uid"], **row} for v in videos for row in v["captions"][ACTION]]


def expected(found: Resampling) -> Counter[tuple[str, str]]:
    nodes = {
        label.id: (sample.filename.removesuffix(".mp4"), label.node_id)
        for sample in found.dataset
        for label in sample[ACTION].detections
    }
    return Counter(nodes[found.label_ids[place]] for place in found.draws.tolist())


@pytest.mark.parametrize("format", ABLE)
def test_each_segment_is_there_once_with_how_often_it_was_drawn(
    draws: Resampling, tmp_path: Path, format: str
) -> None:
    report = export(draws, tmp_path / "out", format)
    found = rows(tmp_path / "out", format)
    repeats = {(row["video_uid"], row["node_id"]): row["repeat"] for row in found}
    assert repeats == expected(draws) and len(repeats) == len(found)
    assert sum(repeats.values()) == 100 and report.captions[ACTION] == len(found)
    assert report.exit_code == 0 and report.videos == len(draws.drawn)


def test_the_same_draws_are_the_same_export_and_give_the_same_bytes(
    draws: Resampling, dataset: fo.Dataset, tmp_path: Path
) -> None:
    export(draws, tmp_path / "out", "jsonl")
    again = resample(dataset, k=3, size=100)
    assert export(again, tmp_path / "out", "jsonl").already
    export(again, tmp_path / "two", "jsonl")
    one, two = ((tmp_path / name / "segments.jsonl").read_bytes() for name in ("out", "two"))
    assert one == two
    other = resample(dataset, k=3, size=101)
    assert not export(other, tmp_path / "out", "jsonl", overwrite=True).already
    assert "repeat" not in rows_of_all(dataset, tmp_path / "all")[0]


def rows_of_all(dataset: fo.Dataset, folder: Path) -> list[dict[str, Any]]:
    export(dataset, folder, "jsonl", fields=[ACTION])
    return rows(folder, "jsonl")


def test_an_interrupted_export_goes_on(
    draws: Resampling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_EVERY_VIDEOS", 1)
    export(draws, tmp_path / "calm", "jsonl")
    steps = Export(draws, tmp_path / "out", "jsonl").run()
    next(steps), next(steps)
    steps.close()
    report = export(draws, tmp_path / "out", "jsonl")
    assert report.resumed
    calm, out = ((tmp_path / name / "segments.jsonl").read_bytes() for name in ("calm", "out"))
    assert calm == out


def test_deleted_videos_are_left_out(
    draws: Resampling, dataset: fo.Dataset, tmp_path: Path
) -> None:
    gone = dataset.first()
    dataset.delete_samples(gone)
    export(draws, tmp_path / "out", "jsonl")
    uids = {row["video_uid"] for row in rows(tmp_path / "out", "jsonl")}
    assert uids == {sample.filename.removesuffix(".mp4") for sample in dataset}


def test_a_format_or_a_field_that_cannot_hold_them_is_refused(
    draws: Resampling, tmp_path: Path
) -> None:
    assert [name for name, each in FORMATS.items() if each.repeats] == list(ABLE)
    for name in set(FORMATS) - set(ABLE):
        with pytest.raises(ExportError, match="give jsonl, segments, webdataset"):
            export(draws, tmp_path / "out", name)
    with pytest.raises(NoHierarchyError, match="segments of gpt_action_brief were drawn"):
        export(draws, tmp_path / "out", "jsonl", fields=["gpt_summary_brief"])
