"""Derives a tree of segments from a clustering of frames, by Action100M's rules.

The merges are walked from the root: they cannot be cut at a cost, as costs need not increase
(:mod:`.chain_ward`). A segment starts and ends midway between two sampled frames, and is split only
if both halves last long enough; so the tree is strictly binary, and children partition their
parent.
"""

from __future__ import annotations

import math
import uuid
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from ..core.times import SourceTimes
from ..core.tree import TreeOfCaptions
from .chain_ward import Merges

#: The namespace of node ids, which are derived from the video, the span and the rules.
NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/action100m/explorer/treemaking")


@dataclass(frozen=True)
class SplitRules:
    """When a segment is split in two; the defaults are those that Action100M's trees obey.

    Attributes:
        min_seconds: the shortest duration of either half
        min_gain: the least share, from 0 to 1, of the whole video's variation (the sum of squares
            of its features) that a split, or one below it, must explain
        max_depth: the deepest level; None for no limit

    Raises:
        ValueError: if a value is out of range
    """

    min_seconds: float = 0.5
    min_gain: float = 0.0
    max_depth: int | None = None

    def __post_init__(self) -> None:
        checks = (
            ("min_seconds", 0 < self.min_seconds < math.inf, "a positive number of seconds"),
            ("min_gain", 0 <= self.min_gain <= 1, "from 0 to 1"),
            ("max_depth", self.max_depth is None or self.max_depth >= 0, "0 or more, or None"),
        )
        for name, good, wanted in checks:
            if not good:
                raise ValueError(f"{name} is {getattr(self, name)!r}: it must be {wanted}")


def edges_of(frames: int, every: int, rate: Fraction, seconds: float) -> SourceTimes:
    """Returns the possible boundaries of segments, in seconds of the source, ``[frames + 1]``.

    As in records, they are hundredths of a second in single precision.

    Args:
        frames: the number of sampled frames
        every: the sampling interval, from the first frame
        rate: frames per second, of all frames
        seconds: the video's length
    """
    middles = (np.arange(1, frames) * every - every / 2) * float(1 / rate)
    edges = np.concatenate(([0.0], middles, [seconds]))
    return SourceTimes(edges.round(2).astype(np.float32).astype(np.float64))


def segment(
    merges: Merges,
    edges: SourceTimes,
    rules: SplitRules,
    video_uid: str,
    made_by: str = "",
) -> TreeOfCaptions:
    """Makes a video's tree; its nodes have no texts, and are in breadth-first order.

    Args:
        merges: the clustering of the sampled frames
        edges: the possible boundaries, see :func:`edges_of`
        rules: when a segment is split
        video_uid: the video's id
        made_by: whatever else the tree depends on, for the node ids
    """
    frames = len(edges) - 1
    first, last = _spans(frames, merges)
    least, gains = rules.min_gain * float(merges.costs.sum()), _gains(frames, merges)
    deepest = math.inf if rules.max_depth is None else rules.max_depth
    rows: list[tuple[str, str | None, int, float, float]] = []
    waiting: deque[tuple[int, str | None, int]] = deque([(2 * frames - 2, None, 0)])
    while waiting:
        cluster, parent_id, level = waiting.popleft()
        start, end = float(edges[first[cluster]]), float(edges[last[cluster] + 1])
        name = f"{video_uid} {start:.2f} {end:.2f} {rules} {made_by}"
        node_id = str(uuid.uuid5(NAMESPACE, name))
        rows.append((node_id, parent_id, level, start, end))
        made = cluster - frames
        if made < 0 or level >= deepest or gains[made] < least:
            continue
        left, right = merges.children[made].tolist()
        middle = float(edges[first[right]])
        if min(middle - start, end - middle) >= rules.min_seconds:
            waiting += [(left, node_id, level + 1), (right, node_id, level + 1)]
    node_ids, parent_ids, levels, starts, ends = zip(*rows, strict=True)
    return TreeOfCaptions(node_ids, parent_ids, levels, starts, ends)


def _gains(frames: int, merges: Merges) -> Sequence[float]:
    """Returns the greatest gain of splitting each merged cluster, or one below it."""
    gains: list[float] = merges.costs.tolist()
    for made, children in enumerate(merges.children.tolist()):
        for below in children:
            if below >= frames:
                gains[made] = max(gains[made], gains[below - frames])
    return gains


def _spans(frames: int, merges: Merges) -> tuple[Sequence[int], Sequence[int]]:
    """Returns the first and the last frame of each cluster."""
    first, last = list(range(frames)), list(range(frames))
    for left, right in merges.children.tolist():
        first.append(first[left])
        last.append(last[right])
    return first, last
