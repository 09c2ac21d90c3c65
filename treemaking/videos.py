"""Finds one's own videos, and gives each an id that is valid in records and file names."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..converters.clips.videos import SUFFIXES
from ..converters.written import files_below
from ..core.option_error import OptionError
from ..core.records import RecordError, check_video_uid

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")

#: The longest part of a file name in an id with a digest.
_LONGEST = 48


def find_videos(videos: str | Path, out: Path) -> dict[str, Path]:
    """Returns the videos below a folder, or a single video, by their ids.

    A video's id is its file name without the suffix. If that is not a valid id, or several files
    share it, the id is the valid part of the name and a digest of the path below the folder.

    Args:
        videos: the folder, searched recursively, or a file
        out: the folder of the run's output, which is skipped

    Raises:
        OptionError: if there is no such folder or file, or it has no videos
    """
    folder = Path(videos).expanduser()
    if folder.is_file():
        found, folder = [folder], folder.parent
    elif folder.is_dir():
        found = [
            path
            for path in files_below(folder, out)
            if path.suffix.lower() in SUFFIXES and out not in absolute(path).parents
        ]
    else:
        raise OptionError("videos", f"{videos} is not there: give a folder with videos, or a video")
    if not found:
        raise OptionError("videos", f"{videos} holds no video files: give the folder with them")
    stems = Counter(path.stem for path in found)
    return {_uid(path, folder, stems): path for path in found}


def _uid(path: Path, folder: Path, stems: Mapping[str, int]) -> str:
    if stems[path.stem] == 1:
        with suppress(RecordError):
            return check_video_uid(path.stem)
    below = os.fsencode(path.relative_to(folder))
    kept = _UNSAFE.sub("-", path.stem).strip("-")[:_LONGEST]
    return f"{kept or 'video'}-{hashlib.sha256(below).hexdigest()[:10]}"


def link(folder: Path, uid: str, video: Path) -> None:
    """Creates a link to a video in a folder, named by its id, so that ``convert`` finds it.

    Raises:
        OSError: if it cannot be created, or a regular file has its name
    """
    folder.mkdir(parents=True, exist_ok=True)
    target, place = video.resolve(), folder / f"{uid}{video.suffix.lower()}"
    if place.is_symlink() and place.readlink() == target:
        return
    if place.exists() and not place.is_symlink():
        raise FileExistsError(f"{place} is a file, not the link of a build: move it away")
    part = folder / f".{place.name}.part"
    part.unlink(missing_ok=True)
    part.symlink_to(target)
    part.replace(place)


def absolute(path: Path) -> Path:
    """Returns an absolute path; unlike ``resolve``, it does not follow links."""
    return Path(os.path.abspath(path))  # noqa: PTH100
