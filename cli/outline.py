"""A tree as lines of text, for a terminal: when each segment is, under which, and a caption of it.

Captions are untrusted: what would move a terminal's cursor, colour it or turn its writing round is
left out, and a long one is cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

from ..core.tree import Node, TreeOfCaptions
from ..core.wording import clock

#: What is shown of a node, the best first, where it has several.
BEST_FIRST = (
    "gpt_action_brief",
    "gpt_summary_brief",
    "plm_action",
    "plm_caption",
    "llama3_caption",
    "gpt_action_detailed",
    "gpt_summary_detailed",
)
_NO_ACTION = "N/A"
_CUT = "…"


def outline(
    tree: TreeOfCaptions, levels: int | None = 4, width: int = 100, most: int = 200
) -> list[str]:
    """Returns a tree as lines, one a node, breadth by depth.

    Args:
        tree: the nodes, with the texts that were read
        levels: how many levels to show, the root's included; None for all
        width: the columns of the terminal
        most: how many lines to show
    """
    names = [name for name in BEST_FIRST if name in tree.texts]
    times = max((len(clock(node.end)) for node in tree.roots), default=4)
    lines: list[str] = []
    for node, branch in _walk(tree, levels):
        if len(lines) == most:
            lines.append(f"{_CUT} {len(tree) - most} nodes more")
            break
        hidden = ""
        below = len(tree.descendants(node.node_id))
        if below and levels is not None and branch.count("\0") + 1 >= levels:
            hidden = f" (+{below})"
        span = f"{clock(node.start):>{times}}-{clock(node.end):<{times}} "
        head = span + branch.replace("\0", "")
        lines.append(head + cut(_caption(node, names), width - len(head) - len(hidden)) + hidden)
    return lines


def plain(text: str) -> str:
    """Returns a text in one line, without control and format characters."""
    kept = (" " if c.isspace() else c for c in text if c.isspace() or _is_shown(c))
    return " ".join("".join(kept).split())


def cut(text: str, width: int) -> str:
    """Returns a text in one line of so many columns, with an ellipsis where it was cut."""
    text = plain(text)
    if sum(map(_columns, text)) <= width:
        return text
    used, kept = 1, []
    for character in text:
        used += _columns(character)
        if used > width:
            break
        kept.append(character)
    return "".join(kept).rstrip() + _CUT


def _is_shown(character: str) -> bool:
    return not unicodedata.category(character).startswith("C")


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _walk(tree: TreeOfCaptions, levels: int | None) -> Iterator[tuple[Node, str]]:
    """Yields nodes, each before its children, with the branch it hangs on.

    A branch has a NUL for each level, so that its depth can be told.
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
    return next((text for text in texts if text != _NO_ACTION), "(no caption)")
