"""Reads transcripts: entries of text with a start and an end."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .times import SourceSeconds
from .values import read_number, read_text

#: The longest assumed duration of an entry, in seconds. Records have no ends, so an entry lasts
#: until the next one; 98 % of the intervals in real records are shorter than this.
MAX_SPEECH_SECONDS = 10.0


@dataclass(frozen=True)
class Speech:
    """One entry of the transcript, from its recorded start to its assumed end."""

    start: SourceSeconds
    end: SourceSeconds
    text: str


@dataclass(frozen=True)
class TranscriptColumns:
    """A transcript's unchecked entries as columns; texts that were not read are None."""

    times: Sequence[Any]
    texts: Sequence[Any]

    @classmethod
    def from_entries(cls, entries: object) -> TranscriptColumns | None:
        """Turns the ``transcript`` of a parsed JSON record into columns."""
        if entries is None:
            return None
        rows = entries if isinstance(entries, list) else [entries]
        dicts = [row if isinstance(row, Mapping) else {} for row in rows]
        return cls([d.get("time") for d in dicts], [d.get("text") for d in dicts])


def read_transcript(columns: TranscriptColumns, warnings: Counter[str]) -> tuple[Speech, ...]:
    """Returns the entries that have a text, by time, each with its assumed end.

    Entries with the same time are joined; those without a time are dropped (``bad-transcript``).

    Args:
        columns: the unchecked entries
        warnings: counts of faults by code; updated in place
    """
    entries = []
    for time, text in zip(columns.times, columns.texts, strict=True):
        start = read_number(time)
        if start is None or start < 0:
            warnings["bad-transcript"] += 1
        else:
            entries.append((float(start), text))
    if any(b[0] <= a[0] for a, b in pairwise(entries)):
        entries = _in_order(entries, warnings)
    if not entries:
        return ()
    ends = [*(start for start, _ in entries[1:]), math.inf]
    return tuple(
        Speech(
            SourceSeconds(start),
            SourceSeconds(min(end, start + MAX_SPEECH_SECONDS)),
            " ".join(words.split()),
        )
        for (start, text), end in zip(entries, ends, strict=True)
        if text is not None and (words := read_text(text, warnings))
    )


def _in_order(
    entries: list[tuple[float, object]], warnings: Counter[str]
) -> list[tuple[float, str | None]]:
    joined: dict[float, list[str]] = {}
    for start, text in sorted(entries, key=lambda entry: entry[0]):
        words = read_text(text, warnings)
        joined.setdefault(start, []).extend([words] if words else [])
    return [(start, " ".join(words) or None) for start, words in joined.items()]
