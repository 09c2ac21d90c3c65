"""Processes that start with FiftyOne imported, which costs each of them seconds of CPU otherwise.

Before a pytest process runs its first test, it forks one that only waits. That one is forked for
each process that a test starts: it knows nothing of what tests have done, and may be killed. Its
parent is a process that waits for it, and tells the test.

Where processes cannot be forked safely, as on macOS, Python is started instead.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import logging
import multiprocessing.util
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import NoReturn, Union

from services import PR_SET_PDEATHSIG

#: Runs the command line.
CLI = "import sys; from fiftyone_action100m.cli import main; sys.exit(main())"
#: What reads the environment when it is imported, and is small.
_IMPORTED_AGAIN = ("datasets", "huggingface_hub")

_server: socket.socket | None = None


def begin() -> None:
    """Forks the process that waits, if FiftyOne has been imported."""
    global _server
    if _server is not None or sys.platform != "linux" or "fiftyone" not in sys.modules:
        return
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    if os.fork() == 0:
        try:
            ours.close()
            _serve(theirs)
        finally:
            os._exit(0)
    theirs.close()
    _server = ours


class Process:
    """A process that has been forked, with what tests use of ``subprocess.Popen``.

    Attributes:
        pid: its id
        returncode: None while it runs; else its exit code, or the negative signal
    """

    def __init__(self, code: str, arguments: tuple[str, ...], env: Mapping[str, str]) -> None:
        assert _server is not None
        self.returncode: int | None = None
        self._said = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115
        self._keeper, keeper = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        asked = json.dumps([code, list(arguments), dict(env), str(Path.cwd())]).encode()
        with tempfile.TemporaryFile() as request, keeper:
            request.write(asked)
            request.flush()
            fds = [keeper.fileno(), request.fileno(), *(file.fileno() for file in self._said)]
            socket.send_fds(_server, [b"x"], fds)
        self.pid: int = json.loads(self._keeper.recv(99))

    def poll(self) -> int | None:
        """Returns its exit code, None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Waits for its end and returns its exit code.

        Raises:
            TimeoutExpired: if it takes more than so many seconds
        """
        if self.returncode is None:
            self._keeper.settimeout(timeout)
            try:
                self.returncode = int(json.loads(self._keeper.recv(99)))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired("a forked process", timeout or 0) from None
            self._keeper.close()
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Waits for its end, and returns what it has printed and what it has complained of."""
        self.wait(timeout)
        texts = []
        for file in self._said:
            file.seek(0)
            texts.append(file.read().decode())
            file.close()
        return texts[0], texts[1]

    def send_signal(self, number: int) -> None:
        """Sends it a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kills it."""
        self.send_signal(signal.SIGKILL)


Started = Union[Process, "subprocess.Popen[str]"]


def start(code: str, *arguments: str, env: Mapping[str, str] | None = None) -> Started:
    """Starts a process that runs code.

    Args:
        code: the program
        arguments: its ``sys.argv[1:]``
        env: its environment; by default that of this process
    """
    if _server is not None:
        return Process(code, arguments, os.environ if env is None else env)
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**(os.environ if env is None else env), "PYTHONPATH": str(Path(__file__).parent)},
        # A shell's background job, which the tests may be, has it ignored.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def run(
    code: str, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs code in a process of its own, and returns what came of it."""
    process = start(code, *arguments, env=env)
    said, complained = process.communicate(timeout=300)
    return subprocess.CompletedProcess([*arguments], process.wait(), said, complained)


def _serve(asked: socket.socket) -> None:
    """Forks a process for each request, until nobody can ask any more."""
    _die_with_parent()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # of a terminal: not for this one
    atexit._clear()  # what the tests' process has to clear up is not cleared up here
    _close_pipes()
    while True:
        message, fds, _, _ = socket.recv_fds(asked, 1, 4)
        if not message:
            return
        if os.fork() == 0:
            asked.close()
            _keep(*fds)
        for fd in fds:
            os.close(fd)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _keep(fd: int, request: int, out: int, error: int) -> NoReturn:
    """Forks the process, tells its id, waits for its end, and tells its exit code."""
    try:
        _die_with_parent()
        with socket.socket(fileno=fd) as told:
            pid = os.fork()
            if pid == 0:
                told.close()
                _become(request, out, error)
            told.send(json.dumps(pid).encode())
            _, status = os.waitpid(pid, 0)
            told.send(json.dumps(os.waitstatus_to_exitcode(status)).encode())
    finally:
        os._exit(0)


def _become(request: int, out: int, error: int) -> NoReturn:
    """Runs what has been asked for, as if Python had just been started."""
    status = 1
    try:
        _die_with_parent()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for fd, place in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (error, 2)):
            os.dup2(fd, place)
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", 1, errors="backslashreplace", closefd=False)
        with open(request, "rb") as file:
            file.seek(0)
            code, arguments, env, folder = json.loads(file.read())
        atexit.register(multiprocessing.util._exit_function)  # type: ignore[attr-defined]
        sys.argv = ["-c", *arguments]
        os.chdir(folder)
        database = os.environ.get("FIFTYONE_DATABASE_URI")
        os.environ.clear()
        os.environ.update(env)
        _look_again(env.get("FIFTYONE_DATABASE_URI") != database)
        status = _exit_code(code)
        threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        sys.stdout.flush()
    finally:
        os._exit(status)


def _exit_code(code: str) -> int:
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        # Not pytest's, which processes that are spawned from here would import.
        sys.modules["__main__"] = made = ModuleType("__main__")
        exec(compile(code, "<string>", "exec"), made.__dict__)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException as error:
        traceback.print_exc()
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
        return 1
    return 0


def _look_again(other_database: bool) -> None:
    """Has FiftyOne and others look at the environment and the output as they are now."""
    import fiftyone as fo
    import fiftyone.core.odm.database as odm
    from fiftyone.core.config import load_config

    warnings.filterwarnings("ignore", "MongoClient opened before fork")
    fo.config.__dict__.update(load_config().__dict__)
    if other_database:
        odm._disconnect()
        odm.establish_db_conn(fo.config)
    for name in list(sys.modules):
        if name.partition(".")[0] in _IMPORTED_AGAIN:
            del sys.modules[name]
    for logger in ("fiftyone", "eta"):
        for handler in logging.getLogger(logger).handlers:
            if isinstance(handler, logging.StreamHandler):
                handler.setStream(sys.stdout)


def _close_pipes() -> None:
    """Closes those by which pytest's processes learn that one of them has ended."""
    for path in list(Path("/proc/self/fd").iterdir()):
        with suppress(OSError):
            if int(path.name) > 2 and str(path.readlink()).startswith("pipe:"):
                os.close(int(path.name))


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
