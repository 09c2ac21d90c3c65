"""Compares the boundaries and segments of two trees of one video."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .tree import TreeOfCaptions

#: The tolerances within which a boundary counts as found, in seconds.
TOLERANCES = (0.5, 1.0)
#: The least overlaps (intersection over union) at which a segment counts as found.
OVERLAPS = (0.5, 0.7, 0.9)

_Times = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Boundaries:
    """How well one tree's boundaries are found in another tree; each matches at most one.

    Attributes:
        precision: the share of the found tree's boundaries that are near one of the known tree's
        recall: the share of the known tree's boundaries that are near one of the found tree's
        f1: the harmonic mean of the two
    """

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True)
class TreeComparison:
    """The result of comparing two trees of one video.

    Attributes:
        boundaries: the comparison of the leaves' boundaries, by tolerance in seconds (0.5 and 1)
        mean_iou: the mean overlap (intersection over union) of the known tree's nodes with the node
            of the found tree, of any level, that each overlaps most; by level of the known tree
        recall: the share of the known tree's nodes, or of the chosen ones, that a node of the found
            tree overlaps at least this much; by overlap (0.5, 0.7 and 0.9)
        nodes: the number of nodes that ``recall`` is measured on
    """

    boundaries: Mapping[float, Boundaries]
    mean_iou: Mapping[int, float]
    recall: Mapping[float, float]
    nodes: int

    def __str__(self) -> str:
        lines = [
            f"boundaries within {tolerance:g} s: F1 {found.f1:.2f} (precision "
            f"{found.precision:.2f}, recall {found.recall:.2f})"
            for tolerance, found in self.boundaries.items()
        ]
        lines += [
            f"segments found with an overlap of {overlap:g}: {share:.2f} of {self.nodes:,}"
            for overlap, share in self.recall.items()
        ]
        levels = ", ".join(f"{level}: {iou:.2f}" for level, iou in self.mean_iou.items())
        return "\n".join([*lines, f"mean overlap by level: {levels}"])


def missed_boundaries(
    known: TreeOfCaptions, found: TreeOfCaptions, within: float = TOLERANCES[0]
) -> tuple[list[float], list[float]]:
    """Returns the boundaries of each of two trees that have no match in the other.

    Args:
        known: a tree
        found: another tree of the same video
        within: the tolerance, in seconds

    Returns:
        those of ``known`` and those of ``found``, in seconds of the source, ascending
    """
    cuts = _cuts(known), _cuts(found)
    matched = _matches(*cuts, within)
    mine, theirs = (np.delete(c, [p[k] for p in matched]) for k, c in enumerate(cuts))
    return mine.tolist(), theirs.tolist()


def first_seconds(tree: TreeOfCaptions, end: float) -> TreeOfCaptions:
    """Returns the part of a tree before a time; nodes that continue past it are cut.

    Args:
        tree: the tree
        end: in seconds of the source
    """
    kept = np.flatnonzero((tree.starts < end) & (tree.ends > tree.starts)).tolist()
    return TreeOfCaptions(
        [tree.node_ids[i] for i in kept],
        [tree.parent_ids[i] for i in kept],
        tree.levels[kept],
        tree.starts[kept],
        np.minimum(tree.ends[kept], end),
        {name: [texts[i] for i in kept] for name, texts in tree.texts.items()},
    )


def compare_trees(
    known: TreeOfCaptions, found: TreeOfCaptions, node_ids: Iterable[str] | None = None
) -> TreeComparison:
    """Compares two trees of one video, such as a published one and one that was built.

    Only spans are compared, not captions or ids. Swap the trees for the other direction.

    Args:
        known: the tree to be found
        found: the tree that was found
        node_ids: the nodes of the known tree that ``recall`` is measured on, such as those with a
            refined caption; by default all

    Raises:
        ValueError: if a tree has no nodes
        KeyError: if the known tree has no such node

    Example::

        from fiftyone_action100m import TreeOfCaptions, compare_trees

        known = TreeOfCaptions.from_nodes(published["nodes"])
        built = TreeOfCaptions.from_nodes(own["nodes"])
        print(compare_trees(known, built))
    """
    if not len(known) or not len(found):
        raise ValueError("a tree without nodes cannot be compared")
    best = np.array([_best_iou(node.start, node.end, found) for node in known])
    if node_ids is None:
        counted = best
    else:
        places = {node_id: i for i, node_id in enumerate(known.node_ids)}
        counted = best[[places[node_id] for node_id in node_ids]]
    inner_known, inner_found = _cuts(known), _cuts(found)
    return TreeComparison(
        {within: _matched(inner_known, inner_found, within) for within in TOLERANCES},
        {
            int(level): float(best[known.levels == level].mean())
            for level in np.unique(known.levels)
        },
        {least: float((counted >= least).mean()) if len(counted) else 0.0 for least in OVERLAPS},
        len(counted),
    )


def _cuts(tree: TreeOfCaptions) -> _Times:
    """Returns the starts of all leaves but the first, in order."""
    starts: _Times = np.unique(np.array(tree.starts)[~tree.has_children])
    return starts[1:]


def _best_iou(start: float, end: float, tree: TreeOfCaptions) -> float:
    shared = np.minimum(tree.ends, end) - np.maximum(tree.starts, start)
    either = np.maximum(tree.ends, end) - np.minimum(tree.starts, start)
    return float((np.maximum(shared, 0) / either).max())


def _matched(known: _Times, found: _Times, within: float) -> Boundaries:
    """Counts matched boundaries; two trees without any boundaries agree."""
    if not len(known) and not len(found):
        return Boundaries(1.0, 1.0)
    matches = len(_matches(known, found, within))
    return Boundaries(matches / max(1, len(found)), matches / max(1, len(known)))


def _matches(known: _Times, found: _Times, within: float) -> list[tuple[int, int]]:
    """Matches as many boundaries as possible, one to one; returns the positions of both."""
    matches: list[tuple[int, int]] = []
    at = 0
    for place, cut in enumerate(known.tolist()):
        while at < len(found) and found[at] < cut - within:
            at += 1
        if at < len(found) and found[at] <= cut + within:
            matches.append((place, at))
            at += 1
    return matches
