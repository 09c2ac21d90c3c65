"""Another dataset's tree of the open video as columns, for the row that compares the two."""

from __future__ import annotations

from typing import Any

from ..core.tree import TreeOfCaptions
from ..core.wording import shorten
from ..views.comparison import ComparedTrees
from .payload import BARE, labels_of, states

#: The longest label, in characters; it is only shown in a tooltip.
_LONGEST = 80


def annotated(tree: TreeOfCaptions) -> list[str] | None:
    """Returns the ids of the annotated nodes; None if all nodes are, or none."""
    ids = [i for i, state in zip(tree.node_ids, states(tree), strict=True) if state != BARE]
    return ids if 0 < len(ids) < len(tree) else None


def compared_columns(found: ComparedTrees, only_annotated: bool) -> dict[str, Any]:
    """Returns the other tree's columns as plain lists, and the figures; times are in seconds.

    Args:
        found: the two trees
        only_annotated: whether only annotated nodes were counted
    """
    tree, compared = found.other.tree, found.compared
    return {
        "levels": tree.levels.tolist(),
        "starts": _rounded(tree.starts.tolist()),
        "ends": _rounded(tree.ends.tolist()),
        "labels": [shorten(label, _LONGEST) for label in labels_of(tree)],
        "end": round(found.end, 3),
        "missing": _rounded(found.missing),
        "added": _rounded(found.added),
        "boundaries": [[within, round(each.f1, 4)] for within, each in compared.boundaries.items()],
        "overlap": [[level, round(iou, 4)] for level, iou in compared.mean_iou.items()],
        "recall": [[least, round(share, 4)] for least, share in compared.recall.items()],
        "nodes": compared.nodes,
        "annotated": only_annotated,
    }


def _rounded(times: list[float]) -> list[float]:
    return [round(each, 3) for each in times]
