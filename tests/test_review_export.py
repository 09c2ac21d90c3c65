"""Exports with what reviewers said, and the command ``review``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fiftyone as fo
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m import export, review_node, sample_for_review
from fiftyone_action100m.cli import main
from fiftyone_action100m.exporters.export import ExportError
from reviewed import SUMMARY, review_dataset


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
    with pytest.raises(ExportError, match="give jsonl, segments, webdataset"):
        export(dataset, tmp_path / "no", "webvtt", [SUMMARY], reviewed=True)


def test_the_command_line_exports_by_status(
    dataset: fo.Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "good")
    asked = ["export", dataset.name, out, "--format", "jsonl", "--fields", SUMMARY]
    assert main([*asked, "--reviewed", "fixed"]) == 0
    (row,) = rows(tmp_path / "good" / "segments.jsonl")
    assert row["caption"] == "stir the pot" and row["original"] is not None
    assert main([*asked, "--overwrite", "--reviewed"]) == 0
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
    assert "a review sample of 5 segments: --overwrite replaces it" in capsys.readouterr().err
    assert main(["review", dataset.name, "--draw", "0", "--overwrite"]) == 2
    assert "1 or more" in capsys.readouterr().err
    assert main(["review", dataset.name, "--draw", "4", "--overwrite"]) == 0
    assert "4 segments of " in capsys.readouterr().out
    dataset.reload()
    assert main(["review", "there-is-none"]) == 2
    assert sample_for_review(dataset, 3).size == 3
