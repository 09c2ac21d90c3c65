"""Makes the clips of one shard, in a worker without FiftyOne or a database.

A worker only writes the manifest and the clips, in the folder that all machines share. If it dies,
the video in progress is lost, and the next worker reuses the others. A video that was in progress
at several deaths is assumed to be their cause and skipped.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from ...core.fields import CaptionField
from ...core.frames import to_source
from ...core.times import ClipSeconds
from ..clip_run import ClipRun
from ..clips import ffmpeg
from ..clips.media import Clip
from ..clips.videos import VideoFolder
from ..manifest import SKIPPED, Manifest, ManifestRow
from ..options import ConvertOptions, Resolved
from ..pipeline import PendingVideo, Pipeline
from ..reading.parquet import ReadRequest
from ..reading.remote import HubFile
from ..reading.select import EVERYTHING
from ..reading.sources import PARQUET_SUFFIXES, Failure, RecordFile, SourceRecord, read_file
from ..report import PRESENT
from ..storing.present import Listed, Stored
from ..storing.store import SampleLookup, Store
from .folder import Done, ShardFolder
from .plan import Piece, PlannedShard
from .worker import DEADLY, POLL, InProgress, ShardOutcome, WorkerError, complete, worker_name

logger = logging.getLogger(__name__)

#: Seconds until another machine sees a new file in a shared folder, at most.
_LATE = 120.0


@dataclass(frozen=True)
class ShardJob:
    """A shard, as it is sent to a worker.

    Attributes:
        options: the conversion's options
        shard: the rows
        files: the record files of the shard's pieces, by index
        run: the coordinator's run
        present: whether the run's folder lists videos that the dataset has
    """

    options: ConvertOptions
    shard: PlannedShard
    files: dict[int, RecordFile]
    run: str
    present: bool = False


def convert_shard(job: ShardJob) -> ShardOutcome:
    """Makes a shard's clips and records its completion in the shared folder.

    Args:
        job: the shard

    Raises:
        WorkerError: if this machine does not see the shared folder or its locks
        ManifestError: if the folder cannot be locked
        OptionError: if an option cannot be used here
    """
    folder = ShardFolder(Path(job.options.out))
    return complete(folder, job.shard.number, job.run, lambda: ShardRun(job))


class ShardRun(ClipRun):
    """A run over one shard's records that only makes clips.

    Args:
        job: the shard
        writes: whether to make clips and rows; otherwise a dry run
        present: the lookup of the dataset's videos; by default the run's list of them

    Raises:
        WorkerError: if this machine does not see that list
    """

    def __init__(
        self, job: ShardJob, writes: bool = True, present: SampleLookup | None = None
    ) -> None:
        options = job.options
        # Captions are only read if their texts select records; clips do not need them.
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
        self._shards = shards = ShardFolder(self.resolved.out)
        self.folder = shards.of(job.shard.number)
        self.present = present
        if present is None and job.present:
            self.present = _listed(shards.out, job.run)

    def lookup(self, store: Store | None) -> SampleLookup | None:
        """Returns the lookup of the dataset's videos."""
        return self.present

    def stop(self) -> None:
        """Stops the run and everything that it waits for; called from another thread."""
        self.report.stopped = self.report.stopped or "interrupted"
        ffmpeg.stop_all(self)
        if self.web:
            self.web.stop()

    def done(self) -> Done:
        """Returns the result."""
        report = self.report.to_dict()
        return Done(
            self.job.run,
            report["counts"],
            report["repaired_records"],
            report["warnings"],
            self._shards.manifest_bytes(self.job.shard.number),
            report["seconds"],
            worker_name(),
        )

    def count(self) -> int:
        """Returns the number of the shard's videos, as far as known."""
        return self.job.shard.size

    def records(self) -> Iterator[SourceRecord | Failure]:
        """Reads the shard's rows."""
        for piece in self.job.shard.pieces:
            yield from read_piece(
                self.job.files[piece.file], piece, self.options, self.resolved.captions
            )

    def clean(self) -> None:
        """Does nothing: the coordinator removes temporary files once for all shards."""

    def pipeline(
        self, manifest: Manifest, store: Store | None, pool: ThreadPoolExecutor
    ) -> Pipeline:
        """Returns a pipeline that marks the videos in progress."""
        return _ShardPipeline(self, manifest, store, pool)


def is_chosen(piece: Piece, file: RecordFile) -> bool:
    """Returns whether planning has applied the selection, except for texts of captions."""
    return piece.rows is not None and file.suffix.lower() in PARQUET_SUFFIXES


def read_piece(
    file: RecordFile, piece: Piece, options: ConvertOptions, captions: Sequence[CaptionField]
) -> Iterator[SourceRecord | Failure]:
    """Reads rows of a file.

    Args:
        file: the file
        piece: the rows
        options: the conversion's options
        captions: the texts to read
    """
    if is_chosen(piece, file):
        selection = replace(EVERYTHING, text=options.selection.text)
    else:
        selection = replace(options.selection, random=None, seed=0)
    row_hint = piece.size if isinstance(file, HubFile) else None
    limit = to_source(ClipSeconds(options.clip.longest))
    return read_file(file, ReadRequest(captions, limit, selection, piece.rows, row_hint))


class _ShardPipeline(Pipeline):
    """A pipeline that marks each video in progress by a file, which stays if the worker dies."""

    def __init__(
        self, clip_run: ClipRun, manifest: Manifest, store: Store | None, pool: ThreadPoolExecutor
    ) -> None:
        super().__init__(clip_run, manifest, store, pool)
        self._in_progress = InProgress(clip_run.folder)

    def plan(self, found: SourceRecord, stored: Stored | None) -> PendingVideo | None:
        """Skips a video that several workers died on."""
        uid = found.record.video_uid
        deaths = self._in_progress.deaths(uid)
        if deaths >= DEADLY and self.clip_run.writes:
            message = f"{deaths} workers died while they processed {uid}"
            self.add_failure(found, "worker-died", message)
            video = None
        else:
            video = super().plan(found, stored)
            if stored and not video and self.clip_run.writes and self.manifest.get(uid) is None:
                # The row lets the ingesting process know that the record was selected.
                self._write(ManifestRow(uid, SKIPPED, PRESENT, where=found.where))
        if deaths and self.clip_run.writes and (video is None or video.making is None):
            self._in_progress.forget(uid)
        return video

    def make(self, found: SourceRecord, source: Path | None) -> Clip:
        """Makes a clip, marked as in progress."""
        with self._in_progress.holding(found.record.video_uid):
            return super().make(found, source)


@lru_cache(1)
def _listed(out: Path, run: str) -> Listed:
    """Reads the list of the dataset's videos, once per run."""
    shards = ShardFolder(out)
    file, until = shards.present_file(run), time.monotonic() + _LATE
    while not file.exists():
        if time.monotonic() > until:
            raise WorkerError(f"{socket.gethostname()} does not see {file}")
        time.sleep(POLL)
    return shards.read_present(run)


@lru_cache(1)
def _videos(folder: str | Path, out: Path, run: str) -> VideoFolder:
    """Lists the folder of videos, once per run."""
    return VideoFolder(folder, out)
