"""Puts checked records and clips into a FiftyOne data set, in bulk.

The documents go through FiftyOne's own ``insert_documents``, batch by batch and in order, in a
thread: while one batch is with the database and two wait, the next is built. Python's garbage
collector does not run by itself meanwhile (:func:`paused_gc`): it would double the cost.
"""

from __future__ import annotations

import gc
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timezone

import fiftyone as fo
import fiftyone.core.odm as foo
import pyarrow as pa
from bson.raw_bson import RawBSONDocument
from fiftyone import ViewField as F
from pymongo.errors import BulkWriteError

from ...core import fields
from ...core.fields import CaptionField
from ...core.records import Record
from ..clips.media import Clip
from .documents import Item, may_be_too_large, sample_documents, shared_id

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
    """

    def __init__(
        self,
        dataset: fo.Dataset,
        captions: Sequence[CaptionField],
        batch: int = BATCH,
        shared: bool = False,
    ) -> None:
        self.shared = shared
        self.dataset = dataset
        self.captions = captions
        self.batch = batch
        self.inserted = 0
        self._pending: list[Item] = []
        self._replaced: list[str] = []
        self._batches = 0
        self._storer = ThreadPoolExecutor(1, "ingest")
        self._storing: deque[Future[int]] = deque()

    def existing(self, uids: Sequence[str]) -> dict[str, int | None]:
        """Returns which of some ids the data set has samples for, with their clips' bytes."""
        if not uids:
            return {}
        size = f"{fields.METADATA}.size_bytes"
        found = self.dataset._sample_collection.find(
            {fields.VIDEO_UID: {"$in": list(uids)}}, {fields.VIDEO_UID: 1, size: 1, "_id": 0}
        )
        return {
            d[fields.VIDEO_UID]: (d.get(fields.METADATA) or {}).get("size_bytes") for d in found
        }

    def add(self, record: Record, clip: Clip, replace: bool = False) -> None:
        """Adds a sample, which is stored with its batch.

        Args:
            record: the video's annotations
            clip: its clip
            replace: whether a sample of this video goes first

        Raises:
            OverflowError: if the sample is larger than MongoDB takes; it is not added
            ValueError: if an earlier batch could not be stored; this sample still will be
        """
        fixed = shared_id(self.dataset._doc.id, record.video_uid) if self.shared else None
        item = Item(record, clip, fo.core.storage.normalize_path(str(clip.path)), fixed)
        if may_be_too_large(record, self.captions):
            self._documents([item])
        self._pending.append(item)
        if replace:
            self._replaced.append(record.video_uid)
        if len(self._pending) >= self.batch:
            self._store()

    def flush(self) -> None:
        """Stores what has been added so far, and returns when it is stored.

        Raises:
            ValueError: if some of it could not be stored
        """
        self._store()
        self._wait()

    def _store(self) -> None:
        """Hands the pending batch to the thread, once that has few enough before it."""
        documents = self._documents(self._pending)
        # Samples are replaced that are there. If waiting raises, what is pending stays so.
        self._wait(0 if self._replaced else _WAITING)
        self._pending, replaced, self._replaced = [], self._replaced, []
        if replaced:
            self.dataset.delete_samples(self.dataset.match(F(fields.VIDEO_UID).is_in(replaced)))
        if documents:
            self._storing.append(self._storer.submit(self._insert, documents))
            self._batches += 1
            if sum(len(document.raw) for document in documents) > _LARGE:
                pa.default_memory_pool().release_unused()
            if not gc.isenabled() and self._batches % _COLLECT_EVERY == 0:
                gc.collect()

    def _documents(self, items: list[Item]) -> list[RawBSONDocument]:
        return sample_documents(items, self.captions, self.dataset._doc.id, now_utc())

    def _wait(self, most: int = 0) -> None:
        """Waits until the thread has no more than so many batches, and raises what it met."""
        while len(self._storing) > most:
            self.inserted += self._storing.popleft().result()

    def _insert(self, documents: list[RawBSONDocument]) -> int:
        # One batch a call: insert_documents keeps the ids of a whole call.
        try:
            foo.insert_documents(
                documents, self.dataset._sample_collection, batcher=False, progress=False
            )
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
