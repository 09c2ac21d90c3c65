"""Completes trees with missing nodes: a dataset only stores nodes with a caption in some field.

:func:`reattach_orphans` attaches nodes whose parent is missing to the nearest known ancestor.
:func:`fill_missing_ancestors` adds the missing ancestors as nodes without texts; their ids are
known, because their children name them.
"""

from __future__ import annotations

import numpy as np

from .tree import ABSENT, IntArray, TreeOfCaptions

#: Separates a node's id and a number in the ids of nodes that are not recorded.
SPLIT = "~"


def nearest_parents(tree: TreeOfCaptions) -> IntArray:
    """Returns each node's parent; for an orphan, the shortest node that encloses it.

    An orphan names a parent that is not in the tree. It is attached to the shortest node of a
    smaller level that encloses it in time; of equally long ones, to the deepest.
    :mod:`..views.cut_expressions` has the same rule as a MongoDB expression.

    Returns:
        positions in ``tree.node_ids``, aligned to it; :data:`.tree.ROOT` for a root, and
        :data:`.tree.ABSENT` where nothing encloses an orphan
    """
    starts, ends, levels = tree.starts, tree.ends, tree.levels
    parents: IntArray = tree.parents.copy()
    for i in np.flatnonzero(parents == ABSENT).tolist():
        around = np.flatnonzero((levels < levels[i]) & (starts <= starts[i]) & (ends >= ends[i]))
        if len(around):
            lengths = ends[around] - starts[around]
            parents[i] = around[np.lexsort((-levels[around], lengths))[0]]
    return parents


def reattach_orphans(tree: TreeOfCaptions) -> TreeOfCaptions:
    """Returns a tree whose orphans have the parents of :func:`nearest_parents`.

    Nothing else changes; a tree without orphans is returned unchanged.
    """
    parents = nearest_parents(tree)
    changed = np.flatnonzero(parents != tree.parents).tolist()
    if not changed:
        return tree
    parent_ids = list(tree.parent_ids)
    for i in changed:
        parent_ids[i] = tree.node_ids[parents[i]]
    return TreeOfCaptions(
        tree.node_ids,
        parent_ids,
        tree.levels,
        tree.starts,
        tree.ends,
        tree.texts,
        tree.partial,
        tree.truncated,
    )


def fill_missing_ancestors(tree: TreeOfCaptions) -> TreeOfCaptions:
    """Returns a tree in which every node below level 0 has a parent one level up.

    An added node has no texts and spans its known children; a missing root spans all nodes. If more
    than one level is missing above a node, the ids in between are derived from the lowest one's.
    Nodes in a cycle, or at a level that contradicts their parent's, stay unchanged.

    Args:
        tree: a tree with finite times
    """
    filling = _Filling(tree)
    filling.run()
    added = len(filling.ids) - len(tree)
    if not added:
        return tree
    texts = {name: [*of, *[None] * added] for name, of in tree.texts.items()}
    return TreeOfCaptions(
        filling.ids, filling.parents, filling.levels, filling.starts, filling.ends, texts
    )


class _Filling:
    def __init__(self, tree: TreeOfCaptions) -> None:
        self.ids = list(tree.node_ids)
        self.parents = list(tree.parent_ids)
        self.levels: list[int] = tree.levels.tolist()
        self.starts: list[float] = tree.starts.tolist()
        self.ends: list[float] = tree.ends.tolist()
        self._known = set(self.ids)

    def run(self) -> None:
        if not self.ids:
            return
        root = self._root()
        for level in range(max(self.levels), 1, -1):
            orphans: dict[str, list[int]] = {}
            for i, parent in enumerate(self.parents):
                if self.levels[i] == level and parent is not None and parent not in self._known:
                    orphans.setdefault(parent, []).append(i)
            for parent, children in orphans.items():
                start = min(self.starts[i] for i in children)
                end = max(self.ends[i] for i in children)
                above = self._above(parent, level - 1, start, end, root)
                self._add(parent, above, level - 1, start, end)

    def _root(self) -> str:
        for node_id, parent in zip(self.ids, self.parents, strict=True):
            if parent is None:
                return node_id
        named = {
            parent
            for level, parent in zip(self.levels, self.parents, strict=True)
            if level == 1 and parent is not None and parent not in self._known
        }
        root = named.pop() if len(named) == 1 else self._new_id("root")
        self._add(root, None, 0, min(self.starts), max(self.ends))
        return root

    def _above(self, node_id: str, level: int, start: float, end: float, root: str) -> str:
        """Returns the parent of a node to be added, adding it as well if it is missing."""
        if level <= 1:
            return root
        ends, starts = np.array(self.ends), np.array(self.starts)
        around = (np.array(self.levels) == level - 1) & (starts <= start) & (ends >= end)
        found = np.flatnonzero(around)
        if len(found):
            return self.ids[int(found[np.argmin(ends[found] - starts[found])])]
        added = self._new_id(node_id)
        self._add(added, self._above(added, level - 1, start, end, root), level - 1, start, end)
        return added

    def _new_id(self, like: str) -> str:
        number = 1
        while (new := f"{like}{SPLIT}{number}") in self._known:
            number += 1
        return new

    def _add(self, node_id: str, parent: str | None, level: int, start: float, end: float) -> None:
        self._known.add(node_id)
        self.ids.append(node_id)
        self.parents.append(parent)
        self.levels.append(level)
        self.starts.append(start)
        self.ends.append(end)
