"""Reads what is known of a video from the files beside it, named as yt-dlp names them.

``NAME.info.json`` or ``NAME.description`` hold its title, description and so on. ``NAME.vtt``,
``NAME.srt``, ``NAME.en.vtt`` and the like hold its transcript: of several, the one without a
language is used, else an English one, else the first by name.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..core.records import VideoInfo, read_video_info
from ..core.speech import read_transcript
from .subtitles import SubtitleError, read_subtitles

#: The largest file of metadata that is read, in bytes, and the longest description, in characters.
_MOST, _LONGEST = 16 << 20, 20_000

#: The ending of a subtitle file's name after the video's, with an optional language:
#: ``.zh-Hans.vtt``.
_SUBTITLES = re.compile(r"(\.[a-z]{2,3}(-[a-z0-9_-]+)?)?\.(vtt|srt)", re.IGNORECASE)


@dataclass
class About:
    """What is known of a video.

    Attributes:
        info: its title, description, transcript and so on
        faults: why files beside it were not used, by reason: ``bad-subtitles`` or ``bad-info``
        waits: whether another run may find a transcript
    """

    info: VideoInfo
    faults: dict[str, str] = field(default_factory=dict)
    waits: bool = False


class FilesBeside:
    """Reads the files beside videos. Thread-safe."""

    def __init__(self) -> None:
        self._names: dict[Path, list[str]] = {}

    def about(self, video: Path) -> About:
        """Returns what is known of a video."""
        found = About(VideoInfo(title=video.stem))
        beside = self._beside(video)
        if (path := beside.get(".info.json")) is not None:
            self._read_info(path, found)
        if not found.info.description and (path := beside.get(".description")) is not None:
            with suppress(OSError), path.open("rb") as file:
                text = file.read(4 * _LONGEST).decode("utf-8", "replace").strip()
                found.info = replace(found.info, description=text or None)
        if found.info.description:
            found.info = replace(found.info, description=found.info.description[:_LONGEST])
        for name in sorted(filter(_SUBTITLES.fullmatch, beside), key=_preferred):
            try:
                columns = read_subtitles(beside[name])
            except SubtitleError as error:
                found.faults.setdefault("bad-subtitles", str(error))
                continue
            found.info = replace(found.info, transcript=read_transcript(columns, Counter()))
            break
        return found

    def of(self, video: Path) -> list[Path]:
        """Returns the files beside a video that can describe it."""
        named = (".info.json", ".description")
        found = self._beside(video).items()
        return [path for name, path in found if name in named or _SUBTITLES.fullmatch(name)]

    def _beside(self, video: Path) -> dict[str, Path]:
        """Returns the files that share a video's name, by the rest of their names."""
        folder, start = video.parent, f"{video.stem}."
        names = self._names.get(folder)
        if names is None:
            names = []
            with suppress(OSError):
                names = sorted(path.name for path in folder.iterdir())
            self._names[folder] = names
        found = {}
        for name in names[bisect_left(names, start) :]:
            if not name.startswith(start):
                break
            path = folder / name
            if path != video and path.is_file():
                found[name[len(start) - 1 :]] = path
        return found

    def _read_info(self, path: Path, found: About) -> None:
        try:
            if path.stat().st_size > _MOST:
                raise ValueError(f"more than {_MOST >> 20} MB")
            values = json.loads(path.read_bytes())
            if not isinstance(values, dict):
                raise ValueError("no JSON object")
        except (OSError, ValueError, RecursionError) as error:
            found.faults["bad-info"] = f"{path} cannot be read: {error}"
            return
        info = read_video_info(values)
        found.info = replace(info, title=info.title or found.info.title)


def _preferred(name: str) -> tuple[bool, bool, str]:
    language = name.lower()[1:].rpartition(".")[0]
    return bool(language), language.partition("-")[0] != "en", name
