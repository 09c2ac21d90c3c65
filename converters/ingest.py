"""Puts checked records and clips into a FiftyOne data set, in bulk.

The documents go through FiftyOne's own ``insert_documents``, batch by batch. Python's garbage
collector is off while a batch is built: it makes no cycles, and collecting doubles the cost.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone

import fiftyone as fo
import fiftyone.core.odm as foo
from bson.raw_bson import RawBSONDocument

from ..core import fields
from ..core.fields import CaptionField
from ..core.labels import map_labels
from ..core.records import Record
from .media import Clip
from .documents import sample_document

logger = logging.getLogger(__name__)

#: Documents in one insertion: about 10 MB.
BATCH = 100


class Ingest:
    """Adds samples to one data set.

    Args:
        dataset: the data set, its schema declared (:func:`.schema.declare_schema`)
        captions: the texts that become fields
        batch: how many samples to insert at once
    """

    def __init__(
        self, dataset: fo.Dataset, captions: Sequence[CaptionField], batch: int = BATCH
    ) -> None:
        self.dataset = dataset
        self.captions = captions
        self.batch = batch
        self.inserted = 0
        self._pending: list[RawBSONDocument] = []
        self._now = _now()

    def existing(self, uids: Sequence[str]) -> set[str]:
        """Returns which of some ids the data set has samples for."""
        if not uids:
            return set()
        found = self.dataset._sample_collection.find(
            {fields.VIDEO_UID: {"$in": list(uids)}}, {fields.VIDEO_UID: 1, "_id": 0}
        )
        return {document[fields.VIDEO_UID] for document in found}

    def add(self, record: Record, clip: Clip) -> None:
        """Adds a sample, which is stored with its batch.

        Raises:
            OverflowError: if the sample is larger than MongoDB takes; it is not added
        """
        if not self._pending:
            self._now = _now()
        labels = map_labels(record, clip.frame_rate, clip.total_frame_count, self.captions)
        filepath = fo.core.storage.normalize_path(str(clip.path))
        self._pending.append(
            sample_document(record, clip, filepath, labels, self.dataset._doc.id, self._now)
        )
        if len(self._pending) >= self.batch:
            self.flush()

    def flush(self) -> None:
        """Stores what has been added so far."""
        if self._pending:
            documents, self._pending = self._pending, []
            # One batch a call: insert_documents keeps the ids of a whole call.
            foo.insert_documents(documents, self.dataset._sample_collection, batcher=False)
            self.inserted += len(documents)


@contextmanager
def paused_gc() -> Iterator[None]:
    """Keeps the garbage collector off for a while."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _now() -> datetime:
    """The time as FiftyOne stores it: naive UTC, in milliseconds."""
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
