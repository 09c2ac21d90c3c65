"""Fills a tree's holes with nodes that have no text, so that it hangs together down from one root.

A data set has a node only where some field has a text for it. What writes a whole tree (records,
one tier a level) needs the nodes between as well. A hole's id is known, because its children name
it; its times are taken to be those of its known children, which it holds at least.
"""

from __future__ import annotations

import numpy as np

from .tree import TreeOfCaptions


def filled(tree: TreeOfCaptions) -> TreeOfCaptions:
    """Returns a tree in which every node below level 0 has a parent one level up.

    Added nodes have no texts. A missing root spans all that is known; where more than one level is
    missing above a node, the ids between are made up of the lowest one's. Nodes that hang on a
    cycle, or at a level that contradicts their parent's, stay as they are.

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
        root = named.pop() if len(named) == 1 else self._fresh("root")
        self._add(root, None, 0, min(self.starts), max(self.ends))
        return root

    def _above(self, node_id: str, level: int, start: float, end: float, root: str) -> str:
        """Returns the parent of a node to be added, itself added where there is none."""
        if level <= 1:
            return root
        ends, starts = np.array(self.ends), np.array(self.starts)
        around = (np.array(self.levels) == level - 1) & (starts <= start) & (ends >= end)
        found = np.flatnonzero(around)
        if len(found):
            return self.ids[int(found[np.argmin(ends[found] - starts[found])])]
        made = self._fresh(node_id)
        self._add(made, self._above(made, level - 1, start, end, root), level - 1, start, end)
        return made

    def _fresh(self, like: str) -> str:
        number = 1
        while (made := f"{like}~{number}") in self._known:
            number += 1
        return made

    def _add(self, node_id: str, parent: str | None, level: int, start: float, end: float) -> None:
        self._known.add(node_id)
        self.ids.append(node_id)
        self.parents.append(parent)
        self.levels.append(level)
        self.starts.append(start)
        self.ends.append(end)
