"""The processes that tests start: a mongod and an App server of their own, which die with them."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1


class ServiceError(Exception):
    """A process did not come up."""


class Service:
    """A process that is stopped by its pid, and killed by the kernel if the tests are."""

    def __init__(
        self,
        command: list[str],
        log: Path,
        env: dict[str, str] | None = None,
        pipes: tuple[int, ...] = (),
    ) -> None:
        self.log = log
        with log.open("wb") as f:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=f,
                stderr=subprocess.STDOUT,
                env=env,
                pass_fds=pipes,
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )

    def stop(self, grace: float = 10) -> None:
        """Ends the process: asked first, killed after ``grace`` seconds."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def check(self) -> None:
        """Raises :class:`ServiceError` with the log's end if the process is gone."""
        if self.process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise ServiceError(f"{self.process.args!r} ended: {tail}")


class AppServer(Service):
    """FiftyOne's own App server on a loopback port."""

    def __init__(self, log: Path, timeout: float = 120, env: dict[str, str] | None = None) -> None:
        self.port = free_port()
        command = [sys.executable, "-m", "fiftyone.server.main"]
        command += ["--port", str(self.port), "--address", "127.0.0.1"]
        super().__init__(command, log, env)
        self._wait(timeout)

    def url(self, dataset: str = "") -> str:
        """Returns the address of a dataset's grid, or of the App."""
        root = f"http://127.0.0.1:{self.port}"
        return f"{root}/datasets/{dataset}" if dataset else root

    def _wait(self, timeout: float) -> None:
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            self.check()
            try:
                with urllib.request.urlopen(f"{self.url()}/fiftyone", timeout=5):
                    return
            except (urllib.error.URLError, TimeoutError, ConnectionError):
                time.sleep(0.2)
        self.stop()
        raise ServiceError(f"no answer from the App after {timeout:.0f} s")


def database_folder() -> Path:
    """Makes a folder for a database: in memory if there is room, and else on the disk.

    A dataset is made in a dozen files, and a disk is waited for after each. Folders that killed
    runs left are removed.
    """
    memory, prefix = Path("/dev/shm"), "action100m-tests-"
    if not os.access(memory, os.W_OK) or shutil.disk_usage(memory).free < 2 * 2**30:
        return Path(tempfile.mkdtemp(prefix=prefix))
    for left in memory.glob(f"{prefix}*-*"):
        if not Path("/proc", left.name[len(prefix) :].partition("-")[0]).exists():
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(prefix=f"{prefix}{os.getpid()}-", dir=memory))


def start_mongod(
    exe: str, home: Path, timeout: float = 30, cache_gb: float = 0.25, journal_mb: int = 100
) -> tuple[Service, str]:
    """Starts a mongod with a fresh database, by default with the smallest cache it can have.

    Args:
        exe: the mongod
        home: a folder for the database and the log; on a disk it is slower
        timeout: seconds until it has to listen
        cache_gb: its cache in GiB
        journal_mb: the size of a file of its journal in MB

    Returns:
        the process and its URI

    Raises:
        ServiceError: if it does not listen in time
    """
    data = home / "mongo"
    data.mkdir()
    port = free_port()
    args = ["--dbpath", str(data), "--port", str(port), "--bind_ip", "127.0.0.1"]
    small = ["--nounixsocket", "--wiredTigerCacheSizeGB", f"{cache_gb:g}"]
    small += ["--setParameter", "diagnosticDataCollectionEnabled=false"]  # it samples each second
    if journal_mb < 100:
        log = f"log=(file_max={journal_mb}MB,prealloc=false)"
        small += ["--wiredTigerEngineConfigString", log]
    service = Service([exe, *args, *small], home / "mongod.log")
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        service.check()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return service, f"mongodb://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.02)
    service.stop()
    raise ServiceError(f"mongod does not listen after {timeout:.0f} s")


def find_mongod() -> str | None:
    """Returns FiftyOne's own mongod, or the one on PATH; does not import FiftyOne."""
    spec = importlib.util.find_spec("fiftyone")
    for place in (spec.submodule_search_locations or []) if spec else []:
        own = Path(place) / "db" / "bin" / "mongod"
        if os.access(own, os.X_OK):
            return str(own)
    return shutil.which("mongod")


def free_port() -> int:
    """Returns a loopback port that nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def wait_until_gone(word: str, timeout: float = 60) -> None:
    """Waits until no process has a word in its command line, as a killed one's ffmpegs have."""
    end = time.monotonic() + timeout
    while word in _command_lines():
        assert time.monotonic() < end, f"{word} is still in use"
        time.sleep(0.02)


def _command_lines() -> str:
    lines = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):  # ended meanwhile
            lines.append(entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
    return "\n".join(lines)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
