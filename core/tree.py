"""The Tree-of-Captions: one video's nodes and how they hang together.

Built from a record's nodes or from the detections of a sample, kept as columns, and never
changed afterwards. It answers where a node stands (parent, children, path, leaves, nodes at a
time) and whether the tree is sound. It imports no FiftyOne, and holds for broken trees too:
absent parents, cycles and several roots never hang or raise, they are reported by
:meth:`TreeOfCaptions.check`.
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
from .frames import frame_times

#: The parent index of a root, and of a node whose parent is not in the tree.
ROOT = -1
ABSENT = -2

#: The tiers, by code: of a node without children, of one with some, and of a root.
TIERS = (fields.TIER_LEAF, fields.TIER_MID, fields.TIER_ROOT)

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Node:
    """One segment of a video.

    Attributes:
        node_id: its id, unique in the video
        parent_id: its parent's id, None for the root
        level: its depth as recorded; the root's is 0
        start: in seconds of the source video
        end: in seconds of the source video, exclusive
        texts: the captions it has, by field name
    """

    node_id: str
    parent_id: str | None
    level: int
    start: float
    end: float
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def duration(self) -> float:
        """The segment's length in seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class Issue:
    """Something wrong with a tree: a code, the node concerned, and a sentence."""

    code: str
    node_id: str | None
    message: str


class TreeOfCaptions:
    """One video's tree of segments.

    Args:
        node_ids: the nodes' ids, in the order recorded; of duplicates the first counts
        parent_ids: their parents' ids, None for a root
        levels: their recorded depths
        starts: in seconds
        ends: in seconds, exclusive
        texts: captions by field name, each aligned to ``node_ids`` with None for "has none"
        partial: whether nodes that exist can be missing, as in a sample's detections
        truncated: which nodes go on past the end of the clip; by default none
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
        self.starts: FloatArray = np.asarray(starts, dtype=np.float64)
        self.ends: FloatArray = np.asarray(ends, dtype=np.float64)
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

        For input that may be malformed, see :func:`.records.parse_record`.

        Args:
            nodes: dicts with ``node_id``, ``parent_id``, ``level``, ``start``, ``end`` and texts
            captions: the texts to keep
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
        """Builds the tree that a sample's detections hold.

        Nodes are gathered over all the fields given; a node that no field has a detection for
        stays a hole, and its children count as orphans.

        Args:
            detections: for each field, detections (FiftyOne labels, or dicts) that carry
                ``node_id``, ``parent_id`` and ``level``; those without a ``node_id`` are passed
                over
            fps: the clip's frame rate, which turns supports into seconds where the detections
                carry no ``start`` and ``end``; without it they are NaN then
        """
        rows: dict[str, tuple[Any, ...]] = {}
        texts: dict[str, dict[str, str]] = {name: {} for name in detections}
        for name, labels in detections.items():
            for label in labels:
                node_id = _attribute(label, fields.NODE_ID)
                if node_id is None:
                    continue
                texts[name].setdefault(node_id, _attribute(label, "label"))
                if node_id not in rows:
                    level = _attribute(label, fields.LEVEL)
                    rows[node_id] = (
                        _attribute(label, fields.PARENT_ID),
                        -1 if level is None else level,
                        *_seconds_of(label, fps),
                        _last_frame(label),
                        _attribute(label, fields.TRUNCATED),
                    )
        parent_ids, levels, starts, ends = ([row[k] for row in rows.values()] for k in range(4))
        last = max((row[4] for row in rows.values()), default=0)
        return cls(
            list(rows),
            parent_ids,
            levels,
            starts,
            ends,
            {name: [of.get(node_id) for node_id in rows] for name, of in texts.items()},
            partial=True,
            truncated=[_goes_on(row[5], row[3], row[4], last, fps) for row in rows.values()],
        )

    @property
    def truncated(self) -> Sequence[bool]:
        """Which nodes go on past the end of the clip, aligned to ``node_ids``."""
        return self._truncated or [False] * len(self)

    @property
    def spans(self) -> tuple[FloatArray, FloatArray]:
        """Where the nodes start and where they end, in seconds."""
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
            float(self.starts[i]),
            float(self.ends[i]),
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
        """The node without a parent; of several, the one that lasts longest."""
        return max(self.roots, key=lambda node: node.duration, default=None)

    @property
    def end(self) -> float | None:
        """Where the root ends, in seconds; None where there is none."""
        root = self.root
        return root.end if root else None

    @property
    def depth(self) -> int:
        """The deepest level, 0 for a tree of one node and for none."""
        return int(self.levels.max()) if len(self) else 0

    def is_leaf(self, node_id: str) -> bool:
        """Whether a node has no children in this tree."""
        return not self.has_children[self._index[node_id]]

    def tier(self, node_id: str) -> str:
        """Returns ``root``, ``leaf`` (no children) or ``mid``; a lone root is a root."""
        return self.tiers_of(np.array([self._index[node_id]]))[0]

    def tiers_of(self, indices: IntArray) -> list[str]:
        """Returns the tiers of nodes given by where they are in ``node_ids``."""
        codes = np.where(self.parents[indices] == ROOT, 2, self.has_children[indices])
        return [TIERS[code] for code in codes.tolist()]

    def parent(self, node_id: str) -> Node | None:
        """Returns a node's parent, None for a root and where the parent is not in the tree."""
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
        """Returns the sibling that comes after a node, if any."""
        return self._beside(node_id, 1)

    def previous_sibling(self, node_id: str) -> Node | None:
        """Returns the sibling that comes before a node, if any."""
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
        """Returns a node and all below it, parents before children, in order of time."""
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
        """Returns all the nodes below a node, parents before children, in order of time."""
        return self._nodes(self._subtree(self._index[node_id])[1:])

    def leaves(self, node_id: str | None = None) -> list[Node]:
        """Returns the leaves below a node (itself, if it is one), or of the whole tree."""
        if node_id is None:
            found = np.flatnonzero(~self.has_children).tolist()
            found.sort(key=lambda i: self.starts[i])
        else:
            found = [i for i in self._subtree(self._index[node_id]) if not self.has_children[i]]
        return self._nodes(found)

    def at(self, seconds: float) -> list[Node]:
        """Returns the nodes on screen at a moment, the coarsest first.

        Args:
            seconds: in the source video; a node holds its start but not its end
        """
        found = np.flatnonzero((self.starts <= seconds) & (seconds < self.ends))
        return self._nodes(found[np.argsort(self.levels[found], kind="stable")].tolist())

    def is_sound(self) -> bool:
        """Whether :meth:`check` would find nothing, in most cases in a tenth of its time."""
        return self._is_whole() or (self.partial and not self.check())

    def _is_whole(self) -> bool:
        """Whether no node is missing and nothing is wrong."""
        parents, levels, starts, ends = self.parents, self.levels, self.starts, self.ends
        count = len(self)
        if not count or len(self._index) != count:
            return False
        below = parents >= 0
        if int(below.sum()) != count - 1 or ABSENT in parents:
            return False
        inner = parents[below]
        if (levels[below] != levels[inner] + 1).any() or levels[~below][0] != 0:
            return False
        # Comparisons with NaN are false, so these stand for "finite" as well.
        if not ((starts >= 0) & (ends > starts) & (ends < np.inf)).all():
            return False
        return not len(badly_split(np.flatnonzero(below), parents, starts, ends))

    def check(self, duration: float | None = None) -> list[Issue]:
        """Reports what is wrong with the tree, by the rule of :func:`.faults.faults`.

        Of a sample's detections, what can be a node without a text, or lie past the end of the
        clip, is no fault; :func:`..views.check.check_trees` judges by the same rule.

        The codes: ``no-nodes``, ``no-root``, ``two-roots``, ``duplicate-id``, ``orphan``,
        ``cycle``, ``bad-time``, ``wrong-level``, ``outside-parent``, ``not-a-partition`` and, where
        a duration is given, ``wrong-duration``.

        Args:
            duration: the source video's length in seconds according to its metadata, which may
                differ from the tree's by up to a second
        """
        if not len(self):
            return [Issue("no-nodes", None, "the tree has no nodes")]
        from .faults import faults  # it knows this module

        issues = list(faults(self))
        root = self.root
        if root and duration is not None and abs(root.end - duration) > 1:
            message = f"the tree ends at {root.end:g} s, the metadata says {duration:g} s"
            issues.append(Issue("wrong-duration", root.node_id, message))
        return issues

    @property
    def repeated_ids(self) -> list[str]:
        """The ids that occur more than once, each as often as it is repeated."""
        return [n for i, n in enumerate(self.node_ids) if self._index[n] != i]

    def in_cycle(self, i: int) -> bool:
        """Whether a node, given by where it is in ``node_ids``, is its own ancestor."""
        above = self._ancestors(i)
        top = above[-1] if above else i
        return int(self.parents[top]) == i


def badly_split(
    nodes: IntArray, parents: IntArray, starts: FloatArray, ends: FloatArray
) -> IntArray:
    """Returns the parents whose children do not follow each other from its start to its end.

    Args:
        nodes: where the nodes are that have a parent, of one tree or of several
        parents: where each node's parent is
        starts: in seconds
        ends: in seconds
    """
    above, begin = parents[nodes], starts[nodes]
    if not _stand_together(above, begin):
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
    return np.unique(np.concatenate((above[1:][gaps], tops[cut])))


def _stand_together(parents: IntArray, starts: FloatArray) -> bool:
    """Whether siblings follow each other in order of time, as where nodes are breadth first."""
    steps = np.diff(parents)
    return bool(((steps > 0) | ((steps == 0) & (np.diff(starts) >= 0))).all())


def text_at(node: Mapping[str, Any], path: Sequence[str]) -> Any:
    """Returns what a nested key holds, None where any part of the path is missing."""
    value: Any = node
    for key in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def _attribute(label: Any, name: str) -> Any:
    if isinstance(label, Mapping):
        return label.get(name)
    return getattr(label, name, None)


def _seconds_of(label: Any, fps: Fraction | None) -> tuple[float, float]:
    start, end = _attribute(label, fields.START), _attribute(label, fields.END)
    if start is not None and end is not None:
        return float(start), float(end)
    frames = _attribute(label, "support")
    if fps is None or not frames:
        return float("nan"), float("nan")
    first, last = frame_times(int(frames[0]), int(frames[1]), fps)
    return float(first), float(last)


def _last_frame(label: Any) -> int:
    frames = _attribute(label, "support")
    return int(frames[1]) if frames else 0


def _goes_on(noted: bool | None, end: float, frame: int, last: int, fps: Fraction | None) -> bool:
    """Whether a node goes on past the clip: as noted, else by its end and the clip's last frame.

    Without a rate, whatever is there on the last frame may go on.
    """
    if noted is not None:
        return bool(noted)
    return frame == last > 0 and (fps is None or end * fps > last + 1)
