"""The base classes of the formats' writers."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Protocol, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from .video import LeftOut, Video


class Writer:
    """Writes videos to a folder that nothing else writes to.

    Args:
        folder: the folder; nothing is opened before the first video
        chosen: the fields whose captions are written
        licence: what the annotations may be used for, one line

    Attributes:
        home: the folder's final path
        names: a pattern of the paths, in the folder, of the files that the format consists of
    """

    names: ClassVar[str]

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        self.folder = self.home = folder
        self.chosen = chosen
        self.licence = licence

    def media(self, video: Video) -> str:
        """Returns the path of a video's clip relative to the export's final folder.

        A path that is not absolute (a clip in the cloud) is returned as it is.
        """
        clip = Path(video.filepath)
        if not clip.is_absolute():
            return video.filepath
        parent, home = (os.path.realpath(path.parent) for path in (clip, self.home))
        return os.path.relpath(Path(parent) / clip.name, Path(home) / self.home.name)

    def check(self, video: Video) -> None:
        """Checks whether the format can hold a video.

        Raises:
            LeftOut: if it cannot
        """
        if not any(video.captions(name) for name in self.chosen):
            raise LeftOut("no-captions", "none of its captions is shown")

    def write(self, video: Video) -> None:
        """Writes a video that :meth:`check` has accepted."""
        raise NotImplementedError

    def state(self) -> dict[str, Any] | None:
        """Returns what :meth:`resume` needs; None while a file of several videos is incomplete.

        A format with separate files for each video needs nothing.
        """
        return {}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Continues from the state of an earlier run, and deletes what it has written since.

        A format with separate files for each video writes those again.
        """

    def close(self) -> None:
        """Completes the open files."""

    def abandon(self) -> None:
        """Closes the open files as they are; another run may resume from the last state."""


class _Closes(Protocol):
    def close(self) -> Any: ...


class ShardWriter(Writer):
    """Writes several videos per file, and resumes after the last complete file.

    Attributes:
        shard_name: the name of a shard, given its number
        shard_videos: the most videos of a shard
    """

    shard_name: ClassVar[str]
    shard_videos: ClassVar[int] = 1000

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        self.shards = 0
        #: How many videos the current shard has.
        self.videos = 0
        self.file: _Closes | None = None

    def state(self) -> dict[str, Any] | None:
        """Returns the number of shards; None while one is incomplete."""
        return None if self.videos else {"shards": self.shards}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Deletes the incomplete shard."""
        self.shards = state["shards"]
        self.path(self.shards).unlink(missing_ok=True)

    def close(self) -> None:
        """Completes the last shard."""
        self.end_shard()

    def abandon(self) -> None:
        """Closes the open file."""
        if self.file is not None:
            self.file.close()
            self.file = None

    def path(self, shard: int) -> Path:
        """Returns the path of a shard."""
        return self.folder / self.shard_name.format(shard)

    def end_shard(self) -> None:
        """Completes the current shard, if there is one."""
        if self.file is not None:
            self.abandon()
            self.shards += 1
        self.videos = 0


class ParquetWriter(ShardWriter):
    """Writes rows into Parquet shards.

    Attributes:
        group_rows: rows of a row group
    """

    group_rows: ClassVar[int]

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        self._rows: list[dict[str, Any]] = []
        self.file: pq.ParquetWriter | None = None

    def schema(self, rows: list[dict[str, Any]]) -> pa.Schema:
        """Returns the schema of the current shard, which some of its rows show."""
        raise NotImplementedError

    def add(self, rows: Iterable[dict[str, Any]]) -> None:
        """Adds a video's rows to the current shard."""
        self._rows += rows
        self.videos += 1
        if self.videos >= self.shard_videos:
            self.end_shard()
        elif len(self._rows) >= self.group_rows:
            self._flush()

    def end_shard(self) -> None:
        """Writes the rows that are left, and completes the shard."""
        self._flush()
        super().end_shard()

    def _flush(self) -> None:
        if not self._rows:
            return
        schema = self.schema(self._rows)
        if self.file is None:
            self.file = pq.ParquetWriter(self.path(self.shards), schema, compression="zstd")
        self.file.write_table(pa.Table.from_pylist(self._rows, schema=schema))
        self._rows.clear()


class GrowingFile:
    """A text file that videos are appended to; it exists once it has any.

    Args:
        path: the file, of which an earlier run may have written a part
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: TextIO | None = None

    def write(self, text: str) -> None:
        """Appends a text."""
        if self._file is None:
            self._file = self._path.open("a", encoding="utf-8")
        self._file.write(text)

    def size(self) -> int:
        """Returns the size in bytes, all of it on disk."""
        if self._file is not None:
            self._file.flush()
        return self._path.stat().st_size if self._path.exists() else 0

    def truncate(self, size: int) -> None:
        """Deletes what was written after the file had a size."""
        if not size:
            self._path.unlink(missing_ok=True)
        elif self._path.exists():
            os.truncate(self._path, size)

    def close(self) -> None:
        """Closes the file."""
        if self._file is not None:
            self._file.close()
            self._file = None


def file_parts(fields: tuple[str, ...]) -> dict[str, str]:
    """Returns a part of a file name for each field, unique without regard to case."""
    parts: dict[str, str] = {}
    for field in fields:
        part = re.sub(r"[^A-Za-z0-9_-]+", "-", field)[:80] or "field"
        while part.casefold() in {taken.casefold() for taken in parts.values()}:
            part += "-"
        parts[field] = part
    return parts
