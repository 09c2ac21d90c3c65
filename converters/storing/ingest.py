"""Adds checked records and clips to a FiftyOne dataset, in bulk.

A thread inserts the documents through FiftyOne's own ``insert_documents``, batch by batch and in
order: while one batch is being inserted and two wait, the next is built. Python's garbage collector
    is paused meanwhile (:func:`paused_gc`), as it would double the time.
"""

from __future__ import annotations

import gc
import logging
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timezone
from functools import cached_property

import bson
import fiftyone as fo
import pyarrow as pa
from bson import ObjectId
from pymongo.errors import BulkWriteError

from ...core import fields
from ...core.fields import CaptionField
from ...core.records import Record
from ...internals.database import dataset_id, insert_samples, refresh_samples, samples_of
from ..clips.media import Clip
from .documents import (
    MAX_DOCUMENT_BYTES,
    Item,
    SampleDocument,
    may_be_too_large,
    sample_documents,
    shared_id,
)
from .merge import merged
from .present import Present, Stored, is_reviewed
from .restored import OTHER_ATTRIBUTE, restored
from .schema import declare_reviews, fit_schema

logger = logging.getLogger(__name__)

#: Documents per insertion: about 10 MB.
BATCH = 100

#: Batches that may wait for insertion while another is built.
_WAITING = 2

#: MongoDB's code for a duplicate key.
_DUPLICATE = 11000

#: The size of a batch in bytes from which Arrow releases its unused memory afterwards, up to a
#: tenth of the peak. For smaller batches that is not worth its time.
_LARGE = 10_000_000

#: Batches between two collections of garbage.
_COLLECT_EVERY = 10


class Ingest:
    """Adds samples to one dataset.

    Args:
        dataset: the dataset, with its schema declared (:func:`.schema.declare_schema`)
        captions: the texts that become fields
        batch: samples per insertion
        shared: whether other processes add to it at the same time: every process then derives the
            same id for a video's sample, and a second insert of the same video is ignored
        present: the lookup of the dataset's videos; by default it uses the index

    Raises:
        IncompatibleError: if the dataset cannot store the fields
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
        """Returns the existing samples of some videos, by video id."""
        return self.present.existing(uids)

    def add(self, record: Record, clip: Clip) -> Counter[str]:
        """Adds a sample, which is stored with its batch.

        Args:
            record: the video's annotations
            clip: its clip

        Returns:
            counts of values that the dataset's fields cannot store, by kind

        Raises:
            OverflowError: if the sample is larger than MongoDB takes; it is not added
            ValueError: if an earlier batch could not be stored; this sample will still be
        """
        sample_id = shared_id(dataset_id(self.dataset), record.video_uid) if self.shared else None
        item = self._item(record, clip, sample_id)
        lost = Counter[str]()
        # Made twice, as it is stored with its batch: these are few.
        if record.reviews is not None or may_be_too_large(record, self.captions):
            _, lost = self._documents([item])
        self._pending.append(item)
        if len(self._pending) >= self.batch:
            self._store()
        return self._lost(record) + lost

    def replace(self, record: Record, clip: Clip, stored: Stored) -> Counter[str] | None:
        """Rewrites a sample in place, at once; see :func:`.merge.merged` for what is kept.

        Args:
            record: the video's annotations
            clip: its clip
            stored: the existing sample; if it has been deleted meanwhile, none is added

        Returns:
            counts of values that the dataset's fields cannot store, by kind; None if somebody has
            reviewed the sample in the meantime, which then stays unchanged

        Raises:
            OverflowError: if the sample is larger than MongoDB takes; it stays unchanged
        """
        (made,), lost = self._documents([self._item(record, clip, stored.id)])
        while (done := self._replaced_once(record, made, stored)) is None:
            if is_reviewed(samples_of(self.dataset), stored.id):
                return None
        return self._lost(record) + lost if done else Counter()

    def _replaced_once(self, record: Record, made: SampleDocument, stored: Stored) -> bool | None:
        """Rewrites a sample; False if it is gone, None if it has changed or is reviewed."""
        samples = samples_of(self.dataset)
        old = samples.find_one({"_id": stored.id})
        if old is None:
            return False
        if is_reviewed(samples, stored.id):
            return None
        schema = self.dataset.get_field_schema()
        locked = [name for name, field in schema.items() if getattr(field, "read_only", False)]
        new = bson.decode(made.raw)
        values = merged(old, new, locked)
        # A shorter clip may have no transcript any more.
        gone = {fields.TRANSCRIPT} & (old.keys() - new.keys() - set(locked))
        if len(bson.encode({**old, **values})) > MAX_DOCUMENT_BYTES:
            raise OverflowError(f"the sample of {record.video_uid} is larger than MongoDB takes")
        change = {"$set": values} | ({"$unset": dict.fromkeys(gone, "")} if gone else {})
        same = {"_id": stored.id, "last_modified_at": old.get("last_modified_at")}
        done = samples.update_one(same, change).matched_count
        self._replaced |= bool(done)
        return True if done else None

    def _item(self, record: Record, clip: Clip, sample_id: ObjectId | None) -> Item:
        return Item(record, clip, fo.core.storage.normalize_path(str(clip.path)), sample_id)

    def _lost(self, record: Record) -> Counter[str]:
        """Counts the values that existing fields cannot store, which are left out."""
        seconds = record.duration
        lost = bool(self._whole) and seconds is not None and not float(seconds).is_integer()
        return Counter({"duration-not-whole": 1} if lost else {})

    def flush(self) -> None:
        """Returns once all added samples are stored.

        Raises:
            ValueError: if some could not be stored
        """
        self._store()
        self._wait()
        if self._replaced:
            self._replaced = False
            refresh_samples(self.dataset)

    def _store(self) -> None:
        """Hands the pending batch to the thread when few enough batches are waiting."""
        documents, _ = self._documents(self._pending)
        self._wait(_WAITING)  # if this raises, the batch stays pending
        self._pending = []
        if documents:
            self._storing.append(self._storer.submit(self._insert, documents))
            self._batches += 1
            if sum(len(document.raw) for document in documents) > _LARGE:
                pa.default_memory_pool().release_unused()
            if not gc.isenabled() and self._batches % _COLLECT_EVERY == 0:
                gc.collect()

    def _documents(self, items: list[Item]) -> tuple[list[SampleDocument], Counter[str]]:
        """Returns the samples' documents, and the number of reviews that are not restored."""
        identity, lost = dataset_id(self.dataset), Counter[str]()
        made = sample_documents(items, self.captions, identity, now_utc(), self._whole)
        for k, (item, reviews) in enumerate((item, item.record.reviews) for item in items):
            if reviews is not None and self._has_reviews:
                made[k], left_out = restored(made[k], reviews, item.clip)
                lost += left_out
            elif reviews is not None:
                lost[OTHER_ATTRIBUTE] += len(reviews.captions)
        return made, lost

    @cached_property
    def _has_reviews(self) -> bool:
        """Whether the dataset can store reviews, which are then declared."""
        try:
            declare_reviews(self.dataset, [caption.name for caption in self.captions])
        except ValueError as error:
            logger.warning("No review is restored: %s", error)
            return False
        return True

    def _wait(self, most: int = 0) -> None:
        """Waits until at most this many batches are left; raises the errors of insertions."""
        while len(self._storing) > most:
            self.inserted += self._storing.popleft().result()

    def _insert(self, documents: list[SampleDocument]) -> int:
        # One batch per call: insert_documents keeps the ids of a whole call.
        try:
            insert_samples(self.dataset, documents)
        except ValueError as error:
            existing = _already_there(error) if self.shared else None
            if existing is None:
                raise
            logger.info("Another process has added %d of the samples", existing)
            return len(documents) - existing
        return len(documents)


def _already_there(error: ValueError) -> int | None:
    """Returns the number of documents refused as duplicates, None if any was refused otherwise.

    A video has one id per dataset (:func:`.documents.shared_id`), so their samples exist.
    """
    cause = error.__cause__
    refusals = cause.details["writeErrors"] if isinstance(cause, BulkWriteError) else []
    for_id = [r for r in refusals if r["code"] == _DUPLICATE and r.get("keyPattern") == {"_id": 1}]
    return len(refusals) if refusals and len(for_id) == len(refusals) else None


@contextmanager
def paused_gc() -> Iterator[None]:
    """Pauses Python's garbage collector, and excludes existing objects from collections.

    :class:`Ingest` collects newer garbage itself, every few batches.
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
    """Returns the current time as FiftyOne stores it: naive UTC, rounded to milliseconds."""
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
