"""Lays out the demo's pictures. Lengths are in pixels; boxes are x0, y0, x1, y1."""

from __future__ import annotations

from dataclasses import dataclass

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Layout:
    """The places of a picture's parts.

    Attributes:
        unit: a 360th of the shorter side
        margin: around everything
        panel: the timeline's background
        rows: the rows of the timeline, coarsest first
        text: the leaf's text
        colour: an area of the leaf's colour alone
        clock: the top of the time code
        path: the breadcrumb
    """

    unit: float
    margin: int
    panel: Box
    rows: tuple[Box, Box, Box]
    text: Box
    colour: Box
    clock: int
    path: Box


def lay_out(size: tuple[int, int]) -> Layout:
    """Returns the layout of a picture.

    Args:
        size: its width and height in pixels

    Raises:
        ValueError: if a side is odd or shorter than 96
    """
    width, height = size
    if width % 2 or height % 2 or min(size) < 96:
        raise ValueError(f"a picture's sides must be even and at least 96, not {width} x {height}")
    unit = min(size) / 360

    def px(units: float) -> int:
        return round(units * unit)

    margin = px(20)
    portrait = height > width
    top = height - px(132 if portrait else 104)
    rows = []
    y = top + px(14)
    for high in (30, 30, 34) if portrait else (20, 20, 28):
        rows.append((margin, y, width - margin, y + px(high)))
        y += px(high) + px(4)
    if portrait:
        text = (margin, px(104), width - margin, round(height * 0.56))
        colour = (margin, round(height * 0.59), width - margin, top - px(16))
        path = (margin, px(68), width - margin, px(90))
    else:
        text = (margin, px(64), round(width * 0.7), top - px(12))
        colour = (round(width * 0.74), px(76), width - margin, top - px(16))
        path = (margin, px(20), round(width * 0.68), px(44))
    first, second, third = rows
    panel = (0, top, width, height)
    return Layout(unit, margin, panel, (first, second, third), text, colour, px(18), path)
