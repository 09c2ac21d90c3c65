"""Finds an ffmpeg and runs it: bounded in time, never left behind, its last words kept."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import ffmpeg_needs

#: What names another ffmpeg than the bundled one, in the environment: a path, or a name on PATH.
CHOICE = "ACTION100M_FFMPEG"

REINSTALL = "install the wheel that carries one (pip install --force-reinstall imageio-ffmpeg)"

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


class NoFfmpegError(RuntimeError):
    """There is no ffmpeg that can be used; the message says why, and what to do."""


def ffmpeg_exe() -> str:
    """Returns the ffmpeg that everything here runs.

    It is the one that imageio-ffmpeg carries, as clips depend on it, whatever is on PATH; or the
    one that ``ACTION100M_FFMPEG`` names, if it has all that :mod:`.ffmpeg_needs` lists.

    Raises:
        NoFfmpegError: if it cannot be used
    """
    return _usable(os.environ.get(CHOICE, ""))


@functools.cache
def _usable(choice: str) -> str:
    if choice:
        found = shutil.which(os.path.expanduser(choice))  # noqa: PTH111 - a name stays a name
        if found is None:
            raise NoFfmpegError(f"{CHOICE}={choice} is no program: name an ffmpeg, or unset it")
        exe = os.path.abspath(found)  # noqa: PTH100 - resolve() would follow links
        way_out = f"name another in {CHOICE}, or unset it for the one that imageio-ffmpeg carries"
    else:
        exe = _bundled()
        way_out = f"{REINSTALL}, or name another in {CHOICE}"
    why = ffmpeg_needs.lacks(exe)
    if why:
        raise NoFfmpegError(f"{exe} cannot be used: {why}; {way_out}")
    return exe


def _bundled() -> str:
    """Returns imageio-ffmpeg's own file; its ``get_ffmpeg_exe`` takes PATH's where it has none."""
    try:
        import imageio_ffmpeg
    except ImportError:
        raise NoFfmpegError(f"imageio-ffmpeg is not installed: {REINSTALL}") from None
    folder = Path(imageio_ffmpeg.__file__).parent / "binaries"
    found = sorted(path for path in folder.glob("ffmpeg-*") if os.access(path, os.X_OK))
    if not found:
        raise NoFfmpegError(
            f"imageio-ffmpeg carries no ffmpeg for this machine: {REINSTALL}, or name an ffmpeg of "
            f"your own in {CHOICE}"
        )
    return str(found[-1])


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


def set_owner(owner: object) -> None:
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


def main() -> int:
    """Prints the ffmpeg that is run, for the set-up; returns 1 where there is none."""
    try:
        print(ffmpeg_exe())
    except NoFfmpegError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
