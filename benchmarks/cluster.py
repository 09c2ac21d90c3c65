"""What shards cost beside the clips: planning them, claiming them, reading each by itself.

The clips are made up: files of their length with nothing in them. So both ways add the same samples
of the same records, one of them shard by shard from an output folder.
"""

from __future__ import annotations

import os
import time
from itertools import count
from pathlib import Path

import fiftyone as fo
from fiftyone_action100m.converters.manifest import OK, Manifest, Row
from fiftyone_action100m.converters.options import ConvertOptions
from fiftyone_action100m.converters.reading.select import EVERYTHING
from fiftyone_action100m.converters.shards.folder import Done, ShardFolder
from fiftyone_action100m.converters.shards.ingest import open_ingest
from fiftyone_action100m.converters.shards.plan import Plan, make_plan
from fiftyone_action100m.converters.storing.ingest import Ingest, paused_gc
from fiftyone_action100m.converters.storing.schema import declare_schema
from measure import Usage, alternating, measured, median, ratio, spread, table
from shards import stream, write_shard

#: The preview's number of records.
PLANNED = 120_000

WHOLE, SHARDS = "from the Parquet file on, whole", "shard by shard, from an output folder"


def run(folder: Path, mongod_pid: int | None, videos: int, repeat: int) -> None:
    """Measures and prints two tables.

    Args:
        folder: for the Parquet file and the clips
        mongod_pid: the database's process
        videos: how many
        repeat: how many rounds
    """
    file = write_shard(folder / "cluster.parquet", videos, min(1000, videos))
    bench = _Bench(folder / "cluster", file, mongod_pid)
    results = alternating([(WHOLE, bench.whole), (SHARDS, bench.shards)], repeat)
    ms = 1000 / videos
    rows = [
        (name, spread([u.cpu * ms for u in found]), spread([u.mongod * ms for u in found]))
        for name, found in results.items()
    ]
    head = ("", "CPU ms/video", "mongod ms/video")
    table(f"Adding {videos} videos, in {len(bench.plan.shards)} shards and whole", head, rows)
    spent = {n: max(median([u.cpu + u.mongod for u in f]), 0.01) for n, f in results.items()}
    ratio("shards : whole, CPU with mongod's", f"{spent[SHARDS] / spent[WHOLE]:.2f}x", "-")
    rows = [(name, f"{size / videos:,.0f}") for name, size in bench.sizes.items()]
    table(f"What {videos} videos take", ("", "bytes a video"), rows)
    planning = _plan_time(folder, file, videos)
    ratio(f"planning {PLANNED} records from footers", f"{planning:.2f} s", "-")


def _plan_time(folder: Path, file: Path, videos: int) -> float:
    """Returns how long it takes to plan as many records as the preview has, in links to a file."""
    many = folder / "many"
    many.mkdir()
    for i in range(-(-PLANNED // videos)):
        os.link(file, many / f"{i:05d}.parquet")
    begun = time.perf_counter()
    _plan(sorted(many.iterdir()), folder)
    return time.perf_counter() - begun


def _plan(files: list[Path], out: Path) -> Plan:
    options = _options(files[0], out)
    return make_plan(files, options.caption_fields, EVERYTHING, options.parameters())


def _options(source: Path, out: Path) -> ConvertOptions:
    return ConvertOptions(source, source.parent, "benchmark", out)


class _Bench:
    """Both ways, and an output folder with made-up clips."""

    def __init__(self, out: Path, file: Path, mongod_pid: int | None) -> None:
        self.out, self.file, self.mongod_pid = out, file, mongod_pid
        self.captions = _options(file, out).caption_fields
        self.plan = _plan([file], out)
        self.sizes: dict[str, float] = {}
        self._numbers = count()
        self._fill()

    def _fill(self) -> None:
        """Writes what workers would have written."""
        folder = ShardFolder(self.out)
        folder.save_plan(self.plan)
        (self.out / "clips").mkdir()
        found = stream(self.file, ())
        key = _options(self.file, self.out).clip.key
        for shard in self.plan.shards:
            with Manifest(folder.of(shard.number)) as manifest:
                for _, (record, clip) in zip(range(shard.size), found):  # noqa: B905
                    path = self.out / "clips" / f"{record.video_uid}.mp4"
                    path.touch()
                    os.truncate(path, clip.size_bytes)
                    manifest.append(Row(record.video_uid, OK, settings=key, clip=clip.to_row()))
            size = folder.manifest_bytes(shard.number)
            counts = [{"status": OK, "reason": "encode", "videos": shard.size, "example": ""}]
            folder.mark_done(shard.number, Done("run", counts, 0, {}, size, 0.0))
        files = [*folder.path.glob("*/*"), folder.path / "plan.json"]
        self.sizes["plan and manifests"] = sum(path.stat().st_size for path in files)

    def whole(self) -> Usage:
        """One ingest over all records."""
        dataset = fo.Dataset()
        declare_schema(dataset, self.captions)
        with measured(self.mongod_pid) as usage, paused_gc():
            ingest = Ingest(dataset, self.captions)
            for record, clip in stream(self.file, self.captions):
                ingest.add(record, clip)
            ingest.flush()
        dataset.delete()
        return usage

    def shards(self) -> Usage:
        """Every shard claimed, read and added by itself."""
        ingest = open_ingest(self.out, f"benchmark-{next(self._numbers)}", append=True)
        dataset = ingest.dataset
        with measured(self.mongod_pid) as usage:
            for _ in ingest.run():
                pass
        if len(dataset) != self.plan.total:
            raise RuntimeError(f"{len(dataset)} of {self.plan.total} samples: {ingest.report}")
        self._measure(dataset)
        dataset.delete()
        return usage

    def _measure(self, dataset: fo.Dataset) -> None:
        database = fo.core.odm.get_db_conn()
        database.client.admin.command("fsync")  # or what is on disk depends on when one looks
        stats = database.command("collStats", dataset._sample_collection.name)
        self.sizes["documents, as BSON"] = stats["size"]
        self.sizes["documents, on disk"] = stats["storageSize"]
        for name, size in stats["indexSizes"].items():
            self.sizes[f"index {name}, on disk"] = size
