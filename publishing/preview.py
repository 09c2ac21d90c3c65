"""Draws a picture for a dataset's card: frames of a video above its tree."""

from __future__ import annotations

import logging
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import av
import fiftyone as fo
import matplotlib
from fiftyone import ViewField as F
from PIL import Image, ImageDraw, ImageFont

from ..core.colours import LEVEL_COLOURS
from ..core.tree import TreeOfCaptions
from ..views.hierarchy import find_hierarchy, trees

logger = logging.getLogger(__name__)

WIDTH, _GAP, _FRAMES, _ROW = 1200, 4, 6, 26
_DEEPEST = 14
#: The number of videos among which the one with the most nodes is drawn.
_CANDIDATES = 24


def draw_preview(dataset: fo.Dataset, path: Path) -> bool:
    """Draws the largest tree of the first videos, below frames of its clip.

    Args:
        dataset: a dataset with trees
        path: the PNG to write

    Returns:
        whether a video could be drawn
    """
    field = find_hierarchy(dataset).widest
    asked = ["id", "filepath", F(f"{field}.detections").length()]
    first = zip(*dataset.exists(field).limit(_CANDIDATES).values(asked), strict=True)
    there = [(count, sample_id) for sample_id, video, count in first if Path(video).is_file()]
    if not there:
        return False
    sample = dataset[max(there, key=lambda each: each[0])[1]]
    try:
        pictures = _frames(sample.filepath)
    except (av.error.FFmpegError, OSError, IndexError) as error:
        logger.warning("No preview: %s: %s", sample.filepath, error)
        return False
    tree = trees(sample)
    length = sample.metadata.duration if sample.metadata else None
    _draw(pictures, tree, length or tree.end or 1.0).save(path, optimize=True)
    return True


def _frames(path: str) -> list[Image.Image]:
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        base = stream.time_base or Fraction(1, 90000)
        length = float(stream.duration * base) if stream.duration else 0.0
        found = []
        for index in range(_FRAMES):
            target = length * (index + 0.5) / _FRAMES
            container.seek(int(target / base), stream=stream)
            for frame in container.decode(stream):
                if frame.time is None or frame.time >= target - 0.5:
                    break
            found.append(frame.to_image())  # type: ignore[no-untyped-call]
    return found


def _draw(pictures: list[Image.Image], tree: TreeOfCaptions, length: float) -> Image.Image:
    width = (WIDTH - _GAP * (_FRAMES - 1)) // _FRAMES
    first = pictures[0]
    height = min(round(width * first.height / first.width), 2 * width)
    rows = min(max((n.level for n in tree), default=0) + 1, _DEEPEST)
    picture = Image.new("RGB", (WIDTH, height + 2 * _GAP + rows * (_ROW + 2) + 24), "#ffffff")
    for index, each in enumerate(pictures):
        picture.paste(each.resize((width, height)), (index * (width + _GAP), 0))
    pen = ImageDraw.Draw(picture)
    top = height + 2 * _GAP
    for node in tree:
        if node.level >= rows or node.start >= length:
            continue
        left = node.start / length * WIDTH
        right = min(node.end, length) / length * WIDTH
        y = top + node.level * (_ROW + 2)
        colour = LEVEL_COLOURS[node.level % len(LEVEL_COLOURS)]
        pen.rectangle((left, y, max(right - 2, left), y + _ROW), fill=colour)
        text = _fitting(next(iter(node.texts.values()), ""), right - left - 12)
        if text:
            pen.text((left + 5, y + _ROW / 2), text, fill="#ffffff", font=_font(), anchor="lm")
    pen.text(
        (2, top + rows * (_ROW + 2) + 12),
        f"0 to {length:.1f} s; each row is a level of the tree",
        fill="#555555",
        font=_font(),
        anchor="lm",
    )
    return picture


def _fitting(text: str, width: float) -> str:
    line = " ".join(text.split())
    if _font().getlength(line) <= width:
        return line
    while line and _font().getlength(line + "…") > width:
        line = line[: len(line) * 9 // 10] if len(line) > 40 else line[:-1]
    return f"{line.rstrip()}…" if len(line) > 2 else ""


@lru_cache(maxsize=1)
def _font() -> ImageFont.FreeTypeFont:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / "DejaVuSans.ttf"), 14)
