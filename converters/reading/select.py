"""Which records of a source are wanted, told before their nodes are read and any video is fetched.

A record is judged by its id and by what its metadata says; only a caption's text needs its nodes.
Ranges include both their ends, and a record that does not say what a range is about is not in it.
"""

from __future__ import annotations

import calendar
import hashlib
import math
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from ...core.fields import DURATION, TITLE, UPLOAD_DATE, VIDEO_UID, VIEW_COUNT
from ...core.records import RecordError, VideoInfo, check_video_uid
from ...core.tree import TreeOfCaptions

T = TypeVar("T")
N = TypeVar("N", int, float, date)

#: The least and the most of something, both included; None for no bound.
Bounds = tuple[N | None, N | None]

_EVERY: Bounds[Any] = (None, None)
#: More ids than this are not written down one by one.
_LISTED_IDS = 100
_DAY = re.compile(r"(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?")


class SelectionError(ValueError):
    """A selection that cannot be understood.

    Attributes:
        option: its name, as in :class:`Selection`
    """

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


@dataclass(frozen=True)
class Selection:
    """Which records are wanted; all that is given must be true of one.

    Attributes:
        ids: the videos' ids; None for any
        title: a text in the title, whatever its case
        text: a text in one of the captions that are read, whatever its case
        duration: the source video's length in seconds, as its metadata has it
        views: how often it has been seen
        uploaded: when it was uploaded
        shards: which of the source's files, in order; the first is 1
        random: so many of them, drawn at random; None for all
        seed: what they are drawn with
    """

    ids: frozenset[str] | None = None
    title: str | None = None
    text: str | None = None
    duration: Bounds[float] = _EVERY
    views: Bounds[int] = _EVERY
    uploaded: Bounds[date] = _EVERY
    shards: Bounds[int] = _EVERY
    random: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.ids is not None and not self.ids:
            raise SelectionError("ids", "the list of ids is empty")
        try:
            list(map(check_video_uid, self.ids or ()))
        except RecordError as error:
            raise SelectionError("ids", str(error)) from None
        for name in ("title", "text"):
            value = getattr(self, name)
            if value is not None and not value.strip():
                raise SelectionError(name, f"{name} is empty: give a text to look for")
        for name in ("duration", "views", "uploaded", "shards"):
            least, most = getattr(self, name)
            if least is not None and most is not None and least > most:
                raise SelectionError(name, f"{name} goes from {least} to {most}: nothing can match")
        if self.shards[0] is not None and self.shards[0] < 1:
            raise SelectionError("shards", "shards are counted from 1")
        if self.random is not None and self.random < 1:
            raise SelectionError("random", f"random is {self.random}: give 1 or more")

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.to_dict())

    @property
    def metadata(self) -> tuple[str, ...]:
        """The keys of a record's metadata that :meth:`accepts` looks at."""
        needed = {
            TITLE: self.title is not None,
            DURATION: self.duration != _EVERY,
            VIEW_COUNT: self.views != _EVERY,
            UPLOAD_DATE: self.uploaded != _EVERY,
        }
        return tuple(name for name, is_needed in needed.items() if is_needed)

    @property
    def is_by_video(self) -> bool:
        """Whether :meth:`accepts` can say no."""
        return self.ids is not None or bool(self.metadata)

    def of_files(self, files: Sequence[T]) -> list[T]:
        """Returns the files that are among the shards wanted."""
        first, last = self.shards
        return list(files[(first or 1) - 1 : last])

    def accepts(self, uid: Any, info: VideoInfo) -> bool:
        """Whether a video is wanted, going by its id and metadata; ``text`` is not looked at."""
        return (
            (self.ids is None or uid in self.ids)
            and (self.title is None or _holds(info.title, self.title))
            and _within(info.duration, self.duration)
            and _within(info.view_count, self.views)
            and _within(info.upload_date and info.upload_date.date(), self.uploaded)
        )

    def accepts_texts(self, tree: TreeOfCaptions, until: float = math.inf) -> bool:
        """Whether one of a tree's captions holds ``text``.

        Args:
            tree: with the captions that were read
            until: nodes that start at this second or later do not count
        """
        wanted = self.text
        if wanted is None:
            return True
        near = (tree.starts < until).tolist()
        return any(
            is_near and _holds(text, wanted)
            for texts in tree.texts.values()
            for is_near, text in zip(near, texts, strict=True)
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns what was asked for, in plain values: what tells two selections apart."""
        plain: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if value == one.default or (one.name == "seed" and self.random is None):
                continue
            if isinstance(value, tuple):
                value = [v.isoformat() if isinstance(v, date) else v for v in value]
            plain[one.name] = _listed(value) if isinstance(value, frozenset) else value
        if self.random is not None:
            plain["seed"] = self.seed
        return plain


def _listed(ids: frozenset[str]) -> list[str] | str:
    """Returns ids as they are while they are few, and else what tells them from others."""
    if len(ids) <= _LISTED_IDS:
        return sorted(ids)
    digest = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
    return f"{len(ids)} ids, SHA-256 {digest}"


#: Every record.
EVERYTHING = Selection()


def split_ids(text: str) -> frozenset[str]:
    """Returns the video ids that a text has, separated by commas or white space."""
    return frozenset(text.replace(",", " ").split())


def read_ids(text: str) -> frozenset[str]:
    """Reads video ids: separated by commas, or the name of a file with one a line.

    In a file, what follows a ``#`` or white space is not read, and neither is a header line that
    says ``video_uid``.

    Raises:
        SelectionError: if the file cannot be read
    """
    path = Path(text).expanduser()
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # no file can be called so: many ids are long
        is_file = False
    if not is_file:
        if os.sep in text:
            raise SelectionError("ids", f"{text:.200} is no file that is there, and no list of ids")
        return split_ids(text)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise SelectionError("ids", f"{text:.200}: {error}") from None
    words = (line.partition("#")[0].replace(",", " ").split() for line in lines)
    return frozenset(w[0] for w in words if w and w[0] != VIDEO_UID)


def parse_bounds(option: str, text: str | None, read: Callable[[str], N]) -> Bounds[N]:
    """Reads ``LEAST:MOST``, either of which may be missing, or one value for both.

    Args:
        option: the attribute's name, for the message
        text: as typed; None for no bounds
        read: reads a value

    Raises:
        SelectionError: if it is nothing of that kind
    """
    if text is None:
        return None, None
    least, colon, most = (part.strip() for part in text.partition(":"))
    try:
        low = read(least) if least else None
        high = (read(most) if most else None) if colon else low
    except (ValueError, OverflowError) as error:
        raise SelectionError(
            option, f"{option} is {text!r}: give LEAST:MOST, LEAST: or :MOST ({error})"
        ) from None
    if low is None and high is None:
        raise SelectionError(option, f"{option} is {text!r}: give LEAST:MOST, LEAST: or :MOST")
    return low, high


def parse_days(text: str | None) -> Bounds[date]:
    """Reads ``FROM:UNTIL`` of years, months or days, such as ``2015:2019-06``.

    Raises:
        SelectionError: if it is nothing of that kind
    """
    if text is None:
        return None, None
    least, colon, most = (part.strip() for part in text.partition(":"))
    low, _ = parse_bounds("uploaded", f"{least}:", _first_day) if least else _EVERY
    end = most if colon else least
    _, high = parse_bounds("uploaded", f":{end}", _last_day) if end else _EVERY
    if low is None and high is None:
        raise SelectionError("uploaded", f"uploaded is {text!r}: give FROM:UNTIL")
    return low, high


def _first_day(text: str) -> date:
    year, month, day = _parts(text)
    return date(year, month or 1, day or 1)


def _last_day(text: str) -> date:
    year, month, day = _parts(text)
    month = month or 12
    return date(year, month, day or calendar.monthrange(year, month)[1])


def _parts(text: str) -> tuple[int, int, int]:
    found = _DAY.fullmatch(text)
    if not found or found[1] == "0000":
        raise ValueError(f"{text} is no YYYY, YYYY-MM or YYYY-MM-DD")
    year, month, day = (int(part or 0) for part in found.groups())
    datetime(year, month or 1, day or 1)  # no such month or day
    return year, month, day


def _holds(text: str | None, wanted: str) -> bool:
    return text is not None and wanted.casefold() in text.casefold()


def _within(value: N | None, bounds: Bounds[N]) -> bool:
    least, most = bounds
    if value is None:
        return least is None and most is None
    return (least is None or value >= least) and (most is None or value <= most)
