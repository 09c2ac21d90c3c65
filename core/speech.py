"""What is said in a video, as labels want it: text with a start and an end."""

from __future__ import annotations

from dataclasses import dataclass

#: How long an entry of the transcript is taken to be heard when the next is far off. Records give
#: no end; of the real ones' intervals between entries 98 % are shorter.
MAX_SPEECH_SECONDS = 10.0


@dataclass(frozen=True)
class Speech:
    """One entry of the transcript, from its recorded start to where it is taken to end."""

    start: float
    end: float
    text: str
