"""Counts the calls of a run by outcome."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..converters.report import count_lines, duration
from ..core.wording import count

_SUMS = ("planned", "trees", "kept", "answered", "images", "failures", "waiting")


@dataclass
class CallCounts:
    """The calls of one run. Thread-safe.

    Attributes:
        noun: what a call returns, in the singular
        by: the suffix of ``noun`` in reports
        planned: the captions that the trees so far need
        trees: so far
        kept: captions that an earlier run made
        answered: calls that returned a caption
        images: pictures that were sent
        failures: failed calls by reason
        examples: the first message of each reason
        waiting: nodes whose calls wait for captions that failed
        note: a further line of the report
    """

    noun: str = "caption"
    by: str = ""
    planned: int = 0
    trees: int = 0
    kept: int = 0
    answered: int = 0
    images: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    waiting: int = 0
    note: str = ""

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: float | None = None

    @property
    def failed(self) -> int:
        """The number of failed calls."""
        return sum(self.failures.values())

    def plan(self, planned: int, kept: int) -> None:
        """Adds a tree's captions."""
        with self._lock:
            self._begun = time.monotonic() if self._begun is None else self._begun
            self.trees += 1
            self.planned += planned
            self.kept += kept

    def wait(self, nodes: int) -> None:
        """Counts nodes whose calls wait for captions."""
        with self._lock:
            self.waiting += nodes

    def answer(self, images: int) -> None:
        """Counts a call that returned a caption."""
        with self._lock:
            self.answered += 1
            self.images += images

    def fail(self, reason: str, message: str) -> None:
        """Counts a failed call."""
        with self._lock:
            self.failures[reason] += 1
            self.examples.setdefault(reason, message)

    def progress(self, videos: int) -> str:
        """Returns the progress as text.

        Args:
            videos: the number of videos of the run
        """
        done, asked = self.kept + self.answered + self.failed, self.answered + self.failed
        whole = self.trees >= videos
        total = self.planned if whole else round(self.planned / max(1, self.trees) * videos)
        text = f"{done:,} of {'' if whole else 'about '}{count(total, self.noun)}"
        text += f", {self.failed:,} failed" if self.failed else ""
        if not asked or self._begun is None:
            return text
        took = time.monotonic() - self._begun
        left = duration(max(0, total - done) * took / asked)
        return f"{text}, {asked / max(took, 1e-9):.1f} per second, {left} left"

    def lines(self) -> list[str]:
        """Returns the outcome as lines of text."""
        asked = count(self.answered + self.failed, "call")
        lines = [f"{count(self.kept + self.answered, self.noun)}{self.by}, {asked} made"]
        if self.kept:
            lines[0] += f", {self.kept:,} already there"
        if self.failed:
            lines[0] += f", {self.failed:,} failed: run the same command again to ask only for them"
        failures = {("failed", reason): n for reason, n in self.failures.items()}
        lines += count_lines(
            failures, {("failed", reason): text for reason, text in self.examples.items()}
        )
        if self.waiting:
            nodes = count(self.waiting, "node")
            lines.append(f"  {nodes} without {self.noun}s until captions that failed are there")
        return [*lines, self.note] if self.note else lines

    def sums(self) -> dict[str, Any]:
        """Returns all counts as plain JSON values."""
        return {
            **{name: getattr(self, name) for name in _SUMS},
            "examples": dict(self.examples),
            "note": self.note,
        }

    def add_sums(self, sums: Mapping[str, Any]) -> None:
        """Adds the counts of another run, from :meth:`sums`."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + type(getattr(self, name))(sums[name]))
        self.examples = {**sums["examples"], **self.examples}
        self.note = self.note or sums["note"]

    def totals(self) -> dict[str, Any]:
        """Returns the counts as plain JSON values, without examples."""
        return {
            f"{self.noun}s": self.kept + self.answered,
            "calls": self.answered + self.failed,
            **({"images": self.images} if self.images else {}),
            **({"waiting": self.waiting} if self.waiting else {}),
            "failed": dict(sorted(self.failures.items())),
        }
