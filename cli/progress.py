"""Shows progress: a bar with counts and time left on a terminal, a line every 10 s in a log."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..converters.report import Progress
    from ..views.progress import StageProgress

#: Seconds between two lines in a log.
_LOG_EVERY = 10.0


def show(steps: Iterable[Progress], title: str) -> None:
    """Runs a job step by step, and shows its progress.

    Args:
        steps: the steps of the job, such as ``Conversion.run``
        title: what the job does
    """
    if sys.stderr.isatty():
        _show_bar(steps, title)
    else:
        _show_lines(steps, f"{title}: ")


def _show_bar(steps: Iterable[Progress], title: str) -> None:
    from tqdm import tqdm

    with tqdm(desc=title, unit="video", dynamic_ncols=True) as line:
        for step in steps:
            line.total = step.total
            line.n = step.done
            shown: dict[str, Any] = {"skipped": step.skipped, "failed": step.failed}
            shown = {"usable" if step.dry_run else "ok": step.ok, **shown}
            if shards := getattr(step, "shards", 0):
                shown["shards"] = f"{getattr(step, 'shards_done', 0)}/{shards}"
            if captions := getattr(step, "captions", ""):
                shown["captions"] = captions
            if step.throttled is not None:
                shown["throttled"] = f"{step.throttled:.0f} s"
            line.set_postfix(shown, refresh=False)
            line.refresh()


def _show_lines(steps: Iterable[object], prefix: str = "") -> None:
    last, shown = time.monotonic(), None
    step = None
    for step in steps:
        if time.monotonic() - last >= _LOG_EVERY:
            print(f"{prefix}{step}", file=sys.stderr, flush=True)
            last, shown = time.monotonic(), step
    if step is not None and step is not shown:
        print(f"{prefix}{step}", file=sys.stderr, flush=True)


def show_each_stage(steps: Iterable[StageProgress]) -> None:
    """Runs a job of several stages step by step, and shows the progress of each stage."""
    if not sys.stderr.isatty():
        _show_lines(steps)
        return
    from tqdm import tqdm

    line: Any = None
    shown = None
    try:
        for step in steps:
            if step.stage != shown:
                if line is not None:
                    line.close()
                shown = step.stage
                unit = f" {step.unit}"
                line = tqdm(desc=step.stage, total=step.total, unit=unit, dynamic_ncols=True)
            line.total = step.total
            line.update(step.done - line.n)
    finally:
        if line is not None:
            line.close()


@contextmanager
def counted(title: str, total: int) -> Iterator[Callable[..., object]]:
    """Shows the number of videos done; yields a function to call after each."""
    if not sys.stderr.isatty():
        started, done = time.monotonic(), 0

        def advance(*_: object) -> None:
            nonlocal done
            done += 1
            seconds = time.monotonic() - started
            print(f"{title}: {done}/{total} in {seconds:.1f} s", file=sys.stderr, flush=True)

        yield advance
        return
    from tqdm import tqdm

    with tqdm(desc=title, total=total, unit="video", dynamic_ncols=True) as line:
        yield lambda *_: line.update()
