"""References that work on one row at a time, which tests hold the columns against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, cast

import numpy as np
from fiftyone_action100m.core.fields import CaptionField
from fiftyone_action100m.core.frames import boundary
from fiftyone_action100m.core.labels import ClipFrames, is_no_action, map_frames
from fiftyone_action100m.core.records import Record
from fiftyone_action100m.core.speech import Speech
from fiftyone_action100m.core.times import ClipSeconds, SourceTimes
from fiftyone_action100m.core.tree import TreeOfCaptions


class Support(NamedTuple):
    """Frames of a clip, 1-based and inclusive, and whether the clip's end cuts them."""

    first: int
    last: int
    truncated: bool


class Segment(NamedTuple):
    """A node that has frames in the clip; ``place`` is its position in the tree's columns."""

    place: int
    node_id: str
    parent_id: str | None
    level: int
    tier: str
    start: float
    end: float
    first: int
    last: int
    truncated: bool


class SpeechSegment(NamedTuple):
    """An entry of the transcript that has frames in the clip."""

    text: str
    start: float
    end: float
    first: int
    last: int
    truncated: bool


@dataclass(frozen=True)
class SampleLabels:
    """Everything of one video that becomes labels.

    Attributes:
        segments: the nodes with frames in the clip, in the record's order
        captions: for each field, the detections as (position in ``segments``, text)
        speech: the transcript's entries with frames in the clip
    """

    segments: list[Segment]
    captions: dict[str, list[tuple[int, str]]]
    speech: list[SpeechSegment]

    @property
    def transcript(self) -> str | None:
        """The transcript of the clip, None if nothing is spoken in it."""
        return " ".join(s.text for s in self.speech) or None


def support(
    start: float | Fraction, end: float | Fraction, fps: Fraction, total_frames: int
) -> Support | None:
    """Maps one segment to the frames of a clip, by the rule of ``core/frames.py``.

    Returns:
        the frames, or None if the segment has none in the clip
    """
    first = max(boundary(cast(ClipSeconds, start), fps), 0) + 1
    uncut = boundary(cast(ClipSeconds, end), fps)
    last = min(uncut, total_frames)
    if first > last:
        return None
    return Support(first, last, uncut > total_frames)


def map_labels(
    record: Record, fps: Fraction, total_frames: int, captions: Sequence[CaptionField]
) -> SampleLabels:
    """Maps a record to the labels of its clip."""
    segments = map_segments(record.tree, fps, total_frames)
    by_field: dict[str, list[tuple[int, str]]] = {}
    for caption in captions:
        texts = [record.tree.texts[caption.name][s.place] for s in segments]
        by_field[caption.name] = [
            (k, text)
            for k, text in enumerate(texts)
            if text is not None and not (caption.action and is_no_action(text))
        ]
    return SampleLabels(segments, by_field, map_speech(record.info.transcript, fps, total_frames))


def map_segments(tree: TreeOfCaptions, fps: Fraction, total_frames: int) -> list[Segment]:
    """Returns the nodes that have frames in a clip."""
    clip = ClipFrames([(fps, total_frames)])
    frames = map_frames(tree.starts, tree.ends, np.zeros(len(tree), np.int64), clip)
    found = []
    for i, first, last, truncated in zip(*(column.tolist() for column in frames), strict=True):
        node = tree[tree.node_ids[i]]
        found.append(
            Segment(
                i, node.node_id, node.parent_id, node.level, tree.tier(node.node_id),
                node.start, node.end, first, last, truncated,
            )
        )  # fmt: skip
    return found


def map_speech(
    transcript: Sequence[Speech], fps: Fraction, total_frames: int
) -> list[SpeechSegment]:
    """Returns the transcript's entries that have frames in a clip."""
    starts = SourceTimes(np.array([s.start for s in transcript], dtype=np.float64))
    ends = SourceTimes(np.array([s.end for s in transcript], dtype=np.float64))
    clip = ClipFrames([(fps, total_frames)])
    frames = map_frames(
        SourceTimes(starts), SourceTimes(ends), np.zeros(len(transcript), np.int64), clip
    )
    return [
        SpeechSegment(transcript[i].text, transcript[i].start, transcript[i].end, a, z, beyond)
        for i, a, z, beyond in zip(*(column.tolist() for column in frames), strict=True)
    ]
