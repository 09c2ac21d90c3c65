"""The journal of an export in progress, from which another run resumes.

JSON Lines in the ``.part`` folder: the export's identity, then one line per checkpoint, at which
everything so far is on disk. A killed run loses what it wrote after the last complete line, and the
next run writes that again.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

FILE_NAME = ".journal.jsonl"

#: Videos and seconds between two checkpoints.
_EVERY_VIDEOS, _EVERY_SECONDS = 50, 1.0


class InUseError(ValueError):
    """An export that another run is writing."""


@dataclass
class Processed:
    """What earlier runs have done.

    Attributes:
        samples: the ids of the processed samples
        names: the names of the written videos
        report: the counts so far
        state: what the writer resumes from
    """

    samples: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    report: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] | None = None


class Journal:
    """The journal of a folder that is being written.

    Args:
        folder: the folder
        identity: a hash of what is exported; the journal of another export is not used

    Raises:
        InUseError: if another run is writing to the folder

    Attributes:
        done: what earlier runs have done; its ``state`` is None if nothing can be resumed
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._file: IO[bytes] = (folder / FILE_NAME).open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise InUseError(f"another export is writing to {folder}: wait until it ends") from None
        self._samples: list[str] = []
        self._names: list[str] = []
        self._last = time.monotonic()
        self.done = self._read(identity)
        if self.done.state is None:
            self._file.truncate(0)
            self._write({"identity": identity})

    def add(self, sample: str, name: str | None) -> None:
        """Adds a processed sample to the next checkpoint.

        Args:
            sample: its id
            name: the video's name, None if the video was left out
        """
        self._samples.append(sample)
        if name is not None:
            self._names.append(name)

    @property
    def is_due(self) -> bool:
        """Whether it is time for a checkpoint."""
        waited = time.monotonic() - self._last >= _EVERY_SECONDS
        return bool(self._samples) and (waited or len(self._samples) >= _EVERY_VIDEOS)

    def checkpoint(self, state: Mapping[str, Any], report: Mapping[str, Any]) -> None:
        """Records that all added samples are on disk.

        Args:
            state: what the writer resumes from
            report: the counts so far
        """
        self._write(
            {"samples": self._samples, "names": self._names, "state": state, "report": report}
        )
        self._samples, self._names = [], []
        self._last = time.monotonic()

    def close(self) -> None:
        """Releases the folder."""
        self._file.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._file.flush()

    def _read(self, identity: str) -> Processed:
        """Reads the complete lines, and truncates the file after them."""
        done = Processed()
        self._file.seek(0)
        first, end = _parsed(self._file.readline()), self._file.tell()
        if first is None or first.get("identity") != identity:
            return done
        while (line := _parsed(self._file.readline())) is not None:
            done.samples.update(line["samples"])
            done.names.update(line["names"])
            done.report, done.state = line["report"], line["state"]
            end = self._file.tell()
        self._file.truncate(end)
        return done


def is_journal(folder: Path) -> bool:
    """Whether a folder has a journal, even an empty one."""
    path = folder / FILE_NAME
    if not path.is_file():
        return False
    with path.open("rb") as file:
        first = file.readline()
    return not first or "identity" in (_parsed(first) or {})


def _parsed(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
