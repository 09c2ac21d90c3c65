"""Stores the words of each video's captions, which make a search look at few videos.

A search of words then looks first whether they are among a video's at all, which takes a tenth of
the time that reading its captions does. What a search finds is the same with and without: a video
that has no words stored, or has changed since, is read as if there were none.
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
from .hierarchy import find_hierarchy, source_dataset

logger = logging.getLogger(__name__)

_BATCH = 200
_DESCRIPTION = "The words of the captions, each once, without accents: makes searching them fast"


def store_words(dataset: Any) -> int:
    """Stores the words of each video's captions in its field ``caption_words``.

    Searches for words, and for the same action, are then several times as fast, most of all where
    little or nothing is found. Videos that are added or changed later are searched all the
    same, only not as fast until this is run again, which looks at these videos alone.

    >>> store_words(dataset)
    3

    Args:
        dataset: a data set, or a view of it, which stands for the data set

    Returns:
        how many videos were looked at

    Raises:
        NoHierarchyError: if no field holds a tree
    """
    return max(done for done, _ in storing_words(dataset))


def storing_words(dataset: Any) -> Iterator[tuple[int, int]]:
    """Does what :func:`store_words` does, and yields how many videos of how many are done.

    Raises:
        NoHierarchyError: as :func:`store_words` does
    """
    dataset = source_dataset(dataset)
    fields = find_hierarchy(dataset).fields
    if names.CAPTION_WORDS not in dataset.get_field_schema():
        dataset.add_sample_field(names.CAPTION_WORDS, fo.StringField, description=_DESCRIPTION)
    # A millisecond earlier: what changes within this one counts as changed.
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


def drop_words(dataset: Any) -> None:
    """Removes what :func:`store_words` has stored.

    >>> drop_words(dataset)

    Args:
        dataset: a data set, or a view of it, which stands for the data set
    """
    dataset = source_dataset(dataset)
    if dataset.info.pop(WORDS_KEY, None) is not None:
        dataset.save()
    if names.CAPTION_WORDS in dataset.get_field_schema():
        dataset.delete_sample_field(names.CAPTION_WORDS)


def count_without_words(dataset: Any) -> int | None:
    """Returns how many videos have changed since their words were stored, or have none.

    None where no words are stored.

    Args:
        dataset: a data set, or a view of it, which stands for the data set
    """
    dataset = source_dataset(dataset)
    known = dataset.info.get(WORDS_KEY)
    if known is None:
        return None
    return int(samples_of(dataset).count_documents(_without_words(dataset, known["fields"])))


def may_match(collection: Any, fields: Sequence[str], parts: Sequence[str]) -> dict[str, Any]:
    """Returns a match for the videos whose stored words do not rule a search out.

    Args:
        collection: a data set or a view
        fields: the fields that are searched
        parts: what is in the words of every video with a match, letters and digits only

    Returns:
        a MongoDB match; empty, for all videos, where the words are of no use
    """
    known = source_dataset(collection).info.get(WORDS_KEY)
    if known is None or not parts or not set(fields) <= set(known["fields"]):
        return {}
    there = [{names.CAPTION_WORDS: {"$regex": part}} for part in parts]
    return {"$or": [{"$and": there}, *_unsure(known["at"])]}


def _unsure(at: str) -> list[dict[str, Any]]:
    """What is true of videos without words, or with those of other captions than they have now."""
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
