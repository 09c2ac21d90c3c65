"""What a worker does: one shard's clips, wherever it runs. No FiftyOne, no database.

Only the manifest and the clips are written, in the folder that all machines share, so a worker that
dies loses the video that it had in hand, and who takes the shard up next finds the others made. A
video that was in hand at several deaths is taken for their cause and passed over.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ..clip_run import ClipRun
from ..clips import ffmpeg
from ..clips.media import Clip
from ..clips.videos import VideoFolder
from ..manifest import SKIPPED, LockedError, Manifest, Row, only_writer
from ..options import ConvertOptions, Resolved
from ..reading.parquet import ReadRequest
from ..reading.remote import HubFile
from ..reading.select import EVERYTHING
from ..reading.sources import PARQUET_SUFFIXES, Failure, RecordFile, SourceRecord, read_file
from ..report import PRESENT
from ..steps import Lookup, Steps, Store, Work
from ..storing.present import Listed, Stored
from .folder import Done, ShardFolder, is_sharded
from .plan import Piece, PlannedShard

logger = logging.getLogger(__name__)

#: A video that was in hand when so many workers died is not taken in hand again.
DEADLY = 3

#: Seconds between two looks whether the run is to end.
_POLL = 0.5

#: Seconds that a shared folder may take to show a new file to another machine.
_LATE = 120.0

DONE, BUSY, STOPPED = "done", "busy", "stopped"


class WorkerError(RuntimeError):
    """A worker that cannot do what it was asked: its surroundings are wrong."""


@dataclass(frozen=True)
class ShardJob:
    """A shard to be worked through, as it travels to a worker.

    Attributes:
        options: the conversion's
        shard: which rows
        files: the record files that its pieces number
        run: the coordinator's run
        present: whether the run's folder lists videos that the data set has
    """

    options: ConvertOptions
    shard: PlannedShard
    files: dict[int, RecordFile]
    run: str
    present: bool = False


@dataclass(frozen=True)
class Outcome:
    """How it went with a shard.

    Attributes:
        number: the shard's
        state: ``done``, ``busy`` (another worker has it) or ``stopped`` (before its end)
        why: why it was stopped
        done: what it came to; told, because a file that is new may be seen late elsewhere
    """

    number: int
    state: str
    why: str = ""
    done: Done | None = None


def convert_shard(job: ShardJob) -> Outcome:
    """Makes a shard's clips and says so in the shared folder.

    Args:
        job: which shard

    Raises:
        WorkerError: if this machine does not see the shared folder, or not its locks
        ManifestError: if the folder cannot be locked
        OptionError: if an option cannot be used here
    """
    number = job.shard.number
    folder = ShardFolder(Path(job.options.out))
    _check_place(folder)
    done = folder.done(number)
    if done and done.run == job.run:
        return Outcome(number, DONE, done=done)  # by a worker that was given up too early
    run = ShardRun(job)
    try:
        stopped = _work(run, folder.stop_file(job.run))
    except LockedError:
        return Outcome(number, BUSY)
    if stopped:
        return Outcome(number, STOPPED, stopped)
    done = _done(job, run, folder)
    folder.mark_done(number, done)
    return Outcome(number, DONE, done=done)


def _work(run: ShardRun, stop_file: Path) -> str:
    """Goes through a shard; returns why it was left early, or nothing."""
    with _stopped_by(stop_file, run):
        steps = run.run()
        for _ in steps:
            if run.report.stopped == "interrupted":
                steps.close()
                break
    return run.report.stopped


@contextmanager
def _stopped_by(file: Path, run: ShardRun) -> Iterator[None]:
    """Ends a run, and what it waits for, as soon as a file is there."""
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if file.exists():
                run.stop()
                return
            over.wait(_POLL)

    thread = threading.Thread(target=watch, name="stop", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _check_place(folder: ShardFolder) -> None:
    """Checks that this machine sees what the coordinator sees.

    Raises:
        WorkerError: if it does not
    """
    host = socket.gethostname()
    if not is_sharded(folder.out):
        raise WorkerError(
            f"{host} does not see {folder.path}/plan.json: --out must be a folder that all "
            "machines share, under the same path"
        )
    try:
        lock = only_writer(folder.path)
    except LockedError:
        return  # the coordinator has it
    lock.close()
    raise WorkerError(
        f"{host} does not see the coordinator's lock on {folder.path}: mount the folder with locks "
        "that reach all machines (NFS 4; Lustre with -o flock), or the coordinator is gone"
    )


def _done(job: ShardJob, run: ShardRun, folder: ShardFolder) -> Done:
    report = run.report.to_dict()
    return Done(
        job.run,
        report["counts"],
        report["repaired_records"],
        report["warnings"],
        folder.manifest_bytes(job.shard.number),
        report["seconds"],
        f"{socket.gethostname()}:{os.getpid()}",
    )


class ShardRun(ClipRun):
    """A run over one shard's records that makes clips only.

    Args:
        job: which shard
        writes: whether clips and rows are made; else it is told what would be
        present: what knows which videos the data set has; by default the run's list of them

    Raises:
        WorkerError: if this machine does not see that list
    """

    def __init__(self, job: ShardJob, writes: bool = True, present: Lookup | None = None) -> None:
        options = job.options
        # A caption's text is looked for only where it was asked for; no clip needs one.
        captions = options.caption_fields if options.selection.text else ()
        super().__init__(
            replace(options, dry_run=not writes, max_samples=None),
            Resolved(
                options,
                [],
                _videos(options.videos, Path(options.out), job.run) if options.videos else None,
                captions,
                Path(options.out),
                options.workers or 1,
            ),
        )
        self.settings = replace(options.clip, threads=1)
        self.job = job
        shards = ShardFolder(self.what.out)
        self.folder = shards.of(job.shard.number)
        self.present = present
        if present is None and job.present:
            self.present = _listed(shards.present_file(job.run))

    def lookup(self, store: Store | None) -> Lookup | None:
        """Returns what knows which videos the data set has."""
        return self.present

    def stop(self) -> None:
        """Ends it, and what it waits for; from another thread."""
        self.report.stopped = self.report.stopped or "interrupted"
        ffmpeg.stop_all(self)
        if self.web:
            self.web.stop()

    def count(self) -> int:
        """Returns how many videos the shard has, as far as is known."""
        return self.job.shard.size

    def records(self) -> Iterator[SourceRecord | Failure]:
        """Reads the shard's rows."""
        for piece in self.job.shard.pieces:
            yield from read_piece(self.job.files[piece.file], piece, self.options, self.what)

    def clean(self) -> None:
        """Leaves it to the coordinator, which looks through the clips once."""

    def steps(self, manifest: Manifest, store: Store | None, pool: ThreadPoolExecutor) -> Steps:
        """Returns steps that remember what they have in hand."""
        return _ShardSteps(self, manifest, store, pool)


def is_chosen(piece: Piece, file: RecordFile) -> bool:
    """Whether the plan has seen to what is asked of records but a caption's text."""
    return piece.rows is not None and file.suffix.lower() in PARQUET_SUFFIXES


def read_piece(
    file: RecordFile, piece: Piece, options: ConvertOptions, what: Resolved
) -> Iterator[SourceRecord | Failure]:
    """Reads rows of a file.

    Args:
        file: the file
        piece: which rows
        options: the conversion's
        what: whose captions are read
    """
    if is_chosen(piece, file):
        selection = replace(EVERYTHING, text=options.selection.text)
    else:
        selection = replace(options.selection, random=None, seed=0)
    row_hint = piece.size if isinstance(file, HubFile) else None
    limit = options.clip.clip_seconds
    return read_file(file, ReadRequest(what.captions, limit, selection, piece.rows, row_hint))


class _ShardSteps(Steps):
    """Steps that leave a file behind for each video that they have in hand when they die."""

    def __init__(
        self, run: ClipRun, manifest: Manifest, store: Store | None, pool: ThreadPoolExecutor
    ) -> None:
        super().__init__(run, manifest, store, pool)
        self._in_hand = run.folder / "in-hand"
        self._deaths = _read_deaths(self._in_hand)

    def plan(self, found: SourceRecord, stored: Stored | None) -> Work | None:
        """Passes over a video that workers have died of."""
        uid = found.record.video_uid
        deaths = self._deaths.get(uid, 0)
        if deaths >= DEADLY and self.run.writes:
            message = f"{deaths} workers died while they had {uid} in hand"
            self.settle_failed(found, "worker-died", message)
            work = None
        else:
            work = super().plan(found, stored)
            if stored and not work and self.run.writes and self.manifest.get(uid) is None:
                # Who adds samples learns from the row that the record was asked for.
                self._write(Row(uid, SKIPPED, PRESENT, where=found.where))
        if deaths and self.run.writes and (work is None or work.making is None):
            (self._in_hand / uid).unlink(missing_ok=True)
        return work

    def make(self, found: SourceRecord, source: Path | None) -> Clip:
        """Makes a clip."""
        uid = found.record.video_uid
        mark = self._in_hand / uid
        self._in_hand.mkdir(exist_ok=True)
        mark.write_text(str(self._deaths.get(uid, 0)))
        try:
            return super().make(found, source)
        finally:
            mark.unlink(missing_ok=True)


def _read_deaths(folder: Path) -> dict[str, int]:
    """Returns how often each video was in hand when a worker died."""
    marks = list(folder.iterdir()) if folder.is_dir() else []
    return {mark.name: int(mark.read_text().strip() or 0) + 1 for mark in marks}


@lru_cache(1)
def _listed(file: Path) -> Listed:
    """Reads which videos the data set has, once a run."""
    until = time.monotonic() + _LATE
    while not file.exists():
        if time.monotonic() > until:
            raise WorkerError(f"{socket.gethostname()} does not see {file}")
        time.sleep(_POLL)
    return Listed(file.read_text("utf-8").splitlines())


@lru_cache(1)
def _videos(folder: str | Path, out: Path, run: str) -> VideoFolder:
    """Looks through the folder of videos once a run."""
    return VideoFolder(folder, out)
