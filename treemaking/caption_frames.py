"""Chooses the frames of each call, and decodes them as JPEG in one pass over the video."""

from __future__ import annotations

import io
import math
from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass

from PIL import Image

from ..converters.clips.pictures import shape_of
from ..converters.clips.samples import Frames, SampledVideo
from ..core.times import SourceSeconds

#: The greatest longer side of a picture, in pixels: of a segment's frames (as in the paper), and of
#: the one frame that stands for a leaf.
SEGMENT_SIDE, MIDDLE_SIDE = 320, 640

_QUALITY = 90
_BATCH = 8


@dataclass(frozen=True)
class Call:
    """One question about a node.

    Attributes:
        node: the node's position in its tree
        field: the field that the answer fills
        frames: the numbers of the sampled frames to show, from 0, in order
        side: the greatest longer side of the pictures, in pixels
        key: a digest of everything that the answer depends on
    """

    node: int
    field: str
    frames: tuple[int, ...]
    side: int
    key: str


def even_frames(
    start: SourceSeconds, end: SourceSeconds, rate: float, count: int, frames: int
) -> tuple[int, ...]:
    """Returns the middle frame of each of several equal parts of a segment, without repetitions.

    Args:
        start: the segment's start, in seconds of the source
        end: the segment's end, in seconds of the source
        rate: sampled frames per second
        count: the most frames
        frames: the number of sampled frames of the video
    """
    first = min(math.ceil(start * rate), frames - 1)
    last = min(max(math.ceil(end * rate), first + 1), frames)
    length = last - first
    if length <= count:
        return tuple(range(first, last))
    return tuple(first + int((i + 0.5) * length / count) for i in range(count))


def read_calls(
    video: SampledVideo, calls: Sequence[Call], threads: int = 1
) -> Generator[tuple[Call, list[bytes]], None, None]:
    """Yields each call with its pictures, as soon as the last of them is decoded.

    The video is decoded once, up to the last frame that is needed. Frames after the video's end are
    left out.

    Args:
        video: the video
        calls: the calls, in any order
        threads: ffmpeg's threads

    Raises:
        ClipError: if the video cannot be decoded
    """
    if not calls:
        return
    wanted: defaultdict[int, list[Call]] = defaultdict(list)
    for call in calls:
        for number in call.frames:
            wanted[number].append(call)
    pictures: defaultdict[Call, list[bytes]] = defaultdict(list)
    size = _fit(shape_of(video.path), max(call.side for call in calls))
    end = float((max(wanted) * video.every + 0.5) / video.rate)
    with closing(video.read(_BATCH, size, seconds=end, threads=threads)) as batches:
        number = -1
        for batch in batches:
            for frame in batch:
                number += 1
                made: dict[int, bytes] = {}
                for call in wanted.pop(number, ()):
                    if call.side not in made:
                        made[call.side] = _jpeg(frame, call.side)
                    pictures[call].append(made[call.side])
                    if number == call.frames[-1]:
                        yield call, pictures.pop(call)
    yield from pictures.items()


def _fit(shape: tuple[int, int], side: int) -> tuple[int, int]:
    """Returns a height and a width, the longer of which is at most ``side``."""
    scale = min(1.0, side / max(shape))
    height, width = (max(1, round(length * scale)) for length in shape)
    return height, width


def _jpeg(frame: Frames, side: int) -> bytes:
    image = Image.fromarray(frame)
    height, width = _fit((image.height, image.width), side)
    if (height, width) != (image.height, image.width):
        image = image.resize((width, height), Image.Resampling.BOX)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()
