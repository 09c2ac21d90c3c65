"""The columns of a tree during an edit, and the differences that the edit made."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from .missing import SPLIT
from .tree import TreeOfCaptions

#: Appended to the id of a split node to form the id of its second part.
_PART = re.compile(rf"{SPLIT}\d+$")

T = TypeVar("T")


@dataclass(frozen=True)
class Edited:
    """A tree after an edit.

    Attributes:
        tree: the edited tree
        changed: the ids of the nodes whose times, level or parent have changed, in tree order
        added: maps the id of each new node to the id of the node that it was copied or split from
        removed: maps the id of each removed node to the id of the node that now covers its time
    """

    tree: TreeOfCaptions
    changed: Sequence[str]
    added: Mapping[str, str] = field(default_factory=dict)
    removed: Mapping[str, str] = field(default_factory=dict)


class Draft:
    """The columns of a tree during an edit."""

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
        """Adds a copy of a node with other times and returns its position."""
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
        """Returns the edited tree with its differences from the original."""
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
        """Returns a field's texts: parts share theirs, and merged nodes fill missing ones."""
        texts = [*of, *(of[i] for i in self._sources)]
        for gone, kept in self.removed.items():
            texts[kept] = texts[kept] or texts[gone]
        return texts


def _taken(values: Sequence[T], rows: Sequence[int]) -> list[T]:
    return [values[i] for i in rows]
