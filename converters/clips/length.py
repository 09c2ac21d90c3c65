"""Determines when a source ends, from its packets if its header is missing or doubtful."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import av
import av.error
from av.container import InputContainer

from .media import ClipError, RemoteVideo, Source
from .opening import may_jump, open_media
from .probe import CONSISTENT, ESTIMATED, MEASURED, SourceProbe
from .verify import LOOSE_END_TOLERANCE

logger = logging.getLogger(__name__)

#: How far past the clip's end other streams are read to find the end of one, in seconds: streams
#: are hardly ever interleaved more coarsely.
_BEYOND = 10.0

#: The least backward and forward jumps of the clock, in seconds, that ffmpeg smooths out.
_BACK, _FORTH = 1.0, 10.0


@dataclass
class _Ends:
    """The ends of a source's streams, as far as it was read, on the container's clock.

    Attributes:
        pictures: the video stream's end
        sound: the sound's end
        any: the end of the last stream
        over: whether the source was read to its end
        jumps: whether its clock jumps, which invalidates the others
    """

    pictures: float | None = None
    sound: float | None = None
    any: float | None = None
    over: bool = True
    jumps: bool = False


def resolve_ends(source: Source, header: SourceProbe, seconds: float) -> SourceProbe:
    """Returns a header with reliable ends.

    A consistent header is trusted. Otherwise the packets are read, as far as the clip needs; those
    of a remote source only if its header contradicts itself.

    Args:
        source: the video
        header: its header
        seconds: the longest that its clip may be

    Raises:
        ClipError: ``truncated-source`` if no stream has data up to the header's end
    """
    if header.end_known == CONSISTENT:
        return header
    if isinstance(source, RemoteVideo) and (
        source.seconds is not None or header.end_known == ESTIMATED
    ):
        return header
    with open_media(source) as container:
        promised = _promised(header, container)
        ends = _read(container, header, header.origin + seconds)
    if ends.jumps or ends.pictures is None:
        return header
    pictures = ends.pictures - header.origin
    sound = None if ends.sound is None else ends.sound - header.origin
    whole = max(pictures, sound or 0.0)
    if ends.over:
        reached = (ends.any or 0.0) - header.origin
        if promised is not None and min(promised, seconds) - reached > LOOSE_END_TOLERANCE:
            raise ClipError(
                "truncated-source",
                f"{source}: its data ends at {reached:.2f} s, {promised - reached:.2f} s before "
                "the end in its header; get it again",
            )
    else:  # the rest was not read
        whole = max(whole, promised or 0.0)
        pictures = whole if pictures >= seconds else pictures
    return replace(header, end=pictures, end_known=MEASURED, whole_end=whole)


def _promised(header: SourceProbe, container: InputContainer) -> float | None:
    """Returns the second up to which there should be data; None if that is not reliably known."""
    if header.container != "avi":
        return header.whole_end
    # An AVI's index comes last, so with an index nothing is missing. Without one, libav goes by the
    # file's size, not by the header.
    if len(getattr(container.streams[header.video_index], "index_entries", ())) > 1:
        return None
    counted = header.frames / header.average_rate if header.frames and header.average_rate else 0
    return max(float(counted), header.whole_end or 0.0)


def _read(container: InputContainer, header: SourceProbe, limit: float) -> _Ends:
    """Reads packets until the pictures reach a second, or another stream is far beyond it."""
    ends = _Ends()
    last: dict[int, float] = {}
    step = float(1 / header.average_rate) if header.average_rate else 0.0
    try:
        for packet in container.demux():
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is None or packet.is_discard or packet.time_base is None:
                continue
            index = packet.stream_index
            start = stamp * float(packet.time_base)
            if not -_BACK < start - last.get(index, start) < _FORTH:
                ends.jumps = may_jump(container)
            last[index] = start
            end = start + (packet.duration or 0) * float(packet.time_base)
            if index == header.video_index:
                end = end if packet.duration else start + step
                ends.pictures = max(end, ends.pictures or end)
            elif index == header.audio_index and not header.audio_separate:
                ends.sound = max(end, ends.sound or end)
            ends.any = max(end, ends.any or end)
            beyond = limit + (0 if index == header.video_index else _BEYOND)
            if start >= beyond or ends.jumps:
                ends.over = False
                break
    except av.error.FFmpegError as e:
        logger.debug("%s cannot be read further: %s", container.name, e)
    return ends
