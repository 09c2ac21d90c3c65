"""What a probe says of a source's pictures, colours and sound."""

from __future__ import annotations

from pathlib import Path

import pytest
from fiftyone_action100m.converters.clips.colours import FULL, LIMITED, UNSPECIFIED, Colours
from fiftyone_action100m.converters.clips.probe import probe
from video_sources import ffmpeg, h264, pattern

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt")
#: Sources: how each is made, its pixel format, colours and range, and whether it is untagged.
SOURCES = {
    "plain": ((*X264, "yuv420p"), "yuv420p", Colours(), UNSPECIFIED, True),
    "10 bits": ((*X264, "yuv420p10le"), "yuv420p10le", Colours(), UNSPECIFIED, True),
    "square": ((*X264, "yuv420p", "-vf", "setsar=1"), "yuv420p", Colours(), UNSPECIFIED, True),
    "fragments": (
        (*X264, "yuv420p", "-movflags", "frag_keyframe+empty_moov"),
        "yuv420p", Colours(), UNSPECIFIED, True,
    ),
    "colours": (
        (*X264, "yuv420p", "-vf",
         "setparams=color_primaries=bt709:color_trc=iec61966-2-1:colorspace=bt709:range=tv"),
        "yuv420p", Colours(1, 13, 1), LIMITED, False,
    ),
    "a colour": (
        (*X264, "yuv420p", "-vf", "setparams=color_primaries=bt470bg"),
        "yuv420p", Colours(primaries=5), LIMITED, False,
    ),
    "a range": (
        (*X264, "yuv420p", "-bsf:v", "h264_metadata=video_full_range_flag=0"),
        "yuv420p", Colours(), LIMITED, False,
    ),
    "full range": (
        (*X264, "yuvj420p", "-color_range", "pc"), "yuvj420p", Colours(), FULL, False,
    ),
    "reserved": (
        (*X264, "yuv420p", "-bsf:v", "h264_metadata=colour_primaries=3:matrix_coefficients=3"),
        "yuv420p", Colours(), LIMITED, False,
    ),
}  # fmt: skip


def write(path: Path, options: tuple[str, ...], audio: str | None = None) -> Path:
    return pattern(path, "testsrc2=s=160x120:r=30000/1001:d=2", *options, audio=audio)


@pytest.mark.parametrize("name", SOURCES)
def test_it_says_what_the_pictures_are(tmp_path: Path, name: str) -> None:
    options, pix_fmt, *colours = SOURCES[name]
    found = probe(write(tmp_path / "a.mp4", options))
    assert found.pix_fmt == pix_fmt
    assert [found.tags, found.range, found.untagged] == colours


@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "ac3", "alac", "libopus"])
def test_it_says_what_the_sound_is(tmp_path: Path, codec: str) -> None:
    options = (*X264, "yuv420p", "-c:a", codec, "-strict", "-2")
    path = write(tmp_path / "a.mp4", options, audio="sine=r=48000:d=2")
    found = probe(path)
    assert found.audio_codec and found.audio_channels == 1 and found.audio_rate == 48000
    # Sound first, and the clock starts before zero.
    turned = tmp_path / "b.mp4"
    ffmpeg("-i", path, "-map", "0:a", "-map", "0:v", "-c", "copy", turned)
    assert probe(turned).video_index == 1


def test_the_container_may_say_what_the_pictures_do_not(tmp_path: Path) -> None:
    plain, path = h264(tmp_path / "plain.mp4"), tmp_path / "a.mp4"
    tags = ("-colorspace", "bt709", "-color_trc", "bt709", "-color_primaries", "bt709")
    ffmpeg("-i", plain, "-c", "copy", *tags, path)
    assert probe(plain).untagged
    assert probe(path).tags == Colours(1, 1, 1) and not probe(path).untagged
