"""The operator that takes data out, through the real executor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo
import pytest
from fiftyone.operators.executor import ExecutionContext, Executor
from subset import subset_dataset

URI = "@action100m/explorer/export_action100m"
SUMMARY = "gpt_summary_brief"


@pytest.fixture
def subset(dataset_name: str) -> fo.Dataset:
    return subset_dataset(dataset_name)


def form(dataset: fo.Dataset, params: dict[str, Any] | None = None, **more: Any) -> Any:
    body = {"params": params or {}, "dataset_name": dataset.name, **more}
    context = ExecutionContext(request_params=body, executor=Executor())
    return foo.get_operator(URI).resolve_input(context).type.properties


def run(dataset: fo.Dataset, params: dict[str, Any], **more: Any) -> dict[str, Any]:
    result = foo.execute_operator(URI, {"dataset": dataset, "params": params, **more})
    return {r.operator_uri: r.params for r in result.executor._requests}


def test_the_form_says_what_will_be_written_and_on_what_terms(
    subset: fo.Dataset, tmp_path: Path
) -> None:
    shown = form(subset)
    assert shown["preview"].view.label.startswith("3 videos as Action100M's Parquet")
    assert "FAIR Noncommercial" in shown["licence"].view.label
    assert "scope" not in shown and "overwrite" not in shown
    assert SUMMARY in shown["choose_fields"].view.description
    shown = form(
        subset, {"format": "eaf", "choose_fields": True}, view=subset.limit(1)._serialize()
    )
    assert shown["preview"].view.label.startswith("1 video as ELAN")
    assert shown["fields"].default == [SUMMARY]
    assert list(shown["scope"].type.values) == ["view", "dataset"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.txt").touch()
    shown = form(subset, {"out": str(tmp_path / "mine")})
    assert shown["out"].invalid and "not an export" in shown["out"].error_message
    assert shown["problem"].invalid


def test_it_writes_the_data_set_the_view_or_the_selection(
    subset: fo.Dataset, tmp_path: Path
) -> None:
    ids = subset.values("id")
    for scope, count in (("dataset", 3), ("view", 2), ("selected", 1)):
        out = tmp_path / scope
        params = {"format": "json", "out": str(out), "scope": scope}
        told = run(subset, params, view=subset.limit(2), selected=ids[1:2])
        assert len(list(out.glob("*.json"))) == count
        assert told["notify"]["variant"] == "success"
        assert "FAIR Noncommercial" in told["notify"]["message"]
        assert f"{count} of {count} video" in told["notify"]["message"]
        assert told["set_progress"]["progress"] == 1.0
    assert json.loads((tmp_path / "selected" / "bb.json").read_text())["video_uid"] == "bb"


def test_an_export_that_is_there_is_replaced_only_if_ticked(
    subset: fo.Dataset, tmp_path: Path
) -> None:
    params = {"format": "jsonl", "out": str(tmp_path / "out")}
    run(subset, params)
    shown = form(subset, params)
    assert "problem" not in shown and "nothing will be written" in shown["preview"].view.label
    params |= {"choose_fields": True, "fields": [SUMMARY]}
    shown = form(subset, params)
    assert shown["problem"].invalid and "overwrite" in shown
    assert "problem" not in form(subset, {**params, "overwrite": True})
    run(subset, {**params, "overwrite": True})
    lines = (tmp_path / "out" / "segments.jsonl").read_text().splitlines()
    assert {json.loads(line)["field"] for line in lines} == {SUMMARY}


def test_a_dry_run_writes_nothing(subset: fo.Dataset, tmp_path: Path) -> None:
    told = run(subset, {"format": "eaf", "out": str(tmp_path / "out"), "dry_run": True})
    assert "would be written" in told["notify"]["message"] and list(tmp_path.iterdir()) == []
    # None of the clips exists.
    told = run(subset, {"format": "webdataset", "out": str(tmp_path / "out"), "dry_run": True})
    assert told["notify"]["variant"] == "error" and "no-clip: 3" in told["notify"]["message"]


def test_delegated_it_returns_the_report(subset: fo.Dataset, tmp_path: Path) -> None:
    params = {"format": "webvtt", "out": str(tmp_path / "out")}
    body = {"params": params, "dataset_name": subset.name, "delegated": True}
    context = ExecutionContext(request_params=body, executor=Executor())
    report = foo.get_operator(URI).execute(context)
    assert report["videos"] == 3 and report["out"] == str(tmp_path / "out")
    assert (tmp_path / "out" / "aa" / f"{SUMMARY}.chapters.vtt").is_file()


def test_without_a_tree_the_form_says_so(dataset_name: str) -> None:
    flat = fo.Dataset(dataset_name)
    flat.add_sample(fo.Sample(filepath="/nowhere/a.mp4"))
    notice = form(flat)["no_hierarchy"]
    assert notice.invalid and "has no tree" in notice.view.label
