"""ActivityNet Captions' JSON: for each video its duration, timestamps and sentences.

One file a field, in the layout of that data set's ``train.json``: ``{"v_ID": {"duration": seconds,
"timestamps": [[start, end], …], "sentences": [text, …]}}``. A node without a text is no event.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TextIO

from .video import Video, file_part, plain
from .writer import Writer


class ActivityNet(Writer):
    """One JSON file a field, written as the videos come."""

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
                "sentences": [plain(text) for _, text in found],
            }
            file = self._files.get(name)
            if file is None:
                path = self.folder / f"{self._names[name]}.json"
                file = self._files[name] = path.open("w", encoding="utf-8")
                file.write("{")
            else:
                file.write(",")
            key = json.dumps(f"v_{video.name}")
            file.write(f"\n{key}: {json.dumps(entry, ensure_ascii=False, allow_nan=False)}")

    def close(self) -> None:
        """Closes the objects and the files."""
        for file in self._files.values():
            file.write("\n}\n")
            file.close()

    def abandon(self) -> None:
        """Closes the files."""
        for file in self._files.values():
            file.close()


def unique_parts(names: tuple[str, ...]) -> dict[str, str]:
    """Returns for each field a part of a file's name that no other has."""
    parts: dict[str, str] = {}
    for name in names:
        part = file_part(name)
        while part.casefold() in {p.casefold() for p in parts.values()}:
            part += "-"
        parts[name] = part
    return parts
