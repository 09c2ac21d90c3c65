"""Decides which nodes and texts of a record become labels, and on which frames of the clip.

Returns plain values without FiftyOne; :mod:`..converters.storing.documents` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .frames import boundaries, to_clip, to_source
from .text_columns import may_begin_with
from .times import ClipSeconds, ClipTimes, SourceSeconds, SourceTimes
from .tree import IntArray, TreeOfCaptions
from .wording import clock

#: Matches the text for "no action", ignoring case.
NO_ACTION_PATTERN = r"^\s*n\s*/\s*a\s*$"
_NO_ACTION = re.compile(NO_ACTION_PATTERN, re.IGNORECASE)


class Frames(NamedTuple):
    """The rows of columns that have frames in a clip.

    Attributes:
        places: their positions in the columns, ascending
        first: first frames of the clip, 1-based
        last: last frames of the clip, inclusive
        truncated: whether the recorded end lies past the clip's
    """

    places: IntArray
    first: IntArray
    last: IntArray
    truncated: npt.NDArray[np.bool_]

    def at(self, chosen: IntArray) -> Frames:
        """Returns some of the rows."""
        places, first, last, truncated = self
        return Frames(places[chosen], first[chosen], last[chosen], truncated[chosen])


class ClipFrames:
    """The frames of several clips; clips with the same rate and length are computed once.

    Args:
        clips: exact frame rate and frame count of each clip

    Attributes:
        rates: the distinct rates
        which: each clip's rate, as a position in ``rates``
        totals: each clip's frame count
        limits: the time after which nothing has a frame in the clip, in seconds of the clip; a
            final NaN, with which every comparison is false, stands for "no clip"
    """

    def __init__(self, clips: Sequence[tuple[Fraction, int]]) -> None:
        # By numerator and denominator: a Fraction's own hash takes longer than everything else.
        keys = [(fps.numerator, fps.denominator, total) for fps, total in clips]
        kinds = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        different = [(Fraction(n, d), total) for n, d, total in kinds]
        self.rates = list(dict.fromkeys(fps for fps, _ in different))
        of = np.array([kinds[key] for key in keys], dtype=np.int64)
        self.totals = np.array([total for _, total in different], dtype=np.int64)[of]
        self.which = np.array([self.rates.index(fps) for fps, _ in different], dtype=np.int64)[of]
        # Drop what starts a frame or more after the clip: most nodes of a long video.
        limits = np.array([float((total + 1) / fps) for fps, total in different])
        self.limits = ClipTimes(np.append(limits[of], np.nan))


def map_frames(
    starts: SourceTimes, ends: SourceTimes, numbers: IntArray, clips: ClipFrames
) -> Frames:
    """Maps source times to clip frames, by the rule of :mod:`.frames`.

    Args:
        starts: in seconds of the source
        ends: in seconds of the source
        numbers: the clip of each row, -1 for none
        clips: the clips' frames
    """
    near = np.flatnonzero(starts <= clips.limits[numbers])
    of = numbers[near]
    times = clip_times(SourceTimes(np.stack((starts[near], ends[near]))))
    if len(clips.rates) == 1:
        marks = boundaries(times, clips.rates[0])
    else:
        which = clips.which[of]
        marks = np.empty(times.shape, dtype=np.int64)
        for i, fps in enumerate(clips.rates):
            marks[:, which == i] = boundaries(ClipTimes(times[:, which == i]), fps)
    totals = clips.totals[of]
    first, last = marks[0] + 1, np.minimum(marks[1], totals)
    kept = first <= last
    return Frames(near[kept], first[kept], last[kept], (marks[1] > totals)[kept])


def clip_times(times: SourceTimes) -> ClipTimes:
    """Applies :func:`.frames.to_clip` to an array of times."""
    return ClipTimes(times)


def span_in_clip(
    start: SourceSeconds, end: SourceSeconds, clip_end: ClipSeconds | None
) -> tuple[ClipSeconds, ClipSeconds]:
    """Returns the start and end of a segment in the clip, to the millisecond.

    Args:
        start: in seconds of the source
        end: in seconds of the source
        clip_end: the end of the clip, at which the segment is cut; None if unknown

    Returns:
        seconds of the clip, at least a millisecond apart
    """
    stop = to_clip(end) if clip_end is None else min(to_clip(end), clip_end)
    first = round(max(to_clip(start), 0.0), 3)
    return ClipSeconds(first), ClipSeconds(max(round(stop, 3), round(first + 0.001, 3)))


def shortest_span(tree: TreeOfCaptions, clip_end: ClipSeconds) -> float | None:
    """Returns the duration in seconds of the shortest node that starts before the clip ends.

    Nodes of zero duration are ignored; None if no node is left.
    """
    starts, ends = tree.spans
    lengths = (ends - starts)[(starts < to_source(clip_end)) & (ends > starts)]
    return float(lengths.min()) if len(lengths) else None


def count_frameless(tree: TreeOfCaptions, fps: Fraction, total_frames: int) -> int:
    """Returns the number of nodes that start in a clip but are too short for one of its frames."""
    starts, ends = tree.spans
    short = (ends - starts) * float(fps) < 1 + 1e-6  # longer ones contain a frame's centre
    times = clip_times(SourceTimes(np.stack((starts[short], ends[short]))))
    first, last = boundaries(times, fps)
    return int(np.count_nonzero((first >= last) & (first < total_frames)))


def no_actions(texts: pa.StringArray) -> npt.NDArray[np.bool_]:
    """Applies :func:`is_no_action` to an array of texts."""
    found = np.zeros(len(texts), dtype=bool)
    doubtful = may_begin_with(texts, "Nn")
    some = texts.take(pa.array(doubtful))
    plain = pc.equal(some, "N/A").to_numpy(zero_copy_only=False)
    other = pc.match_substring(some, "/").to_numpy(zero_copy_only=False) & ~plain
    found[doubtful[plain]] = True
    for i in np.flatnonzero(other).tolist():
        found[doubtful[i]] = is_no_action(some[i].as_py())
    return found


def span_labels(starts: SourceTimes, ends: SourceTimes) -> pa.StringArray:
    """Returns labels of segments without captions: their start and end.

    Args:
        starts: in seconds of the source
        ends: in seconds of the source
    """
    spans = zip(starts.tolist(), ends.tolist(), strict=True)
    return pa.array([span_label(*map(SourceSeconds, span)) for span in spans], pa.string())


def span_label(start: SourceSeconds, end: SourceSeconds) -> str:
    """Returns the label of a segment without captions, see :func:`span_labels`."""
    return f"{clock(start)} – {clock(end)}"


def is_no_action(text: str) -> bool:
    """Whether an action's text is ``N/A``, ignoring case and blanks."""
    return "/" in text and _NO_ACTION.fullmatch(text) is not None
