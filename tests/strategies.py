"""Hypothesis strategies: sound trees of the real shape, and ways to break a record."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from hypothesis import strategies as st

RATES = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60", "12.5"]


def float32(value: float) -> float:
    return float(np.float32(value))


@st.composite
def binary_trees(draw: Any, max_leaves: int = 40) -> list[dict[str, Any]]:
    """Nodes of a strict binary tree with exact partitions, breadth first, as records have them."""
    cuts = draw(st.lists(st.integers(1, 30_000), unique=True, max_size=max_leaves - 1))
    end = draw(st.integers(max(cuts, default=0) + 1, max(cuts, default=0) + 5_000))
    marks = [0, *sorted(cuts), end]
    nodes: list[dict[str, Any]] = []
    queue: list[tuple[int, int, str | None, int]] = [(0, len(marks) - 1, None, 0)]
    while queue:
        first, last, parent, level = queue.pop(0)
        node_id = f"n{len(nodes)}"
        nodes.append(
            {
                "node_id": node_id,
                "parent_id": parent,
                "level": level,
                "start": float32(marks[first] / 100),
                "end": float32(marks[last] / 100),
                "plm_action": f"do {node_id}",
                "plm_caption": None,
                "llama3_caption": None,
                "gpt": None,
            }
        )
        if last - first > 1:
            middle = draw(st.integers(first + 1, last - 1))
            queue += [(first, middle, node_id, level + 1), (middle, last, node_id, level + 1)]
    return nodes


@cache
def anything(depth: int = 2) -> st.SearchStrategy[Any]:
    """Values that JSON can hold, and some that it cannot.

    A strategy is made once: Hypothesis examines each one that is new, which takes longer than to
    draw from it.
    """
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(-5, 40),
        st.floats(),
        st.floats(-10, 400),
        st.text(max_size=8),
        st.sampled_from(["n0", "n1", "n2", "", "N/A", "\ud800", "12", "1e400", "-3"]),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=depth,
    )


_KEYS = st.sampled_from(["node_id", "parent_id", "level", "start", "end", "plm_action"])
_DATES = anything() | st.sampled_from(["20200101", "20201345"])
_SPEECH = anything() | st.lists(
    st.fixed_dictionaries({"time": anything(), "text": anything()}), max_size=4
)


@st.composite
def broken_records(draw: Any) -> dict[str, Any]:
    """A record with some of its values, nodes or links replaced by something else."""
    nodes = [dict(node) for node in draw(binary_trees(12))]
    for _ in range(draw(st.integers(0, 8))):
        node = draw(st.sampled_from(nodes))
        key = draw(_KEYS)
        another = draw(st.booleans())
        node[key] = draw(st.sampled_from(nodes))[key] if another else draw(anything())
    extra = [
        draw(st.sampled_from(nodes)) if draw(st.booleans()) else draw(anything())
        for _ in range(draw(st.integers(0, 2)))
    ]
    metadata = {
        "title": draw(anything()),
        "description": "about",
        "view_count": draw(anything()),
        "like_count": draw(anything()),
        "duration": draw(anything()),
        "upload_date": draw(_DATES),
        "transcript": draw(_SPEECH),
    }
    kept = st.booleans()
    return {
        "video_uid": "video" if draw(kept) else draw(anything()),
        "metadata": metadata if draw(kept) else draw(anything()),
        "nodes": [*nodes, *extra] if draw(kept) else nodes if draw(kept) else draw(anything()),
    }
