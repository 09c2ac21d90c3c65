"""Finds the problems of a tree, whether of a record's nodes or of a sample's detections.

A tree of detections lacks the nodes without a caption and those past the end of the clip. A problem
that such a missing node can explain is not reported, and the children of a node that continues past
the clip need not fill it to its end.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .missing import SPLIT, reattach_orphans
from .tree import ABSENT, ROOT, Issue, TreeOfCaptions
from .validity import badly_split


def faults(tree: TreeOfCaptions, unit: str = "s") -> Iterator[Issue]:
    """Yields the problems of a tree, see :meth:`.tree.TreeOfCaptions.check` for the codes.

    Args:
        tree: the tree
        unit: the unit of its times, for the messages
    """
    yield from _ids(tree)
    yield from _times(tree, unit)
    yield from _places(tree)
    yield from _partitions(tree, unit)


def _ids(tree: TreeOfCaptions) -> Iterator[Issue]:
    for node_id in dict.fromkeys(tree.repeated_ids):
        yield Issue("duplicate-id", node_id, f"node {node_id} occurs more than once")
    roots = np.flatnonzero(tree.parents == ROOT).tolist()
    # If the root has no caption, it is missing, and all nodes are below level 0.
    if not roots and not (tree.partial and tree.levels.min() > 0):
        yield Issue("no-root", None, "every node has a parent, so there is no root")
    for i in roots[1:]:
        yield Issue("two-roots", tree.node_ids[i], f"{tree.node_ids[i]} is a second root")


def _times(tree: TreeOfCaptions, unit: str) -> Iterator[Issue]:
    good = (tree.starts >= 0) & (tree.ends > tree.starts) & (tree.ends < np.inf)
    for i in np.flatnonzero(~good).tolist():
        message = f"{tree.node_ids[i]} lasts from {tree.starts[i]:g} to {tree.ends[i]:g} {unit}"
        yield Issue("bad-time", tree.node_ids[i], message)


def _places(tree: TreeOfCaptions) -> Iterator[Issue]:
    complete = reattach_orphans(tree) if tree.partial else tree
    parents = tree.parents.tolist()
    for i, node_id in enumerate(tree.node_ids):
        parent = parents[i]
        if parent == ABSENT:
            if not _may_be_missing(complete, i):
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
                yield Issue("outside-parent", node_id, f"{node_id} extends beyond its parent")


def _may_be_missing(tree: TreeOfCaptions, i: int) -> bool:
    """Whether an orphan's parent can be a node without a caption: there is a level for it.

    Args:
        tree: the tree with its orphans reattached
        i: the orphan's position
    """
    if not tree.partial:
        return False
    above = int(tree.parents[i])
    if above < 0:
        return tree.root is None
    return bool(tree.levels[i] - tree.levels[above] > 1)


def _partitions(tree: TreeOfCaptions, unit: str) -> Iterator[Issue]:
    """Yields the nodes whose children leave a gap or overlap."""
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
        # In a binary tree two children are complete, unless a reviewer has split one; else some may
        # be missing.
        recorded = not any(SPLIT in tree.node_ids[k] for k in children.tolist())
        left = max(gaps) if binary and len(children) == 2 and recorded else 0
        if shared or left > 0:
            how = f"overlap by {shared:g}" if shared else f"leave a gap of {left:g}"
            message = f"the children of {tree.node_ids[i]} {how} {unit}"
            yield Issue("not-a-partition", tree.node_ids[i], message)
