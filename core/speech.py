"""The entries of a transcript: text with a start and an end."""

from __future__ import annotations

from dataclasses import dataclass

from .times import SourceSeconds

#: The longest that an entry is taken to last. Records give no ends, so it lasts until the next one;
#: 98 % of the intervals in real records are shorter than this.
MAX_SPEECH_SECONDS = 10.0


@dataclass(frozen=True)
class Speech:
    """One entry of the transcript, from its recorded start to its assumed end."""

    start: SourceSeconds
    end: SourceSeconds
    text: str
