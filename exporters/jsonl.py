"""JSON Lines for training: one line per caption, with its clip, times and ancestors.

A node without a caption has no line; as an ancestor it has ``null`` for its caption.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..core import fields
from ..core.missing import reattach_orphans
from .video import Video
from .writer import GrowingFile, Writer


def caption_rows(video: Video, name: str, clip: str) -> Iterator[dict[str, Any]]:
    """Yields the lines of one field of a video, ordered by start.

    ``start`` and ``end`` are seconds of the clip; ``end`` is cut at the clip's end, and
    ``truncated`` says whether the segment goes on after it. ``ancestors`` start with the root.
    ``repeat`` is present if segments were drawn, ``review`` and ``original`` if reviews are
    exported.

    Args:
        video: the video
        name: the field
        clip: the clip's path, as the lines give it
    """
    tree = reattach_orphans(video.tree)
    parents = tree.parents.tolist()
    places = {node_id: i for i, node_id in enumerate(tree.node_ids)}
    entries = [_ancestor(video, node_id, name) for node_id in tree.node_ids]
    for node, text in video.captions(name):
        start, end = video.in_clip(node)
        yield {
            "clip": clip,
            fields.VIDEO_UID: video.uid,
            "field": name,
            fields.NODE_ID: node.node_id,
            fields.PARENT_ID: node.parent_id,
            fields.LEVEL: node.level,
            fields.START: start,
            fields.END: end,
            fields.TRUNCATED: video.clip_end is not None and node.end > video.clip_end + 0.001,
            "caption": text,
            **video.review(name, node),
            **video.repeat(name, node),
            "ancestors": [entries[i] for i in _above(parents, places[node.node_id])],
        }


def _ancestor(video: Video, node_id: str, name: str) -> dict[str, Any]:
    node = video.nodes[node_id]
    start, end = video.in_clip(node)
    return {
        fields.NODE_ID: node_id,
        fields.LEVEL: node.level,
        fields.START: start,
        fields.END: end,
        "caption": node.texts.get(name),
    }


def _above(parents: list[int], place: int) -> list[int]:
    """Returns a node's ancestors, the root first; stops where a cycle closes."""
    found: list[int] = []
    at = parents[place]
    while at >= 0 and at != place and at not in found:
        found.append(at)
        at = parents[at]
    return found[::-1]


class JsonLines(Writer):
    """``segments.jsonl``, with one line per caption of each field."""

    names = r"segments\.jsonl"

    def __init__(self, folder: Path, chosen: tuple[str, ...], licence: str) -> None:
        super().__init__(folder, chosen, licence)
        self._file = GrowingFile(folder / "segments.jsonl")

    def write(self, video: Video) -> None:
        """Appends the video's lines."""
        clip = self.media(video)
        for name in self.chosen:
            for row in caption_rows(video, name, clip):
                self._file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")

    def state(self) -> dict[str, Any]:
        """Returns the file's size in bytes."""
        return {"bytes": self._file.size()}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Truncates the file to its size."""
        self._file.truncate(state["bytes"])

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    abandon = close
