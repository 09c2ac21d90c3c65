"""Finds which captions of an index a view shows.

A search looks up a few captions at a time (:func:`shown_among`), which only reads their samples. If
almost none of them are in the view, the whole view is read (:func:`shown_occurrences`) and cached
for the next search.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import fiftyone as fo
import numpy as np
import numpy.typing as npt
from bson import ObjectId

from ..internals.database import count_samples, last_modified
from ..internals.views import clip_field, source_dataset, stages_of, stream
from ..meaning.store import IntArray, Mask, TextIndex
from .hierarchy import DatasetOrView
from .kept import CHOOSING, OF_SAMPLES, handles_each, part_of
from .view_keys import view_key

#: The most views in the cache.
_MOST = 4
#: Label ids per comparison.
_ROWS = 1 << 20
_MIX = np.uint64(0x9E3779B97F4A7C15)

Version = tuple[int, datetime | None]

#: The cache, the latest view last.
_kept: dict[tuple[Any, ...], tuple[Version, Mask]] = {}


def shows_all(view: DatasetOrView) -> bool:
    """Whether a collection is a dataset, or a view that hides nothing."""
    return isinstance(view, fo.Dataset) or not (stages_of(view) or clip_field(view))


def shown_before(view: DatasetOrView, index: TextIndex, searched: Sequence[str]) -> Mask | None:
    """Returns the cached result of :func:`shown_occurrences`; None if it is not current."""
    version, flags = _kept.get(_key(view, index, searched), (None, None))
    return flags if version == _version(view) else None


def shown_occurrences(view: DatasetOrView, index: TextIndex, searched: Sequence[str]) -> Mask:
    """Returns one flag per occurrence, whether a view shows it in some fields.

    The view is read once, and again after a sample of its dataset was added, deleted or saved.
    """
    found = shown_before(view, index, searched)
    if found is None:
        key, version = _key(view, index, searched), _version(view)  # from before it is read
        found = _read_all(view, index, searched)
        if not clip_field(view):
            _kept.pop(key, None)
            _kept[key] = version, found
        if len(_kept) > _MOST:
            _kept.pop(next(iter(_kept)), None)
    return found


def shown_among(
    view: DatasetOrView, index: TextIndex, searched: Sequence[str], places: IntArray
) -> Mask | None:
    """Returns one flag for each of some occurrences, whether a view shows it.

    Args:
        view: the view
        index: the index of its dataset
        searched: the fields of the occurrences
        places: the positions of the occurrences

    Returns:
        the flags; None if the view's stages depend on all samples together
    """
    labels = index.column("label")[places]
    if clip_field(view):
        ids = [ObjectId(i.tobytes()) for i in labels]
        found = stream(view, [{"$match": {"_id": {"$in": ids}}}, {"$project": {"_id": 1}}])
        shown = {document["_id"].binary for document in found}
        return np.array([i.tobytes() in shown for i in labels], bool)
    if not handles_each(view):
        return None
    samples = index.sample_ids[np.unique(index.column("sample")[places])]
    part = part_of(view, [str(ObjectId(i.tobytes())) for i in samples])
    flags: Mask = np.isin(_numbers(labels), _read_numbers(part, searched))
    return flags


def _key(view: DatasetOrView, index: TextIndex, searched: Sequence[str]) -> tuple[Any, ...]:
    return (index.folder, index.generation, view_key(view), *searched)


def _version(view: DatasetOrView) -> Version:
    dataset = source_dataset(view)
    return count_samples(dataset), last_modified(dataset)


def _read_all(view: DatasetOrView, index: TextIndex, searched: Sequence[str]) -> Mask:
    if clip_field(view):
        found = stream(view, [{"$project": {"_id": 1}}])
        return _with_labels(index, _as_numbers(document["_id"] for document in found))
    if all(isinstance(stage, (*OF_SAMPLES, *CHOOSING)) for stage in stages_of(view)):
        found = stream(view, [{"$project": {"_id": 1}}])
        samples = _as_numbers(document["_id"] for document in found)
        of_sample = np.isin(_numbers(index.sample_ids), samples)[index.column("sample")]
        kept: Mask = of_sample & index.of_fields(searched)
        return kept
    return _with_labels(index, _read_numbers(view, searched))


def _with_labels(index: TextIndex, labels: npt.NDArray[np.uint64]) -> Mask:
    """Returns one flag per occurrence, whether its label is among some labels."""
    ids = index.column("label")
    found = np.empty(len(ids), bool)
    for at in range(0, len(ids), _ROWS):
        found[at : at + _ROWS] = np.isin(_numbers(ids[at : at + _ROWS]), labels)
    return found


def _read_numbers(view: DatasetOrView, searched: Sequence[str]) -> npt.NDArray[np.uint64]:
    """Returns the numbers of the labels that a view shows in some fields."""
    ids = [{"$ifNull": [f"${name}.detections._id", []]} for name in searched]
    found = stream(view, [{"$project": {"_id": 0, "ids": {"$concatArrays": ids}}}])
    return _as_numbers(i for document in found for i in document["ids"])


def _as_numbers(ids: Iterable[ObjectId]) -> npt.NDArray[np.uint64]:
    joined = b"".join(i.binary for i in ids)
    return _numbers(np.frombuffer(joined, np.uint8).reshape(-1, 12))


def _numbers(ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Returns a number of 64 bits for each id of 12 bytes."""
    first = np.ascontiguousarray(ids[:, :4]).view("<u4")[:, 0].astype(np.uint64)
    last = np.ascontiguousarray(ids[:, 4:]).view("<u8")[:, 0]
    numbers: npt.NDArray[np.uint64] = last ^ (first * _MIX)
    return numbers
