"""The ffmpeg filters that turn a source's pictures and sound into a clip's."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from .colours import LIMITED, Colours, colours_of_clip
from .media import ClipSettings
from .plan import ClipPlan
from .probe import SourceProbe

#: A stream of ffmpeg-python, which has no types.
FilterStream: TypeAlias = Any

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


def filter_pictures(
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
        video = constant_rate(video, plan.rate)
    height = f"max(2,trunc(min(ih,{settings.max_height})/2)*2)"
    size = {"w": f"max(2,round(iw*sar*{height}/ih/2)*2)", "h": height}
    video = _coloured(video, size, plan).filter("setsar", 1).filter("format", plan.pix_fmt)
    video = _tagged(video, plan.clip_colours, LIMITED)
    video = video if fewer else constant_rate(video, plan.rate)
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


def constant_rate(video: FilterStream, rate: Fraction) -> FilterStream:
    """Puts a frame of second s at number ``floor(s * rate + 1/2)``, as in ``core.frames``."""
    return video.filter("fps", fps=_ratio(rate), start_time=0, round="near")


def filter_sound(audio: FilterStream, probe: SourceProbe) -> FilterStream:
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


def _ratio(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
