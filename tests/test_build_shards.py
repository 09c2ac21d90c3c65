"""Trees built in shards: those of a run without, whatever dies; nothing made twice."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fiftyone_action100m import build
from fiftyone_action100m.converters.manifest import LockedError
from fiftyone_action100m.converters.shards.engines import TRIES
from fiftyone_action100m.converters.shards.worker import DEADLY, WorkerError
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from fiftyone_action100m.treemaking.options import BuildOptions
from fiftyone_action100m.treemaking.shard_work import BuildJob, build_shard
from fiftyone_action100m.treemaking.shards import ShardedBuild, divide
from hypothesis import given, settings
from hypothesis import strategies as st
from shard_material import Inline

UIDS = [f"v{n}" for n in range(4)]


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four videos, two of which are the same file, not to be changed."""
    folder = tmp_path_factory.mktemp("own")
    for n in range(3):
        record = demo_record(n, seconds=5 + n, leaves=4)
        render(record, folder / f"v{n}.mp4", size=(128, 96), audio=False, fps="20")
    shutil.copy(folder / "v0.mp4", folder / "v3.mp4")
    return folder


@pytest.fixture(scope="module")
def whole(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of a run without shards, not to be changed."""
    out = tmp_path_factory.mktemp("whole")
    assert build(videos, out).exit_code == 0
    return out


class Engine(Inline):
    """Works on each shard at once, and notes which.

    Args:
        before: called with each shard; an error that it returns is the shard's
    """

    def __init__(self, before: Callable[[BuildJob], Exception | None] = lambda job: None) -> None:
        self.before, self.given = before, list[int]()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        (job,) = args
        self.given.append(job.number)
        if (error := self.before(job)) is None:
            return super().submit(fn, *args, **kwargs)
        future: Future[Any] = Future()
        future.set_exception(error)
        return future


def rows_of(out: Path) -> list[dict[str, Any]]:
    rows = pq.read_table(out / "records").to_pylist()
    return sorted(rows, key=lambda row: str(row["video_uid"]))


def stamps(out: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (out / "features").glob("*.npy")}


def test_the_records_are_those_of_one_process_and_nothing_is_made_twice(
    videos: Path, whole: Path, tmp_path: Path
) -> None:
    own, out = shutil.copytree(videos, tmp_path / "own"), tmp_path / "out"

    def is_locked(job: BuildJob) -> None:
        with pytest.raises(LockedError, match="another run"):
            build(own, out)

    engine = Engine(is_locked)
    report = build(own, out, executor=engine, shard_size=2)
    assert report.exit_code == 0 and report.counts["ok", "built"] == 3
    assert engine.given == [0, 1] and rows_of(out) == rows_of(whole)
    assert sorted(path.stem for path in (out / "videos").iterdir()) == UIDS
    made, other = (json.loads((f / "manifest.json").read_text()) for f in (out, whole))
    for manifest in (made, other):
        assert manifest.pop("made") and manifest.pop("seconds")["features"] > 0
    assert made == other
    # Nothing is left to do, but for a video that comes, and for one that cannot be read.
    before = stamps(out)
    (own / "w.mp4").write_text("<!doctype html>")
    for _ in range(2):
        engine = Engine()
        report = build(own, out, executor=engine, shard_size=2)
        assert report.exit_code == 3 and report.counts["failed", "not-a-video"] == 1
        assert engine.given == [2] and rows_of(out) == rows_of(whole)
    (own / "w.mp4").unlink()
    # Other rules use the features that are there; fewer shards leave nothing behind.
    engine = Engine()
    report = build(own, out, executor=engine, min_seconds=1.0)
    assert report.counts["ok", "features already there"] == 4 and engine.given == [0]
    assert stamps(out) == before and report.nodes < other["nodes"]
    assert [path.name for path in (out / "records").iterdir()] == ["records-00000.parquet"]
    assert [p.name for p in (out / "build-shards").iterdir() if p.is_dir()] == ["00000"]
    # So does a run without shards, which changes nothing of theirs.
    build(own, out)
    assert rows_of(out) == rows_of(whole)
    engine = Engine()
    report = build(own, out, executor=engine, min_seconds=1.0)
    assert engine.given == [] and len(rows_of(out)) == 4 and report.nodes < other["nodes"]


def test_a_video_that_workers_die_of_is_passed_over(videos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def dies(job: BuildJob) -> Exception | None:
        if engine.given.count(job.number) > DEADLY or "v1" not in job.videos:
            return None
        mark = out / "build-shards" / f"{job.number:05d}" / "in-hand" / "v1"
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.write_text(str(engine.given.count(job.number) - 1))
        return BrokenProcessPool("a process died")

    engine = Engine(dies)
    report = build(videos, out, executor=engine, shard_size=3)
    assert report.counts["failed", "worker-died"] == 1 and report.exit_code == 3
    assert [row["video_uid"] for row in rows_of(out)] == ["v0", "v2", "v3"]
    assert build(videos, out, executor=Engine(), shard_size=3).exit_code == 0
    assert [row["video_uid"] for row in rows_of(out)] == UIDS


def test_a_shard_that_is_given_up_leaves_the_others(
    videos: Path, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def fails(job: BuildJob) -> Exception | None:
        return OSError("cannot") if job.number == 1 else None

    engine = Engine(fails)
    report = build(videos, out, executor=engine, shard_size=2)
    assert engine.given.count(1) == TRIES and report.exit_code == 3
    assert report.counts["failed", "shard-failed"] == 2
    assert "shard 1 was abandoned: OSError: cannot" in str(report)
    assert [row["video_uid"] for row in rows_of(out)] == ["v0", "v3"]
    engine = Engine()
    assert build(videos, out, executor=engine, shard_size=2).exit_code == 0
    assert engine.given == [1] and rows_of(out) == rows_of(whole)


def test_an_interrupted_run_keeps_the_records_of_before(
    videos: Path, whole: Path, tmp_path: Path
) -> None:
    out = shutil.copytree(whole, tmp_path / "out", symlinks=True)
    run = ShardedBuild(BuildOptions(videos, out, every=2), executor=Engine(), shard_size=2)
    steps = run.run()
    assert next(steps).done == 4
    steps.close()
    assert run.report.stopped == "interrupted" and run.report.exit_code == 130
    assert rows_of(out) == rows_of(whole)


def test_a_full_disk_stops_the_run_and_the_next_one_goes_on(
    videos: Path, whole: Path, small_disk: Path
) -> None:
    out, filler = small_disk / "out", small_disk / "filler"
    with pytest.raises(OSError, match="No space"), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    os.truncate(filler, filler.stat().st_size - 80_000)  # room for the features of a video
    report = build(videos, out, executor=Engine(), shard_size=2)
    assert report.stopped == "disk-full" and report.exit_code in (3, 4)
    with pytest.raises(OSError, match="No space"):  # without shards
        build(videos, out)
    assert not list(out.glob("records/*.parquet")) and not list(out.glob("features/.*.part"))
    before = stamps(out)
    assert len(before) < 3
    filler.unlink()
    assert build(videos, out, executor=Engine(), shard_size=2).exit_code == 0
    assert rows_of(out) == rows_of(whole) and stamps(out).items() >= before.items()


def test_a_worker_that_does_not_see_the_folder_or_its_lock_says_so(
    videos: Path, tmp_path: Path
) -> None:
    jobs: list[BuildJob] = []

    def keep(job: BuildJob) -> None:
        jobs.append(job)

    build(videos, tmp_path / "out", executor=Engine(keep))
    with pytest.raises(WorkerError, match="does not see the coordinator's lock"):
        build_shard(jobs[0])
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(WorkerError, match="all machines share"):
        build_shard(jobs[0])


def test_what_shards_cannot_do_is_refused(videos: Path, tmp_path: Path) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"shard_size": 0}, "shard_size is 0"),
        ({"processes": 0}, "processes is 0"),
        ({"processes": 2, "scheduler": "tcp://127.0.0.1:1"}, "give only one of"),
        ({"scheduler": "nowhere.json"}, "neither an existing file nor an address"),
    ]
    for options, message in refused:
        with pytest.raises(OptionError, match=message):
            build(videos, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(0, 9), min_size=1, max_size=40), size=st.integers(1, 12))
def test_shards_are_a_partition_in_which_equal_files_are_together(
    sizes: list[int], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("files")
    videos = {f"v{n:02}": folder / f"v{n:02}.mp4" for n in range(len(sizes))}
    for path, length in zip(videos.values(), sizes, strict=True):
        path.write_bytes(b"x" * length)
    shards = divide(videos, size)
    assert all(shards) and {k: v for shard in shards for k, v in shard.items()} == videos
    assert sum(map(len, shards)) == len(videos)
    found = [{path.stat().st_size for path in shard.values()} for shard in shards]
    assert all(a.isdisjoint(b) for n, a in enumerate(found) for b in found[n + 1 :])
    assert all(len(shard) <= size or len(s) == 1 for shard, s in zip(shards, found, strict=True))
