"""Writes trees as Action100M records, in Parquet shards that replace earlier ones when complete."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..core import fields
from ..core.records import VideoInfo
from ..core.schema import NODE, RECORD
from ..core.tree import TreeOfCaptions
from ..core.wording import one_line
from ..meaning.files import sync_folder

#: Records per row group, and per file.
GROUP_ROWS = 32
SHARD_ROWS = 1000

_NO_TEXTS = dict.fromkeys(NODE.field(i).name for i in range(NODE.num_fields))


def record_row(video_uid: str, info: VideoInfo, tree: TreeOfCaptions) -> dict[str, Any]:
    """Returns a tree as a record, in the schema of :mod:`..core.schema`.

    Args:
        video_uid: the video's id
        info: the video's title, description, transcript and so on
        tree: the tree, with its texts
    """
    return {
        fields.VIDEO_UID: video_uid,
        fields.METADATA: {
            "title": one_line(info.title or ""),
            "description": info.description,
            "view_count": info.view_count,
            "like_count": info.like_count,
            "duration": max(1, int(tree.end or 0)),
            "upload_date": info.upload_date and info.upload_date.strftime("%Y%m%d"),
            "transcript": [
                {"time": str(round(said.start, 2)), "text": said.text} for said in info.transcript
            ]
            or None,
        },
        fields.NODES: [
            {
                **_NO_TEXTS,
                **_nested(node.texts),
                fields.NODE_ID: node.node_id,
                fields.PARENT_ID: node.parent_id,
                fields.LEVEL: node.level,
                fields.START: node.start,
                fields.END: node.end,
            }
            for node in tree
        ],
    }


def _nested(texts: Mapping[str, str]) -> dict[str, Any]:
    """Returns a node's texts in the nested form of a record."""
    made: dict[str, Any] = {}
    for field in fields.CAPTIONS:
        if field.name in texts:
            *parts, name = field.path
            at = made
            for part in parts:
                at = at.setdefault(part, {})
            at[name] = texts[field.name]
    return made


class RecordFiles:
    """Shards of records; those of an earlier run stay until all new ones are complete.

    Use it as a context manager. Without a call of :meth:`finish`, the earlier ones stay.

    Args:
        folder: the folder of the shards; created if missing

    Attributes:
        made: the shards, once they have their final names
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made: list[Path] = []
        self._rows: list[dict[str, Any]] = []
        self._writer: pq.ParquetWriter | None = None
        self._shards = self._written = 0

    def __enter__(self) -> RecordFiles:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._clean()  # a killed run may have left a link, whose target must not be changed
        return self

    def __exit__(self, *error: object) -> None:
        if self._writer is not None:
            self._writer.close()
        self._clean()

    def add(self, row: dict[str, Any]) -> None:
        """Adds a record."""
        self._rows.append(row)
        if len(self._rows) == GROUP_ROWS:
            self._write()

    def take(self, shard: Path) -> None:
        """Adds a complete shard that another process has written; the original stays in place.

        Raises:
            OSError: if it cannot be read, or the disk is full
        """
        part = self._part(self._shards)
        self._shards += 1
        try:
            part.hardlink_to(shard)
        except OSError:  # a file system without links
            shutil.copyfile(shard, part)

    def finish(self) -> None:
        """Gives the shards their final names, and deletes those of an earlier run."""
        self._write()
        self._close()
        made = [self.folder / _name(shard) for shard in range(self._shards)]
        for shard in range(self._shards):
            with self._part(shard).open("rb") as file:
                os.fsync(file.fileno())
        for shard, path in enumerate(made):
            self._part(shard).replace(path)
        for path in set(self.folder.glob("records-*.parquet")) - set(made):
            path.unlink()
        sync_folder(self.folder)
        self.made = made

    def _write(self) -> None:
        if not self._rows:
            return
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._part(self._shards), RECORD, compression="zstd")
            self._shards += 1
        self._writer.write_table(pa.Table.from_pylist(self._rows, schema=RECORD))
        self._written += len(self._rows)
        self._rows = []
        if self._written >= SHARD_ROWS:
            self._close()

    def _close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._writer, self._written = None, 0

    def _clean(self) -> None:
        for part in self.folder.glob(".records-*.part"):
            part.unlink(missing_ok=True)

    def _part(self, shard: int) -> Path:
        return self.folder / f".{_name(shard)}.part"


def _name(shard: int) -> str:
    return f"records-{shard:05d}.parquet"
