"""Stores the words of each video's captions, so that a search reads the captions of few videos.

A search first checks whether its words are among a video's at all, in a tenth of the time that
reading the captions takes. Results are the same with and without: the captions of a video without
stored words, or changed since, are always read.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import fiftyone as fo
from pymongo import UpdateOne

from ..core import fields as names
from ..core.keys import WORDS_KEY
from ..core.search import word_list
from ..internals.database import samples_of
from ..internals.views import source_dataset
from .hierarchy import DatasetOrView, find_hierarchy

logger = logging.getLogger(__name__)

_BATCH = 200
_DESCRIPTION = "The distinct words of the captions, without accents: makes searching them fast"


def store_words(dataset: DatasetOrView) -> int:
    """Stores the words of each video's captions in its field ``caption_words``.

    Searches for words, and for the same action, are then several times as fast, above all if they
    find little or nothing. Videos that are added or changed later are searched as well, at the old
    speed until this is run again, which then reads only these videos.

    >>> store_words(dataset)
    3

    Args:
        dataset: a dataset, or a view, which stands for its dataset

    Returns:
        the number of videos whose words were stored

    Raises:
        NoHierarchyError: if no field holds a tree
    """
    return max(done for done, _ in storing_words(dataset))


def storing_words(dataset: DatasetOrView) -> Iterator[tuple[int, int]]:
    """Does :func:`store_words`, and yields the number of videos done and of all to do.

    Raises:
        NoHierarchyError: as :func:`store_words` does
    """
    dataset = source_dataset(dataset)
    fields = find_hierarchy(dataset).fields
    if names.CAPTION_WORDS not in dataset.get_field_schema():
        dataset.add_sample_field(names.CAPTION_WORDS, fo.StringField, description=_DESCRIPTION)
    # A millisecond earlier, so that a change within this one counts as later.
    at = (datetime.now(timezone.utc) - timedelta(milliseconds=1)).replace(tzinfo=None)
    collection = samples_of(dataset)
    todo = _without_words(dataset, fields)
    total, done = collection.count_documents(todo), 0
    found = collection.find(todo, {f"{field}.detections.label": True for field in fields})
    updates: list[UpdateOne] = []
    for document in found:
        words = {"$set": {names.CAPTION_WORDS: word_list(_texts(document, fields))}}
        updates.append(UpdateOne({"_id": document["_id"]}, words))
        done += 1
        if len(updates) == _BATCH and done < total:
            collection.bulk_write(updates, ordered=False)
            updates = []
            yield done, total
    if updates:
        collection.bulk_write(updates, ordered=False)
    dataset.info[WORDS_KEY] = {"fields": list(fields), "at": at.isoformat(timespec="milliseconds")}
    dataset.save()
    logger.info("Stored the words of %d videos", done)
    yield done, total


def drop_words(dataset: DatasetOrView) -> None:
    """Removes the words that :func:`store_words` has stored.

    >>> drop_words(dataset)

    Args:
        dataset: a dataset, or a view, which stands for its dataset
    """
    dataset = source_dataset(dataset)
    if dataset.info.pop(WORDS_KEY, None) is not None:
        dataset.save()
    if names.CAPTION_WORDS in dataset.get_field_schema():
        dataset.delete_sample_field(names.CAPTION_WORDS)


def count_without_words(dataset: DatasetOrView) -> int | None:
    """Returns the number of videos without words, or changed since their words were stored.

    None if no words are stored at all.

    Args:
        dataset: a dataset, or a view, which stands for its dataset
    """
    dataset = source_dataset(dataset)
    known = dataset.info.get(WORDS_KEY)
    if known is None:
        return None
    return int(samples_of(dataset).count_documents(_without_words(dataset, known["fields"])))


def may_match(
    collection: DatasetOrView, fields: Sequence[str], parts: Sequence[str]
) -> dict[str, Any]:
    """Returns a match for the videos whose stored words do not rule out a search.

    Args:
        collection: a dataset or view
        fields: the fields to search
        parts: from :func:`..core.search.word_parts`

    Returns:
        a MongoDB match; empty, for all videos, if the words cannot help
    """
    known = source_dataset(collection).info.get(WORDS_KEY)
    if known is None or not parts or not set(fields) <= set(known["fields"]):
        return {}
    there = [{names.CAPTION_WORDS: {"$regex": part}} for part in parts]
    return {"$or": [{"$and": there}, *_unsure(known["at"])]}


def _unsure(at: str) -> list[dict[str, Any]]:
    """Returns matches for videos without words, and for those changed since."""
    changed = {"$expr": {"$gt": ["$last_modified_at", {"$toDate": at + "Z"}]}}
    return [{names.CAPTION_WORDS: None}, changed]


def _without_words(dataset: fo.Dataset, fields: Sequence[str]) -> dict[str, Any]:
    known = dataset.info.get(WORDS_KEY)
    if known is None or set(known["fields"]) != set(fields):
        return {}
    return {"$or": _unsure(known["at"])}


def _texts(document: dict[str, Any], fields: Sequence[str]) -> Iterator[str]:
    for field in fields:
        for detection in (document.get(field) or {}).get("detections") or []:
            if detection.get("label"):
                yield detection["label"]
