"""A colour of its own for each leaf, which survives a video codec.

The colours are taken from a coarse grid in RGB so that any two stay apart after 8-bit limited-range
YUV and quantisation, and are dealt out so that leaves next to each other look very different.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from itertools import pairwise, product
from typing import Any

import numpy as np
import numpy.typing as npt

Colour = tuple[int, int, int]

#: Steps of the grid that are tried, coarsest first: a video of 150 leaves takes the first.
_GRIDS = (20, 14, 10, 6)
#: How many candidates there should be for each colour wanted.
_CHOICE = 3
#: How far apart the colours of neighbours are, in RGB.
_NEIGHBOURS = 110.0
#: How often the colours are dealt anew where the last ones left over end up side by side.
_DEALS = 20


def leaves_of(record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Returns a record's leaves in order of time."""
    parents = {node["parent_id"] for node in record["nodes"]}
    leaves = [node for node in record["nodes"] if node["node_id"] not in parents]
    return sorted(leaves, key=lambda node: node["start"])


def leaf_colours(record: Mapping[str, Any]) -> dict[str, Colour]:
    """Returns the colour of each leaf of a record, in order of time.

    The same record gives the same colours on every machine.

    Raises:
        ValueError: if there are more leaves than colours that can be told apart
    """
    leaves = leaves_of(record)
    palette = _palette(len(leaves))
    rng = random.Random(f"colours {record['video_uid']}")
    for _ in range(_DEALS):
        dealt = _deal(palette, rng)
        if all(_away(a, b) >= _NEIGHBOURS**2 for a, b in pairwise(dealt)):
            break
    return dict(zip((leaf["node_id"] for leaf in leaves), dealt, strict=True))


def nearest_leaf(colour: Sequence[float], colours: Mapping[str, Colour]) -> str:
    """Returns the leaf whose colour is nearest to one seen, such as the mean over an area."""
    ids = list(colours)
    away = np.asarray([colours[i] for i in ids], dtype=float) - np.asarray(colour, dtype=float)
    return ids[int((away**2).sum(axis=1).argmin())]


def is_light(colour: Colour) -> bool:
    """Whether black letters read better on a colour than white ones (WCAG 2's contrast)."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in _unit(colour)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05)


def mix(colour: Colour, other: Colour, share: float) -> Colour:
    """Returns a colour with a share (0 to 1) of another in it."""
    r, g, b = (round(x + (y - x) * share) for x, y in zip(colour, other, strict=True))
    return r, g, b


def _away(a: Colour, b: Colour) -> int:
    """Returns the square of two colours' distance."""
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def _unit(colour: Colour) -> list[float]:
    return [c / 255 for c in colour]


def _palette(count: int) -> list[Colour]:
    """Returns so many colours, each chosen as far from those before it as can be."""
    for step in _GRIDS:
        candidates = np.asarray(_candidates(step), dtype=np.int64)
        if len(candidates) >= _CHOICE * count:
            break
    if len(candidates) < count:
        raise ValueError(f"{count} leaves are more than there are distinct colours")
    return [_colour(candidates[i]) for i in _spread(candidates, count)]


def _candidates(step: int) -> list[Colour]:
    """Returns the grid's colours that are neither grey, nor glaring, nor dark."""
    found = []
    shades = range(24, 245, step)
    for r, g, b in product(shades, shades, shades):
        high, low = max(r, g, b), min(r, g, b)
        if high >= 90 and 45 <= high - low <= 175 and r + g + b >= 200:
            found.append((r, g, b))
    return found


def _spread(candidates: npt.NDArray[np.int64], count: int) -> list[int]:
    """Chooses candidates by farthest-point sampling; in integers, so the same everywhere."""
    chosen = [0] if count else []
    nearest = ((candidates - candidates[0]) ** 2).sum(axis=1)
    while len(chosen) < count:
        chosen.append(int(nearest.argmax()))
        away = ((candidates - candidates[chosen[-1]]) ** 2).sum(axis=1)
        nearest = np.minimum(nearest, away)
    return chosen


def _deal(palette: list[Colour], rng: random.Random) -> list[Colour]:
    """Orders colours so that each differs much from the two before it."""
    left = list(palette)
    rng.shuffle(left)
    dealt: list[Colour] = []
    while left:
        before = np.asarray(dealt[-2:], dtype=np.int64).reshape(-1, 1, 3)
        away = ((np.asarray(left, dtype=np.int64) - before) ** 2).sum(axis=2)
        least = away.min(axis=0) if dealt else np.full(len(left), _NEIGHBOURS**2)
        far = np.flatnonzero(least >= _NEIGHBOURS**2)
        dealt.append(left.pop(int(far[0] if len(far) else least.argmax())))
    return dealt


def _colour(values: npt.NDArray[np.int64]) -> Colour:
    r, g, b = values.tolist()
    return r, g, b
