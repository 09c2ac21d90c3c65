"""Chooses the streams of a source that become the clip."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from .media import ClipError, Source

#: Video streams that are pictures: covers, thumbnails, stills.
_NO_VIDEO = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image

#: Secondary sound, such as commentary.
_SECONDARY = (
    Disposition.comment
    | Disposition.hearing_impaired
    | Disposition.visual_impaired
    | Disposition.descriptions
    | Disposition.karaoke
    | Disposition.lyrics
    | Disposition.clean_effects
    | Disposition.dependent
    | Disposition.non_diegetic
)
_SECONDARY_TITLE = re.compile(r"(?<!no )\b(commentary|audio description|descriptive)", re.I)

#: The number of packets that are read to distinguish a video from a picture.
_LOOK = 1000


def choose_video(
    path: Source, container: InputContainer, reopen: Callable[[], InputContainer]
) -> VideoStream:
    """Returns the stream that becomes the clip's pictures.

    Of several, it is the one that players show: the default stream, else the one with the most
    pixels, frames or seconds; never a still picture if another stream is a video.

    Args:
        path: the source, for messages
        container: the open source; nothing is read from it
        reopen: opens the source again, to read a few packets if the header is not clear

    Raises:
        ClipError: ``no-video-stream``
    """
    streams = [s for s in container.streams.video if not s.disposition & _NO_VIDEO]
    if len(streams) == 1:
        return streams[0]
    if streams:
        moving = _moving(streams, reopen)
        return max([s for s in streams if s.index in moving] or streams, key=_rank)
    kinds = ("a cover picture" if s.type == "video" else str(s.type) for s in container.streams)
    found = ", ".join(sorted(set(kinds))) or "nothing"
    raise ClipError("no-video-stream", f"{path} has no video stream, only {found}")


def _moving(streams: list[VideoStream], reopen: Callable[[], InputContainer]) -> set[int]:
    """Returns the indexes of the streams that have more than one picture."""
    moving = {s.index for s in streams if s.frames > 1}
    unsure = {s.index for s in streams if not s.frames}
    seen: Counter[int] = Counter()
    if unsure:
        # Packets read before an error count.
        with suppress(av.error.FFmpegError), reopen() as again:
            for number, packet in enumerate(again.demux()):
                seen[packet.stream.index] += packet.size > 0
                if number == _LOOK or all(seen[index] > 1 for index in unsure):
                    break
    return moving | {index for index in unsure if seen[index] > 1}


def _rank(stream: VideoStream) -> tuple[bool, bool, int, int, int]:
    codec = stream.codec_context
    pixels = codec.width * codec.height if codec else 0
    default = bool(stream.disposition & Disposition.default)
    return pixels > 0, default, pixels, stream.frames, stream.duration or 0


def choose_audio(container: InputContainer) -> tuple[AudioStream | None, tuple[str, ...]]:
    """Returns the stream that becomes the clip's sound, and warnings about unusable ones.

    It is the default stream, else the first; commentary and descriptions come last.
    """
    warnings: list[str] = []
    for stream in sorted(container.streams.audio, key=_last):
        codec = stream.codec_context
        if codec is not None and codec.channels and codec.sample_rate:
            return stream, tuple(warnings)
        warnings.append(f"audio stream {stream.index} cannot be decoded and was left out")
    return None, tuple(warnings)


def _last(stream: AudioStream) -> tuple[bool, bool, int]:
    title = stream.metadata.get("title") or stream.metadata.get("handler_name") or ""
    secondary = bool(stream.disposition & _SECONDARY) or bool(_SECONDARY_TITLE.search(title))
    return secondary, not stream.disposition & Disposition.default, stream.index
