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

#: How a file is called that is a video's, for messages.
NAMES = "ID.mp4, 'Title [ID].mp4', Title-ID.mp4 or v_ID.mp4"

_RANKS = {suffix: rank for rank, suffix in enumerate(SUFFIXES)}

_BRACKETED = re.compile(r"\[([A-Za-z0-9_-]+)\]$")

#: As older downloaders call files, whose ids are YouTube's: of eleven characters.
_DASHED = re.compile(r"-([A-Za-z0-9_-]{11})$")

#: As ActivityNet and the data sets after it call files.
_PREFIXED = re.compile(r"v_(.+)$")

#: What downloaders add to the name of one format of a video that is in several.
_FORMAT = re.compile(r"\.f[A-Za-z0-9][A-Za-z0-9_+=-]*$")

#: How many lengths of ids are looked for in the names of other files.
_LENGTHS = 8

_ID_CHARACTERS = re.compile(r"[A-Za-z0-9_-]+")
_IN_BETWEEN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9_-]")


class VideoFolder:
    """The videos under a folder, by id.

    A file is an id's if it is called so (``ID.mp4``), as yt-dlp calls files (``Title [ID].webm``),
    as youtube-dl did (``Title-ID.mp4``, for ids of eleven characters), or as other data sets do
    (``v_ID.mp4``). A second ending does no harm (``ID.mp4.mkv``).

    Of several files, the first that is a whole video counts. Their order: the first two kinds of
    names before the other two, then the better container (the order of :data:`SUFFIXES`), then the
    folder's. A format that was never merged (``Title [ID].f137.mp4``) comes after all others.

    The folder is walked once. A file is opened only where there are several of an id.

    Args:
        folder: searched through; links are followed; hidden files and folders are not, nor what
            conversions, exports and loads have written
        out: where the run that asks writes

    Raises:
        FileNotFoundError: if there is no such folder
    """

    def __init__(self, folder: str | Path, out: Path | None = None) -> None:
        self.folder = Path(folder).expanduser()
        if not self.folder.is_dir():
            raise FileNotFoundError(
                f"{folder} is not a folder: --videos takes the folder with the source videos"
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
        """Returns an id's file, None if there is none."""
        if uid in self._several:
            from .complete import first_complete

            offers = sorted(self._several.pop(uid), key=lambda offer: offer[0])
            self._paths[uid] = first_complete([path for _, path in offers])
        return self._paths.get(uid)

    def holding(self, uid: str) -> str | None:
        """Returns the name of a file that holds an id but is called in no known way."""
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
    """Tells whether a file is called as one format of a video that is in several."""
    return _FORMAT.search(_stem(path.name)) is not None


def stamp(path: Path) -> str:
    """Returns a file's size and time of change, to tell whether it is still the same."""
    status = path.stat()
    return f"{status.st_size}-{status.st_mtime_ns}"


def _stem(name: str) -> str:
    """Returns a name without its endings of videos."""
    while PurePath(name).suffix.lower() in _RANKS:
        name = PurePath(name).stem
    return name


def _ids(name: str) -> Iterator[tuple[str, tuple[bool, bool, int]]]:
    """Yields the ids that a file may be of, and how good it is for each: the least is the best."""
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
    """Yields where in a name an id of a length may be: what is around it is no part of a word."""
    for word in _ID_CHARACTERS.finditer(name):
        for place in _IN_BETWEEN.finditer(name, word.start(), word.end()):
            end = place.start() + length
            if end == word.end() or (end < word.end() and name[end] in "-_"):
                yield place.start()
