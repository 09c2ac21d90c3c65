"""Who adds which shard's samples, kept in MongoDB, where all who add them meet.

A claim is a lease: its holder renews it, and one that was not renewed in time is anybody's. Times
are the database's, so that the machines' clocks need not agree.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import uuid4

import fiftyone as fo
from pymongo.errors import DuplicateKeyError, PyMongoError

from ...internals.database import dataset_id, dataset_ids, named_collection

logger = logging.getLogger(__name__)

COLLECTION = "action100m.claims"

#: Seconds without a sign of life after which a claim is anybody's.
LEASE = 60.0

_POLL = 0.2


class Claim:
    """A claim that is held.

    Attributes:
        lost: whether somebody else has it by now
    """

    def __init__(self, claims: Claims, key: str) -> None:
        self._claims = claims
        self._key = key
        self._over = threading.Event()
        self.lost = False
        self._thread = threading.Thread(target=self._renew, name="claim", daemon=True)
        self._thread.start()

    def finish(self, what: int) -> None:
        """Says that what was claimed is done, and how much it was."""
        self._claims.update(self._key, {"finished": what})

    def _renew(self) -> None:
        while not self._over.wait(self._claims.lease / 3):
            try:
                self.lost = not self._claims.extend(self._key)
            except PyMongoError as error:
                logger.warning("The claim %s was not renewed: %s", self._key, error)
            if self.lost:
                return

    def release(self) -> None:
        """Gives the claim back."""
        self._over.set()
        self._thread.join()
        if not self.lost:
            self._claims.update(self._key, {"until": None})


class Claims:
    """The claims on the shards of one plan for one data set.

    Args:
        name: what the claims are on: a data set's id and a plan's key
        lease: seconds without a sign of life after which a claim is anybody's
        dataset: the data set's id; the claims go when it has gone
    """

    def __init__(self, name: str, lease: float = LEASE, dataset: str | None = None) -> None:
        self.name = name
        self.dataset = dataset
        self.lease = lease
        self.owner = uuid4().hex
        self._collection = named_collection(COLLECTION)

    def finished(self) -> dict[int, int]:
        """Returns of each shard that is done how much that was."""
        query = {"name": self.name, "finished": {"$exists": True}}
        return {d["shard"]: d["finished"] for d in self._collection.find(query)}

    @contextmanager
    def claim(self, shard: int) -> Iterator[Claim | None]:
        """Holds a shard, or yields None if another does."""
        key = f"{self.name}/{shard}"
        if not self._take(key, shard):
            yield None
            return
        claim = Claim(self, key)
        try:
            yield claim
        finally:
            claim.release()

    def _take(self, key: str, shard: int) -> bool:
        free = {"$lt": [{"$ifNull": ["$until", "$$NOW"]}, {"$add": ["$$NOW", 1]}]}
        new = {"name": self.name, "dataset": self.dataset, "shard": shard}
        with suppress(DuplicateKeyError):  # another process has just made it
            self._collection.update_one({"_id": key}, {"$setOnInsert": new}, upsert=True)
        taken = self._collection.update_one({"_id": key, "$expr": free}, [{"$set": self._held()}])
        return bool(taken.matched_count)

    def _held(self) -> dict[str, Any]:
        until = {"$add": ["$$NOW", round(self.lease * 1000)]}
        return {"owner": self.owner, "until": until}

    def extend(self, key: str) -> bool:
        """Renews a claim; returns whether it is still held."""
        found = self._collection.update_one(
            {"_id": key, "owner": self.owner}, [{"$set": self._held()}]
        )
        return bool(found.matched_count)

    def update(self, key: str, values: dict[str, Any]) -> None:
        """Sets values of a claim, if it is still held."""
        self._collection.update_one({"_id": key, "owner": self.owner}, {"$set": values})


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Waits until no other process does what is so called, and holds it off meanwhile."""
    claims = Claims(f"alone/{name}", lease=30.0)
    while True:
        with claims.claim(0) as claim:
            if claim is not None:
                yield
                return
        time.sleep(_POLL)


def forget_deleted() -> None:
    """Removes the claims on data sets that are no more."""
    there = [str(identity) for identity in dataset_ids()]
    named_collection(COLLECTION).delete_many({"dataset": {"$nin": [None, *there]}})


def claims_of(dataset: fo.Dataset, plan: str, lease: float = LEASE) -> Claims:
    """Returns the claims on a plan's shards for a data set."""
    identity = str(dataset_id(dataset))
    return Claims(f"{identity}/{plan}", lease, identity)
