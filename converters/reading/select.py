"""Selects records by id and metadata, before nodes are read or videos fetched.

Only a condition on a caption's text needs the nodes. Ranges include both ends; a record without a
value is outside every range.
"""

from __future__ import annotations

import calendar
import hashlib
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from ...core.fields import DURATION, TITLE, UPLOAD_DATE, VIDEO_UID, VIEW_COUNT
from ...core.option_error import OptionError
from ...core.records import RecordError, VideoInfo, check_video_uid
from ...core.times import NO_CUTOFF, SourceSeconds
from ...core.tree import TreeOfCaptions

T = TypeVar("T")
N = TypeVar("N", int, float, date)

#: The least and the greatest value, both included; None for no bound.
Bounds = tuple[N | None, N | None]

_EVERY: Bounds[Any] = (None, None)
#: Up to this many ids are listed one by one.
_LISTED_IDS = 100
_DAY = re.compile(r"(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?")


@dataclass(frozen=True)
class Selection:
    """Conditions on records; a record must meet all of them.

    Attributes:
        ids: the videos' ids; None for any
        title: a text in the title, ignoring case
        text: a text in one of the captions that are read, ignoring case
        duration: the source video's length by its metadata, in seconds
        views: its number of views
        uploaded: its upload date
        shards: the source's files by number, in order, 1-based
        random: number of records to draw at random; None for all
        seed: seed of the draw
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
            raise OptionError("ids", "the list of ids is empty")
        try:
            list(map(check_video_uid, self.ids or ()))
        except RecordError as error:
            raise OptionError("ids", str(error)) from None
        for name in ("title", "text"):
            value = getattr(self, name)
            if value is not None and not value.strip():
                raise OptionError(name, f"{name} is empty: give a text to look for")
        for name in ("duration", "views", "uploaded", "shards"):
            least, most = getattr(self, name)
            if least is not None and most is not None and least > most:
                raise OptionError(
                    name, f"{name} goes from {least} to {most}, so nothing matches: swap them"
                )
        if self.shards[0] is not None and self.shards[0] < 1:
            raise OptionError("shards", "shards are numbered from 1")
        if self.random is not None and self.random < 1:
            raise OptionError("random", f"random is {self.random}: give 1 or more")

    def __bool__(self) -> bool:
        """Returns whether there is any condition."""
        return bool(self.to_dict())

    @property
    def metadata(self) -> tuple[str, ...]:
        """The metadata keys that :meth:`accepts` needs."""
        needed = {
            TITLE: self.title is not None,
            DURATION: self.duration != _EVERY,
            VIEW_COUNT: self.views != _EVERY,
            UPLOAD_DATE: self.uploaded != _EVERY,
        }
        return tuple(name for name, is_needed in needed.items() if is_needed)

    @property
    def is_by_video(self) -> bool:
        """Whether :meth:`accepts` may reject a video."""
        return self.ids is not None or bool(self.metadata)

    def of_files(self, files: Sequence[T]) -> list[T]:
        """Returns the files that ``shards`` selects."""
        first, last = self.shards
        return list(files[(first or 1) - 1 : last])

    def accepts(self, uid: object, info: VideoInfo) -> bool:
        """Returns whether a video meets the conditions on its id and metadata, all but ``text``."""
        return (
            (self.ids is None or uid in self.ids)
            and (self.title is None or _holds(info.title, self.title))
            and _within(info.duration, self.duration)
            and _within(info.view_count, self.views)
            and _within(info.upload_date and info.upload_date.date(), self.uploaded)
        )

    def accepts_texts(
        self, tree: TreeOfCaptions, caption_cutoff_s: SourceSeconds = NO_CUTOFF
    ) -> bool:
        """Returns whether a tree's captions contain ``text``.

        Args:
            tree: with the captions that were read
            caption_cutoff_s: nodes that start at this source second or later are ignored
        """
        wanted = self.text
        if wanted is None:
            return True
        near = (tree.starts < caption_cutoff_s).tolist()
        return any(
            is_near and _holds(text, wanted)
            for texts in tree.texts.values()
            for is_near, text in zip(near, texts, strict=True)
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns the conditions as JSON values, the defaults left out."""
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
    """Returns a few ids as a list, and many as their number and a digest."""
    if len(ids) <= _LISTED_IDS:
        return sorted(ids)
    digest = hashlib.sha256("\n".join(sorted(ids)).encode()).hexdigest()
    return f"{len(ids)} ids, SHA-256 {digest}"


#: The selection of every record.
EVERYTHING = Selection()


def split_ids(text: str) -> frozenset[str]:
    """Returns the video ids in a text, separated by commas or white space."""
    return frozenset(text.replace(",", " ").split())


def read_ids(text: str) -> frozenset[str]:
    """Reads video ids: separated by commas, or from a file with one per line.

    In a file, anything after a ``#`` or white space is ignored, and so is a header ``video_uid``.

    Raises:
        OptionError: if the file cannot be read
    """
    path = Path(text).expanduser()
    try:
        is_file = path.is_file()
    except (OSError, ValueError):  # not a possible file name: many ids are long
        is_file = False
    if not is_file:
        if os.sep in text:
            raise OptionError("ids", f"{text:.200} is neither an existing file nor a list of ids")
        return split_ids(text)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise OptionError("ids", f"{text:.200}: {error}") from None
    words = (line.partition("#")[0].replace(",", " ").split() for line in lines)
    return frozenset(w[0] for w in words if w and w[0] != VIDEO_UID)


def parse_bounds(option: str, text: str | None, read: Callable[[str], N]) -> Bounds[N]:
    """Parses ``LEAST:MOST``, either of which may be missing, or one value for both.

    Args:
        option: the attribute's name, for the message
        text: as typed; None for no bounds
        read: parses a value

    Raises:
        OptionError: if the text is invalid
    """
    if text is None:
        return None, None
    least, colon, most = (part.strip() for part in text.partition(":"))
    try:
        low = read(least) if least else None
        high = (read(most) if most else None) if colon else low
    except (ValueError, OverflowError) as error:
        raise OptionError(
            option, f"{option} is {text!r}: give LEAST:MOST, LEAST: or :MOST ({error})"
        ) from None
    if low is None and high is None:
        raise OptionError(option, f"{option} is {text!r}: give LEAST:MOST, LEAST: or :MOST")
    return low, high


def parse_days(text: str | None) -> Bounds[date]:
    """Parses ``FROM:UNTIL`` of years, months or days, such as ``2015:2019-06``.

    Raises:
        OptionError: if the text is invalid
    """
    if text is None:
        return None, None
    least, colon, most = (part.strip() for part in text.partition(":"))
    low, _ = parse_bounds("uploaded", f"{least}:", _first_day) if least else _EVERY
    end = most if colon else least
    _, high = parse_bounds("uploaded", f":{end}", _last_day) if end else _EVERY
    if low is None and high is None:
        raise OptionError("uploaded", f"uploaded is {text!r}: give FROM:UNTIL")
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
        raise ValueError(f"{text} is not YYYY, YYYY-MM or YYYY-MM-DD")
    year, month, day = (int(part or 0) for part in found.groups())
    datetime(year, month or 1, day or 1)  # raises if there is no such month or day
    return year, month, day


def _holds(text: str | None, wanted: str) -> bool:
    return text is not None and wanted.casefold() in text.casefold()


def _within(value: N | None, bounds: Bounds[N]) -> bool:
    least, most = bounds
    if value is None:
        return least is None and most is None
    return (least is None or value >= least) and (most is None or value <= most)
