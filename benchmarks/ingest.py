"""Speed of adding annotations to a dataset: ours, FiftyOne's, and the most that mongod takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import bson
import fiftyone as fo
from bson.raw_bson import RawBSONDocument
from fiftyone_action100m.converters.clips.media import Clip
from fiftyone_action100m.converters.storing.documents import Item, sample_documents
from fiftyone_action100m.converters.storing.ingest import BATCH, Ingest, now_utc, paused_gc
from fiftyone_action100m.converters.storing.schema import declare_schema
from fiftyone_action100m.core.fields import CaptionField, select_captions
from fiftyone_action100m.core.records import Record
from fiftyone_action100m.internals.database import dataset_id, samples_of
from measure import Usage, alternating, measured, median, ratio, spread, table
from shards import stream, write_shard

THEIRS = "fo.Sample + add_samples"
OURS = "ours, from the Parquet file on"
DOCUMENTS = "ours, documents of read records only"
RAW = "pymongo insert_many, documents ready"


@dataclass(frozen=True)
class Sizes:
    """Sizes of the measurement.

    Attributes:
        videos: records in the file
        samples: records that go through ``add_samples``
        repeat: number of rounds
    """

    videos: int = 5000
    samples: int = 60
    repeat: int = 3


def run(
    folder: Path, mongod_pid: int | None, sizes: Sizes, captions: str, records: Path | None
) -> None:
    """Measures and prints one table.

    Args:
        folder: for the Parquet file
        mongod_pid: the database's process, None if its CPU cannot be measured
        sizes: sizes of the measurement
        captions: as for ``--captions``
        records: a Parquet file of records, None for generated ones
    """
    shard = folder / "ingest.parquet"
    if not shard.exists():
        write_shard(shard, sizes.videos, min(200, sizes.videos), records)
    chosen = select_captions(captions)
    bench = Bench(shard, mongod_pid, chosen)
    some = min(sizes.samples, sizes.videos)
    counts = {THEIRS: some, OURS: sizes.videos, DOCUMENTS: sizes.videos, RAW: sizes.videos}
    ways: list[tuple[str, Callable[[], Usage]]] = [
        (THEIRS, partial(bench.add_samples, some)),
        (OURS, bench.ours),
        (DOCUMENTS, bench.documents),
        (RAW, bench.raw),
    ]
    results = alternating(ways, sizes.repeat)
    print_results(captions, counts, results, bench.document_bytes)


def print_results(
    captions: str, counts: dict[str, int], results: dict[str, list[Usage]], size: float
) -> None:
    """Prints the table and the ratios, the medians of the rounds."""
    rows = []
    for name, usages in results.items():
        ms = 1000 / counts[name]
        rows.append(
            (
                name,
                str(counts[name]),
                spread([u.cpu * ms for u in usages]),
                spread([u.mongod * ms for u in usages]),
                spread([counts[name] / u.wall for u in usages], 0),
            )
        )
    head = ("", "videos", "CPU ms/video", "mongod ms/video", "videos/s")
    table(f"Ingest, captions {captions}, {size / 1000:.0f} kB of BSON per video", head, rows)

    def wall(name: str) -> float:
        return median([u.wall for u in results[name]]) / counts[name]

    def cpu(name: str) -> float:
        # The clock ticks every 10 ms: for a few videos it may not tick at all.
        return max(median([u.cpu + u.mongod for u in results[name]]), 0.01) / counts[name]

    ratio("ours : add_samples, wall", f"{wall(THEIRS) / wall(OURS):.0f}x", "150x")
    ratio("ours : add_samples, CPU with mongod's", f"{cpu(THEIRS) / cpu(OURS):.0f}x", "-")
    ratio("ours : raw insert_many, wall", f"{100 * wall(RAW) / wall(OURS):.0f} %", "60 %")
    ratio("ours : raw insert_many, CPU with mongod's", f"{cpu(OURS) / cpu(RAW):.1f}x", "-")
    most = 100 * wall(RAW) / (cpu(OURS) / 2)
    ratio("ours : raw insert_many, the most that two cores allow", f"{most:.0f} %", "-")


class Bench:
    """The four ways; each makes a dataset, measures the rest, and deletes the dataset."""

    def __init__(
        self, shard: Path, mongod_pid: int | None, captions: Sequence[CaptionField]
    ) -> None:
        self.shard = shard
        self.mongod_pid = mongod_pid
        self.captions = captions
        self.document_bytes = 0.0

    def _dataset(self) -> fo.Dataset:
        dataset = fo.Dataset()
        declare_schema(dataset, self.captions)
        return dataset

    def add_samples(self, videos: int) -> Usage:
        """Builds and adds FiftyOne's samples of records in memory."""
        from rowwise_samples import build_sample  # of tests/, which scale.py's process lacks

        dataset = self._dataset()
        found = list(islice(stream(self.shard, self.captions), videos))
        with measured(self.mongod_pid) as usage:
            samples = [build_sample(record, clip, self.captions) for record, clip in found]
            dataset.add_samples(samples, progress=False)
        self._check(dataset, videos)
        return usage

    def ours(self) -> Usage:
        """Does what a conversion does once the clips exist."""
        dataset = self._dataset()
        with measured(self.mongod_pid) as usage, paused_gc():
            ingest = Ingest(dataset, self.captions)
            for record, clip in stream(self.shard, self.captions):
                ingest.add(record, clip)
            ingest.flush()
        self._check(dataset, ingest.inserted)
        return usage

    def documents(self) -> Usage:
        """Makes the documents only: no reading, no insertion."""
        found = list(stream(self.shard, self.captions))
        with measured(self.mongod_pid) as usage, paused_gc():
            made = self._encode(found, bson.ObjectId())
        self.document_bytes = sum(len(d.raw) for d in made) / len(made)
        return usage

    def raw(self) -> Usage:
        """Gives the same documents to the driver in batches of the same size."""
        dataset = self._dataset()
        documents = self._encode(stream(self.shard, self.captions), dataset_id(dataset))
        with measured(self.mongod_pid) as usage, paused_gc():
            for first in range(0, len(documents), BATCH):
                batch = documents[first : first + BATCH]
                samples_of(dataset).insert_many(batch, ordered=False)
        self._check(dataset, len(documents))
        return usage

    def _encode(
        self, found: Iterable[tuple[Record, Clip]], dataset_id: bson.ObjectId
    ) -> list[RawBSONDocument]:
        items = (Item(record, clip, str(clip.path)) for record, clip in found)
        made: list[RawBSONDocument] = []
        while batch := list(islice(items, BATCH)):
            made += sample_documents(batch, self.captions, dataset_id, now_utc())
        return made

    def _check(self, dataset: fo.Dataset, expected: int) -> None:
        if len(dataset) != expected:
            raise RuntimeError(f"{len(dataset)} samples were stored of {expected}")
        dataset.delete()
