"""Measures how well the captions of a video agree with those around them and of the same node."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .store import FloatArray, IntArray

#: The columns of :func:`agreement`.
AROUND, NODE, VIDEO = 0, 1, 2


def agreement(
    vectors: FloatArray, fields: IntArray, nodes: IntArray, parents: IntArray
) -> FloatArray:
    """Returns mean cosines of each caption of one video with others.

    Args:
        vectors: ``[captions, dimension]``, unit vectors
        fields: the field of each caption, as a number
        nodes: the node of each caption, as a position in ``parents``
        parents: the parent of each node, as a position in ``parents``; -1 if it has none

    Returns:
        ``[captions, 3]``: with the same field's captions of the node's parent, siblings and
        children, with the node's captions of other fields, and with the same field's other captions
        in the video; NaN where there is no such caption
    """
    found = np.full((len(vectors), 3), np.nan, np.float32)
    for field in np.unique(fields):
        mine = np.flatnonzero(fields == field)
        own, at = vectors[mine], nodes[mine]
        found[mine, AROUND] = _around(own, at, parents)
        found[mine, VIDEO] = _mean(own, own.sum(axis=0) - own, np.full(len(own), len(own) - 1))
    sums = np.zeros((len(parents), vectors.shape[1]), np.float32)
    np.add.at(sums, nodes, vectors)
    others = np.bincount(nodes, minlength=len(parents))[nodes] - 1
    found[:, NODE] = _mean(vectors, sums[nodes] - vectors, others)
    return found


def _around(vectors: FloatArray, nodes: IntArray, parents: IntArray) -> FloatArray:
    """Returns the mean cosine of one field's captions with those of neighbouring nodes."""
    # The last row is for the parent of nodes without one, and for nodes without a caption.
    held = np.zeros((len(parents) + 1, vectors.shape[1] + 1), np.float32)
    held[nodes, :-1], held[nodes, -1] = vectors, 1
    below = np.zeros_like(held)
    np.add.at(below, parents, held[:-1])
    below[-1] = 0
    above = parents[nodes]
    around = held[above] + below[above] + below[nodes]
    around[above >= 0] -= held[nodes[above >= 0]]
    return _mean(vectors, around[:, :-1], np.rint(around[:, -1]))


def _mean(vectors: FloatArray, sums: FloatArray, counts: npt.NDArray[Any]) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        found: FloatArray = np.einsum("ij,ij->i", vectors, sums) / counts
    found[counts < 1] = np.nan
    return found.astype(np.float32)
