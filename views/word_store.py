"""Stores which videos have which words and gaps, so that searches read few videos.

The store is two files beside the dataset (:mod:`..meaning.video_words`). A search looks up which
videos may match, and lets MongoDB read only these, by an index on their paths, and those that were
saved since. Results are the same with and without the store.
"""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
from bson import ObjectId

from ..core import fields as names
from ..core.keys import WORDS_KEY
from ..core.search import word_set
from ..internals.database import Document, dataset_id, sample_ids, samples_of
from ..internals.views import source_dataset
from ..meaning.files import locked
from ..meaning.store import IntArray, Mask
from ..meaning.video_words import VideoWords, VideoWordsWriter
from .gap_expressions import uncovered_seconds
from .hierarchy import DatasetOrView, find_hierarchy
from .progress import StageProgress

logger = logging.getLogger(__name__)

_BATCH = 200
#: The most videos that a view lists. More are found fast enough by a scan.
_FEW = 1000


def store_words(dataset: DatasetOrView) -> int:
    """Stores which words the captions of each video have, and how much of it they leave uncovered.

    Searches for words, for the same action and for gaps then read few videos, especially if they
    find little or nothing. Videos that are added or changed later are still found, but at the old
    speed until this is called again, which then reads only these videos.

    The files are in ``action100m-words`` of FiftyOne's ``default_dataset_dir``.

    >>> store_words(dataset)
    3

    Args:
        dataset: a dataset, or a view, which stands for its dataset

    Returns:
        the number of videos whose words were stored

    Raises:
        NoHierarchyError: if no field holds a tree
        IndexInUseError: if another process is storing words as well
    """
    return max(step.done for step in storing_words(dataset))


def storing_words(dataset: DatasetOrView) -> Iterator[StageProgress]:
    """Like :func:`store_words`, with the same errors, but yields its progress."""
    dataset = source_dataset(dataset)
    fields = find_hierarchy(dataset).fields
    _drop_field(dataset)
    folder = _own_folder(dataset)
    with locked(folder):
        # A millisecond earlier, so that a change within this millisecond counts as later.
        at = (datetime.now(timezone.utc) - timedelta(milliseconds=1)).replace(tzinfo=None)
        writer = VideoWordsWriter([_gaps_of(field) for field in fields])
        todo, kept = _changes(dataset, fields)
        if kept is not None:
            writer.keep(*kept)
        done = 0
        for document in _read(dataset, fields, todo):
            numbers = [document.get(_gaps_of(field)) for field in fields]
            writer.add(
                document["_id"].binary,
                document["filepath"],
                word_set(_texts(document, fields)),
                [np.nan if number is None else number for number in numbers],
            )
            done += 1
            if done % _BATCH == 0 and done < len(todo):
                yield StageProgress("Storing", done, len(todo))
        number = time.time_ns() // 1000
        writer.write(folder, number)
        dataset.info[WORDS_KEY] = {
            "fields": list(fields),
            "at": at.isoformat(timespec="milliseconds"),
            "folder": str(folder),
            "number": number,
        }
        dataset.save()
        for path in folder.glob("*.arrow"):
            if not path.stem.endswith(f"-{number}"):
                path.unlink()
    logger.info("Stored the words of %d videos", done)
    yield StageProgress("Storing", done, len(todo))


def drop_words(dataset: DatasetOrView) -> None:
    """Removes the words that :func:`store_words` has stored.

    >>> drop_words(dataset)

    Args:
        dataset: a dataset, or a view, which stands for its dataset
    """
    dataset = source_dataset(dataset)
    if dataset.info.pop(WORDS_KEY, None) is not None:
        dataset.save()
    folder = _own_folder(dataset)
    if folder.exists():
        with locked(folder):
            shutil.rmtree(folder)
    _drop_field(dataset)


def count_without_words(dataset: DatasetOrView) -> int | None:
    """Returns the number of videos without words, or changed since their words were stored.

    None if no words are stored at all.

    Args:
        dataset: a dataset, or a view, which stands for its dataset
    """
    dataset = source_dataset(dataset)
    known = dataset.info.get(WORDS_KEY)
    if known is None or _opened(known) is None:
        return None
    if set(known["fields"]) != set(find_hierarchy(dataset).fields):
        return len(dataset)
    return int(samples_of(dataset).count_documents({"$or": _unsure(known["at"])}))


def may_match(
    collection: DatasetOrView, fields: Sequence[str], parts: Sequence[str]
) -> dict[str, Any]:
    """Returns a match for the videos that may match a search, by their stored words.

    Args:
        collection: a dataset or view
        fields: the fields to search
        parts: from :func:`..core.search.word_parts`

    Returns:
        a MongoDB match; empty, for all videos, if the words do not narrow the search
    """
    known, stored = _stored(collection, fields)
    if stored is None or not parts:
        return {}
    return _only(known, stored, stored.with_words(parts, _FEW))


def may_be_uncovered(collection: DatasetOrView, field: str, min_seconds: float) -> dict[str, Any]:
    """Returns a match for the videos that may have gaps in a field, by their stored gaps.

    Args:
        collection: a dataset or view
        field: a field that holds trees
        min_seconds: the shortest total duration of a video's uncovered stretches

    Returns:
        see :func:`may_match`
    """
    known, stored = _stored(collection, [field])
    if stored is None:
        return {}
    rows = np.flatnonzero(stored.numbers[_gaps_of(field)] >= min_seconds)
    return _only(known, stored, rows if len(rows) <= _FEW else None)


def _only(known: Mapping[str, Any], stored: VideoWords, rows: IntArray | None) -> dict[str, Any]:
    """Returns a match for some videos and for those that have changed since."""
    if rows is None:
        return {}
    # By path, as the App converts ids in views.
    return {"$or": [{"filepath": {"$in": stored.paths(rows)}}, *_unsure(known["at"])]}


def _unsure(at: str) -> list[dict[str, Any]]:
    """Returns matches for videos that have changed since a time, each of which uses an index."""
    changed = {"$expr": {"$gt": ["$last_modified_at", {"$toDate": at + "Z"}]}}
    return [{"last_modified_at": None}, changed]


def _stored(
    collection: DatasetOrView, fields: Sequence[str]
) -> tuple[dict[str, Any], VideoWords | None]:
    """Returns the description of the store and the store; None if it lacks a field."""
    known: dict[str, Any] = source_dataset(collection).info.get(WORDS_KEY) or {}
    there = set(fields) <= set(known.get("fields", ()))
    return known, _opened(known) if there else None


def _opened(known: Mapping[str, Any]) -> VideoWords | None:
    try:
        return _open(known["folder"], known["number"])
    except (KeyError, FileNotFoundError):  # of an earlier version, or deleted
        return None


@lru_cache(maxsize=4)
def _open(folder: str, number: int) -> VideoWords:
    return VideoWords(Path(folder), number)


def words_folder() -> Path:
    """Returns the folder of all stored words, with one folder per dataset id."""
    return Path(fo.config.default_dataset_dir) / "action100m-words"


def _own_folder(dataset: fo.Dataset) -> Path:
    return words_folder() / str(dataset_id(dataset))


def _gaps_of(field: str) -> str:
    return f"uncovered_{field}"


def _changes(
    dataset: fo.Dataset, fields: Sequence[str]
) -> tuple[list[ObjectId], tuple[VideoWords, Mask] | None]:
    """Returns the samples to read, and the store with one flag per unchanged video."""
    collection = samples_of(dataset)
    there = sample_ids(dataset)
    known, stored = _stored(dataset, fields)
    if stored is None or set(known["fields"]) != set(fields):
        return there, None
    changed = {found["_id"] for found in collection.find({"$or": _unsure(known["at"])}, {"_id": 1})}
    same = {i.binary for i in there if i not in changed}
    before = [i.tobytes() for i in stored.sample_ids]
    same &= set(before)
    kept = np.array([i in same for i in before], bool)
    return [i for i in there if i.binary not in same], (stored, kept)


def _read(
    dataset: fo.Dataset, fields: Sequence[str], sample_ids: Sequence[ObjectId]
) -> Iterator[Document]:
    wanted = {field: f"${field}.detections.label" for field in fields}
    gaps = {_gaps_of(field): uncovered_seconds(field) for field in fields}
    for at in range(0, len(sample_ids), _BATCH):
        ids = {"_id": {"$in": list(sample_ids[at : at + _BATCH])}}
        pipeline = [{"$match": ids}, {"$project": {"filepath": 1, **wanted, **gaps}}]
        yield from samples_of(dataset).aggregate(pipeline)


def _texts(document: Document, fields: Sequence[str]) -> Iterator[str]:
    for field in fields:
        yield from filter(None, document.get(field) or ())


def _drop_field(dataset: fo.Dataset) -> None:
    """Deletes the words that version 0.1 stored with each sample."""
    if names.CAPTION_WORDS in dataset.get_field_schema():
        dataset.delete_sample_field(names.CAPTION_WORDS)
