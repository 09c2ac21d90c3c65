"""Types of the clip stage: sources, settings, clips and errors, and what may be opened."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

#: The demuxers that a source may be opened with; all have their media in the file itself. Those of
#: formats that name other files (hls, dash, concat, imf, sdp, image2 and so on) are left out: with
#: them, a crafted "video" could make ffmpeg read any file of the user's.
CONTAINERS: tuple[str, ...] = (
    "mov", "matroska", "avi", "flv", "mpegts", "mpeg", "ogg", "asf", "mxf", "nut", "dv", "rm",
    "mp3", "wav", "flac", "aac",
)  # fmt: skip

#: Demuxer options of a local source, for PyAV and for ffmpeg.
INPUT_OPTIONS: dict[str, str] = {
    "protocol_whitelist": "file",
    "format_whitelist": ",".join(CONTAINERS),
}

#: Demuxer options of a source that :mod:`...acquire.loopback` serves. The environment's proxy is
#: ignored, and the buffer is small, as what waits in it may never be read.
REMOTE_OPTIONS: dict[str, str] = {
    "protocol_whitelist": "http,tcp",
    "format_whitelist": ",".join(CONTAINERS),
    "http_proxy": "none",
    "recv_buffer_size": "65536",
}

#: The reasons of a :class:`ClipError`.
REASONS: tuple[str, ...] = (
    "missing-file", "empty-file", "not-a-video", "no-video-stream", "truncated-source",
    "unreadable", "ffmpeg-failed", "bad-clip", "disk-full", "timeout",
)  # fmt: skip

PRESETS: tuple[str, ...] = (
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow",
)  # fmt: skip


#: Longer than any video, in seconds: eleven days.
_WHOLE = 1e6

#: How HDR is handled: tone-mapped to SDR, or kept.
HDR: tuple[str, ...] = ("sdr", "keep")


class ClipError(Exception):
    """No clip could be made of a source.

    Attributes:
        reason: one of :data:`REASONS`
    """

    def __init__(self, reason: str, message: str) -> None:
        if reason not in REASONS:
            raise ValueError(f"unknown reason {reason!r}: choose from {', '.join(REASONS)}")
        super().__init__(message)
        self.reason = reason

    def __reduce__(self) -> tuple[type[ClipError], tuple[str, str]]:
        return type(self), (self.reason, str(self))


@dataclass(frozen=True)
class RemoteVideo:
    """A video that is fetched while its clip is made, and served on the loopback.

    Attributes:
        name: the video's page
        pictures: the address of its pictures, and of its sound if that has none of its own
        sound: the address of its sound if that is in a separate file, else None
        check: raises the error of fetching it, if there was one
        head: reads its first bytes
        seconds: its length by its playlist; None if its own header counts. The header of a file in
            segments only describes the first segment, if at all
    """

    name: str
    pictures: str
    sound: str | None = None
    check: Callable[[], None] = lambda: None
    head: Callable[[], bytes] = bytes
    seconds: float | None = None

    def __str__(self) -> str:
        return self.name


#: The source of a clip.
Source = Path | RemoteVideo


def url(source: Source) -> str:
    """Returns the URL under which libav opens a source, whatever characters are in its path."""
    if isinstance(source, RemoteVideo):
        return source.pictures
    return "file:" + os.path.abspath(source)  # noqa: PTH100 - resolve() would follow links


def input_options(source: Source) -> dict[str, str]:
    """Returns the demuxer options of a source: the protocols and formats that are allowed."""
    return dict(REMOTE_OPTIONS if isinstance(source, RemoteVideo) else INPUT_OPTIONS)


def longest_clip(clip_seconds: float) -> float:
    """Returns the maximum length of a clip in seconds; 0 stands for more than any video has."""
    return clip_seconds or _WHOLE


@dataclass(frozen=True)
class ClipSettings:
    """How clips are made.

    Attributes:
        clip_seconds: maximum length, in seconds; 0 for whole videos
        max_height: maximum height, in pixels, for portrait videos too
        crf: x264's quality, 1 (best) to 51
        preset: x264's preset
        max_fps: maximum frame rate
        hdr: how HDR (PQ, HLG) is handled: ``"sdr"`` tone-maps it to BT.709; ``"keep"`` keeps it, in
            10 bits, which not every browser plays
        verify: ``"demux"`` reads the clip's packets, ``"decode"`` decodes every frame as well
        threads: ffmpeg's threads for each of decoder, filters and encoder; 0 lets ffmpeg choose
        timeout: seconds after which an ffmpeg is killed, None for no timeout

    Raises:
        ValueError: if a value is out of range
    """

    clip_seconds: float = 90.0
    max_height: int = 480
    crf: int = 23
    preset: str = "veryfast"
    max_fps: int = 60
    hdr: str = "sdr"
    verify: str = "demux"
    threads: int = 1
    timeout: float | None = 3600.0

    def __post_init__(self) -> None:
        checks = (
            ("clip_seconds", 0 <= self.clip_seconds < math.inf, "a number of seconds, 0 for all"),
            ("max_height", self.max_height >= 2, "2 or more"),
            ("crf", 1 <= self.crf <= 51, "1 to 51"),
            ("preset", self.preset in PRESETS, " or ".join(PRESETS)),
            ("max_fps", self.max_fps >= 1, "1 or more"),
            ("hdr", self.hdr in HDR, " or ".join(HDR)),
            ("verify", self.verify in ("demux", "decode"), "demux or decode"),
            ("threads", self.threads >= 0, "0 or more"),
            ("timeout", self.timeout is None or self.timeout > 0, "positive, or None"),
        )
        for name, good, wanted in checks:
            if not good:
                raise ValueError(f"{name} is {getattr(self, name)!r}: it must be {wanted}")

    @property
    def longest(self) -> float:
        """The maximum length in seconds, see :func:`longest_clip`."""
        return longest_clip(self.clip_seconds)

    @property
    def key(self) -> str:
        """A short, stable text of the settings that change a clip, to compare it with old clips."""
        return (
            f"t{self.clip_seconds:g}-h{self.max_height}-crf{self.crf}"
            f"-{self.preset}-fps{self.max_fps}{'-hdr' if self.hdr == 'keep' else ''}"
        )


@dataclass(frozen=True)
class Clip:
    """A finished clip, with the values of ``fiftyone.VideoMetadata`` and the manifest.

    Attributes:
        path: the file
        frame_rate: the exact, constant rate
        total_frame_count: number of frames
        duration: of the video stream, in seconds
        frame_width: in pixels
        frame_height: in pixels
        size_bytes: of the file
        mime_type: of the file
        encoding_str: the codec's tag, as in FiftyOne (ffprobe's ``codec_tag_string``)
        has_audio: whether there is an audio stream
        action: how the pictures were made: ``copy``, ``cut`` (a shorter copy) or ``encode``
        source_duration: of the source's video, in seconds, None if its header does not say
        finest: the shortest span, in seconds, that its rate should give a frame; None if it was
            not given
        source_seconds: wall time in seconds, by step (probe, make, verify)
        warnings: what was repaired or left out
    """

    path: Path
    frame_rate: Fraction
    total_frame_count: int
    duration: float
    frame_width: int
    frame_height: int
    size_bytes: int
    mime_type: str
    encoding_str: str
    has_audio: bool
    action: str
    source_duration: float | None = None
    finest: float | None = None
    source_seconds: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def to_row(self) -> dict[str, Any]:
        """Returns the clip as JSON values, its ``frame_rate`` as ``30000/1001``."""
        row = {f.name: getattr(self, f.name) for f in fields(self)}
        row["path"] = str(self.path)
        row["frame_rate"] = f"{self.frame_rate.numerator}/{self.frame_rate.denominator}"
        row["source_seconds"] = dict(self.source_seconds)
        row["warnings"] = list(self.warnings)
        return row

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Clip:
        """Builds a clip from :meth:`to_row`'s values; unknown keys are ignored.

        Raises:
            KeyError: if a required key is missing
            ValueError: if the frame rate is invalid
        """
        values = {f.name: row[f.name] for f in fields(cls) if f.name in row}
        values["path"] = Path(row["path"])
        values["frame_rate"] = Fraction(row["frame_rate"])
        values["source_seconds"] = dict(values.get("source_seconds") or {})
        values["warnings"] = tuple(values.get("warnings") or ())
        try:
            return cls(**values)
        except TypeError as e:
            raise KeyError(f"no clip in this row: {e}") from None
