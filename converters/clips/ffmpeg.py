"""Finds an ffmpeg and runs it with a timeout; no process is ever left behind."""

from __future__ import annotations

import functools
import math
import os
import select
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import ffmpeg_needs

#: The environment variable that names another ffmpeg, by path or by name on PATH.
CHOICE = "ACTION100M_FFMPEG"

REINSTALL = "install the wheel that carries one (pip install --force-reinstall imageio-ffmpeg)"

#: How much of the end of ffmpeg's messages is kept, in bytes.
TAIL_BYTES = 4000

#: The running processes and their owners, so that another thread can stop them.
_running: dict[subprocess.Popen[bytes], object] = {}

_thread = threading.local()


@dataclass(frozen=True)
class Finished:
    """How a run of ffmpeg ended.

    Attributes:
        returncode: ffmpeg's exit code, negative for a signal
        tail: the end of its stderr
        timed_out: whether it was killed by the timeout
        stalled: whether it was killed as its output did not grow
    """

    returncode: int
    tail: str
    timed_out: bool = False
    stalled: bool = False

    @property
    def disk_full(self) -> bool:
        """Whether ffmpeg ran out of disk space."""
        return "No space left on device" in self.tail or "Disk quota exceeded" in self.tail


class NoFfmpegError(RuntimeError):
    """There is no usable ffmpeg."""


def ffmpeg_exe() -> str:
    """Returns the path of the ffmpeg to run.

    It is the one that ``ACTION100M_FFMPEG`` names, else the one bundled with imageio-ffmpeg, never
    just the first on PATH, as clips depend on it. It must have all that :mod:`.ffmpeg_needs` lists.

    Raises:
        NoFfmpegError: if it is not usable
    """
    return _usable(os.environ.get(CHOICE, ""))


@functools.cache
def _usable(choice: str) -> str:
    if choice:
        found = shutil.which(os.path.expanduser(choice))  # noqa: PTH111 - a name stays a name
        if found is None:
            raise NoFfmpegError(f"{CHOICE}={choice} is not a program: name an ffmpeg, or unset it")
        exe = os.path.abspath(found)  # noqa: PTH100 - resolve() would follow links
        way_out = f"name another in {CHOICE}, or unset it to use imageio-ffmpeg's"
    else:
        exe = _bundled()
        way_out = f"{REINSTALL}, or name another in {CHOICE}"
    why = ffmpeg_needs.lacks(exe)
    if why:
        raise NoFfmpegError(f"{exe} cannot be used: {why}; {way_out}")
    return exe


def _bundled() -> str:
    """Returns imageio-ffmpeg's bundled file; its ``get_ffmpeg_exe`` may fall back to PATH."""
    try:
        import imageio_ffmpeg
    except ImportError:
        raise NoFfmpegError(f"imageio-ffmpeg is not installed: {REINSTALL}") from None
    folder = Path(imageio_ffmpeg.__file__).parent / "binaries"
    found = sorted(path for path in folder.glob("ffmpeg-*") if os.access(path, os.X_OK))
    if not found:
        raise NoFfmpegError(
            f"imageio-ffmpeg has no ffmpeg for this machine: {REINSTALL}, or name your own in "
            f"{CHOICE}"
        )
    return str(found[-1])


@functools.cache
def launcher() -> tuple[str, ...]:
    """Returns a prefix of commands that ends ffmpeg together with this process.

    Without setpriv, an ffmpeg whose converter was killed runs to its end; its output has a
    temporary name either way.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return ()
    prefix = (setpriv, "--pdeathsig", "KILL")
    probe = subprocess.run([*prefix, "true"], capture_output=True, check=False)
    return prefix if probe.returncode == 0 else ()


def run(
    command: Sequence[str],
    timeout: float | None = None,
    output: Path | None = None,
    stall: float = math.inf,
) -> Finished:
    """Runs a command to its end, or kills it.

    The command gets no stdin and its own session, so Ctrl-C reaches this process only. On any
    exception, the command is killed and reaped before it propagates.

    Args:
        command: the program and its arguments
        timeout: seconds of wall time, None for no limit
        output: the file that it writes
        stall: seconds after which it is killed if ``output`` has not grown
    """
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [*launcher(), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,
        )
        watchdog = _Watchdog(process, math.inf if timeout is None else timeout, output, stall)
        _running[process] = owner()
        try:
            watchdog.start()
            returncode = process.wait()
        finally:
            watchdog.ended.set()
            if process.poll() is None:
                process.kill()
                process.wait()
            _running.pop(process, None)
        failed = returncode != 0
        return Finished(
            returncode, _tail(stderr), watchdog.timed_out and failed, watchdog.stalled and failed
        )


class RunError(RuntimeError):
    """A command with piped output failed.

    Attributes:
        finished: how it ended
    """

    def __init__(self, finished: Finished) -> None:
        super().__init__(finished.tail or f"ended with {finished.returncode}")
        self.finished = finished


def read_output(
    command: Sequence[str], size: int, stall: float
) -> Generator[bytearray, None, None]:
    """Runs a command and yields its output in blocks, the last of which may be shorter.

    The command is killed and reaped when the generator is closed, and on any exception.

    Args:
        command: the program and its arguments
        size: of a block, in bytes
        stall: seconds without requested output after which it is killed

    Raises:
        RunError: if it fails, after the blocks that it has written
    """
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            [*launcher(), *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            bufsize=0,
            start_new_session=True,
        )
        assert process.stdout is not None
        _running[process] = owner()
        stalled = False
        try:
            while not stalled:
                block = bytearray(size)
                filled, stalled = _fill(process.stdout, block, stall)
                if filled:
                    yield block[:filled] if filled < size else block
                if filled < size:
                    break
            if stalled:
                process.kill()
            returncode = process.wait()
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            _running.pop(process, None)
        if returncode:
            raise RunError(Finished(returncode, _tail(stderr), stalled=stalled))


def _fill(pipe: IO[bytes], block: bytearray, stall: float) -> tuple[int, bool]:
    """Fills a block from a pipe; returns the bytes read, and whether nothing came in time."""
    filled, view = 0, memoryview(block)
    while filled < len(block):
        if not select.select([pipe], [], [], stall)[0]:
            return filled, True
        read = pipe.readinto(view[filled:])  # type: ignore[attr-defined]
        if not read:
            break
        filled += read
    return filled, False


class _Watchdog(threading.Thread):
    """Kills a process that takes longer than a timeout, or whose output does not grow."""

    def __init__(
        self, process: subprocess.Popen[bytes], timeout: float, output: Path | None, stall: float
    ) -> None:
        super().__init__(daemon=True)
        self.ended = threading.Event()
        self.timed_out = self.stalled = False
        self._process, self._timeout, self._output, self._stall = process, timeout, output, stall

    def run(self) -> None:
        begun = grown = time.monotonic()
        size = 0
        while not (self.timed_out or self.stalled):
            left = begun + self._timeout - time.monotonic()
            if self.ended.wait(max(0.0, min(left, self._stall / 10, threading.TIMEOUT_MAX))):
                return
            now = time.monotonic()
            if self._output is not None and self._stall < math.inf:
                with suppress(OSError):
                    before, size = size, self._output.stat().st_size
                    grown = grown if size == before else now
                self.stalled = now - grown >= self._stall
            self.timed_out = now - begun >= self._timeout
        self._process.kill()


def set_owner(owner: object) -> None:
    """Sets the owner of the commands that this thread runs from now on."""
    _thread.owner = owner


def owner() -> object:
    """Returns the owner of this thread's commands, for another thread to set."""
    return getattr(_thread, "owner", None)


def stop_all(owner: object) -> None:
    """Kills all running commands of an owner."""
    for process, whose in list(_running.items()):
        if whose is owner:
            process.kill()


def _tail(file: IO[bytes]) -> str:
    end = file.seek(0, 2)
    file.seek(max(0, end - TAIL_BYTES))
    return file.read().decode("utf-8", "replace").strip()


def main() -> int:
    """Prints the path of the ffmpeg in use, for the set-up; returns 1 if there is none."""
    try:
        print(ffmpeg_exe())
    except NoFfmpegError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
