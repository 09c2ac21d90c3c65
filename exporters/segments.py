"""Parquet for training: one row per caption, with the columns of :mod:`.jsonl`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..core import fields
from .jsonl import caption_rows
from .video import REPEAT, Video
from .writer import ShardWriter

#: Captions per row group, and videos per file.
GROUP_ROWS = 10_000
SHARD_VIDEOS = 1000

_TIMES = [(fields.START, pa.float64()), (fields.END, pa.float64())]
_ANCESTOR = [
    (fields.NODE_ID, pa.string()),
    (fields.LEVEL, pa.int64()),
    *_TIMES,
    ("caption", pa.string()),
]
#: The schema of the rows, but for how often a segment was drawn.
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


class ParquetSegments(ShardWriter):
    """Parquet shards ``segments-NNNNN.parquet`` of 1,000 videos each."""

    names = r"segments-\d+\.parquet"
    shard_name = "segments-{:05d}.parquet"

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        self._rows: list[dict[str, Any]] = []
        self.file: pq.ParquetWriter | None = None

    def write(self, video: Video) -> None:
        """Adds the video's rows to the current shard."""
        clip = self.media(video)
        for name in self.chosen:
            self._rows += caption_rows(video, name, clip)
        self.videos += 1
        if self.videos >= SHARD_VIDEOS:
            self.end_shard()
        elif len(self._rows) >= GROUP_ROWS:
            self._flush()

    def end_shard(self) -> None:
        """Writes the rows that are left, and completes the shard."""
        self._flush()
        super().end_shard()

    def _flush(self) -> None:
        if not self._rows:
            return
        schema = SCHEMA
        if REPEAT in self._rows[0]:
            schema = SCHEMA.insert(len(SCHEMA) - 1, pa.field(REPEAT, pa.int64()))
        if self.file is None:
            self.file = pq.ParquetWriter(self.path(self.shards), schema, compression="zstd")
        self.file.write_table(pa.Table.from_pylist(self._rows, schema=schema))
        self._rows.clear()
