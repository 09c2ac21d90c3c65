"""Reads a view's segments and texts as columns, for resampling and the semantic map."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from bson import ObjectId

from ..core.detections import detections_in
from ..core.labels import no_actions
from ..core.wording import count
from ..internals.views import clip_field, stream
from ..meaning.store import TextIndex
from .hierarchy import DatasetOrView, NoHierarchyError
from .same import action_field

#: The size of an id in bytes.
ID = 12


@dataclass(frozen=True)
class Segments:
    """Segments of one field, in the order of their samples' ids.

    Attributes:
        field: the field of their detections
        samples: the ids of the S samples with segments, ascending
        starts: [S + 1], the first segment of each sample, and the number of all segments
        labels: [M, 12], the ids of the M detections
        texts: [M], the position of each text in ``distinct``
        distinct: the distinct texts, sorted
        left_out: the number of segments without an action (N/A) that were left out
    """

    field: str
    samples: list[ObjectId]
    starts: npt.NDArray[np.int64]
    labels: npt.NDArray[np.uint8]
    texts: npt.NDArray[np.int32]
    distinct: pa.LargeStringArray
    left_out: int

    def __len__(self) -> int:
        return len(self.texts)

    def ids(self, place: int) -> list[bytes]:
        """Returns the ids of the detections of the sample at a position."""
        raw = self.labels[self.starts[place] : self.starts[place + 1]].tobytes()
        return [raw[at : at + ID] for at in range(0, len(raw), ID)]


class SegmentReader:
    """Reads the segments of a view.

    Args:
        view: a dataset or view of videos, or of clips made from the field
        field: a field of ``TemporalDetections``
        include_na: whether segments without an action, whose text is ``N/A``, are included

    Attributes:
        segments: the segments, once :meth:`read` has ended
    """

    def __init__(self, view: DatasetOrView, field: str, include_na: bool) -> None:
        self._view, self._field, self._include_na = view, field, include_na
        self._of_clips = clip_field(view) is not None
        self.segments: Segments

    def read(self) -> Iterator[int]:
        """Reads all segments, and yields the number of samples read, after each."""
        samples: dict[ObjectId, int] = {}
        known: dict[str, int] = {}
        places, texts, labels = [], [], bytearray()
        read = 0
        for read, (sample_id, detections) in enumerate(self._documents(), 1):
            for detection in detections:
                text = detection.get("label")
                if not isinstance(text, str) or not text or text.isspace():
                    continue
                if "_id" in detection:
                    places.append(samples.setdefault(sample_id, len(samples)))
                    texts.append(known.setdefault(text, len(known)))
                    labels += detection["_id"].binary
            yield read
        self.segments = self._columns(
            list(samples),
            np.array(places, dtype=np.int32),
            np.array(texts, dtype=np.int32),
            np.frombuffer(bytes(labels), np.uint8).reshape(-1, ID),
            pa.array(list(known), pa.large_string()),
        )

    def _documents(self) -> Iterator[tuple[ObjectId, list[dict[str, Any]]]]:
        labels = self._field if self._of_clips else f"{self._field}.detections"
        keys = {f"{labels}._id": 1, f"{labels}.label": 1}
        if self._of_clips:
            for clip in stream(self._view, [{"$project": {"_sample_id": 1, **keys}}]):
                yield clip["_sample_id"], [clip[self._field]] if clip.get(self._field) else []
            return
        for sample in stream(self._view, [{"$project": keys}]):
            yield sample["_id"], detections_in(sample, self._field)

    def _columns(
        self,
        samples: list[ObjectId],
        places: npt.NDArray[np.int32],
        texts: npt.NDArray[np.int32],
        labels: npt.NDArray[np.uint8],
        distinct: pa.LargeStringArray,
    ) -> Segments:
        """Sorts samples and texts, so that the result does not depend on the view's order."""
        kept: npt.NDArray[np.bool_] = np.ones(len(texts), dtype=bool)
        if not self._include_na:
            kept = ~no_actions(distinct.cast(pa.string()))[texts]
        left_out = len(kept) - int(kept.sum())
        places, texts, labels = places[kept], texts[kept], labels[kept]
        used = np.unique(texts)
        distinct = distinct.take(pa.array(used))
        by_text = np.asarray(pc.sort_indices(distinct))
        rank = np.empty(len(used), dtype=np.int32)
        rank[by_text] = np.arange(len(used))
        there = sorted(set(places.tolist()), key=lambda place: samples[place].binary)
        new_place = np.zeros(len(samples), dtype=np.int32)
        new_place[there] = np.arange(len(there))
        order = np.argsort(new_place[places], kind="stable")
        return Segments(
            self._field,
            [samples[place] for place in there],
            np.searchsorted(new_place[places][order], np.arange(len(there) + 1)),
            labels[order],
            rank[np.searchsorted(used, texts[order])],
            distinct.take(pa.array(by_text)),
            left_out,
        )


def segment_field(view: DatasetOrView, field: str | None) -> str:
    """Returns the field of a view's segments.

    Args:
        view: a dataset or view of videos, or of clips
        field: the field; by default that of the clips, or that of brief actions

    Raises:
        NoHierarchyError: if the field holds no tree, or the clips were made from another field
    """
    of_clips = clip_field(view)
    if of_clips is not None and field not in (None, of_clips):
        raise NoHierarchyError(f"these clips were made from {of_clips}: choose that field")
    return action_field(view, of_clips or field)


def rows_in(index: TextIndex, segments: Segments, dataset: str) -> npt.NDArray[np.int64]:
    """Returns the row of each distinct text in an index.

    Args:
        index: the index
        segments: the segments with the texts
        dataset: the dataset's name, for the message

    Raises:
        ValueError: if a text is not in the index; the message says what to run
    """
    rows = pc.index_in(segments.distinct, value_set=index.texts)
    if rows.null_count:
        raise ValueError(
            f"{count(rows.null_count, 'caption')} of {segments.field} "
            f"{'is' if rows.null_count == 1 else 'are'} not in the index: run `action100m index "
            f"{dataset}`, with --fields if {segments.field} is not among its fields"
        )
    found: npt.NDArray[np.int64] = rows.to_numpy(zero_copy_only=False).astype(np.int64)
    return found
