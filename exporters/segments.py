"""Parquet for training: one row per caption, with the columns of :mod:`.jsonl`."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from ..core import fields
from .jsonl import caption_rows
from .video import ORIGINAL, REPEAT, STATUS, Video
from .writer import ParquetWriter

_TIMES = [(fields.START, pa.float64()), (fields.END, pa.float64())]
_ANCESTOR = [
    (fields.NODE_ID, pa.string()),
    (fields.LEVEL, pa.int64()),
    *_TIMES,
    ("caption", pa.string()),
]
#: The schema of the rows, without the columns of reviews and of repeated draws.
SCHEMA = pa.schema(
    [
        ("clip", pa.string()),
        (fields.VIDEO_UID, pa.string()),
        ("field", pa.string()),
        (fields.NODE_ID, pa.string()),
        (fields.PARENT_ID, pa.string()),
        (fields.LEVEL, pa.int64()),
        *_TIMES,
        (fields.TRUNCATED, pa.bool_()),
        ("caption", pa.string()),
        ("ancestors", pa.list_(pa.struct(_ANCESTOR))),
    ]
)


class ParquetSegments(ParquetWriter):
    """Parquet shards ``segments-NNNNN.parquet`` of 1,000 videos each."""

    names = r"segments-\d+\.parquet"
    shard_name = "segments-{:05d}.parquet"
    group_rows = 10_000

    def write(self, video: Video) -> None:
        """Adds the video's rows to the current shard."""
        clip = self.media(video)
        self.add(row for name in self.chosen for row in caption_rows(video, name, clip))

    def schema(self, rows: list[dict[str, Any]]) -> pa.Schema:
        """Returns the schema, with the columns of reviews and of repeated draws in use."""
        more = {STATUS: pa.string(), ORIGINAL: pa.string(), REPEAT: pa.int64()}
        schema = SCHEMA
        for name, kind in more.items():
            if name in rows[0]:
                schema = schema.insert(len(schema) - 1, pa.field(name, kind))
        return schema
