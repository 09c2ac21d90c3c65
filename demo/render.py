"""Renders a record as a video that shows its annotation.

Pictures are piped into ffmpeg: raw at a constant rate, or as a NUT stream with a time for each
picture where the rate varies.
"""

from __future__ import annotations

import os
import random
import secrets
import subprocess
import tempfile
import threading
import wave
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, NamedTuple

import av
import numpy as np

from ..converters.clips.ffmpeg import ffmpeg_exe, launcher
from ..core.frames import Rate, boundary, exact_rate, frame_count
from ..core.times import ClipSeconds
from .palette import leaves_of
from .picture import Picture, Pictures

#: Ticks per second in files of variable rate: fine enough that no leaf's start, a float32 near a
#: hundredth of a second, moves across a frame's centre at any usual rate.
TICKS = 90_000

_VIDEO_OPTIONS = {
    "libx264": ("-preset", "veryfast", "-crf", "20"),
    "libvpx-vp9": ("-deadline", "realtime", "-cpu-used", "8", "-crf", "32", "-b:v", "0"),
}
#: BT.601, limited range: what players assume of a small video without colour information.
_COLOURS = (
    "-vf", "scale=out_color_matrix=smpte170m:out_range=tv,format=yuv420p",
    "-color_range", "tv", "-colorspace", "smpte170m",
    "-color_primaries", "smpte170m", "-color_trc", "smpte170m",
)  # fmt: skip
_SAMPLE_RATE = 48_000
_SCALE = (0, 2, 4, 7, 9, 12, 14, 16)


class RenderError(RuntimeError):
    """A video that could not be rendered, with ffmpeg's message."""


class _Shown(NamedTuple):
    """A frame to draw: its leaf, and its time in seconds and in :data:`TICKS` or frames."""

    leaf: int
    seconds: Fraction
    time: int


def render(
    record: Mapping[str, Any],
    path: str | Path,
    *,
    fps: Rate = "30",
    size: tuple[int, int] = (640, 360),
    codec: str = "libx264",
    variable_rate: bool = False,
    audio: bool = True,
    seconds: float | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Renders a record as a video.

    At a constant rate, a frame shows the leaf that contains its centre, by the rule of
    :mod:`..core.frames`. At a variable rate, frames are at the start of each leaf and irregularly
    in between, so that a conversion to a constant rate by the nearest frame (ffmpeg's ``fps``
    filter) shows each leaf on the frames that the same rule gives it.

    Args:
        record: the record, in the schema of :mod:`..core.schema`
        path: the video; its suffix chooses the container. It is written under another name and
            then renamed
        fps: the frame rate, or about the mean one where it varies
        size: width and height in pixels, both even
        codec: ffmpeg's encoder, ``libx264`` or ``libvpx-vp9``
        variable_rate: whether to write frames at irregular times
        audio: whether to add a soft tone at the start of each leaf
        seconds: the duration; by default that of the tree
        stop: when set by another thread, the rendering is abandoned

    Returns:
        the number of frames

    Raises:
        RenderError: if ffmpeg fails, or ``stop`` was set
        ValueError: if the size, rate or codec is not supported
    """
    path = Path(path)
    rate = exact_rate(fps)
    if codec not in _VIDEO_OPTIONS:
        raise ValueError(f"unknown codec {codec!r}: choose from {', '.join(_VIDEO_OPTIONS)}")
    leaves = leaves_of(record)
    end = leaves[-1]["end"] if seconds is None else min(seconds, leaves[-1]["end"])
    starts = [leaf["start"] for leaf in leaves]
    if variable_rate:
        shown = _irregular(starts, end, rate, f"rate {record['video_uid']}")
        pipe, timed, label = ["-f", "nut"], [*_timed(rate)], "variable fps"
    else:
        shown = _regular(starts, end, rate)
        pipe, timed, label = [*_raw(size, rate)], [], f"{float(rate):.4g} fps"
    token = f"{os.getpid()}-{secrets.token_hex(4)}"  # not that of an orphaned ffmpeg
    partial = path.with_name(f".{path.stem}.{token}.part{path.suffix}")
    try:
        with tempfile.TemporaryDirectory(prefix="action100m-demo-") as folder:
            sound = Path(folder) / "sound.wav" if audio else None
            if sound is not None:
                _write_sound(sound, starts, end)
            command = _command(pipe, sound, (*_video_options(codec, rate), *timed), partial)
            pictures = Pictures(record, size, label)
            count = _encode(command, pictures, _until_stopped(stop, shown), variable_rate)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return count


def _command(
    pipe: Sequence[str], sound: Path | None, video: Sequence[str], path: Path
) -> list[str]:
    """Returns the ffmpeg command that reads pictures from a pipe.

    Args:
        pipe: options of the pictures
        sound: the WAV file
        video: options of the encoded pictures
        path: the video to write
    """
    return [
        *(ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error", "-y"),
        *(*pipe, "-i", "pipe:0"),
        *(("-i", str(sound), "-c:a", _audio_codec(path)) if sound else ()),
        *video,
        *(("-video_track_timescale", str(TICKS)) if path.suffix in (".mp4", ".mov") else ()),
        *("-movflags", "+faststart", "-bitexact", str(path)),
    ]


def _video_options(codec: str, rate: Fraction) -> tuple[str, ...]:
    each = str(max(round(rate * 2), 1))  # pictures from one keyframe to the next
    return ("-c:v", codec, *_VIDEO_OPTIONS[codec], "-threads", "1", *_COLOURS, "-g", each)


def _raw(size: tuple[int, int], rate: Fraction) -> tuple[str, ...]:
    return (
        *("-f", "rawvideo", "-pixel_format", "rgb24"),
        *("-video_size", f"{size[0]}x{size[1]}", "-framerate", str(rate)),
    )


def _timed(rate: Fraction) -> tuple[str, ...]:
    """Returns options that keep each picture's time, and set the duration of the last one.

    Without B-frames, the last picture is written last.
    """
    return (
        *("-fps_mode", "passthrough", "-enc_time_base", f"1/{TICKS}"),
        *("-bf", "0", "-bsf:v", f"setts=duration={_closing(rate)}"),
    )


def _audio_codec(path: Path) -> str:
    return "libopus" if path.suffix == ".webm" else "aac"


def _regular(starts: list[float], end: float, rate: Fraction) -> Iterator[_Shown]:
    """Yields the frames of a constant rate."""
    firsts = [boundary(ClipSeconds(start), rate) for start in starts]
    leaf = 0
    for i in range(frame_count(end, rate)):
        while leaf + 1 < len(firsts) and firsts[leaf + 1] <= i:
            leaf += 1
        yield _Shown(leaf, i / rate, i)


def _irregular(starts: list[float], end: float, rate: Fraction, seed: str) -> Iterator[_Shown]:
    """Yields frames at each leaf's start and at uneven times in between.

    Times are rounded down to ticks, so that a start just before a frame's centre stays before it.
    The last frame starts :func:`_closing` ticks before the end.
    """
    rng = random.Random(seed)
    usual = int(TICKS / rate)
    shortest = _closing(rate)
    until = int(Fraction(end) * TICKS)
    cuts = [int(Fraction(start) * TICKS) for start in starts if start < end]
    for leaf, (cut, next_cut) in enumerate(pairwise([*cuts, until])):
        times = [cut]
        while (time := times[-1] + rng.randint(usual // 2, usual * 3 // 2)) < next_cut - shortest:
            times.append(time)
        if next_cut == until:
            times = [cut, *(t for t in times[1:] if t < until - 2 * shortest)]
            times += [until - shortest] if until - shortest > cut else []
        for time in times:
            yield _Shown(leaf, Fraction(time, TICKS), time)


def _until_stopped(stop: threading.Event | None, shown: Iterator[_Shown]) -> Iterator[_Shown]:
    for frame in shown:
        if stop is not None and stop.is_set():
            raise RenderError("the rendering was stopped")
        yield frame


def _closing(rate: Fraction) -> int:
    """Returns the duration of the last frame in ticks, where the rate varies."""
    return int(TICKS / rate / 3)


def _encode(command: list[str], pictures: Pictures, shown: Iterator[_Shown], timed: bool) -> int:
    """Runs ffmpeg and feeds it the pictures; returns their number."""
    with tempfile.TemporaryFile() as messages:
        process = subprocess.Popen(
            [*launcher(), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=messages,
            start_new_session=True,
        )
        assert process.stdin is not None
        count, broken = 0, None
        try:
            try:
                write = _write_timed if timed else _write_raw
                count = write(process.stdin, pictures, shown)
            except (OSError, av.error.FFmpegError) as error:
                broken = error  # usually because ffmpeg has ended, with a message
            with suppress(BrokenPipeError):
                process.stdin.close()
            code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            with suppress(BrokenPipeError):
                process.stdin.close()
        if code:
            messages.seek(0)
            tail = " ".join(messages.read().decode("utf-8", "replace").split())[-2000:]
            raise RenderError(f"ffmpeg ended with {code}: {tail}")
        if broken is not None:
            raise broken
    return count


def _write_raw(pipe: IO[bytes], pictures: Pictures, shown: Iterator[_Shown]) -> int:
    count = 0
    for count, frame in enumerate(shown, start=1):
        pipe.write(pictures.draw(frame.leaf, frame.seconds, count).data)
    return count


def _write_timed(pipe: IO[bytes], pictures: Pictures, shown: Iterator[_Shown]) -> int:
    count = 0
    with av.open(pipe, "w", format="nut") as container:
        stream = container.add_stream("rawvideo", rate=Fraction(TICKS))
        assert isinstance(stream, av.VideoStream)  # PyAV 17's types do not say so
        stream.width, stream.height = pictures.size
        stream.pix_fmt = "rgb24"
        stream.time_base = stream.codec_context.time_base = Fraction(1, TICKS)
        for count, frame in enumerate(shown, start=1):
            picture = _frame(pictures.draw(frame.leaf, frame.seconds, count), frame.time)
            for packet in stream.encode(picture):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    return count


def _frame(picture: Picture, time: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
    frame.pts = time
    frame.time_base = Fraction(1, TICKS)
    return frame


def _write_sound(path: Path, starts: list[float], end: float) -> None:
    """Writes a soft, decaying tone for each leaf as a WAV file."""
    samples = np.zeros(int(end * _SAMPLE_RATE), dtype=np.float32)
    ring = np.arange(int(0.6 * _SAMPLE_RATE), dtype=np.float32) / _SAMPLE_RATE
    envelope = np.minimum(ring / 0.01, 1) * np.exp(-ring / 0.15) * 0.06
    for i, start in enumerate(starts):
        at = int(start * _SAMPLE_RATE)
        pitch = 220 * 2 ** (_SCALE[i * 3 % len(_SCALE)] / 12)
        tone = np.sin(2 * np.pi * pitch * ring) * envelope
        place = samples[at : at + len(tone)]
        place += tone[: len(place)]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
