"""Decides what a clip is to be, from its source's header: rate, frames, and copy or encode."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ...core import frames
from .abilities import supports_tone_mapping
from .colours import FULL, Colours, colours_of_clip, fill_colours
from .media import Clip, ClipSettings
from .probe import AGREED, HELD, MEASURED, SourceProbe

#: What a source without any rate in its header gets.
DEFAULT_RATE = Fraction(30)

#: The fewest pictures a second that a clip has, so that a quarter of a second is never without one.
LEAST_RATE = Fraction(4)

#: How far the average may be from the rate of a constant-rate source: its last frame may be long.
_CONSTANT = Fraction(1, 1000)

#: Containers whose header counts the frames, so that its rates are no estimates.
_COUNTED = frozenset({"mov", "avi"})

#: Containers that set a stream's parameters once: its size cannot change on the way.
_COPIED = frozenset({"mov", "matroska", "flv"})

#: How far from square a copied source's pixels may be. Rounding 853.3 columns to 854 gives
#: 1280:1281, which many 480-line files of 16:9 declare; a copy of them is declared square.
SQUARE = Fraction(1, 200)

_LACKS = "this ffmpeg has no filters zscale and tonemap"

#: H.264 profiles that every browser decodes.
_PROFILES = frozenset({"Constrained Baseline", "Baseline", "Main", "High"})


@dataclass(frozen=True)
class ClipPlan:
    """What a clip is to be.

    Attributes:
        rate: its frame rate
        limit: the most frames it may have
        expected: the frames that the source's header promises for it, None if it does not say
        exact: whether the header speaks of the video itself, not of the longest stream
        ends: whether it is known where the clip ends, from the header or from the packets
        held: how long the last picture stays after the pictures have ended, in seconds
        obstacle: why the source's pictures cannot be copied, None if they can
        copy_audio: whether its sound can be
        sound_changes: whether its sound is known to change its format on the way
        colours: those of its source
        clip_colours: its own
        tone_map: whether HDR becomes SDR
        warnings: what cannot be done right
    """

    rate: Fraction
    limit: int
    expected: int | None
    exact: bool
    ends: bool
    held: float
    obstacle: str | None
    copy_audio: bool
    sound_changes: bool = field(default=False, kw_only=True)
    colours: Colours
    clip_colours: Colours
    tone_map: bool
    warnings: tuple[str, ...] = ()

    @property
    def pix_fmt(self) -> str:
        """The pixel format of an encoded clip: of ten bits for HDR."""
        return "yuv420p10le" if self.clip_colours.is_hdr else "yuv420p"

    @property
    def needs_zscale(self) -> bool:
        """Whether the colours take a filter that not every ffmpeg has."""
        return self.tone_map or not self.colours.is_scaled


def plan_clip(source: SourceProbe, settings: ClipSettings, finest: float | None = None) -> ClipPlan:
    """Plans the clip of a source.

    Args:
        source: its header
        settings: how clips are made
        finest: the shortest span that should have a frame, in seconds
    """
    rate = raised_rate(output_rate(source, settings.max_fps), settings.max_fps, finest)
    limit = max(1, frames.frame_count(settings.clip_seconds, rate))
    expected = None
    held = _held(source, settings)
    if source.end is not None:
        expected = min(limit, max(1, frames.frame_count(source.end + held, rate)))
    colours = fill_colours(source.tags, source.pix_fmt, source.height)
    to_sdr = colours.is_hdr and settings.hdr != "keep"
    clip_colours = colours_of_clip(colours, to_sdr)
    plan = ClipPlan(
        rate=rate,
        limit=limit,
        expected=expected,
        exact=source.end_known == AGREED,
        ends=source.end_known in (AGREED, MEASURED),
        held=held,
        obstacle=f"the last picture stays for {held:.2f} s"
        if held
        else _obstacle(source, settings, rate) or _other_colours(source, colours, clip_colours),
        copy_audio=source.audio_codec == "aac" and source.audio_channels <= 2,
        colours=colours,
        clip_colours=clip_colours,
        tone_map=to_sdr,
    )
    return (
        without_zscale(plan, _LACKS) if plan.needs_zscale and not supports_tone_mapping() else plan
    )


def without_zscale(plan: ClipPlan, why: str) -> ClipPlan:
    """Returns a plan without colours that take ``zscale``: HDR stays HDR, a rare matrix is ignored.

    Args:
        plan: another one
        why: what the warning says
    """
    matrix = colours_of_clip(plan.colours, tone_mapped=False).matrix
    colours = plan.colours._replace(matrix=matrix)
    what = "HDR was not made SDR" if plan.tone_map else "the colours are not right"
    return replace(
        plan,
        colours=colours,
        clip_colours=colours_of_clip(colours, tone_mapped=False),
        tone_map=False,
        warnings=(*plan.warnings, f"{what}: {why}"),
    )


def _other_colours(source: SourceProbe, colours: Colours, clip_colours: Colours) -> str | None:
    if source.range == FULL:
        return "its range is full"
    return "its colours must be converted" if colours != clip_colours else None


def _held(source: SourceProbe, settings: ClipSettings) -> float:
    """Returns how long the last picture is seen in the clip after its own time, in seconds."""
    if source.end_known != MEASURED or source.end is None or source.whole_end is None:
        return 0.0
    held = min(source.whole_end, settings.clip_seconds) - source.end
    return held if held > HELD else 0.0


def output_rate(source: SourceProbe, max_fps: int) -> Fraction:
    """Returns the constant rate that a source's frames are put on.

    That of a constant-rate source is kept, or divided by a whole number to come under ``max_fps``.
    A variable rate becomes the lowest rate that holds every frame's time if libav found one, else
    the lowest standard rate that is not below the average, else ``max_fps``.
    """
    cap = Fraction(max_fps)
    average = source.average_rate or source.base_rate
    base = source.base_rate or average
    if average is None or base is None:
        return min(DEFAULT_RATE, cap)
    steady = abs(base - average) <= base * Fraction(1, 100)
    if not steady and not average <= base <= cap:
        base = None
    if base is not None and (source.container in _COUNTED or _is_usual(base)):
        rate = _snap(base)
        return rate / max(1, math.ceil(rate / cap))
    lowest = average * (1 - _CONSTANT)
    return min(next((rate for rate in frames.STANDARD_RATES if rate >= lowest), cap), cap)


def raised_rate(rate: Fraction, max_fps: int, finest: float | None) -> Fraction:
    """Returns a slow source's rate times the lowest whole number that gives short spans a frame.

    Each picture is repeated as often, so that none moves. No rate is raised that is a usual one:
    what is too short for that is left without a frame.

    Args:
        rate: the source's rate
        max_fps: what the result does not exceed
        finest: the shortest span that should have a frame, in seconds
    """
    wanted = max(LEAST_RATE, 1 / Fraction(finest)) if finest else LEAST_RATE
    most = max(1, max_fps // rate)
    return rate * min(most, max(1, math.ceil(min(wanted, frames.SLOW) / rate)))


def is_fine_enough(clip: Clip, finest: float | None) -> bool:
    """Tells whether a clip has the rate that a new one for these spans would have."""
    if clip.frame_rate >= frames.SLOW:
        return True
    return clip.finest is not None and (finest is None or clip.finest <= finest)


def _is_usual(rate: Fraction) -> bool:
    """Tells 25, 12.5 or 15000/1001 from the 405/61 that comes of averaging a few packets."""
    return any((2 * _snap(rate) * ntsc).denominator == 1 for ntsc in (1, Fraction(1001, 1000)))


def _snap(rate: Fraction) -> Fraction:
    """Takes a header's 2997/100 for the 30000/1001 that it means."""
    exact = frames.exact_rate(float(rate))
    return exact if abs(exact - rate) <= rate * Fraction(1, 50_000) else rate


def _obstacle(source: SourceProbe, settings: ClipSettings, rate: Fraction) -> str | None:
    """Names the first thing in a header that rules a copy out.

    What no header says (a rotation, a jitter, a gap) the check of the copy finds.
    """
    average, base = source.average_rate, source.base_rate
    constant = average is not None and base is not None and abs(average - base) <= base * _CONSTANT
    conditions = (
        (source.container not in _COPIED, f"the container is {source.container}"),
        (source.codec != "h264", f"the codec is {source.codec}"),
        (source.pix_fmt != "yuv420p", f"the pixel format is {source.pix_fmt}"),
        (source.profile not in _PROFILES, f"the profile is {source.profile}"),
        (source.height > settings.max_height, f"the height is {source.height}"),
        (source.width % 2 or source.height % 2, "the size is odd"),
        (abs(source.sar - 1) > SQUARE, f"the aspect ratio of a pixel is {source.sar}"),
        (source.interlaced, "it is interlaced"),
        (not constant, "the rate is not constant"),
        (base is None or abs(rate - base) > base * _CONSTANT, f"the rate is {base}"),
        (abs(source.start * rate) > 0.01, f"the video starts at {source.start:.3f} s"),
    )
    return next((text for holds, text in conditions if holds), None)
