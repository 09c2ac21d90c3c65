"""Ward's clustering of a sequence, in which only neighbours are merged; exact, in O(T log T).

The pair of neighbouring clusters is merged whose merger adds least to the sum of squares within
clusters: ``|a| |b| / (|a| + |b|) * ||mean_a - mean_b||²``. This is scikit-learn's
``AgglomerativeClustering(linkage="ward")`` with the chain of frames as its connectivity.

Of pairs that cost the same, the one whose newer cluster is the oldest is merged first; if the
newer cluster is in both pairs, the one with the older neighbour. Frames are older than clusters,
and earlier frames older than later ones. This is scikit-learn's order too.
"""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Merges(NamedTuple):
    """The mergers of ``T`` frames, in their order.

    Frame ``t`` is cluster ``t``; the ``k``-th merger makes cluster ``T + k``, the last is the root.

    Attributes:
        children: ``[T - 1, 2]``, the clusters that are merged, the earlier in time first
        costs: ``[T - 1]``, what each merger adds to the sum of squares within clusters. They need
            not increase: under the constraint, a later merger may cost less
    """

    children: npt.NDArray[np.int64]
    costs: npt.NDArray[np.float64]


def chain_ward(features: npt.NDArray[np.floating]) -> Merges:
    """Clusters a sequence of frames.

    Args:
        features: ``[T, D]``, a row per frame; T at least 1. They are copied once, in double
            precision; a merged cluster takes the row of its first frame

    Raises:
        ValueError: if there is no frame, or a value is not finite
    """
    sums = np.array(features, np.float64, order="C", ndmin=2)
    frames = len(sums)
    if not frames or not all(np.isfinite(row).all() for row in sums):
        raise ValueError("the features need a row per frame, of finite numbers")
    first = [*range(frames), *(0 for _ in range(frames - 1))]  # each cluster's first frame,
    last = first.copy()  # and its last
    starting, ending = list(range(frames)), list(range(frames))  # the cluster that does, by frame
    alive = [True] * len(first)

    def cost(left: int, right: int) -> float:
        a, b = first[left], first[right]
        n, m = last[left] - a + 1, last[right] - b + 1
        apart = sums[a] / n - sums[b] / m
        added: float = float(apart @ apart) * (n * m / (n + m))
        return added

    # A pair is (cost, newer, older); pairs of which a cluster is gone are skipped when they come.
    pairs = [(cost(t, t + 1), t + 1, t) for t in range(frames - 1)]
    heapq.heapify(pairs)
    children, costs = np.empty((frames - 1, 2), np.int64), np.empty(frames - 1)
    for k in range(frames - 1):
        while True:
            costs[k], newer, older = heapq.heappop(pairs)
            if alive[newer] and alive[older]:
                break
        left, right = (newer, older) if first[newer] < first[older] else (older, newer)
        made = frames + k
        children[k] = left, right
        alive[left] = alive[right] = False
        begin, end = first[left], last[right]
        sums[begin] += sums[first[right]]
        first[made], last[made] = begin, end
        starting[begin] = ending[end] = made
        if begin > 0:
            before = ending[begin - 1]
            heapq.heappush(pairs, (cost(before, made), made, before))
        if end + 1 < frames:
            after = starting[end + 1]
            heapq.heappush(pairs, (cost(made, after), made, after))
    return Merges(children, costs)
