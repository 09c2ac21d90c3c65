"""Conversion in shards by local processes: killed, resumed, failed, refused, told what to do."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import fiftyone as fo
import forks
import psutil
import pytest
from fiftyone_action100m import __all__ as PUBLIC
from fiftyone_action100m import convert, convert_shards
from fiftyone_action100m.acquire.options import FetchOptions
from fiftyone_action100m.cli import build_parser
from fiftyone_action100m.converters.manifest import only_writer
from fiftyone_action100m.converters.shards.engines import TRIES
from fiftyone_action100m.converters.shards.folder import ShardFolder
from fiftyone_action100m.converters.shards.run import ShardConversion
from fiftyone_action100m.converters.shards.work import WorkerError, convert_shard
from fiftyone_action100m.converters.status import read_status
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.internals.database import samples_of
from material import write_video
from shard_material import UIDS, Inline, Killer, clips_in, make_material, options_of, wait_for
from web_server import Behaviour, WebSite


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    return make_material(tmp_path_factory.mktemp("shards"))


def inline(material, name, out, **changes):
    given = {k: changes.pop(k) for k in ("shard_size", "ingest") if k in changes}
    return convert_shards(options_of(material, name, out, **changes), executor=Inline(), **given)


def rows_in(out):
    """Every row of every shard's manifest, as video and status, in the order written."""
    lines = []
    for path in sorted((out / "shards").glob("*/manifest.jsonl")):
        lines += [json.loads(line) for line in path.read_text().splitlines()]
    return [(line["key"], line["status"]) for line in lines]


def test_a_killed_process_loses_its_current_video_only(material, dataset_name, tmp_path):
    steps = []
    with Killer(tmp_path / "clips") as killer:
        dataset, report = convert_shards(
            options_of(material, dataset_name, tmp_path), shard_size=2, processes=2,
            progress=steps.append,
        )  # fmt: skip
    assert len(killer.killed) == 1
    assert report.exit_code == 0 and report.of("ok") == 6 and report.samples == 6
    assert sorted(dataset.values("video_uid")) == UIDS
    assert sorted(rows_in(tmp_path)) == [(uid, "ok") for uid in UIDS]
    assert clips_in(tmp_path) == [f"{uid}.mp4" for uid in UIDS]
    assert not list((tmp_path / "shards").glob("*/in-hand/*"))
    last = steps[-1]
    assert (last.done, last.total, last.ok, last.shards, last.shards_done) == (6, 6, 6, 3, 3)
    assert str(last).startswith("3/3 shards, 6/6 videos, 6 ok")
    # It is what a run without shards gives, but for the order.
    other, calm = convert(
        material / "records.parquet", material / "videos", f"{dataset_name}-calm",
        tmp_path / "calm", clip_seconds=4.0,
    )  # fmt: skip
    try:
        assert report.warnings == calm.warnings
        assert contents(dataset, tmp_path) == contents(other, tmp_path / "calm")
    finally:
        other.delete()


def contents(dataset, out):
    """What a dataset holds by video, without ids and times of insertion."""
    dropped = ("_id", "_rand", "_dataset_id", "created_at", "last_modified_at")

    def clean(value):
        if isinstance(value, dict):
            return {k: clean(v) for k, v in value.items() if k not in dropped}
        return [clean(v) for v in value] if isinstance(value, list) else value

    rows = {d["video_uid"]: clean(d) for d in samples_of(dataset).find()}
    for row in rows.values():
        row["filepath"] = str(Path(row["filepath"]).relative_to(out))
    return rows


def test_a_video_that_workers_die_of_is_passed_over(material, dataset_name, tmp_path):
    with Killer(tmp_path / "clips", times=3, uid="video-1") as killer:
        dataset, report = convert_shards(
            options_of(material, dataset_name, tmp_path), shard_size=6, processes=1
        )
    assert [uid for _, uid in killer.killed] == ["video-1"] * 3
    assert report.counts["failed", "worker-died"] == 1 and report.exit_code == 3
    assert sorted(dataset.values("video_uid")) == [u for u in UIDS if u != "video-1"]
    before = rows_in(tmp_path)
    _, report = inline(material, dataset_name, tmp_path)
    assert report.counts["failed", "worker-died"] == 1 and rows_in(tmp_path) == before
    _, report = inline(material, dataset_name, tmp_path, retry=("worker-died",))
    assert report.exit_code == 0 and sorted(dataset.values("video_uid")) == UIDS


def test_a_shard_is_given_up_after_so_many_deaths_and_the_rest_goes_on(
    material, dataset_name, tmp_path
):
    given_out = []

    class Dying(Inline):
        def submit(self, fn, job):
            given_out.append(job.shard.number)
            if job.shard.number:
                return super().submit(fn, job)
            future = Future()
            future.set_exception(BrokenProcessPool("a process died"))
            return future

    dataset, report = convert_shards(
        options_of(material, dataset_name, tmp_path), shard_size=2, executor=Dying()
    )
    assert given_out.count(0) == TRIES and len(given_out) == TRIES + 2
    assert report.counts["failed", "shard-failed"] == 2 and report.of("ok") == 4
    assert "shard 0 was abandoned: BrokenProcessPool: a process died" in str(report)
    assert report.exit_code == 3 and sorted(dataset.values("video_uid")) == UIDS[2:]
    assert "shard 0 was abandoned" in str(read_status(tmp_path))
    _, report = inline(material, dataset_name, tmp_path)
    assert report.exit_code == 0 and sorted(dataset.values("video_uid")) == UIDS
    assert read_status(tmp_path).exit_code == 0


def test_processes_end_with_the_coordinator(material, dataset_name, tmp_path):
    command = [
        "convert", str(material / "records.parquet"), "--videos", str(material / "videos"),
        "--name", dataset_name, "--out", str(tmp_path), "--clip-seconds", "4",
        "--processes", "1", "--no-ingest",
    ]  # fmt: skip
    coordinator = forks.start(forks.CLI, *command)
    workers = []
    try:
        wait_for(lambda: list(tmp_path.glob("shards/*/in-hand/*")), coordinator)
        workers = psutil.Process(coordinator.pid).children(recursive=True)
        coordinator.kill()
        coordinator.wait()
        _, left = psutil.wait_procs(workers, 30)
        assert not left
    finally:
        coordinator.kill()
        coordinator.wait()
        for worker in workers:
            with suppress(psutil.NoSuchProcess):
                worker.kill()
    dataset, report = inline(material, dataset_name, tmp_path, shard_size=100)
    assert report.exit_code == 0 and sorted(dataset.values("video_uid")) == UIDS
    assert clips_in(tmp_path) == [f"{uid}.mp4" for uid in UIDS]


def test_an_interrupted_run_stops_its_workers_and_the_next_goes_on(
    material, dataset_name, tmp_path
):
    conversion = ShardConversion(
        options_of(material, dataset_name, tmp_path), shard_size=2, processes=1
    )
    steps = conversion.run()
    while not list(tmp_path.glob("clips/video-*.mp4")):
        next(steps)
    steps.close()
    assert conversion.report.stopped == "interrupted" and conversion.report.exit_code == 130
    left = psutil.Process().children(recursive=True)
    assert not any("ffmpeg" in process.name() for process in left)
    assert all(not name.startswith(".") for name in clips_in(tmp_path))
    made = {path: path.stat().st_mtime_ns for path in tmp_path.glob("clips/*.mp4")}
    dataset, report = inline(material, dataset_name, tmp_path)
    assert report.exit_code == 0 and sorted(dataset.values("video_uid")) == UIDS
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in made.items())


def reasons(report):
    return {(status, reason): n for (status, reason), n in report.counts.items()}


def test_any_executor_and_what_failed_is_looked_at_again(material, dataset_name, tmp_path):
    videos = shutil.copytree(material / "videos", tmp_path / "videos")
    (videos / "video-5.mp4").unlink()
    (videos / "video-3.mp4").write_text("<!doctype html>")
    out = tmp_path / "out"
    dataset, report = inline(material, dataset_name, out, videos=videos, shard_size=3)
    assert reasons(report) == {
        ("ok", "cut"): 2, ("ok", "encode"): 2, ("skipped", "no-video"): 1,
        ("failed", "not-a-video"): 1,
    }  # fmt: skip
    assert len(dataset) == 4 and json.loads((out / "report.json").read_text())["exit_code"] == 3
    # Three shards: a row group of four is halved, and only what lacks a video is looked at again.
    stamps = [p.stat().st_mtime_ns for p in sorted(out.glob("shards/*/done.json"))]
    shutil.copy(material / "videos" / "video-5.mp4", videos)
    _, report = inline(material, dataset_name, out, videos=videos)
    assert reasons(report)[("failed", "not-a-video")] == 1 and report.of("ok") == 5
    assert len(dataset) == 5
    again = [p.stat().st_mtime_ns for p in sorted(out.glob("shards/*/done.json"))]
    assert [a == b for a, b in zip(stamps, again, strict=True)] == [True, False, False]
    # A source that has changed: where that is asked for, its clip is made again for its sample.
    ids = set(dataset.values("id"))
    shutil.copy(material / "videos" / "video-0.mp4", videos / "video-3.mp4")
    write_video(videos / "video-2.mp4", seconds=2.0)
    _, report = inline(material, dataset_name, out, videos=videos, retry=("all",))
    assert reasons(report)[("ok", "already in the dataset")] == 1
    assert {clip.stat().st_size for clip in (out / "clips").glob("video-2.mp4")} == {
        dataset.match(fo.ViewField("video_uid") == "video-2").first().metadata.size_bytes
    }
    _, report = inline(material, dataset_name, out, videos=videos, replace=True)
    assert ids < set(dataset.values("id"))
    frames = dict(zip(*dataset.values(["video_uid", "metadata.total_frame_count"]), strict=True))
    assert report.exit_code == 0 and len(frames) == 6 and frames["video-2"] == 50


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(material, dataset_name, tmp_path):
    dataset, report = inline(material, dataset_name, tmp_path / "out", dry_run=True)
    assert dataset is None and reasons(report) == {("ok", "to do"): 6}
    assert not (tmp_path / "out").exists() and not fo.dataset_exists(dataset_name)


@pytest.mark.parametrize(
    ("changes", "option", "words"),
    [
        ({"max_samples": 3}, "max_samples", "--random"),
        ({"shard_size": 0}, "shard_size", "1 or more"),
        ({"source": "nowhere.parquet"}, "source", "nowhere"),
    ],
)
def test_what_shards_cannot_do_is_refused_with_the_reason(
    material, dataset_name, tmp_path, changes, option, words
):
    with pytest.raises(OptionError, match=words) as error:
        inline(material, dataset_name, tmp_path / "out", **changes)
    assert error.value.option == option and not (tmp_path / "out").exists()


def test_a_folder_is_one_conversions(material, dataset_name, tmp_path):
    with pytest.raises(OptionError, match="reviewed videos might be made again"):
        inline(material, dataset_name, tmp_path / "a", replace=True, ingest=False)
    inline(material, dataset_name, tmp_path / "a", shard_size=4, ingest=False)
    assert not fo.dataset_exists(dataset_name)
    with pytest.raises(OptionError, match="shard_size"):
        inline(material, dataset_name, tmp_path / "a", shard_size=5)
    with pytest.raises(OptionError, match="captions"):
        inline(material, dataset_name, tmp_path / "a", captions="plm")
    with pytest.raises(OptionError, match="--processes"):
        convert(material / "records.parquet", material / "videos", dataset_name, tmp_path / "a")
    convert(
        material / "records.parquet", material / "videos", dataset_name, tmp_path / "b",
        max_samples=1,
    )  # fmt: skip
    with pytest.raises(OptionError, match="without shards"):
        inline(material, dataset_name, tmp_path / "b")


def test_a_worker_needs_no_fiftyone(material, dataset_name, tmp_path):
    code = (
        "import sys; from fiftyone_action100m.converters.shards.work import convert_shard\n"
        "import fiftyone_action100m.converters.web_videos\n"
        "sys.exit('fiftyone' in sys.modules or 'pymongo' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_worker_that_does_not_see_the_folder_or_its_lock_says_so(
    material, dataset_name, tmp_path
):
    jobs = []

    class Elsewhere(Inline):
        def submit(self, fn, job):
            jobs.append(job)
            other = replace(job, options=replace(job.options, out=tmp_path / "else"))
            return super().submit(fn, other)

    _, report = convert_shards(
        options_of(material, dataset_name, tmp_path / "out"), executor=Elsewhere(), shard_size=6
    )
    assert report.counts["failed", "shard-failed"] == 6 and "all machines share" in str(report)
    with pytest.raises(WorkerError, match="does not see the coordinator's lock"):
        convert_shard(jobs[0])


def test_a_shard_that_another_worker_has_is_given_out_later(
    material, dataset_name, tmp_path, monkeypatch
):
    monkeypatch.setattr("fiftyone_action100m.converters.shards.coordinator._BUSY_WAIT_S", 0.1)
    folder = ShardFolder(tmp_path).of(1)
    folder.mkdir(parents=True)
    lock = only_writer(folder)
    seen = []

    class Watched(Inline):
        def submit(self, fn, job):
            future = super().submit(fn, job)
            seen.append(future.result().state)
            if seen.count("busy") == 2:
                lock.close()
            return future

    dataset, report = convert_shards(
        options_of(material, dataset_name, tmp_path), executor=Watched(), shard_size=3
    )
    assert seen == ["done", "busy", "done", "busy", "done"]
    assert report.exit_code == 0 and len(dataset) == 6


def test_videos_from_the_web_and_the_pause_is_shared_by_all_workers(
    material, dataset_name, tmp_path
):
    with WebSite(material / "videos") as site:
        fetch = FetchOptions(site.template, pause=0.01, rate_limit=30_000_000, throttle_wait=0.1,
                             patience=0.2)  # fmt: skip
        site.behave("video-3.mp4", Behaviour(status=404))
        dataset, report = inline(
            material, dataset_name, tmp_path / "a", videos=None, fetch=fetch, shard_size=2
        )
        assert report.of("ok") == len(dataset) == 5 and report.counts["failed", "gone"] == 1
        site.behave(None, Behaviour(status=429))
        _, report = inline(
            material, dataset_name, tmp_path / "b", videos=None, fetch=fetch, shard_size=2,
            ingest=False,
        )  # fmt: skip
        assert report.stopped == "throttled" and report.of("ok") == 0
    options = options_of(material, dataset_name, tmp_path / "a", videos=None, fetch=fetch)
    conversion = ShardConversion(options, processes=4)
    plan = ShardFolder(tmp_path / "a").load_plan()
    shared = conversion.job(plan, plan.shards[0], 4).options.fetch
    assert (shared.pause, shared.rate_limit) == (0.04, 7_500_000)


def test_the_docs_python_is_python_and_names_what_is_there(repo_root):
    text = (repo_root / "docs" / "cluster.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 3
    for block in blocks:
        compile(block, "docs/cluster.md", "exec")
        (names,) = re.findall(r"^from fiftyone_action100m import (.+)$", block, re.MULTILINE)
        assert {name.strip() for name in names.split(",")} <= set(PUBLIC)
    known = "".join(action.format_help() for action in command_parsers())
    for option in set(re.findall(r"`(--[a-z-]+)", text)):
        assert option in known, option


def command_parsers():
    (commands,) = (a for a in build_parser()._actions if a.dest == "command")
    return commands.choices.values()


def test_paths_mean_the_same_wherever_a_worker_is(material, dataset_name, tmp_path, monkeypatch):
    monkeypatch.chdir(material)
    (tmp_path / "elsewhere").mkdir()

    class Elsewhere(Inline):
        def submit(self, fn, job):
            os.chdir(tmp_path / "elsewhere")
            try:
                return super().submit(fn, job)
            finally:
                os.chdir(material)

    options = options_of(
        material, dataset_name, Path(os.path.relpath(tmp_path / "out")), videos="videos",
        source="records.parquet",
    )  # fmt: skip
    for _ in range(2):
        dataset, report = convert_shards(options, executor=Elsewhere())
        assert report.exit_code == 0 and sorted(dataset.values("video_uid")) == UIDS
    assert all(Path(path).is_file() for path in dataset.values("filepath"))
