"""The operator that takes data out, through the real executor."""

from __future__ import annotations

import json
from pathlib import Path

import fiftyone as fo
import pytest
from executor import PROGRESS, call, delegated, form
from subset import subset_dataset

NAME = "export_action100m"
SUMMARY = "gpt_summary_brief"


@pytest.fixture
def subset(dataset_name: str) -> fo.Dataset:
    return subset_dataset(dataset_name)


def test_the_form_says_what_will_be_written_and_on_what_terms(
    subset: fo.Dataset, tmp_path: Path
) -> None:
    shown = form(NAME, subset)
    assert shown["preview"].view.label.startswith("3 videos as Action100M's Parquet")
    assert "FAIR Noncommercial" in shown["licence"].view.label
    assert "scope" not in shown and "overwrite" not in shown
    assert SUMMARY in shown["choose_fields"].view.description
    assert "its text before a reviewer changed it" in shown["reviewed"].view.description
    params = {"format": "eaf", "choose_fields": True}
    shown = form(NAME, subset, subset.limit(1), params=params)
    assert shown["preview"].view.label.startswith("1 video as ELAN")
    assert shown["fields"].default == [SUMMARY] and "reviewed" not in shown
    assert list(shown["scope"].type.values) == ["view", "dataset"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").touch()
    shown = form(NAME, subset, params={"out": str(tmp_path / "mine")})
    assert shown["out"].invalid and "not an export" in shown["out"].error_message
    assert shown["problem"].invalid


def test_it_writes_the_data_set_the_view_or_the_selection(
    subset: fo.Dataset, tmp_path: Path
) -> None:
    ids = subset.values("id")
    for scope, count in (("dataset", 3), ("view", 2), ("selected", 1)):
        out = tmp_path / scope
        params = {"format": "json", "out": str(out), "scope": scope, "reviewed": True}
        told = call(NAME, subset, params=params, view=subset.limit(2), selected=ids[1:2])
        assert len(list(out.glob("*.json"))) == count
        assert told["notify"]["variant"] == "success"
        assert "FAIR Noncommercial" in told["notify"]["message"]
        assert f"{count} of {count} video" in told["notify"]["message"]
        assert told[PROGRESS]["progress"] == 1.0
    record = json.loads((tmp_path / "selected" / "bb.json").read_text())
    assert record["video_uid"] == "bb" and {node["review"] for node in record["nodes"]} == {None}


def test_an_export_that_is_there_is_replaced_only_if_ticked(
    subset: fo.Dataset, tmp_path: Path
) -> None:
    params = {"format": "jsonl", "out": str(tmp_path / "out")}
    call(NAME, subset, params=params)
    shown = form(NAME, subset, params=params)
    assert "problem" not in shown and "nothing will be written" in shown["preview"].view.label
    params |= {"choose_fields": True, "fields": [SUMMARY]}
    shown = form(NAME, subset, params=params)
    assert shown["problem"].invalid and "overwrite" in shown
    assert "problem" not in form(NAME, subset, params={**params, "overwrite": True})
    call(NAME, subset, params={**params, "overwrite": True})
    lines = (tmp_path / "out" / "segments.jsonl").read_text().splitlines()
    assert {json.loads(line)["field"] for line in lines} == {SUMMARY}


def test_a_dry_run_writes_nothing(subset: fo.Dataset, tmp_path: Path) -> None:
    told = call(
        NAME, subset, params={"format": "eaf", "out": str(tmp_path / "out"), "dry_run": True}
    )
    assert "would be written" in told["notify"]["message"] and list(tmp_path.iterdir()) == []
    # None of the clips exists.
    told = call(
        NAME, subset, params={"format": "webdataset", "out": str(tmp_path / "out"), "dry_run": True}
    )
    assert told["notify"]["variant"] == "error" and "no-clip: 3" in told["notify"]["message"]


def test_delegated_it_returns_the_report(subset: fo.Dataset, tmp_path: Path) -> None:
    params = {"format": "webvtt", "out": str(tmp_path / "out")}
    report = delegated(NAME, subset, params=params)
    assert report["videos"] == 3 and report["out"] == str(tmp_path / "out")
    assert (tmp_path / "out" / "aa" / f"{SUMMARY}.chapters.vtt").is_file()


def test_without_a_tree_the_form_says_so(dataset_name: str) -> None:
    flat = fo.Dataset(dataset_name)
    flat.add_sample(fo.Sample(filepath="/nowhere/a.mp4"))
    notice = form(NAME, flat)["no_hierarchy"]
    assert notice.invalid and "has no tree" in notice.view.label
