"""Keeps what was counted until the data set changes, in FiftyOne's execution store.

What is kept belongs to a view's stages, and holds for a version of the data set: the number of
samples, the time of the last change to one (FiftyOne notes it at each save and has an index on it),
the schema and the fields with trees. Reading a version takes milliseconds; what changes a sample
without noting the time, past FiftyOne, is not seen, and needs :func:`forget`.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import fiftyone.core.stages as fosg
from bson import json_util

from ..internals.database import count_samples, last_modified
from ..internals.views import mongo_stage, serialize_view, source_dataset, stages_of
from .hierarchy import Hierarchy, schema_key
from .overview import Segments, Texts, Videos, count_segments, count_texts, count_videos
from .statistics import Actions, Bin, Level, Verb

#: So many views' counts are kept; then all are forgotten.
_MOST = 60
#: Changes with what is counted.
_FORM = 1
_MARK = "action100m "

PARTS = ("videos", "segments", "texts")


def view_key(view: Any) -> str:
    """Returns what two views have in common if they have the same stages."""
    # There and back, as through the App, where an expression with a regex becomes one.
    stages = json_util.loads(json_util.dumps(serialize_view(view, uuids=False)))
    return hashlib.sha1(json_util.dumps(stages, sort_keys=True).encode()).hexdigest()


def marked(view: Any, name: str) -> Any:
    """Returns a view of the same samples that :func:`marks` knows by a name.

    A view changes on its way through the App, which has forms of its own for dates and regular
    expressions; a name in a stage does not.
    """
    return view.add_stage(mongo_stage([{"$match": {"$comment": _MARK + name}}]))


def marks(view: Any) -> set[str]:
    """Returns the names that a view, or those that it was made from, were given."""
    found = set()
    for stage in stages_of(view):
        for step in stage.pipeline if isinstance(stage, fosg.Mongo) else ():
            said = (step.get("$match") or {}).get("$comment") if isinstance(step, dict) else None
            if isinstance(said, str) and said.startswith(_MARK):
                found.add(said.removeprefix(_MARK))
    return found


def version(view: Any, found: Hierarchy) -> str:
    """Returns what changes whenever a sample of the view's data set does."""
    dataset = source_dataset(view)
    state = [_FORM, count_samples(dataset), str(last_modified(dataset)), schema_key(dataset)]
    return json.dumps([*state, *found.fields])


class Counts:
    """A view's counts: those that are known, and those that are made.

    Args:
        store: ``ctx.store(OVERVIEW_STORE)``
        view: the view, of whole videos
        found: its hierarchy
    """

    def __init__(self, store: Any, view: Any, found: Hierarchy) -> None:
        self.key = view_key(view)
        self._store, self._view, self._found = store, view, found
        # Of before the count: what changes meanwhile is counted next time.
        self._version = version(view, found)

    def known(self, part: str) -> Any | None:
        """Returns one of :data:`PARTS`, if it was counted before and the data are as they were."""
        entry = self._store.get(f"{self.key}-{part}")
        if entry is None or entry["version"] != self._version:
            return None
        return _READ[part](entry["value"])

    def counted(self, part: str) -> Any:
        """Returns one of :data:`PARTS`, counted now unless it is known."""
        with _one_at_a_time:
            value = self.known(part)
            if value is None:
                value = self._count(part)
                self._keep(part, value)
            return value

    def _count(self, part: str) -> Any:
        if part == "videos":
            return count_videos(self._view, self._found)
        if part == "segments":
            return count_segments(self._view, self._found)
        return count_texts(self._view, self._found, len(self._view))

    def _keep(self, part: str, value: Any) -> None:
        if len(self._store.list_keys()) >= _MOST * len(PARTS):
            self._store.clear()
        entry = {"version": self._version, "value": json.loads(json.dumps(asdict(value)))}
        self._store.set(f"{self.key}-{part}", entry)


#: Two panels that ask at once get one count; MongoDB is busy enough with it.
_one_at_a_time = threading.Lock()


def forget(store: Any) -> None:
    """Forgets everything, so that it is counted again."""
    store.clear()


def _read_videos(value: dict[str, Any]) -> Videos:
    years = value["years"]
    return Videos(
        **{
            **value,
            "years": None if years is None else _by_number(years),
            "depths": _by_number(value["depths"]),
        }
    )


def _read_segments(value: dict[str, Any]) -> Segments:
    levels = [
        Level(row["level"], row["nodes"], tuple(row["quartiles"]) if row["quartiles"] else None)
        for row in value["levels"]
    ]
    bins = {key: [Bin(**row) for row in value[key]] for key in ("durations", "shares")}
    return Segments(value["total"], levels, annotated=value["annotated"], **bins)


def _read_texts(value: dict[str, Any]) -> Texts:
    found = value["actions"]
    verbs = [
        Verb(row["verb"], row["count"], [(text, n) for text, n in row["objects"]])
        for row in found["verbs"]
    ]
    curve = [(rank, text, n) for rank, text, n in found["curve"]]
    return Texts(**{**value, "actions": Actions(**{**found, "curve": curve, "verbs": verbs})})


def _by_number(found: dict[str, int]) -> dict[int, int]:
    return {int(key): count for key, count in found.items()}


_READ: dict[str, Callable[[dict[str, Any]], Any]] = {
    "videos": _read_videos,
    "segments": _read_segments,
    "texts": _read_texts,
}
