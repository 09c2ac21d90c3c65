"""Time, peak memory and size of a whole release's annotations.

``python scale.py SHARD VIDEOS CAPTIONS MONGOD`` is the process that adds them: it prints what it
took and what the database then holds, as JSON.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import fiftyone as fo
import ingest
import psutil
import pyarrow.parquet as pq
from fiftyone_action100m.converters.clips.media import Clip
from fiftyone_action100m.converters.storing.ingest import Ingest, paused_gc
from fiftyone_action100m.converters.storing.schema import declare_schema
from fiftyone_action100m.core.fields import CaptionField, select_captions
from fiftyone_action100m.core.records import Record
from fiftyone_action100m.internals.database import samples_of
from measure import Usage, alternating, measured, ratio, table
from shards import stream, write_shard

#: Records in the file; further videos repeat them under other ids.
ONCE = 2000


@dataclass(frozen=True)
class Added:
    """What adding videos took.

    Attributes:
        videos: number of videos
        wall: wall time in seconds
        cpu: CPU of the process in seconds
        mongod: CPU of the database in seconds
        peak: peak memory of the process in bytes
        mongod_memory: memory of the database at the end, in bytes
        first: seconds for the first tenth
        last: seconds for the last tenth
        size: bytes of the documents
        stored: bytes of the documents on disk
        indexes: bytes of each index on disk
    """

    videos: int
    wall: float
    cpu: float
    mongod: float
    peak: int
    mongod_memory: int
    first: float
    last: float
    size: int
    stored: int
    indexes: dict[str, int]


def run(
    folder: Path,
    pid: int | None,
    sizes: tuple[int, ...],
    samples: int,
    captions: str,
    records: Path | None,
) -> None:
    """Measures and prints one table.

    Args:
        folder: for the Parquet file
        pid: the database's process, None if it cannot be measured
        sizes: videos per dataset, ascending
        samples: videos that go through ``add_samples``
        captions: as for ``--captions``
        records: a Parquet file of records, None for generated ones
    """
    once = min(ONCE, *sizes)
    shard = write_shard(folder / "scale.parquet", once, min(200, once), records)
    some = min(samples, once)
    theirs = ingest.Bench(shard, pid, select_captions(captions))
    found: list[Added] = []

    def ours(videos: int) -> Usage:
        added = _in_a_process(shard, videos, captions, pid)
        found.append(added)
        return Usage(added.wall, added.cpu, added.mongod)

    ways = [(str(size), partial(ours, size)) for size in sizes]
    results = alternating([(ingest.THEIRS, partial(theirs.add_samples, some)), *ways], 1)
    _print(captions, some, results[ingest.THEIRS][0], found)


def _print(captions: str, some: int, theirs: Usage, found: list[Added]) -> None:
    rows = [[*_row(ingest.THEIRS, some, theirs), "", "", "", ""]]
    rows += [
        [
            *_row(ingest.OURS, each.videos, Usage(each.wall, each.cpu, each.mongod)),
            f"{each.peak / 1e6:.0f}",
            f"{each.mongod_memory / 1e6:.0f}",
            f"{each.stored / 1e6:.1f}",
            f"{sum(each.indexes.values()) / 1e6:.1f}",
        ]
        for each in found
    ]
    head = (
        "", "videos", "s", "videos/s", "CPU ms/video", "mongod ms/video", "peak MB", "mongod MB",
        "on disk MB", "indexes MB",
    )  # fmt: skip
    small, large = found[0], found[-1]
    size = large.size / large.videos / 1000
    table(f"Scale, captions {captions}, {size:.0f} kB of BSON per video", head, rows)
    each_index = ", ".join(f"{name} {n / 1e6:.1f} MB" for name, n in large.indexes.items())
    print(f"  indexes of {large.videos} videos: {each_index}")
    times = f"{large.videos / small.videos:.0f} times the videos"
    ratio(f"{times}, peak memory", f"{100 * (large.peak / small.peak - 1):+.1f} %", "within 5 %")
    slower = (large.wall / large.videos) / (small.wall / small.videos)
    ratio(f"{times}, wall per video", f"{slower:.2f}x", "1x")
    sag = f"the last tenth of {large.videos} : the first, wall"
    ratio(sag, f"{large.last / large.first:.2f}x", "1x")
    faster = (theirs.wall / some) / (large.wall / large.videos)
    ratio("ours : add_samples, wall", f"{faster:.0f}x", "150x")
    less = (theirs.cpu + theirs.mongod) / some / ((large.cpu + large.mongod) / large.videos)
    ratio("ours : add_samples, CPU with mongod's", f"{less:.0f}x", "-")
    hours = theirs.wall / some * large.videos / 3600
    ratio(f"add_samples for {large.videos} videos, at its rate", f"{hours:.2f} h", "-")


def _row(name: str, videos: int, usage: Usage) -> list[str]:
    ms, rate = 1000 / videos, videos / usage.wall
    times = (f"{usage.cpu * ms:.2f}", f"{usage.mongod * ms:.2f}")
    return [name, str(videos), f"{usage.wall:.1f}", f"{rate:.{int(rate < 20)}f}", *times]


def _in_a_process(shard: Path, videos: int, captions: str, pid: int | None) -> Added:
    """Adds videos in a fresh process, so that the peak memory is theirs alone."""
    command = [sys.executable, __file__, str(shard), str(videos), captions, str(pid or "")]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return Added(**json.loads(result.stdout.splitlines()[-1]))


def main() -> None:
    """Adds videos to a dataset, prints what that took, and deletes it."""
    shard, videos, captions = Path(sys.argv[1]), int(sys.argv[2]), select_captions(sys.argv[3])
    pid = int(sys.argv[4]) if sys.argv[4:] and sys.argv[4] else None
    dataset = fo.Dataset()
    declare_schema(dataset, captions)
    marks = [0.0]
    with measured(pid) as usage, paused_gc():
        begun = time.perf_counter()
        ingest = Ingest(dataset, captions)
        for number, (record, clip) in enumerate(_records(shard, captions, videos), 1):
            ingest.add(record, clip)
            if number * 10 // videos >= len(marks):
                marks.append(time.perf_counter() - begun)
        ingest.flush()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if not len(dataset) == ingest.inserted == videos:
        raise RuntimeError(f"{len(dataset)} samples were stored of {videos}")
    stored = _stored(dataset)
    added = Added(
        videos,
        usage.wall,
        usage.cpu,
        usage.mongod,
        peak,
        psutil.Process(pid).memory_info().rss if pid else 0,
        marks[1],
        marks[-1] - marks[-2],
        stored["size"],
        stored["storageSize"],
        stored["indexSizes"],
    )
    dataset.delete()
    print(json.dumps(asdict(added)))


def _records(
    shard: Path, captions: Sequence[CaptionField], videos: int
) -> Iterator[tuple[Record, Clip]]:
    turns = -(-videos // pq.ParquetFile(shard).metadata.num_rows)
    return islice(stream(shard, captions, turns), videos)


def _stored(dataset: fo.Dataset) -> dict[str, Any]:
    """Returns how large a dataset is in the database, once all of it is on disk."""
    samples = samples_of(dataset)
    database = samples.database
    database.client.admin.command("fsync")
    found: dict[str, Any] = database.command("collStats", samples.name)
    return found


if __name__ == "__main__":
    main()
