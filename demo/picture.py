"""Draws the demo's pictures, which show a leaf, its position in the tree, and the time.

Most of a picture is the leaf's text on the leaf's colour; below is a timeline of all leaves under
two coarser levels. Everything but the time code, the frame number and the playhead is drawn once
per leaf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from ..core.cut import cut
from ..core.tree import TreeOfCaptions
from .layout import Box, lay_out
from .palette import Colour, is_light, leaf_colours, leaves_of, mix

Picture = npt.NDArray[np.uint8]

_BLACK: Colour = (12, 13, 16)
_WHITE: Colour = (255, 255, 255)
_PANEL: Colour = (20, 22, 27)
_SEGMENTS: tuple[Colour, Colour] = (52, 56, 65), (66, 71, 82)
_SEGMENT_TEXT: Colour = (168, 174, 186)
#: The longest segments of the two levels above the leaves in the timeline, as shares of the video.
_SHARES = (0.34, 0.12)


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / f"{name}.ttf"), max(size, 4))


class Pictures:
    """The pictures of one record.

    Args:
        record: the record
        size: width and height in pixels
        rate: the text beside the frame number, such as ``25 fps``
    """

    def __init__(self, record: Mapping[str, Any], size: tuple[int, int], rate: str) -> None:
        self.size = size
        self.leaves = leaves_of(record)
        self._layout = lay_out(size)
        self._rate = rate
        self._colours = list(leaf_colours(record).values())
        self._nodes = {node["node_id"]: node for node in record["nodes"]}
        self._end: float = max(node["end"] for node in record["nodes"])
        tree = TreeOfCaptions.from_nodes(record["nodes"])
        self._cuts = [
            [self._nodes[node.node_id] for node in cut(tree, self._end * share)]
            for share in _SHARES
        ]
        self._timeline = self._draw_timeline()
        self._leaf = -1
        self._base: Picture = np.empty(0, dtype=np.uint8)
        self._glyphs: dict[str, dict[str, Picture]] = {}

    def draw(self, leaf: int, seconds: Fraction, number: int) -> Picture:
        """Draws a picture.

        Args:
            leaf: the index of its leaf, in order of time
            seconds: its time in the video
            number: of its frame, from 1

        Returns:
            an array of height, width and RGB
        """
        if leaf != self._leaf:
            self._leaf = leaf
            self._base = np.array(self._draw_leaf(leaf), dtype=np.uint8)
            self._glyphs = {
                "clock": self._draw_glyphs(leaf, "DejaVuSansMono-Bold", 24, 0.0),
                "number": self._draw_glyphs(leaf, "DejaVuSansMono", 12, 0.25),
            }
        picture: Picture = self._base.copy()
        self._put(picture, "clock", time_code(seconds), self._layout.clock)
        below = self._layout.clock + round(30 * self._layout.unit)
        self._put(picture, "number", f"{self._rate} · frame {number}", below)
        self._put_playhead(picture, float(seconds))
        return picture

    def _x(self, seconds: float) -> int:
        """Returns the x position of a time on the timeline."""
        left, _, right, _ = self._layout.rows[0]
        return left + round((right - left) * min(seconds / self._end, 1.0))

    def _put(self, picture: Picture, style: str, text: str, top: int) -> None:
        glyphs = self._glyphs[style]
        x = self.size[0] - self._layout.margin
        for char in reversed(text):
            glyph = glyphs[char]
            height, width, _ = glyph.shape
            x -= width
            if x < 0:
                break
            picture[top : top + height, x : x + width] = glyph

    def _put_playhead(self, picture: Picture, seconds: float) -> None:
        thick = max(round(1.2 * self._layout.unit), 1)
        over = round(6 * self._layout.unit)
        top, bottom = self._layout.rows[0][1] - over, self._layout.rows[-1][3] + over
        x = self._x(seconds)
        picture[top:bottom, max(x - 2 * thick, 0) : x + 2 * thick] = _PANEL
        picture[top:bottom, max(x - thick, 0) : x + thick] = _WHITE
        picture[top : top + over // 2, max(x - 3 * thick, 0) : x + 3 * thick] = _WHITE

    def _draw_glyphs(self, leaf: int, font: str, size: int, fade: float) -> dict[str, Picture]:
        """Draws the characters of time codes and numbers on a leaf's colour."""
        colour = self._colours[leaf]
        face = _font(font, round(size * self._layout.unit))
        ascent, descent = face.getmetrics()
        width = max(round(face.getlength("0")), 1)
        found = {}
        for char in sorted(set(f"0123456789:.· frame {self._rate}")):
            image = Image.new("RGB", (width, ascent + descent), colour)
            ink = mix(_ink(colour), colour, fade)
            ImageDraw.Draw(image).text((0, 0), char, fill=ink, font=face)
            found[char] = np.asarray(image)
        return found

    def _draw_leaf(self, leaf: int) -> Image.Image:
        """Draws the parts that all pictures of a leaf share."""
        colour = self._colours[leaf]
        image = Image.new("RGB", self.size, colour)
        image.paste(self._timeline, self._layout.panel[:2])
        draw = ImageDraw.Draw(image)
        node = self.leaves[leaf]
        path = self._path(node)
        self._highlight(draw, leaf, path)
        annotated = [n for n in path if _action(n)]
        crumbs = list(dict.fromkeys(_action(n) for n in annotated[:-1]))
        self._write_path(draw, crumbs, colour)
        above = _action(annotated[-1]) if annotated else ""
        place = f"leaf {leaf + 1} of {len(self.leaves)}  ·  level {node['level']}"
        self._write_text(draw, colour, above, node["plm_action"], place)
        return image

    def _path(self, node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        path = [node]
        while (parent := path[0]["parent_id"]) is not None:
            path.insert(0, self._nodes[parent])
        return path

    def _write_path(self, draw: ImageDraw.ImageDraw, crumbs: list[str], colour: Colour) -> None:
        x0, y0, x1, _ = self._layout.path
        face = _font("DejaVuSans", round(12 * self._layout.unit))
        joint = "  ›  "
        if len(crumbs) > 2 and face.getlength(joint.join(crumbs)) > x1 - x0:
            first, *middle, last = crumbs
            head = f"{first}{joint}…{joint}"
            while len(middle) > 1 and face.getlength(head + joint.join([*middle, last])) > x1 - x0:
                middle = middle[1:]
            crumbs = [first, "…", *middle[1:], last]
        text = _fitted(joint.join(crumbs), face, x1 - x0)
        draw.text((x0, y0), text, fill=mix(_ink(colour), colour, 0.2), font=face)

    def _write_text(
        self, draw: ImageDraw.ImageDraw, colour: Colour, above: str, text: str, place: str
    ) -> None:
        """Writes the annotated ancestor's action, the leaf's text and its position."""
        x0, y0, x1, y1 = self._layout.text
        unit = self._layout.unit
        ink = _ink(colour)
        small = _font("DejaVuSans", round(12 * unit))
        medium = _font("DejaVuSans", round(16 * unit))
        head = _wrapped(above, medium, x1 - x0)
        if len(head) > 2:
            head = [head[0], _fitted(f"{head[1]} {head[2]}", medium, x1 - x0)]
        room = (y1 - y0) - round(unit * (22 * len(head) + 38))
        for size in (38, 34, 30, 26, 22, 18):
            large = _font("DejaVuSans-Bold", round(size * unit))
            lines = _wrapped(text, large, x1 - x0)
            if len(lines) * round(size * unit * 1.2) <= room and len(lines) <= 4:
                break
        pitch = round(size * unit * 1.2)
        high = len(lines) * pitch + round(unit * (22 * len(head) + 34))
        y = y0 + max(((y1 - y0) - high) // 2, 0)
        for line in head:
            draw.text((x0, y), line, fill=mix(ink, colour, 0.15), font=medium)
            y += round(22 * unit)
        y += round(6 * unit)
        for line in lines:
            draw.text((x0, y), line, fill=ink, font=large)
            y += pitch
        draw.text((x0, y + round(8 * unit)), place, fill=mix(ink, colour, 0.25), font=small)

    def _draw_timeline(self) -> Image.Image:
        x0, top, x1, bottom = self._layout.panel
        image = Image.new("RGB", (x1 - x0, bottom - top), _PANEL)
        draw = ImageDraw.Draw(image)
        for row, segments in zip(self._layout.rows, self._cuts, strict=False):
            for i, node in enumerate(segments):
                box = self._segment_box(node, row, -top)
                self._draw_segment(draw, box, node, _SEGMENTS[i % 2], _SEGMENT_TEXT)
        for leaf, colour in zip(self.leaves, self._colours, strict=True):
            draw.rectangle(_inclusive(self._segment_box(leaf, self._layout.rows[2], -top)), colour)
        return image

    def _segment_box(self, node: Mapping[str, Any], row: Box, shift: int = 0) -> Box:
        x0 = self._x(node["start"])
        return x0, row[1] + shift, max(self._x(node["end"]), x0 + 1), row[3] + shift

    def _draw_segment(
        self,
        draw: ImageDraw.ImageDraw,
        box: Box,
        node: Mapping[str, Any],
        colour: Colour,
        ink: Colour,
    ) -> None:
        draw.rectangle(_inclusive(box), colour)
        face = _font("DejaVuSans", round(10 * self._layout.unit))
        pad = round(4 * self._layout.unit)
        text = _fitted(_name(node), face, box[2] - box[0] - 2 * pad)
        if len(text) > 5:
            draw.text((box[0] + pad, (box[1] + box[3]) / 2), text, ink, face, anchor="lm")

    def _highlight(
        self, draw: ImageDraw.ImageDraw, leaf: int, path: Sequence[Mapping[str, Any]]
    ) -> None:
        """Highlights the leaf and its ancestors in the timeline."""
        held = {node["node_id"] for node in path}
        for row, segments in zip(self._layout.rows, self._cuts, strict=False):
            for node in segments:
                if node["node_id"] in held:
                    self._draw_segment(draw, self._segment_box(node, row), node, _WHITE, _BLACK)
        box = self._segment_box(self.leaves[leaf], self._layout.rows[2])
        line = max(round(3 * self._layout.unit), 1)
        draw.rectangle(_inclusive((box[0], box[3] + line, box[2], box[3] + 2 * line)), _WHITE)


def time_code(seconds: Fraction) -> str:
    """Returns a time as minutes, seconds and hundredths: ``01:23.45``."""
    hundredths = int(seconds * 100)
    return f"{hundredths // 6000:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"


def _action(node: Mapping[str, Any]) -> str:
    """Returns a node's annotated action, or an empty text."""
    text = node["gpt"]["action"]["brief"] if node["gpt"] else ""
    return "" if text == "N/A" else text


def _name(node: Mapping[str, Any]) -> str:
    return _action(node) or node["plm_action"]


def _ink(colour: Colour) -> Colour:
    return _BLACK if is_light(colour) else _WHITE


def _inclusive(box: Box) -> tuple[int, int, int, int]:
    """Returns a box with inclusive far sides, as Pillow takes them."""
    return box[0], box[1], max(box[2] - 1, box[0]), max(box[3] - 1, box[1])


def _fitted(text: str, face: ImageFont.FreeTypeFont, width: float) -> str:
    """Returns a text of at most a width in pixels, with an ellipsis if cut."""
    if face.getlength(text) <= width:
        return text
    while text and face.getlength(text + "…") > width:
        text = text[:-1]
    return text.rstrip(" ,›…") + "…" if text else ""


def _wrapped(text: str, face: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Returns a text as lines of at most a width in pixels, broken between words."""
    lines: list[str] = []
    for word in text.split():
        if lines and face.getlength(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines
