"""Writes what an aggregator gets to know about a node, as Markdown of bounded length.

The title, the description and each caption are cut to a sixteenth of that length. Speech that is
longer than a quarter of it is sampled evenly. Captions fill the rest: those of the node, then those
of its descendants level by level; the first level that does not fit is sampled evenly.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence

from ..core.records import VideoInfo
from ..core.tree import Node, TreeOfCaptions
from ..core.wording import clock, shorten

#: The headings of captions by field.
_CALLED = {"plm_action": "action", "plm_caption": "events", "llama3_caption": "frame in the middle"}


class Evidence:
    """What is known of a video's nodes.

    Args:
        tree: the tree, with captions
        info: the title, the description and the transcript
        characters: the most characters of the text about a node
    """

    def __init__(self, tree: TreeOfCaptions, info: VideoInfo, characters: int) -> None:
        self._tree, self._characters = tree, characters
        self._each, self._root = characters // 16, tree.root
        self._lines = {node.node_id: self._line(node) for node in tree}
        self._starts = [entry.start for entry in info.transcript]
        self._ends = [entry.end for entry in info.transcript]
        self._said = [shorten(entry.text, self._each) for entry in info.transcript]
        self._head = [
            f"{name}: {shorten(text, self._each)}"
            for name, text in (("Title", info.title), ("Description", info.description))
            if text
        ]

    def of(self, node: Node) -> str:
        """Returns the text about a node."""
        parts = [f"# The video\n\n{chr(10).join(self._head)}"] if self._head else []
        if self._root is not None and self._root.node_id != node.node_id:
            parts.append(f"# The whole of it\n\n{self._lines[self._root.node_id]}")
        if said := self._speech(node):
            parts.append(f"# What is said in the segment\n\n{said}")
        parts.append("# Captions of the segment, and of its parts\n\n")
        head = "\n\n".join(parts)
        return head + self._captions(node, self._characters - len(head))

    def _captions(self, node: Node, most: int) -> str:
        nodes = self._tree.subtree(node.node_id)
        lines = {
            below.node_id: "  " * (below.level - node.level) + self._lines[below.node_id]
            for below in nodes
        }
        levels: defaultdict[int, list[str]] = defaultdict(list)
        for below in nodes:
            levels[below.level].append(below.node_id)
        kept: set[str] = set()
        for _, ids in sorted(levels.items()):
            sizes = [len(lines[node_id]) + 1 for node_id in ids]
            chosen = evenly(sizes, most)
            kept.update(ids[i] for i in chosen)
            most -= sum(sizes[i] for i in chosen)
            if len(chosen) < len(ids):
                break
        return "\n".join(lines[below.node_id] for below in nodes if below.node_id in kept)

    def _speech(self, node: Node) -> str:
        first, last = bisect_right(self._ends, node.start), bisect_left(self._starts, node.end)
        said = self._said[first:last]
        chosen = evenly([len(text) + 3 for text in said], self._characters // 4)
        return (" " if len(chosen) == len(said) else " … ").join(said[i] for i in chosen)

    def _line(self, node: Node) -> str:
        texts = [
            f"{called}: {shorten(node.texts[field], self._each)}"
            for field, called in _CALLED.items()
            if field in node.texts
        ]
        return f"- {clock(node.start)} to {clock(node.end)}. {' | '.join(texts)}"


def evenly(sizes: Sequence[int], most: int) -> list[int]:
    """Returns the positions of as many evenly spaced items as fit together.

    Args:
        sizes: the size of each item
        most: the greatest sum of the chosen sizes
    """
    count = len(sizes)
    while count > 0:
        chosen = [int((i + 0.5) * len(sizes) / count) for i in range(count)]
        size = sum(sizes[i] for i in chosen)
        if size <= most:
            return chosen
        count = min(count - 1, max(0, count * most // size))
    return []
