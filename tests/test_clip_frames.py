"""The pictures of a clip are where ``core.frames`` says they are, read from decoded pixels."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest
from fiftyone_action100m.converters.clips.make import ClipSettings, make_clip
from fiftyone_action100m.core import frames
from video_sources import ffmpeg, numbered, read_numbers

SETTINGS = ClipSettings(clip_seconds=2.0)


def shown(times: list[Fraction], rate: Fraction, count: int) -> list[int]:
    """What the rule puts on screen: the latest source frame whose place is not after the frame."""
    places = [frames.boundary(seconds, rate) for seconds in times]
    return [
        max([i for i, place in enumerate(places) if place <= k], default=0) for k in range(count)
    ]


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "30", "50", "60"])
def test_constant_rates_keep_every_frame_in_its_place(tmp_path: Path, rate: str) -> None:
    fps = Fraction(rate)
    times = [i / fps for i in range(int(3 * fps))]
    source = numbered(tmp_path / "s.mp4", times, 1 / fps, fps)
    clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
    assert (clip.action, clip.frame_rate) == ("encode", fps)
    assert clip.total_frame_count == frames.frame_count(2.0, fps)
    assert read_numbers(clip.path) == list(range(clip.total_frame_count))


@pytest.mark.parametrize("rate", ["24000/1001", "30000/1001", "60"])
def test_milliseconds_of_matroska_do_not_shift_frames(tmp_path: Path, rate: str) -> None:
    fps = Fraction(rate)
    times = [i / fps for i in range(int(3 * fps))]
    source = numbered(tmp_path / "s.mkv", times, Fraction(1, 1000), fps)
    clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
    assert clip.frame_rate == fps
    assert read_numbers(clip.path) == list(range(frames.frame_count(2.0, fps)))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_variable_rate_puts_each_frame_where_its_second_is(tmp_path: Path, suffix: str) -> None:
    steps = [Fraction(1, 60), Fraction(1, 25), Fraction(7, 100), Fraction(1, 30), Fraction(3, 10)]
    times = [Fraction(0)]
    while times[-1] < 3:
        times.append(times[-1] + steps[len(times) * len(times) % len(steps)])
    ticks = Fraction(1, 1000)
    times = [round(t / ticks) * ticks for t in times]
    source = numbered(tmp_path / f"s{suffix}", times, ticks)
    clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
    assert clip.action == "encode"
    assert clip.frame_rate <= 60
    assert clip.total_frame_count == frames.frame_count(2.0, clip.frame_rate)
    assert read_numbers(clip.path) == shown(times, clip.frame_rate, clip.total_frame_count)


def test_a_rate_above_the_limit_is_divided(tmp_path: Path) -> None:
    times = [Fraction(i, 120) for i in range(360)]
    source = numbered(tmp_path / "s.mp4", times, Fraction(1, 120), Fraction(120))
    clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
    assert clip.frame_rate == 60
    assert read_numbers(clip.path) == shown(times, Fraction(60), 120)


def test_a_video_that_starts_late_begins_with_its_first_frame_held(tmp_path: Path) -> None:
    fps = Fraction(25)
    video = numbered(tmp_path / "v.mp4", [i / fps for i in range(75)], 1 / fps, fps)
    source = tmp_path / "s.mp4"
    ffmpeg("-itsoffset", 0.6, "-i", video, "-f", "lavfi", "-i", "sine=d=4", "-c:v", "copy", source)
    clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
    assert clip.has_audio
    assert read_numbers(clip.path) == [0] * 15 + list(range(35))


def test_a_picture_that_changes_size_midway_stays_in_its_place(tmp_path: Path) -> None:
    fps = Fraction(30)
    video = numbered(tmp_path / "v.mp4", [i / fps for i in range(75)], 1 / fps, fps)
    parts = [tmp_path / "0.ts", tmp_path / "1.ts"]
    ffmpeg("-i", video, "-vf", "trim=end_frame=30", "-c:v", "libx264", "-bf", 0, parts[0])
    ffmpeg(
        "-i", video, "-vf", "trim=start_frame=30,scale=80:32", "-c:v", "libx264", "-bf", 0,
        "-copyts", parts[1],
    )  # fmt: skip
    source = tmp_path / "s.ts"
    source.write_bytes(b"".join(part.read_bytes() for part in parts))
    clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
    assert (clip.frame_width, clip.frame_height) == (160, 64)
    assert read_numbers(clip.path) == list(range(60))


@pytest.mark.parametrize("bframes", [0, 2])
def test_a_cut_copy_holds_exactly_the_first_frames(tmp_path: Path, bframes: int) -> None:
    fps = Fraction(30)
    source = numbered(
        tmp_path / "s.mp4",
        [i / fps for i in range(90)],
        1 / fps,
        fps,
        "libx264",
        {"x264-params": f"bframes={bframes}:b-adapt=0:b-pyramid=none:scenecut=0"},
    )
    actions = set()
    for count in range(40, 46):
        settings = ClipSettings(clip_seconds=count / 30)
        clip = make_clip(source, tmp_path / "c.mp4", settings)
        assert clip.total_frame_count in (
            (count,) if clip.action == "encode" else (count, count - 1)
        )
        assert read_numbers(clip.path) == list(range(clip.total_frame_count))
        actions.add((clip.action, clip.total_frame_count - count))
    if bframes:  # every third frame ends a group; one before may stand in; the third is encoded
        assert actions == {("cut", 0), ("cut", -1), ("encode", 0)}
    else:
        assert actions == {("cut", 0)}


OFFSETS = "-itsoffset", 1.5, "-i"
#: Sources whose clock starts with a stream that is not the clip's, or elsewhere than at 0.
CLOCKS: dict[str, tuple[object, ...]] = {
    "a second sound first": (*OFFSETS, "V", "-i", "S", "-map", 0, "-map", 1),
    "no sound of its own": (*OFFSETS, "V", "-i", "S", "-map", "0:v", "-map", 1),
    "a sound that cannot be decoded first": (
        "-i", "S", *OFFSETS, "V", "-map", 0, "-map", 1, "-bsf:a:0", "noise=amount=1",
    ),
    "nothing but a sound that cannot be decoded": (
        "-i", "S", *OFFSETS, "V", "-map", 0, "-map", "1:v", "-bsf:a", "noise=amount=1",
    ),
    "a clock that turns over": ("-i", "V", "-output_ts_offset", 95440),  # 2**33 ticks of 90 kHz
    "a clock far from zero": ("-i", "V", "-output_ts_offset", 40000),
}  # fmt: skip


@pytest.fixture(scope="module")
def streams(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Numbered pictures with sound, and sound alone."""
    folder = tmp_path_factory.mktemp("streams")
    fps = Fraction(25)
    silent = numbered(folder / "n.mp4", [i / fps for i in range(75)], 1 / fps, fps, "libx264")
    pictures, sound = folder / "v.mp4", folder / "s.mp4"
    ffmpeg("-f", "lavfi", "-i", "sine=d=3", sound)
    ffmpeg("-i", silent, "-i", sound, "-c", "copy", pictures)
    return {"V": pictures, "S": sound}


@pytest.mark.parametrize("suffix", ["ts", "m2ts", "mkv"])
@pytest.mark.parametrize("name", CLOCKS)
def test_the_clock_is_the_container_s(
    tmp_path: Path, streams: dict[str, Path], name: str, suffix: str
) -> None:
    source = tmp_path / f"s.{suffix}"
    arguments = [streams.get(a, a) if isinstance(a, str) else a for a in CLOCKS[name]]
    ffmpeg(*arguments, "-c", "copy", source)
    with av.open(str(source)) as container:
        video = container.streams.video[0]
        opened = Fraction(container.start_time or 0, av.time_base)
        late = video.start_time * video.time_base - max(opened, 0 if suffix == "mkv" else opened)
    assert (late > 1) == ("turns" not in name and "far" not in name)
    clip = make_clip(source, tmp_path / "c.mp4", ClipSettings(clip_seconds=4.0))
    times = [late + Fraction(i, 25) for i in range(75)]
    assert clip.frame_rate == 25
    assert read_numbers(clip.path) == shown(times, Fraction(25), clip.total_frame_count)
