"""Defines which pictures represent a segment, and the key that identifies a segment in an index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..meaning.store import Kind

#: The most pictures per segment, evenly spaced.
PICTURES = 8
#: The spacing of the pictures that segments share, in seconds.
_STEP = 0.5


def segment_key(document: Mapping[str, Any], support: tuple[int, int]) -> str:
    """Returns the key of a segment, which changes with the file size of the clip.

    Args:
        document: the sample, with ``_id`` and ``metadata.size_bytes``
        support: the segment's first and last frame
    """
    size = (document.get("metadata") or {}).get("size_bytes") or 0
    return f"{document['_id']} {support[0]} {support[1]} {size}"


def indexed_text(kind: Kind, document: Mapping[str, Any], detection: Mapping[str, Any]) -> str:
    """Returns the text of a captioned segment in an index: the caption, or the segment's key."""
    if kind == "clips":
        return segment_key(document, detection["support"])
    return str(detection["label"])


def sample_of(key: str) -> str:
    """Returns the id of the sample that a segment's key names."""
    return key.split(" ", 1)[0]


def support_of(key: str) -> tuple[int, int]:
    """Returns the first and last frame of a segment from its key."""
    _, first, last, _ = key.split(" ")
    return int(first), int(last)


def pictures_of(support: tuple[int, int], rate: float) -> list[int]:
    """Returns the frames that represent a segment: up to eight, evenly spaced.

    They are on a grid of two frames per second, so that nested and neighbouring segments share
    them; a segment without a frame on the grid is represented by its middle frame.

    Args:
        support: the segment's first and last frame
        rate: frames per second
    """
    first, last = support
    step = max(round(rate * _STEP), 1)
    length = (last - first + 1) / PICTURES
    centres = (int(first + length * (place + 0.5)) for place in range(PICTURES))
    grid = {(frame - 1) // step * step + 1 + step // 2 for frame in centres}
    return sorted(frame for frame in grid if first <= frame <= last) or [(first + last) // 2]
