"""One pass over records: what each video needs, its clip made, its sample stored.

::

    records ──> plan ──> clip (several at once) ──> in the source's order ──> store
                  │            │                                                │
                  └────────────┴── manifest: one row a video ──┘   what it has is not added again

Whatever goes wrong with one video is its row's affair; the others go on. Nothing here knows
FiftyOne: a machine that only makes clips needs no database.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..acquire.outcomes import PERMANENT, FetchError
from ..core.labels import count_frameless, shortest_span
from ..core.records import Record
from ..core.times import ClipSeconds
from .clips.make import make_clip
from .clips.media import Clip, ClipError
from .clips.plan import is_fine_enough
from .clips.videos import stamp
from .manifest import FAILED, OK, SKIPPED, Manifest, Row
from .reading.remote import REASONS as HUB_REASONS
from .reading.sources import Failure, SourceRecord
from .report import PRESENT, REPLACED, TO_REPLACE, Progress
from .storing.present import Stored
from .web_videos import WebVideos

if TYPE_CHECKING:
    from .clip_run import ClipRun

logger = logging.getLogger(__name__)

#: Failures that say nothing about the video: they are always tried again.
TRANSIENT = frozenset({"disk-full", "missing-file", "timeout"})

#: Failures that another run meets again, also where the video comes from the web.
_LASTING = PERMANENT | {"too-large", "worker-died"}

#: Seconds by which a video may end before its tree does without a warning.
_LENGTH_TOLERANCE = 2.0

#: Seconds between two words about a site that throttles.
_SAY_EVERY = 1.0

#: The clip is there, and the data set has or gets its sample.
THERE = "already there"

#: How many videos are looked up in the data set at once.
_LOOKUP = 100


class Lookup(Protocol):
    """What knows which videos a data set has."""

    def existing(self, uids: Sequence[str]) -> Mapping[str, Stored]:
        """Returns the samples that there are of some videos, by the videos' ids."""


class Store(Lookup, Protocol):
    """Where samples go."""

    def add(self, record: Record, clip: Clip) -> Mapping[str, int]:
        """Adds a sample; returns what of it could not be kept."""

    def replace(self, record: Record, clip: Clip, stored: Stored) -> Mapping[str, int]:
        """Writes a sample anew in place of one that is there, and returns the same."""

    def flush(self) -> None:
        """Returns when all that was added is stored."""


@dataclass
class Work:
    """One video on its way: its clip, or the one that is being made of it."""

    found: SourceRecord
    making: Future[Clip] | None = None
    clip: Clip | None = None
    stored: Stored | None = None

    @property
    def uid(self) -> str:
        """The video's id."""
        return self.found.record.video_uid

    @property
    def is_ready(self) -> bool:
        """Whether its clip need not be waited for."""
        return self.making is None or self.making.done()


class Steps:
    """The moving parts of a run: what is being read, made and added.

    Args:
        run: whose steps these are
        manifest: what has become of each video
        store: where samples go; None if only clips are made
        pool: makes the clips

    Attributes:
        lookup: knows which videos the data set has; None where there is none
    """

    def __init__(
        self, run: ClipRun, manifest: Manifest, store: Store | None, pool: ThreadPoolExecutor
    ) -> None:
        self.run = run
        self.what = run.what
        self.options = run.options
        self.report = run.report
        self.manifest = manifest
        self.store = store
        self.lookup: Lookup | None = run.lookup(store)
        self.pool = pool
        self.queue: deque[Work] = deque()
        self._seen: set[str] = set()
        # Enough that no core waits for a slow clip at the head, few enough to stop soon.
        self.window = 4 * self.what.workers

    def steps(self) -> Iterator[Progress]:
        """Works through the source, yielding after each video, and while a site throttles."""
        limit = self.options.max_samples
        for found, stored in self._lookup(self._read()):
            if isinstance(found, Failure):
                self._settle_failure(found)
                yield self.report.progress
                continue
            while self.queue and limit is not None and self._promised() >= limit:
                yield from self._settle_next()
            if self.report.stopped or (limit is not None and self._promised() >= limit):
                break
            work = self.plan(found, stored)
            if work is None:
                yield self.report.progress
                continue
            self.queue.append(work)
            while self.queue and (self.queue[0].is_ready or len(self.queue) > self.window):
                yield from self._settle_next()
        while self.queue:
            yield from self._settle_next()

    def _promised(self) -> int:
        return self.report.of(OK) + len(self.queue)

    def _read(self) -> Iterator[SourceRecord | Failure]:
        """Reads the source; a video's second record becomes a failure."""
        seen = self._seen
        for found in self.run.records():
            if isinstance(found, SourceRecord):
                uid = found.record.video_uid
                if uid in seen:
                    message = f"{found.where}: there has been a record of {uid} already"
                    yield Failure("duplicate-video", message, found.where)
                    continue
                seen.add(uid)
            yield found

    def _lookup(
        self, items: Iterator[SourceRecord | Failure]
    ) -> Iterator[tuple[SourceRecord | Failure, Stored | None]]:
        """Adds to each record what the data set has of its video."""
        # A run that adds few samples looks few ahead.
        ahead = min(_LOOKUP, self.options.max_samples or _LOOKUP)
        while chunk := list(islice(items, ahead)):
            uids = [f.record.video_uid for f in chunk if isinstance(f, SourceRecord)]
            there = self.lookup.existing(uids) if self.lookup else {}
            for found in chunk:
                yield (
                    found,
                    there.get(found.record.video_uid if isinstance(found, SourceRecord) else ""),
                )

    def plan(self, found: SourceRecord, stored: Stored | None) -> Work | None:
        """Decides what a record's video needs; None if nothing can be or is to be done."""
        uid = found.record.video_uid
        source = self.what.find(uid)
        row = self.manifest.get(uid)
        clip = self.usable_clip(row, source)
        replaces = stored is not None and self.options.replace
        if stored and not replaces and (clip or not self._has_lost_clip(stored, row, source)):
            self.leave(stored, clip, row)
            return None
        can_make = source is not None or self.options.fetch
        # What is in the data set stays as it is.
        if clip is not None and can_make and not stored:
            clip = clip if is_fine_enough(clip, self._finest(found.record)) else None
        if clip is not None:
            if self.options.dry_run:
                self.report.add(OK, TO_REPLACE if replaces else THERE)
                return None
            return Work(found, clip=clip, stored=stored)
        if not can_make:
            message = f"no video of {uid} in {self.options.videos}{self.what.near(uid)}"
            self.settle_row(Row(uid, SKIPPED, "no-video", message, found.where))
            return None
        if row and row.status == FAILED and not self._is_retried(row, source):
            self.report.add(FAILED, row.reason, row.message)
            return None
        if self.options.dry_run:
            self.report.add(OK, TO_REPLACE if replaces else "to do")
            return None
        return Work(found, making=self.pool.submit(self.make, found, source), stored=stored)

    def leave(self, stored: Stored, clip: Clip | None, row: Row | None) -> None:
        """Counts a video whose sample stays as it is."""
        if clip is not None and stored.is_of(clip):
            self.report.add(OK, THERE)
            return
        changed = row is not None and row.status == OK
        why = f"{row.key} has another source or other settings now" if row and changed else ""
        self.report.add(OK, PRESENT, f"{why}: --replace writes its sample anew" if why else "")

    def _has_lost_clip(self, stored: Stored, row: Row | None, source: Path | None) -> bool:
        """Whether a sample's clip, which is not usable, would be made as it was."""
        if not self._is_of_this(row, source) or (source is None and not self.options.fetch):
            return False
        assert row is not None
        return stored.path in (str(self._target(row.key)), "")

    def _is_of_this(self, row: Row | None, source: Path | None) -> bool:
        """Whether an earlier run has made the clip that this one would make."""
        if not row or row.status != OK or not row.clip:
            return False
        if row.settings != self.run.settings.key:
            return False
        return not (source is not None and row.source_stamp and row.source_stamp != _stamp(source))

    def usable_clip(self, row: Row | None, source: Path | None) -> Clip | None:
        """Returns the clip of an earlier run if it is still what would be made."""
        if not self._is_of_this(row, source):
            return None
        assert row is not None and row.clip is not None
        path = self._target(row.key)
        try:
            clip = Clip.from_row({**row.clip, "path": str(path)})
            return clip if path.stat().st_size == clip.size_bytes else None
        except (OSError, KeyError, ValueError, TypeError):
            return None

    def _is_retried(self, row: Row, source: Path | None) -> bool:
        if source is None and row.reason not in _LASTING:
            return True
        if row.reason in TRANSIENT or row.source_stamp != (_stamp(source) if source else ""):
            return True
        return not {row.status, row.reason, "all"}.isdisjoint(self.options.retry)

    def _target(self, uid: str) -> Path:
        return self.what.clips / f"{uid}.mp4"

    def make(self, found: SourceRecord, source: Path | None) -> Clip:
        """Makes a clip and writes its row; runs in a thread of the pool."""
        uid = found.record.video_uid
        row = self._row(found, source)
        finest = self._finest(found.record)
        try:
            if source is None:
                row = replace(row, source=self._web.options.address(uid))
                clip = self._web.make(uid, self._target(uid), finest)
            else:
                clip = make_clip(source, self._target(uid), self.run.settings, finest)
        except FetchError as error:
            self._write(replace(row, status=FAILED, reason=error.outcome, message=str(error)))
            raise
        except ClipError as error:
            if not self.report.stopped:
                row = replace(row, status=FAILED, reason=error.reason, message=str(error))
                self._write(row)
            raise
        except Exception as error:  # whatever a file holds: the other videos go on
            known = isinstance(error, OSError)
            message = str(error) if known else f"{type(error).__name__}: {error}"
            self._write(replace(row, status=FAILED, reason="unreadable", message=message))
            raise ClipError("unreadable", message) from error
        warnings = dict(_warnings_of(found.record, clip))
        self._write(replace(row, clip=clip.to_row(), warnings=warnings))
        return clip

    def _row(self, found: SourceRecord, source: Path | None) -> Row:
        """Returns what is known of a video before its clip is made."""
        return Row(
            found.record.video_uid,
            OK,
            where=found.where,
            settings=self.run.settings.key,
            source=str(source or ""),
            source_stamp=_stamp(source) if source else "",
        )

    def _finest(self, record: Record) -> float | None:
        return shortest_span(record.tree, ClipSeconds(self.run.settings.clip_seconds))

    @property
    def _web(self) -> WebVideos:
        assert self.run.web is not None
        return self.run.web

    def _write(self, row: Row) -> None:
        """Writes a row; a disk too full for it stops the run, and the next run asks again."""
        try:
            self.manifest.append(row)
        except OSError as error:
            logger.error("The manifest cannot be written: %s", error)
            self.report.stopped = self.report.stopped or "disk-full"

    def _settle_next(self) -> Iterator[Progress]:
        """Settles the first in the queue; while the site throttles, says how long that takes."""
        work = self.queue.popleft()
        while work.making is not None and not work.is_ready:
            wait([work.making], _SAY_EVERY if self.run.web else None)
            left = self._web.gate.closed_for if self.run.web else None
            if left is not None and not work.is_ready:
                yield replace(self.report.progress, throttled=left)
        yield self._settle(work)

    def _settle(self, work: Work) -> Progress:
        """Waits for a video's clip and adds its sample."""
        reason = THERE
        try:
            if work.making is not None:
                work.clip = work.making.result()
                reason = work.clip.action
        except (ClipError, FetchError) as error:
            if isinstance(error, FetchError) and error.later and not self.report.stopped:
                work.making = self.pool.submit(self.make, work.found, None)  # behind the others
                self.queue.appendleft(work)
                return self.report.progress
            reason = error.outcome if isinstance(error, FetchError) else error.reason
            self.report.add(FAILED, reason, str(error))
            if reason == "disk-full" or (self.run.web and self._web.gate.exhausted):
                self.report.stopped = reason
            return self.report.progress
        assert work.clip is not None
        record = work.found.record
        replaces = work.stored is not None and self.options.replace
        lost: Mapping[str, int] = {}
        try:
            if self.store and work.stored is None:
                lost = self.store.add(record, work.clip)
            elif self.store and work.stored and replaces:
                lost = self.store.replace(record, work.clip, work.stored)
        except OverflowError as error:
            self.settle_failed(work.found, "too-large", str(error))
            return self.report.progress
        self.report.add(OK, REPLACED if replaces else reason)
        self.report.add_warnings(_warnings_of(record, work.clip) + Counter(lost))
        return self.report.progress

    def _settle_failure(self, failure: Failure) -> None:
        if failure.reason in HUB_REASONS:
            # No video's outcome: the next run reads there again, and the manifest has videos only.
            self.report.add(FAILED, failure.reason, failure.message)
            return
        key = failure.video_uid or failure.where
        self.settle_row(Row(key, FAILED, failure.reason, failure.message, failure.where))

    def settle_failed(self, found: SourceRecord, reason: str, message: str) -> None:
        """Counts a video that fails for good, until its source changes or ``--retry`` asks."""
        row = self._row(found, self.what.find(found.record.video_uid))
        self.settle_row(replace(row, status=FAILED, reason=reason, message=message))

    def settle_row(self, row: Row) -> None:
        """Counts a video that came to nothing, and writes its row unless it is there."""
        self.report.add(row.status, row.reason, row.message)
        if not self.run.writes:
            return
        known = self.manifest.get(row.key)
        if known is None or (known.status, known.reason) != (row.status, row.reason):
            self._write(row)


def _warnings_of(record: Record, clip: Clip) -> Counter[str]:
    """Returns a record's repairs and what is odd about its video, as counts."""
    found = Counter(record.warnings)
    if clip.warnings:
        found["odd-video"] += 1
    if lost := count_frameless(record.tree, clip.frame_rate, clip.total_frame_count):
        found["node-without-frame"] = lost
    if clip.source_duration is not None:
        missing = (record.tree_end or 0.0) - clip.source_duration
        if missing > _LENGTH_TOLERANCE:
            found["video-shorter-than-tree"] += 1
    return found


def _stamp(source: Path) -> str:
    try:
        return stamp(source)
    except OSError:
        return ""
