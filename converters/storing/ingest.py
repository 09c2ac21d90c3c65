"""Puts checked records and clips into a FiftyOne data set, in bulk.

The documents go through FiftyOne's own ``insert_documents``, batch by batch and in order, in a
thread: while one batch is with the database and two wait, the next is built. Python's garbage
collector does not run by itself meanwhile (:func:`paused_gc`): it would double the cost.
"""

from __future__ import annotations

import gc
import logging
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import bson
import fiftyone as fo
import pyarrow as pa
from bson.raw_bson import RawBSONDocument
from pymongo.errors import BulkWriteError

from ...core import fields
from ...core.fields import CaptionField
from ...core.records import Record
from ...internals.database import dataset_id, insert_samples, refresh_samples, samples_of
from ..clips.media import Clip
from .documents import (
    MAX_DOCUMENT_BYTES,
    Item,
    may_be_too_large,
    sample_documents,
    shared_id,
)
from .merge import merged
from .present import Present, Stored
from .schema import fit_schema

logger = logging.getLogger(__name__)

#: Documents in one insertion: about 10 MB.
BATCH = 100

#: Batches that may be with the thread while another is built.
_WAITING = 2

#: MongoDB's code for a key that is there already.
_DUPLICATE = 11000

#: From so many bytes of documents on, Arrow gives back after a batch what it keeps of those before:
#: up to a tenth of the peak. With less that costs more than it saves.
_LARGE = 10_000_000

#: Batches between two collections of garbage.
_COLLECT_EVERY = 10


class Ingest:
    """Adds samples to one data set.

    Args:
        dataset: the data set, its schema declared (:func:`.schema.declare_schema`)
        captions: the texts that become fields
        batch: how many samples to insert at once
        shared: whether other processes add to it meanwhile: then a video's sample has one id
            whoever adds it, and who is second is passed over
        present: what knows which videos the data set has; by default its index is asked

    Raises:
        IncompatibleError: if the data set cannot take the fields
    """

    def __init__(
        self,
        dataset: fo.Dataset,
        captions: Sequence[CaptionField],
        batch: int = BATCH,
        shared: bool = False,
        present: Present | None = None,
    ) -> None:
        self.shared = shared
        self.present = present or Present(samples_of(dataset), foreign=False)
        self._whole = fit_schema(dataset, captions).whole
        self.dataset = dataset
        self.captions = captions
        self.batch = batch
        self.inserted = 0
        self._pending: list[Item] = []
        self._replaced = False
        self._batches = 0
        self._storer = ThreadPoolExecutor(1, "ingest")
        self._storing: deque[Future[int]] = deque()

    def existing(self, uids: Sequence[str]) -> dict[str, Stored]:
        """Returns the samples that the data set has of some videos, by the videos' ids."""
        return self.present.existing(uids)

    def add(self, record: Record, clip: Clip) -> Counter[str]:
        """Adds a sample, which is stored with its batch.

        Args:
            record: the video's annotations
            clip: its clip

        Returns:
            what of it could not be kept

        Raises:
            OverflowError: if the sample is larger than MongoDB takes; it is not added
            ValueError: if an earlier batch could not be stored; this sample still will be
        """
        fixed = shared_id(dataset_id(self.dataset), record.video_uid) if self.shared else None
        item = self._item(record, clip, fixed)
        if may_be_too_large(record, self.captions):
            self._documents([item])
        self._pending.append(item)
        if len(self._pending) >= self.batch:
            self._store()
        return self._lost(record)

    def replace(self, record: Record, clip: Clip, stored: Stored) -> Counter[str]:
        """Writes a sample anew, in place, at once: see :func:`.merge.merged` for what stays.

        Args:
            record: the video's annotations
            clip: its clip
            stored: the sample that is there; if it has gone meanwhile, none is added

        Returns:
            what of it could not be kept

        Raises:
            OverflowError: if the sample is larger than MongoDB takes; it stays as it was
        """
        (made,) = self._documents([self._item(record, clip, stored.id)])
        samples = samples_of(self.dataset)
        old = samples.find_one({"_id": stored.id})
        if old is None:
            return Counter()
        schema = self.dataset.get_field_schema()
        locked = [name for name, field in schema.items() if getattr(field, "read_only", False)]
        new = bson.decode(made.raw)
        values = merged(old, new, locked)
        # What is said in the clip is nothing where the clip has become shorter.
        gone = {fields.TRANSCRIPT} & (old.keys() - new.keys() - set(locked))
        if len(bson.encode({**old, **values})) > MAX_DOCUMENT_BYTES:
            raise OverflowError(f"the sample of {record.video_uid} takes more than MongoDB does")
        change = {"$set": values} | ({"$unset": dict.fromkeys(gone, "")} if gone else {})
        samples.update_one({"_id": stored.id}, change)
        self._replaced = True
        return self._lost(record)

    def _item(self, record: Record, clip: Clip, fixed: Any) -> Item:
        return Item(record, clip, fo.core.storage.normalize_path(str(clip.path)), fixed)

    def _lost(self, record: Record) -> Counter[str]:
        """Returns what an existing field cannot take: it is left out."""
        seconds = record.duration
        lost = bool(self._whole) and seconds is not None and not float(seconds).is_integer()
        return Counter({"duration-not-whole": 1} if lost else {})

    def flush(self) -> None:
        """Stores what has been added so far, and returns when it is stored.

        Raises:
            ValueError: if some of it could not be stored
        """
        self._store()
        self._wait()
        if self._replaced:
            self._replaced = False
            refresh_samples(self.dataset)

    def _store(self) -> None:
        """Hands the pending batch to the thread, once that has few enough before it."""
        documents = self._documents(self._pending)
        self._wait(_WAITING)  # if that raises, what is pending stays so
        self._pending = []
        if documents:
            self._storing.append(self._storer.submit(self._insert, documents))
            self._batches += 1
            if sum(len(document.raw) for document in documents) > _LARGE:
                pa.default_memory_pool().release_unused()
            if not gc.isenabled() and self._batches % _COLLECT_EVERY == 0:
                gc.collect()

    def _documents(self, items: list[Item]) -> list[RawBSONDocument]:
        identity = dataset_id(self.dataset)
        return sample_documents(items, self.captions, identity, now_utc(), self._whole)

    def _wait(self, most: int = 0) -> None:
        """Waits until the thread has no more than so many batches, and raises what it met."""
        while len(self._storing) > most:
            self.inserted += self._storing.popleft().result()

    def _insert(self, documents: list[RawBSONDocument]) -> int:
        # One batch a call: insert_documents keeps the ids of a whole call.
        try:
            insert_samples(self.dataset, documents)
        except ValueError as error:
            there = _already_there(error) if self.shared else None
            if there is None:
                raise
            logger.info("%d samples were added by another process meanwhile", there)
            return len(documents) - there
        return len(documents)


def _already_there(error: ValueError) -> int | None:
    """Returns how many documents were refused for their ids, None if any was for another reason.

    A video has one id in a data set (:func:`.documents.shared_id`), so those samples are there.
    """
    cause = error.__cause__
    refusals = cause.details["writeErrors"] if isinstance(cause, BulkWriteError) else []
    for_id = [r for r in refusals if r["code"] == _DUPLICATE and r.get("keyPattern") == {"_id": 1}]
    return len(refusals) if refusals and len(for_id) == len(refusals) else None


@contextmanager
def paused_gc() -> Iterator[None]:
    """Keeps Python's garbage collector from running by itself, and from what is there already.

    :class:`Ingest` collects what has come since, every few batches.
    """
    enabled = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if enabled:
            gc.enable()


def now_utc() -> datetime:
    """Returns the time as FiftyOne stores it: naive UTC, in milliseconds."""
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
