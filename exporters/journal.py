"""How far an export has come, beside what it has written, so that another run can go on there.

Lines of JSON: what is exported, then one for each time that all so far was on disk. A run that is
killed loses what it wrote after the last whole line, which the next run writes again.
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

#: Videos and seconds after which what is on disk is noted.
_EVERY_VIDEOS, _EVERY_SECONDS = 50, 1.0


class InUseError(ValueError):
    """An export that another run is at."""


@dataclass
class Done:
    """What earlier runs have done.

    Attributes:
        samples: the ids of the samples dealt with
        names: what the videos written are called
        report: what was counted
        state: what the writer needs to go on
    """

    samples: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    report: dict[str, Any] = field(default_factory=dict)
    state: dict[str, Any] | None = None


class Journal:
    """The journal of a folder that is being written.

    Args:
        folder: the folder
        identity: what is exported; of another export nothing is used

    Raises:
        InUseError: if another run is writing to the folder

    Attributes:
        done: what earlier runs have done; its ``state`` is None where nothing can be used
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._file: IO[bytes] = (folder / FILE_NAME).open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise InUseError(f"another export is writing to {folder}") from None
        self._samples: list[str] = []
        self._names: list[str] = []
        self._last = time.monotonic()
        self.done = self._read(identity)
        if self.done.state is None:
            self._file.truncate(0)
            self._put({"identity": identity})

    def add(self, sample: str, name: str | None) -> None:
        """Notes that a sample was dealt with.

        Args:
            sample: its id
            name: what its video is called, None if it was left out
        """
        self._samples.append(sample)
        if name is not None:
            self._names.append(name)

    @property
    def is_due(self) -> bool:
        """Whether it is time to ask the writer for its state."""
        waited = time.monotonic() - self._last >= _EVERY_SECONDS
        return bool(self._samples) and (waited or len(self._samples) >= _EVERY_VIDEOS)

    def keep(self, state: Mapping[str, Any], report: Mapping[str, Any]) -> None:
        """Notes that all that was added is on disk.

        Args:
            state: what the writer needs to go on
            report: what was counted so far
        """
        line = {"samples": self._samples, "names": self._names, "state": state, "report": report}
        self._put(line)
        self._samples, self._names = [], []
        self._last = time.monotonic()

    def close(self) -> None:
        """Lets another run write."""
        self._file.close()

    def _put(self, line: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
        self._file.flush()

    def _read(self, identity: str) -> Done:
        """Reads what is there, and cuts off a torn end."""
        done = Done()
        self._file.seek(0)
        first, whole = _parsed(self._file.readline()), self._file.tell()
        if first is None or first.get("identity") != identity:
            return done
        while (line := _parsed(self._file.readline())) is not None:
            done.samples.update(line["samples"])
            done.names.update(line["names"])
            done.report, done.state = line["report"], line["state"]
            whole = self._file.tell()
        self._file.truncate(whole)
        return done


def is_journal(folder: Path) -> bool:
    """Whether a folder has a journal, which may be empty still."""
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
