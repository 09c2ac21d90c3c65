"""Reads what a source's header says, once, and refuses what is no video file."""

from __future__ import annotations

import errno
import re
import stat
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.format import Flags
from av.stream import Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from .colours import NOT_SAID, Colours, known_tags
from .media import CONTAINERS, ClipError, RemoteVideo, Source, input_options, url
from .streams import choose_audio, choose_video
from .videos import is_unmerged

#: Codecs that never hold fields. For others, libav says so in the header, or nobody knows.
_PROGRESSIVE_ONLY = frozenset({"vp8", "vp9", "av1", "theora", "flv1", "h263", "gif"})

#: ``AVFieldOrder``: 0 unknown, 1 progressive, 2 to 5 the kinds of interlacing.
_PROGRESSIVE = 1

#: How well a header says when the pictures end: in words that agree with each other; only as the
#: whole file's end, or as an estimate; in words that contradict each other. Or packets say it.
AGREED, TOLD, DOUBTFUL, MEASURED = "agreed", "told", "doubtful", "measured"

#: By how much two words for one end may differ and agree, in seconds.
_AGREE = 0.1

#: How much later than the pictures the sound ends where the last picture stays, in seconds. Less is
#: what an encoder's blocks come to, or a cut.
HELD = 0.5

#: The longest that sound begins before the pictures because of its encoder, in seconds: AAC's is
#: 2112 samples.
_PRIMING = 0.1

#: The flag of containers whose clock may jump: MPEG's and Ogg.
_MAY_JUMP: int = Flags.ts_discont.value  # type: ignore[assignment]

#: How far apart the clocks of pictures and sound in files of their own may start and still be one
#: clock, in seconds; and containers that have none, so that it starts with them.
_ONE_CLOCK = 1.0
_NO_CLOCK = frozenset({"aac", "mp3", "flac", "wav"})

#: What Dolby Vision without a base layer for others is called.
_DOLBY_VISION = frozenset({"dvh1", "dvhe", "dav1"})
_NO_BASE_LAYER = (
    "it is Dolby Vision of a kind that only its own players show: the colours are wrong"
)

_UNMERGED = (
    "the file is one format of a video that was never merged with its sound, so there is none: "
    "merge them to have it"
)

_TIME = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


@dataclass(frozen=True)
class SourceProbe:
    """What a source's header says. Sizes are as stored, before any rotation.

    Attributes:
        container: the demuxer, ``mov`` or ``matroska`` for instance
        size_bytes: of the file, 0 if a server does not say
        video_index: the stream that becomes the clip
        codec: its codec, ``h264`` for instance
        profile: its profile, None if there is none
        pix_fmt: its pixel format, None if the header does not say
        tags: what it says about its colours
        untagged: whether neither its container nor its bitstream says anything about colours
        range: what it says about their range, as in :mod:`.colours`
        width: in pixels
        height: in pixels
        sar: the shape of a pixel, 1 if the header does not say
        average_rate: frames a second over the whole, None if unknown
        base_rate: the lowest rate that holds every frame's time, libav's guess, None if unknown
        frames: how many there are, None if the header does not say
        interlaced: True, False, or None if the header does not say
        start: the second of the first frame, on the clip's clock
        end: the second at which the last frame ends, on the clip's clock, None if unknown
        end_known: how well: :data:`AGREED` or one of the words after it
        whole_end: the second at which pictures and sound have ended, None if unknown
        origin: the second of the container at which the clip's clock starts
        opened: the container's start in seconds, None where its clock may jump
        shift: what ffmpeg must add to its own clock to get the clip's, in seconds
        silent_shift: the same where only the pictures are read
        audio_index: the audio stream that becomes the clip's sound, or None
        audio_codec: its codec, or None
        audio_channels: its channels
        audio_rate: its samples a second
        audio_apart: whether the sound is in a file of its own; ``audio_index`` counts in that then
        audio_shift: what ffmpeg must add to that file's clock, in seconds
        warnings: what was found odd
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
    audio_apart: bool = False
    audio_shift: float = 0.0
    warnings: tuple[str, ...] = ()


def probe(path: str | Source) -> SourceProbe:
    """Opens a source and reads its header.

    The clip's clock starts where the container does, as in any player; but sound that starts before
    zero (an encoder's priming) does not delay the picture.

    Args:
        path: a local file, or what a relay hands on

    Raises:
        ClipError: ``missing-file``, ``empty-file``, ``not-a-video``, ``no-video-stream``,
            ``truncated-source`` or ``unreadable``
    """
    if isinstance(path, RemoteVideo):
        return _probe_remote(path)
    path = Path(path)
    size = _file_size(path)
    try:
        with open_media(path) as container:
            header = _read(path, container, size)
    except av.error.FFmpegError as e:
        raise _refusal(path, e) from e
    if header.audio_index is None and is_unmerged(path):
        header = replace(header, warnings=(*header.warnings, _UNMERGED))
    return header


def _probe_remote(source: RemoteVideo) -> SourceProbe:
    """Reads the header of what a relay hands on, in one file or in two."""
    try:
        with open_media(source) as container:
            header = _read(source, container, max(0, container.size))
        if source.seconds is not None:
            seconds = source.seconds
            header = replace(header, frames=None, end=seconds, end_known=TOLD, whole_end=seconds)
        if source.sound is None:
            return header
        with open_media(replace(source, pictures=source.sound)) as container:
            return _with_sound(header, container)
    except av.error.FFmpegError as e:
        source.check()
        raise _refusal(source, e) from e


def _with_sound(header: SourceProbe, container: InputContainer) -> SourceProbe:
    """Adds the sound of another file to a header.

    Args:
        header: of the pictures; its origin is on the clock of both
        container: the sound's file. It must be open: streams die with it
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
        audio_apart=True,
        audio_shift=_shift_of_sound(container, audio, header.origin),
        warnings=warnings,
    )


def _shift_of_sound(container: InputContainer, audio: AudioStream, origin: float) -> float:
    if container.format.name.split(",")[0] in _NO_CLOCK:
        return 0.0
    opened = (container.start_time or 0) / av.time_base
    shift = _ffmpeg_zero(container, opened, audio) - origin
    return shift if abs(shift) <= _ONE_CLOCK else 0.0


def pixel_format(codec: VideoCodecContext) -> str | None:
    """Returns the name of a stream's pixel format, None where it is not known.

    Not ``pix_fmt``: PyAV before 18 crashes on one that is not known.
    """
    return codec.format.name if codec.format else None


def open_media(path: Source) -> InputContainer:
    """Opens a media file that can lead nowhere else.

    Args:
        path: the file

    Raises:
        av.error.FFmpegError: if libav cannot open it, or its format is none of
            :data:`~.media.CONTAINERS`
    """
    # Not "options": PyAV before 17 hands those to the streams too, and crashes on FLV, whose
    # streams are not known when it counts them.
    options = input_options(path)
    container = av.open(url(path), metadata_errors="replace", container_options=options)
    if container.format.name.split(",")[0] not in CONTAINERS:
        container.close()
        raise av.error.ArgumentError(errno.EINVAL, "the format is not allowed", str(path))
    return container


def _file_size(path: Path) -> int:
    try:
        info = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ClipError("missing-file", f"{path}: there is no such file") from None
    except OSError as e:
        raise ClipError("unreadable", f"{path}: {e.strerror}") from e
    if not stat.S_ISREG(info.st_mode):
        raise ClipError("not-a-video", f"{path}: not a regular file")
    if info.st_size == 0:
        raise ClipError("empty-file", f"{path}: the file is empty; get it again")
    return info.st_size


def _refusal(path: Source, error: av.error.FFmpegError) -> ClipError:
    """Says what a file that libav does not open is, from its first bytes."""
    if isinstance(error, OSError):
        return ClipError("unreadable", f"{path}: {error.strerror}")
    try:
        head = path.head() if isinstance(path, RemoteVideo) else _first_bytes(path)
    except OSError as e:
        return ClipError("unreadable", f"{path}: {e.strerror}")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"#extm3u", b"ffconcat", b"[playlist]", b"v=0")) or b"<mpd" in text:
        what = "a playlist, which names other files; only a video file itself is opened"
    elif text.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        what = "a web page, not a video; get it again"
    elif head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide"):
        return ClipError(
            "truncated-source",
            f"{path}: an mp4 file without its index, as after a download that broke off; "
            "get it again",
        )
    elif head.startswith((b"\x1aE\xdf\xa3", b"RIFF", b"FLV", b"OggS", b"0&\xb2u")):
        return ClipError("unreadable", f"{path}: the file is damaged ({error.strerror})")
    else:
        what = f"not a video file of a known container ({error.strerror})"
    return ClipError("not-a-video", f"{path}: {what}")


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as f:
        return f.read(512)


def _read(path: Source, container: InputContainer, size: int) -> SourceProbe:
    name = container.format.name.split(",")[0]
    video = _first_video(path, container)
    codec = video.codec_context
    if codec is None or not codec.width or not codec.height:
        raise ClipError("unreadable", f"{path}: the video stream's codec or size is unknown")
    audio, warnings = choose_audio(container)
    interlaced = _interlaced(codec.name, getattr(codec, "field_order", 0))
    said = _read_tags(container, video)
    tags = known_tags(*said)
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
        untagged=said == Colours() and codec.color_range == NOT_SAID,
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
    """Returns the tags of the colours as they are: those of H.264 count before the container's.

    Players do so too. libav tells them apart only once it has decoded a picture.
    """
    codec = video.codec_context
    if codec.name == "h264" and Colours.of(codec) != Colours():
        with suppress(av.error.FFmpegError):
            next(container.decode(video), None)
    return Colours.of(codec)


def _origin(path: Source, opened: float, start: float, may_jump: bool) -> float:
    """Returns where the clip's clock starts, on the container's: the first is the sound's, too."""
    if opened < 0 and not may_jump:  # a clock that may jump is below zero before it wraps around
        return min(0.0, start)
    # A stream of segments begins anywhere, its sound before its pictures by an encoder's priming.
    streamed = isinstance(path, RemoteVideo) and path.seconds is not None
    return start if streamed and start - opened <= _PRIMING else opened


def _ffmpeg_zero(container: InputContainer, opened: float, *streams: Stream | None) -> float:
    """Returns the second of a container that is ffmpeg's zero where only some streams are read.

    It is the container's start, but in containers whose clock may jump the first of those streams'.
    """
    starts = [_seconds(s.start_time, s.time_base) for s in streams if s is not None]
    known = [start for start in starts if start is not None]
    return min(known) if known and may_jump(container) else opened


def may_jump(container: InputContainer) -> bool:
    """Tells whether a container's clock may jump."""
    return bool(container.format.flags & _MAY_JUMP)


def _first_video(path: Source, container: InputContainer) -> VideoStream:
    return choose_video(path, container, lambda: open_media(path))


def _interlaced(codec: str, field_order: int) -> bool | None:
    """``field_order`` needs PyAV 17; where it is 0 for "unknown", decoded frames decide."""
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
    """Returns when pictures and all end, on the container's clock, and how well that is known."""
    told = None
    if container.duration is not None and container.duration > 0:
        told = opened + container.duration / av.time_base
    length = _seconds(video.duration, video.time_base)
    own = start + length if length is not None and length > 0 else None
    if name == "mov" and own is not None:
        sound = _end_of(audio)
        whole = own if sound is None else max(own, sound)
        return own, whole, _judged(own, whole, _counted(video, start))
    if name == "matroska":
        tags = _duration_tags(video)
        likely = [end for end in tags if told is not None and end <= told + _AGREE]
        own = max(likely, default=told)
        return own, told, _judged(own, told, *tags) if tags else TOLD
    return told if own is None else own, told, TOLD


def _judged(own: float | None, whole: float | None, *words: float | None) -> str:
    if own is None or whole is None or whole - own > HELD:
        return DOUBTFUL
    return AGREED if all(w is not None and abs(w - own) <= _AGREE for w in words) else DOUBTFUL


def _counted(video: VideoStream, start: float) -> float | None:
    """Returns the end that the index of an mp4 comes to, None where it has none: in fragments."""
    rate = video.average_rate
    return start + float(video.frames / rate) if video.frames and rate else None


def _end_of(stream: AudioStream | None) -> float | None:
    if stream is None:
        return None
    start = _seconds(stream.start_time, stream.time_base) or 0.0
    length = _seconds(stream.duration, stream.time_base)
    return None if length is None else start + length


def _duration_tags(video: VideoStream) -> list[float]:
    """Returns what Matroska's tags say of a stream's end; tools that copy may leave old ones."""
    tags = [v for k, v in video.metadata.items() if k.upper().startswith("DURATION")]
    found = [[float(part) for part in m.groups()] for tag in tags if (m := _TIME.match(tag))]
    return [hours * 3600 + minutes * 60 + seconds for hours, minutes, seconds in found]
