"""Parquet for training: one row per caption, with the columns of :mod:`.jsonl`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..core import fields
from .jsonl import caption_rows
from .video import REPEAT, Video
from .writer import Writer

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


class ParquetSegments(Writer):
    """Parquet shards ``segments-NNNNN.parquet`` of 1,000 videos each."""

    names = r"segments-\d+\.parquet"

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        self._rows: list[dict[str, Any]] = []
        self._file: pq.ParquetWriter | None = None
        self._shards = self._videos = 0

    def write(self, video: Video) -> None:
        """Adds the video's rows to the current shard."""
        clip = self.media(video)
        for name in self.chosen:
            self._rows += caption_rows(video, name, clip)
        self._videos += 1
        if self._videos >= SHARD_VIDEOS:
            self._end_shard()
        elif len(self._rows) >= GROUP_ROWS:
            self._flush()

    def state(self) -> dict[str, Any] | None:
        """Returns the number of shards; None while one is open."""
        return None if self._videos else {"shards": self._shards}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Deletes the incomplete shard."""
        self._shards = state["shards"]
        self._path(self._shards).unlink(missing_ok=True)

    def close(self) -> None:
        """Completes the last shard."""
        self._end_shard()

    def abandon(self) -> None:
        """Closes the open file."""
        if self._file is not None:
            self._file.close()

    def _path(self, shard: int) -> Path:
        return self.folder / f"segments-{shard:05d}.parquet"

    def _flush(self) -> None:
        if not self._rows:
            return
        schema = SCHEMA
        if REPEAT in self._rows[0]:
            schema = SCHEMA.insert(len(SCHEMA) - 1, pa.field(REPEAT, pa.int64()))
        if self._file is None:
            self._file = pq.ParquetWriter(self._path(self._shards), schema, compression="zstd")
        self._file.write_table(pa.Table.from_pylist(self._rows, schema=schema))
        self._rows.clear()

    def _end_shard(self) -> None:
        self._flush()
        if self._file is not None:
            self._file.close()
            self._file = None
            self._shards += 1
        self._videos = 0
