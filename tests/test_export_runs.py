"""What an export writes of a view, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
from fiftyone import ViewField as F
from fiftyone_action100m import cut, export, segments
from fiftyone_action100m.cli import main
from fiftyone_action100m.exporters.export import ExportError
from fiftyone_action100m.exporters.formats import FORMATS
from fiftyone_action100m.exporters.place import PlaceError
from fiftyone_action100m.views.hierarchy import NoHierarchyError
from material import Converted
from subset import subset_dataset

ACTION, WIDEST = "gpt_action_brief", "plm_action"


@pytest.fixture
def demo(converted_demo: Converted) -> fo.Dataset:
    dataset: fo.Dataset = converted_demo.dataset
    return dataset


def lines(folder: Path) -> list[dict[str, Any]]:
    text = (folder / "segments.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def nodes(view: Any, field: str) -> set[tuple[str, str]]:
    uids, ids = view.values(["video_uid", f"{field}.detections.node_id"])
    return {(uid, i) for uid, found in zip(uids, ids, strict=True) for i in found or ()}


def written(folder: Path) -> set[tuple[str, str]]:
    return {(row["video_uid"], row["node_id"]) for row in lines(folder)}


def test_a_view_is_written_as_it_shows_and_ancestors_stay_whole(
    demo: fo.Dataset, tmp_path: Path
) -> None:
    view = cut(demo.skip(2).limit(3), 10, [ACTION])
    report = export(view, tmp_path / "out", "jsonl", fields=[ACTION])
    assert report.videos == 3
    assert written(tmp_path / "out") == nodes(view, ACTION)
    assert len(written(tmp_path / "out")) < len(nodes(demo.skip(2).limit(3), ACTION))
    for row in lines(tmp_path / "out"):
        assert len(row["ancestors"]) == row["level"]
        assert row["level"] == 0 or row["ancestors"][0]["caption"]  # not shown, but known


def test_a_view_of_filtered_labels_leaves_out_what_it_does_not_show(
    demo: fo.Dataset, tmp_path: Path
) -> None:
    first = demo.first()
    view = demo.filter_labels(ACTION, F("level") > 100, only_matches=False)
    report = export(view, tmp_path / "out", "jsonl", fields=[ACTION])
    assert report.exit_code == 4 and report.left_out == {"no-captions": len(demo)}
    assert first.id in report.examples["no-captions"][0]
    assert not (tmp_path / "out").exists() and list(tmp_path.iterdir()) == []


def test_selected_samples_in_the_order_of_the_view(demo: fo.Dataset, tmp_path: Path) -> None:
    ids = demo.values("id")
    view = demo.select([ids[4], ids[1]], ordered=True)
    export(view, tmp_path / "out", "activitynet")
    whole = json.loads((tmp_path / "out" / "gpt_summary_brief.json").read_text())
    assert list(whole) == [f"v_{uid}" for uid in view.values("video_uid")]


def test_clips_are_written_as_their_captions(demo: fo.Dataset, tmp_path: Path) -> None:
    clips = segments(demo, ACTION).match(F(f"{ACTION}.level") == 2)
    report = export(clips, tmp_path / "out", "jsonl")
    expected = nodes(demo.filter_labels(ACTION, F("level") == 2), ACTION)
    assert written(tmp_path / "out") == expected and report.captions == {ACTION: len(expected)}
    with pytest.raises(NoHierarchyError, match="made from gpt_action_brief"):
        export(clips, tmp_path / "other", "jsonl", fields=[WIDEST])
    with pytest.raises(NoHierarchyError, match="not made from a caption field"):
        export(demo.to_clips("transcript_segments"), tmp_path / "other", "jsonl")


def test_what_cannot_be_written_is_refused(demo: fo.Dataset, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="unknown format 'csv'"):
        export(demo, tmp_path / "out", "csv")
    with pytest.raises(NoHierarchyError, match="'title' holds no tree"):
        export(demo, tmp_path / "out", "jsonl", fields=["title"])
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(PlaceError, match="not an export"):
        export(demo, tmp_path / "mine", "jsonl", overwrite=True)
    assert [p.name for p in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_an_earlier_export_is_replaced_only_if_asked(demo: fo.Dataset, tmp_path: Path) -> None:
    export(demo.limit(2), tmp_path / "out", "json")
    assert export(demo.limit(2), tmp_path / "out", "json").already
    with pytest.raises(PlaceError, match="overwrite"):
        export(demo, tmp_path / "out", "json")
    assert len(list((tmp_path / "out").glob("*.json"))) == 2
    export(demo.limit(3), tmp_path / "out", "json", overwrite=True)
    assert len(list((tmp_path / "out").glob("*.json"))) == 3
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out", "out.EXPORT.txt"]


def test_videos_of_one_id_do_not_share_a_file(dataset_name: str, tmp_path: Path) -> None:
    subset = subset_dataset(dataset_name, videos=2)
    subset.set_values("full_video_url", ["https://www.youtube.com/watch?v=AbC"] * 2)
    report = export(subset, tmp_path / "out", "eaf")
    names = {"AbC.eaf", f"AbC-{subset.last().id}.eaf"}
    assert {p.name for p in (tmp_path / "out").iterdir()} == names
    assert report.notes["same-name"] == 1


def test_a_clip_that_is_gone_is_left_out_and_said(dataset_name: str, tmp_path: Path) -> None:
    subset = subset_dataset(dataset_name, folder=tmp_path / "videos")
    Path(subset.first().filepath).unlink()
    report = export(subset, tmp_path / "out", "webdataset")
    assert report.exit_code == 3 and report.left_out == {"no-clip": 1} and report.videos == 2
    assert "no-clip: 1" in (tmp_path / "out.EXPORT.txt").read_text()


def test_fields_of_other_names_work_where_there_is_a_place(
    dataset_name: str, tmp_path: Path
) -> None:
    dataset = fo.Dataset(dataset_name)
    node = {"node_id": "n", "parent_id": None, "level": 0}
    steps = fo.TemporalDetections(
        detections=[fo.TemporalDetection(label="whisk", support=[1, 50], **node)]
    )
    meta = fo.VideoMetadata(frame_rate=25.0, total_frame_count=100, duration=4.0)
    dataset.add_sample(
        fo.Sample(filepath=str(tmp_path / "my clip.mp4"), metadata=meta, steps=steps)
    )
    report = export(dataset, tmp_path / "out", "jsonl")
    (row,) = lines(tmp_path / "out")
    assert (row["field"], row["start"], row["end"], row["caption"]) == ("steps", 0.0, 2.0, "whisk")
    assert report.notes == {"times-from-supports": 1, "uid-from-sample": 1}
    with pytest.raises(ExportError, match="cannot hold steps"):
        export(dataset, tmp_path / "records", "parquet")


def test_the_command_line(
    demo: fo.Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    with pytest.raises(SystemExit):
        main(["export", "--help"])
    said = capsys.readouterr().out
    assert all(f"\n  {name} " in said for name in FORMATS)
    with pytest.raises(SystemExit) as ended:
        main(["export", demo.name, out, "--format", "srt"])
    assert ended.value.code == 2 and "give parquet, json" in capsys.readouterr().err
    arguments = ["export", demo.name, out, "--format", "webvtt"]
    assert main([*arguments, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert f"{len(demo)} of {len(demo)} videos" in said and "would be written" in said
    assert "Licence of the annotations: FAIR Noncommercial Research License" in said
    assert list(tmp_path.iterdir()) == []
    assert main([*arguments, "--max-samples", "2", "--fields", WIDEST]) == 0
    assert f"captions of {WIDEST}" in capsys.readouterr().out
    assert len([p for p in (tmp_path / "out").iterdir() if p.is_dir()]) == 2
    assert main([*arguments, "--max-samples", "2", "--fields", WIDEST]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert main(arguments) == 2
    assert "already holds another export" in capsys.readouterr().err
    assert main([*arguments, "--overwrite", "--view", "steps"]) == 0
    assert main([*arguments, "--view", "no such view"]) == 2
    assert main(["export", "no-such", out, "--format", "eaf"]) == 2
    assert "no dataset 'no-such'" in capsys.readouterr().err
