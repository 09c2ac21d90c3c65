"""Checks whether trees are valid: one tree, or all the trees of a batch as columns.

:mod:`.faults` or :mod:`.repair` process invalid trees node by node.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .repair import LONGEST
from .times import SourceTimes
from .tree import ABSENT, ROOT, IntArray, TreeOfCaptions

#: The largest table of ids by record; the records of a larger batch are checked one by one.
_MOST_PLACES = 2**26

BoolArray = npt.NDArray[np.bool_]


def is_valid(tree: TreeOfCaptions) -> bool:
    """Whether a tree is valid and complete: one root, and children that partition their parents."""
    parents, levels = tree.parents, tree.levels
    below = parents >= 0
    if not len(tree) or len(set(tree.node_ids)) != len(tree):
        return False
    if int(below.sum()) != len(tree) - 1 or ABSENT in parents:
        return False
    if (levels[below] != levels[parents[below]] + 1).any() or levels[~below][0] != 0:
        return False
    # Comparisons with NaN are false, so these stand for "finite" as well.
    if not ((tree.starts >= 0) & (tree.ends > tree.starts) & (tree.ends < np.inf)).all():
        return False
    return not len(badly_split(np.flatnonzero(below), parents, tree.starts, tree.ends))


def valid_rows(
    offsets: IntArray,
    node_ids: pa.StringArray,
    parent_ids: pa.StringArray,
    levels: IntArray,
    starts: SourceTimes,
    ends: SourceTimes,
) -> tuple[IntArray, BoolArray]:
    """Checks the trees of several records.

    Args:
        offsets: where each record's nodes begin in the columns, and where the last's end
        node_ids: the nodes' ids, in UTF-8
        parent_ids: their parents' ids, null for a root
        levels: their depths, -1 for none
        starts: in seconds, NaN for none
        ends: in seconds, NaN for none

    Returns:
        each node's parent as a position in the columns (:data:`.tree.ROOT`, :data:`.tree.ABSENT`),
        correct for valid records, and which records are valid
    """
    records = len(offsets) - 1
    good = np.diff(offsets) > 0
    rows = np.repeat(np.arange(records), np.diff(offsets))
    roots = parent_ids.is_null().to_numpy(zero_copy_only=False)

    def refuse(nodes: BoolArray | IntArray) -> None:
        good[rows[nodes]] = False

    if node_ids.null_count:
        refuse(node_ids.is_null().to_numpy(zero_copy_only=False))
    parents, unique = _find_parents(rows, records, node_ids, parent_ids)
    parents[roots] = ROOT
    refuse(~unique)
    refuse(parents == ABSENT)
    good &= np.bincount(rows[roots], minlength=records) == 1

    above = np.where(parents >= 0, levels[np.maximum(parents, 0)], -1)
    refuse(levels != above + 1)
    # Comparisons with NaN are false, so these stand for "finite" as well.
    refuse(~((starts >= 0) & (ends > starts) & (ends < LONGEST)))
    inner = np.flatnonzero((parents >= 0) & good[rows])
    refuse(badly_split(inner, parents, starts, ends))
    return parents, good


def badly_split(
    nodes: IntArray, parents: IntArray, starts: SourceTimes, ends: SourceTimes
) -> IntArray:
    """Returns the positions of the parents that their children do not partition.

    Args:
        nodes: the positions of nodes that have a parent, in one tree or in several
        parents: each node's parent, by position
        starts: in seconds
        ends: in seconds
    """
    above, begin = parents[nodes], starts[nodes]
    if not _siblings_in_order(above, begin):
        order = np.lexsort((begin, above))
        nodes, above, begin = nodes[order], above[order], begin[order]
    if not len(nodes):
        return nodes
    end = ends[nodes]
    turns = np.flatnonzero(above[1:] != above[:-1])
    first, last = np.concatenate(([0], turns + 1)), np.append(turns, len(nodes) - 1)
    gaps = begin[1:] != end[:-1]
    gaps[turns] = False
    tops = above[first]
    cut = (begin[first] != starts[tops]) | (end[last] != ends[tops])
    torn: IntArray = np.unique(np.concatenate((above[1:][gaps], tops[cut])))
    return torn


def _siblings_in_order(parents: IntArray, starts: npt.NDArray[np.float64]) -> bool:
    """Whether siblings are adjacent and in order of time, as in a breadth-first order."""
    steps = np.diff(parents)
    return bool(((steps > 0) | ((steps == 0) & (np.diff(starts) >= 0))).all())


def _find_parents(
    rows: IntArray, records: int, node_ids: pa.StringArray, parent_ids: pa.StringArray
) -> tuple[IntArray, BoolArray]:
    """Returns each node's parent by position, and which ids are unique in their record."""
    encoded = node_ids.dictionary_encode()
    different = len(encoded.dictionary)
    wanted = pc.index_in(parent_ids, encoded.dictionary).fill_null(-1).to_numpy()
    wanted = wanted.astype(np.int64)
    if different == len(node_ids):
        # No id occurs twice in the batch, and codes are assigned in order, so codes are positions.
        elsewhere = (wanted < 0) | (rows[wanted] != rows)
        return np.where(elsewhere, ABSENT, wanted), np.ones(len(rows), dtype=bool)
    if records * (different + 1) > _MOST_PLACES:
        return np.full(len(rows), ABSENT), np.zeros(len(rows), dtype=bool)
    codes = encoded.indices.fill_null(different).to_numpy().astype(np.int64)
    first = rows * (different + 1)
    # The table of ids by record is large and sparse, so it is not initialised: an entry only counts
    # if it leads to a node with this id.
    places = np.empty(records * (different + 1), dtype=np.int32)
    everywhere = np.arange(len(rows), dtype=np.int32)
    places[first + codes] = everywhere
    found = places[first + np.maximum(wanted, 0)]
    found[(found < 0) | (found >= len(rows))] = 0
    good = (wanted >= 0) & (rows[found] == rows) & (codes[found] == wanted)
    return np.where(good, found, ABSENT).astype(np.int64), places[first + codes] == everywhere
