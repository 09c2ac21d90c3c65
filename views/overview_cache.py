"""Caches the overview's counts in FiftyOne's execution store until the dataset changes.

An entry belongs to a view's stages and to a version of the dataset: the number of samples, the time
of the last change (which FiftyOne records and indexes), the schema and the fields with trees.
Reading the version takes milliseconds. A change that bypasses FiftyOne, and so leaves that time as
it is, is not noticed and needs :func:`clear_counts`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fiftyone.operators.store import ExecutionStore

from ..internals.database import count_samples, last_modified
from ..internals.views import source_dataset
from .hierarchy import DatasetOrView, Hierarchy, schema_key
from .kept import part_of
from .overview import NodeCounts, TextCounts, VideoCounts, count_nodes, count_texts, count_videos
from .overview_videos import Chosen, choose
from .statistics import Actions, Bin, Level, Verb
from .view_keys import view_key

#: The most views in the cache; beyond that, it is cleared.
_MOST = 60
#: The version of the entries' format.
_FORM = 4

PARTS = ("videos", "segments", "texts")
#: A further part: the videos in which the other parts are counted.
CHOSEN = "chosen"


def version(view: DatasetOrView, found: Hierarchy) -> str:
    """Returns a version that changes whenever a sample of the view's dataset does."""
    dataset = source_dataset(view)
    state = [_FORM, count_samples(dataset), str(last_modified(dataset)), schema_key(dataset)]
    return json.dumps([*state, *found.fields])


class CachedCounts:
    """A view's counts, cached or computed.

    Args:
        store: ``ctx.store(OVERVIEW_STORE)``
        view: a view of whole videos
        found: the fields that hold its trees
    """

    def __init__(self, store: ExecutionStore, view: DatasetOrView, found: Hierarchy) -> None:
        self.key = view_key(view)
        self._store, self._view, self._found = store, view, found
        # Taken before counting: a change meanwhile makes the entry outdated.
        self._version = version(view, found)

    def known(self, part: str) -> Any | None:
        """Returns one of :data:`PARTS` if it is cached and current, else None."""
        entry = self._store.get(f"{self.key}-{part}")
        if entry is None or entry["version"] != self._version:
            return None
        return _READ[part](entry["value"])

    def missing(self) -> list[str]:
        """Returns those of :data:`PARTS` that are not cached, or not current."""
        return [part for part in PARTS if self.known(part) is None]

    def chosen(self) -> tuple[Chosen, CachedCounts]:
        """Returns the videos that represent a large view, and their counts."""
        found = self.counted(CHOSEN)
        if found.ids is None:
            return found, self
        return found, CachedCounts(self._store, part_of(self._view, found.ids), self._found)

    def counted(self, part: str) -> Any:
        """Returns one of :data:`PARTS`, counting it unless it is cached."""
        with _one_at_a_time:
            value = self.known(part)
            if value is None:
                value = self._count(part)
                self._keep(part, value)
            return value

    def _count(self, part: str) -> Any:
        if part == CHOSEN:
            return choose(self._view)
        if part == "videos":
            return count_videos(self._view, self._found)
        if part == "segments":
            return count_nodes(self._view, self._found)
        return count_texts(self._view, self._found, len(self._view))

    def _keep(self, part: str, value: Any) -> None:
        if len(self._store.list_keys()) >= _MOST * len(PARTS):
            self._store.clear()
        entry = {"version": self._version, "value": json.loads(json.dumps(asdict(value)))}
        self._store.set(f"{self.key}-{part}", entry)


def next_counts(
    store: ExecutionStore, view: DatasetOrView, found: Hierarchy, parts: int, every: bool = False
) -> tuple[Chosen, CachedCounts, list[str]]:
    """Counts the next missing parts of a view.

    Other arguments are those of :class:`CachedCounts`.

    Args:
        parts: the number of :data:`PARTS` to count now
        every: whether to count all videos of a large view

    Returns:
        the videos to show counts of, with their counts (for a large view, the chosen videos until
        all parts are counted in all videos); and the missing parts
    """
    whole = CachedCounts(store, view, found)
    if not whole.missing():
        return Chosen(), whole, []
    if not parts and whole.known(CHOSEN) is None:
        return Chosen(), whole, list(PARTS)  # choosing takes time
    chosen, some = whole.chosen()
    counts = whole if every else some
    missing = counts.missing()
    for part in missing[:parts]:
        counts.counted(part)
    missing = missing[parts:]
    if every and (not missing or some.missing()):
        return Chosen(), whole, missing
    return chosen, some, missing


#: Two panels that ask at the same time share one count.
_one_at_a_time = threading.Lock()


def clear_counts(store: ExecutionStore) -> None:
    """Clears the cache."""
    store.clear()


def _read_videos(value: dict[str, Any]) -> VideoCounts:
    years = value["years"]
    return VideoCounts(
        **{
            **value,
            "years": None if years is None else _by_number(years),
            "depths": _by_number(value["depths"]),
        }
    )


def _read_segments(value: dict[str, Any]) -> NodeCounts:
    levels = [
        Level(row["level"], row["nodes"], tuple(row["quartiles"]) if row["quartiles"] else None)
        for row in value["levels"]
    ]
    bins = {key: [Bin(**row) for row in value[key]] for key in ("durations", "shares")}
    return NodeCounts(value["total"], levels, annotated=value["annotated"], **bins)


def _read_texts(value: dict[str, Any]) -> TextCounts:
    found = value["actions"]
    verbs = [
        Verb(row["verb"], row["count"], [(text, n) for text, n in row["objects"]])
        for row in found["verbs"]
    ]
    curve = [(rank, text, n) for rank, text, n in found["curve"]]
    return TextCounts(**{**value, "actions": Actions(**{**found, "curve": curve, "verbs": verbs})})


def _by_number(found: dict[str, int]) -> dict[int, int]:
    return {int(key): count for key, count in found.items()}


_READ: dict[str, Callable[[dict[str, Any]], Any]] = {
    "videos": _read_videos,
    "segments": _read_segments,
    "texts": _read_texts,
    CHOSEN: lambda value: Chosen(**value),
}
