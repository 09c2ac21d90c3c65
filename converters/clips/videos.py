"""Finds the source video of an id in a folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePath

from ..written import files_below

#: The endings of video files, the better container first.
SUFFIXES = (
    ".mp4", ".mkv", ".webm", ".mov", ".m4v", ".avi", ".flv", ".ts", ".mpg", ".mpeg", ".wmv", ".3gp",
    ".ogv", ".m2ts", ".mts", ".m2t", ".vob", ".f4v", ".3g2", ".qt", ".asf", ".ogm", ".mxf", ".nut",
    ".dv", ".rm", ".rmvb",
)  # fmt: skip

#: The recognised file names, for messages.
NAMES = "ID.mp4, 'Title [ID].mp4', Title-ID.mp4 or v_ID.mp4"

_RANKS = {suffix: rank for rank, suffix in enumerate(SUFFIXES)}

_BRACKETED = re.compile(r"\[([A-Za-z0-9_-]+)\]$")

#: The names of older downloaders, with YouTube's ids of eleven characters.
_DASHED = re.compile(r"-([A-Za-z0-9_-]{11})$")

#: The names of ActivityNet and of datasets modelled on it.
_PREFIXED = re.compile(r"v_(.+)$")

#: The suffix that downloaders add to one of several formats of a video.
_FORMAT = re.compile(r"\.f[A-Za-z0-9][A-Za-z0-9_+=-]*$")

#: The number of different id lengths that are searched for in other file names.
_LENGTHS = 8

_ID_CHARACTERS = re.compile(r"[A-Za-z0-9_-]+")
_IN_BETWEEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9_-]")


class VideoFolder:
    """The videos in a folder, by id.

    Recognised names are ``ID.mp4``, yt-dlp's ``Title [ID].webm``, youtube-dl's ``Title-ID.mp4``
    (for ids of eleven characters) and other datasets' ``v_ID.mp4``. A second suffix does not matter
    (``ID.mp4.mkv``).

    Of several files for an id, the first complete video counts. The order: the first two kinds of
    names before the other two, then by container (the order of :data:`SUFFIXES`), then by path.
    Formats that were never merged (``Title [ID].f137.mp4``) come last.

    The folder is walked once. Files are opened only if an id has several.

    Args:
        folder: searched recursively; links are followed; hidden files and folders are skipped, and
            so is the output of conversions, exports and loads
        out: the output folder of the run that reads

    Raises:
        FileNotFoundError: if there is no such folder
    """

    def __init__(self, folder: str | Path, out: Path | None = None) -> None:
        self.folder = Path(folder).expanduser()
        if not self.folder.is_dir():
            raise FileNotFoundError(
                f"{folder} is not a folder: give the folder with the source videos to --videos"
            )
        self._paths: dict[str, Path] = {}
        self._several: dict[str, list[tuple[tuple[bool, bool, int], Path]]] = {}
        self._names: list[str] = []
        self._held: dict[int, dict[str, str]] = {}
        for path in files_below(self.folder, out):
            self._names.append(path.name)
            for uid, rank in _ids(path.name):
                self._offer(uid, rank, path)

    def _offer(self, uid: str, rank: tuple[bool, bool, int], path: Path) -> None:
        if uid not in self._paths:
            self._paths[uid] = path
            return
        known = self._paths[uid]
        if uid not in self._several:
            self._several[uid] = [(dict(_ids(known.name))[uid], known)]
        self._several[uid].append((rank, path))

    def __len__(self) -> int:
        return len(set(self._paths.values()))

    def find(self, uid: str) -> Path | None:
        """Returns the file of an id, None if there is none."""
        if uid in self._several:
            from .complete import first_complete

            offers = sorted(self._several.pop(uid), key=lambda offer: offer[0])
            self._paths[uid] = first_complete([path for _, path in offers])
        return self._paths.get(uid)

    def holding(self, uid: str) -> str | None:
        """Returns the name of a file that contains an id but is not recognised, None if none."""
        length = len(uid)
        if length not in self._held:
            if len(self._held) == _LENGTHS:
                return None
            self._held[length] = {
                name[at : at + length]: name
                for name in reversed(self._names)
                for at in _starts(name, length)
            }
        return self._held[length].get(uid)


def is_unmerged(path: Path) -> bool:
    """Returns whether a file is named like one of several formats of a video."""
    return _FORMAT.search(_stem(path.name)) is not None


def stamp(path: Path) -> str:
    """Returns a file's size and modification time, to detect changes."""
    status = path.stat()
    return f"{status.st_size}-{status.st_mtime_ns}"


def _stem(name: str) -> str:
    """Returns a name without its video suffixes."""
    while PurePath(name).suffix.lower() in _RANKS:
        name = PurePath(name).stem
    return name


def _ids(name: str) -> Iterator[tuple[str, tuple[bool, bool, int]]]:
    """Yields the possible ids of a file, and its rank for each; the lowest is best."""
    rank = _RANKS.get(PurePath(name).suffix.lower())
    if rank is None:
        return
    stem = _stem(name)
    yield stem, (False, False, rank)
    merged = _FORMAT.sub("", stem)
    unmerged = merged != stem
    if unmerged:
        yield merged, (True, False, rank)
    if found := _BRACKETED.search(merged):
        yield found[1], (unmerged, False, rank)
        return
    for pattern in (_PREFIXED.match, _DASHED.search):
        if found := pattern(merged):
            yield found[1], (unmerged, True, rank)


def _starts(name: str, length: int) -> Iterator[int]:
    """Yields the positions in a name where an id of a length may start, at word boundaries."""
    for word in _ID_CHARACTERS.finditer(name):
        for place in _IN_BETWEEN.finditer(name, word.start(), word.end()):
            end = place.start() + length
            if end == word.end() or (end < word.end() and name[end] in "-_"):
                yield place.start()
