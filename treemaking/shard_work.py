"""Builds the trees of one shard, in a worker.

A worker writes the features, texts and records of its videos, and a manifest, in the folder that
all machines share. It imports no FiftyOne, except for models of its zoo.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..converters.clips import ffmpeg
from ..converters.manifest import FAILED, OK, Manifest, ManifestRow
from ..converters.report import Progress
from ..converters.shards.folder import Done, ShardFolder
from ..converters.shards.worker import DEADLY, InProgress, ShardOutcome, complete, worker_name
from .encoders import FrameEncoder, InTurn
from .options import SHARDS, BuildOptions, frame_encoder_of
from .records import RecordFiles
from .run import Build, Made

_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class BuildJob:
    """A shard, as it is sent to a worker.

    Attributes:
        options: the build's options
        number: the shard's number
        videos: its videos by their ids, as absolute paths
        run: the coordinator's run
        key: identifies what is made
    """

    options: BuildOptions
    number: int
    videos: Mapping[str, Path]
    run: str
    key: str


def build_shard(job: BuildJob) -> ShardOutcome:
    """Builds the trees of a shard and records its completion in the shared folder.

    Args:
        job: the shard

    Raises:
        WorkerError: if this machine does not see the shared folder or its locks
        ManifestError: if the folder cannot be locked
        OptionError: if an option cannot be used here
    """
    folder = ShardFolder(job.options.folder, SHARDS)
    return complete(folder, job.number, job.run, lambda: _ShardTask(job))


class _ShardTask(Build):
    """A build of one shard's videos, in a worker.

    Args:
        job: the shard
    """

    def __init__(self, job: BuildJob) -> None:
        self.job = job
        with _opening:
            super().__init__(_with_encoder(job))
            _models[job.run] = self.texts.opened(self.options)
        self._shards = ShardFolder(self.out, SHARDS)
        self.folder = self._shards.of(job.number)
        self.threads = 1
        self.records = RecordFiles(self.folder)

    def opened(self) -> FrameEncoder:
        """Returns the encoder; the coordinator has checked the options."""
        assert not isinstance(self.options.encoder, str)
        return self.options.encoder

    def found(self) -> dict[str, Path]:
        """Returns the shard's videos."""
        return dict(self.job.videos)

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Claims the shard."""
        with Manifest(self.folder) as self._manifest:
            self._in_progress = InProgress(self.folder)
            yield

    def run(self) -> Generator[Progress, None, None]:
        """Builds; a full disk stops the run, as in a conversion."""
        try:
            yield from super().run()
        except OSError as error:
            if error.errno not in _FULL:
                raise
            self.report.stopped = "disk-full"

    def make(self, uid: str, video: Path) -> Made:
        """Builds a tree, marked as in progress; skips a video that several workers died on."""
        deaths = self._in_progress.deaths(uid)
        if deaths >= DEADLY:
            message = f"{deaths} workers died while they processed {uid}"
            return Made("worker-died", message=message)
        with self._in_progress.holding(uid):
            return super().make(uid, video)

    def settled(self, uid: str, made: Made) -> None:
        """Writes a video's row, from which the coordinator reads the progress."""
        status = FAILED if made.tree is None else OK
        self._manifest.append(ManifestRow(uid, status, made.reason, made.message))

    def finished(self) -> None:
        """Leaves the build's manifest to the coordinator."""

    def stop(self) -> None:
        """Stops the run and everything that it waits for; called from another thread."""
        self.report.stopped = self.report.stopped or "interrupted"
        self._stopped = True
        ffmpeg.stop_all(self)
        self.texts.stop()

    def done(self) -> Done:
        """Returns the result."""
        report = self.report.to_dict()
        return Done(
            self.job.run,
            report["counts"],
            0,
            dict(self.report.warnings),
            self._shards.manifest_bytes(self.job.number),
            report["seconds"],
            worker_name(),
            self.job.key,
            {**self.report.sums(), "files": [path.name for path in self.records.made]},
        )


#: The opened models of this process by run; several threads may process shards.
_models: dict[str, BuildOptions] = {}
_opening = threading.Lock()


def _with_encoder(job: BuildJob) -> BuildOptions:
    """Returns a shard's options with an encoder that is opened once per run and process."""
    if job.run not in _models:
        _models.clear()
        encoder = InTurn(frame_encoder_of(job.options), threading.Lock())
        _models[job.run] = replace(job.options, encoder=encoder)
    return _models[job.run]
