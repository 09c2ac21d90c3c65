"""Peak memory of the ingest at two input sizes, each in a fresh process.

``python memory.py SHARD TURNS CAPTIONS`` is that process: it prints its peak in bytes.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import fiftyone as fo
from fiftyone_action100m.converters.storing.ingest import Ingest, paused_gc
from fiftyone_action100m.converters.storing.schema import declare_schema
from fiftyone_action100m.core.fields import select_captions
from measure import ratio, table
from shards import stream, write_shard

#: How many times the larger input is the smaller.
TIMES = 10


def run(folder: Path, videos: int, captions: str, records: Path | None) -> None:
    """Measures and prints one table.

    The larger input is the smaller's file read ten times, with other ids each time.

    Args:
        folder: for the Parquet file
        videos: the smaller size
        captions: as for ``--captions``
        records: a Parquet file of records, None for generated ones
    """
    shard = write_shard(folder / "memory.parquet", videos, min(200, videos), records)
    peaks = {turns: _peak(shard, turns, captions) for turns in (1, TIMES)}
    rows = [(f"{videos * turns} videos", f"{peak / 1e6:.1f}") for turns, peak in peaks.items()]
    table(f"Memory of the ingest, captions {captions}", ("", "peak MB"), rows)
    more = 100 * (peaks[TIMES] / peaks[1] - 1)
    ratio(f"{TIMES} times the videos, peak memory", f"{more:+.1f} %", "within 5 %")


def _peak(shard: Path, turns: int, captions: str) -> int:
    command = [sys.executable, __file__, str(shard), str(turns), captions]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return int(result.stdout.split()[-1])


def main() -> None:
    """Adds a shard's videos to a data set, deletes it and prints the peak."""
    shard, turns, captions = Path(sys.argv[1]), int(sys.argv[2]), select_captions(sys.argv[3])
    dataset = fo.Dataset()
    declare_schema(dataset, captions)
    with paused_gc():
        ingest = Ingest(dataset, captions)
        for record, clip in stream(shard, captions, turns):
            ingest.add(record, clip)
        ingest.flush()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    if len(dataset) != ingest.inserted:
        raise RuntimeError(f"{len(dataset)} samples were stored of {ingest.inserted}")
    dataset.delete()
    print(peak)


if __name__ == "__main__":
    main()
