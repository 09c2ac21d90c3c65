"""Writes a card's section on annotations of the user's own videos, from the build's manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..converters.storing.provenance import making
from .escaping import code, escape, table

#: Keys that are stated elsewhere or describe only the outcome of a run.
_LEFT_OUT = frozenset({"until", "counts"})


def built(build: Mapping[str, Any]) -> str:
    """Describes how a build made annotations: a sentence, and the values of its manifest."""
    rows = [(code(name), code(value)) for name, value in _flat(build) if value]
    sentence = (
        "The trees were built by `action100m build`, in the way of Action100M's. "
        f"{escape(making(build))} No human has written or checked any of it."
    )
    return f"{sentence}\n\n{table(('of the build', 'value'), rows)}"


def _flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yields the values of nested mappings with their full names."""
    for name, each in value.items():
        if not above and name in _LEFT_OUT:
            continue
        path = f"{above}{name}"
        if isinstance(each, Mapping):
            yield from _flat(each, f"{path}.")
        elif each is not None:
            yield path, str(each)
