"""Reads single values of a record, which may be malformed, and counts the faults by code.

A faulty value becomes None. Missing values (None) are not faults.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from contextlib import suppress
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from .repair import LONGEST

_DATE = re.compile(r"[0-9]{8}")
_INT64 = 2**63
#: The valid years of upload; other years are faults.
_YEARS = range(1900, 2200)
#: The number of cached dates: many videos have the same date.
_DAYS = 10_000


def read_text(value: object, warnings: Counter[str]) -> str | None:
    """Returns a text that can be stored; None if it is blank or (``bad-text``) not a text.

    Lone surrogates, which JSON allows and UTF-8 does not, become U+FFFD, and are a fault as well.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        warnings["bad-text"] += 1
        return None
    if not value.strip():
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        warnings["bad-text"] += 1
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def read_count(value: object, warnings: Counter[str]) -> int | None:
    """Returns a non-negative 64-bit integer, else None (``bad-count``)."""
    if value is None:
        return None
    number = read_number(value)
    if number is None or not 0 <= number < _INT64 or number != int(number):
        warnings["bad-count"] += 1
        return None
    return int(number)


def read_duration(value: object, warnings: Counter[str]) -> float | None:
    """Returns a video's duration in seconds, None if it is implausible (``bad-duration``)."""
    if value is None:
        return None
    number = read_number(value)
    if number is None or not 0 < number < LONGEST:
        warnings["bad-duration"] += 1
        return None
    return float(number)


def read_number(value: Any) -> float | int | None:
    """Returns a number or numeric text as a finite number, None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return value if type(value) is int else number


def read_date(value: object, warnings: Counter[str]) -> datetime | None:
    """Returns ``YYYYMMDD`` or a date as midnight, UTC; None for anything else (``bad-date``)."""
    if value is None:
        return None
    if isinstance(value, date):
        value = f"{value.year:04}{value.month:02}{value.day:02}"
    day = _day(value) if isinstance(value, str) else None
    if day is None:
        warnings["bad-date"] += 1
    return day


@lru_cache(_DAYS)
def _day(value: str) -> datetime | None:
    if _DATE.fullmatch(value) and int(value[:4]) in _YEARS:
        with suppress(ValueError):  # no such day
            return datetime(int(value[:4]), int(value[4:6]), int(value[6:]))
    return None
