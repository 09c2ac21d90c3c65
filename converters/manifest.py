"""The outcome of each video, one JSON line per video, beside the clips.

Lines are only appended, each in one write, and a video's last line counts. A killed run loses at
most the line that it was writing, which readers skip. Only the lines' offsets are kept in memory.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from .written import LOCK, MANIFEST

logger = logging.getLogger(__name__)

#: The clip exists and is checked.
OK = "ok"
#: There is nothing to convert, without an error.
SKIPPED = "skipped"
#: The record or the video cannot be used.
FAILED = "failed"
STATUSES = (OK, SKIPPED, FAILED)


class ManifestError(RuntimeError):
    """The manifest of a folder cannot be used."""


class LockedError(ManifestError):
    """Another process is writing to the folder."""


@dataclass(frozen=True)
class ManifestRow:
    """The outcome of one video.

    Attributes:
        key: the video's id, or the location of its record if it has no safe id
        status: ``ok``, ``skipped`` or ``failed``
        reason: a code such as ``no-video`` or ``truncated-source``; empty for ``ok``
        message: the failure in words
        where: the record's location in the source
        settings: key of the clip settings, see ``ClipSettings.key``
        source: the video file or address
        source_stamp: size and time of the video file, to recognise changes
        clip: the clip's properties and the seconds that each step took, see ``Clip.to_row``
        warnings: number of repairs to the record and of warnings about the clip, by kind
    """

    key: str
    status: str
    reason: str = ""
    message: str = ""
    where: str = ""
    settings: str = ""
    source: str = ""
    source_stamp: str = ""
    clip: dict[str, Any] | None = None
    warnings: dict[str, int] = field(default_factory=dict)


class Manifest:
    """The manifest of an output folder, open for reading and appending.

    Args:
        folder: the output folder; created if needed
        write: whether to append, which one process may do at a time

    Raises:
        ManifestError: if another process is writing it
    """

    def __init__(self, folder: Path, write: bool = True) -> None:
        self.path = folder / MANIFEST
        self._offsets: dict[str, int] = {}
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = None
        self._guard: IO[str] | None = None
        if write:
            folder.mkdir(parents=True, exist_ok=True)
            self._guard = only_writer(folder)
            self._file = self.path.open("a+b")
        elif self.path.exists():
            self._file = self.path.open("rb")
        if self._file:
            for offset, row in self._lines():
                self._offsets[row.key] = offset
        if write:
            self._end_torn_line()

    def __enter__(self) -> Manifest:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file and releases the lock."""
        for file in (self._file, self._guard):
            if file:
                file.close()
        self._file = self._guard = None

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[ManifestRow]:
        """Yields each video's last row, in the order of the file."""
        for offset, row in self._lines():
            if self._offsets.get(row.key) == offset:
                yield row

    def get(self, key: str) -> ManifestRow | None:
        """Returns a video's last row, or None."""
        with self._lock:
            offset = self._offsets.get(key)
            if offset is None or self._file is None:
                return None
            self._file.seek(offset)
            return parse_row(self._file.readline())

    def append(self, row: ManifestRow) -> None:
        """Appends a row; thread-safe."""
        line = json.dumps(asdict(row), ensure_ascii=False, separators=(",", ":")) + "\n"
        data = line.encode("utf-8", "replace")
        with self._lock:
            if self._file is None:
                raise ManifestError(f"{self.path} is closed")
            offset = self._file.seek(0, os.SEEK_END)
            self._file.write(data)
            self._file.flush()
            self._offsets[row.key] = offset

    def counts(self) -> Counter[tuple[str, str]]:
        """Counts videos by status and reason."""
        return Counter((row.status, row.reason) for row in self)

    def _lines(self) -> Iterator[tuple[int, ManifestRow]]:
        if self._file is None:
            return
        offset = 0
        while True:
            with self._lock:
                self._file.seek(offset)
                line = self._file.readline()
            if not line:
                return
            row = parse_row(line) if line.endswith(b"\n") else None
            if row:
                yield offset, row
            else:
                logger.warning("%s: skipped an unreadable line at byte %d", self.path, offset)
            offset += len(line)

    def _end_torn_line(self) -> None:
        assert self._file is not None
        end = self._file.seek(0, os.SEEK_END)
        if end:
            self._file.seek(end - 1)
            if self._file.read(1) != b"\n":
                self._file.write(b"\n")
                self._file.flush()


def parse_row(line: bytes) -> ManifestRow | None:
    """Parses a line; None if it is not a row."""
    try:
        values = json.loads(line)
        row = ManifestRow(
            **{k: v for k, v in values.items() if k in ManifestRow.__dataclass_fields__}
        )
    except (ValueError, TypeError, AttributeError):
        return None
    return row if isinstance(row.key, str) and row.status in STATUSES else None


def only_writer(folder: Path) -> IO[str]:
    """Locks a folder for this process until the returned file is closed.

    Raises:
        LockedError: if another process holds the lock
        ManifestError: if the folder cannot be locked
    """
    guard = (folder / LOCK).open("w")
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        guard.close()
        raise LockedError(
            f"another run is writing to {folder}: wait for it, or choose another --out"
        ) from None
    except OSError as error:
        guard.close()
        raise ManifestError(f"{folder} cannot be locked: {error}") from None
    return guard
