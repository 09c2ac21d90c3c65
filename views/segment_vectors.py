"""Reads a view's segments together with their vectors in an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..core import fields as names
from ..core.detections import detections_in, duration_of, level_of, rate_in
from ..internals.views import clip_field, stream
from ..meaning.store import IntArray, TextIndex
from .clip_keys import indexed_text
from .hierarchy import DatasetOrView, NoHierarchyError
from .search import indexed_fields

_KEYS = ("_id", "label", "support", names.NODE_ID, names.LEVEL, names.START, names.END)


@dataclass(frozen=True)
class VectoredSegments:
    """The N segments of a field with a vector in an index, in the order of their videos.

    Attributes:
        rows: [N], the row of each segment in the index
        levels: [N], the level of each; -1 if it has none
        seconds: [N], the duration of each
        labels: the caption of each
        detections: the detection of each, as stored in MongoDB, with its sample's ``sample_id``,
            ``filepath`` and ``video_uid``
        without: the number of segments of the field without a vector
    """

    rows: IntArray
    levels: IntArray
    seconds: npt.NDArray[np.float64]
    labels: list[str]
    detections: list[dict[str, Any]]
    without: int

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, places: IntArray) -> VectoredSegments:
        """Returns some of the segments."""
        chosen = places.tolist()
        return VectoredSegments(
            self.rows[places],
            self.levels[places],
            self.seconds[places],
            [self.labels[place] for place in chosen],
            [self.detections[place] for place in chosen],
            self.without,
        )


def read_segments(
    view: DatasetOrView, index: TextIndex, field: str | None, *attributes: str
) -> VectoredSegments:
    """Reads the segments of a view with a vector in an index.

    Args:
        view: a dataset, or a view of videos
        index: the index of its dataset, of captions or of clips
        field: an indexed field; by default the first
        *attributes: further attributes to read of each detection

    Raises:
        NoHierarchyError: if the field is not indexed or not shown by the view, or for clips
    """
    if clip_field(view):
        raise NoHierarchyError("these are clips: evaluate their videos")
    name = indexed_fields(view, index, field)[0]
    wanted = [f"{name}.detections.{key}" for key in (*_KEYS, *attributes)]
    about = ["filepath", names.VIDEO_UID, "metadata.frame_rate", "metadata.size_bytes"]
    pipeline = [{"$project": dict.fromkeys([*about, *wanted], 1)}, {"$sort": {"_id": 1}}]
    keys: list[str] = []
    numbers: list[tuple[int, float]] = []
    found: list[dict[str, Any]] = []
    for document in stream(view, pipeline):
        rate = rate_in(document)
        about_video = {key: document.get(key) for key in ("filepath", names.VIDEO_UID)}
        for detection in detections_in(document, name):
            if not detection.get("label") or not detection.get("support"):
                continue
            keys.append(indexed_text(index.kind, document, detection))
            numbers.append((level_of(detection), duration_of(detection, rate)))
            found.append({**detection, **about_video, "sample_id": str(document["_id"])})
    rows = index.rows_of(keys) if keys else np.empty(0, np.int64)
    there = np.flatnonzero(rows >= 0)
    there = there[index.exact(rows[there]).any(axis=1)]
    columns = np.array(numbers, np.float64).reshape(-1, 2)[there]
    chosen = [found[place] for place in there.tolist()]
    return VectoredSegments(
        rows[there],
        columns[:, 0].astype(np.int64),
        columns[:, 1],
        [detection["label"] for detection in chosen],
        chosen,
        len(found) - len(there),
    )
