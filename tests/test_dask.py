"""Shards on a Dask cluster: a real scheduler and two real workers, one of which is killed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fiftyone_action100m import convert_shards
from fiftyone_action100m.converters.options import OptionError
from services import Service, free_port
from shard_material import UIDS, Killer, clips_in, make_material, options_of


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
    cluster, dataset_name, tmp_path
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
    assert report.exit_code == 0 and report.of("ok") == 6
    assert sorted(dataset.values("video_uid")) == UIDS
    assert clips_in(out) == [f"{uid}.mp4" for uid in UIDS]
    rows = [p.read_text().count("\n") for p in sorted(out.glob("shards/*/manifest.jsonl"))]
    assert rows == [1] * 6
    assert steps[-1].shards_done == 6
    dead, _ = killer.killed[0]
    (left,) = set(workers) - {dead}
    assert any(f":{left}" in path.read_text() for path in out.glob("shards/*/done.json"))


def wait_for_workers(scheduler: str, count: int) -> None:
    from distributed import Client

    with Client(scheduler_file=scheduler, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=90)


def test_a_scheduler_that_does_not_answer_is_named(dataset_name, tmp_path, monkeypatch):
    monkeypatch.setattr("fiftyone_action100m.converters.shards.engines._CONNECT", 0.5)
    material = make_material(tmp_path / "material")
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(OptionError, match="no Dask scheduler at tcp"):
        convert_shards(options_of(material, dataset_name, tmp_path / "out"), scheduler=address)
