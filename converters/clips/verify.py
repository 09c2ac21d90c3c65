"""Verifies that a clip is as planned, from its packets."""

from __future__ import annotations

import logging
import struct
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import numpy.typing as npt
from av.container import InputContainer
from av.sidedata.sidedata import Type
from av.video.stream import VideoStream

from .colours import LIMITED, Colours
from .filters import SOUND_TOLERANCE
from .media import ClipError, ClipSettings, Source
from .opening import open_media, pixel_format
from .plan import ClipPlan

logger = logging.getLogger(__name__)

#: How far a frame may be off the constant rate, in frames. The App seeks to a hundredth of a frame
#: past a frame's start, so half of that still shows the right frame.
JITTER = 1 / 200

#: How much earlier than its header's end a complete video may end, in seconds: the last frames of
#: many files do not decode.
END_TOLERANCE = 0.5

#: The same if only the file's duration is known, which may be the sound's.
LOOSE_END_TOLERANCE = 1.0


class MismatchError(Exception):
    """A clip that is not as planned.

    Attributes:
        prefix: the largest number of leading packets that are exactly the first frames; only set if
            frames are missing or not evenly spaced
    """

    def __init__(self, message: str, prefix: int = 0) -> None:
        super().__init__(message)
        self.prefix = prefix


class UnevenSoundError(MismatchError):
    """A clip whose sound has gaps or overlaps, which browsers ignore as they play it.

    Copied sound has its source's; encoded sound gets them where the source's format changes.
    """


@dataclass(frozen=True)
class VerifiedClip:
    """The facts of a verified clip.

    Attributes:
        frames: number of frames
        width: in pixels
        height: in pixels
        codec_tag: of the video stream
        has_audio: whether there is sound
        warnings: how the clip differs from the source's header
    """

    frames: int
    width: int
    height: int
    codec_tag: str
    has_audio: bool
    warnings: tuple[str, ...] = ()


def verify_clip(
    path: Path, plan: ClipPlan, settings: ClipSettings, source: Source, frames: int | None = None
) -> VerifiedClip:
    """Verifies a clip by demuxing it and decoding its first frame, or all frames.

    Args:
        path: the clip
        plan: its plan
        settings: its settings, of which ``verify`` sets how much is decoded
        source: its source
        frames: the exact number of frames it must have, None if the source's duration decides

    Raises:
        MismatchError: if the clip is not as planned
        ClipError: ``truncated-source`` if the source ends before the end in its header
    """
    try:
        with open_media(path) as container:
            return _check(source, container, plan, settings, frames)
    except av.error.FFmpegError as e:
        raise MismatchError(f"it cannot be read: {e}") from e


def _check(
    source: Source,
    container: InputContainer,
    plan: ClipPlan,
    settings: ClipSettings,
    frames: int | None,
) -> VerifiedClip:
    if len(container.streams.video) != 1:
        raise MismatchError(f"{len(container.streams.video)} video streams")
    video = container.streams.video[0]
    has_audio = _has_sound(container)
    decode_all = settings.verify == "decode"
    pts, sound, damaged = _read(container, video, has_audio, decode_all)
    codec = video.codec_context
    _check_stream(video, settings, plan)
    _check_spacing(pts, video, plan.rate)
    if damaged:
        raise MismatchError(f"{damaged} packets are damaged or hidden by an edit list")

    count = len(pts)
    if count > plan.limit:
        raise MismatchError(f"{count} frames, more than {plan.limit}")
    warnings = _check_length(source, count, plan)
    if frames is not None and count != frames:
        raise MismatchError(f"{count} frames instead of {frames}")
    assert video.time_base is not None
    length = float((video.duration or 0) * video.time_base * plan.rate)
    if abs(length - count) > 1:
        raise MismatchError(f"it lasts {length:.2f} frames, but there are {count}")
    if not plan.sound_changes and not is_even(sound):
        raise UnevenSoundError("its sound has a gap or an overlap")
    return VerifiedClip(count, codec.width, codec.height, codec.codec_tag, has_audio, warnings)


def _has_sound(container: InputContainer) -> bool:
    if not container.streams.audio:
        return False
    codec = container.streams.audio[0].codec_context
    if codec.name != "aac" or codec.channels > 2:
        raise MismatchError("the sound is not AAC in mono or stereo")
    return True


def is_even(seconds: npt.NDArray[np.float64]) -> bool:
    """Returns whether sound packets, given their times in seconds, are evenly spaced."""
    if len(seconds) < 3:
        return True
    paced = seconds[0] + np.arange(len(seconds)) * np.median(np.diff(seconds))
    return bool(np.abs(seconds - paced).max() <= SOUND_TOLERANCE)


def _read(
    container: InputContainer, video: VideoStream, with_sound: bool, decode_all: bool
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], int]:
    """Reads all packets, and decodes the first or all frames.

    Returns:
        the times of the video packets, in ticks and in decode order, those of the sound packets in
        seconds, and the number of video packets that are damaged or discarded
    """
    codec = video.codec_context
    codec.thread_count = 1
    pts: list[int] = []
    sound: list[int] = []
    decoded = damaged = 0
    audio = container.streams.audio[:with_sound]
    for packet in container.demux(video, *audio):
        if packet.stream_index != video.index:
            if packet.pts is not None:
                sound.append(packet.pts)
            continue
        if packet.pts is not None:
            damaged += packet.is_corrupt or packet.is_discard
            pts.append(packet.pts)
        if decoded and not decode_all:
            continue
        for frame in codec.decode(packet):
            if not decoded and (is_turned(frame) or frame.interlaced_frame):
                what = "rotated or flipped" if is_turned(frame) else "interlaced"
                raise MismatchError(f"its frames are {what}")
            if frame.is_corrupt:
                raise MismatchError(f"frame {decoded + 1} is damaged")
            decoded += 1
    if not pts:
        raise MismatchError("it has no frame")
    if not decoded or (decode_all and decoded + damaged != len(pts)):
        raise MismatchError(f"{decoded} of its {len(pts)} packets decode to a frame")
    ticks = float(audio[0].time_base or 0) if audio else 0.0
    return np.asarray(pts, dtype=np.int64), np.asarray(sound, dtype=np.float64) * ticks, damaged


def is_turned(frame: av.VideoFrame) -> bool:
    """Returns whether players rotate or flip a frame."""
    attached: Any = frame.side_data  # a mapping by PyAV's stubs
    for data in attached:
        if data.type == Type.DISPLAYMATRIX:
            matrix: tuple[int, ...] = struct.unpack("=9i", data)
            return matrix[1] != 0 or matrix[3] != 0 or matrix[0] <= 0 or matrix[4] <= 0
    return False


def _check_stream(video: VideoStream, settings: ClipSettings, plan: ClipPlan) -> None:
    codec = video.codec_context
    width, height = codec.width, codec.height
    colours = Colours.of(codec)
    conditions = (
        (codec.name != "h264", f"the codec is {codec.name}"),
        (
            pixel_format(codec) not in ("yuv420p", plan.pix_fmt),
            f"the pixel format is {pixel_format(codec)}",
        ),
        (colours != plan.clip_colours, f"it is tagged {colours}, not {plan.clip_colours}"),
        (codec.color_range != LIMITED, "its range is not tagged as limited"),
        (width % 2 or height % 2, f"the size is {width}x{height}"),
        (height > max(2, settings.max_height), f"the height is {height}"),
        ((video.sample_aspect_ratio or 1) != 1, "the pixels are not square"),
    )
    for holds, text in conditions:
        if holds:
            raise MismatchError(text)


def _check_spacing(pts: npt.NDArray[np.int64], video: VideoStream, rate: Fraction) -> None:
    assert video.time_base is not None
    numbers = pts * float(video.time_base * rate)
    nearest = np.rint(numbers).astype(np.int64)
    places = np.arange(len(pts))
    if np.abs(numbers - nearest).max() > JITTER:
        raise MismatchError("the frames are not evenly spaced")
    if not np.array_equal(np.sort(nearest), places):
        whole = np.flatnonzero(np.maximum.accumulate(nearest) == places)
        prefix = int(whole[-1]) + 1 if len(whole) else 0
        raise MismatchError("frames are missing, or the first is not at zero", prefix)


def _check_length(source: Source, count: int, plan: ClipPlan) -> tuple[str, ...]:
    """Compares the number of frames with the source's header.

    If the video stream's own duration is known, a source that ends more than
    :data:`END_TOLERANCE` before it is truncated. If only the file's duration is known, another
    stream may last that long, so the source is read to see.
    """
    if plan.expected is None or plan.expected - count <= 1:
        return ()
    missing = float((plan.expected - count) / plan.rate)
    end = float(count / plan.rate)
    text = f"the video ends at {end:.2f} s, {missing:.2f} s before the end in its header"
    if plan.exact:
        truncated = missing > END_TOLERANCE
    else:
        needed = float(plan.expected / plan.rate) - LOOSE_END_TOLERANCE
        truncated = missing > LOOSE_END_TOLERANCE and not _reaches(source, needed)
    if truncated:
        raise ClipError("truncated-source", f"{source}: {text}; get it again")
    return (text,)


def _reaches(source: Source, seconds: float) -> bool:
    """Returns whether any stream of a source has data at a second, reading packets up to it."""
    with open_media(source) as container:
        opened = (container.start_time or 0) / av.time_base
        try:
            for packet in container.demux():
                if packet.pts is not None and packet.pts * packet.time_base - opened >= seconds:
                    return True
        except av.error.FFmpegError as e:
            logger.debug("%s cannot be read further: %s", source, e)
    return False
