"""Repairs malformed nodes into a valid tree, and counts the repairs.

No data is made up: a node is kept as recorded, trimmed to its parent, or dropped with its
descendants. Repairs are counted by code: ``bad-id``, ``duplicate-id``, ``bad-time``, ``two-roots``,
``orphan``, ``cycle``, ``outside-parent``, ``wrong-level``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

#: The length of the longest plausible video, in seconds (a hundred days); later times are faults.
LONGEST = 8.64e6

#: The most bits of a numeric id: Python does not format integers of many thousands of digits.
_MOST_BITS = 256


@dataclass(frozen=True)
class Repaired:
    """The columns of a valid tree; ``kept`` has each node's position in the input."""

    kept: list[int]
    node_ids: list[str]
    parent_ids: list[str | None]
    levels: list[int]
    starts: list[float]
    ends: list[float]


def repair(
    node_ids: Sequence[Any],
    parent_ids: Sequence[Any],
    levels: Sequence[Any] | npt.NDArray[Any],
    starts: Sequence[Any] | npt.NDArray[Any],
    ends: Sequence[Any] | npt.NDArray[Any],
    warnings: Counter[str],
) -> Repaired | None:
    """Builds a valid tree from unchecked columns.

    Args:
        node_ids: the nodes' ids; nodes without an id and repeated ids are dropped
        parent_ids: their parents' ids
        levels: their recorded levels; the parents take precedence if these contradict them
        starts: in seconds of the source
        ends: in seconds of the source
        warnings: counts of repairs by code, which is added to

    Returns:
        the tree's columns in the order of the input, None if no root is left
    """
    index = _index_ids(node_ids, warnings)
    parents = {i: _id(parent_ids[i]) for i in index.values()}
    children: dict[int, list[int]] = {i: [] for i in index.values()}
    for i, parent in parents.items():
        if parent in index:
            children[index[parent]].append(i)
    times = {i: _times(starts[i], ends[i]) for i in index.values()}

    root = _pick_root(parents, children, times)
    if root is None:
        # Some records give the root a parent that does not exist, such as -1.
        tops = [i for i, p in parents.items() if p not in index and _id(levels[i]) == "0"]
        parents |= dict.fromkeys(tops)
        if tops:
            warnings["orphan"] += 1
        root = _pick_root(parents, children, times)
    if root is None:
        return None
    order = _below(root, children)
    _count_unreached(set(order), parents, index, warnings)
    _mend_times(order, children, times, starts, ends, warnings)

    above = {i: index[parents[i] or ""] for i in order if i != root}
    final, depth = _trim(order, above, times, warnings)
    if root not in depth:
        return None
    kept = sorted(depth)
    if wrong := sum(_id(levels[i]) != str(depth[i]) for i in kept):
        warnings["wrong-level"] += wrong
    return Repaired(
        kept,
        [_id(node_ids[i]) or "" for i in kept],
        [None if i == root else parents[i] for i in kept],
        [depth[i] for i in kept],
        [final[i][0] for i in kept],
        [final[i][1] for i in kept],
    )


def _trim(
    order: Sequence[int],
    above: Mapping[int, int],
    times: Mapping[int, tuple[float, float] | None],
    warnings: Counter[str],
) -> tuple[dict[int, tuple[float, float]], dict[int, int]]:
    """Trims nodes to their parents; returns the times and levels of those that remain.

    Args:
        order: the nodes, parents first
        above: the parent of each node but the root
        times: the nodes' starts and ends in seconds, None where they have none
        warnings: counts of repairs by code, which is added to
    """
    kept: dict[int, tuple[float, float]] = {}
    depth: dict[int, int] = {}
    for i in order:
        parent = above.get(i)
        if parent is not None and parent not in depth:
            continue  # its parent was already dropped
        time = times[i] if parent is None else _trimmed(times[i], kept[parent], warnings)
        if time is not None:
            kept[i] = time
            depth[i] = 0 if parent is None else depth[parent] + 1
    return kept, depth


def _trimmed(
    time: tuple[float, float] | None, within: tuple[float, float], warnings: Counter[str]
) -> tuple[float, float] | None:
    """Trims a node's times to its parent's; returns None if nothing is left."""
    if time is None or (within[0] <= time[0] and time[1] <= within[1]):
        return time
    warnings["outside-parent"] += 1
    start, end = max(time[0], within[0]), min(time[1], within[1])
    return (start, end) if start < end else None


def _id(value: object) -> str | None:
    """Returns an id as text; whole numbers are valid ids, too, other values are not."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode() if value else None
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return str(value) if int(value).bit_length() <= _MOST_BITS else None
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        return str(int(value))
    return None


def _index_ids(node_ids: Sequence[Any], warnings: Counter[str]) -> dict[str, int]:
    index: dict[str, int] = {}
    for i, value in enumerate(node_ids):
        node_id = _id(value)
        if node_id is None:
            warnings["bad-id"] += 1
        elif node_id in index:
            warnings["duplicate-id"] += 1
        else:
            index[node_id] = i
    return index


def _times(start: Any, end: Any) -> tuple[float, float] | None:
    try:
        start, end = float(start), float(end)
    except (TypeError, ValueError, OverflowError):
        return None
    if not (math.isfinite(start) and math.isfinite(end)):
        return None
    start = max(start, 0.0)
    return (start, end) if start < end < LONGEST else None


def _pick_root(
    parents: dict[int, str | None],
    children: dict[int, list[int]],
    times: dict[int, tuple[float, float] | None],
) -> int | None:
    """Returns the longest root, the first of equally long ones; None without a root.

    The duration of a root without times is that of its children.
    """

    def duration(root: int) -> float:
        spans = [t for i in (root, *children[root]) if (t := times[i])]
        return max((t[1] for t in spans), default=0) - min((t[0] for t in spans), default=0)

    roots = [i for i, parent in parents.items() if parent is None]
    return max(roots, key=duration, default=None)


def _below(root: int, children: dict[int, list[int]]) -> list[int]:
    """Returns the root and its descendants, breadth-first."""
    order = [root]
    for i in order:  # grows during the loop
        order.extend(children[i])
    return order


def _count_unreached(
    reached: set[int],
    parents: dict[int, str | None],
    index: dict[str, int],
    warnings: Counter[str],
) -> None:
    for i in parents:
        if i in reached:
            continue
        seen: set[int] = set()
        at = i
        while at not in seen:
            seen.add(at)
            parent = parents[at]
            if parent is None or parent not in index:
                warnings["two-roots" if parent is None else "orphan"] += 1
                break
            at = index[parent]
        else:
            warnings["cycle"] += 1


def _mend_times(
    order: list[int],
    children: dict[int, list[int]],
    times: dict[int, tuple[float, float] | None],
    starts: Sequence[Any] | npt.NDArray[Any],
    ends: Sequence[Any] | npt.NDArray[Any],
    warnings: Counter[str],
) -> None:
    """Gives nodes without valid times the span of their children, from the leaves upwards."""
    for i in reversed(order):
        if times[i] is None:
            warnings["bad-time"] += 1
            below = [t for child in children[i] if (t := times[child])]
            if below:
                times[i] = (min(t[0] for t in below), max(t[1] for t in below))
        elif times[i] != (starts[i], ends[i]):
            warnings["bad-time"] += 1
