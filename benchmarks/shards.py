"""Records to measure with: generated ones, or those of a file, replicated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from fiftyone_action100m.converters.clips.media import Clip
from fiftyone_action100m.converters.reading.sources import SourceRecord, read_records
from fiftyone_action100m.core.fields import CaptionField
from fiftyone_action100m.core.records import Record
from fiftyone_action100m.core.schema import RECORD
from fiftyone_action100m.demo.records import demo_record

#: As in the published records: about 450 nodes over five and a half minutes.
LEAVES = 225
SECONDS = 330.0

#: Number of different records before they repeat.
DIFFERENT = 20

CLIP_SECONDS = 90.0
_RATE = Fraction(30000, 1001)
_FPS = float(_RATE)


def write_shard(path: Path, videos: int, group: int, records: Path | None = None) -> Path:
    """Writes a Parquet shard of records with ids of their own.

    Args:
        path: the file
        videos: number of records
        group: records per row group
        records: a Parquet file to take them from, repeated as needed; None for generated ones
    """
    base = _generated(min(DIFFERENT, videos)) if records is None else pq.read_table(records)
    base = base.select(RECORD.names).cast(RECORD)
    # Without dictionaries, in which repeated texts would shrink to nothing.
    with pq.ParquetWriter(path, RECORD, use_dictionary=False) as writer:
        for first in range(0, videos, group):
            numbers = range(first, min(first + group, videos))
            part = base.take(pa.array([i % len(base) for i in numbers]))
            uids = pa.array([f"bench-{i:07d}" for i in numbers])
            writer.write_table(part.set_column(0, RECORD.field(0), uids), row_group_size=group)
    return path


def _generated(videos: int) -> pa.Table:
    rows = [demo_record(i, seconds=SECONDS, leaves=LEAVES) for i in range(videos)]
    return pa.Table.from_pylist(rows, schema=RECORD)


def stream(
    shard: Path, captions: Sequence[CaptionField], times: int = 1, seconds: float = CLIP_SECONDS
) -> Iterator[tuple[Record, Clip]]:
    """Reads a shard as a conversion does, with a clip that does not exist for each record.

    Args:
        shard: from :func:`write_shard`
        captions: the texts to read
        times: how often to read it, each time under other ids
        seconds: of the clips at most
    """
    for turn in range(times):
        for found in read_records([shard], captions, seconds):
            if not isinstance(found, SourceRecord):
                raise RuntimeError(found.message)
            record = found.record
            if turn:
                record = replace(record, video_uid=f"{record.video_uid}-{turn}")
            yield record, clip_of(record, seconds)


def clip_of(record: Record, most: float = CLIP_SECONDS) -> Clip:
    """Returns the properties that a clip of a record's video would have."""
    seconds = min(most, record.duration or CLIP_SECONDS)
    frames = round(seconds * _FPS)
    return Clip(
        path=Path(f"/clips/{record.video_uid}.mp4"),
        frame_rate=_RATE,
        total_frame_count=frames,
        duration=frames / _FPS,
        frame_width=854,
        frame_height=480,
        size_bytes=8_300_000,
        mime_type="video/mp4",
        encoding_str="avc1",
        has_audio=True,
        action="encode",
        source_duration=record.duration,
    )
