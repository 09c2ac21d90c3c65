"""Cuts a tree at a time scale: the coarsest segments that last at most N seconds each.

A level is not a time scale: of two siblings, one can last 13 s and the other 205 s. On every path
from the root, the cut at N seconds takes the first node that lasts at most N, or the leaf if none
does. So a node is in the cut for every N from its own duration (0 for a leaf) up to, but not
including, its parent's, and two numbers per node describe all cuts. Along a path these ranges are
adjacent, so a cut covers the video exactly once.

Durations are measured within the clip, to the millisecond, which is the precision of recorded times
(float32). The parent of an orphan is that of :func:`.missing.nearest_parents`.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from .frames import to_source
from .missing import nearest_parents
from .times import ClipSeconds
from .tree import FloatArray, IntArray, Node, TreeOfCaptions

#: The upper end of a root's range, in seconds: 31 years. Finite, so that it can be stored, sorted
#: and sent as JSON.
FOREVER = 1e9

#: The smallest gap between a node's children, in seconds: half a frame at 100 fps.
_SLACK = 0.005

#: What to do with a node of the cut without a caption: show the gap, or cover it by an ancestor.
Holes = Literal["show", "cover"]


def cut_ranges(
    tree: TreeOfCaptions, clip_end: ClipSeconds | None = None
) -> tuple[FloatArray, FloatArray]:
    """Returns each node's range: the time scales N at which it is in the cut.

    Args:
        tree: the tree
        clip_end: where the clip ends, in seconds of the clip; by default the tree is cut whole

    Returns:
        the ranges' lower ends (inclusive) and upper ends (exclusive), in seconds, aligned to
        ``tree.node_ids``. A node outside the clip, or without times, has an empty range.
    """
    return _ranges(tree, nearest_parents(tree), _lengths(tree, clip_end))


def cut(
    tree: TreeOfCaptions,
    seconds: float,
    clip_end: ClipSeconds | None = None,
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
        seconds: the longest duration of a segment; a longer leaf is kept as it is
        clip_end: where the clip ends, in seconds of the clip; by default the tree is cut whole
        field: the caption field that the segments are for
        holes: what to do, if a field is given, with nodes that lack its caption: ``"show"`` keeps
            them (``field not in node.texts``); ``"cover"`` replaces them by the nearest captioned
            ancestor, also where some of a node's children are missing from the tree. A covering
            node overlaps the rest of the cut below it.

    Raises:
        KeyError: if the tree has no texts of the field
    """
    parents, lengths = nearest_parents(tree), _lengths(tree, clip_end)
    begin, until = _ranges(tree, parents, lengths)
    seconds = round(seconds, 3)
    chosen = np.flatnonzero((begin <= seconds) & (seconds < until)).tolist()
    if field is not None and holes == "cover":
        bare = _unfilled(parents, lengths, begin > seconds)
        chosen = _covered(tree, parents, field, chosen, bare)
    chosen.sort(key=lambda i: (tree.starts[i], -lengths[i]))
    return [tree[tree.node_ids[i]] for i in chosen]


def _lengths(tree: TreeOfCaptions, clip_end: ClipSeconds | None) -> FloatArray:
    """Returns the durations within the clip; NaN for nodes outside it."""
    ends = tree.ends if clip_end is None else np.minimum(tree.ends, to_source(clip_end))
    lengths = np.round(ends - np.maximum(tree.starts, 0.0), 3)
    inside = (ends > tree.starts) & (lengths < np.inf)
    return np.where(inside, lengths, np.nan)


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
    """Returns the nodes above the cut whose known children do not fill them."""
    below = np.flatnonzero((parents >= 0) & ~np.isnan(lengths))
    filled = np.zeros(len(parents))
    np.add.at(filled, parents[below], lengths[below])
    found: list[int] = np.flatnonzero(above & (filled < lengths - _SLACK)).tolist()
    return found


def _covered(
    tree: TreeOfCaptions, parents: IntArray, field: str, chosen: list[int], bare: list[int]
) -> list[int]:
    """Returns the cut, with the nearest captioned ancestor in place of nodes without a caption."""
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
