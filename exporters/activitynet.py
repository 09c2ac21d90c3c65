"""ActivityNet Captions' JSON: for each video its duration, timestamps and sentences.

One file a field, in the layout of that data set's ``train.json``: ``{"v_ID": {"duration": seconds,
"timestamps": [[start, end], …], "sentences": [text, …]}}``. A node without a text is no event.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from .video import Video, file_part, single_line
from .writer import Writer


class ActivityNet(Writer):
    """One JSON file a field, written as the videos come."""

    names = r"[\w-]+\.json"

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        self._files: dict[str, TextIO] = {}
        self._names = unique_parts(chosen)

    def write(self, video: Video) -> None:
        """Adds the video to the file of each field that has captions of it."""
        for name in self.chosen:
            found = video.captions(name)
            if not found:
                continue
            times = [video.in_clip(node) for node, _ in found]
            entry = {
                "duration": round(video.clip_end or max(end for _, end in times), 3),
                "timestamps": times,
                "sentences": [single_line(text) for _, text in found],
            }
            file, path, separator = self._files.get(name), self._path(name), ","
            if file is None:
                separator = "," if _size(path) else "{"
                file = self._files[name] = path.open("a", encoding="utf-8")
            key = json.dumps(f"v_{video.name}")
            text = json.dumps(entry, ensure_ascii=False, allow_nan=False)
            file.write(f"{separator}\n{key}: {text}")

    def state(self) -> dict[str, Any]:
        """Returns how many bytes each file has."""
        for file in self._files.values():
            file.flush()
        return {"bytes": {name: _size(self._path(name)) for name in self.chosen}}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Cuts off what is beyond those bytes."""
        for name, size in state["bytes"].items():
            if _size(self._path(name)):
                os.truncate(self._path(name), size)

    def close(self) -> None:
        """Closes the objects and the files."""
        self.abandon()
        for name in self.chosen:
            path = self._path(name)
            if _size(path):
                with path.open("a", encoding="utf-8") as file:
                    file.write("\n}\n")
            else:
                path.unlink(missing_ok=True)

    def abandon(self) -> None:
        """Closes the files."""
        for file in self._files.values():
            file.close()
        self._files.clear()

    def _path(self, name: str) -> Path:
        return self.folder / f"{self._names[name]}.json"


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def unique_parts(names: tuple[str, ...]) -> dict[str, str]:
    """Returns for each field a part of a file's name that no other has."""
    parts: dict[str, str] = {}
    for name in names:
        part = file_part(name)
        while part.casefold() in {p.casefold() for p in parts.values()}:
            part += "-"
        parts[name] = part
    return parts
