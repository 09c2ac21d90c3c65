"""Leases in MongoDB that decide which process ingests a shard.

The holder of a lease renews it; a lease that was not renewed in time is free again. Times are the
database's, so the machines' clocks need not agree.
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

#: Seconds without renewal after which a lease is free again.
LEASE = 60.0

_POLL = 0.2


class Lease:
    """A lease that this process holds.

    Attributes:
        lost: whether it has expired and another process may hold it
    """

    def __init__(self, leases: Leases, key: str) -> None:
        self._leases = leases
        self._key = key
        self._over = threading.Event()
        self.lost = False
        self._thread = threading.Thread(target=self._renew, name="lease", daemon=True)
        self._thread.start()

    def finish(self, manifest_bytes: int) -> None:
        """Records that the shard is ingested, up to this length of its manifest."""
        self._leases.update(self._key, {"finished": manifest_bytes})

    def _renew(self) -> None:
        while not self._over.wait(self._leases.lease / 3):
            try:
                self.lost = not self._leases.extend(self._key)
            except PyMongoError as error:
                logger.warning("The lease %s was not renewed: %s", self._key, error)
            if self.lost:
                return

    def release(self) -> None:
        """Gives the lease back."""
        self._over.set()
        self._thread.join()
        if not self.lost:
            self._leases.update(self._key, {"until": None})


class Leases:
    """The leases on the shards of one plan for one dataset.

    Args:
        name: identifies them: a dataset's id and a plan's key
        lease: seconds without renewal after which a lease is free again
        dataset: the dataset's id; its leases are deleted after the dataset is
    """

    def __init__(self, name: str, lease: float = LEASE, dataset: str | None = None) -> None:
        self.name = name
        self.dataset = dataset
        self.lease = lease
        self.owner = uuid4().hex
        self._collection = named_collection(COLLECTION)

    def finished(self) -> dict[int, int]:
        """Returns the ingested shards, each with the length of its manifest then."""
        query = {"name": self.name, "finished": {"$exists": True}}
        return {d["shard"]: d["finished"] for d in self._collection.find(query)}

    @contextmanager
    def hold(self, shard: int) -> Iterator[Lease | None]:
        """Holds the lease on a shard, or yields None if another process does."""
        key = f"{self.name}/{shard}"
        if not self._take(key, shard):
            yield None
            return
        lease = Lease(self, key)
        try:
            yield lease
        finally:
            lease.release()

    def _take(self, key: str, shard: int) -> bool:
        free = {"$lt": [{"$ifNull": ["$until", "$$NOW"]}, {"$add": ["$$NOW", 1]}]}
        new = {"name": self.name, "dataset": self.dataset, "shard": shard}
        with suppress(DuplicateKeyError):  # another process has just inserted it
            self._collection.update_one({"_id": key}, {"$setOnInsert": new}, upsert=True)
        taken = self._collection.update_one({"_id": key, "$expr": free}, [{"$set": self._held()}])
        return bool(taken.matched_count)

    def _held(self) -> dict[str, Any]:
        until = {"$add": ["$$NOW", round(self.lease * 1000)]}
        return {"owner": self.owner, "until": until}

    def extend(self, key: str) -> bool:
        """Renews a lease; returns whether it is still held."""
        found = self._collection.update_one(
            {"_id": key, "owner": self.owner}, [{"$set": self._held()}]
        )
        return bool(found.matched_count)

    def update(self, key: str, values: dict[str, Any]) -> None:
        """Sets values of a lease, if it is still held."""
        self._collection.update_one({"_id": key, "owner": self.owner}, {"$set": values})


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Holds a lock of this name against all other processes, after waiting for it."""
    leases = Leases(f"alone/{name}", lease=30.0)
    while True:
        with leases.hold(0) as lease:
            if lease is not None:
                yield
                return
        time.sleep(_POLL)


def forget_deleted() -> None:
    """Removes the leases for deleted datasets."""
    existing = [str(identity) for identity in dataset_ids()]
    named_collection(COLLECTION).delete_many({"dataset": {"$nin": [None, *existing]}})


def leases_of(dataset: fo.Dataset, plan: str, lease: float = LEASE) -> Leases:
    """Returns the leases on a plan's shards for a dataset."""
    identity = str(dataset_id(dataset))
    return Leases(f"{identity}/{plan}", lease, identity)
