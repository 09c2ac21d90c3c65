"""From a record and its clip to labels, as plain values.

What is a detection, on which frames, with which attributes is decided here, without FiftyOne;
:mod:`..converters.documents` only writes it down.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import NamedTuple

import numpy as np

from . import fields
from .fields import CaptionField
from .frames import boundaries
from .records import Record, Speech
from .tree import TreeOfCaptions

_NO_ACTION = re.compile(r"\s*n\s*/\s*a\s*", re.IGNORECASE)


class Segment(NamedTuple):
    """A node that has frames in the clip.

    ``place`` is where it is in the tree's columns; ``start`` and ``end`` are source seconds as
    recorded; ``first`` and ``last`` are frames of the clip, 1-based and inclusive; ``truncated``
    says that the recorded end lies past the clip's.
    """

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
        """The text spoken in the clip, None if nothing is."""
        return " ".join(s.text for s in self.speech) or None


def map_labels(
    record: Record, fps: Fraction, total_frames: int, captions: Sequence[CaptionField]
) -> SampleLabels:
    """Maps a record to the labels of its clip.

    Args:
        record: the record
        fps: the clip's exact frame rate
        total_frames: the clip's frame count
        captions: the texts that become fields
    """
    segments = map_segments(record.tree, fps, total_frames)
    chosen = [s.place for s in segments]
    by_field: dict[str, list[tuple[int, str]]] = {}
    for caption in captions:
        texts = record.tree.texts[caption.name]
        found = enumerate([texts[i] for i in chosen])
        if caption.action:
            pairs = [(k, t) for k, t in found if t is not None and not is_no_action(t)]
        else:
            pairs = [(k, t) for k, t in found if t is not None]
        by_field[caption.name] = pairs
    return SampleLabels(segments, by_field, map_speech(record.info.transcript, fps, total_frames))


def map_segments(tree: TreeOfCaptions, fps: Fraction, total_frames: int) -> list[Segment]:
    """Returns the nodes that have frames in a clip, see :mod:`.frames` for the rule."""
    # What starts a frame or more after the clip has none in it: most nodes of a long video.
    near = np.flatnonzero(tree.starts <= float((total_frames + 1) / fps))
    first, uncut = boundaries(np.stack((tree.starts[near], tree.ends[near])), fps)
    first += 1
    last = np.minimum(uncut, total_frames)
    has_frames = first <= last
    first, last, uncut = first[has_frames], last[has_frames], uncut[has_frames]
    kept = near[has_frames]
    chosen = kept.tolist()
    ids, parent_ids = tree.node_ids, tree.parent_ids
    rows = zip(
        chosen,
        [ids[i] for i in chosen],
        [parent_ids[i] for i in chosen],
        tree.levels[kept].tolist(),
        tree.tiers_of(kept),
        tree.starts[kept].tolist(),
        tree.ends[kept].tolist(),
        first.tolist(),
        last.tolist(),
        (uncut > total_frames).tolist(),
        strict=True,
    )
    # As Segment._make does it, without what makes that take twice as long.
    return list(map(partial(tuple.__new__, Segment), rows))


def map_speech(
    transcript: Sequence[Speech], fps: Fraction, total_frames: int
) -> list[SpeechSegment]:
    """Returns the transcript's entries that have frames in a clip."""
    if not transcript:
        return []
    times = [[said.start for said in transcript], [said.end for said in transcript]]
    first, uncut = boundaries(times, fps)
    first += 1
    last = np.minimum(uncut, total_frames)
    return [
        SpeechSegment(said.text, said.start, said.end, a, z, beyond)
        for said, a, z, beyond in zip(
            transcript, first.tolist(), last.tolist(), (uncut > total_frames).tolist(), strict=True
        )
        if a <= z
    ]


def is_no_action(text: str) -> bool:
    """Whether an action's text says that there is none: ``N/A``, in any case, with blanks."""
    return "/" in text and _NO_ACTION.fullmatch(text) is not None


def caption_names(captions: Sequence[CaptionField]) -> list[str]:
    """Returns the sample fields that captions become, the transcript's segments included."""
    return [*(c.name for c in captions), fields.TRANSCRIPT_SEGMENTS]
