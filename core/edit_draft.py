"""The columns of a tree while it is edited, and how the tree differs afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from .missing import SPLIT
from .tree import TreeOfCaptions

#: What follows the node's id in the id of a part.
_PART = re.compile(rf"{SPLIT}\d+$")

T = TypeVar("T")


@dataclass(frozen=True)
class Edited:
    """A tree after an edit.

    Attributes:
        tree: the tree
        changed: the ids of nodes whose times, level or parent differ, in the order of the tree
        added: the ids of new nodes, each with the node that it is a copy or a part of
        removed: the ids of nodes that are gone, each with the node that holds their stretch
    """

    tree: TreeOfCaptions
    changed: Sequence[str]
    added: Mapping[str, str] = field(default_factory=dict)
    removed: Mapping[str, str] = field(default_factory=dict)


class Draft:
    """The columns of a tree while it is edited."""

    def __init__(self, tree: TreeOfCaptions) -> None:
        self._tree = tree
        self.node_ids = list(tree.node_ids)
        self.parent_ids = list(tree.parent_ids)
        self.levels: list[int] = tree.levels.tolist()
        self.starts: list[float] = tree.starts.tolist()
        self.ends: list[float] = tree.ends.tolist()
        self.truncated = list(tree.truncated)
        self.removed: dict[int, int] = {}
        self._sources: list[int] = []
        self._known = set(self.node_ids)

    def copy(self, source: int, start: float, end: float, parent_id: str | None) -> int:
        """Adds a copy of a node with other times; returns its position."""
        base = _PART.sub("", self.node_ids[source])
        number = 1
        while (new := f"{base}{SPLIT}{number}") in self._known:
            number += 1
        self._known.add(new)
        self._sources.append(source)
        self.node_ids.append(new)
        self.parent_ids.append(parent_id)
        self.levels.append(self.levels[source])
        self.starts.append(start)
        self.ends.append(end)
        self.truncated.append(False)
        return len(self.node_ids) - 1

    def edited(self) -> Edited:
        """Returns the tree, and how it differs from the one before."""
        tree, total, ids = self._tree, len(self._tree), self.node_ids
        rows = [i for i in range(len(ids)) if i not in self.removed]
        after = TreeOfCaptions(
            _taken(ids, rows),
            _taken(self.parent_ids, rows),
            _taken(self.levels, rows),
            _taken(self.starts, rows),
            _taken(self.ends, rows),
            {name: _taken(self._texts(of), rows) for name, of in tree.texts.items()},
            tree.partial,
            _taken(self.truncated, rows),
        )
        before = zip(
            tree.parent_ids, tree.levels, tree.starts, tree.ends, tree.truncated, strict=True
        )
        now = zip(
            self.parent_ids, self.levels, self.starts, self.ends, self.truncated, strict=False
        )
        return Edited(
            after,
            [
                ids[i]
                for i, (old, new) in enumerate(zip(before, now, strict=False))
                if old != new and i not in self.removed
            ],
            {ids[total + k]: ids[source] for k, source in enumerate(self._sources)},
            {ids[gone]: ids[kept] for gone, kept in self.removed.items()},
        )

    def _texts(self, of: Sequence[str | None]) -> list[str | None]:
        """Returns a field's texts: a part has its node's, a merged node one that it lacked."""
        texts = [*of, *(of[i] for i in self._sources)]
        for gone, kept in self.removed.items():
            texts[kept] = texts[kept] or texts[gone]
        return texts


def _taken(values: Sequence[T], rows: Sequence[int]) -> list[T]:
    return [values[i] for i in rows]
