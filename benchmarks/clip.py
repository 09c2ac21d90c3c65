"""The cost of a clip: ours, a bare ffmpeg command with the same settings, and a stream copy."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from fiftyone_action100m.converters.clips.ffmpeg import ffmpeg_exe
from fiftyone_action100m.converters.clips.make import make_clip
from fiftyone_action100m.converters.clips.media import ClipSettings
from fiftyone_action100m.converters.clips.probe import probe
from measure import Usage, alternating, measured, median, ratio, spread, table

ENCODE = "ours, a source that must be encoded"
BARE = "bare ffmpeg, the same settings"
COPY = "ours, a source that complies"
BARE_COPY = "bare ffmpeg, -c copy"

RATE = "30000/1001"
_PROBES = 20


def run(folder: Path, seconds: int, repeat: int) -> None:
    """Measures and prints one table.

    Args:
        folder: for the sources and the clips
        seconds: length of the sources
        repeat: number of rounds
    """
    settings = ClipSettings(threads=1)
    large, small = folder / "large.mp4", folder / "small.mp4"
    _write_source(large, seconds, "1280x720")
    _write_source(small, seconds, "854x480")
    target = folder / "clip.mp4"
    bare, copied = _bare(large, target, settings), _bare_copy(small, target, settings)
    ways: list[tuple[str, Callable[[], Usage]]] = [
        (ENCODE, partial(_ours, large, target, settings, "encode")),
        (BARE, partial(_run, bare)),
        (COPY, partial(_ours, small, target, settings, "copy")),
        (BARE_COPY, partial(_run, copied)),
    ]
    results = alternating(ways, repeat)
    rows = [
        (name, spread([u.cpu for u in usages], 3), spread([u.wall for u in usages], 3))
        for name, usages in results.items()
    ]
    table(f"Clip of {seconds} s of noise, one thread", ("", "CPU s", "wall s"), rows)

    def cpu(name: str) -> float:
        return median([u.cpu for u in results[name]])

    more = 100 * (cpu(ENCODE) / cpu(BARE) - 1)
    ratio("ours : bare ffmpeg, CPU", f"{more:+.1f} %", "within 3 %")
    ratio("an encode : ours where the source complies, CPU", f"{cpu(BARE) / cpu(COPY):.0f}x", "-")
    beyond = 1000 * (cpu(COPY) - cpu(BARE_COPY))
    ratio("ours - stream copy, CPU", f"{beyond:.0f} ms", "-")
    ratio("a probe, CPU", f"{_probe_ms(large):.1f} ms", "-")


def _ours(source: Path, target: Path, settings: ClipSettings, action: str) -> Usage:
    with measured() as usage:
        clip = make_clip(source, target, settings)
    if clip.action != action:
        raise RuntimeError(f"{source} was made by {clip.action}, not by {action}")
    return usage


def _run(command: list[str]) -> Usage:
    with measured() as usage:
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return usage


def _probe_ms(source: Path) -> float:
    times = []
    for _ in range(_PROBES):
        begun = time.process_time()
        probe(source)
        times.append(1000 * (time.process_time() - begun))
    return median(times)


def _ffmpeg(*arguments: object) -> list[str]:
    return [ffmpeg_exe(), "-nostdin", "-v", "error", "-y", *map(str, arguments)]


def _bare(source: Path, target: Path, settings: ClipSettings) -> list[str]:
    """Returns the command that a person would type, with our settings."""
    return _ffmpeg(
        "-filter_threads", settings.threads, "-threads", settings.threads, "-i", source,
        "-t", settings.clip_seconds,
        "-vf", f"scale=-2:{settings.max_height},fps={RATE},format=yuv420p",
        "-c:v", "libx264", "-preset", settings.preset, "-crf", settings.crf, "-g", 60,
        "-threads:v", settings.threads, "-c:a", "aac", "-b:a", "128k",
        "-movflags", "+faststart", target,
    )  # fmt: skip


def _bare_copy(source: Path, target: Path, settings: ClipSettings) -> list[str]:
    return _ffmpeg(
        "-i", source, "-t", settings.clip_seconds, "-c", "copy", "-movflags", "+faststart", target
    )


def _write_source(path: Path, seconds: int, size: str) -> None:
    """Writes noise at the bit rate of a published video of this size."""
    picture = f"testsrc2=s={size}:r={RATE}:d={seconds},noise=alls=12:allf=t,format=yuv420p"
    command = _ffmpeg(
        "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=d={seconds}:r=48000",
        "-c:v", "libx264", "-preset", "superfast", "-b:v", "4M", "-bf", 0,
        "-c:a", "aac", "-ac", 2, path,
    )  # fmt: skip
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
