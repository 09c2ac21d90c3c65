"""The leaves' colours can be told apart, by an eye and after a codec."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from fiftyone_action100m.demo.palette import (
    Colour,
    is_light,
    leaf_colours,
    leaves_of,
    mix,
)
from fiftyone_action100m.demo.records import demo_record
from hypothesis import given, settings
from hypothesis import strategies as st
from material import nearest_leaf

#: What H.264 at 4:2:0 and limited range was seen to change a flat colour by is below 8 (see
#: test_demo_render): half the least distance has to be well above that.
LEAST = 32.0


def distance(a: Colour, b: Colour) -> float:
    return float(np.linalg.norm(np.subtract(a, b)))


def luminance(colour: Colour) -> float:
    c = np.asarray(colour) / 255
    return float(np.where(c <= 0.03928, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
                 @ [0.2126, 0.7152, 0.0722])  # fmt: skip


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 5), st.integers(0, 1000))
def test_any_two_are_apart_and_neighbours_far_apart(index: int, seed: int) -> None:
    record = demo_record(index, seed=seed)
    colours = leaf_colours(record)
    assert list(colours) == [leaf["node_id"] for leaf in leaves_of(record)]
    values = np.asarray(list(colours.values()), dtype=float)
    apart = np.linalg.norm(values[:, None] - values[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert apart.min() >= LEAST
    assert min(distance(a, b) for a, b in pairwise(colours.values())) >= 100


def test_they_are_the_same_each_time_and_differ_between_videos() -> None:
    one, other = demo_record(0), demo_record(1)
    assert leaf_colours(one) == leaf_colours(one)
    assert list(leaf_colours(one).values())[:9] != list(leaf_colours(other).values())[:9]


def test_thousands_of_leaves_have_each_their_own() -> None:
    colours = list(leaf_colours(demo_record(leaves=2785)).values())
    assert len(set(colours)) == 2785


def test_the_nearest_leaf_is_found_in_spite_of_noise() -> None:
    colours = leaf_colours(demo_record(5))
    for leaf, (r, g, b) in colours.items():
        assert nearest_leaf((r + 9, g - 9, b + 7.5), colours) == leaf


@pytest.mark.parametrize("index", range(6))
def test_letters_can_be_read_on_every_colour(index: int) -> None:
    for colour in leaf_colours(demo_record(index)).values():
        own = luminance(colour) + 0.05
        contrast = own / 0.05 if is_light(colour) else 1.05 / own
        assert contrast >= 4.5


def test_colours_mix() -> None:
    assert mix((0, 100, 200), (100, 100, 0), 0.25) == (25, 100, 150)
