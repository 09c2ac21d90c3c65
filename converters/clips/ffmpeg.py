"""Finds an ffmpeg and runs it: bounded in time, never left behind, its last words kept."""

from __future__ import annotations

import functools
import logging
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

logger = logging.getLogger(__name__)

#: How much of what ffmpeg said last is kept, in bytes.
TAIL_BYTES = 4000

#: What runs now and for whom, so that it can be stopped from another thread.
_running: dict[subprocess.Popen[bytes], object] = {}

_thread = threading.local()


@dataclass(frozen=True)
class Finished:
    """How a run of ffmpeg ended.

    Attributes:
        returncode: ffmpeg's own, negative for a signal
        tail: the end of what it wrote to stderr
        timed_out: whether it was killed for taking too long
    """

    returncode: int
    tail: str
    timed_out: bool = False

    @property
    def disk_full(self) -> bool:
        """Whether ffmpeg ran out of room."""
        return "No space left on device" in self.tail or "Disk quota exceeded" in self.tail


@functools.cache
def ffmpeg_exe() -> str:
    """Returns an ffmpeg with libx264: the one on PATH if it has it, else imageio-ffmpeg's.

    Raises:
        RuntimeError: if there is neither
    """
    system = shutil.which("ffmpeg")
    if system:
        if _encodes_h264(system):
            return system
        logger.info("%s has no libx264, imageio-ffmpeg's is used instead", system)
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as e:
        raise RuntimeError(
            "no ffmpeg that encodes H.264: install one that is built with libx264 "
            "(apt-get install ffmpeg) or the wheel that carries one (pip install imageio-ffmpeg)"
        ) from e


def _encodes_h264(exe: str) -> bool:
    result = subprocess.run(
        [exe, "-hide_banner", "-h", "encoder=libx264"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return result.returncode == 0 and b"Encoder libx264" in result.stdout


@functools.cache
def _launcher() -> tuple[str, ...]:
    """The words before the command that make an ffmpeg die with the process that wants it.

    Where there is no setpriv, an ffmpeg whose converter was killed runs to its end; what it
    writes has a temporary name either way.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    prefix = (setpriv, "--pdeathsig", "KILL")
    probe = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if probe.returncode == 0 else ()


def run(command: Sequence[str], timeout: float | None = None) -> Finished:
    """Runs a command to its end, or kills it.

    The command gets no stdin, and a session of its own, so that Ctrl-C reaches this process alone;
    whatever exception arrives while it runs, the command is killed and reaped first.

    Args:
        command: the program and its arguments
        timeout: seconds of wall time, None for no limit

    Returns:
        how it ended
    """
    expired = threading.Event()
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [*_launcher(), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )

        def give_up() -> None:
            expired.set()
            process.kill()

        timer = threading.Timer(timeout, give_up) if timeout is not None else None
        _running[process] = getattr(_thread, "owner", None)
        try:
            if timer is not None:
                timer.daemon = True
                timer.start()
            returncode = process.wait()
        finally:
            if timer is not None:
                timer.cancel()
            if process.poll() is None:
                process.kill()
                process.wait()
            _running.pop(process, None)
        return Finished(returncode, _tail(stderr), expired.is_set() and returncode != 0)


def belong_to(owner: object) -> None:
    """Says whose commands this thread runs from now on."""
    _thread.owner = owner


def stop_all(owner: object) -> None:
    """Kills every command that threads of an owner's are waiting for."""
    for process, whose in list(_running.items()):
        if whose is owner:
            process.kill()


def _tail(file: IO[bytes]) -> str:
    end = file.seek(0, 2)
    file.seek(max(0, end - TAIL_BYTES))
    return file.read().decode("utf-8", "replace").strip()
