"""Finds the source video of an id in a folder."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (
    ".mp4", ".mkv", ".webm", ".mov", ".m4v", ".avi", ".flv", ".ts", ".mpg", ".mpeg", ".wmv", ".3gp",
    ".ogv",
)  # fmt: skip

_BRACKETED = re.compile(r"\[([A-Za-z0-9_-]+)\]$")


class VideoFolder:
    """The videos under a folder, by id.

    A file is an id's if it is called so (``ID.mp4``) or as yt-dlp calls files
    (``Title [ID].webm``). Of several, the better container counts: the order of :data:`SUFFIXES`.
    The folder is walked once.

    Args:
        folder: searched through; links are followed, hidden files and folders are not

    Raises:
        FileNotFoundError: if there is no such folder
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).expanduser()
        if not self.folder.is_dir():
            raise FileNotFoundError(
                f"{folder} is not a folder: --videos takes the folder with the source videos"
            )
        self._paths: dict[str, Path] = {}
        for path in _files(self.folder):
            if path.suffix.lower() not in SUFFIXES:
                continue
            self._offer(path.stem, path)
            match = _BRACKETED.search(path.stem)
            if match:
                self._offer(match[1], path)

    def _offer(self, uid: str, path: Path) -> None:
        known = self._paths.get(uid)
        if known is None or _rank(path) < _rank(known):
            self._paths[uid] = path

    def __len__(self) -> int:
        return len(set(self._paths.values()))

    def find(self, uid: str) -> Path | None:
        """Returns an id's file, None if there is none."""
        return self._paths.get(uid)


def stamp(path: Path) -> str:
    """Returns a file's size and time of change, to tell whether it is still the same."""
    status = path.stat()
    return f"{status.st_size}-{status.st_mtime_ns}"


def _rank(path: Path) -> int:
    return SUFFIXES.index(path.suffix.lower())


def _files(folder: Path) -> Iterator[Path]:
    seen: set[str] = set()
    for root, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        place = str(Path(root).resolve())
        if place in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add(place)
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(root, name)
