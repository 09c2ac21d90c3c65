"""Formats counts, percentages and times in the same way everywhere."""

from __future__ import annotations


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Returns a number with its noun: ``1 video``, ``1,144 videos``.

    Args:
        number: how many
        noun: in the singular
        plural: of the noun; ``noun`` with an ``s`` by default
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def percent(share: float, digits: int = 0) -> str:
    """Returns a share of 1 as a percentage: ``85 %``.

    Args:
        share: from 0 to 1
        digits: decimal places
    """
    return f"{share:.{digits}%}".replace("%", " %")


def clock(seconds: float) -> str:
    """Returns a time as ``1:02:03.4``, with hours only where there are any."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{minutes:02d}:{rest / 10:04.1f}" if hours else f"{minutes}:{rest / 10:04.1f}"
    return f"{hours}:{text}" if hours else text
