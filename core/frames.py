"""Turns seconds into frames, and times of a source into times of its clip.

The rule, for a clip of constant rate ``fps`` whose frame ``i`` (1-based) is on screen during
``[(i - 1) / fps, i / fps)``:

    first = floor(start * fps + 1/2) + 1
    last  = floor(end   * fps + 1/2)

A frame thus belongs to the segment that holds the frame's centre (exact ties go to the earlier
segment). The end of one segment and the start of the next round the same way, so siblings never
share a frame and children partition their parent's frames exactly, whatever the rate. It is also
what ffmpeg's ``fps`` filter does with a source frame at second ``start`` (it rounds to the nearest
output frame), so a segment's first frame shows the picture that the segment begins with.

Rates are exact rationals: ``30000/1001`` is not 29.97, and after ten minutes the two are half a
frame apart.

``fiftyone.core.labels.TemporalDetection.from_timestamps`` is not used, because it computes both
ends as ``1 + round(t / duration * (total_frame_count - 1))``: neighbours then share their boundary
frame, children overlap, and frames drift by one over the clip.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from .times import ClipSeconds, ClipTimes, SourceSeconds

Rate = Fraction | int | str | float

_HALF = Fraction(1, 2)

#: The usual frame rates, which files often give as rounded decimals.
STANDARD_RATES: tuple[Fraction, ...] = tuple(
    Fraction(n, d)
    for n, d in (
        (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1),
        (48, 1), (50, 1), (60000, 1001), (60, 1), (120, 1),
    )
)  # fmt: skip


#: The rate below which a video counts as slow: slides, webcams, time lapses.
SLOW = STANDARD_RATES[0]


def exact_rate(rate: Rate) -> Fraction:
    """Returns the rational that a frame rate stands for.

    A float such as FiftyOne's ``metadata.frame_rate`` (29.97002997…) stands for the standard rate
    within a thousandth of a percent of it, or with the same two decimals; else for the nearest
    fraction with a denominator of at most 1001.

    Args:
        rate: frames per second, as a ``Fraction``, an int, ``"30000/1001"`` or a float

    Raises:
        ValueError: if the rate is not a positive finite number
    """
    try:
        if isinstance(rate, float):
            if not math.isfinite(rate):
                raise ValueError
            for standard in STANDARD_RATES:
                if abs(rate - standard) <= standard * 1e-5 or rate == round(float(standard), 2):
                    return standard
            exact = Fraction(rate).limit_denominator(1001)
        else:
            exact = Fraction(rate)
    except (ValueError, ZeroDivisionError, TypeError):
        raise ValueError(f"not a frame rate: {rate!r}") from None
    if exact <= 0:
        raise ValueError(f"not a frame rate: {rate!r}")
    return exact


def to_clip(seconds: SourceSeconds) -> ClipSeconds:
    """Converts a time of the source to a time of its clip, which starts with the source.

    The result can lie past the clip's end.
    """
    return ClipSeconds(seconds)


def to_source(seconds: ClipSeconds) -> SourceSeconds:
    """Converts a time of a clip to a time of its source."""
    return SourceSeconds(seconds)


def boundary(seconds: ClipSeconds, fps: Fraction) -> int:
    """Returns the number of whole frames before a moment: ``floor(seconds * fps + 1/2)``."""
    return math.floor(Fraction(seconds) * fps + _HALF)


def boundaries(seconds: ClipTimes, fps: Fraction) -> npt.NDArray[np.int64]:
    """Returns :func:`boundary` of each of many moments.

    Computed in floating point; the few values within a millionth of a frame of a tie are computed
    in rationals.

    Args:
        seconds: finite seconds of the clip, of any shape
        fps: the clip's exact frame rate

    Returns:
        integers of the same shape
    """
    values = np.asarray(seconds, dtype=np.float64)
    scaled = values * float(fps) + 0.5
    result = np.floor(scaled).astype(np.int64)
    doubtful = np.abs(scaled - np.rint(scaled)) < 1e-6 * np.maximum(1.0, np.abs(scaled) * 1e-6)
    for index in np.flatnonzero(doubtful):
        result.flat[index] = boundary(ClipSeconds(float(values.flat[index])), fps)
    return result


def frame_times(first: int, last: int, fps: Fraction) -> tuple[ClipSeconds, ClipSeconds]:
    """Returns when frame ``first`` appears, and when frame ``last`` disappears.

    Args:
        first: a frame of the clip, 1-based
        last: a frame of the clip, 1-based and inclusive
        fps: the clip's exact frame rate
    """
    return ClipSeconds(float((first - 1) / fps)), ClipSeconds(float(last / fps))


def frame_count(duration: float, fps: Fraction) -> int:
    """Returns the number of frames of a clip of this duration: those whose centre is in it."""
    return max(boundary(ClipSeconds(duration), fps), 0)
