"""Statistics of a sample of records: durations, nodes, captions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..core.fields import CAPTIONS
from ..core.records import Record
from ..core.wording import clock, percent


@dataclass
class SampleStatistics:
    """Counts over records, added one by one with :meth:`add`.

    Attributes:
        until: the length of a clip, in seconds
        durations: the durations of the source videos, in seconds
        views: the numbers of views
        days: the days of upload, ``YYYY-MM-DD``
        nodes: the number of nodes of each tree
        depths: the number of levels of each tree
        starts: the number of nodes of each tree that start in its first ``until`` seconds
        transcripts: the number of records with a transcript
        texts: the number of nodes with each caption field
        repairs: the number of repairs of each kind
    """

    until: float = 90.0
    durations: list[float] = field(default_factory=list)
    views: list[float] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    nodes: list[float] = field(default_factory=list)
    depths: list[float] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)
    transcripts: int = 0
    texts: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)

    def add(self, record: Record) -> None:
        """Adds a record."""
        info, tree = record.info, record.tree
        if record.duration is not None:
            self.durations.append(record.duration)
        if info.view_count is not None:
            self.views.append(info.view_count)
        if info.upload_date is not None:
            self.days.append(info.upload_date.date().isoformat())
        self.nodes.append(len(tree))
        self.depths.append(int(np.max(tree.levels)) + 1)
        self.starts.append(int(np.count_nonzero(tree.starts < self.until)))
        self.transcripts += bool(info.transcript)
        for name, texts in tree.texts.items():
            self.texts[name] += sum(text is not None for text in texts)
        self.repairs.update(record.warnings)

    @property
    def records(self) -> int:
        """The number of records."""
        return len(self.nodes)

    def rows(self) -> list[tuple[str, str]]:
        """Returns names and texts to print."""
        total = int(sum(self.nodes))
        found = [
            ("duration", _spread(self.durations, clock)),
            ("views", _spread(self.views)),
            ("uploaded", f"{min(self.days)} to {max(self.days)}" if self.days else "unknown"),
            ("transcript", f"{self.transcripts} of {self.records}"),
            ("nodes", _spread(self.nodes)),
            (f"in the first {self.until:g} s", _spread(self.starts)),
            ("levels", _spread(self.depths)),
        ]
        for caption in CAPTIONS:
            known = self.texts[caption.name]
            if total and known:
                found.append(
                    (caption.name, f"{known:,} of {total:,} nodes ({percent(known / total)})")
                )
        repairs = (f"{code} {count}" for code, count in self.repairs.most_common())
        found.append(("repairs", ", ".join(repairs) or "none"))
        return found


def _number(value: float) -> str:
    return f"{round(value):,}"


def statistics_of(records: Iterable[Record]) -> SampleStatistics:
    """Returns the statistics of records."""
    found = SampleStatistics()
    for record in records:
        found.add(record)
    return found


def _spread(values: Sequence[float], show: Callable[[float], str] = _number) -> str:
    """Returns the range and the median of values."""
    if not values:
        return "unknown"
    low, middle, high = min(values), float(np.median(values)), max(values)
    if low == high:
        return show(low)
    return f"{show(low)} to {show(high)}, median {show(middle)}"
