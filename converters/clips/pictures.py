"""Decodes chosen pictures of a clip in one pass."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import av
import av.error
import numpy as np
import numpy.typing as npt

from .media import ClipError
from .opening import check_file, explain_refusal, open_media

Picture = npt.NDArray[np.uint8]

#: The greatest shorter side of a picture, in pixels: more than encoders use.
_SIDE = 512


def read_pictures(path: Path, frames: Collection[int]) -> Iterator[tuple[int, Picture]]:
    """Yields chosen pictures of a clip; the clip is decoded once, up to the last of them.

    Args:
        path: the clip
        frames: the pictures' numbers, from 1, in the order in which the clip shows them

    Yields:
        the number of a picture and the picture, ``[height, width, 3]``, RGB, downscaled if large.
        Pictures after the clip's end, or after a damaged part, are left out

    Raises:
        ClipError: if the file cannot be opened, or has no picture that can be decoded
    """
    check_file(path)
    wanted, last, number = set(frames), max(frames, default=0), 0
    try:
        with open_media(path) as container:
            if not container.streams.video:
                raise ClipError("not-a-video", f"{path}: the file has no pictures")
            container.streams.video[0].thread_type = "AUTO"
            if not last:
                return
            for number, frame in enumerate(container.decode(video=0), 1):
                if number in wanted:
                    yield number, _picture(frame)
                if number >= last:
                    return
    except av.error.FFmpegError as error:
        if not number:
            raise explain_refusal(path, error) from None
    if not number:
        raise ClipError("unreadable", f"{path}: no picture can be decoded")


def shape_of(path: Path) -> tuple[int, int]:
    """Returns the height and width at which a video's first picture is displayed.

    They take the pixel aspect ratio and the rotation into account.

    Raises:
        ClipError: if the file cannot be opened, or has no picture that can be decoded
    """
    check_file(path)
    try:
        with open_media(path) as container:
            if not container.streams.video:
                raise ClipError("not-a-video", f"{path}: the file has no pictures")
            stream = container.streams.video[0]
            for frame in container.decode(stream):
                width = round(frame.width * float(stream.sample_aspect_ratio or 1))
                turned = frame.rotation % 180 != 0
                return (width, frame.height) if turned else (frame.height, width)
    except av.error.FFmpegError as error:
        raise explain_refusal(path, error) from None
    raise ClipError("unreadable", f"{path}: no picture can be decoded")


def _picture(frame: av.VideoFrame) -> Picture:
    shorter = min(frame.width, frame.height)
    if shorter > _SIDE:
        width, height = (round(side * _SIDE / shorter) for side in (frame.width, frame.height))
        frame = frame.reformat(width=width, height=height, format="rgb24")
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
