"""Finds clusters of near-duplicate texts by comparing all pairs in blocks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .store import IntArray, TextIndex

#: Texts per block: two blocks of vectors, their cosines and all pairs take 150 MB at most.
BLOCK = 1024
#: The error of a cosine of vectors in 16 bits.
_ROUNDING = 1e-3


def duplicate_clusters(
    index: TextIndex, rows: IntArray, least: float
) -> Iterator[tuple[int, int, list[IntArray] | None]]:
    """Finds clusters of texts in which each has another whose cosine is at least ``least``.

    Args:
        index: holds the texts
        rows: the texts to compare
        least: the lowest cosine of neighbours in a cluster

    Yields:
        the number of texts that have been compared with all before them, the total, and None;
        finally, in place of None, the clusters of two or more texts, the largest first, each with
        its rows in ascending order
    """
    parents = np.arange(len(rows))
    lowest = np.float32(min(least, 1 - _ROUNDING))
    for first in range(0, len(rows), BLOCK):
        mine = index.exact(rows[first : first + BLOCK])
        for second in range(0, first + 1, BLOCK):
            others = mine if second == first else index.exact(rows[second : second + BLOCK])
            a, b = np.nonzero(mine @ others.T >= lowest)
            _join(parents, a + first, b + second)
        yield min(first + BLOCK, len(rows)), len(rows), None
    roots = np.array([_root(parents, place) for place in range(len(rows))], np.int64)
    order = np.argsort(roots, kind="stable")
    starts = np.flatnonzero(np.diff(roots[order], prepend=-1))
    groups = [rows[group] for group in np.split(order, starts[1:]) if len(group) > 1]
    yield len(rows), len(rows), sorted(groups, key=lambda group: (-len(group), int(group[0])))


def _join(parents: IntArray, a: IntArray, b: IntArray) -> None:
    """Merges the clusters of some pairs."""
    different = parents[a] != parents[b]  # pairs of one parent are merged already
    if not different.any():
        return
    ends = np.concatenate((a[different], b[different]))
    nodes, local = np.unique(ends, return_inverse=True)
    half = len(ends) // 2
    shape = (len(nodes), len(nodes))
    pairs = coo_array((np.ones(half, np.int8), (local[:half], local[half:])), shape)
    _, group = connected_components(pairs, directed=False)
    _, leaders = np.unique(group, return_index=True)
    for node, leader in zip(nodes.tolist(), nodes[leaders[group]].tolist(), strict=True):
        one, other = _root(parents, node), _root(parents, leader)
        parents[max(one, other)] = min(one, other)


def _root(parents: IntArray, node: int) -> int:
    """Returns the first text of a cluster, and compresses the path to it."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = int(parents[node])
    return node
