"""Small videos for the tests of the clip stage: numbered frames, and whatever ffmpeg can make."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from fiftyone_action100m.converters.clips.ffmpeg import ffmpeg_exe
from shared import made_once

BITS = 10
CELL = 16


def ffmpeg(*arguments: object) -> None:
    """Runs ffmpeg quietly and asserts that it succeeds."""
    command = [ffmpeg_exe(), "-y", "-nostdin", "-v", "error", *map(str, arguments)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def pattern(path: Path, source: str, *options: object, audio: str | None = None) -> Path:
    """Makes a video of a lavfi source, with a lavfi sound if one is given; once for the run."""
    inputs: list[object] = ["-f", "lavfi", "-i", source]
    if audio:
        inputs += ["-f", "lavfi", "-i", audio]
    key = [ffmpeg_exe(), *map(str, (*inputs, *options))]
    if any("/" in word and "=" not in word for word in key[1:]):  # it may read another file
        ffmpeg(*inputs, *options, path)
        return path
    return made_once(path, key, lambda to: ffmpeg(*inputs, *options, to))


def h264(
    path: Path,
    seconds: float = 3,
    rate: str = "30",
    size: str = "160x120",
    audio: str | None = None,
    options: Sequence[object] = (),
) -> Path:
    """Makes a video that complies with every rule of a clip, unless the options say otherwise."""
    return pattern(
        path,
        f"testsrc2=s={size}:r={rate}:d={seconds}",
        "-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-c:a", "aac", *options,
        audio=audio,
    )  # fmt: skip


def long_video(path: Path, seconds: int, *options: object) -> Path:
    """Makes a video of 900 kbit/s, silent: half a minute is encoded, the rest repeats it.

    Args:
        path: where to
        seconds: how long, a multiple of 30
        options: of the encoder; those of the container's, too
    """
    part = pattern(
        path.with_name(f"part-of-{path.stem}.mp4"), "testsrc2=s=320x240:r=25:d=30", *options,
        "-preset", "ultrafast", "-b:v", "900k", "-minrate", "800k", "-maxrate", "1000k",
        "-bufsize", "2M", "-pix_fmt", "yuv420p", "-bf", 0,
    )  # fmt: skip
    silence = f"anullsrc=r=16000:cl=mono:d={seconds}"
    sound = pattern(path.with_name("sound.m4a"), silence, "-c:a", "aac", "-aac_coder", "fast")
    ffmpeg("-stream_loop", seconds // 30 - 1, "-i", part, "-i", sound, *options, "-c", "copy", path)
    part.unlink()
    sound.unlink()
    return path


def numbered(
    path: Path,
    times: Sequence[Fraction],
    time_base: Fraction = Fraction(1, 90_000),
    rate: Fraction | None = None,
    codec: str = "mpeg4",
    options: dict[str, str] | None = None,
) -> Path:
    """Writes a video whose frame i shows i as bright and dark cells, at the given seconds."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate or 30, options=options or {})
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = BITS * CELL, 4 * CELL, "yuv420p"
        stream.codec_context.time_base = time_base
        stream.codec_context.gop_size = 12
        stream.time_base = time_base
        for number, seconds in enumerate(times):
            bits = [(number >> bit) & 1 for bit in range(BITS)]
            row = np.repeat(np.array(bits, dtype=np.uint8) * 200 + 20, CELL)
            picture = np.full((6 * CELL, BITS * CELL), 128, dtype=np.uint8)
            picture[: 4 * CELL] = row
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts = round(seconds / time_base)
            frame.time_base = time_base
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def read_numbers(path: Path) -> list[int]:
    """Returns the number that each frame of a clip of :func:`numbered` shows."""
    numbers = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            picture = frame.to_ndarray(format="gray")
            row = picture[picture.shape[0] // 2]
            cells = [row[int((i + 0.5) * len(row) / BITS)] for i in range(BITS)]
            numbers.append(sum(int(cell > 128) << bit for bit, cell in enumerate(cells)))
    return numbers
