"""Edits of a tree by a reviewer: moving boundaries, splitting nodes and merging siblings.

An edit takes a tree and returns an edited copy with the nodes that differ. Siblings remain a
partition of their parent: all nodes that share a boundary (both neighbours, their ancestors and
their descendants) move with it. An edit that would introduce a problem into the tree is refused.

Boundaries lie between frames of the clip and are named by the frame that follows: frame 91 is the
first frame after the boundary at 91. In seconds, a boundary is at the time when that frame is
shown, see :mod:`.frames`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Literal, NamedTuple, get_args

from .edit_draft import Draft, Edited
from .frames import boundary, frame_times, to_clip, to_source
from .missing import nearest_parents
from .times import SourceSeconds
from .tree import ROOT, TreeOfCaptions

Edge = Literal["start", "end"]
EDGES: tuple[Edge, ...] = get_args(Edge)


class EditError(ValueError):
    """Raised if an edit is not possible; the message says why and what is possible."""


class Boundary(NamedTuple):
    """A boundary and the range it can be moved in; frames are 1-based.

    Attributes:
        frame: the first frame after the boundary
        lowest: the first frame that it can be moved to
        highest: the last frame that it can be moved to
        left: the positions in the tree of the nodes that end at it
        right: the positions in the tree of the nodes that start at it
        after: where the unchanged nodes before it end, in seconds of the source
        before: where the unchanged nodes after it start, in seconds of the source
    """

    frame: int
    lowest: int
    highest: int
    left: Sequence[int]
    right: Sequence[int]
    after: float
    before: float


class TreeEditor:
    """Edits a tree on its clip.

    Args:
        tree: the tree; nodes with a missing parent are placed as by
            :func:`.missing.nearest_parents`
        fps: the clip's exact frame rate
        total_frames: the clip's frame count
    """

    def __init__(self, tree: TreeOfCaptions, fps: Fraction, total_frames: int) -> None:
        self.tree = tree
        self._fps, self._total = fps, total_frames
        self._parents: list[int] = nearest_parents(tree).tolist()
        self._starts: list[float] = tree.starts.tolist()
        self._ends: list[float] = tree.ends.tolist()
        self._places = {node_id: i for i, node_id in reversed(list(enumerate(tree.node_ids)))}
        self._children: dict[int, list[int]] = {}
        for i, parent in enumerate(self._parents):
            if parent != i:
                self._children.setdefault(max(parent, ROOT), []).append(i)

    def boundary(self, node_id: str, edge: Edge) -> Boundary:
        """Returns the boundary at a node's start or end.

        Raises:
            EditError: if there is no such node, or the boundary is an end of the video
        """
        node = self._place(node_id)
        at = self._at(node, edge)
        top = self._top(node, edge)
        family = [i for i in self._children.get(max(self._parents[top], ROOT), ()) if i != top]
        other: Edge = "start" if edge == "end" else "end"
        beside = [i for i in family if self._at(i, other) == at]
        above = self._parents[top]
        if above < 0 and not beside:
            raise EditError(f"the segment's {edge} is that of the video and cannot be moved")
        own = list(self._chain(top, edge))
        others = [i for neighbour in beside for i in self._chain(neighbour, other)]
        left, right = (own, others) if edge == "end" else (others, own)
        stays_before = self._below(left, self._ends) + _all(left, self._starts)
        stays_after = self._below(right, self._starts) + _all(right, self._ends)
        # Without a neighbour, the boundary can be moved up to the next sibling or the parent's end.
        if not left:
            ends = [self._ends[i] for i in family if self._ends[i] <= at]
            stays_before += [(end, 0) for end in [*ends, self._starts[above]]]
        if not right:
            starts = [self._starts[i] for i in family if self._starts[i] >= at]
            stays_after += [(start, 0) for start in [*starts, self._ends[above]]]
        lowest = max(self._boundary(x) + width for x, width in stays_before)
        highest = min(self._boundary(x) - width for x, width in stays_after)
        frame = self._boundary(at) + 1
        if not 1 < frame <= self._total:
            raise EditError(f"the segment's {edge} is not within the clip")
        return Boundary(
            frame,
            max(lowest, 1) + 1,
            min(highest, self._total - 1) + 1,
            left,
            right,
            max(x for x, _ in stays_before),
            min(x for x, _ in stays_after),
        )

    def move(self, node_id: str, edge: Edge, frame: int) -> Edited:
        """Moves a node's start or end.

        Args:
            node_id: the node
            edge: ``start`` or ``end``
            frame: the first frame after the boundary, 1-based

        Raises:
            EditError: if the boundary cannot be moved there
        """
        found = self.boundary(node_id, edge)
        if frame == found.frame:
            raise EditError(f"the segment's {edge} is already at frame {frame}")
        if not found.lowest <= frame <= found.highest:
            raise EditError(
                f"the segment's {edge} can be moved to frames {found.lowest} to {found.highest}, "
                f"not to {frame}: every segment keeps at least one frame"
                if found.lowest <= found.highest
                else f"the segment's {edge} cannot be moved: every segment keeps at least one frame"
            )
        at = min(max(self._seconds(frame), found.after), found.before)
        draft = Draft(self.tree)
        for i in found.left:
            draft.ends[i] = at
            draft.truncated[i] = False
        for i in found.right:
            draft.starts[i] = at
        return self._finished(draft)

    def split(self, node_id: str, frame: int) -> Edited:
        """Splits a node into two siblings, together with its descendants at that frame.

        The first part keeps the id; the second is a new node.

        Args:
            node_id: the node
            frame: the first frame of the second part, 1-based

        Raises:
            EditError: if there is no such node, if it is the root, or if a part would have no frame
        """
        node = self._place(node_id)
        if self._parents[node] == ROOT:
            raise EditError("the whole video cannot be split")
        first, last = self._frames(self._starts[node], self._ends[node])
        if not first < frame <= last:
            raise EditError(
                f"the segment can be split at frames {first + 1} to {last}, not at {frame}"
                if first < last
                else "the segment has one frame and cannot be split"
            )
        # An existing boundary at that frame need not be exactly at the time when the frame is
        # shown.
        same = (x for x in self._edges(node) if self._boundary(x) == frame - 1)
        at = next(same, self._seconds(frame))
        draft = Draft(self.tree)
        self._split(draft, node, at)
        return self._finished(draft)

    def merge(self, node_id: str, other_id: str) -> Edited:
        """Merges a node with the sibling before or after it, keeping the node's id and texts.

        The children of both become children of the merged node. If only one of them has children,
        the other becomes a child as well, so that the children still fill their parent.

        Args:
            node_id: the node to keep
            other_id: the sibling

        Raises:
            EditError: if the two are not neighbours with the same parent
        """
        kept, other = self._place(node_id), self._place(other_id)
        first, second = sorted((kept, other), key=lambda i: self._starts[i])
        if kept == other or self._parents[kept] != self._parents[other] or self._parents[kept] < 0:
            raise EditError("the two segments have no common parent")
        if self._ends[first] != self._starts[second]:
            raise EditError("the two segments are not neighbours")
        draft = Draft(self.tree)
        draft.starts[kept], draft.ends[kept] = self._starts[first], self._ends[second]
        draft.truncated[kept] = self.tree.truncated[second]
        moved = self._children.get(other, ())
        if bool(self._children.get(kept)) == bool(moved):
            for i in moved:
                self._hang(draft, i, node_id)
            draft.removed[other] = kept
        elif moved:  # the node itself becomes a child beside the other's children
            for i in moved:
                self._hang(draft, i, node_id)
            part = draft.copy(kept, self._starts[kept], self._ends[kept], node_id)
            draft.levels[part] += 1
            draft.truncated[part] = self.tree.truncated[kept]
            draft.removed[other] = kept
        else:
            draft.parent_ids[other] = node_id
            draft.levels[other] += 1
        return self._finished(draft)

    def _place(self, node_id: str) -> int:
        place = self._places.get(node_id)
        if place is None:
            raise EditError("the segment is no longer in the video")
        return place

    def _at(self, i: int, edge: Edge) -> float:
        return self._starts[i] if edge == "start" else self._ends[i]

    def _boundary(self, seconds: float) -> int:
        if not math.isfinite(seconds):
            raise EditError("a segment that the edit concerns has no start or no end")
        return boundary(to_clip(SourceSeconds(seconds)), self._fps)

    def _seconds(self, frame: int) -> float:
        return to_source(frame_times(frame, frame, self._fps)[0])

    def _frames(self, start: float, end: float) -> tuple[int, int]:
        return self._boundary(start) + 1, min(self._boundary(end), self._total)

    def _top(self, node: int, edge: Edge) -> int:
        """Returns the topmost ancestor with the same start, or end, as a node."""
        seen = {node}
        at = self._at(node, edge)
        above = self._parents[node]
        while above >= 0 and above not in seen and self._at(above, edge) == at:
            node = above
            seen.add(node)
            above = self._parents[node]
        return node

    def _chain(self, top: int, edge: Edge) -> Iterator[int]:
        """Yields a node and its descendants with the same start, or end."""
        at = self._at(top, edge)
        stack, seen = [top], {top}
        while stack:
            i = stack.pop()
            yield i
            below = [c for c in self._children.get(i, ()) if self._at(c, edge) == at]
            stack += [c for c in below if c not in seen]
            seen.update(below)

    def _below(self, chain: Sequence[int], edges: Sequence[float]) -> list[tuple[float, int]]:
        """Returns an edge of each child of a chain's nodes that is not in the chain."""
        inside = set(chain)
        return [(edges[c], 0) for i in chain for c in self._children.get(i, ()) if c not in inside]

    def _edges(self, node: int) -> Iterator[float]:
        """Yields the starts and ends of a node's descendants, children first."""
        queue, seen = [node], {node}
        for i in queue:
            below = [c for c in self._children.get(i, ()) if c not in seen]
            seen.update(below)
            queue += below
            for child in below:
                yield from (self._starts[child], self._ends[child])

    def _hang(self, draft: Draft, i: int, parent_id: str) -> None:
        """Sets a node's parent, unless the node refers to a missing one."""
        if self.tree.parents[i] >= 0:
            draft.parent_ids[i] = parent_id

    def _split(self, draft: Draft, node: int, at: float) -> None:
        """Splits a node and each descendant at a time that is inside it."""
        stack, seen = [(node, draft.parent_ids[node])], {node}
        while stack:
            i, parent_id = stack.pop()
            part = draft.copy(i, at, self._ends[i], parent_id)
            draft.truncated[part] = self.tree.truncated[i]
            draft.ends[i], draft.truncated[i] = at, False
            for child in self._children.get(i, ()):
                if self._starts[child] >= at:
                    self._hang(draft, child, draft.node_ids[part])
                elif self._ends[child] > at and child not in seen:
                    seen.add(child)
                    orphan = self.tree.parents[child] < 0
                    above = self.tree.parent_ids[child] if orphan else draft.node_ids[part]
                    stack.append((child, above))

    def _finished(self, draft: Draft) -> Edited:
        """Returns the edited tree.

        Raises:
            EditError: if a node would have no frame, or if the tree would have a new problem
        """
        edited = draft.edited()
        for node_id in (*edited.changed, *edited.added):
            node = edited.tree[node_id]
            first, last = self._frames(node.start, node.end)
            if first > last:
                raise EditError(
                    "a segment would have no frame: every segment keeps at least one frame"
                )
        if not edited.tree.is_valid():
            before = {(issue.code, issue.node_id) for issue in self.tree.check()}
            for issue in edited.tree.check():  # a part may have the problems of its node
                of = edited.added.get(issue.node_id or "", issue.node_id)
                if (issue.code, of) not in before:
                    raise EditError(f"this edit would break the tree: {issue.message}")
        return edited


def _all(chain: Sequence[int], edges: Sequence[float]) -> list[tuple[float, int]]:
    return [(edges[i], 1) for i in chain]
