"""The conversion: records and videos in, clips, a manifest and a data set out.

::

    records ──> plan ──> clip (several at once) ──> in the source's order ──> data set
                  │            │                                                │
                  └────────────┴── manifest: one row a video ──┘   what it has is not added again

Whatever goes wrong with one video is its row's affair; the others go on. Clips appear under their
final names whole and checked, samples are stored whole, and a row is written when its clip is
there, so a run can be killed at any moment, and the next one does what is missing. Samples are
added in the order of the source, whatever order their clips get ready in.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import fiftyone as fo

from ..acquire.disk import check_room, clip_bytes
from ..acquire.options import FetchOptions
from ..acquire.outcomes import PERMANENT, FetchError
from ..core.fields import DEFAULT_CAPTIONS
from ..core.records import Record
from . import ffmpeg
from .clips import clean_stale, make_clip
from .dataset import open_dataset
from .ingest import Ingest, paused_gc
from .manifest import FAILED, OK, SKIPPED, Manifest, Row
from .media import Clip, ClipError, ClipSettings
from .options import ConvertOptions, OptionError, Resolved, cores, resolve
from .remote import REASONS as HUB_REASONS
from .report import Progress, Report
from .select import EVERYTHING, Selection
from .sources import Failure, Found, count_records, read_records
from .videos import stamp
from .web_videos import WebVideos

logger = logging.getLogger(__name__)

#: Failures that say nothing about the video: they are always tried again.
TRANSIENT = frozenset({"disk-full", "missing-file", "timeout"})

#: Seconds by which a video may end before its tree does without a warning.
_LENGTH_TOLERANCE = 2.0

#: How many videos are looked up in the data set at once.
_LOOKUP = 100


@dataclass
class _Work:
    """One video on its way: its clip, or the one that is being made of it."""

    found: Found
    making: Future[Clip] | None = None
    clip: Clip | None = None
    needs_sample: bool = True

    @property
    def uid(self) -> str:
        return self.found.record.video_uid

    @property
    def is_ready(self) -> bool:
        return self.making is None or self.making.done()


class Conversion:
    """One run. Iterate over :meth:`run`; then read :attr:`report`.

    Args:
        options: what to do

    Raises:
        OptionError: if an option cannot be used; nothing has been touched then
    """

    def __init__(self, options: ConvertOptions) -> None:
        self.what: Resolved = resolve(options)
        self.options = options
        self.dataset: fo.Dataset | None = None
        self.report = Report(
            dataset=options.name, folder=str(self.what.out), dry_run=options.dry_run
        )
        threads = max(1, cores() // self.what.workers)
        self.settings: ClipSettings = replace(options.clip, threads=threads)
        self.web: WebVideos | None = None
        self._seen: set[str] = set()

    def run(self) -> Iterator[Progress]:
        """Converts, and says how far it has come after each video.

        The data set's samples, the clips and the manifest are valid whenever it is left; a run that
        is left early has its data set and report brought up to date first.

        Raises:
            DatasetError: if the data set must not be touched
            ManifestError: if another run is writing to the same folder
        """
        report, options = self.report, self.options
        total = count_records(self.what.files, options.selection)
        if options.max_samples is not None:
            total = options.max_samples if total is None else min(total, options.max_samples)
        report.total = total
        with ExitStack() as stack:
            manifest = stack.enter_context(Manifest(self.what.out, write=not options.dry_run))
            ingest = None
            if not options.dry_run:
                ingest = self._open_ingest()
                clean_stale(self.what.clips)
            stack.enter_context(paused_gc())
            if options.fetch and not options.dry_run:
                self.web = stack.enter_context(self._open_web(manifest, options.fetch))
            pool = stack.enter_context(ThreadPoolExecutor(self.what.workers, "clip"))
            try:
                yield from _Run(self, manifest, ingest, pool).steps()
            except (KeyboardInterrupt, GeneratorExit):
                report.stopped = "interrupted"
                raise
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                if report.stopped:
                    ffmpeg.stop_all()
                    if self.web:
                        self.web.stop()
                self._close(ingest)

    def _open_web(self, manifest: Manifest, fetch: FetchOptions) -> WebVideos:
        """Opens the way to the web, unless there is no room for what would come."""
        planned = max(0, (self.report.total or 1) - manifest.counts()[OK, ""])
        each = clip_bytes(self.settings.clip_seconds, self.settings.max_height)
        try:
            check_room(self.what.out, planned, each, fetch.reserve)
        except FetchError as error:
            raise OptionError("out", str(error)) from None
        return WebVideos(fetch, self.settings, self.what.out)

    def _open_ingest(self) -> Ingest:
        options = self.options
        self.dataset = open_dataset(
            options.name,
            self.what.captions,
            options.parameters(),
            options.provenance,
            overwrite=options.overwrite,
            append=options.append,
        )
        return Ingest(self.dataset, self.what.captions)

    def _close(self, ingest: Ingest | None) -> None:
        self.report.seconds = self.report.progress.seconds
        if ingest is None or self.dataset is None:
            return
        ingest.flush()
        self.report.samples = len(self.dataset)
        self.report.write(self.what.out)


class _Run:
    """The moving parts of a run: what is being read, made and added."""

    def __init__(
        self,
        conversion: Conversion,
        manifest: Manifest,
        ingest: Ingest | None,
        pool: ThreadPoolExecutor,
    ) -> None:
        self.conversion = conversion
        self.what = conversion.what
        self.options = conversion.options
        self.report = conversion.report
        self.manifest = manifest
        self.ingest = ingest
        self.pool = pool
        self.queue: deque[_Work] = deque()
        # Enough that no core waits for a slow clip at the head, few enough to stop soon.
        self.window = 4 * self.what.workers

    def steps(self) -> Iterator[Progress]:
        """Works through the source, yielding after each video."""
        limit = self.options.max_samples
        for found, needs_sample in self._lookup(self._read()):
            if isinstance(found, Failure):
                self._settle_failure(found)
                yield self.report.progress
                continue
            while self.queue and limit is not None and self._promised() >= limit:
                yield self._settle(self.queue.popleft())
            if self.report.stopped or (limit is not None and self._promised() >= limit):
                break
            work = self._plan(found, needs_sample)
            if work is None:
                yield self.report.progress
                continue
            self.queue.append(work)
            while self.queue and (self.queue[0].is_ready or len(self.queue) > self.window):
                yield self._settle(self.queue.popleft())
        while self.queue:
            yield self._settle(self.queue.popleft())

    def _promised(self) -> int:
        return self.report.of(OK) + len(self.queue)

    def _read(self) -> Iterator[Found | Failure]:
        """Reads the source; a video's second record becomes a failure."""
        seen = self.conversion._seen
        limit = self.options.clip.clip_seconds
        asked = self.options.selection, self.options.max_samples
        for found in read_records(self.what.files, self.what.captions, limit, *asked):
            if isinstance(found, Found):
                uid = found.record.video_uid
                if uid in seen:
                    message = f"{found.where}: there has been a record of {uid} already"
                    yield Failure("duplicate-video", message, found.where)
                    continue
                seen.add(uid)
            yield found

    def _lookup(self, items: Iterator[Found | Failure]) -> Iterator[tuple[Found | Failure, bool]]:
        """Adds to each record whether the data set lacks its sample."""
        # A run that adds few samples looks few ahead.
        ahead = min(_LOOKUP, self.options.max_samples or _LOOKUP)
        while chunk := list(islice(items, ahead)):
            uids = [f.record.video_uid for f in chunk if isinstance(f, Found)]
            there = self.ingest.existing(uids) if self.ingest else set()
            for found in chunk:
                yield found, isinstance(found, Failure) or found.record.video_uid not in there

    def _plan(self, found: Found, needs_sample: bool) -> _Work | None:
        """Decides what a record's video needs; None if nothing can be or is to be done."""
        uid = found.record.video_uid
        source = self.what.find(uid)
        row = self.manifest.get(uid)
        clip = self._usable_clip(row, source)
        if clip is not None:
            reason = "already there"
            if not needs_sample or self.options.dry_run:
                self.report.add(OK, reason)
                return None
            return _Work(found, clip=clip, needs_sample=True)
        if source is None and not self.options.fetch:
            message = f"no video of {uid} in {self.options.videos}"
            self._settle_row(Row(uid, SKIPPED, "no-video", message, found.where))
            return None
        if row and row.status == FAILED and not self._is_retried(row, source):
            self.report.add(FAILED, row.reason, row.message)
            return None
        if self.options.dry_run:
            self.report.add(OK, "to do")
            return None
        return _Work(
            found,
            making=self.pool.submit(self._make, found, source),
            needs_sample=needs_sample,
        )

    def _usable_clip(self, row: Row | None, source: Path | None) -> Clip | None:
        """Returns the clip of an earlier run if it is still what would be made."""
        if not row or row.status != OK or not row.clip:
            return None
        if row.settings != self.conversion.settings.key:
            return None
        if source is not None and row.source_stamp and row.source_stamp != _stamp(source):
            return None
        path = self._target(row.key)
        try:
            clip = Clip.from_row({**row.clip, "path": str(path)})
            return clip if path.stat().st_size == clip.size_bytes else None
        except (OSError, KeyError, ValueError, TypeError):
            return None

    def _is_retried(self, row: Row, source: Path | None) -> bool:
        if source is None and row.reason not in PERMANENT:
            return True
        if row.reason in TRANSIENT or row.source_stamp != (_stamp(source) if source else ""):
            return True
        return not {row.status, row.reason, "all"}.isdisjoint(self.options.retry)

    def _target(self, uid: str) -> Path:
        return self.what.clips / f"{uid}.mp4"

    def _make(self, found: Found, source: Path | None) -> Clip:
        """Makes a clip and writes its row; runs in a thread of the pool."""
        uid = found.record.video_uid
        settings = self.conversion.settings
        row = Row(uid, OK, where=found.where, settings=settings.key, source=str(source or ""))
        try:
            if source is None:
                row = replace(row, source=self._web.options.address(uid))
                clip = self._web.make(uid, self._target(uid))
            else:
                row = replace(row, source_stamp=_stamp(source))
                clip = make_clip(source, self._target(uid), settings)
        except FetchError as error:
            self._write(replace(row, status=FAILED, reason=error.outcome, message=str(error)))
            raise
        except ClipError as error:
            if not self.report.stopped:
                row = replace(row, status=FAILED, reason=error.reason, message=str(error))
                self._write(row)
            raise
        except OSError as error:
            self._write(replace(row, status=FAILED, reason="unreadable", message=str(error)))
            raise ClipError("unreadable", str(error)) from error
        warnings = dict(_warnings_of(found.record, clip))
        self._write(replace(row, clip=clip.to_row(), warnings=warnings))
        return clip

    @property
    def _web(self) -> WebVideos:
        assert self.conversion.web is not None
        return self.conversion.web

    def _write(self, row: Row) -> None:
        """Writes a row; a disk too full for it stops the run, and the next run asks again."""
        try:
            self.manifest.append(row)
        except OSError as error:
            logger.error("The manifest cannot be written: %s", error)
            self.report.stopped = self.report.stopped or "disk-full"

    def _settle(self, work: _Work) -> Progress:
        """Waits for a video's clip and adds its sample."""
        reason = "already there"
        try:
            if work.making is not None:
                work.clip = work.making.result()
                reason = work.clip.action
        except (ClipError, FetchError) as error:
            reason = error.outcome if isinstance(error, FetchError) else error.reason
            self.report.add(FAILED, reason, str(error))
            if reason == "disk-full" or (self.conversion.web and self._web.gate.exhausted):
                self.report.stopped = reason
            return self.report.progress
        assert work.clip is not None
        record = work.found.record
        try:
            if self.ingest and (work.needs_sample or work.making):
                self.ingest.add(record, work.clip, replace=not work.needs_sample)
        except OverflowError as error:
            row = Row(work.uid, FAILED, "too-large", str(error), work.found.where)
            self._settle_row(row)
            return self.report.progress
        self.report.add(OK, reason)
        self.report.add_warnings(_warnings_of(record, work.clip))
        return self.report.progress

    def _settle_failure(self, failure: Failure) -> None:
        if failure.reason in HUB_REASONS:
            # No video's outcome: the next run reads there again, and the manifest has videos only.
            self.report.add(FAILED, failure.reason, failure.message)
            return
        key = failure.video_uid or failure.where
        self._settle_row(Row(key, FAILED, failure.reason, failure.message, failure.where))

    def _settle_row(self, row: Row) -> None:
        """Counts a video that came to nothing, and writes its row unless it is there."""
        self.report.add(row.status, row.reason, row.message)
        if self.options.dry_run:
            return
        known = self.manifest.get(row.key)
        if known is None or (known.status, known.reason) != (row.status, row.reason):
            self._write(row)


def _warnings_of(record: Record, clip: Clip) -> Counter[str]:
    """Returns a record's repairs and what is odd about its video, as counts."""
    found = Counter(record.warnings)
    if clip.warnings:
        found["odd-video"] += 1
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


def convert(
    source: str | Path,
    videos: str | Path | None,
    name: str,
    out: str | Path,
    *,
    captions: str | Sequence[str] = DEFAULT_CAPTIONS,
    clip_seconds: float = 90.0,
    max_height: int = 480,
    verify: str = "demux",
    workers: int | None = None,
    max_samples: int | None = None,
    overwrite: bool = False,
    append: bool = False,
    retry: Sequence[str] = (),
    dry_run: bool = False,
    fetch: FetchOptions | None = None,
    revision: str | None = None,
    token: str | None = None,
    selection: Selection = EVERYTHING,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[fo.Dataset | None, Report]:
    """Turns Action100M records and their videos into a FiftyOne data set.

    Running it again with the same arguments does what is missing.

    Args:
        source: a Parquet, JSON or JSON Lines file of records, a folder of them, a glob, or a data
            set repository on the Hub (``organisation/name``, ``hf://datasets/…/data/*.parquet``)
        videos: the folder with the source videos, as ``ID.mp4`` or ``Title [ID].webm``; None if
            all come from the web
        name: the data set's name; it is made persistent
        out: the folder for clips, manifest and report
        captions: groups (``gpt``, ``plm``, ``llama3``, ``all``) and names of caption fields
        clip_seconds: the longest a clip may be
        max_height: the most pixels a clip may be high
        verify: how clips are checked: ``demux`` or ``decode`` (to the last frame; slower)
        workers: clips made at once; None for one a core
        max_samples: how many samples to make; None for all
        overwrite: whether to replace a data set of this name
        append: whether to add to a data set of this name that another run has made
        retry: statuses or reasons whose videos are tried again (``failed``, ``all``, …)
        dry_run: whether only to report what would be done
        fetch: how to ask the web for videos that are not in the folder; None for not at all
        revision: the branch, tag or commit of a repository on the Hub
        token: the Hub's access token; None for the one in the environment or of a login
        selection: which of the source's records
        progress: is called after each video

    Returns:
        the data set (None for a dry run) and the report

    Raises:
        OptionError: if an option cannot be used
        DatasetError: if there is such a data set and it must not be touched
        ManifestError: if another run is writing to ``out``
    """
    try:
        clip = ClipSettings(clip_seconds=clip_seconds, max_height=max_height, verify=verify)
    except ValueError as error:
        raise OptionError("clip", str(error)) from None
    options = ConvertOptions(
        source=source,
        videos=videos,
        name=name,
        out=out,
        captions=captions,
        clip=clip,
        workers=workers,
        max_samples=max_samples,
        overwrite=overwrite,
        append=append,
        retry=retry,
        dry_run=dry_run,
        fetch=fetch,
        revision=revision,
        token=token,
        selection=selection,
    )
    conversion = Conversion(options)
    for step in conversion.run():
        if progress:
            progress(step)
    return conversion.dataset, conversion.report
