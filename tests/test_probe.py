"""A probe that decodes nothing says what one that decodes a picture says."""

from __future__ import annotations

from pathlib import Path

import pytest
from fiftyone_action100m.converters.clips import probe
from fiftyone_action100m.converters.clips.h264_header import ordinary_header
from video_sources import ffmpeg, h264, pattern

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt")
#: Sources whose pictures the header tells all about, and how they are made.
ORDINARY = {
    "baseline": (*X264, "yuv420p", "-profile:v", "baseline"),
    "main": (*X264, "yuv420p", "-profile:v", "main", "-bf", "2"),
    "high": ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-profile:v", "high", "-color_range", "tv"),
    "cropped": (*X264, "yuv420p", "-vf", "scale=150:102,setsar=1"),
    "B-frames as references": ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-x264-params",
                               "bframes=4:b-pyramid=normal:keyint=12"),
    "square": (*X264, "yuv420p", "-vf", "setsar=1"),
    "interlaced": (*X264, "yuv420p", "-flags", "+ilme+ildct", "-x264-params", "tff=1"),
    "fragments": (*X264, "yuv420p", "-movflags", "frag_keyframe+empty_moov"),
    "colours": (*X264, "yuv420p", "-vf",
                "setparams=color_primaries=bt709:color_trc=iec61966-2-1:colorspace=bt709:range=tv"),
    "a colour": (*X264, "yuv420p", "-vf", "setparams=color_primaries=bt470bg"),
    "a range": (*X264, "yuv420p", "-vf", "setparams=range=tv"),
    "reserved": (*X264, "yuv420p", "-vf", "setparams=color_primaries=film",
                 "-bsf:v", "h264_metadata=colour_primaries=3:matrix_coefficients=0"),
    "late": (*X264, "yuv420p", "-output_ts_offset", "1.5"),
}  # fmt: skip
#: Sources of which a picture has to be seen.
OTHERS = {
    "10 bits": (*X264, "yuv420p10le"),
    "4:2:2": (*X264, "yuv422p"),
    "4:4:4": (*X264, "yuv444p"),
    "lossless": (*X264, "yuv420p", "-qp", "0"),
    "full range": (*X264, "yuvj420p", "-color_range", "pc"),
    "anamorphic": (*X264, "yuv420p", "-vf", "setsar=4/3"),
    "no headers in the index": (*X264, "yuv420p", "-bsf:v", "dump_extra", "-tag:v", "avc3"),
    "mpeg4": ("-c:v", "mpeg4", "-q:v", "8"),
    "mpeg2": ("-c:v", "mpeg2video", "-q:v", "8"),
}


def decoded(path: Path) -> probe.SourceProbe:
    """Probes as libav does by itself."""
    with probe.open_media(path) as container:
        return probe._read(path, container, path.stat().st_size)


def write(path: Path, options: tuple[str, ...], audio: str | None = None) -> Path:
    return pattern(path, "testsrc2=s=160x120:r=30000/1001:d=2", *options, audio=audio)


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_mp4_is_probed_without_decoding(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.mp4", ORDINARY[name])
    undecoded = probe._probe_undecoded(path, path.stat().st_size)
    assert undecoded == decoded(path) == probe.probe(path)


@pytest.mark.parametrize("name", OTHERS)
def test_of_another_a_picture_is_decoded(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.mp4", OTHERS[name])
    assert probe.probe(path) == decoded(path)
    if name != "no headers in the index":  # libav may repeat them there
        assert probe._probe_undecoded(path, path.stat().st_size) is None


@pytest.mark.parametrize("codec", ["aac", "libmp3lame", "ac3", "alac", "libopus"])
def test_the_sound_is_probed_all_the_same(tmp_path: Path, codec: str) -> None:
    options = (*X264, "yuv420p", "-c:a", codec, "-strict", "-2")
    path = write(tmp_path / "a.mp4", options, audio="sine=r=48000:d=2")
    found = probe.probe(path)
    assert found == decoded(path) and found.audio_codec and found.audio_channels == 1
    # Sound first, and the clock starts before zero.
    turned = tmp_path / "b.mp4"
    ffmpeg("-i", path, "-map", "0:a", "-map", "0:v", "-c", "copy", turned)
    found = probe.probe(turned)
    assert found == decoded(turned) and found.video_index == 1


def test_the_container_may_say_what_the_pictures_do_not(tmp_path: Path) -> None:
    plain = h264(tmp_path / "plain.mp4")
    for name, options in {
        "wide": ("-aspect", "16:9"),
        "colours": ("-colorspace", "bt709", "-color_trc", "bt709", "-color_primaries", "bt709"),
        "turned": ("-metadata:s:v:0", "rotate=90"),
        "full": ("-color_range", "pc", "-movflags", "+write_colr"),
    }.items():
        path = tmp_path / f"{name}.mp4"
        ffmpeg("-i", plain, "-c", "copy", *options, path)
        assert probe.probe(path) == decoded(path), name


def test_a_header_cut_short_or_scrambled_is_not_ordinary(tmp_path: Path) -> None:
    path = h264(tmp_path / "a.mp4")
    with probe.open_media(path) as container:
        header = container.streams.video[0].codec_context.extradata
    assert header is not None and ordinary_header(header, 160, 120)
    assert not ordinary_header(header, 160, 122) and not ordinary_header(None, 160, 120)
    for length in range(len(header) - 40):
        assert not ordinary_header(header[:length], 160, 120), length
    for place in range(len(header)):
        for bit in range(8):  # whatever is in it, there is an answer
            flipped = bytearray(header)
            flipped[place] ^= 1 << bit
            ordinary_header(bytes(flipped), 160, 120)
    assert not ordinary_header(header[:8] + bytes(200), 160, 120)
