"""Records and videos to be converted in shards, and who kills workers in the middle of a video."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from fiftyone_action100m.converters.clips.media import ClipSettings
from fiftyone_action100m.converters.options import ConvertOptions
from material import small_record, write_parquet, write_video

UIDS = [f"video-{i}" for i in range(6)]

_TEMPORARY = re.compile(r"\.(.+)\.mp4\.(\d+)-[0-9a-f]{8}\.tmp\.mp4")


def make_material(folder: Path) -> Path:
    """Makes six records in two row groups, and their videos: two are encoded, which takes time."""
    write_parquet(folder / "records.parquet", [small_record(uid) for uid in UIDS], group=4)
    for i, uid in enumerate(UIDS):
        slow = i in (1, 4)
        write_video(
            folder / "videos" / f"{uid}.mp4", encode=slow, size="480x270" if slow else "64x48"
        )
    return folder


def options_of(material: Path, name: str, out: Path, **changes: object) -> ConvertOptions:
    """Returns what is to be done."""
    given: dict[str, object] = {
        "source": material / "records.parquet",
        "videos": material / "videos",
        "name": name,
        "out": out,
        "clip": ClipSettings(clip_seconds=4.0),
    }
    return ConvertOptions(**{**given, **changes})  # type: ignore[arg-type]


class Killer(threading.Thread):
    """Kills workers that are in the middle of a clip.

    Args:
        clips: the folder where they make them
        times: how many to kill
        uid: whose clip; None for any
        wanted: which process ids may be killed; None for any but this one's

    Attributes:
        killed: the ids of the processes, and of their videos in progress
    """

    def __init__(
        self,
        clips: Path,
        times: int = 1,
        uid: str | None = None,
        wanted: Callable[[], set[int]] | None = None,
    ) -> None:
        super().__init__(daemon=True)
        self.clips, self.times, self.uid, self.wanted = clips, times, uid, wanted
        self.killed: list[tuple[int, str]] = []
        self._over = threading.Event()

    def __enter__(self) -> Killer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Looks for temporary files, whose names tell who writes them."""
        while len(self.killed) < self.times and not self._over.is_set():
            for path in self.clips.glob(".*.tmp.mp4"):
                found = _TEMPORARY.fullmatch(path.name)
                if found and self.uid in (None, found[1]) and self._kill(path, int(found[2])):
                    self.killed.append((int(found[2]), found[1]))
                    break
            time.sleep(0.002)

    def _kill(self, path: Path, pid: int) -> bool:
        before = {killed for killed, _ in self.killed}
        if pid == os.getpid() or pid in before or (self.wanted and pid not in self.wanted()):
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)  # so that it is in the middle of it for certain
            with suppress(AssertionError):  # it has other children, too
                wait_for(lambda: _ffmpegs_run(pid), seconds=5, every=0.002)
            if path.exists():
                os.kill(pid, signal.SIGKILL)
                return True
            os.kill(pid, signal.SIGCONT)
        return False


def _ffmpegs_run(pid: int) -> bool:
    """Whether a process's children are all ffmpegs, which die with it.

    One that is yet to become an ffmpeg would outlive it, and write its file when all is over.
    """
    try:
        return all("ffmpeg" in child.name() for child in psutil.Process(pid).children())
    except psutil.NoSuchProcess:  # a child has ended
        return False


def clips_in(out: Path) -> list[str]:
    """Returns the names of all that is in the folder of the clips, hidden files too."""
    return sorted(path.name for path in (out / "clips").iterdir())


class Inline(Executor):
    """Works on each shard where it is submitted."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Calls a function at once."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def wait_for(
    condition: Callable[[], Any], process: Any = None, seconds: float = 90, every: float = 0.01
) -> None:
    """Waits until something is so, as long as a process runs."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end and (process is None or process.poll() is None)
        time.sleep(every)
