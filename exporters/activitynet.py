"""ActivityNet Captions' JSON: the duration, timestamps and sentences of each video.

One file per field, in the layout of that dataset's ``train.json``: ``{"v_ID": {"duration": seconds,
"timestamps": [[start, end], …], "sentences": [text, …]}}``, in seconds of the clip. A node without
a caption is not an event.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .video import Video, single_line
from .writer import GrowingFile, Writer, file_parts


class ActivityNet(Writer):
    """One JSON file per field, to which each video is appended."""

    names = r"[\w-]+\.json"

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        parts = file_parts(chosen)
        self._files = {name: GrowingFile(folder / f"{parts[name]}.json") for name in chosen}

    def write(self, video: Video) -> None:
        """Appends the video to the file of each field that has captions of it."""
        for name, file in self._files.items():
            found = video.captions(name)
            if not found:
                continue
            times = [video.in_clip(node) for node, _ in found]
            entry = {
                "duration": round(video.clip_end or max(end for _, end in times), 3),
                "timestamps": times,
                "sentences": [single_line(text) for _, text in found],
            }
            key = json.dumps(f"v_{video.name}")
            text = json.dumps(entry, ensure_ascii=False, allow_nan=False)
            file.write(f"{',' if file.size() else '{'}\n{key}: {text}")

    def state(self) -> dict[str, Any]:
        """Returns the size of each file in bytes."""
        return {"bytes": {name: file.size() for name, file in self._files.items()}}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Truncates each file to its size."""
        for name, size in state["bytes"].items():
            self._files[name].truncate(size)

    def close(self) -> None:
        """Closes the JSON objects and the files."""
        for file in self._files.values():
            if file.size():
                file.write("\n}\n")
        self.abandon()

    def abandon(self) -> None:
        """Closes the files."""
        for file in self._files.values():
            file.close()
