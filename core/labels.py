"""From a record and its clip to labels, as plain values.

What is a detection, on which frames, with which attributes is decided here, without FiftyOne;
:mod:`..converters.storing.documents` only writes it down.
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

from . import fields
from .fields import CaptionField
from .frames import boundaries
from .text_columns import may_begin_with
from .tree import FloatArray, IntArray, TreeOfCaptions

#: A text that says that there is no action; to be used caselessly.
NO_ACTION_PATTERN = r"^\s*n\s*/\s*a\s*$"
_NO_ACTION = re.compile(NO_ACTION_PATTERN, re.IGNORECASE)


class Frames(NamedTuple):
    """What of some columns has frames in a clip.

    ``places`` is where it is in the columns, ascending; ``first`` and ``last`` are frames of the
    clip, 1-based and inclusive; ``truncated`` says that the recorded end lies past the clip's.
    """

    places: IntArray
    first: IntArray
    last: IntArray
    truncated: npt.NDArray[np.bool_]

    def at(self, chosen: IntArray) -> Frames:
        """Returns some of them."""
        places, first, last, truncated = self
        return Frames(places[chosen], first[chosen], last[chosen], truncated[chosen])


class ClipFrames:
    """What frames several clips have; clips of one rate and length are reckoned with once.

    Args:
        clips: their exact frame rates and frame counts
    """

    def __init__(self, clips: Sequence[tuple[Fraction, int]]) -> None:
        # By their integers: a Fraction's own hash takes longer than all the rest.
        keys = [(fps.numerator, fps.denominator, total) for fps, total in clips]
        kinds = {key: place for place, key in enumerate(dict.fromkeys(keys))}
        different = [(Fraction(n, d), total) for n, d, total in kinds]
        #: The rates there are.
        self.rates = list(dict.fromkeys(fps for fps, _ in different))
        of = np.array([kinds[key] for key in keys], dtype=np.int64)
        #: Each clip's frame count.
        self.totals = np.array([total for _, total in different], dtype=np.int64)[of]
        #: Which of the rates each clip has.
        self.which = np.array([self.rates.index(fps) for fps, _ in different], dtype=np.int64)[of]
        # What starts a frame or more after the clip has none in it: most nodes of a long video.
        limits = np.array([float((total + 1) / fps) for fps, total in different])
        #: Where nothing begins any more that has a frame in the clip, in seconds; the last is of no
        #: clip, and nothing compares to it, not even what begins at -inf.
        self.limits = np.append(limits[of], np.nan)


def map_frames(
    starts: FloatArray, ends: FloatArray, numbers: IntArray, clips: ClipFrames
) -> Frames:
    """Maps times to the frames of clips, see :mod:`.frames` for the rule.

    Args:
        starts: in seconds
        ends: in seconds
        numbers: which clip each is of, -1 for none
        clips: what frames they have
    """
    near = np.flatnonzero(starts <= clips.limits[numbers])
    of = numbers[near]
    times = np.stack((starts[near], ends[near]))
    if len(clips.rates) == 1:
        marks = boundaries(times, clips.rates[0])
    else:
        which = clips.which[of]
        marks = np.empty(times.shape, dtype=np.int64)
        for i, fps in enumerate(clips.rates):
            marks[:, which == i] = boundaries(times[:, which == i], fps)
    totals = clips.totals[of]
    first, last = marks[0] + 1, np.minimum(marks[1], totals)
    kept = first <= last
    return Frames(near[kept], first[kept], last[kept], (marks[1] > totals)[kept])


def shortest_span(tree: TreeOfCaptions, seconds: float) -> float | None:
    """Returns how long the shortest node is that starts before a moment, None if there is none.

    Args:
        tree: the nodes; those without any length do not count
        seconds: the moment, where the clip ends
    """
    starts, ends = tree.spans
    lengths = (ends - starts)[(starts < seconds) & (ends > starts)]
    return float(lengths.min()) if len(lengths) else None


def count_frameless(tree: TreeOfCaptions, fps: Fraction, total_frames: int) -> int:
    """Returns how many nodes begin in a clip and are too short for its rate to have a frame."""
    starts, ends = tree.spans
    short = (ends - starts) * float(fps) < 1 + 1e-6  # no other lies between two frames' centres
    first, last = boundaries((starts[short], ends[short]), fps)
    return int(np.count_nonzero((first >= last) & (first < total_frames)))


def no_actions(texts: pa.StringArray) -> npt.NDArray[np.bool_]:
    """Returns for which of some actions' texts :func:`is_no_action` holds."""
    found = np.zeros(len(texts), dtype=bool)
    doubtful = may_begin_with(texts, "Nn")
    some = texts.take(pa.array(doubtful))
    plain = pc.equal(some, "N/A").to_numpy(zero_copy_only=False)
    other = pc.match_substring(some, "/").to_numpy(zero_copy_only=False) & ~plain
    found[doubtful[plain]] = True
    for i in np.flatnonzero(other).tolist():
        found[doubtful[i]] = is_no_action(some[i].as_py())
    return found


def is_no_action(text: str) -> bool:
    """Whether an action's text says that there is none: ``N/A``, in any case, with blanks."""
    return "/" in text and _NO_ACTION.fullmatch(text) is not None


def caption_names(captions: Sequence[CaptionField]) -> list[str]:
    """Returns the sample fields that captions become, the transcript's segments included."""
    return [*(c.name for c in captions), fields.TRANSCRIPT_SEGMENTS]
