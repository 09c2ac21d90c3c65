"""Trees for one's own videos: found, in records that convert, resumed after a kill."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import fiftyone as fo
import pyarrow.parquet as pq
import pytest
from coloured import ColourModel
from fiftyone_action100m import TreeOfCaptions, build, cli, compare_trees, convert
from fiftyone_action100m.converters.clips.samples import Frames
from fiftyone_action100m.converters.manifest import LockedError, only_writer
from fiftyone_action100m.converters.reading.sources import SourceRecord, find_files, read_records
from fiftyone_action100m.core.fields import CAPTIONS
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.core.records import VideoInfo
from fiftyone_action100m.core.schema import RECORD
from fiftyone_action100m.core.times import NO_CUTOFF
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from fiftyone_action100m.meaning.encoders import EncoderError
from fiftyone_action100m.treemaking import records as record_files
from fiftyone_action100m.treemaking.encoders import ColourEncoder, Features
from fiftyone_action100m.treemaking.options import BuildOptions
from fiftyone_action100m.treemaking.records import RecordFiles, record_row
from fiftyone_action100m.treemaking.run import Build
from fiftyone_action100m.treemaking.videos import find_videos
from fiftyone_action100m.views.zoo_frames import ZooFrames
from shard_material import wait_for

#: Videos that show their annotation: name, record, and how it is rendered.
SHOWN: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a.mp4": (demo_record(0, seconds=14, leaves=10), {"fps": "30000/1001"}),
    "b.mp4": (demo_record(1, seconds=14, leaves=10), {"fps": "20", "variable_rate": True}),
    "c.webm": (demo_record(2, seconds=14, leaves=10), {"fps": "24", "codec": "libvpx-vp9"}),
}
#: The least share of variation that a split explains: between noise and a new colour.
GAIN = 0.005


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The videos, not to be changed."""
    folder = tmp_path_factory.mktemp("own")
    for name, (record, style) in SHOWN.items():
        render(record, folder / name, size=(128, 96), audio=False, **style)
    return folder


@pytest.fixture(scope="module")
def built(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run over the videos, not to be changed."""
    out = tmp_path_factory.mktemp("built")
    assert build(videos, out, min_gain=GAIN).exit_code == 0
    return out


def rows_of(out: Path) -> dict[str, dict[str, Any]]:
    table = pq.read_table(out / "records")
    assert table.schema.equals(RECORD)
    return {row["video_uid"]: row for row in table.to_pylist()}


def trees_of(out: Path) -> dict[str, TreeOfCaptions]:
    return {uid: TreeOfCaptions.from_nodes(row["nodes"]) for uid, row in rows_of(out).items()}


def features_of(out: Path) -> dict[str, tuple[int, int]]:
    """Every file of features, with its inode and time of change."""
    return {
        path.name: (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in sorted((out / "features").glob("[0-9a-f]*.*"))
    }


def test_the_segments_that_videos_show_are_found(built: Path) -> None:
    for name, tree in trees_of(built).items():
        (record,) = (r for n, (r, _) in SHOWN.items() if Path(n).stem == name)
        known = TreeOfCaptions.from_nodes(record["nodes"])
        compared = compare_trees(known, tree)
        assert compared.boundaries[0.5].f1 >= 0.95, compared
        assert tree.check(record["nodes"][0]["end"]) == []
        assert min(tree.ends - tree.starts) >= 0.5


def test_the_readers_read_the_records_without_a_repair(built: Path) -> None:
    found = list(read_records(find_files(built / "records"), CAPTIONS, NO_CUTOFF))
    assert len(found) == len(SHOWN)
    for item in found:
        assert isinstance(item, SourceRecord)
        assert item.record.warnings == {}
        assert item.record.info.title in ("a", "b", "c")
        assert not any(node.texts for node in item.record.tree)


def test_the_records_convert_with_the_links_beside_them(
    built: Path, dataset_name: str, tmp_path: Path
) -> None:
    dataset, report = convert(
        built / "records", built / "videos", dataset_name, tmp_path, clip_seconds=0
    )
    assert report.exit_code == 0 and len(dataset) == len(SHOWN)
    assert dataset.values("metadata.duration") == pytest.approx([14] * len(SHOWN), abs=0.2)
    depths = {uid: tree.depth for uid, tree in trees_of(built).items()}
    assert dict(zip(*dataset.values(["video_uid", "tree_depth"]), strict=True)) == depths
    assert all((built / "videos" / name).is_symlink() for name in SHOWN)
    assert isinstance(dataset, fo.Dataset)


def test_the_manifest_says_what_made_the_records(built: Path) -> None:
    manifest = json.loads((built / "manifest.json").read_text())
    assert manifest["encoder"]["name"] == "colour"
    assert manifest["parameters"] == {
        "every": 4, "min_seconds": 0.5, "min_gain": GAIN, "max_depth": None,
    }  # fmt: skip
    assert manifest["videos"] == len(SHOWN)
    assert manifest["nodes"] == sum(map(len, trees_of(built).values()))
    assert manifest["seconds_of_video"] == pytest.approx(42, abs=0.5)
    assert manifest["seconds"]["features"] > 0 and manifest["versions"]["fiftyone_action100m"]
    assert str(built.parent) not in json.dumps(manifest)


def test_other_rules_use_the_features_that_are_there(
    videos: Path, built: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(built, tmp_path / "out", symlinks=True)
    before = features_of(out)
    report = build(videos, out, min_seconds=2.0)
    assert dict(report.counts) == {("ok", "features already there"): len(SHOWN)}
    assert features_of(out) == before
    trees = trees_of(out)
    assert all(min(tree.ends - tree.starts) >= 2.0 for tree in trees.values())
    others = trees_of(built)
    assert not {i for t in trees.values() for i in t.node_ids[1:]} & set(others["a"].node_ids)


def test_default_rules_give_as_many_nodes_as_action100m_has(
    videos: Path, built: Path, tmp_path: Path
) -> None:
    """Which has 1.37 per second; a video of its own may have 0.7 to 2.5."""
    out = shutil.copytree(built, tmp_path / "out", symlinks=True)
    assert build(videos, out).exit_code == 0
    for tree in trees_of(out).values():
        assert tree.end is not None and tree.check(tree.end) == []
        assert 0.7 <= len(tree) / tree.end <= 2.5, len(tree) / tree.end


def test_a_broken_video_is_counted_and_the_others_are_built(
    videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, out = tmp_path / "own", tmp_path / "own" / "out"
    (own / "deep").mkdir(parents=True)
    shutil.copy(videos / "a.mp4", own / "My holiday!.mp4")
    shutil.copy(videos / "a.mp4", own / "deep" / "same.mp4")
    (own / "page.mp4").write_text("<!doctype html>")
    (own / "empty.mkv").touch()
    data = (videos / "a.mp4").read_bytes()
    (own / "cut.mp4").write_bytes(data[: len(data) // 2])
    assert cli.main(["build", str(own), "--out", str(out)]) == 3
    text = capsys.readouterr().out
    assert "2 of 5 videos built" in text
    assert "failed  not-a-video: e.g." in text and "failed  empty-file: e.g." in text
    assert "failed  truncated-source: e.g." in text
    rows = rows_of(out)
    assert len(rows) == 2 and "same" in rows  # the same file twice: its features are made once
    assert len(features_of(out)) == 2
    (other,) = rows.keys() - {"same"}
    assert other.startswith("My-holiday-") and rows[other]["metadata"]["title"] == "My holiday!"
    # The output is below the folder, and is not read the next time.
    assert cli.main(["build", str(own), "--out", str(out)]) == 3
    assert "2 of 5 videos built" in capsys.readouterr().out


def test_a_dry_run_says_what_a_run_would_take(
    videos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert cli.main(["build", str(videos), "--out", str(out), "--dry-run"]) == 0
    text = capsys.readouterr().out
    assert "3 of 3 videos can be built" in text
    assert "frames of 42.0 s of video, about" in text
    assert "MB of features" in text and "frames per second (measured:" in text
    assert not out.exists()


def test_a_killed_run_goes_on(videos: Path, built: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["build", str(videos), "--out", str(out), "--min-gain", str(GAIN), "--workers", "1"]
    command = [sys.executable, "-m", "fiftyone_action100m.cli", *arguments]
    run = subprocess.Popen(command, start_new_session=True)
    try:
        wait_for(lambda: list(out.glob("features/*.json")) or run.poll() is not None)
    finally:
        run.kill()
        run.wait()
    kept = {name: stamp for name, stamp in features_of(out).items() if name.endswith(".json")}
    assert kept
    (out / "features" / f".{'0' * 32}.part").write_bytes(b"of the run that was killed")
    assert cli.main(arguments) == 0
    assert features_of(out).items() >= kept.items()
    assert rows_of(out) == rows_of(built)
    assert not list(out.glob("*/.*.part"))


def test_an_interrupted_run_keeps_the_records_of_before(
    videos: Path, built: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(built, tmp_path / "out", symlinks=True)
    run = Build(BuildOptions(videos, out, workers=1, every=2))
    steps = run.run()
    assert str(next(steps)).startswith("1/3 videos, 1 ok")
    steps.close()
    assert run.report.stopped == "interrupted" and run.report.exit_code == 130
    assert rows_of(out) == rows_of(built)
    assert not list(out.glob("*/.*.part"))


def test_a_model_of_fiftyones_zoo_may_be_the_encoder(videos: Path, tmp_path: Path) -> None:
    model = ColourModel()
    report = build(videos, tmp_path / "out", encoder=ZooFrames("colours", model), max_videos=1)
    assert report.exit_code == 0 and report.frames + 1 == model.pictures  # one tells the dimension
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["encoder"]["name"] == "zoo:colours"
    assert manifest["encoder"]["dimension"] == 4
    known = TreeOfCaptions.from_nodes(SHOWN["a.mp4"][0]["nodes"])
    compared = compare_trees(known, trees_of(tmp_path / "out")["a"])
    assert compared.boundaries[0.5].recall >= 0.9, compared
    with pytest.raises(OptionError, match="cannot be loaded"):
        build(videos, tmp_path / "other", encoder="zoo:no-such-model")


class Failing(ColourEncoder):
    """Fails at the first video."""

    name = "failing"
    calls = 0

    def encode(self, frames: Frames) -> Features:
        self.calls += 1
        if self.calls == 1:
            raise EncoderError("the model is out of memory")
        return super().encode(frames)


def test_an_encoder_of_ones_own_may_fail_at_a_video(videos: Path, tmp_path: Path) -> None:
    report = build(videos, tmp_path / "out", encoder=Failing(), workers=1, max_videos=2)
    assert dict(report.counts) == {("failed", "encoder-failed"): 1, ("ok", "built"): 1}
    assert "the model is out of memory" in str(report)
    assert list(rows_of(tmp_path / "out")) == ["b"]


def test_what_cannot_be_used_is_refused(videos: Path, tmp_path: Path) -> None:
    out, empty = tmp_path / "out", tmp_path / "empty"
    empty.mkdir()
    refused: list[tuple[Path, dict[str, Any], str]] = [
        (tmp_path / "missing", {}, "is not there"),
        (empty, {}, "holds no video files"),
        (videos, {"encoder": "magic"}, "there is no encoder 'magic': give colour, vjepa2:"),
        (videos, {"window": 16}, "window and stride are of vjepa2:CHECKPOINT only"),
        (videos, {"every": 0}, "every is 0"),
        (videos, {"min_seconds": 0.0}, "min_seconds is 0.0"),
        (videos, {"until": "captions"}, "give segments"),
    ]
    for folder, options, message in refused:
        with pytest.raises(OptionError, match=message):
            build(folder, out, **options)
    assert not out.exists()
    (out / "features").mkdir(parents=True)
    with only_writer(out / "features"), pytest.raises(LockedError, match="another run"):
        build(videos, out)


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("name", ["records/records-00000.parquet", "videos/a.mp4", "manifest.json"])
def test_a_folder_with_files_of_others_is_refused(
    videos: Path, tmp_path: Path, name: str, dry_run: bool
) -> None:
    mine = tmp_path / "out" / name
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(OptionError, match="files that no build has written"):
        Build(BuildOptions(videos, tmp_path / "out", dry_run=dry_run))
    assert [p for p in (tmp_path / "out").rglob("*") if p.is_file()] == [mine]
    assert mine.read_bytes() == b"mine"


def test_a_file_in_place_of_a_link_stays(videos: Path, built: Path, tmp_path: Path) -> None:
    out = shutil.copytree(built, tmp_path / "out", symlinks=True)
    mine = out / "videos" / "a.mp4"
    mine.unlink()
    mine.write_bytes(b"mine")
    with pytest.raises(FileExistsError, match="not the link of a build: move it away"):
        build(videos, out, min_gain=GAIN)
    assert mine.read_bytes() == b"mine" and rows_of(out) == rows_of(built)


def test_ids_are_names_where_records_can_have_them(tmp_path: Path) -> None:
    names = ("plain-1.mp4", "x/twice.mp4", "y/twice.mkv", "Ünï.mov", os.fsdecode(b"\xff.mp4"))
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "notes.txt").touch()
    found = find_videos(tmp_path, tmp_path / "out")
    assert len(found) == len(names)
    assert found["plain-1"] == tmp_path / "plain-1.mp4"
    assert sorted(uid.rpartition("-")[0] for uid in found if uid != "plain-1") == [
        "n", "twice", "twice", "video",
    ]  # fmt: skip
    assert found == find_videos(tmp_path, tmp_path / "out")


def test_shards_replace_those_of_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_files, "GROUP_ROWS", 2)
    monkeypatch.setattr(record_files, "SHARD_ROWS", 4)
    tree = TreeOfCaptions(["root"], [None], [0], [0.0], [3.5])

    def write(count: int) -> list[str]:
        with RecordFiles(tmp_path / "records") as files:
            for n in range(count):
                files.add(record_row(f"v{n}", VideoInfo(f"Video\n{n}"), tree))
            files.finish()
        return sorted(path.name for path in (tmp_path / "records").iterdir())

    assert write(9) == [f"records-0000{n}.parquet" for n in range(3)]
    assert list(rows_of(tmp_path)) == [f"v{n}" for n in range(9)]
    assert rows_of(tmp_path)["v3"]["metadata"]["title"] == "Video 3"
    assert write(3) == ["records-00000.parquet"]
    assert len(rows_of(tmp_path)) == 3
