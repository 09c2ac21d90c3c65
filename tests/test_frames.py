"""The rule that turns seconds into frames."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from fiftyone_action100m.core.frames import (
    boundaries,
    boundary,
    exact_rate,
    frame_count,
    frame_times,
)
from hypothesis import given
from hypothesis import strategies as st
from rowwise import support
from strategies import RATES, float32

rates = st.sampled_from(RATES).map(exact_rate)
seconds = st.floats(0, 5e4, allow_nan=False).map(float32)


def test_support_of_whole_seconds():
    assert support(0.0, 2.0, Fraction(25), 100) == (1, 50, False)
    assert support(2.0, 4.0, Fraction(25), 100) == (51, 100, False)


def test_the_end_is_cut_to_the_clip_and_says_so():
    assert support(3.0, 9.0, Fraction(25), 100) == (76, 100, True)
    assert support(3.0, 4.0, Fraction(25), 100) == (76, 100, False)


def test_a_segment_without_a_frame_is_none():
    assert support(4.0, 9.0, Fraction(25), 100) is None
    assert support(1.0, 1.01, Fraction(25), 100) is None


def test_ntsc_is_not_2997():
    # In ten minutes the two are half a frame apart, which is a frame for some boundaries.
    exact, decimal = Fraction(30000, 1001), Fraction(2997, 100)
    differing = [s for s in range(600) if boundary(s, exact) != boundary(s, decimal)]
    assert differing


@pytest.mark.parametrize(
    ("given_rate", "expected"),
    [
        (29.97, Fraction(30000, 1001)),
        (30000 / 1001, Fraction(30000, 1001)),
        (23.976, Fraction(24000, 1001)),
        (59.94, Fraction(60000, 1001)),
        (25.0, Fraction(25)),
        (12.5, Fraction(25, 2)),
        ("30000/1001", Fraction(30000, 1001)),
        (30, Fraction(30)),
    ],
)
def test_exact_rate(given_rate, expected):
    assert exact_rate(given_rate) == expected


@pytest.mark.parametrize("bad", [0, -1, "0/1", "1/0", math.nan, math.inf, "fast", None])
def test_exact_rate_refuses(bad):
    with pytest.raises(ValueError, match="not a frame rate"):
        exact_rate(bad)


@given(st.lists(seconds, max_size=50), rates)
def test_the_vectorised_rule_is_the_scalar_rule(values, fps):
    assert boundaries(values, fps).tolist() == [boundary(v, fps) for v in values]


@given(st.integers(0, 10**6), rates)
def test_exact_ties_are_decided_exactly(frame, fps):
    tie = float((Fraction(frame) + Fraction(1, 2)) / fps)
    around = [np.nextafter(tie, 0), tie, np.nextafter(tie, np.inf)]
    assert boundaries(around, fps).tolist() == [boundary(v, fps) for v in around]


@given(st.lists(seconds, min_size=2, max_size=30, unique=True), rates, st.integers(1, 10**5))
def test_neighbours_partition_what_they_cover(marks, fps, total):
    marks.sort()
    supports = [support(a, b, fps, total) for a, b in itertools.pairwise(marks)]
    frames = [f for s in supports if s for f in range(s.first, s.last + 1)]
    whole = support(marks[0], marks[-1], fps, total)
    assert frames == (list(range(whole.first, whole.last + 1)) if whole else [])


@given(seconds, seconds, rates, st.integers(1, 10**5))
def test_a_frame_belongs_to_the_segment_that_holds_its_centre(a, b, fps, total):
    start, end = sorted((a, b))
    found = support(start, end, fps, total)
    if found is None:
        return
    assert 1 <= found.first <= found.last <= total
    for frame in (found.first, found.last):
        centre = (Fraction(frame) - Fraction(1, 2)) / fps
        assert Fraction(start) < centre <= Fraction(end)


@given(st.integers(1, 10**5), rates)
def test_times_of_frames_and_back(frame, fps):
    start, end = frame_times(frame, frame, fps)
    assert support(start, end, fps, frame) == (frame, frame, False)
    assert frame_count(end, fps) == frame
