"""Runs one shard in a worker, whether clips or trees are made of its videos.

If a worker dies, its videos in progress are lost, and the next worker reuses the others. A video
that was in progress at several deaths is assumed to be their cause.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..manifest import LockedError, only_writer
from ..report import Progress, Report
from .folder import Done, ShardFolder

#: The number of deaths after which the video in progress is not tried again.
DEADLY = 3

#: Seconds between two checks for a stop file.
POLL = 0.5

DONE, BUSY, STOPPED = "done", "busy", "stopped"


class WorkerError(RuntimeError):
    """A worker's machine lacks what its shard needs."""


@dataclass(frozen=True)
class ShardOutcome:
    """The outcome of a worker's attempt at a shard.

    Attributes:
        number: the shard's number
        state: ``done``, ``busy`` (another worker holds it) or ``stopped`` (left early)
        why: why it was stopped
        done: the result, sent along because other machines may see the new file late
    """

    number: int
    state: str
    why: str = ""
    done: Done | None = None


class ShardTask(Protocol):
    """The work on one shard."""

    @property
    def report(self) -> Report:
        """The outcome so far; ``stopped`` says why it ended early."""

    def run(self) -> Generator[Progress, None, None]:
        """Does the work; raises a ``LockedError`` if another worker holds the shard."""

    def stop(self) -> None:
        """Stops the work and everything that it waits for; called from another thread."""

    def done(self) -> Done:
        """Returns the result."""


def complete(
    folder: ShardFolder, number: int, run: str, begin: Callable[[], ShardTask]
) -> ShardOutcome:
    """Works on a shard and records its completion in the shared folder.

    Args:
        folder: the shards
        number: the shard's number
        run: the coordinator's run
        begin: returns the work to do

    Raises:
        WorkerError: if this machine does not see the shared folder or its locks
        ManifestError: if the folder cannot be locked
    """
    _check_place(folder)
    done = folder.done(number)
    if done and done.run == run:
        return ShardOutcome(number, DONE, done=done)  # by a worker that was considered dead
    task = begin()
    try:
        stopped = _work(task, folder.stop_file(run))
    except LockedError:
        return ShardOutcome(number, BUSY)
    if stopped:
        return ShardOutcome(number, STOPPED, stopped)
    done = task.done()
    folder.mark_done(number, done)
    return ShardOutcome(number, DONE, done=done)


def worker_name() -> str:
    """Returns this worker's machine and process."""
    return f"{socket.gethostname()}:{os.getpid()}"


def _work(task: ShardTask, stop_file: Path) -> str:
    """Processes a shard; returns why it was left early, or an empty string."""
    with _stopped_by(stop_file, task):
        progress = task.run()
        for _ in progress:
            if task.report.stopped == "interrupted":
                progress.close()
                break
    return task.report.stopped


@contextmanager
def _stopped_by(file: Path, task: ShardTask) -> Iterator[None]:
    """Stops the work and everything that it waits for as soon as a file exists."""
    over = threading.Event()

    def watch() -> None:
        while not over.is_set():
            if file.exists():
                task.stop()
                return
            over.wait(POLL)

    thread = threading.Thread(target=watch, name="stop", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _check_place(folder: ShardFolder) -> None:
    """Checks that this machine sees the coordinator's folder and lock.

    Raises:
        WorkerError: if it does not
    """
    host = socket.gethostname()
    if not folder.has_plan():
        raise WorkerError(
            f"{host} does not see {folder.path}/plan.json: --out must be a folder that all "
            "machines share, under the same path"
        )
    try:
        lock = only_writer(folder.path)
    except LockedError:
        return  # the coordinator holds it
    lock.close()
    raise WorkerError(
        f"{host} does not see the coordinator's lock on {folder.path}: mount the folder with locks "
        "that reach all machines (NFS 4; Lustre with -o flock), or the coordinator is gone"
    )


class InProgress:
    """The videos in progress of a shard's worker: one file each, which stays if it dies.

    Args:
        folder: the shard's folder"""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "in-hand"
        marks = list(self._folder.iterdir()) if self._folder.is_dir() else []
        self._deaths = {mark.name: int(mark.read_text().strip() or 0) + 1 for mark in marks}

    def deaths(self, uid: str) -> int:
        """Returns the number of workers that died with a video in progress."""
        return self._deaths.get(uid, 0)

    def forget(self, uid: str) -> None:
        """Forgets the deaths of a video's workers."""
        (self._folder / uid).unlink(missing_ok=True)

    @contextmanager
    def holding(self, uid: str) -> Iterator[None]:
        """Marks a video as in progress, and forgets earlier deaths at the end."""
        self._folder.mkdir(exist_ok=True)
        (self._folder / uid).write_text(str(self.deaths(uid)))
        try:
            yield
        finally:
            self.forget(uid)
