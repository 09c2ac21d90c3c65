"""Builds the ffmpeg command lines that make clips."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from .abilities import supports_linked_graphs
from .colours import LIMITED
from .ffmpeg import ffmpeg_exe
from .filters import FilterStream, constant_rate, filter_pictures, filter_sound
from .media import ClipSettings, RemoteVideo, Source, input_options, url
from .plan import ClipPlan
from .probe import SourceProbe

#: The longest interval between key frames, in seconds. It bounds what a player decodes for a seek;
#: x264's default of 250 frames takes up to ten seconds.
KEY_FRAME_SECONDS = 2

_FILTER = re.compile(r"\](\w+)")


def encode_command(
    source: Source,
    target: Path,
    probe: SourceProbe,
    plan: ClipPlan,
    settings: ClipSettings,
    audio: bool = True,
) -> list[str]:
    """Returns the command that encodes a clip.

    Args:
        source: the video
        target: the clip's path; overwritten
        probe: the source's header
        plan: the clip's plan
        settings: the clip's settings
        audio: whether to include the sound, if there is any
    """
    media, sound = _inputs(source, probe, settings, audio)
    streams = [filter_pictures(media[str(probe.video_index)], probe, plan, settings)]
    options: dict[str, Any] = {
        "c:v": "libx264",
        "preset": settings.preset,
        "crf": settings.crf,
        "profile:v": "high10" if plan.clip_colours.is_hdr else "high",
        "pix_fmt": plan.pix_fmt,
        "g": max(1, round(KEY_FRAME_SECONDS * plan.rate)),
        "threads:v": settings.threads,
    }
    if audio and probe.audio_index is not None:
        streams.append(filter_sound(sound[str(probe.audio_index)], probe))
        options |= _SOUND_OPTIONS
    return _command(streams, target, plan.limit, plan, settings, options)


def copy_command(
    source: Source,
    target: Path,
    probe: SourceProbe,
    plan: ClipPlan,
    settings: ClipSettings,
    frames: int,
    audio: bool = True,
) -> list[str]:
    """Returns the command that copies the first packets of a source's video into a clip.

    Sound that is not AAC in mono or stereo is encoded. Nearly square pixels become square in the
    bitstream (:mod:`.mp4_boxes` does the same for the container). Colour tags are added.

    Args:
        source: the video
        target: the clip's path; overwritten
        probe: the source's header
        plan: the clip's plan
        settings: the clip's settings
        frames: number of video packets to copy
        audio: whether to include the sound, if there is any
    """
    media, sound = _inputs(source, probe, settings, audio)
    streams = [media[str(probe.video_index)]]
    options: dict[str, Any] = {"c:v": "copy"}
    rewritten: dict[str, object] = {}
    if probe.sar != 1:
        rewritten["sample_aspect_ratio"] = "1/1"
    if (probe.tags, probe.range) != (plan.clip_colours, LIMITED):
        if not probe.untagged:  # a bitstream filter parses every packet: 0.1 s for 90 s of 4 Mbit/s
            names = "colour_primaries", "transfer_characteristics", "matrix_coefficients"
            rewritten |= dict(zip(names, plan.clip_colours, strict=True))
            rewritten["video_full_range_flag"] = 0
        # In the container, too: players use its tags where the bitstream has none.
        names = "color_primaries", "color_trc", "colorspace"
        options |= dict(zip(names, plan.clip_colours, strict=True)) | {"color_range": LIMITED}
    if rewritten:
        words = (f"{name}={value}" for name, value in rewritten.items())
        options["bsf:v"] = f"h264_metadata={':'.join(words)}"
    if audio and probe.audio_index is not None:
        stream = sound[str(probe.audio_index)]
        if plan.copy_audio:
            streams.append(stream)
            options["c:a"] = "copy"
        else:
            streams.append(filter_sound(stream, probe))
            options |= _SOUND_OPTIONS
    return _command(streams, target, frames, plan, settings, options)


def sample_command(
    source: Path,
    probe: SourceProbe,
    rate: Fraction,
    every: int,
    size: tuple[int, int],
    crop: bool,
    seconds: float | None = None,
    threads: int = 1,
) -> list[str]:
    """Returns the command that writes every n-th frame to its output, raw and downscaled.

    Args:
        source: the video
        probe: its header
        rate: the constant rate of the frames before sampling, as in a clip
        every: the sampling interval, from the first frame
        size: the frames' height and width, in pixels
        crop: whether to crop frames to the aspect ratio of ``size`` instead of squeezing them
        seconds: where to stop; None for the end
        threads: the number of ffmpeg's threads
    """
    settings = ClipSettings(threads=threads)
    video = _input(source, probe.silent_shift, settings, probe.opened)[str(probe.video_index)]
    video = constant_rate(video, rate).filter("select", f"not(mod(n,{every}))")
    wanted: dict[str, Any] = {"w": size[1], "h": size[0], "flags": "area"}
    if crop:
        wanted["force_original_aspect_ratio"] = "increase"
    video = video.filter("scale", **wanted)
    if crop:
        video = video.filter("crop", size[1], size[0])
    limit = {} if seconds is None else {"t": f"{seconds:.6f}"}
    output = ffmpeg.output(
        video, "pipe:1", format="rawvideo", pix_fmt="rgb24", fps_mode="passthrough", **limit
    )
    return _compiled(output, threads)


def sound_command(source: Path, probe: SourceProbe, rate: int) -> list[str]:
    """Returns the command that writes the sound to its output: mono, 16 bits, from second 0 on.

    Args:
        source: the video
        probe: its header, with an ``audio_index``
        rate: samples per second
    """
    settings = ClipSettings(threads=1)
    sound = _input(source, probe.shift, settings, probe.opened)[str(probe.audio_index)]
    sound = sound.filter("aresample", rate, **{"async": 1, "first_pts": 0})
    output = ffmpeg.output(sound, "pipe:1", format="s16le", ac=1)
    return _compiled(output, 1)


_SOUND_OPTIONS = {"c:a": "aac", "b:a": "128k"}


def _inputs(
    source: Source, probe: SourceProbe, settings: ClipSettings, audio: bool
) -> tuple[FilterStream, FilterStream]:
    """Returns the inputs of the pictures and of the sound, which are mostly the same."""
    shift = probe.shift if audio else probe.silent_shift
    pictures = _input(source, shift, settings, probe.opened)
    if not probe.audio_separate:
        return pictures, pictures
    assert isinstance(source, RemoteVideo) and source.sound is not None
    sound = replace(source, pictures=source.sound)
    return pictures, _input(sound, probe.audio_shift, settings)


def _input(
    source: Source, shift: float, settings: ClipSettings, opened: float | None = None
) -> FilterStream:
    options: dict[str, Any] = dict(input_options(source))
    options["threads"] = settings.threads
    # Where pictures change size, keep the filters: scale adapts, and the frame count continues.
    options["reinit_filter:v"] = 0
    if opened is not None:
        # Versions before 8 differ on a container's start: leave it in the timestamps.
        options["seek_timestamp"] = 1
        shift -= opened
    if shift:
        options["itsoffset"] = f"{shift:.6f}"
    return ffmpeg.input(url(source), **options)


def _command(
    streams: list[FilterStream],
    target: Path,
    frames: int,
    plan: ClipPlan,
    settings: ClipSettings,
    options: dict[str, Any],
) -> list[str]:
    # If the video is known to end before the limit, cut the sound there too.
    length = min(frames, plan.expected) if plan.ends and plan.expected else frames
    chained = plan.sound_changes and supports_linked_graphs()
    if not chained:
        options = {"frames:v": frames, **options}
    output = ffmpeg.output(
        *streams,
        url(target),
        format="mp4",
        movflags="+faststart",
        map_metadata=-1,
        map_chapters=-1,
        max_muxing_queue_size=9999,
        video_track_timescale=timescale(plan.rate),
        t=f"{math.ceil(length / plan.rate * 1_000_000) / 1_000_000:.6f}",
        **options,
    )
    command = _compiled(output.overwrite_output(), settings.threads)
    return _graphs_apart(command, chained)


def _compiled(output: FilterStream, threads: int) -> list[str]:
    start = [ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error"]
    start += ["-filter_threads", str(threads), "-filter_complex_threads", str(threads)]
    return list(ffmpeg.compile(output, cmd=start))


def _graphs_apart(command: list[str], chained: bool) -> list[str]:
    """Splits the graph into one for the pictures and one for the sound, or two if ``chained``.

    Where the sound's format changes, ffmpeg restarts the whole graph that the sound is in, and with
    it the frame count of the pictures and the silence before the sound. Only sound that is known to
    change gets chained graphs, as ffmpeg 9.0 hangs in some runs with them; with ``-frames:v`` as
    well, in one of four.
    """
    if "-filter_complex" not in command:
        return command
    at = command.index("-filter_complex")
    graphs: dict[str, list[str]] = {}
    for part in command[at + 1].split(";"):
        found = _FILTER.search(part)
        assert found is not None
        name = found[1] if found[1] in ("aformat", "aresample") else "pictures"
        graphs.setdefault(name if chained or name == "pictures" else "sound", []).append(part)
    apart = [word for parts in graphs.values() for word in ("-filter_complex", ";".join(parts))]
    return command[:at] + apart + command[at + 2 :]


def timescale(rate: Fraction) -> int:
    """Returns a time base, in ticks per second, where every frame starts on a tick."""
    ticks = rate.numerator
    while ticks < 10_000:
        ticks *= 2
    return ticks
