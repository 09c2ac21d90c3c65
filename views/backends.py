"""Stores the vectors of an index in a similarity backend of FiftyOne Brain, such as LanceDB.

The files of the index stay: they hold the texts and their occurrences, and score the few that the
backend finds. The backend only replaces the scan of all vectors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np

from ..internals.backends import (
    connect,
    has_setting,
    nearest_ids,
    place_of,
    similarity_backends,
)
from ..meaning.store import FloatArray, IntArray, TextIndex

#: The name for no backend: the files are searched.
FILES = "files"
#: Vectors per batch for a backend.
_AT_ONCE = 1 << 16

#: The connections of this process, by folder and generation of the index.
_connected: dict[tuple[str, int], Any] = {}


class BackendError(RuntimeError):
    """A backend cannot be used; the message says why."""


def check_backend(name: str) -> None:
    """Checks that a backend is configured.

    Raises:
        ValueError: if there is no such backend
    """
    known = similarity_backends()
    if name != FILES and name not in known:
        raise ValueError(f"there is no backend {name!r}: give {FILES}, {', '.join(known)}")


def write_vectors(
    dataset: fo.Dataset, index: TextIndex, name: str, before: Mapping[str, Any] | None
) -> Iterator[tuple[dict[str, Any], int]]:
    """Writes the vectors that a backend lacks, and deletes those in another backend.

    Args:
        dataset: the dataset that owns the index
        index: the index
        name: the backend's name; ``files`` for none
        before: what the last call yielded, from ``dataset.info``

    Yields:
        the description for ``dataset.info``, and the number of vectors written

    Raises:
        BackendError: if a backend cannot be used
    """
    if before is not None and before["name"] != name:
        drop(dataset, index, before)
        before = None
    if name == FILES:
        return
    try:
        there = _open(dataset, index, name, before["place"] if before else {})
        size = there.total_index_size
        if before is None or before["texts_folder"] != index.info.texts_folder or size > len(index):
            there.cleanup()
            there, size = _open(dataset, index, name, place_of(there)), 0
        described = {"name": name, "place": place_of(there), "complete": size == len(index)}
        described["texts_folder"] = index.info.texts_folder
        yield described, size
        while size < len(index):
            rows = np.arange(size, min(size + _AT_ONCE, len(index)))
            there.add_to_index(index.exact(rows), [_id_of(row) for row in rows.tolist()])
            size += len(rows)
            yield {**described, "complete": size == len(index)}, size
    except Exception as error:  # whatever the backend's own library raises
        raise BackendError(f"{name} cannot be written: {error}") from error
    _connected[str(index.folder), index.generation] = there


def attach(dataset: fo.Dataset, index: TextIndex, described: Mapping[str, Any]) -> None:
    """Makes an index query its backend, if the backend has all its vectors."""
    if not described["complete"] or described["texts_folder"] != index.info.texts_folder:
        return

    def nearest(query: FloatArray, k: int) -> IntArray:
        key = str(index.folder), index.generation
        try:
            if key not in _connected:
                _connected[key] = _open(dataset, index, described["name"], described["place"])
            found = nearest_ids(_connected[key], query, k)
        except Exception as error:  # whatever the backend's own library raises
            raise BackendError(f"{described['name']} cannot be asked: {error}") from error
        return np.array([int(identity, 16) for identity in found], np.int64)

    index.elsewhere = nearest


def drop(dataset: fo.Dataset, index: TextIndex, described: Mapping[str, Any]) -> None:
    """Deletes the vectors of an index from its backend."""
    _connected.pop((str(index.folder), index.generation), None)
    try:
        _open(dataset, index, described["name"], described["place"]).cleanup()
    except Exception as error:  # whatever the backend's own library raises
        raise BackendError(f"{described['name']} cannot be cleared: {error}") from error


def _open(dataset: fo.Dataset, index: TextIndex, name: str, place: Mapping[str, str]) -> Any:
    options: dict[str, Any] = dict(place)
    if name == "lancedb" and not has_setting(name, "uri"):
        options["uri"] = str(Path(index.folder) / "lancedb")  # FiftyOne's own default is in /tmp
    return connect(dataset, name, **options)


def _id_of(row: int) -> str:
    """Returns the id of a text, in the form of FiftyOne's ids, which every backend accepts."""
    return f"{row:024x}"
