"""The machine that this process runs on: its cores, and waiting for threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread


def cores() -> int:
    """Returns the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def wait_for(end: Callable[[], object]) -> None:
    """Calls a function that waits for threads, and notices an interrupt within a second.

    If a signal arrives just as the main thread begins to wait for a lock, Python notices it only
    when the lock is free. After an interrupt, the function goes on in a thread of its own.

    Raises:
        KeyboardInterrupt: if the main thread is interrupted
        BaseException: what the function raises
    """
    ended: Future[object] = Future()

    def run() -> None:
        try:
            ended.set_result(end())
        except BaseException as error:
            ended.set_exception(error)

    thread = Thread(target=run, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(1.0)
    ended.result()
