"""ActivityNet Captions' JSON: the duration, timestamps and sentences of each video.

One file per field, in the layout of that dataset's ``train.json``: ``{"v_ID": {"duration": seconds,
"timestamps": [[start, end], …], "sentences": [text, …]}}``, in seconds of the clip. A node without
a caption is not an event.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

from .video import Video, single_line
from .writer import Writer, file_parts


class ActivityNet(Writer):
    """One JSON file per field, to which each video is appended."""

    names = r"[\w-]+\.json"

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        self._files: dict[str, TextIO] = {}
        self._paths = {name: folder / f"{part}.json" for name, part in file_parts(chosen).items()}

    def write(self, video: Video) -> None:
        """Appends the video to the file of each field that has captions of it."""
        for name, path in self._paths.items():
            found = video.captions(name)
            if not found:
                continue
            times = [video.in_clip(node) for node, _ in found]
            entry = {
                "duration": round(video.clip_end or max(end for _, end in times), 3),
                "timestamps": times,
                "sentences": [single_line(text) for _, text in found],
            }
            file, separator = self._files.get(name), ","
            if file is None:
                separator = "," if _size(path) else "{"
                file = self._files[name] = path.open("a", encoding="utf-8")
            key = json.dumps(f"v_{video.name}")
            text = json.dumps(entry, ensure_ascii=False, allow_nan=False)
            file.write(f"{separator}\n{key}: {text}")

    def state(self) -> dict[str, Any]:
        """Returns the size of each file in bytes."""
        for file in self._files.values():
            file.flush()
        return {"bytes": {name: _size(path) for name, path in self._paths.items()}}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Truncates each file to its size."""
        for name, size in state["bytes"].items():
            if _size(self._paths[name]):
                os.truncate(self._paths[name], size)

    def close(self) -> None:
        """Closes the JSON objects and the files."""
        self.abandon()
        for path in self._paths.values():
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


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
