"""Reads the texts and starts of subtitles in WebVTT or SubRip, which may be malformed.

A cue is a line with two times and the lines after it, up to an empty line or the next such line.
Tags and cue numbers are removed. YouTube's automatic captions, whose words have times, show each
line twice; it is read once.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from ..core.speech import TranscriptColumns
from ..core.wording import shorten

#: The largest file, in bytes, and the longest text of a cue, in characters.
_MOST, _LONGEST = 16 << 20, 2_000

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_TAGS = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
_TIMED_WORD = re.compile(r"<\d\d:\d\d:\d\d\.\d{3}><c>")


class SubtitleError(ValueError):
    """A file that holds no subtitles."""


def read_subtitles(path: Path) -> TranscriptColumns:
    """Returns the start, in seconds, and the text of each cue.

    Args:
        path: a file whose name ends with ``.vtt`` or ``.srt``

    Raises:
        SubtitleError: if it cannot be read, is too large, or has no cue with a text
    """
    text = _decoded(path)
    rolls = _TIMED_WORD.search(text) is not None
    starts, texts = [], []
    before: set[str] = set()
    for start, lines in _cues(text):
        shown = [line for line in map(_plain, lines) if line]
        new = [line for line in shown if not (rolls and line in before)]
        before = set(shown)
        if new:
            starts.append(start)
            texts.append(shorten(" ".join(new), _LONGEST))
    if not starts:
        raise SubtitleError(f"{path} has no cue with a text: it is no WebVTT and no SubRip file")
    return TranscriptColumns(starts, texts)


def _decoded(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST + 1)
    except OSError as error:
        raise SubtitleError(f"{path} cannot be read: {error}") from None
    if len(data) > _MOST:
        raise SubtitleError(f"{path} has more than {_MOST >> 20} MB: it holds no subtitles")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _cues(text: str) -> Iterator[tuple[float, list[str]]]:
    start: float | None = None
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        times = _TIMES.match(line)
        if line and not times:
            lines.append(line)
            continue
        if start is not None:
            if times and lines and lines[-1].strip().isdigit():
                lines.pop()  # the number of the next cue
            yield start, lines
        start, lines = None, []
        if times:
            hours, minutes, seconds, part = times.groups()[:4]
            start = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{part}")


def _plain(line: str) -> str:
    return shorten(html.unescape(_TAGS.sub("", line)), _LONGEST)
