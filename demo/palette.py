"""Gives each leaf a distinct colour that survives video compression.

The colours are from a coarse RGB grid, so that any two stay distinct after 8-bit limited-range YUV
and quantisation, and are ordered so that adjacent leaves look very different.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from itertools import pairwise, product
from typing import Any

import numpy as np
import numpy.typing as npt

Colour = tuple[int, int, int]

#: The steps of the grid, coarsest first: a video of 150 leaves uses the first.
_GRIDS = (20, 14, 10, 6)
#: The least number of candidates per colour.
_CHOICE = 3
#: The least distance between the colours of neighbours, in RGB.
_NEIGHBOURS = 110.0
#: The most attempts at an order in which the last colours are not too similar.
_DEALS = 20


def leaves_of(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns a record's leaves in order of time."""
    parents = {node["parent_id"] for node in record["nodes"]}
    leaves = [node for node in record["nodes"] if node["node_id"] not in parents]
    return sorted(leaves, key=lambda node: node["start"])


def leaf_colours(record: Mapping[str, Any]) -> dict[str, Colour]:
    """Returns the colour of each leaf of a record, in order of time, the same on every machine.

    Raises:
        ValueError: if there are more leaves than distinguishable colours
    """
    leaves = leaves_of(record)
    palette = _palette(len(leaves))
    rng = random.Random(f"colours {record['video_uid']}")
    for _ in range(_DEALS):
        ordered = _ordered(palette, rng)
        if all(_distance(a, b) >= _NEIGHBOURS**2 for a, b in pairwise(ordered)):
            break
    return dict(zip((leaf["node_id"] for leaf in leaves), ordered, strict=True))


def is_light(colour: Colour) -> bool:
    """Whether black text has more contrast on a colour than white text, by WCAG 2."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in _unit(colour)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05)


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """Returns a mixture of two colours, with a share from 0 to 1 of the other."""
    r, g, b = (round(x + (y - x) * share) for x, y in zip(colour, other, strict=True))
    return r, g, b


def _distance(a: Colour, b: Colour) -> int:
    """Returns the squared distance of two colours."""
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def _unit(colour: Colour) -> list[float]:
    return [c / 255 for c in colour]


def _palette(count: int) -> list[Colour]:
    """Returns ``count`` colours, each as far as possible from the ones before it."""
    for step in _GRIDS:
        candidates = np.asarray(_candidates(step), dtype=np.int64)
        if len(candidates) >= _CHOICE * count:
            break
    if len(candidates) < count:
        raise ValueError(f"there are not enough distinct colours for {count} leaves")
    return [_colour(candidates[i]) for i in _spread(candidates, count)]


def _candidates(step: int) -> list[Colour]:
    """Returns the grid's colours without grey, glaring and dark ones."""
    found = []
    shades = range(24, 245, step)
    for r, g, b in product(shades, shades, shades):
        high, low = max(r, g, b), min(r, g, b)
        if high >= 90 and 45 <= high - low <= 175 and r + g + b >= 200:
            found.append((r, g, b))
    return found


def _spread(candidates: npt.NDArray[np.int64], count: int) -> list[int]:
    """Returns candidates by farthest-point sampling, in integers so that all machines agree."""
    chosen = [0] if count else []
    nearest = ((candidates - candidates[0]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        away = ((candidates - candidates[chosen[-1]]) ** 2).sum(axis=1)
        nearest = np.minimum(nearest, away)
    return chosen


def _ordered(palette: list[Colour], rng: random.Random) -> list[Colour]:
    """Returns the colours in an order in which each is far from the two before it."""
    left = list(palette)
    rng.shuffle(left)
    ordered: list[Colour] = []
    while left:
        before = np.asarray(ordered[-2:], dtype=np.int64).reshape(-1, 1, 3)
        away = ((np.asarray(left, dtype=np.int64) - before) ** 2).sum(axis=2)
        least = away.min(axis=0) if ordered else np.full(len(left), _NEIGHBOURS**2)
        far = np.flatnonzero(least >= _NEIGHBOURS**2)
        ordered.append(left.pop(int(far[0] if len(far) else least.argmax())))
    return ordered


def _colour(values: npt.NDArray[np.int64]) -> Colour:
    r, g, b = values.tolist()
    return r, g, b
