"""Bridges a tree's holes: nodes that no field has a text for, so that their children lack a parent.

Time and level say where such a child belongs: below the shortest node that contains it.
"""

from __future__ import annotations

from .tree import ABSENT, TreeOfCaptions


def bridged(tree: TreeOfCaptions) -> TreeOfCaptions:
    """Returns a tree whose holes are bridged.

    A node whose parent is in no field hangs on the shortest node that contains it in time and is
    at a lower level, if there is one; nothing else changes.
    """
    starts, ends, levels = tree.starts, tree.ends, tree.levels
    parent_ids = list(tree.parent_ids)
    changed = False
    for i in (tree.parents == ABSENT).nonzero()[0].tolist():
        around = (starts <= starts[i]) & (ends >= ends[i]) & (levels < levels[i])
        found = around.nonzero()[0].tolist()
        if found:
            nearest = min(found, key=lambda j: (ends[j] - starts[j], -levels[j]))
            parent_ids[i] = tree.node_ids[nearest]
            changed = True
    if not changed:
        return tree
    return TreeOfCaptions(
        tree.node_ids, parent_ids, levels, starts, ends, tree.texts, tree.partial, tree.truncated
    )
