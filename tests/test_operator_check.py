"""The operators that check, clear a check's tags and tidy, through the real executor."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import fiftyone as fo
import fiftyone.operators as foo
import pytest
from executor import CLOSE, PROGRESS, delegated, form, run
from fiftyone_action100m.core.colours import LEVEL_COLOURS
from fiftyone_action100m.internals.database import dataset_id
from subset import SUBSET_FIELDS, subset_dataset


@pytest.fixture
def subset(dataset_name: str) -> fo.Dataset:
    return subset_dataset(dataset_name)


def test_a_check_reports_tags_and_downloads(subset: fo.Dataset) -> None:
    told = run("check_trees", subset)
    assert [name for name, _ in told.messages] == [
        PROGRESS, CLOSE, "reload_dataset", "browser_download", "notify",
    ]  # fmt: skip
    assert told[PROGRESS] == {"label": "Checking: 3 of 3 videos", "progress": 1.0}
    download, notice = told["browser_download"], told["notify"]
    report = json.loads(base64.b64decode(download["url"].partition(",")[2]))
    assert report["videos"] == 3 and report["counts"]["outside-clip"]["videos"] == 3
    assert report["faults"] == len(report["findings"]) > 0
    assert notice["variant"] == "warning" and "3 videos" in notice["message"]
    path = Path(notice["message"].rpartition(" ")[2])
    assert json.loads(path.read_text()) == report and path.name == download["filename"]
    assert subset.count_sample_tags()["check:outside-clip"] == 3
    store = foo.ExecutionStore.create("action100m", dataset_id=dataset_id(subset))
    assert store.get("check_report")["faults"] == report["faults"]

    told = run("clear_check_tags", subset)
    assert told["notify"]["message"] == "3 check tags removed"
    assert subset.count_sample_tags() == {} == subset.count_label_tags()
    told = run("clear_check_tags", subset)
    assert told["notify"]["message"] == "There are no check tags"


def test_a_check_of_a_view_leaves_the_other_videos_alone(subset: fo.Dataset) -> None:
    view = subset.skip(2)
    assert form("check_trees", subset)["preview"].view.label.startswith("Checks 3 videos")
    assert "scope" not in form("check_trees", subset)
    shown = form("check_trees", subset, view)
    assert shown["preview"].view.label.startswith("Checks 1 video,") and "scope" in shown
    params = {"format": "csv", "fields": ["gpt_summary_brief"]}
    told = run("check_trees", subset, view, params=params)
    assert told["browser_download"]["filename"].endswith(".csv")
    tagged = subset.match_tags("check:outside-clip")
    assert tagged.values("id") == subset.skip(2).values("id")
    run("check_trees", subset, view, params={"tag": False, "scope": "dataset"})
    assert len(subset.match_tags("check:outside-clip")) == 1


@pytest.mark.parametrize("where", ["clips", "empty"])
def test_a_check_of_clips_or_of_nothing(subset: fo.Dataset, where: str) -> None:
    view = subset.limit(2).to_clips("gpt_action_brief") if where == "clips" else subset.limit(0)
    told = run("check_trees", subset, view)
    number = "2 videos" if where == "clips" else "0 videos"
    assert told["notify"]["message"].startswith(number)
    preview = form("clear_check_tags", subset, view)["preview"]
    assert number in preview.view.label


def test_delegated_a_check_returns_the_report(subset: fo.Dataset) -> None:
    report = delegated("check_trees", subset)
    assert report["videos"] == 3 and Path(report["file"]).is_file()


@pytest.mark.parametrize("name", ["check_trees", "clear_check_tags", "tidy_view"])
def test_without_a_tree_the_form_says_so(name: str, dataset_name: str) -> None:
    flat = fo.Dataset(dataset_name)
    flat.add_sample(fo.Sample(filepath="/nowhere/a.mp4"))
    notice = form(name, flat)["no_hierarchy"]
    assert notice.invalid and "has no tree" in notice.view.label


def test_tidying_shows_one_caption_by_level_and_can_be_taken_back(subset: fo.Dataset) -> None:
    subset.app_config.color_scheme = fo.ColorScheme(color_by="field", color_pool=["#123456"])
    subset.save()
    subset.save_view("mine", subset.limit(1))
    assert list(form("tidy_view", subset)["colours"].type.values) == [
        "level",
        "verb",
        "field",
        "keep",
    ]
    told = run("tidy_view", subset)
    heading = ["title", "metadata.duration"]
    assert told["set_active_fields"] == {"fields": [*heading, "gpt_action_brief"]}
    assert "reload_dataset" in told
    subset.reload()
    scheme = subset.app_config.color_scheme
    assert scheme.color_by == "value" and scheme.color_pool == list(LEVEL_COLOURS)
    assert [f["path"] for f in scheme.fields] == list(SUBSET_FIELDS)
    run("tidy_view", subset, params={"colours": "field", "fields": ["gpt_summary_brief"]})
    subset.reload()
    assert subset.app_config.color_scheme.color_by == "field"
    assert subset.app_config.active_fields.paths == [*heading, "gpt_summary_brief"]
    assert "fields" not in form("tidy_view", subset, params={"colours": "normal"})
    run("tidy_view", subset, params={"colours": "normal"})
    subset.reload()
    assert subset.app_config.color_scheme.color_pool == ["#123456"]
    assert subset.app_config.active_fields is None
    assert len(subset.load_saved_view("mine")) == 1
    assert "normal" not in form("tidy_view", subset)["colours"].type.values
