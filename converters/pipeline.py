"""One pass over the records: decides what each video needs, makes its clip, stores its sample.

::

    records ──> plan ──> clips, several at once ──> in the source's order ──> store
                  │                 │                                           │
                  └─────────────────┴── manifest: one row per video        existing samples stay

An error in one video is recorded in its manifest row; the run continues. This module imports no
FiftyOne: a machine that only makes clips needs no database.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..acquire.outcomes import FetchError
from ..core.labels import shortest_span
from ..core.records import Record
from ..core.times import ClipSeconds
from .clips.make import make_clip
from .clips.media import Clip, ClipError
from .clips.plan import is_fine_enough
from .manifest import FAILED, OK, SKIPPED, Manifest, ManifestRow
from .reading.remote import REASONS as HUB_REASONS
from .reading.sources import Failure, SourceRecord
from .report import PRESENT, REPLACED, TO_REPLACE, Progress, warnings_of
from .reuse import is_current, is_retried, source_stamp, usable_clip
from .storing.present import Stored
from .storing.store import SampleLookup, Store
from .web_videos import WebVideos

if TYPE_CHECKING:
    from .clip_run import ClipRun

logger = logging.getLogger(__name__)

#: Seconds between two reports that a site throttles.
_THROTTLE_REPORT_S = 1.0

#: Reason of ``ok``: the clip exists, and the dataset has or gets its sample.
THERE = "already there"

#: Number of videos looked up in the dataset at once.
_LOOKUP = 100


@dataclass
class PendingVideo:
    """A video whose clip exists or is being made, and whose sample is not stored yet."""

    found: SourceRecord
    making: Future[Clip] | None = None
    clip: Clip | None = None
    stored: Stored | None = None

    @property
    def is_ready(self) -> bool:
        """Whether its clip is ready."""
        return self.making is None or self.making.done()


class Pipeline:
    """One pass over the records, with the videos in progress.

    Args:
        clip_run: the run that this is the pass of
        manifest: records the outcome of each video
        store: takes the samples; None if only clips are made
        pool: makes the clips

    Attributes:
        lookup: looks up the dataset's videos; None without a dataset
        max_pending: videos that may wait behind a slow clip: enough to keep all cores busy, few
            enough to stop quickly
    """

    def __init__(
        self, clip_run: ClipRun, manifest: Manifest, store: Store | None, pool: ThreadPoolExecutor
    ) -> None:
        self.clip_run = clip_run
        self.resolved = clip_run.resolved
        self.options = clip_run.options
        self.report = clip_run.report
        self.manifest = manifest
        self.store = store
        self.lookup: SampleLookup | None = clip_run.lookup(store)
        self.pool = pool
        self.pending: deque[PendingVideo] = deque()
        self.max_pending = 4 * self.resolved.workers

    def run(self) -> Iterator[Progress]:
        """Processes the source; yields after each video, and while a site throttles."""
        limit = self.options.max_samples
        for found, stored in self._lookup(self._read()):
            if isinstance(found, Failure):
                self._finish_failure(found)
                yield self.report.progress
                continue
            while self.pending and limit is not None and self._promised() >= limit:
                yield from self._finish_next()
            if self.report.stopped or (limit is not None and self._promised() >= limit):
                break
            video = self.plan(found, stored)
            if video is None:
                yield self.report.progress
                continue
            self.pending.append(video)
            while self.pending and (
                self.pending[0].is_ready or len(self.pending) > self.max_pending
            ):
                yield from self._finish_next()
        while self.pending:
            yield from self._finish_next()

    def _promised(self) -> int:
        return self.report.of(OK) + len(self.pending)

    def _read(self) -> Iterator[SourceRecord | Failure]:
        """Reads the source; a video's second record becomes a failure."""
        seen = set[str]()
        for found in self.clip_run.records():
            if isinstance(found, SourceRecord):
                uid = found.record.video_uid
                if uid in seen:
                    message = f"{found.where}: a second record of {uid}; the first one counts"
                    yield Failure("duplicate-video", message, found.where)
                    continue
                seen.add(uid)
            yield found

    def _lookup(
        self, items: Iterator[SourceRecord | Failure]
    ) -> Iterator[tuple[SourceRecord | Failure, Stored | None]]:
        """Pairs each record with the dataset's sample of its video."""
        # A run that adds few samples reads only a few records ahead.
        ahead = min(_LOOKUP, self.options.max_samples or _LOOKUP)
        while chunk := list(islice(items, ahead)):
            uids = [f.record.video_uid for f in chunk if isinstance(f, SourceRecord)]
            there = self.lookup.existing(uids) if self.lookup else {}
            for found in chunk:
                yield (
                    found,
                    there.get(found.record.video_uid if isinstance(found, SourceRecord) else ""),
                )

    def plan(self, found: SourceRecord, stored: Stored | None) -> PendingVideo | None:
        """Decides what a record's video needs.

        Returns:
            the video to wait for; None if its outcome is settled, which is counted
        """
        uid = found.record.video_uid
        source = self.resolved.find(uid)
        row = self.manifest.get(uid)
        clip = self.usable_clip(row, source)
        replaces = self.replaces(stored)
        if stored and not replaces and (clip or not self._has_lost_clip(stored, row, source)):
            self.leave(uid, stored, clip, row)
            return None
        can_make = source is not None or self.options.fetch
        # The clip of a sample stays, even if the record's nodes now require a higher rate.
        if clip is not None and can_make and not stored:
            clip = clip if is_fine_enough(clip, self._finest(found.record)) else None
        if clip is not None:
            if self.options.dry_run:
                self.report.add(OK, TO_REPLACE if replaces else THERE)
                return None
            return PendingVideo(found, clip=clip, stored=stored)
        if not can_make:
            message = f"no video of {uid} in {self.options.videos}{self.resolved.near(uid)}"
            self.add_outcome(ManifestRow(uid, SKIPPED, "no-video", message, found.where))
            return None
        if row and row.status == FAILED and not is_retried(row, source, self.options.retry):
            self.report.add(FAILED, row.reason, row.message)
            return None
        if self.options.dry_run:
            self.report.add(OK, TO_REPLACE if replaces else "to do")
            return None
        return PendingVideo(found, making=self.pool.submit(self.make, found, source), stored=stored)

    def replaces(self, stored: Stored | None) -> bool:
        """Whether to rewrite a video's sample; reviewed samples are never rewritten."""
        return stored is not None and self.options.replace and not stored.reviewed

    def leave(self, uid: str, stored: Stored, clip: Clip | None, row: ManifestRow | None) -> None:
        """Counts a video whose sample is left unchanged."""
        if self.options.replace:
            why = f"{uid} has been reviewed, so its sample and its clip stay"
            self.report.add(OK, PRESENT, f"{why}: delete the sample to convert the video anew")
        elif clip is not None and stored.matches(clip):
            self.report.add(OK, THERE)
        elif row is not None and row.status == OK:
            why = f"the source or the settings of {row.key} have changed"
            self.report.add(OK, PRESENT, f"{why}: --replace rewrites its sample")
        else:
            self.report.add(OK, PRESENT)

    def _has_lost_clip(self, stored: Stored, row: ManifestRow | None, source: Path | None) -> bool:
        """Returns whether a sample's unusable clip can be made again exactly as it was."""
        can_make = source is not None or self.options.fetch is not None
        if row is None or not can_make or not is_current(row, self._settings_key, source):
            return False
        return stored.path in (str(self._target(row.key)), "")

    def usable_clip(self, row: ManifestRow | None, source: Path | None) -> Clip | None:
        """Returns an earlier run's clip if it is intact and what this run would make."""
        if row is None:
            return None
        return usable_clip(row, self._settings_key, source, self._target(row.key))

    @property
    def _settings_key(self) -> str:
        return self.clip_run.settings.key

    def _target(self, uid: str) -> Path:
        return self.resolved.clips / f"{uid}.mp4"

    def make(self, found: SourceRecord, source: Path | None) -> Clip:
        """Makes a clip and writes its row, in a thread of the pool.

        Raises:
            ClipError: if there is no clip; its row says why
            FetchError: the same, for a video from the web
        """
        uid = found.record.video_uid
        row = self._row(found, source)
        finest = self._finest(found.record)
        try:
            if source is None:
                row = replace(row, source=self._web.options.address(uid))
                clip = self._web.make(uid, self._target(uid), finest)
            else:
                clip = make_clip(source, self._target(uid), self.clip_run.settings, finest)
        except FetchError as error:
            self._write(replace(row, status=FAILED, reason=error.outcome, message=str(error)))
            raise
        except ClipError as error:
            if not self.report.stopped:
                row = replace(row, status=FAILED, reason=error.reason, message=str(error))
                self._write(row)
            raise
        except Exception as error:  # an unexpected file: the run continues
            known = isinstance(error, OSError)
            message = str(error) if known else f"{type(error).__name__}: {error}"
            self._write(replace(row, status=FAILED, reason="unreadable", message=message))
            raise ClipError("unreadable", message) from error
        warnings = dict(warnings_of(found.record, clip))
        self._write(replace(row, clip=clip.to_row(), warnings=warnings))
        return clip

    def _row(self, found: SourceRecord, source: Path | None) -> ManifestRow:
        """Returns a video's row before its clip is made."""
        return ManifestRow(
            found.record.video_uid,
            OK,
            where=found.where,
            settings=self._settings_key,
            source=str(source or ""),
            source_stamp=source_stamp(source),
        )

    def _finest(self, record: Record) -> float | None:
        return shortest_span(record.tree, ClipSeconds(self.clip_run.settings.longest))

    @property
    def _web(self) -> WebVideos:
        assert self.clip_run.web is not None
        return self.clip_run.web

    def _write(self, row: ManifestRow) -> None:
        """Writes a row; a full disk stops the run, and the next run tries the video again."""
        try:
            self.manifest.append(row)
        except OSError as error:
            logger.error("The manifest cannot be written: %s", error)
            self.report.stopped = self.report.stopped or "disk-full"

    def _finish_next(self) -> Iterator[Progress]:
        """Finishes the first pending video; yields the waiting time while the site throttles."""
        video = self.pending.popleft()
        while video.making is not None and not video.is_ready:
            wait([video.making], _THROTTLE_REPORT_S if self.clip_run.web else None)
            left = self._web.gate.closed_for if self.clip_run.web else None
            if left is not None and not video.is_ready:
                yield replace(self.report.progress, throttled=left)
        yield self._finish(video)

    def _finish(self, video: PendingVideo) -> Progress:
        """Waits for a video's clip and adds its sample."""
        reason = THERE
        try:
            if video.making is not None:
                video.clip = video.making.result()
                reason = video.clip.action
        except (ClipError, FetchError) as error:
            if isinstance(error, FetchError) and error.later and not self.report.stopped:
                video.making = self.pool.submit(self.make, video.found, None)  # last in the pool
                self.pending.appendleft(video)
                return self.report.progress
            reason = error.outcome if isinstance(error, FetchError) else error.reason
            self.report.add(FAILED, reason, str(error))
            if reason == "disk-full" or (self.clip_run.web and self._web.gate.exhausted):
                self.report.stopped = reason
            return self.report.progress
        assert video.clip is not None
        record = video.found.record
        replaces = self.replaces(video.stored)
        lost: Mapping[str, int] | None = {}
        try:
            if self.store and video.stored is None:
                lost = self.store.add(record, video.clip)
            elif self.store and video.stored and replaces:
                lost = self.store.replace(record, video.clip, video.stored)
        except OverflowError as error:
            self.add_failure(video.found, "too-large", str(error))
            return self.report.progress
        if lost is None:
            why = f"{record.video_uid} was reviewed during the run, so its sample stays"
            self.report.add(OK, PRESENT, why)
        else:
            self.report.add(OK, REPLACED if replaces else reason)
            self.report.add_warnings(warnings_of(record, video.clip) + Counter(lost))
        return self.report.progress

    def _finish_failure(self, failure: Failure) -> None:
        if failure.reason in HUB_REASONS:
            # Not the outcome of a video, so not in the manifest; the next run reads it again.
            self.report.add(FAILED, failure.reason, failure.message)
            return
        key = failure.video_uid or failure.where
        self.add_outcome(ManifestRow(key, FAILED, failure.reason, failure.message, failure.where))

    def add_failure(self, found: SourceRecord, reason: str, message: str) -> None:
        """Counts a video that fails until its source changes or ``--retry`` asks for it."""
        row = self._row(found, self.resolved.find(found.record.video_uid))
        self.add_outcome(replace(row, status=FAILED, reason=reason, message=message))

    def add_outcome(self, row: ManifestRow) -> None:
        """Counts a video without a clip, and writes its row unless the manifest has it."""
        self.report.add(row.status, row.reason, row.message)
        if not self.clip_run.writes:
            return
        known = self.manifest.get(row.key)
        if known is None or (known.status, known.reason) != (row.status, row.reason):
            self._write(row)
