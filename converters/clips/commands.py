"""Builds the ffmpeg command lines that make clips."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import ffmpeg

from .abilities import supports_linked_graphs
from .colours import LIMITED, Colours, colours_of_clip
from .ffmpeg import ffmpeg_exe
from .media import ClipSettings, RemoteVideo, Source, input_options, url
from .plan import ClipPlan
from .probe import SourceProbe

#: A stream of ffmpeg-python, which has no types.
FilterStream: TypeAlias = Any

#: The longest interval between key frames, in seconds. It bounds what a player decodes for a seek;
#: x264's default of 250 frames takes up to ten seconds.
KEY_FRAME_SECONDS = 2

#: How far sound may be off its source's time before silence is inserted or sound dropped, in
#: seconds. Less may be rounding; ffmpeg's default of 0.1 s misses lost packets.
SOUND_TOLERANCE = 0.005

#: Options of ``scale`` for converting matrices: without ``_EXACT`` it is off by up to 6 of 255.
_MATRIX_NAMES = {1: "bt709", 5: "bt470", 6: "smpte170m", 9: "bt2020"}
_EXACT = {"flags": "bicubic+accurate_rnd+full_chroma_int+full_chroma_inp"}

#: The tone mapping: the luminance of linear light's 1, in cd/m2, and the peak relative to it. With
#: these values, greys are within 15 of 255 of Chromium's.
_WHITE, _PEAK = 140, 10

_AUDIO_RATES = frozenset({48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000})

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
    streams = [_pictures(media[str(probe.video_index)], probe, plan, settings)]
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
        streams.append(_sound(sound[str(probe.audio_index)], probe))
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
            streams.append(_sound(stream, probe))
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
    video = _constant_rate(video, rate).filter("select", f"not(mod(n,{every}))")
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
    start = [ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error"]
    start += ["-filter_threads", str(threads), "-filter_complex_threads", str(threads)]
    return list(ffmpeg.compile(output, cmd=start))


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
    start = [ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error"]
    return list(ffmpeg.compile(output, cmd=start))


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


def _pictures(
    video: FilterStream, probe: SourceProbe, plan: ClipPlan, settings: ClipSettings
) -> FilterStream:
    """Adds the filters: deinterlacing, size, colours, constant rate.

    ffmpeg applies a rotation before them, so the sizes in the expressions are upright.
    """
    video = _of_known_matrix(video, plan.colours)
    if probe.interlaced is not False:
        # bwdif fails if pictures change size; this scale keeps the first size, at no cost.
        video = video.filter("scale", w="iw", h="ih")
        video = video.filter("bwdif", mode="send_frame", deint="interlaced")
    fewer = probe.average_rate is not None and probe.average_rate > plan.rate
    if fewer:
        video = _constant_rate(video, plan.rate)
    height = f"max(2,trunc(min(ih,{settings.max_height})/2)*2)"
    size = {"w": f"max(2,round(iw*sar*{height}/ih/2)*2)", "h": height}
    video = _coloured(video, size, plan).filter("setsar", 1).filter("format", plan.pix_fmt)
    video = _tagged(video, plan.clip_colours, LIMITED)
    video = video if fewer else _constant_rate(video, plan.rate)
    if plan.held:
        held = f"{plan.held + float(1 / plan.rate):.6f}"
        video = video.filter("tpad", stop_mode="clone", stop_duration=held)
    return video


def _tagged(video: FilterStream, colours: Colours, range_: int | None = None) -> FilterStream:
    """Overrides the frames' colour tags; RGB gets no matrix."""
    tags = {"color_primaries": colours.primaries, "color_trc": colours.transfer}
    if colours.matrix:
        tags["colorspace"] = colours.matrix
    if range_ is not None:
        tags["range"] = range_
    return video.filter("setparams", **tags)


def _of_known_matrix(video: FilterStream, colours: Colours) -> FilterStream:
    """Tags the source's frames, and converts a matrix that ``scale`` does not support."""
    video = _tagged(video, colours)
    if colours.is_scaled:
        return video
    return video.filter("zscale", m=colours_of_clip(colours, tone_mapped=False).matrix)


def _coloured(video: FilterStream, size: dict[str, str], plan: ClipPlan) -> FilterStream:
    """Scales pictures and converts them to the clip's colours, in limited range."""
    source, clip = plan.colours, plan.clip_colours
    if plan.tone_map:
        video = video.filter("scale", **size)
        video = video.filter("zscale", t="linear", npl=_WHITE).filter("format", "gbrpf32le")
        video = video.filter("zscale", p=clip.primaries)
        video = video.filter("tonemap", tonemap="hable", desat=0, peak=_PEAK)
        video = video.filter("zscale", t=clip.transfer, m=clip.matrix, r="tv")
        return video.filter("sidedata", mode="delete")  # HDR metadata
    if source.matrix == clip.matrix or not source.is_scaled:
        return video.filter("scale", **size, out_range="tv")
    matrix = _MATRIX_NAMES[clip.matrix]
    return video.filter("scale", **size, **_EXACT, out_range="tv", out_color_matrix=matrix)


def _constant_rate(video: FilterStream, rate: Fraction) -> FilterStream:
    """Puts a frame of second s at number ``floor(s * rate + 1/2)``, as in ``core.frames``."""
    return video.filter("fps", fps=_ratio(rate), start_time=0, round="near")


def _sound(audio: FilterStream, probe: SourceProbe) -> FilterStream:
    """Puts sound on the clip's clock from 0 on, with silence where it starts late or is lost.

    It is converted to one format first, as the source's format may change.
    """
    audio = audio.filter(
        "aformat",
        sample_fmts="fltp",
        channel_layouts="mono" if probe.audio_channels == 1 else "stereo",
        sample_rates=probe.audio_rate if probe.audio_rate in _AUDIO_RATES else max(_AUDIO_RATES),
    )
    timing = {"async": 1, "first_pts": 0, "min_hard_comp": SOUND_TOLERANCE}
    return audio.filter("aresample", **timing)


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
    threads = str(settings.threads)
    start = [ffmpeg_exe(), "-nostdin", "-hide_banner", "-loglevel", "error"]
    start += ["-filter_threads", threads, "-filter_complex_threads", threads]
    command = list(ffmpeg.compile(output, cmd=start, overwrite_output=True))
    return _graphs_apart(command, chained)


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


def _ratio(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
