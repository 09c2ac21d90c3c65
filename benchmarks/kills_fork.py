"""Runs ``action100m`` in a fork of this process, which has imported FiftyOne already."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from fiftyone_action100m.cli import main


class Forked:
    """A forked process in its own session, with the interface of ``subprocess.Popen``.

    Args:
        arguments: of ``action100m``
        log: the file for its output
    """

    def __init__(self, arguments: Sequence[str], log: Path) -> None:
        self.returncode: int | None = None
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _become(arguments, log)

    def poll(self) -> int | None:
        """Returns its exit code, None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end and returns its exit code.

        Raises:
            TimeoutExpired: if it takes more than ``timeout`` seconds
        """
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("a forked conversion", timeout or 0)
            time.sleep(0.005)
        return code


def _become(arguments: Sequence[str], log: Path) -> NoReturn:
    code = 1
    try:
        os.setsid()
        for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, str(log), _WRITE)):
            os.dup2(os.open(path, flags, 0o644), number)
        os.dup2(1, 2)
        code = main(arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
