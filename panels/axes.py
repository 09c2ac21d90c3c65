"""The axes of the overview's figures: ticks, and positions on a logarithmic scale."""

from __future__ import annotations

import math
from collections.abc import Mapping

from ..core.wording import percent

#: A position on an axis, from 0 to 1, and its label.
Tick = tuple[float, str]

#: The most ticks of an axis of numbers.
_TICKS = 5
#: The labels of durations, in seconds.
CLOCK = {
    0.1: "0.1 s", 1.0: "1 s", 3.0: "3 s", 10.0: "10 s", 60.0: "1 min", 600.0: "10 min",
    3600.0: "1 h", 36000.0: "10 h",
}  # fmt: skip


def whole_ticks(highest: float) -> tuple[float, list[Tick]]:
    """Returns the end of an axis of whole numbers from 0, and its ticks.

    Example::

        >>> whole_ticks(7)
        (8, [(0.0, '0'), (0.25, '2'), (0.5, '4'), (0.75, '6'), (1.0, '8')])
    """
    step = next(
        factor * 10**power
        for power in range(30)
        for factor in (1, 2, 5)
        if factor * 10**power * (_TICKS - 1) >= highest
    )
    end = step * max(math.ceil(highest / step), 1)
    return end, [(n / end, _rounded(n)) for n in range(0, end + 1, step)]


def share_ticks(highest: float) -> tuple[float, list[Tick]]:
    """Returns the end of an axis of shares from 0, and its ticks in whole percent."""
    end, ticks = whole_ticks(100 * highest)
    return end / 100, [(at, percent(at * end / 100)) for at, _ in ticks]


class Log:
    """Positions on a logarithmic axis."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._span = math.log(low), math.log(high / low) or 1.0

    def __call__(self, value: float) -> float:
        """Returns the position of a value, from 0 to 1."""
        return min(max((math.log(max(value, 1e-12)) - self._low) / self._span, 0.0), 1.0)


def log_axis(low: float, high: float, known: Mapping[float, str]) -> tuple[Log, list[Tick]]:
    """Returns a logarithmic axis from the last known value below to the first one above.

    Args:
        low: the lowest value
        high: the highest
        known: the labels by value, ascending or descending
    """
    values = sorted(known)
    first = max([v for v in values if v <= low], default=low)
    last = min([v for v in values if v >= high], default=high)
    if first == last:
        last = min([v for v in values if v > first], default=2 * first)
    place = Log(first, last)
    return place, [(place(v), known[v]) for v in values if first <= v <= last]


def powers(highest: int) -> dict[float, str]:
    """Returns the labels of the powers of ten, up to an exponent."""
    return {10.0**k: _rounded(10**k) for k in range(highest + 1)}


def _rounded(number: int) -> str:
    """Formats a number for an axis, with k for thousands and M for millions."""
    for least, unit, sign in ((1_000_000, 1_000_000, "M"), (10_000, 1_000, "k")):
        if number >= least and number * 10 % unit == 0:
            return f"{number / unit:g} {sign}"
    return f"{number:,}"
