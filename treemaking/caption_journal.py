"""The finished calls of one video, from which the next run continues.

JSON Lines, one per caption, written as soon as the captioner has answered. A killed run loses at
most the line that it was writing, which readers skip. Lines are flushed to disk when their video is
complete: after a power failure, those of the videos in progress may be requested again.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import IO


class CaptionJournal:
    """The captions of a video by the keys of their calls; use it as a context manager.

    Args:
        path: the file; created with the first caption
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._file: IO[bytes] | None = None
        self._torn = False
        self._captions = self._read()

    def __enter__(self) -> CaptionJournal:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file is not None:
            with self._file:
                os.fsync(self._file.fileno())

    def get(self, key: str) -> str | None:
        """Returns the caption of a finished call, None if there is none."""
        return self._captions.get(key)

    def add(self, key: str, field: str, start: float, end: float, text: str) -> None:
        """Appends a caption.

        Args:
            key: the call's key
            field: the caption's field
            start: the node's start, in seconds of the source
            end: the node's end, in seconds of the source
            text: the caption

        Raises:
            OSError: if the disk is full, or cannot be written
        """
        row = {"key": key, "field": field, "start": start, "end": end, "text": text}
        line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
        with self._lock:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("ab")
                line = b"\n" * self._torn + line
            self._file.write(line)
            self._file.flush()
            self._captions[key] = text

    def _read(self) -> dict[str, str]:
        found: dict[str, str] = {}
        try:
            with self._path.open("rb") as file:
                for line in file:
                    self._torn = not line.endswith(b"\n")
                    try:
                        row = json.loads(line)
                        key, text = row["key"], row["text"]
                    except (ValueError, KeyError, TypeError, RecursionError):
                        continue
                    if isinstance(key, str) and isinstance(text, str) and text.strip():
                        found[key] = text
        except FileNotFoundError:
            pass
        return found
