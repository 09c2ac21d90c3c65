"""A clip's sound is where its source's is, wherever that begins and whatever is missing in it."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from fiftyone_action100m.converters.clips.make import ClipSettings, make_clip
from sound_clock import NOISE, RATE, sound_lags
from video_sources import ffmpeg, pattern

SETTINGS = ClipSettings(clip_seconds=5)

#: The farthest that a clip's sound may be from its source's, in seconds.
TOLERANCE = 0.01

H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", 0)
B_FRAMES = (*H264[:-2], "-bf", 2)
MPEG4 = ("-c:v", "mpeg4")
AAC, OPUS, MP3 = (("-c:a", name) for name in ("aac", "libopus", "libmp3lame"))

#: Packets that are lost: two at a time, one, many; and the first.
HOLES = "noise=amount=0:drop='between(n,20,21)+eq(n,50)+between(n,90,96)'"
NO_START = "noise=amount=0:drop='lt(n,4)'"
#: From a packet on, all come 60 ms too early, or 15 ms late and later still.
OVERLAP = "setts=ts='TS-if(gt(N,60),0.06/TB,0)'"
GAPS = "setts=ts='TS+if(gt(N,40),0.015/TB,0)+if(gt(N,80),0.015/TB,0)'"
#: A clock that is wrong by four in a thousand.
DRIFT = "setts=ts=TS*1.004"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[object, ...], Path]:
    """Sources without a fault, by the codecs of their pictures and their sound."""
    folder = tmp_path_factory.mktemp("sound")
    sound = pattern(folder / "s.wav", NOISE.format(seconds=3))
    made = {}
    for pictures in (H264, B_FRAMES, MPEG4):
        for codec in (AAC, OPUS, MP3):
            path = folder / f"{len(made)}.mkv"
            ffmpeg(
                "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=3", "-i", sound,
                *pictures, *codec, path,
            )  # fmt: skip
            made[pictures, codec] = path
    return made


def check(source: Path, tmp_path: Path, action: str | None = None, windows: int = 40) -> None:
    clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
    assert action in (None, clip.action)
    with av.open(str(source)) as container:
        zero = max(0, container.start_time or 0) / av.time_base  # before 0 is what nobody hears
    lags = sound_lags(source, clip.path, zero)
    assert len(lags) >= windows
    assert max(map(abs, lags)) < TOLERANCE, lags


@pytest.mark.parametrize("filter_", [HOLES, NO_START, OVERLAP, GAPS, DRIFT])
@pytest.mark.parametrize(
    ("pictures", "codec", "action"),
    [(H264, AAC, "copy"), (H264, OPUS, "copy"), (MPEG4, AAC, "encode"), (MPEG4, MP3, "encode")],
    ids=["copied", "encoded beside a copy", "encoded", "mp3"],
)
def test_sound_with_packets_missing_or_misplaced(
    tmp_path: Path,
    whole: dict[tuple[object, ...], Path],
    pictures: tuple[object, ...],
    codec: tuple[object, ...],
    action: str,
    filter_: str,
) -> None:
    source = tmp_path / "s.mkv"
    ffmpeg("-i", whole[pictures, codec], "-c", "copy", "-bsf:a", filter_, source)
    check(source, tmp_path, action)


def test_copied_sound_is_even_so_that_a_browser_plays_it_in_time(
    tmp_path: Path, whole: dict[tuple[object, ...], Path]
) -> None:
    """Chromium plays the packets of a file end to end, whatever their times are."""
    for name, filters in {"whole": [], "holes": ["-bsf:a", HOLES]}.items():
        source = tmp_path / f"{name}.mp4"
        ffmpeg("-i", whole[H264, AAC], "-c", "copy", *filters, source)
        clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
        with av.open(str(clip.path)) as container, av.open(str(source)) as original:
            pts = [p.pts for p in container.demux(audio=0) if p.pts is not None]
            packets = [bytes(p) for p in original.demux(audio=0) if p.size]
        assert np.abs(np.diff(pts) - 1024).max() < 0.001 * RATE, name
        with av.open(str(clip.path)) as container:
            found = [bytes(p) for p in container.demux(audio=0) if p.size]
        assert (found == packets[: len(found)]) == (name == "whole")


@pytest.mark.parametrize("flags", ["frag_keyframe+empty_moov", "frag_keyframe+delay_moov", "dash"])
@pytest.mark.parametrize("pictures", [H264, B_FRAMES], ids=["plain", "B-frames"])
@pytest.mark.parametrize("codec", [AAC, OPUS], ids=["aac", "opus"])
def test_fragments_that_do_not_say_what_their_encoder_put_before(
    tmp_path: Path,
    whole: dict[tuple[object, ...], Path],
    flags: str,
    pictures: tuple[object, ...],
    codec: tuple[object, ...],
) -> None:
    source = tmp_path / "s.mp4"
    ffmpeg("-i", whole[pictures, codec], "-c", "copy", "-movflags", flags, source)
    check(source, tmp_path)


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts"])
@pytest.mark.parametrize("codec", [AAC, OPUS], ids=["aac", "opus"])
@pytest.mark.parametrize("first", ["sound", "pictures"])
def test_sound_that_begins_before_or_after_the_pictures(
    tmp_path: Path,
    whole: dict[tuple[object, ...], Path],
    suffix: str,
    codec: tuple[object, ...],
    first: str,
) -> None:
    offsets = (0.5, 0.03) if first == "sound" else (0.03, 0.5)
    source = tmp_path / f"s.{suffix}"
    ffmpeg(
        "-itsoffset", offsets[0], "-i", whole[H264, codec],
        "-itsoffset", offsets[1], "-i", whole[H264, codec],
        "-map", "0:v", "-map", "1:a", "-c", "copy", source,
    )  # fmt: skip
    check(source, tmp_path)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("s.webm", ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", 8, *OPUS]),
        ("s.avi", [*MPEG4, *MP3]),
        ("s.flv", ["-c:v", "flv1", *MP3]),
        ("s.wmv", ["-c:v", "wmv2", "-c:a", "wmav2"]),
        ("s.mpg", ["-c:v", "mpeg2video", "-c:a", "mp2"]),
        ("s.ts", ["-c:v", "mpeg2video", "-c:a", "ac3", "-output_ts_offset", 3]),
        ("s.mov", [*H264, "-c:a", "pcm_s16le"]),
        ("s.ogv", ["-c:v", "libtheora", "-c:a", "libvorbis"]),
    ],
)
def test_the_delay_of_every_encoder(tmp_path: Path, name: str, options: list[object]) -> None:
    source = pattern(
        tmp_path / name, "testsrc2=s=64x48:r=25:d=3", *options, audio=NOISE.format(seconds=3)
    )
    check(source, tmp_path)
