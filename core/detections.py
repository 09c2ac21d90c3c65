"""Reads a sample's detections from its MongoDB document, and as the columns of a tree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from . import fields
from .frames import frame_times, to_source
from .times import SourceSeconds

#: The frame rate that is assumed for videos without metadata, in frames per second.
UNKNOWN_RATE = 30.0


def detections_in(document: Mapping[str, Any], field: str) -> list[dict[str, Any]]:
    """Returns a field's detections in a sample's MongoDB document."""
    return (document.get(field) or {}).get("detections") or []


def rate_in(document: Mapping[str, Any]) -> float:
    """Returns the frame rate in a sample's MongoDB document; 30 if unknown."""
    return (document.get("metadata") or {}).get("frame_rate") or UNKNOWN_RATE


def level_of(detection: Mapping[str, Any]) -> int:
    """Returns the level of a detection's node, from a MongoDB document; -1 if it has none."""
    level: int | None = detection.get(fields.LEVEL)
    return -1 if level is None else level


def duration_of(detection: Mapping[str, Any], rate: float) -> float:
    """Returns the duration of a detection's segment, from a MongoDB document.

    Args:
        detection: a detection with ``start`` and ``end``, or else with a support
        rate: frames per second

    Returns:
        seconds; NaN if the detection has neither
    """
    start, end = detection.get(fields.START), detection.get(fields.END)
    if start is not None and end is not None:
        return float(end - start)
    support = detection.get("support")
    return (support[1] - support[0] + 1) / rate if support else float("nan")


class DetectionColumns(NamedTuple):
    """The nodes of detections, as columns for :class:`.tree.TreeOfCaptions`."""

    node_ids: list[str]
    parent_ids: list[str | None]
    levels: list[int]
    starts: list[SourceSeconds]
    ends: list[SourceSeconds]
    texts: dict[str, list[str | None]]
    truncated: list[bool]


class _Row(NamedTuple):
    parent_id: str | None
    level: int
    start: SourceSeconds
    end: SourceSeconds
    last_frame: int
    truncated: bool | None


def read_detections(
    detections: Mapping[str, Iterable[Any]], fps: Fraction | None
) -> DetectionColumns:
    """Collects the nodes of all fields; of several detections of a node, the first counts.

    Args:
        detections: FiftyOne labels or dicts by field; those without a ``node_id`` are skipped
        fps: the clip's frame rate, from which the times of detections with only a support are
            derived; without it they are NaN
    """
    rows: dict[str, _Row] = {}
    texts: dict[str, dict[str, str]] = {name: {} for name in detections}
    for name, labels in detections.items():
        for label in labels:
            get: Callable[[str], Any] = (
                label.get if isinstance(label, Mapping) else partial(_attribute, label)
            )
            node_id = get(fields.NODE_ID)
            if node_id is None:
                continue
            texts[name].setdefault(node_id, get("label"))
            if node_id not in rows:
                rows[node_id] = _row(get, fps)
    last = max((row.last_frame for row in rows.values()), default=0)
    return DetectionColumns(
        list(rows),
        [row.parent_id for row in rows.values()],
        [row.level for row in rows.values()],
        [row.start for row in rows.values()],
        [row.end for row in rows.values()],
        {name: [of.get(node_id) for node_id in rows] for name, of in texts.items()},
        [_is_truncated(row, last, fps) for row in rows.values()],
    )


def _row(get: Callable[[str], Any], fps: Fraction | None) -> _Row:
    start, end, level = get(fields.START), get(fields.END), get(fields.LEVEL)
    support: Sequence[int] | None = get("support")
    if start is None or end is None:
        start = end = float("nan")
        if fps is not None and support:
            start, end = map(to_source, frame_times(int(support[0]), int(support[1]), fps))
    return _Row(
        get(fields.PARENT_ID),
        -1 if level is None else level,
        SourceSeconds(float(start)),
        SourceSeconds(float(end)),
        int(support[1]) if support else 0,
        get(fields.TRUNCATED),
    )


def _is_truncated(row: _Row, last_frame: int, fps: Fraction | None) -> bool:
    """Whether a node continues past the clip: as recorded, else by its end and the last frame.

    Without a rate, every node on the last frame may continue.
    """
    if row.truncated is not None:
        return bool(row.truncated)
    on_last = row.last_frame == last_frame > 0
    return on_last and (fps is None or row.end * fps > last_frame + 1)


def _attribute(label: object, name: str) -> Any:
    return getattr(label, name, None)
