"""Executors for shards: local processes, a Dask cluster, or any ``concurrent.futures.Executor``.

Starting, queueing for and counting workers is left to the standard library or to Dask.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import re
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import (
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, TypeVar

from ...core.machine import cores, wait_for
from ...core.option_error import OptionError

T = TypeVar("T")

#: Attempts at a shard whose workers die or fail, before it is abandoned.
TRIES = 5

#: Seconds to wait for a Dask scheduler's answer.
_CONNECT = 10

_ADDRESS = re.compile(r"([a-z]+://)?[^/]+:\d+")


@dataclass(frozen=True)
class Engine:
    """An executor for shards.

    Attributes:
        executor: runs the shards
        at_once: number of shards that it runs at once, as known at the start of a run
        tries: attempts at a shard before it is abandoned
        name: a description for messages
        workers: returns the names of the current workers, if the executor knows them
        kill: ends the workers that are on this machine at once, whatever they do
    """

    executor: Executor
    at_once: int
    tries: int
    name: str
    workers: Callable[[], set[str]] = set
    kill: Callable[[], None] = lambda: None


class Processes(Executor):
    """Local processes, each in a pool of its own, so that one that dies does not end the others.

    (A ``ProcessPoolExecutor`` ends all of its processes when one of them dies.)

    Args:
        count: number of processes
    """

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, "shard")
        self._own = threading.local()
        self._pools: dict[ProcessPoolExecutor, int] = {}  # with the id of its process

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Calls a function in a process; the future raises ``BrokenExecutor`` if that dies."""
        return self._threads.submit(self._call, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the processes once they have finished their shards."""
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
        for pool in list(self._pools):
            pool.shutdown(wait)

    def kill(self) -> None:
        """Ends the processes at once."""
        for process in list(self._pools.values()):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def _call(self, fn: Callable[..., T], args: tuple[Any, ...], kwargs: dict[str, Any]) -> T:
        pool: ProcessPoolExecutor | None = getattr(self._own, "pool", None)
        if pool is None:
            # Not forked: this process has threads and a database connection.
            context = multiprocessing.get_context("spawn")
            pool = ProcessPoolExecutor(1, context, _begin_process)
            self._own.pool = pool
        try:
            if pool not in self._pools:
                self._pools[pool] = pool.submit(os.getpid).result()
            return pool.submit(fn, *args, **kwargs).result()
        except BrokenExecutor:
            self._own.pool = None
            self._pools.pop(pool, None)
            pool.shutdown(wait=False)
            raise


def _begin_process() -> None:
    """Leaves Ctrl-C to the coordinator, and ends this process when the coordinator ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextmanager
def local_engine(processes: int) -> Iterator[Engine]:
    """Starts local processes.

    Args:
        processes: number of processes
    """
    executor = Processes(processes)
    try:
        name = f"{processes} processes"
        yield Engine(executor, processes, TRIES, name, kill=executor.kill)
    finally:
        try:
            wait_for(partial(executor.shutdown, cancel_futures=True))
        except KeyboardInterrupt:
            executor.kill()
            raise


@contextmanager
def dask_engine(scheduler: str) -> Iterator[Engine]:
    """Connects to an existing Dask cluster, which manages its own workers.

    Dask itself reruns the task of a worker that died, up to ``allowed-failures`` times.

    Args:
        scheduler: its address (``tcp://host:8786``), or the file that ``dask scheduler
            --scheduler-file`` has written

    Raises:
        OptionError: if Dask is not installed, or the scheduler does not answer
    """
    try:
        from distributed import Client
    except ImportError:
        raise OptionError(
            "scheduler", "a cluster needs Dask: pip install 'fiftyone_action100m[cluster]'"
        ) from None
    address = _scheduler_address(scheduler)
    with ThreadPoolExecutor(1) as thread:  # this thread may run an event loop, as in a notebook
        try:
            thread.submit(asyncio.run, _greet(address)).result()
        except Exception as error:  # any server may listen there
            said = str(error) or type(error).__name__
            raise OptionError(
                "scheduler", f"no Dask scheduler answers at {address}: {said}"
            ) from None
    with Client(address, timeout=_CONNECT, set_as_default=False) as client:
        executor = client.get_executor(pure=False)
        slots = sum(client.nthreads().values())

        def workers() -> set[str]:
            return set(client.nthreads())

        try:
            yield Engine(executor, max(1, slots), 2, f"Dask at {scheduler}", workers)
        finally:
            executor.shutdown(wait=False)


def _scheduler_address(scheduler: str) -> str:
    """Returns a scheduler's address, read from its file if needed.

    Raises:
        OptionError: if it is neither
    """
    path = Path(scheduler)
    try:
        if path.is_file():
            return str(json.loads(path.read_text("utf-8"))["address"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OptionError(
            "scheduler", f"{scheduler} is not a Dask scheduler's file: {error}"
        ) from None
    if _ADDRESS.fullmatch(scheduler) is None:
        raise OptionError(
            "scheduler",
            f"{scheduler} is neither an existing file nor an address: give tcp://host:8786, or "
            "the file that `dask scheduler --scheduler-file` writes",
        )
    return scheduler


async def _greet(address: str) -> None:
    """Asks a scheduler for its identity; a client would wait a minute for an absent one."""
    from distributed.core import rpc
    from distributed.security import Security

    arguments = Security().get_connection_args("client")
    async with rpc(address, timeout=_CONNECT, connection_args=arguments) as scheduler:
        await asyncio.wait_for(scheduler.identity(), _CONNECT)


@contextmanager
def given_engine(executor: Executor) -> Iterator[Engine]:
    """Uses an existing executor, and leaves it open."""
    yield Engine(executor, 1, TRIES, type(executor).__name__)


def choose_engine(
    processes: int | None, scheduler: str | None, executor: Executor | None
) -> Callable[[], AbstractContextManager[Engine]]:
    """Returns a context manager of the requested engine: local processes, one per core, by default.

    Args:
        processes: number of local processes
        scheduler: a Dask scheduler's address, or its file
        executor: an executor to use; it is left open

    Raises:
        OptionError: if more than one engine is requested
    """
    asked = {"processes": processes, "scheduler": scheduler, "executor": executor}
    given = [name for name, value in asked.items() if value is not None]
    if len(given) > 1:
        raise OptionError(given[-1], f"give only one of {' and '.join(given)}")
    if executor is not None:
        return lambda: given_engine(executor)
    if scheduler is not None:
        return lambda: dask_engine(scheduler)
    return lambda: local_engine(processes or cores())
