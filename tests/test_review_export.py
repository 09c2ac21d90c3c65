"""Exports with what reviewers said, and the command ``review``."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path
from typing import Any

import fiftyone as fo
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from fiftyone_action100m import TreeOfCaptions, export, review_node, sample_for_review
from fiftyone_action100m.cli import main
from fiftyone_action100m.converters.reading.sources import SourceRecord, find_files, read_records
from fiftyone_action100m.core.fields import CAPTIONS
from fiftyone_action100m.core.schema import REVIEWED_RECORD
from fiftyone_action100m.exporters.action100m import widened
from fiftyone_action100m.exporters.export import ExportError
from reviewed import BRIEF, SUMMARY, WIDEST, ReviewedVideo, review_dataset


@pytest.fixture
def dataset(dataset_name: str) -> fo.Dataset:
    """A dataset in which one segment is accepted and one has another caption."""
    made = review_dataset(dataset_name, 1)
    first, second = made.first()[SUMMARY].detections[1:3]
    review_node(made, made.first().id, first.node_id, "accept", "Ada")
    fixed = {"text": "stir the pot", "field": SUMMARY}
    review_node(made, made.first().id, second.node_id, "text", "Ada", **fixed)
    return made


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_status_and_the_original_are_beside_the_caption(
    dataset: fo.Dataset, tmp_path: Path
) -> None:
    export(dataset, tmp_path / "plain", "jsonl", [SUMMARY])
    plain = rows(tmp_path / "plain" / "segments.jsonl")
    assert not any("review" in row or "original" in row for row in plain)
    export(dataset, tmp_path / "lines", "jsonl", [SUMMARY], reviewed=True)
    found = rows(tmp_path / "lines" / "segments.jsonl")
    assert [row["caption"] for row in found] == [row["caption"] for row in plain]
    assert {row["review"] for row in found} == {None, "accepted", "fixed"}
    (fixed,) = (row for row in found if row["original"])
    assert (fixed["caption"], fixed["review"]) == ("stir the pot", "fixed")
    assert fixed["original"] == f"A person does {fixed['node_id']}."
    export(dataset, tmp_path / "table", "segments", [SUMMARY], reviewed=True)
    table = pq.read_table(tmp_path / "table")
    assert table.column("review").to_pylist() == [row["review"] for row in found]
    assert table.column("original").to_pylist() == [row["original"] for row in found]
    with pytest.raises(ExportError, match="give parquet, json, jsonl, segments, webdataset"):
        export(dataset, tmp_path / "no", "webvtt", [SUMMARY], reviewed=True)
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"frames")
    dataset.set_values("filepath", [str(clip)])
    export(dataset, tmp_path / "tar", "webdataset", [SUMMARY], reviewed=True)
    with tarfile.open(tmp_path / "tar" / "shard-000000.tar") as shard:
        (name,) = (name for name in shard.getnames() if name.endswith(".json"))
        member = shard.extractfile(name)
        assert member is not None
        of_video = json.load(member)["captions"][SUMMARY]
    keys = ("node_id", "caption", "review", "original")
    assert [[row[k] for k in keys] for row in of_video] == [[row[k] for k in keys] for row in found]


def reread(folder: Path) -> TreeOfCaptions:
    """The tree that our own reader finds in an export of one video."""
    (found,) = read_records(find_files(folder), CAPTIONS)
    assert isinstance(found, SourceRecord)
    assert set(found.record.warnings) <= {
        "not-a-partition"
    }  # the annotation goes on after the clip
    return found.record.tree


@pytest.mark.parametrize("wide", [False, True])
def test_records_hold_what_was_mended_and_what_it_was(
    dataset: fo.Dataset, tmp_path: Path, wide: bool
) -> None:
    video = ReviewedVideo(dataset)
    node = video.node()
    summary, missing = video.labels(node)[SUMMARY]["label"], video.node(children=False)
    video.do("aa-0", "reject")
    video.do(node, "text", text="stir\nthe “pot”", field=SUMMARY)
    video.do(missing, "text", text="slice bread", field=BRIEF)
    if wide:  # a boundary between frames of the source
        first, last = video.labels(node)[WIDEST]["support"]
        video.do(node, "split", frame=(first + last) // 2)
        video.do(node, "merge", other=f"{node}~1")
        video.do(node, "boundary", edge="end", frame=last - 3)
    for name, schema in (("parquet", REVIEWED_RECORD), ("json", None)):
        plain, out = tmp_path / f"plain-{name}", tmp_path / name
        export(dataset, plain, name)
        export(dataset, out, name, reviewed=True)
        tree = reread(out)
        assert list(tree) == list(reread(plain))
        for name_of, texts in video.tree().texts.items():
            kept = dict(zip(video.tree().node_ids, texts, strict=True))
            assert {n.node_id: n.texts.get(name_of) for n in tree} == kept
        spans = {n.node_id: (n.start, n.end, n.parent_id, n.level) for n in video.tree()}
        assert {n.node_id: (n.start, n.end, n.parent_id, n.level) for n in tree} == spans
        (row,) = rows_of(out)
        said = {n["node_id"]: n["review"] for n in row["nodes"]}
        assert sum(review is not None for review in said.values()) >= 3
        assert {"field": SUMMARY, "text": summary} in said[node]["original"]
        assert said[missing] == {"status": "fixed", "original": [{"field": BRIEF, "text": None}]}
        assert said["aa-0"] == {"status": "rejected", "original": []}
        assert not any("review" in n for n in rows_of(plain)[0]["nodes"])
        if schema is not None:
            (file,) = out.iterdir()
            assert pq.read_schema(file).equals(widened(schema) if wide else schema)
    assert load_dataset("parquet", data_files=str(file), split="train").num_rows == 1


def rows_of(folder: Path) -> list[dict[str, Any]]:
    if list(folder.glob("*.parquet")):
        return pq.read_table(folder).to_pylist()
    return [json.loads(path.read_text()) for path in folder.iterdir()]


def test_the_command_line_exports_by_status(
    dataset: fo.Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "good")
    asked = ["export", dataset.name, out, "--format", "jsonl", "--fields", SUMMARY]
    assert main([*asked, "--reviewed", "fixed"]) == 0
    (row,) = rows(tmp_path / "good" / "segments.jsonl")
    assert row["caption"] == "stir the pot" and row["original"] is not None
    dataset.add_sample(fo.Sample("/nowhere/zz.mp4"))
    dataset.save_view("last-first", dataset.sort_by("filepath", reverse=True))
    first = [*asked, "--overwrite", "--reviewed", "fixed", "--view", "last-first"]
    assert main([*first, "--max-samples", "1"]) == 0  # the first one that is reviewed
    assert rows(tmp_path / "good" / "segments.jsonl") == [row]
    assert main([*asked, "--overwrite", "--reviewed"]) == 3
    assert len(rows(tmp_path / "good" / "segments.jsonl")) > 2
    assert main([*asked, "--reviewed", "good"]) == 2
    assert "choose from accepted" in capsys.readouterr().err


def test_the_command_line_says_how_far_a_review_is(
    dataset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["review", dataset.name]) == 0
    said = capsys.readouterr().out
    assert "2 of " in said and "1 accepted, 0 rejected, 1 fixed" in said
    assert "No segment has been judged by two reviewers" in said
    node = dataset.first()[SUMMARY].detections[1].node_id
    review_node(dataset, dataset.first().id, node, "reject", "Bea")
    assert main(["review", dataset.name, "--draw", "5", "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert "5 segments of " in said and "Ada and Bea: 1 segment judged by both" in said
    dataset.reload()
    assert main(["review", dataset.name, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["progress"]["rejected"] == 1 and found["agreement"][0]["nodes"] == 1
    assert found["sample"]["total"] == 5
    assert main(["review", dataset.name, "--draw", "4"]) == 2
    assert "a review sample of 5 segments; use --overwrite to replace it" in capsys.readouterr().err
    assert main(["review", dataset.name, "--draw", "0", "--overwrite"]) == 2
    assert "at least 1" in capsys.readouterr().err
    assert main(["review", dataset.name, "--draw", "4", "--overwrite"]) == 0
    assert "4 segments of " in capsys.readouterr().out
    dataset.reload()
    assert main(["review", "there-is-none"]) == 2
    assert sample_for_review(dataset, 3).size == 3
