"""Prints a tree for a terminal: the time of each segment, its branch, and a caption.

Captions are untrusted: control characters are left out, and long captions are cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from ..core.labels import is_no_action
from ..core.tree import Node, TreeOfCaptions
from ..core.wording import clock, count, one_line

#: The caption fields that label a node; the first that it has is used.
_PREFERRED = (
    "gpt_action_brief",
    "gpt_summary_brief",
    "plm_action",
    "plm_caption",
    "llama3_caption",
    "gpt_action_detailed",
    "gpt_summary_detailed",
)
_ELLIPSIS = "…"


def outline(
    tree: TreeOfCaptions, levels: int | None = 4, width: int = 100, max_lines: int = 200
) -> list[str]:
    """Returns a tree as lines, one per node, depth-first.

    Args:
        tree: the tree, with the captions that were read
        levels: how many levels to show, including the root; None for all
        width: the columns of the terminal
        max_lines: the most lines to show
    """
    names = [name for name in _PREFERRED if name in tree.texts]
    times = max((len(clock(node.end)) for node in tree.roots), default=4)
    lines: list[str] = []
    for node, branch in _walk(tree, levels):
        if len(lines) == max_lines:
            lines.append(f"{_ELLIPSIS} {count(len(tree) - max_lines, 'more node')}")
            break
        hidden = ""
        below = len(tree.descendants(node.node_id))
        if below and levels is not None and branch.count("\0") + 1 >= levels:
            hidden = f" (+{below})"
        span = f"{clock(node.start):>{times}}-{clock(node.end):<{times}} "
        head = span + branch.replace("\0", "")
        lines.append(head + fit(_caption(node, names), width - len(head) - len(hidden)) + hidden)
    return lines


def fit(text: str, width: int) -> str:
    """Returns a text on one line of at most ``width`` columns, with an ellipsis if cut."""
    text = one_line(text)
    if sum(map(_columns, text)) <= width:
        return text
    used, kept = 1, []
    for character in text:
        used += _columns(character)
        if used > width:
            break
        kept.append(character)
    return "".join(kept).rstrip() + _ELLIPSIS


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _walk(tree: TreeOfCaptions, levels: int | None) -> Iterator[tuple[Node, str]]:
    """Yields nodes, each before its children, with the branch that leads to it.

    A branch contains one NUL per level, which gives its depth.
    """
    waiting = [(node, "", "") for node in reversed(tree.roots)]
    while waiting:
        node, branch, stem = waiting.pop()
        yield node, branch
        if levels is not None and branch.count("\0") + 1 >= levels:
            continue
        children = sorted(tree.children(node.node_id), key=lambda child: child.start)
        for i, child in reversed(list(enumerate(children))):
            last = i == len(children) - 1
            corner, more = ("└─ ", "   ") if last else ("├─ ", "│  ")
            waiting.append((child, f"{stem}{corner}\0", f"{stem}{more}\0"))


def _caption(node: Node, names: Sequence[str]) -> str:
    texts = (node.texts[name] for name in names if name in node.texts)
    return next((text for text in texts if not is_no_action(text)), "(no caption)")
