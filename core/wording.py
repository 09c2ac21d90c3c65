"""Formats counts, percentages, times and one-line texts consistently."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Returns a number with its noun: ``1 video``, ``1,144 videos``.

    Args:
        number: the number
        noun: the noun in the singular
        plural: the plural of the noun; by default with an ``s``
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def percent(share: float, digits: int = 0) -> str:
    """Returns a share as a percentage: ``85 %``.

    Args:
        share: a number from 0 to 1
        digits: the number of decimal places
    """
    return f"{share:.{digits}%}".replace("%", " %")


def clock(seconds: float) -> str:
    """Returns a time as ``1:02:03.4``; hours are omitted if zero."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02d}:{rest / 10:04.1f}" if hours else f"{minutes}:{rest / 10:04.1f}"
    return f"{hours}:{text}" if hours else text


def listed(things: Sequence[str]) -> str:
    """Joins texts for a sentence: ``a``, ``a and b``, ``a, b and c``."""
    *others, last = things
    return f"{', '.join(others)} and {last}" if others else last


def one_line(text: str) -> str:
    """Returns a text on one line, without control and format characters.

    Such characters could move a terminal's cursor, change its colours, or reverse its text.
    """
    kept = (" " if c.isspace() else c for c in text)
    shown = "".join(c for c in kept if not unicodedata.category(c).startswith("C"))
    return " ".join(shown.split())


def shorten(text: str, longest: int) -> str:
    """Returns a text on one line of at most ``longest`` characters, with an ellipsis if cut.

    Example::

        >>> shorten("Knead the dough", 8)
        'Knead t…'
    """
    # Long texts are cut first, as only their start is shown.
    line = one_line(text[: 4 * longest])
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"
