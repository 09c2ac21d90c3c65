"""The Tree-of-Captions: one video's nodes, and how they relate.

A tree is built from a record's nodes or from a sample's detections, stored as columns, and
immutable. It provides the relations of nodes (parent, children, path, leaves, nodes at a time) and
checks the tree. Broken trees are allowed: with absent parents, cycles or several roots, every
method still terminates without an error, and :meth:`TreeOfCaptions.check` reports them.

The module is one class, whose methods are each a few lines over the same columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import repeat
from typing import Any

import numpy as np
import numpy.typing as npt

from . import fields
from .detections import read_detections
from .times import SourceSeconds, SourceTimes

#: The parent index of a root, and of a node whose parent is not in the tree.
ROOT = -1
ABSENT = -2

#: The tiers by code: a node without children, one with children, and a root.
TIERS = (fields.TIER_LEAF, fields.TIER_MID, fields.TIER_ROOT)

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Node:
    """One segment of a video.

    Attributes:
        node_id: its id, unique in the video
        parent_id: its parent's id, None for the root
        level: its recorded depth; the root's is 0
        start: in seconds of the source video
        end: in seconds of the source video, exclusive
        texts: its captions by field name, without fields that have no caption
    """

    node_id: str
    parent_id: str | None
    level: int
    start: SourceSeconds
    end: SourceSeconds
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def duration(self) -> float:
        """The segment's length in seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Issue:
    """A problem of a tree: a code, the node concerned (None for the whole tree), a message."""

    code: str
    node_id: str | None
    message: str


class TreeOfCaptions:
    """One video's tree of segments.

    ``len``, ``in`` and iteration cover its nodes in the recorded order; ``tree[node_id]`` is a
    :class:`Node`.

    Args:
        node_ids: the nodes' ids, in the order recorded; of duplicates the first counts
        parent_ids: their parents' ids, None for a root
        levels: their recorded depths
        starts: in seconds of the source
        ends: in seconds of the source, exclusive
        texts: captions by field name, each aligned to ``node_ids``, None for a missing caption
        partial: whether nodes of the record may be missing, as in a sample's detections
        truncated: which nodes continue past the end of the clip; by default none

    Raises:
        KeyError: from ``tree[node_id]`` and from every method that takes a ``node_id``, if the tree
            has no such node
    """

    partial = False
    _truncated: Sequence[bool] | None = None

    def __init__(
        self,
        node_ids: Sequence[str],
        parent_ids: Sequence[str | None],
        levels: npt.ArrayLike,
        starts: npt.ArrayLike,
        ends: npt.ArrayLike,
        texts: Mapping[str, Sequence[str | None]] | None = None,
        partial: bool = False,
        truncated: Sequence[bool] | None = None,
    ) -> None:
        self.node_ids = node_ids
        self.partial = partial
        self._truncated = truncated
        self.parent_ids = parent_ids
        self.levels: IntArray = np.asarray(levels, dtype=np.int64)
        self.starts = SourceTimes(np.asarray(starts, dtype=np.float64))
        self.ends = SourceTimes(np.asarray(ends, dtype=np.float64))
        self.texts: Mapping[str, Sequence[str | None]] = texts or {}
        self._index = dict(zip(reversed(node_ids), range(len(node_ids) - 1, -1, -1), strict=True))
        places: dict[str | None, int] = {None: ROOT, **self._index}  # type: ignore[dict-item]
        self.parents: IntArray = np.fromiter(
            map(places.get, parent_ids, repeat(ABSENT)), dtype=np.int64, count=len(node_ids)
        )

    @classmethod
    def from_nodes(
        cls,
        nodes: Iterable[Mapping[str, Any]],
        captions: Sequence[fields.CaptionField] = fields.CAPTIONS,
    ) -> TreeOfCaptions:
        """Builds the tree of a record's well-formed ``nodes``.

        See :func:`.records.parse_record` for nodes that may be malformed.

        Args:
            nodes: dicts with ``node_id``, ``parent_id``, ``level``, ``start``, ``end`` and texts
            captions: the texts to keep

        Raises:
            KeyError: if a node lacks its id, level, start or end
        """
        nodes = list(nodes)
        return cls(
            [n[fields.NODE_ID] for n in nodes],
            [n.get(fields.PARENT_ID) for n in nodes],
            [n[fields.LEVEL] for n in nodes],
            [n[fields.START] for n in nodes],
            [n[fields.END] for n in nodes],
            {c.name: [text_at(n, c.path) for n in nodes] for c in captions},
        )

    @classmethod
    def from_detections(
        cls,
        detections: Mapping[str, Iterable[Any]],
        fps: Fraction | None = None,
    ) -> TreeOfCaptions:
        """Builds the tree of a sample's detections, collected from all given fields.

        A node without a detection in any field is missing from the tree, and its children are
        orphans.

        Args:
            detections: by field, detections (FiftyOne labels, or dicts) with ``node_id``,
                ``parent_id`` and ``level``; those without a ``node_id`` are skipped
            fps: the clip's frame rate, which converts supports to seconds for detections without
                ``start`` and ``end``; without it these times are NaN
        """
        columns = read_detections(detections, fps)
        return cls(*columns[:-1], partial=True, truncated=columns.truncated)

    @property
    def truncated(self) -> Sequence[bool]:
        """Which nodes continue past the end of the clip, aligned to ``node_ids``."""
        return self._truncated or [False] * len(self)

    @property
    def spans(self) -> tuple[SourceTimes, SourceTimes]:
        """The nodes' starts and ends, in seconds of the source."""
        return self.starts, self.ends

    def __len__(self) -> int:
        return len(self.node_ids)

    def __contains__(self, node_id: object) -> bool:
        return node_id in self._index

    def __iter__(self) -> Iterator[Node]:
        return (self._node(i) for i in range(len(self)))

    def __getitem__(self, node_id: str) -> Node:
        return self._node(self._index[node_id])

    def _node(self, i: int) -> Node:
        texts = {name: text for name, of in self.texts.items() if (text := of[i]) is not None}
        return Node(
            self.node_ids[i],
            self.parent_ids[i],
            int(self.levels[i]),
            SourceSeconds(float(self.starts[i])),
            SourceSeconds(float(self.ends[i])),
            texts,
        )

    def _nodes(self, indices: Iterable[int]) -> list[Node]:
        return [self._node(i) for i in indices]

    @cached_property
    def _children(self) -> list[list[int]]:
        children: list[list[int]] = [[] for _ in self.node_ids]
        for i, parent in enumerate(self.parents.tolist()):
            if parent >= 0 and parent != i:
                children[parent].append(i)
        starts = self.starts.tolist()
        for siblings in children:
            siblings.sort(key=lambda i: starts[i])
        return children

    @cached_property
    def has_children(self) -> npt.NDArray[np.bool_]:
        """Which nodes have children, aligned to ``node_ids``."""
        result = np.zeros(len(self), dtype=bool)
        result[self.parents[self.parents >= 0]] = True
        return result

    @property
    def roots(self) -> list[Node]:
        """The nodes without a parent."""
        return self._nodes(np.flatnonzero(self.parents == ROOT).tolist())

    @property
    def root(self) -> Node | None:
        """The node without a parent; of several, the longest."""
        return max(self.roots, key=lambda node: node.duration, default=None)

    @property
    def end(self) -> SourceSeconds | None:
        """The end of the root, in seconds of the source; None without a root."""
        root = self.root
        return root.end if root else None

    @property
    def depth(self) -> int:
        """The deepest level; 0 for an empty tree."""
        return int(self.levels.max()) if len(self) else 0

    def is_leaf(self, node_id: str) -> bool:
        """Whether a node has no children in this tree."""
        return not self.has_children[self._index[node_id]]

    def tier(self, node_id: str) -> str:
        """Returns ``root`` (with or without children), ``leaf`` or ``mid``."""
        return self.tiers_of(np.array([self._index[node_id]]))[0]

    def tiers_of(self, indices: IntArray) -> list[str]:
        """Returns the tiers of nodes, given by their positions in ``node_ids``."""
        codes = np.where(self.parents[indices] == ROOT, 2, self.has_children[indices])
        return [TIERS[code] for code in codes.tolist()]

    def parent(self, node_id: str) -> Node | None:
        """Returns a node's parent; None for a root, and for an orphan."""
        parent = int(self.parents[self._index[node_id]])
        return self._node(parent) if parent >= 0 else None

    def children(self, node_id: str) -> list[Node]:
        """Returns a node's children by start."""
        return self._nodes(self._children[self._index[node_id]])

    def siblings(self, node_id: str) -> list[Node]:
        """Returns the other children of a node's parent, by start."""
        i = self._index[node_id]
        return self._nodes(j for j in self._family(i) if j != i)

    def next_sibling(self, node_id: str) -> Node | None:
        """Returns the sibling after a node, None if it is the last."""
        return self._beside(node_id, 1)

    def previous_sibling(self, node_id: str) -> Node | None:
        """Returns the sibling before a node, None if it is the first."""
        return self._beside(node_id, -1)

    def _beside(self, node_id: str, step: int) -> Node | None:
        i = self._index[node_id]
        family = self._family(i)
        place = family.index(i) + step
        return self._node(family[place]) if 0 <= place < len(family) else None

    def _family(self, i: int) -> list[int]:
        parent = int(self.parents[i])
        return self._children[parent] if parent >= 0 and parent != i else [i]

    def ancestors(self, node_id: str) -> list[Node]:
        """Returns a node's ancestors, the parent first and the root last."""
        return self._nodes(self._ancestors(self._index[node_id]))

    def _ancestors(self, i: int) -> list[int]:
        found: list[int] = []
        seen = {i}
        parent = int(self.parents[i])
        while parent >= 0 and parent not in seen:
            found.append(parent)
            seen.add(parent)
            parent = int(self.parents[parent])
        return found

    def path(self, node_id: str) -> list[Node]:
        """Returns the nodes from the root to a node, both included."""
        i = self._index[node_id]
        return self._nodes([*reversed(self._ancestors(i)), i])

    def subtree(self, node_id: str) -> list[Node]:
        """Returns a node and its descendants, depth-first, siblings by start."""
        return self._nodes(self._subtree(self._index[node_id]))

    def _subtree(self, i: int) -> list[int]:
        found: list[int] = []
        seen = {i}
        stack = [i]
        while stack:
            at = stack.pop()
            found.append(at)
            below = [child for child in self._children[at] if child not in seen]
            seen.update(below)
            stack.extend(reversed(below))
        return found

    def descendants(self, node_id: str) -> list[Node]:
        """Returns a node's descendants, depth-first, siblings by start."""
        return self._nodes(self._subtree(self._index[node_id])[1:])

    def leaves(self, node_id: str | None = None) -> list[Node]:
        """Returns the leaves below a node (itself, if it is one) or of the whole tree, by start."""
        if node_id is None:
            found = np.flatnonzero(~self.has_children).tolist()
            found.sort(key=lambda i: self.starts[i])
        else:
            found = [i for i in self._subtree(self._index[node_id]) if not self.has_children[i]]
        return self._nodes(found)

    def at(self, seconds: SourceSeconds) -> list[Node]:
        """Returns the nodes at a moment of the source, the coarsest first.

        Args:
            seconds: the moment; a node includes its start but not its end
        """
        found = np.flatnonzero((self.starts <= seconds) & (seconds < self.ends))
        return self._nodes(found[np.argsort(self.levels[found], kind="stable")].tolist())

    def is_valid(self) -> bool:
        """Whether :meth:`check` would find nothing, usually in a tenth of its time."""
        from .validity import is_valid  # which imports this module

        return is_valid(self) or (self.partial and not self.check())

    def check(self, duration: float | None = None) -> list[Issue]:
        """Returns the problems of the tree, see :mod:`.faults`.

        In a sample's detections a node may lack a caption or lie past the end of the clip; what
        this can explain is not reported. :func:`..views.check.check_trees` follows the same rule.

        The codes: ``no-nodes``, ``no-root``, ``two-roots``, ``duplicate-id``, ``orphan``,
        ``cycle``, ``bad-time``, ``wrong-level``, ``outside-parent``, ``not-a-partition`` and, where
        a duration is given, ``wrong-duration``.

        Args:
            duration: the source video's duration in seconds by its metadata, which may differ from
                the tree's by up to a second
        """
        if not len(self):
            return [Issue("no-nodes", None, "the tree has no nodes")]
        from .faults import faults  # which imports this module

        issues = list(faults(self))
        root = self.root
        if root and duration is not None and abs(root.end - duration) > 1:
            message = f"the tree ends at {root.end:g} s, the metadata says {duration:g} s"
            issues.append(Issue("wrong-duration", root.node_id, message))
        return issues

    @property
    def repeated_ids(self) -> list[str]:
        """The ids that repeat an earlier node's, in the recorded order."""
        return [n for i, n in enumerate(self.node_ids) if self._index[n] != i]

    def in_cycle(self, i: int) -> bool:
        """Whether a node, given by its position in ``node_ids``, is its own ancestor."""
        above = self._ancestors(i)
        top = above[-1] if above else i
        return int(self.parents[top]) == i


def text_at(node: Mapping[str, Any], path: Sequence[str]) -> Any:
    """Returns the value at a nested key, None if any part of the path is missing."""
    value: object = node
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value
