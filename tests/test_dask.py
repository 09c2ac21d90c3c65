"""Shards on a Dask cluster: a real scheduler and two real workers, one of which is killed."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fiftyone as fo
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m import build, convert_shards
from fiftyone_action100m.converters.convert import Conversion
from fiftyone_action100m.converters.storing.dataset import DatasetError
from fiftyone_action100m.core.option_error import OptionError
from services import Service, free_port
from shard_material import UIDS, Inline, Killer, clips_in, make_material, options_of
from web_server import WebSite


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[int]]]:
    """The file of a scheduler, and the process ids of its two workers."""
    file = tmp_path / "scheduler.json"
    env = os.environ | {"DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    env.pop("FIFTYONE_DATABASE_URI")  # a worker needs none
    base = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard", "--host"]
    port = ["--port", str(free_port()), "--scheduler-file", str(file)]
    worker = [
        sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file),
        "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1",
        "--local-directory", str(tmp_path),
    ]  # fmt: skip
    started = [Service([*base, "127.0.0.1", *port], tmp_path / "scheduler.log", env)]
    try:
        started += [Service(worker, tmp_path / f"worker-{i}.log", env) for i in range(2)]
        yield str(file), [service.process.pid for service in started[1:]]
    finally:
        for service in reversed(started):
            service.stop()


def test_one_of_two_workers_is_killed_and_all_videos_are_converted_once(
    cluster, dataset_name, tmp_path, caplog
):
    scheduler, workers = cluster
    material, out = make_material(tmp_path / "material"), tmp_path / "out"
    wait_for_workers(scheduler, 2)
    steps = []
    with Killer(out / "clips", wanted=lambda: set(workers)) as killer:
        dataset, report = convert_shards(
            options_of(material, dataset_name, out), scheduler=scheduler, shard_size=1,
            progress=steps.append,
        )  # fmt: skip
    assert len(killer.killed) == 1 and killer.killed[0][0] in workers
    assert len(re.findall(r"Worker tcp://127.0.0.1:\d+ is gone", caplog.text)) == 1
    assert report.exit_code == 0 and report.of("ok") == 6
    assert sorted(dataset.values("video_uid")) == UIDS
    assert clips_in(out) == [f"{uid}.mp4" for uid in UIDS]
    rows = [p.read_text().count("\n") for p in sorted(out.glob("shards/*/manifest.jsonl"))]
    assert rows == [1] * 6
    assert steps[-1].shards_done == 6
    dead, _ = killer.killed[0]
    (left,) = set(workers) - {dead}
    assert any(f":{left}" in path.read_text() for path in out.glob("shards/*/done.json"))
    # The one that is left makes trees of the same videos, too.
    made = build(material / "videos", tmp_path / "built", scheduler=scheduler, shard_size=4)
    build(material / "videos", tmp_path / "whole")
    assert made.exit_code == 0 and made.of("ok") == 6
    done = [json.loads(p.read_text()) for p in tmp_path.glob("built/build-shards/*/done.json")]
    assert [each["host"].endswith(f":{left}") for each in done] == [True, True]
    rows = [pq.read_table(tmp_path / name / "records").to_pylist() for name in ("built", "whole")]
    assert sorted(rows[0], key=str) == sorted(rows[1], key=str)


def wait_for_workers(scheduler: str, count: int) -> None:
    from distributed import Client

    with Client(scheduler_file=scheduler, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=90)


def refused(material: Path, name: str, out: Path, scheduler: object) -> str:
    with pytest.raises(OptionError) as caught:
        convert_shards(options_of(material, name, out), scheduler=str(scheduler))
    assert not out.exists() and not fo.dataset_exists(name)
    assert caught.value.option == "scheduler" and "\n" not in str(caught.value)
    return str(caught.value)


def test_a_scheduler_that_does_not_answer_leaves_nothing(dataset_name, tmp_path, monkeypatch):
    monkeypatch.setattr("fiftyone_action100m.converters.shards.engines._CONNECT", 0.5)
    material, out = make_material(tmp_path / "material"), tmp_path / "out"
    address = f"tcp://127.0.0.1:{free_port()}"
    assert f"no Dask scheduler answers at {address}" in refused(
        material, dataset_name, out, address
    )
    stale = tmp_path / "scheduler.json"
    stale.write_text(json.dumps({"address": address}))
    assert f"no Dask scheduler answers at {address}" in refused(material, dataset_name, out, stale)
    with WebSite(tmp_path) as site:  # something else listens there
        other = site.root.removeprefix("http://")
        assert f"answers at {other}" in refused(material, dataset_name, out, other)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"address": null}', '{"id": "x"}'])
def test_a_file_that_is_no_schedulers(dataset_name, tmp_path, text):
    material, out = make_material(tmp_path / "material"), tmp_path / "out"
    (tmp_path / "scheduler.json").write_text(text)
    said = refused(material, dataset_name, out, tmp_path / "scheduler.json")
    assert "is not a Dask scheduler's file" in said or "no Dask scheduler answers" in said
    for missing in (tmp_path / "nowhere.json", "nowhere.json", "host"):
        said = refused(material, dataset_name, out, missing)
        assert "neither an existing file nor an address" in said


def test_a_refused_name_leaves_nothing(dataset_name, tmp_path):
    material, out = make_material(tmp_path / "material"), tmp_path / "out"
    fo.Dataset(dataset_name).add_sample(fo.Sample("mine.mp4"))
    options = options_of(material, dataset_name, out)
    for dry_run in (False, True):
        with pytest.raises(DatasetError, match="already exists, with 1 sample,"):
            convert_shards(replace(options, dry_run=dry_run), executor=Inline())
        with pytest.raises(DatasetError, match="already exists, with 1 sample,"):
            list(Conversion(replace(options, dry_run=dry_run)).run())
        assert not out.exists()
