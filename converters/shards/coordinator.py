"""Gives shards out, takes in what comes back, and adds it, until all are done or given up."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError

from ..manifest import FAILED, OK, SKIPPED
from ..options import ConvertOptions
from ..report import Progress
from .engines import Engine
from .folder import Done
from .ingest import ShardIngest
from .plan import Plan
from .work import BUSY, STOPPED, Outcome, convert_shard

if TYPE_CHECKING:
    from .run import ShardConversion

logger = logging.getLogger(__name__)

#: Seconds between two looks at how far the workers are.
_LOOK = 1.0

#: Seconds after which a shard that another worker still has is given out again.
_BUSY_WAIT = 5.0

#: Seconds that workers have to leave what they have in hand.
_STOP_WAIT = 60.0

#: Seconds that a finished shard's files may take until this machine sees them: what NFS keeps a
#: folder's listing for, and some.
_SEEN_WAIT = 90.0


@dataclass(frozen=True)
class ShardProgress(Progress):
    """How far a conversion in shards has come.

    Attributes:
        shards: how many there are
        shards_done: how many are worked through
        shards_failed: how many were given up
    """

    shards: int = 0
    shards_done: int = 0
    shards_failed: int = 0

    def __str__(self) -> str:
        failed = f" ({self.shards_failed} given up)" if self.shards_failed else ""
        return f"{self.shards_done}/{self.shards} shards{failed}, {super().__str__()}"


def is_open(done: Done, options: ConvertOptions) -> bool:
    """Whether a shard that is worked through is looked at again: what failed may work now."""
    return not done.is_whole or options.replace or "all" in options.retry


class Coordinator:
    """The moving parts of a run: which shards are given out, and how far they are."""

    def __init__(
        self, run: ShardConversion, plan: Plan, ingest: ShardIngest | None, engine: Engine
    ) -> None:
        self.run = run
        self.plan = plan
        self.ingest = ingest
        self.engine = engine
        self.folder = run.folder
        self.begun = time.monotonic()
        self.running: dict[Future[Outcome], int] = {}
        self.later: list[tuple[float, int]] = []
        self.tries: Counter[int] = Counter()
        self.workers: set[str] = set()
        known = {s.number: self.folder.done(s.number) for s in plan.shards}
        self.done = {n: d for n, d in known.items() if d and not is_open(d, run.options)}
        self.tallies = {n: self.folder.tally(n) for n in known if n not in self.done}
        self.counted = sum((done.videos for done in self.done.values()), Counter[str]())
        self.before = sum(self._counts().values())
        self.finished = {n: done for n, done in known.items() if done}
        if ingest is not None:
            ingest.known = self.finished

    def steps(self) -> Iterator[ShardProgress]:
        """Gives the shards out and adds what is finished."""
        logger.info("%d shards to %s", len(self.tallies), self.engine.name)
        self._notice_workers()  # before any is given work: one that dies at once is missed too
        try:
            for number in self.tallies:
                self._submit(number)
            while self.running or self.later:
                self._take_in(*wait(self.running, _LOOK, FIRST_COMPLETED))
                self._notice_workers()
                yield from self._add()
                yield self.progress()
                if self.run.report.stopped:
                    break
        finally:
            self._stop()
        yield from self._add_rest()
        yield self.progress()

    def _submit(self, number: int) -> None:
        job = self.run.job(self.plan, self.plan.shards[number], self.engine.at_once)
        try:
            self.running[self.engine.executor.submit(convert_shard, job)] = number
        except RuntimeError as error:  # no longer open: a cluster that has gone
            self._fail(number, error)

    def _take_in(self, over: set[Future[Outcome]], _: set[Future[Outcome]]) -> None:
        """Looks at what has ended, and gives out again what must be."""
        for future in over:
            number = self.running.pop(future)
            try:
                outcome = future.result()
            except (Exception, CancelledError) as error:  # whatever a worker or its death raises
                self._fail(number, error)
                continue
            if outcome.state == BUSY:
                self.later.append((time.monotonic() + _BUSY_WAIT, number))
            elif outcome.state == STOPPED:
                self.run.report.stopped = self.run.report.stopped or outcome.why
            elif outcome.done is not None:
                self.done[number] = self.finished[number] = outcome.done
                self.tallies.pop(number, None)
                self.counted += outcome.done.videos
        now = time.monotonic()
        due = [number for at, number in self.later if at <= now]
        self.later = [(at, number) for at, number in self.later if at > now]
        for number in due:
            self._submit(number)

    def _notice_workers(self) -> None:
        """Says which workers are gone since the last look, where the engine knows them."""
        try:
            there = self.engine.workers()
        except Exception as error:  # the cluster's; what it means for a shard, its future says
            logger.debug("The workers cannot be listed: %s", error)
            return
        for worker in sorted(self.workers - there):
            logger.warning("Worker %s is gone; its shard is given out again", worker)
        self.workers = there

    def _fail(self, number: int, error: BaseException) -> None:
        """Gives a shard out again whose worker has died or failed, if it was not too often."""
        self.tries[number] += 1
        reason = f"{type(error).__name__}: {error}"
        if self.tries[number] < self.engine.tries:
            logger.warning("Shard %d is given out again: %s", number, reason)
            self.later.append((time.monotonic(), number))
        else:
            logger.error("Shard %d is given up: %s", number, reason)
            self.run.failed[number] = reason

    def _add(self) -> Iterator[ShardProgress]:
        """Adds the samples of what is finished."""
        if self.ingest is None:
            return
        shown = time.monotonic()
        try:
            for _ in self.ingest.sweep():
                if time.monotonic() - shown >= _LOOK:
                    shown = time.monotonic()
                    yield self.progress()
        except PyMongoError as error:
            logger.warning("Samples could not be added, this is tried again: %s", error)

    def _add_rest(self) -> Iterator[ShardProgress]:
        """Adds what is left, also what other machines' files are not seen of yet."""
        end = time.monotonic() + _SEEN_WAIT
        while True:
            yield from self._add()
            if self.ingest is None or self.ingest.is_complete() or time.monotonic() > end:
                return
            yield self.progress()
            time.sleep(_LOOK)

    def _stop(self) -> None:
        """Lets nothing new begin, and tells the workers to leave what they have in hand."""
        if not self.running:
            return
        stop = self.folder.stop_file(self.run.run_id)
        stop.touch()
        for future in self.running:
            future.cancel()
        # Dask says at once that a task is cancelled; its worker sees the file a little later.
        _, left = wait(self.running, _STOP_WAIT)
        if left:
            logger.warning("%d workers have not answered; %s stops them", len(left), stop)

    def progress(self) -> ShardProgress:
        """How far the run has come."""
        counts = self._counts()
        return ShardProgress(
            sum(counts.values()),
            self.plan.total,
            counts[OK],
            counts[SKIPPED],
            counts[FAILED],
            time.monotonic() - self.begun,
            len(self.plan.shards),
            len(self.done),
            len(self.run.failed),
            before=self.before,
        )

    def _counts(self) -> Counter[str]:
        begun = self.folder.begun() & self.tallies.keys()
        return sum((self.tallies[number].counts() for number in begun), self.counted.copy())
