"""Measures wall time and CPU, mongod's apart, and prints tables and ratios."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import psutil


@dataclass
class Usage:
    """Time that a piece of work took, in seconds.

    Attributes:
        wall: wall time
        cpu: CPU of this process and of its ended children
        mongod: CPU of the database
    """

    wall: float = 0.0
    cpu: float = 0.0
    mongod: float = 0.0


@contextmanager
def measured(mongod_pid: int | None = None) -> Iterator[Usage]:
    """Measures the ``with`` block; the values are set when it ends.

    Args:
        mongod_pid: the database's process; None to leave it out
    """
    usage = Usage()
    server = None if mongod_pid is None else psutil.Process(mongod_pid)
    wall, cpu, mongod = time.perf_counter(), _own_cpu(), _cpu_of(server)
    try:
        yield usage
    finally:
        usage.wall = time.perf_counter() - wall
        usage.cpu = _own_cpu() - cpu
        usage.mongod = _cpu_of(server) - mongod


def _own_cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _cpu_of(process: psutil.Process | None) -> float:
    if process is None:
        return 0.0
    times = process.cpu_times()
    return float(times.user + times.system)


def alternating(
    ways: Sequence[tuple[str, Callable[[], Usage]]], repeat: int
) -> dict[str, list[Usage]]:
    """Runs the alternatives in turn, so that other load on the machine affects all of them alike.

    Args:
        ways: names and functions; each returns its usage
        repeat: number of rounds
    """
    results: dict[str, list[Usage]] = {name: [] for name, _ in ways}
    for _ in range(repeat):
        for name, run in ways:
            results[name].append(run())
    return results


def median(values: Sequence[float]) -> float:
    """Returns the median."""
    return statistics.median(values)


def spread(values: Sequence[float], digits: int = 2) -> str:
    """Returns ``median (minimum-maximum)``."""
    low, high = min(values), max(values)
    return f"{median(values):.{digits}f} ({low:.{digits}f}-{high:.{digits}f})"


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Prints a table; the first column is left-aligned, the others right-aligned."""
    lines = [list(head), *(list(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    print(f"\n{title}")
    for line in lines:
        cells = [line[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        print("  " + "  ".join(cells), flush=True)


def ratio(name: str, value: str, target: str) -> None:
    """Prints a ratio beside its target."""
    print(f"  {name}: {value}   [to reach: {target}]", flush=True)
