"""Computes the overview's statistics (durations, levels, actions) from MongoDB's counts.

Durations are counted in whole tenths of a second, which limits the number of groups: at most 72,000
for two hours.
"""

from __future__ import annotations

import itertools
import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ..core.actions import parse
from ..core.labels import is_no_action
from . import release

#: The units per second in which durations are counted.
TENTHS = 10

#: The longest label, in bytes, that names an action; longer ones are left out of the actions.
LONGEST_ACTION = 300

#: Edges of the duration histogram, in seconds: nearly even on a log axis, with the paper's edges.
BIN_EDGES = (
    0.0, 0.5, 0.7, 1.0, 1.4, 2.0, 3.0, 4.0, 5.5, 7.5, 10.0, 13.5, 18.0, 25.0, 33.0, 45.0, 60.0,
    80.0, 110.0, 150.0, 200.0, 270.0, 360.0, 600.0, 1200.0, 3600.0, math.inf,
)  # fmt: skip


@dataclass(frozen=True)
class Nodes:
    """The number of nodes with one level and duration.

    ``tenths`` is the duration in whole tenths of a second; None if it is not known.
    """

    level: int
    tenths: int | None
    count: int


@dataclass(frozen=True)
class Level:
    """The nodes of one level: their number, and the quartiles of their durations in seconds."""

    level: int
    nodes: int
    quartiles: tuple[float, float, float] | None


@dataclass(frozen=True)
class Bin:
    """The number of nodes that last at least ``low`` and less than ``high`` seconds."""

    low: float
    high: float
    nodes: int

    @property
    def name(self) -> str:
        """The bin's label, such as ``3 to 10 s``."""
        if self.low == 0:
            return f"under {self.high:g} s"
        if math.isinf(self.high):
            return f"{self.low:g} s and more"
        return f"{self.low:g} to {self.high:g} s"


@dataclass(frozen=True)
class Verb:
    """A verb, its number of occurrences, and its most frequent objects with theirs.

    An action without an object has the empty object.
    """

    verb: str
    count: int
    objects: list[tuple[str, int]]


@dataclass(frozen=True)
class Actions:
    """The actions of a view.

    Attributes:
        total: the number of captions that name an action
        distinct: the number of different actions, by the rule of :mod:`..core.actions`
        once: the number of actions that occur once
        no_action: the number of captions ``N/A``
        curve: (rank, action, count), for all of the first ranks and ever fewer of the others
        verbs: the most frequent verbs
    """

    total: int = 0
    distinct: int = 0
    once: int = 0
    no_action: int = 0
    curve: list[tuple[int, str, int]] = field(default_factory=list)
    verbs: list[Verb] = field(default_factory=list)

    def top(self, count: int) -> list[tuple[str, int]]:
        """Returns the most frequent actions with their counts."""
        return [(text, n) for rank, text, n in self.curve if rank <= count]


def levels_of(nodes: Iterable[Nodes]) -> list[Level]:
    """Returns the levels, the root's first, with the quartiles of their durations."""
    by_level: dict[int, Counter[int | None]] = defaultdict(Counter)
    for row in nodes:
        by_level[row.level][row.tenths] += row.count
    return [
        Level(level, sum(found.values()), _quartiles(found))
        for level, found in sorted(by_level.items())
    ]


def bins_of(nodes: Iterable[Nodes], edges: Sequence[float] = BIN_EDGES) -> list[Bin]:
    """Returns a histogram of durations, from the first non-empty bin to the last.

    Args:
        nodes: counts; those without a duration are left out
        edges: the bins' edges in seconds, ascending
    """
    counts = [0] * (len(edges) - 1)
    for row in nodes:
        if row.tenths is not None:
            place = bisect_right(edges, max(row.tenths, 0) / TENTHS) - 1
            counts[min(place, len(counts) - 1)] += row.count
    used = [i for i, count in enumerate(counts) if count]
    if not used:
        return []
    chosen = range(used[0], used[-1] + 1)
    return [Bin(edges[i], edges[i + 1], counts[i]) for i in chosen]


def shares_of(nodes: Iterable[Nodes]) -> list[Bin]:
    """Returns the histogram of durations with the paper's four bins, including empty ones."""
    edges = release.DURATION_EDGES
    found = {b.low: b.nodes for b in bins_of(nodes, edges)}
    return [Bin(a, z, found.get(a, 0)) for a, z in itertools.pairwise(edges)]


def actions_of(labels: Mapping[str, int], verbs: int = 12, objects: int = 6) -> Actions:
    """Groups captions that name actions.

    Args:
        labels: the captions with their counts
        verbs: the number of verbs to keep
        objects: the number of objects to keep per verb
    """
    texts: Counter[str] = Counter()
    pairs: dict[str, Counter[str]] = defaultdict(Counter)
    total = no_action = 0
    for label, count in labels.items():
        if is_no_action(label):
            no_action += count
            continue
        action = parse(label)
        if action.verb:
            total += count
            texts[action.text] += count
            pairs[action.verb][action.object] += count
    # Ties are in alphabetical order, so that the same data gives the same figures.
    ranked = sorted(texts.items(), key=lambda item: (-item[1], item[0]))
    sums = sorted(((sum(c.values()), v) for v, c in pairs.items()), key=lambda x: (-x[0], x[1]))
    kept = [Verb(verb, count, _most(pairs[verb], objects)) for count, verb in sums[:verbs]]
    return Actions(
        total=total,
        distinct=len(ranked),
        once=sum(1 for _, count in ranked if count == 1),
        no_action=no_action,
        curve=[(rank, *ranked[rank - 1]) for rank in _ranks(len(ranked))],
        verbs=kept,
    )


def _most(found: Counter[str], count: int) -> list[tuple[str, int]]:
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:count]


def _ranks(last: int) -> list[int]:
    """Returns all ranks to 20, then ranks a quarter further each time, and the last."""
    ranks = list(range(1, min(last, 20) + 1))
    while ranks and ranks[-1] < last:
        ranks.append(min(last, math.ceil(ranks[-1] * 1.25)))
    return ranks


def _quartiles(found: Mapping[int | None, int]) -> tuple[float, float, float] | None:
    known = sorted((tenths, count) for tenths, count in found.items() if tenths is not None)
    total = sum(count for _, count in known)
    if not total:
        return None
    first, median, third = (_at(known, (total - 1) * k / 4) for k in (1, 2, 3))
    return first, median, third


def _at(known: Sequence[tuple[int, int]], place: float) -> float:
    """Returns the duration in seconds at a rank, interpolated between two values."""
    below, part = divmod(place, 1)
    low, high = (_ranked(known, int(below) + more) for more in (0, 1))
    return (low + (high - low) * part) / TENTHS


def _ranked(known: Sequence[tuple[int, int]], rank: int) -> int:
    passed = 0
    for tenths, count in known:
        passed += count
        if passed > rank:
            return tenths
    return known[-1][0]
