"""Plans a clip from its source's header: rate, frames, colours, and copy or encode."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction

from ...core import frames
from .abilities import supports_tone_mapping
from .colours import FULL, Colours, colours_of_clip, fill_colours
from .media import Clip, ClipSettings
from .probe import CONSISTENT, HELD, MEASURED, SourceProbe

#: The rate of a clip whose source's header has none.
DEFAULT_RATE = Fraction(30)

#: The lowest rate of a clip, so that a quarter of a second always has a frame.
LEAST_RATE = Fraction(4)

#: How far the average may be off a constant rate: the last frame may be long.
_CONSTANT = Fraction(1, 1000)

#: Containers whose header counts the frames, so that their rates are exact.
_COUNTED = frozenset({"mov", "avi"})

#: Containers that set a stream's parameters once, so that its size cannot change.
_COPIED = frozenset({"mov", "matroska", "flv"})

#: How far from square the pixels of a copied source may be. Rounding 853.3 columns to 854 gives
#: 1280:1281, as many 16:9 files of 480 lines declare; their copy is declared square.
SQUARE = Fraction(1, 200)

_LACKS = "this ffmpeg has no filters zscale and tonemap"

#: H.264 profiles that every browser decodes.
_PROFILES = frozenset({"Constrained Baseline", "Baseline", "Main", "High"})


@dataclass(frozen=True)
class ClipPlan:
    """The plan of a clip.

    Attributes:
        rate: the clip's frame rate
        limit: its maximum number of frames
        expected: its number of frames by the source's header, None if unknown
        exact: whether that number is the video stream's, not the longest stream's
        ends: whether the clip's end is known, from the header or from the packets
        held: how long the last picture stays after the pictures have ended, in seconds
        obstacle: why the source's pictures cannot be copied, None if they can
        copy_audio: whether the sound can be copied
        sound_changes: whether the sound is known to change its format
        colours: the source's colours
        clip_colours: the clip's colours
        tone_map: whether HDR becomes SDR
        warnings: what cannot be done correctly
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
        """The pixel format of an encoded clip, with 10 bits for HDR."""
        return "yuv420p10le" if self.clip_colours.is_hdr else "yuv420p"

    @property
    def needs_zscale(self) -> bool:
        """Whether the colours need a filter that not every ffmpeg has."""
        return self.tone_map or not self.colours.is_scaled


def plan_clip(source: SourceProbe, settings: ClipSettings, finest: float | None = None) -> ClipPlan:
    """Plans the clip of a source.

    Args:
        source: its header
        settings: how clips are made
        finest: the shortest span that should have a frame, in seconds
    """
    rate = raised_rate(output_rate(source, settings.max_fps), settings.max_fps, finest)
    limit = max(1, frames.frame_count(settings.longest, rate))
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
        exact=source.end_known == CONSISTENT,
        ends=source.end_known in (CONSISTENT, MEASURED),
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
    """Returns a plan that needs no ``zscale``: HDR stays HDR, a rare matrix is ignored.

    Args:
        plan: the plan to change
        why: the reason, for the warning
    """
    matrix = colours_of_clip(plan.colours, tone_mapped=False).matrix
    colours = plan.colours._replace(matrix=matrix)
    what = "HDR was not converted to SDR" if plan.tone_map else "the colours are wrong"
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
    """Returns how long the clip's last picture is held after its own time, in seconds."""
    if source.end_known != MEASURED or source.end is None or source.whole_end is None:
        return 0.0
    held = min(source.whole_end, settings.longest) - source.end
    return held if held > HELD else 0.0


def output_rate(source: SourceProbe, max_fps: int) -> Fraction:
    """Returns the constant rate of a clip.

    A constant rate is kept, or divided by an integer so as not to exceed ``max_fps``. A variable
    rate becomes the lowest rate that has a frame at every frame's time, if libav found one, else
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
    """Returns a slow rate times the lowest integer that gives the shortest span a frame.

    Each picture is repeated that often, so none moves. Usual rates are not raised; spans too short
    for them have no frame.

    Args:
        rate: the source's rate
        max_fps: the maximum of the result
        finest: the shortest span that should have a frame, in seconds
    """
    wanted = max(LEAST_RATE, 1 / Fraction(finest)) if finest else LEAST_RATE
    most = max(1, max_fps // rate)
    return rate * min(most, max(1, math.ceil(min(wanted, frames.SLOW) / rate)))


def is_fine_enough(clip: Clip, finest: float | None) -> bool:
    """Returns whether a clip has the rate that a new one for the shortest span would have."""
    if clip.frame_rate >= frames.SLOW:
        return True
    return clip.finest is not None and (finest is None or clip.finest <= finest)


def _is_usual(rate: Fraction) -> bool:
    """Distinguishes usual rates such as 25, 12.5 or 15000/1001 from estimates such as 405/61."""
    return any((2 * _snap(rate) * ntsc).denominator == 1 for ntsc in (1, Fraction(1001, 1000)))


def _snap(rate: Fraction) -> Fraction:
    """Returns the exact rate that a rounded one means: 30000/1001 for 2997/100."""
    exact = frames.exact_rate(float(rate))
    return exact if abs(exact - rate) <= rate * Fraction(1, 50_000) else rate


def _obstacle(source: SourceProbe, settings: ClipSettings, rate: Fraction) -> str | None:
    """Returns the first reason in a header why the pictures cannot be copied, None if none.

    Rotation, jitter and gaps, which are not in the header, are found when the copy is verified.
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
