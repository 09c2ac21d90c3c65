"""What is wrong with a tree: the one rule, for a record's nodes and for a sample's detections.

A tree of detections can lack nodes that exist: those without a text, and those past the end of the
clip. What could be such a hole is not reported, and a node that goes on past the clip need not be
filled by its children to its end.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .bridge import bridged
from .tree import ABSENT, ROOT, Issue, TreeOfCaptions, badly_split


def faults(tree: TreeOfCaptions, unit: str = "s") -> Iterator[Issue]:
    """Yields what is wrong with a tree, see :meth:`.tree.TreeOfCaptions.check`.

    Args:
        tree: the tree
        unit: what its times are counted in, for the messages
    """
    yield from _ids(tree)
    yield from _times(tree, unit)
    yield from _places(tree)
    yield from _partitions(tree, unit)


def _ids(tree: TreeOfCaptions) -> Iterator[Issue]:
    for node_id in dict.fromkeys(tree.repeated_ids):
        yield Issue("duplicate-id", node_id, f"node {node_id} occurs more than once")
    roots = np.flatnonzero(tree.parents == ROOT).tolist()
    # A root without a text leaves the nodes of a level above 0.
    if not roots and not (tree.partial and tree.levels.min() > 0):
        yield Issue("no-root", None, "no node is without a parent")
    for i in roots[1:]:
        yield Issue("two-roots", tree.node_ids[i], f"{tree.node_ids[i]} is a further root")


def _times(tree: TreeOfCaptions, unit: str) -> Iterator[Issue]:
    good = (tree.starts >= 0) & (tree.ends > tree.starts) & (tree.ends < np.inf)
    for i in np.flatnonzero(~good).tolist():
        message = f"{tree.node_ids[i]} lasts from {tree.starts[i]:g} to {tree.ends[i]:g} {unit}"
        yield Issue("bad-time", tree.node_ids[i], message)


def _places(tree: TreeOfCaptions) -> Iterator[Issue]:
    whole = bridged(tree) if tree.partial else tree
    parents = tree.parents.tolist()
    for i, node_id in enumerate(tree.node_ids):
        parent = parents[i]
        if parent == ABSENT:
            if not _may_be_hole(whole, i):
                message = f"{node_id}'s parent {tree.parent_ids[i]} is not in the tree"
                yield Issue("orphan", node_id, message)
        elif parent == ROOT:
            if tree.levels[i] != 0:
                yield Issue("wrong-level", node_id, f"the root's level is {tree.levels[i]}")
        elif tree.in_cycle(i):
            yield Issue("cycle", node_id, f"{node_id} is its own ancestor")
        else:
            if tree.levels[i] != tree.levels[parent] + 1:
                message = f"{node_id} is at level {tree.levels[i]}, "
                message += f"its parent at {tree.levels[parent]}"
                yield Issue("wrong-level", node_id, message)
            if tree.starts[i] < tree.starts[parent] or tree.ends[i] > tree.ends[parent]:
                yield Issue("outside-parent", node_id, f"{node_id} reaches beyond its parent")


def _may_be_hole(whole: TreeOfCaptions, i: int) -> bool:
    """Whether the parent that a node lacks can be a node without a text: a level lies between."""
    if not whole.partial:
        return False
    above = int(whole.parents[i])
    if above < 0:
        return whole.root is None
    return bool(whole.levels[i] - whole.levels[above] > 1)


def _partitions(tree: TreeOfCaptions, unit: str) -> Iterator[Issue]:
    """Yields the nodes that their children do not fill, or that these share parts of."""
    inner = np.flatnonzero(tree.parents >= 0)
    if not tree.partial:
        for i in badly_split(inner, tree.parents, tree.starts, tree.ends).tolist():
            message = f"the children of {tree.node_ids[i]} leave a gap or overlap"
            yield Issue("not-a-partition", tree.node_ids[i], message)
        return
    above = tree.parents[inner]
    binary = not len(above) or int(np.bincount(above).max()) <= 2
    for i in np.unique(above).tolist():
        children = inner[above == i]
        children = children[np.argsort(tree.starts[children], kind="stable")]
        starts, ends = tree.starts[children], tree.ends[children]
        between = starts[1:] - ends[:-1]
        gaps = [starts[0] - tree.starts[i], *between.tolist()]
        if not (tree.truncated[i] and tree.truncated[children[-1]]):
            gaps.append(tree.ends[i] - ends[-1])
        shared = max((-gap for gap in between.tolist() if gap < 0), default=0)
        # Two children of a binary tree are all that there are; else there may be holes.
        left = max(gaps) if binary and len(children) == 2 else 0
        if shared or left > 0:
            what = f"share {shared:g}" if shared else f"leave out {left:g}"
            message = f"the children of {tree.node_ids[i]} {what} {unit}"
            yield Issue("not-a-partition", tree.node_ids[i], message)
