"""The operator that resamples: its form, and what it says."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import pytest
from executor import PROGRESS, call, delegated, form, plugin_module
from fiftyone.operators.executor import ExecutionError
from fiftyone_action100m.core.keys import CLUSTERS_KEY
from fiftyone_action100m.views.indexing import delete_index, index
from kitchen import BRIEF, kitchen
from word_encoder import WordEncoder

NAME = "resample_segments"


@pytest.fixture
def dataset(dataset_name: str) -> fo.Dataset:
    return kitchen(dataset_name)


def test_the_form_says_what_is_stored_and_that_there_is_no_index(dataset: fo.Dataset) -> None:
    shown = form(NAME, dataset)
    assert shown["problem"].invalid and "scope" not in shown
    assert f"semantic_cluster on the detections of {BRIEF}" in shown["what"].view.label
    assert "problem" not in form(NAME, dataset, params={"index": True})
    index(dataset, BRIEF, WordEncoder())
    shown = form(NAME, dataset, dataset.limit(1), params={"field": "plm_action"})
    assert "problem" not in shown and "plm_action" in shown["what"].view.label
    assert list(shown["scope"].type.values) == ["dataset", "view"]
    delete_index(dataset)


def test_it_draws_and_saves_a_view(dataset: fo.Dataset) -> None:
    with pytest.raises(ExecutionError):
        call(NAME, dataset, params={"k": 2})
    index(dataset, BRIEF, WordEncoder())
    params = {"k": 2, "size": 10, "view": "drawn"}
    told = call(NAME, dataset, params=params | {"dry_run": True})
    assert "Would store semantic_cluster on 7 detections" in told["notify"]["message"]
    assert "reload_dataset" not in told and not dataset.list_saved_views()
    told = call(NAME, dataset, params=params)
    assert told["notify"]["message"].startswith("7 segments, 7 distinct captions, 2 clusters")
    assert "reload_dataset" in told and told[PROGRESS]["progress"] == 1.0
    dataset.reload()
    assert dataset.info[CLUSTERS_KEY][BRIEF]["complete"] and dataset.has_saved_view("drawn")
    told = call(NAME, dataset, params=params)
    assert "nothing to change" in told["notify"]["message"]
    told = call(NAME, dataset, params={"k": 50})
    assert "k is 50: give 1 to 7" in told["notify"]["message"]
    found = delegated(NAME, dataset, params={"k": 2, "size": 10})
    assert found["after"]["segments"] == 10
    delete_index(dataset)


def test_an_encoder_that_cannot_be_used_is_named(
    dataset: fo.Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        plugin_module(NAME, "views.indexes"), "_by_name", {}
    )  # not one opened before
    monkeypatch.setenv("ACTION100M_MINILM", str(tmp_path))  # a folder without a model
    told = call(NAME, dataset, params={"k": 2, "index": True})
    assert told["notify"]["variant"] == "error" and str(tmp_path) in told["notify"]["message"]
    assert "Traceback" not in str(told.messages)
