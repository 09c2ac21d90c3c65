"""What a card says of annotations of one's own videos: what made them, by a build's manifest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..converters.storing.provenance import making
from .escaping import code, escape, table

#: What is said elsewhere, or only of a run's outcome.
_LEFT_OUT = frozenset({"until", "counts"})


def built(build: Mapping[str, Any]) -> str:
    """Returns what made the annotations of a build: a sentence, and all that its manifest says."""
    rows = [(code(name), code(value)) for name, value in _flat(build) if value]
    sentence = (
        "The trees were built by `action100m build`, in the way of Action100M's. "
        f"{escape(making(build))} No human has written or checked any of it."
    )
    return f"{sentence}\n\n{table(('of the build', 'value'), rows)}"


def _flat(value: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    """Yields the values of nested mappings, by the names of all that they are in."""
    for name, each in value.items():
        if not above and name in _LEFT_OUT:
            continue
        path = f"{above}{name}"
        if isinstance(each, Mapping):
            yield from _flat(each, f"{path}.")
        elif each is not None:
            yield path, str(each)
