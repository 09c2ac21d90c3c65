"""How long a clip is: what the source shows, whatever its header says."""

from __future__ import annotations

import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from fiftyone_action100m.converters.clips.ffmpeg import ffmpeg_exe
from fiftyone_action100m.converters.clips.length import resolve_ends
from fiftyone_action100m.converters.clips.make import Clip, ClipError, ClipSettings, make_clip
from fiftyone_action100m.converters.clips.probe import MEASURED, probe
from video_sources import ffmpeg, numbered, pattern, read_numbers

SECONDS = 4
COUNT = 25 * SECONDS
FPS = Fraction(25)
SETTINGS = ClipSettings(clip_seconds=20)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A video that would be copied, with sound of the same length."""
    folder = tmp_path_factory.mktemp("length")
    pictures = numbered(
        folder / "n.mp4", [i / FPS for i in range(COUNT)], 1 / FPS, FPS, "libx264",
        {"x264-params": "keyint=25:bframes=0"},
    )  # fmt: skip
    path = folder / "s.mp4"
    sound = ("-f", "lavfi", "-i", f"sine=d={SECONDS}")
    ffmpeg("-i", pictures, *sound, "-c:v", "copy", "-c:a", "aac", path)
    return path


def convert(source: Path, seconds: float = 20) -> Clip:
    return make_clip(source, source.with_name("c.mp4"), ClipSettings(clip_seconds=seconds))


def scaled(data: bytes, boxes: dict[bytes, int], factor: float) -> bytes:
    """Multiplies the duration in every box of some kinds; where it is in them is given."""
    changed = bytearray(data)
    for kind, offset in boxes.items():
        at = changed.find(kind)
        while at >= 0:
            (value,) = struct.unpack_from(">I", changed, at + offset)
            struct.pack_into(">I", changed, at + offset, int(value * factor))
            at = changed.find(kind, at + 1)
    return bytes(changed)


@pytest.mark.parametrize("factor", [1 / 30, 0.5, 4])
@pytest.mark.parametrize(
    "boxes",
    [{b"mdhd": 20}, {b"mvhd": 20}, {b"tkhd": 24}, {b"mdhd": 20, b"mvhd": 20, b"tkhd": 24}],
    ids=["mdhd", "mvhd", "tkhd", "all"],
)
def test_an_mp4_whose_header_lies(
    tmp_path: Path, whole: Path, boxes: dict[bytes, int], factor: float
) -> None:
    source = tmp_path / "s.mp4"
    source.write_bytes(scaled(whole.read_bytes(), boxes, factor))
    clip = convert(source)
    assert (clip.action, clip.total_frame_count, clip.warnings) == ("copy", COUNT, ())
    assert clip.source_duration == pytest.approx(SECONDS, abs=0.05)
    assert convert(source, 2).total_frame_count == 50


@pytest.mark.parametrize("stale", ["00:10:00.000000000", "00:00:01.000000000"])
@pytest.mark.parametrize("live", [False, True])
def test_a_stale_tag_in_matroska(tmp_path: Path, whole: Path, stale: str, live: bool) -> None:
    source = tmp_path / "s.mkv"
    options = ("-live", 1) if live else ()
    ffmpeg("-i", whole, "-c", "copy", "-metadata:s:v:0", f"DURATION-eng={stale}", *options, source)
    clip = convert(source)
    assert (clip.action, clip.total_frame_count, clip.warnings) == ("copy", COUNT, ())
    assert clip.source_duration == pytest.approx(SECONDS, abs=0.05)


@pytest.mark.parametrize(
    ("total", "length", "sound"),
    [(10, 10, True), (10, 10, False), (0, 0, True), (9999, 9999, False)],
)
def test_an_avi_whose_header_lies(tmp_path: Path, total: int, length: int, sound: bool) -> None:
    source = pattern(
        tmp_path / "s.avi", f"testsrc2=s=64x48:r=25:d={SECONDS}", "-c:v", "mpeg4",
        audio=f"sine=d={SECONDS}" if sound else None,
    )  # fmt: skip
    data = bytearray(source.read_bytes())
    struct.pack_into("<I", data, data.find(b"avih") + 8 + 16, total)
    struct.pack_into("<I", data, data.find(b"strh") + 8 + 32, length)
    source.write_bytes(data)
    clip = convert(source)
    assert clip.total_frame_count in (COUNT, COUNT + 1) and clip.warnings == ()


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        ("webm", ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"]),
        ("mkv", ["-c", "copy"]),
        ("flv", ["-c", "copy"]),
        ("ts", ["-c", "copy"]),
        ("mp4", ["-c", "copy", "-movflags", "frag_keyframe+delay_moov"]),
        ("nut", ["-c", "copy"]),
    ],
)
def test_a_stream_whose_header_was_written_before_its_end(
    tmp_path: Path, whole: Path, suffix: str, options: list[str]
) -> None:
    """As a recorder writes it that cannot go back: no duration, no index."""
    name = {"mkv": "matroska", "ts": "mpegts"}.get(suffix, suffix)
    command = [ffmpeg_exe(), "-v", "error", "-i", str(whole), *options, "-f", name, "-"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    source = tmp_path / f"s.{suffix}"
    source.write_bytes(data)
    clip = convert(source)
    assert clip.total_frame_count in (COUNT, COUNT + 1)
    assert set(read_numbers(clip.path)) == set(range(COUNT))


STILL = {
    "mp4": ["-c:v", "libx264", "-c:a", "aac"],
    "mov": ["-c:v", "mpeg4", "-c:a", "pcm_s16le"],
    "mkv": ["-c:v", "libx264", "-c:a", "libopus"],
    "webm": ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"],
    "avi": ["-c:v", "mpeg4", "-c:a", "libmp3lame"],
    "flv": ["-c:v", "flv1", "-c:a", "libmp3lame", "-ar", "44100"],
    "ts": ["-c:v", "mpeg2video", "-c:a", "ac3"],
}  # fmt: skip


@pytest.mark.parametrize("pictures", [30, 1])
@pytest.mark.parametrize("suffix", STILL)
def test_a_last_picture_that_stays_is_held_until_the_sound_ends(
    tmp_path: Path, suffix: str, pictures: int
) -> None:
    video = numbered(tmp_path / "v.mkv", [i / FPS for i in range(pictures)], 1 / FPS, FPS)
    source = tmp_path / f"s.{suffix}"
    ffmpeg(
        "-i", video, "-f", "lavfi", "-i", f"sine=d={SECONDS}", *STILL[suffix],
        "-pix_fmt", "yuv420p", "-enc_time_base:v", "1/25", source,
    )  # fmt: skip
    clip = convert(source)
    again = clip.frame_rate / FPS  # of one picture in MPEG-2 no header says how long it lasts
    assert again == 1 or (suffix, pictures, again) == ("ts", 1, 2)
    assert clip.duration == pytest.approx(SECONDS, abs=0.09) and clip.warnings == ()
    assert clip.source_duration == pytest.approx(SECONDS, abs=0.1)
    shown = read_numbers(clip.path)[:: int(again)]
    late = (
        len(shown) - pictures - shown.count(pictures - 1) + 1
    )  # a frame, where sound begins first
    assert late <= 1 and shown[late:] == [min(i, pictures - 1) for i in range(len(shown) - late)]
    cut = convert(source, 2)
    assert cut.duration == 2 and read_numbers(cut.path)[:: int(again)] == shown[:50]


def test_a_picture_that_stays_in_the_middle_or_lasts_at_the_end_stays(tmp_path: Path) -> None:
    times = [Fraction(0), Fraction(1, 5), Fraction(2), Fraction(3)]
    for suffix in ("mp4", "mkv"):
        source = numbered(tmp_path / f"s.{suffix}", times, Fraction(1, 1000), Fraction(5))
        shown = read_numbers(convert(source).path)
        rate = convert(source).frame_rate
        assert shown[: int(3 * rate)] == [
            max(i for i, t in enumerate(times) if t <= k / rate) for k in range(int(3 * rate))
        ]


@pytest.mark.parametrize("suffix", ["mkv", "webm", "flv", "avi", "mp4"])
@pytest.mark.parametrize("still", [False, True])
def test_a_source_that_breaks_off_is_truncated_also_where_its_packets_are_read(
    tmp_path: Path, suffix: str, still: bool
) -> None:
    seconds = 1 if still else SECONDS
    source = pattern(
        tmp_path / f"s.{suffix}", f"testsrc2=s=64x48:r=25:d={seconds}", *STILL[suffix],
        *(["-movflags", "+faststart"] if suffix == "mp4" else []), audio=f"sine=d={SECONDS}",
    )  # fmt: skip
    if suffix in ("mkv", "webm"):
        tagged = tmp_path / f"tagged.{suffix}"
        ffmpeg("-i", source, "-c", "copy", "-metadata:s:v:0", "DURATION-eng=00:00:09.0", tagged)
        source = tagged
    data = source.read_bytes()
    source.write_bytes(data[: len(data) * 6 // 10])
    if suffix == "avi" and still:
        return  # nothing in it says how long its sound was
    with pytest.raises(ClipError) as caught:
        convert(source)
    assert caught.value.reason == "truncated-source"
    assert convert(source, 0.8).total_frame_count == 20


def test_the_packets_are_read_only_where_the_header_is_in_doubt_and_no_further_than_the_clip(
    tmp_path: Path, whole: Path
) -> None:
    header = probe(whole)
    assert resolve_ends(whole, header, 20) is header  # nothing was read
    other = tmp_path / "s.mkv"
    ffmpeg("-i", whole, "-c", "copy", other)
    header = probe(other)
    assert resolve_ends(other, header, 20) is header
    stream = tmp_path / "s.ts"
    ffmpeg("-i", whole, "-c", "copy", stream)
    settled = resolve_ends(stream, probe(stream), 1)
    assert settled.end_known == MEASURED and settled.end == pytest.approx(SECONDS, abs=0.1)


def test_streams_one_after_the_other_are_not_measured(tmp_path: Path, whole: Path) -> None:
    """Their clock begins anew; ffmpeg counts on."""
    stream = tmp_path / "1.ts"
    ffmpeg("-i", whole, "-c", "copy", stream)
    source = tmp_path / "s.ts"
    source.write_bytes(stream.read_bytes() * 2)
    assert abs(convert(source).total_frame_count - 2 * COUNT) <= 2
