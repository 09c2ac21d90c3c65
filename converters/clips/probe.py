"""Reads a source's header, and rejects files that are not videos."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from .colours import UNSPECIFIED, Colours, known_tags
from .media import ClipError, RemoteVideo, Source
from .opening import check_file, explain_refusal, may_jump, open_media, pixel_format
from .streams import choose_audio, choose_video
from .videos import is_unmerged

#: Codecs that are never interlaced. For others, libav may tell from the header.
_PROGRESSIVE_ONLY = frozenset({"vp8", "vp9", "av1", "theora", "flv1", "h263", "gif"})

#: ``AVFieldOrder``: 0 unknown, 1 progressive, 2 to 5 the kinds of interlacing.
_PROGRESSIVE = 1

#: How the end of the pictures is known: from consistent values of the header; only as the file's
#: end or as an estimate; from contradictory values; or measured from packets.
CONSISTENT, ESTIMATED, DOUBTFUL, MEASURED = "consistent", "estimated", "doubtful", "measured"

#: How far two values for one end may differ and still agree, in seconds.
_AGREE = 0.1

#: How much longer than the pictures the sound must last for the last picture to be held, in
#: seconds. Less comes from an encoder's block size, or from a cut.
HELD = 0.5

#: The longest that an encoder's priming makes sound begin before the pictures, in seconds: AAC's is
#: 2112 samples.
_PRIMING = 0.1

#: How far apart, in seconds, the clocks of separate files of pictures and sound may start and still
#: be one clock; and containers without a clock, whose sound starts at 0.
_ONE_CLOCK = 1.0
_NO_CLOCK = frozenset({"aac", "mp3", "flac", "wav"})

#: The codec tags of Dolby Vision without a compatible base layer.
_DOLBY_VISION = frozenset({"dvh1", "dvhe", "dav1"})
_NO_BASE_LAYER = "it is Dolby Vision without a compatible base layer: the colours are wrong"

_UNMERGED = (
    "the file is one format of a video that was never merged with its sound, so the clip has no "
    "sound: merge them"
)

_TIME = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


@dataclass(frozen=True)
class SourceProbe:
    """A source's header. Sizes are as stored, before any rotation.

    Attributes:
        container: the demuxer, such as ``mov`` or ``matroska``
        size_bytes: of the file, 0 if unknown
        video_index: the stream that becomes the clip's pictures
        codec: its codec, such as ``h264``
        profile: its profile, None if there is none
        pix_fmt: its pixel format, None if unknown
        tags: its colour tags
        untagged: whether neither its container nor its bitstream has colour tags
        range: its colour range, as in :mod:`.colours`
        width: in pixels
        height: in pixels
        sar: the aspect ratio of a pixel, 1 if unknown
        average_rate: average frames per second, None if unknown
        base_rate: libav's estimate of the lowest rate with a frame at every frame's time, None if
            unknown
        frames: number of frames, None if unknown
        interlaced: None if unknown
        start: the start of the first frame, in clip seconds
        end: the end of the last frame, in clip seconds, None if unknown
        end_known: how ``end`` is known: :data:`CONSISTENT` or one of the words after it
        whole_end: the end of pictures and sound, in clip seconds, None if unknown
        origin: the start of the clip's clock, in seconds of the container's clock
        opened: the container's start in seconds, None if its clock may jump
        shift: seconds that ffmpeg must add to its own clock to get the clip's
        silent_shift: the same if only the pictures are read
        audio_index: the audio stream that becomes the clip's sound, or None
        audio_codec: its codec, or None
        audio_channels: its number of channels
        audio_rate: its sample rate, in Hz
        audio_separate: whether the sound is in a separate file, where ``audio_index`` then counts
        audio_shift: seconds that ffmpeg must add to that file's clock
        warnings: problems of the source that do not prevent a clip
    """

    container: str
    size_bytes: int
    video_index: int
    codec: str
    profile: str | None
    pix_fmt: str | None
    tags: Colours
    untagged: bool
    range: int
    width: int
    height: int
    sar: Fraction
    average_rate: Fraction | None
    base_rate: Fraction | None
    frames: int | None
    interlaced: bool | None
    start: float
    end: float | None
    end_known: str
    whole_end: float | None
    origin: float
    opened: float | None
    shift: float
    silent_shift: float
    audio_index: int | None
    audio_codec: str | None
    audio_channels: int
    audio_rate: int
    audio_separate: bool = False
    audio_shift: float = 0.0
    warnings: tuple[str, ...] = ()


def probe(path: str | Source) -> SourceProbe:
    """Opens a source and reads its header.

    The clip's clock starts where the container's does, as in players; but sound that starts before
    zero (an encoder's priming) does not delay the picture.

    Args:
        path: a local file, or one on the loopback

    Raises:
        ClipError: ``missing-file``, ``empty-file``, ``not-a-video``, ``no-video-stream``,
            ``truncated-source`` or ``unreadable``
    """
    if isinstance(path, RemoteVideo):
        return _probe_remote(path)
    path = Path(path)
    size = check_file(path)
    try:
        with open_media(path) as container:
            header = _read(path, container, size)
    except av.error.FFmpegError as e:
        raise explain_refusal(path, e) from e
    if header.audio_index is None and is_unmerged(path):
        header = replace(header, warnings=(*header.warnings, _UNMERGED))
    return header


def _probe_remote(source: RemoteVideo) -> SourceProbe:
    """Reads the header of a remote source, in one file or in two."""
    try:
        with open_media(source) as container:
            header = _read(source, container, max(0, container.size))
        if source.seconds is not None:
            seconds = source.seconds
            header = replace(
                header, frames=None, end=seconds, end_known=ESTIMATED, whole_end=seconds
            )
        if source.sound is None:
            return header
        with open_media(replace(source, pictures=source.sound)) as container:
            return _with_sound(header, container)
    except av.error.FFmpegError as e:
        source.check()
        raise explain_refusal(source, e) from e


def _with_sound(header: SourceProbe, container: InputContainer) -> SourceProbe:
    """Adds the sound of a separate file to a header.

    Args:
        header: the pictures' header; its origin is on the clock of both
        container: the sound's file, open
    """
    audio, warnings = choose_audio(container)
    warnings = header.warnings + warnings
    if audio is None:
        return replace(header, warnings=warnings)
    return replace(
        header,
        shift=header.silent_shift,
        audio_index=audio.index,
        audio_codec=audio.codec_context.name,
        audio_channels=audio.codec_context.channels,
        audio_rate=audio.codec_context.sample_rate,
        audio_separate=True,
        audio_shift=_shift_of_sound(container, audio, header.origin),
        warnings=warnings,
    )


def _shift_of_sound(container: InputContainer, audio: AudioStream, origin: float) -> float:
    if container.format.name.split(",")[0] in _NO_CLOCK:
        return 0.0
    opened = (container.start_time or 0) / av.time_base
    shift = _ffmpeg_zero(container, opened, audio) - origin
    return shift if abs(shift) <= _ONE_CLOCK else 0.0


def _read(path: Source, container: InputContainer, size: int) -> SourceProbe:
    name = container.format.name.split(",")[0]
    video = choose_video(path, container, lambda: open_media(path))
    codec = video.codec_context
    if codec is None or not codec.width or not codec.height:
        raise ClipError("unreadable", f"{path}: the video stream's codec or size is unknown")
    audio, warnings = choose_audio(container)
    interlaced = _interlaced(codec.name, getattr(codec, "field_order", 0))
    raw_tags = _read_tags(container, video)
    tags = known_tags(*raw_tags)
    if codec.codec_tag in _DOLBY_VISION and tags == Colours():
        warnings += (_NO_BASE_LAYER,)

    opened = (container.start_time or 0) / av.time_base
    start = _seconds(video.start_time, video.time_base)
    start = opened if start is None else start
    origin = _origin(path, opened, start, may_jump(container))
    end, whole_end, end_known = _ends(container, video, audio, name, opened, start)
    return SourceProbe(
        container=name,
        size_bytes=size,
        video_index=video.index,
        codec=codec.name,
        profile=codec.profile,
        pix_fmt=pixel_format(codec),
        tags=tags,
        untagged=raw_tags == Colours() and codec.color_range == UNSPECIFIED,
        range=int(codec.color_range),
        width=codec.width,
        height=codec.height,
        sar=video.sample_aspect_ratio or Fraction(1),
        average_rate=video.average_rate or None,
        base_rate=video.base_rate or None,
        frames=video.frames or None,
        interlaced=interlaced,
        start=start - origin,
        end=None if end is None else end - origin,
        end_known=end_known,
        whole_end=None if whole_end is None else whole_end - origin,
        origin=origin,
        opened=None if may_jump(container) else opened,
        shift=_ffmpeg_zero(container, opened, video, audio) - origin,
        silent_shift=_ffmpeg_zero(container, opened, video) - origin,
        audio_index=None if audio is None else audio.index,
        audio_codec=None if audio is None else audio.codec_context.name,
        audio_channels=0 if audio is None else audio.codec_context.channels,
        audio_rate=0 if audio is None else audio.codec_context.sample_rate,
        warnings=warnings,
    )


def _read_tags(container: InputContainer, video: VideoStream) -> Colours:
    """Returns the colour tags, unchecked; an H.264 stream's precede its container's, as in players.

    libav only reads a stream's tags when it decodes a picture.
    """
    codec = video.codec_context
    if codec.name == "h264" and Colours.of(codec) != Colours():
        with suppress(av.error.FFmpegError):
            next(container.decode(video), None)
    return Colours.of(codec)


def _origin(path: Source, opened: float, start: float, may_jump: bool) -> float:
    """Returns the start of the clip's clock, in seconds of the container's clock."""
    if opened < 0 and not may_jump:  # a clock that may jump is negative before it wraps around
        return min(0.0, start)
    # Segments begin at any time, their sound before the pictures by an encoder's priming.
    streamed = isinstance(path, RemoteVideo) and path.seconds is not None
    return start if streamed and start - opened <= _PRIMING else opened


def _ffmpeg_zero(container: InputContainer, opened: float, *streams: Stream | None) -> float:
    """Returns ffmpeg's zero, in seconds of the container's clock, if only some streams are read.

    It is the container's start or, if its clock may jump, that of the first of those streams.
    """
    starts = [_seconds(s.start_time, s.time_base) for s in streams if s is not None]
    known = [start for start in starts if start is not None]
    return min(known) if known and may_jump(container) else opened


def _interlaced(codec: str, field_order: int) -> bool | None:
    """Returns whether pictures are interlaced; None if unknown (``field_order`` is 0)."""
    if codec in _PROGRESSIVE_ONLY or field_order == _PROGRESSIVE:
        return False
    return True if field_order > _PROGRESSIVE else None


def _seconds(ticks: int | None, time_base: Fraction | None) -> float | None:
    return None if ticks is None or time_base is None else float(ticks * time_base)


def _ends(
    container: InputContainer,
    video: VideoStream,
    audio: AudioStream | None,
    name: str,
    opened: float,
    start: float,
) -> tuple[float | None, float | None, str]:
    """Returns the ends of pictures and of all streams, and how they are known."""
    file_end = None
    if container.duration is not None and container.duration > 0:
        file_end = opened + container.duration / av.time_base
    length = _seconds(video.duration, video.time_base)
    own = start + length if length is not None and length > 0 else None
    if name == "mov" and own is not None:
        sound = _end_of(audio)
        whole = own if sound is None else max(own, sound)
        return own, whole, _consistency(own, whole, _counted(video, start))
    if name == "matroska":
        tags = _duration_tags(video)
        likely = [end for end in tags if file_end is not None and end <= file_end + _AGREE]
        own = max(likely, default=file_end)
        return own, file_end, _consistency(own, file_end, *tags) if tags else ESTIMATED
    return file_end if own is None else own, file_end, ESTIMATED


def _consistency(own: float | None, whole: float | None, *words: float | None) -> str:
    if own is None or whole is None or whole - own > HELD:
        return DOUBTFUL
    return CONSISTENT if all(w is not None and abs(w - own) <= _AGREE for w in words) else DOUBTFUL


def _counted(video: VideoStream, start: float) -> float | None:
    """Returns the end by the index of an mp4, None without one, as in fragments."""
    rate = video.average_rate
    return start + float(video.frames / rate) if video.frames and rate else None


def _end_of(stream: AudioStream | None) -> float | None:
    if stream is None:
        return None
    start = _seconds(stream.start_time, stream.time_base) or 0.0
    length = _seconds(stream.duration, stream.time_base)
    return None if length is None else start + length


def _duration_tags(video: VideoStream) -> list[float]:
    """Returns the ends by Matroska's tags, in seconds; remuxing tools may leave stale ones."""
    tags = [v for k, v in video.metadata.items() if k.upper().startswith("DURATION")]
    found = [[float(part) for part in m.groups()] for tag in tags if (m := _TIME.match(tag))]
    return [hours * 3600 + minutes * 60 + seconds for hours, minutes, seconds in found]
