"""Cuts a tree at a time scale: the coarsest segments that last at most so many seconds each.

A level is no time scale: two siblings can last 13 s and 205 s. The cut at N seconds takes, on every
path from the root, the first node that lasts at most N, or the leaf where none does. So a node is
in the cut for every N from its own duration (0 for a leaf) up to, not including, its parent's, and
two numbers a node say it for all N. Along a path these ranges follow each other without gap or
overlap, which is why a cut covers the video once.

Durations are taken within the clip, and to the millisecond: recorded times are float32 and hold no
more. A node whose parent is not in the tree hangs below the shortest node of a smaller level that
encloses it.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from .tree import ABSENT, FloatArray, IntArray, Node, TreeOfCaptions

#: Up to where a root is in the cut, in seconds: 31 years. Finite, so that it can be stored, sorted
#: and sent as JSON.
FOREVER = 1e9

#: Less than this, in seconds, is no gap between a node's children: half a frame at 100 a second.
_SLACK = 0.005

#: What to do where a node of the cut has no text.
Holes = Literal["show", "cover"]


def cut_ranges(
    tree: TreeOfCaptions, clip_end: float | None = None
) -> tuple[FloatArray, FloatArray]:
    """Returns for each node from which N on, and up to which, it is in the cut at N seconds.

    Args:
        tree: the tree
        clip_end: where the clip ends, in seconds of the source; the tree's end by default

    Returns:
        two arrays of seconds aligned to ``tree.node_ids``: inclusive and exclusive. A node outside
        the clip, or without times, has an empty range.
    """
    return _ranges(tree, _parents(tree), _lengths(tree, clip_end))


def cut(
    tree: TreeOfCaptions,
    seconds: float,
    clip_end: float | None = None,
    *,
    field: str | None = None,
    holes: Holes = "show",
) -> list[Node]:
    """Returns the nodes of the cut at a time scale, by start.

    >>> tree = TreeOfCaptions(
    ...     ["r", "a", "b"], [None, "r", "r"], [0, 1, 1], [0, 0, 4], [10, 4, 10]
    ... )
    >>> [node.node_id for node in cut(tree, 6)]
    ['a', 'b']

    Args:
        tree: the tree
        seconds: how long a segment may last; a leaf that lasts longer stands for itself
        clip_end: where the clip ends, in seconds of the source; the tree's end by default
        field: the caption that the segments are wanted for; without it, all of the cut
        holes: with a field, ``"show"`` leaves the nodes without its text in the list, as the holes
            they are (``field not in node.texts``); ``"cover"`` puts the nearest ancestor that has
            a text in their place, and likewise where a node's children are not all in the tree. A
            covering node overlaps what is left of the cut below it.
    """
    parents, lengths = _parents(tree), _lengths(tree, clip_end)
    begin, until = _ranges(tree, parents, lengths)
    seconds = round(seconds, 3)
    chosen = np.flatnonzero((begin <= seconds) & (seconds < until)).tolist()
    if field is not None and holes == "cover":
        bare = _unfilled(parents, lengths, begin > seconds)
        chosen = _covered(tree, parents, field, chosen, bare)
    chosen.sort(key=lambda i: (tree.starts[i], -lengths[i]))
    return [tree[tree.node_ids[i]] for i in chosen]


def _lengths(tree: TreeOfCaptions, clip_end: float | None) -> FloatArray:
    """Returns the durations within the clip; NaN for what is not in it."""
    ends = tree.ends if clip_end is None else np.minimum(tree.ends, clip_end)
    lengths = np.round(ends - np.maximum(tree.starts, 0.0), 3)
    inside = (ends > tree.starts) & (lengths < np.inf)
    return np.where(inside, lengths, np.nan)


def _parents(tree: TreeOfCaptions) -> IntArray:
    """Returns the nodes' parents; for those that are not in the tree, what encloses the child."""
    parents: IntArray = tree.parents.copy()
    for i in np.flatnonzero(parents == ABSENT).tolist():
        around = np.flatnonzero(
            (tree.levels < tree.levels[i])
            & (tree.starts <= tree.starts[i])
            & (tree.ends >= tree.ends[i])
        )
        if len(around):
            lengths = tree.ends[around] - tree.starts[around]
            parents[i] = around[np.lexsort((-tree.levels[around], lengths))[0]]
    return parents


def _ranges(
    tree: TreeOfCaptions, parents: IntArray, lengths: FloatArray
) -> tuple[FloatArray, FloatArray]:
    below = parents >= 0
    inside = ~np.isnan(lengths)
    inner = np.zeros(len(tree), dtype=bool)
    inner[parents[below]] = True
    begin = np.where(inner, lengths, 0.0)
    until = np.full(len(tree), FOREVER)
    until[below] = lengths[parents[below]]
    empty = ~inside | np.isnan(until)
    begin[empty] = until[empty] = 0.0
    return begin, until


def _unfilled(parents: IntArray, lengths: FloatArray, above: npt.NDArray[np.bool_]) -> list[int]:
    """Returns the nodes above the cut that their children in the tree do not fill."""
    below = np.flatnonzero((parents >= 0) & ~np.isnan(lengths))
    filled = np.zeros(len(parents))
    np.add.at(filled, parents[below], lengths[below])
    found: list[int] = np.flatnonzero(above & (filled < lengths - _SLACK)).tolist()
    return found


def _covered(
    tree: TreeOfCaptions, parents: IntArray, field: str, chosen: list[int], bare: list[int]
) -> list[int]:
    """Returns the cut with the nearest annotated ancestor in the place of each hole."""
    texts = tree.texts[field]
    result: dict[int, None] = {}
    for i in [*chosen, *bare]:
        at, seen = i, {i}
        while texts[at] is None and parents[at] >= 0 and parents[at] not in seen:
            at = int(parents[at])
            seen.add(at)
        if texts[at] is not None:
            result[at] = None
        elif i not in bare:
            result[i] = None
    return list(result)
