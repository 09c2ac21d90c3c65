"""Hands out shards to workers and ingests the results, until all are complete or abandoned."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass
from typing import Any, Protocol

from pymongo.errors import PyMongoError

from ..manifest import FAILED, OK, SKIPPED
from ..report import Progress
from .engines import Engine
from .folder import Done, ShardFolder
from .worker import BUSY, STOPPED, ShardOutcome

logger = logging.getLogger(__name__)

#: Seconds between two progress reports.
_REPORT_S = 1.0

#: Seconds after which a shard that another worker holds is tried again.
_BUSY_WAIT_S = 5.0

#: Seconds that workers have to stop.
_STOP_WAIT_S = 60.0

#: Seconds until this machine sees a complete shard's files: more than NFS caches a folder listing.
SEEN_WAIT = 90.0


@dataclass(frozen=True)
class ShardProgress(Progress):
    """The progress of a sharded conversion.

    Attributes:
        shards: number of shards
        shards_done: number of complete shards
        shards_failed: number of abandoned shards
    """

    shards: int = 0
    shards_done: int = 0
    shards_failed: int = 0

    def __str__(self) -> str:
        failed = f" ({self.shards_failed} abandoned)" if self.shards_failed else ""
        return f"{self.shards_done}/{self.shards} shards{failed}, {super().__str__()}"


class ShardedRun(Protocol):
    """A run in shards, as its coordinator sees it.

    Attributes:
        folder: the shards
        report: of the run; ``stopped`` says why it ends early
        run_id: of the run
        failed: the abandoned shards, and why
    """

    folder: ShardFolder
    report: Any
    run_id: str
    failed: dict[int, str]

    def is_open(self, number: int, done: Done) -> bool:
        """Returns whether a complete shard is processed again."""


class Adding(Protocol):
    """Ingests complete shards in this process, for example into a dataset.

    Attributes:
        known: the complete shards
    """

    known: dict[int, Done] | None

    def sweep(self) -> Iterator[Progress]:
        """Ingests the complete shards."""

    def is_complete(self) -> bool:
        """Returns whether all are ingested."""


class Coordinator:
    """The state of a run: the shards in progress, waiting and complete.

    Args:
        run: the run
        shards: number of its shards
        total: number of their videos, as far as known
        engine: runs the shards
        submit: hands a shard to the engine
        ingest: adds complete shards to the dataset; None to add none
    """

    def __init__(
        self,
        run: ShardedRun,
        shards: int,
        total: int,
        engine: Engine,
        submit: Callable[[int], Future[ShardOutcome]],
        ingest: Adding | None = None,
    ) -> None:
        self.of = run
        self.shards = shards
        self.total = total
        self.engine = engine
        self.submit = submit
        self.ingest = ingest
        self.folder = run.folder
        self.begun = time.monotonic()
        self.running: dict[Future[ShardOutcome], int] = {}
        self.waiting: list[tuple[float, int]] = []
        self.tries: Counter[int] = Counter()
        self.workers: set[str] = set()
        known = {n: self.folder.done(n) for n in range(shards)}
        self.done = {n: d for n, d in known.items() if d and not run.is_open(n, d)}
        self.tallies = {n: self.folder.tally(n) for n in known if n not in self.done}
        self.counted = sum((done.videos for done in self.done.values()), Counter[str]())
        self.before = sum(self._counts().values())
        self.finished = {n: done for n, done in known.items() if done}
        if ingest is not None:
            ingest.known = self.finished

    def run(self) -> Iterator[ShardProgress]:
        """Hands out the shards and ingests the complete ones."""
        logger.info("%d shards to %s", len(self.tallies), self.engine.name)
        self._notice_workers()  # first, to notice a worker that dies at once
        try:
            for number in self.tallies:
                self._submit(number)
            while self.running or self.waiting:
                self._collect(wait(self.running, _REPORT_S, FIRST_COMPLETED).done)
                self._notice_workers()
                yield from self._add()
                yield self.progress()
                if self.of.report.stopped:
                    break
        finally:
            self._stop()
        yield from self._add_rest()
        yield self.progress()

    def _submit(self, number: int) -> None:
        try:
            self.running[self.submit(number)] = number
        except RuntimeError as error:  # closed: the cluster is gone
            self._fail(number, error)

    def _collect(self, ended: set[Future[ShardOutcome]]) -> None:
        """Collects the outcomes of ended shards, and submits the waiting ones that are due."""
        for future in ended:
            number = self.running.pop(future)
            try:
                outcome = future.result()
            except (
                Exception,
                CancelledError,
            ) as error:  # a worker, or its death, may raise anything
                self._fail(number, error)
                continue
            if outcome.state == BUSY:
                self.waiting.append((time.monotonic() + _BUSY_WAIT_S, number))
            elif outcome.state == STOPPED:
                self.of.report.stopped = self.of.report.stopped or outcome.why
            elif outcome.done is not None:
                self.done[number] = self.finished[number] = outcome.done
                self.tallies.pop(number, None)
                self.counted += outcome.done.videos
        now = time.monotonic()
        due = [number for at, number in self.waiting if at <= now]
        self.waiting = [(at, number) for at, number in self.waiting if at > now]
        for number in due:
            self._submit(number)

    def _notice_workers(self) -> None:
        """Logs which workers have disappeared, if the engine knows its workers."""
        try:
            current = self.engine.workers()
        except Exception as error:  # of the cluster; the futures report the consequences for shards
            logger.debug("The workers cannot be listed: %s", error)
            return
        for worker in sorted(self.workers - current):
            logger.warning("Worker %s is gone; its shard is handed out again", worker)
        self.workers = current

    def _fail(self, number: int, error: BaseException) -> None:
        """Retries a shard whose worker died or failed, or abandons it after too many attempts."""
        self.tries[number] += 1
        reason = f"{type(error).__name__}: {error}"
        if self.tries[number] < self.engine.tries:
            logger.warning("Shard %d is handed out again: %s", number, reason)
            self.waiting.append((time.monotonic(), number))
        else:
            logger.error("Shard %d is abandoned: %s", number, reason)
            self.of.failed[number] = reason

    def _add(self) -> Iterator[ShardProgress]:
        """Ingests complete shards."""
        if self.ingest is None:
            return
        shown = time.monotonic()
        try:
            for _ in self.ingest.sweep():
                if time.monotonic() - shown >= _REPORT_S:
                    shown = time.monotonic()
                    yield self.progress()
        except PyMongoError as error:
            logger.warning("Samples could not be added, trying again: %s", error)

    def _add_rest(self) -> Iterator[ShardProgress]:
        """Ingests the remaining shards, waiting for files of other machines to appear."""
        end = time.monotonic() + SEEN_WAIT
        while True:
            yield from self._add()
            if self.ingest is None or self.ingest.is_complete() or time.monotonic() > end:
                return
            yield self.progress()
            time.sleep(_REPORT_S)

    def _stop(self) -> None:
        """Starts no more shards, and tells the workers to stop."""
        if not self.running:
            return
        stop = self.folder.stop_file(self.of.run_id)
        try:
            stop.touch()
            for future in self.running:
                future.cancel()
            # Dask reports a task as cancelled at once; its worker sees the file a little later.
            _, left = wait(self.running, _STOP_WAIT_S)
        except KeyboardInterrupt:  # the second
            self.engine.kill()
            raise
        if left:
            logger.warning(
                "%d workers have not stopped yet; they will when they see %s", len(left), stop
            )

    def progress(self) -> ShardProgress:
        """Returns the progress of the run."""
        counts = self._counts()
        return ShardProgress(
            sum(counts.values()),
            self.total,
            counts[OK],
            counts[SKIPPED],
            counts[FAILED],
            time.monotonic() - self.begun,
            self.shards,
            len(self.done),
            len(self.of.failed),
            before=self.before,
        )

    def _counts(self) -> Counter[str]:
        begun = self.folder.begun() & self.tallies.keys()
        return sum((self.tallies[number].counts() for number in begun), self.counted.copy())
