"""A record of ten seconds with a tree of five nodes, to be changed at one place or another."""

from __future__ import annotations

import copy
from typing import Any


def node(
    node_id: str, parent_id: str | None, level: int, start: float, end: float, **texts: Any
) -> dict[str, Any]:
    """Returns a node as a record has it."""
    return {
        "node_id": node_id,
        "parent_id": parent_id,
        "level": level,
        "start": start,
        "end": end,
        **texts,
    }


NODES = [
    node("root", None, 0, 0.0, 10.0, plm_action="cook"),
    node("b", "root", 1, 4.0, 10.0),
    node("a", "root", 1, 0.0, 4.0, gpt={"action": {"brief": "chop", "actor": None}}),
    node("b1", "b", 2, 4.0, 5.0),
    node("b2", "b", 2, 5.0, 10.0),
]


def record(**changes: Any) -> dict[str, Any]:
    """Returns the record, with other values at its top."""
    row: dict[str, Any] = {
        "video_uid": "abc-DEF_123",
        "metadata": {
            "title": "Tea",
            "description": "How to make tea",
            "view_count": 12,
            "like_count": 3,
            "duration": 10,
            "upload_date": "20200229",
            "transcript": [
                {"time": "0.5", "text": "take  a\nkettle"},
                {"time": "4.25", "text": "and wait"},
            ],
        },
        "nodes": copy.deepcopy(NODES),
    }
    row.update(changes)
    return row
