"""Reads an operator's parameters by type: calls by code may send anything.

The App's form only sends what its inputs allow. FiftyOne validates a call against the form for its
parameters, so the form must open for any parameters, and report invalid ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import fiftyone.operators as foo

from ..core.wording import shorten

T = TypeVar("T")
S = TypeVar("S", bound=str)

_LARGEST = 2**31 - 1
_LONGEST_PATH = 4096


class Params(dict[str, Any]):
    """Parameters by name, without those that are None.

    A value of the wrong type counts as missing.

    Attributes:
        wrong: the expected values of each parameter that was read and has the wrong type
    """

    def __init__(self, given: object, strict: bool = False) -> None:
        """Wraps parameters as they were sent.

        Args:
            given: a mapping of names to values, or None
            strict: whether reading a value of the wrong type raises ``ValueError``
        """
        super().__init__()
        self.wrong: dict[str, str] = {}
        self._strict = strict
        if isinstance(given, Mapping):
            self.update({name: value for name, value in given.items() if value is not None})
        elif given is not None:
            self._refuse("params", "the parameters are not a mapping of names to values")

    def flag(self, name: str, default: bool = False) -> bool:
        """Returns a truth value."""
        found = self._read(name, lambda value: isinstance(value, bool), "true or false")
        return default if found is None else bool(found)

    def number(self, name: str, default: T) -> float | T:
        """Returns a finite number."""
        found: float | None = self._read(name, _is_number, f"a number up to {_LARGEST:,}")
        return default if found is None else found

    def text(self, name: str, default: str = "") -> str:
        """Returns a text; an empty one counts as missing."""
        return self._read(name, lambda value: isinstance(value, str), "a text") or default

    def path(self, name: str, default: str = "") -> str:
        """Returns the path of a file or folder of the server."""
        takes = f"a path without NUL, of at most {_LONGEST_PATH:,} characters"
        return self._read(name, _is_path, takes) or default if self.text(name) else default

    def choice(self, name: str, choices: Sequence[S], default: S) -> S:
        """Returns one of several texts; the default if none or an unknown one is chosen."""
        found = self.text(name)
        return next((choice for choice in choices if choice == found), default)

    def names(self, name: str) -> list[str]:
        """Returns a list of texts."""
        return list(self._read(name, _is_list_of_texts, "a list of names") or [])

    def _read(self, name: str, is_right: Callable[[Any], bool], takes: str) -> Any:
        value = self.get(name)
        if value is None or is_right(value):
            return value
        self._refuse(name, f"{name} takes {takes}, not {shorten(repr(value), 60)}")
        return None

    def _refuse(self, name: str, message: str) -> None:
        if self._strict:
            raise ValueError(message)
        self.wrong[name] = message


def _is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and abs(value) <= _LARGEST


def _is_path(value: str) -> bool:
    return "\0" not in value and len(value) <= _LONGEST_PATH


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value)


@contextmanager
def parsed_params(ctx: foo.ExecutionContext, strict: bool = False) -> Iterator[Params]:
    """Temporarily replaces ``ctx.params`` by a :class:`Params`."""
    given = ctx.params
    ctx.params = params = Params(given, strict)
    try:
        yield params
    finally:
        ctx.params = given
