"""Every kind of source becomes the one kind of clip, and costs no more than it must."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import struct
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from fiftyone_action100m.converters.clips import make
from fiftyone_action100m.converters.clips.make import Clip, ClipSettings, make_clip
from fiftyone_action100m.converters.clips.temporary import clean_stale
from fiftyone_action100m.core import frames
from services import wait_until_gone
from video_sources import ffmpeg, h264, pattern

SETTINGS = ClipSettings(clip_seconds=2.0, max_height=96)


def inspect(clip: Clip) -> None:
    """Asserts everything that is true of any clip, and that the row says what the file is."""
    data = clip.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat"), "not made for a fast start"
    assert clip.size_bytes == len(data)
    assert (clip.mime_type, clip.encoding_str) == ("video/mp4", "avc1")
    with av.open(str(clip.path)) as container:
        kinds = [s.type for s in container.streams]
        assert kinds == (["video", "audio"] if clip.has_audio else ["video"])
        video = container.streams.video[0]
        assert video.codec_context.name == "h264"
        assert video.codec_context.pix_fmt == "yuv420p"
        assert video.codec_context.profile in ("High", "Main", "Constrained Baseline")
        assert not {video.codec_context.color_primaries, video.codec_context.colorspace} & {0, 2, 3}
        assert (video.sample_aspect_ratio or 1) == 1
        assert (video.width, video.height) == (clip.frame_width, clip.frame_height)
        assert clip.frame_width % 2 == clip.frame_height % 2 == 0
        assert (video.average_rate, video.base_rate) == (clip.frame_rate, clip.frame_rate)
        assert video.frames == clip.total_frame_count
        assert video.duration * video.time_base == clip.total_frame_count / clip.frame_rate
        assert clip.duration == pytest.approx(float(video.duration * video.time_base))
        assert not {k.lower() for k in container.metadata} & {"title", "comment"}
        if clip.has_audio:
            audio = container.streams.audio[0]
            assert (audio.codec_context.name, audio.codec_context.channels <= 2) == ("aac", True)
            assert abs(float(audio.duration * audio.time_base) - clip.duration) < 0.2
        shown = list(container.decode(video))
    assert [f.pts * f.time_base for f in shown] == [i / clip.frame_rate for i in range(len(shown))]
    assert len(shown) == clip.total_frame_count
    assert not any(f.rotation or f.interlaced_frame for f in shown)


def convert(source: Path, settings: ClipSettings = SETTINGS) -> Clip:
    clip = make_clip(source, source.parent / "out" / "clip.mp4", settings)
    inspect(clip)
    assert [p.name for p in clip.path.parent.iterdir()] == ["clip.mp4"], "something was left behind"
    return clip


def size(clip: Clip) -> tuple[int, int]:
    return clip.frame_width, clip.frame_height


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("s.mp4", ["-c:v", "libx265", "-x265-params", "log-level=none"]),
        ("s.webm", ["-c:v", "libvpx-vp9", "-cpu-used", "8", "-deadline", "realtime"]),
        ("s.mkv", ["-c:v", "ffv1", "-pix_fmt", "yuv444p"]),
        ("s.avi", ["-c:v", "mpeg4"]),
        ("s.ts", ["-c:v", "mpeg2video"]),
        ("s.flv", ["-c:v", "flv1"]),
        ("s.mp4", ["-c:v", "libx264", "-pix_fmt", "yuv420p10le"]),
        ("s.mp4", ["-c:v", "libx264", "-pix_fmt", "yuvj420p"]),
    ],
)
def test_every_codec_becomes_h264(tmp_path: Path, name: str, options: list[str]) -> None:
    source = pattern(tmp_path / name, "testsrc2=s=128x96:r=25:d=3", *options, audio="sine=d=3")
    clip = convert(source)
    assert (clip.action, clip.frame_rate, size(clip)) == ("encode", 25, (128, 96))
    assert clip.total_frame_count == 50
    assert clip.has_audio


@pytest.mark.parametrize(
    ("source_size", "sar", "expected"),
    [
        ("320x240", "1", (128, 96)),  # shrunk
        ("64x48", "1", (64, 48)),  # never enlarged
        ("109x71", "1", (108, 70)),  # odd, to even
        ("180x320", "1", (54, 96)),  # portrait: the height is what counts
        ("100x90", "16/9", (178, 90)),  # anamorphic
        ("300x90", "1/2", (150, 90)),
    ],
)
def test_sizes_become_even_square_and_small(
    tmp_path: Path, source_size: str, sar: str, expected: tuple[int, int]
) -> None:
    source = pattern(
        tmp_path / "s.mp4",
        f"testsrc2=s={source_size}:r=25:d=1",
        "-vf", f"setsar={sar}", "-c:v", "mpeg4",
    )  # fmt: skip
    assert size(convert(source)) == expected


def test_a_rotation_is_applied(tmp_path: Path) -> None:
    source = h264(
        tmp_path / "s.mp4", 3, size="128x96", options=["-vf", "drawbox=0:0:64:48:red:fill"]
    )
    data = bytearray(source.read_bytes())
    matrix = data.index(b"tkhd") + 4 + 40  # of the track header, ISO 14496-12 8.3.2
    struct.pack_into(">9i", data, matrix, 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
    source.write_bytes(data)
    with av.open(str(source)) as container:
        angle = next(container.decode(video=0)).rotation
    assert angle in (90, -90), "the source is not what the test wants"
    clip = convert(source)
    assert (clip.action, size(clip)) == ("encode", (72, 96))
    with av.open(str(clip.path)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    red = picture[..., 0] - picture[..., 1] > 120
    corners = {"top": red[:40, :30].mean() > 0.9, "bottom": red[-40:, :30].mean() > 0.9}
    right = {"top": red[:40, -30:].mean() > 0.9, "bottom": red[-40:, -30:].mean() > 0.9}
    # The box in the upper left goes one corner on, counter-clockwise for 90.
    assert (corners["bottom"], right["top"]) == ((True, False) if angle == 90 else (False, True))


def test_interlaced_fields_become_frames(tmp_path: Path) -> None:
    source = pattern(
        tmp_path / "s.mp4",
        "color=s=128x96:r=50:d=3,format=gray,geq=lum='if(lt(mod(X+6*N,64),32),235,16)'",
        "-vf", "interlace=lowpass=0,format=yuv420p", "-c:v", "libx264",
        "-flags", "+ilme+ildct", "-crf", 5,
    )  # fmt: skip
    clip = convert(source)
    assert (clip.action, clip.frame_rate, clip.total_frame_count) == ("encode", 25, 50)
    assert _combing(source) > 10
    assert _combing(clip.path) < _combing(source) / 4


def _combing(path: Path) -> float:
    """Returns how much rows differ from their neighbours, in a picture of upright bars."""
    with av.open(str(path)) as container:
        pictures = [f.to_ndarray(format="gray").astype(int) for f in container.decode(video=0)]
    return float(np.mean([np.abs(np.diff(p, axis=0)).mean() for p in pictures[10:40]]))


def test_a_source_that_complies_is_copied(tmp_path: Path) -> None:
    source = h264(tmp_path / "s.mp4", 1.5, size="128x96", audio="sine=d=1.5")
    clip = convert(source)
    assert (clip.action, clip.total_frame_count) == ("copy", 45)

    def packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(p) for p in container.demux(video=0) if p.size]

    assert packets(clip.path) == packets(source)


@pytest.mark.parametrize("seconds", [2.0, 1.97, 2.01])
def test_a_source_as_long_as_the_limit_is_copied_whole(tmp_path: Path, seconds: float) -> None:
    count = round(seconds * 30)
    source = h264(tmp_path / "s.mp4", size="128x96", options=["-frames:v", count])
    clip = convert(source, dataclasses.replace(SETTINGS, clip_seconds=2.0))
    assert (clip.action, clip.total_frame_count) == ("copy", count)


def test_one_frame_too_many_is_cut(tmp_path: Path) -> None:
    source = h264(tmp_path / "s.mp4", size="128x96", options=["-frames:v", 61, "-bf", 0])
    clip = convert(source)
    assert (clip.action, clip.total_frame_count) == ("cut", 60)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-vf", "scale=160:128"], "the height"),
        (["-pix_fmt", "yuv422p"], "pixel format"),
        (["-vf", "setsar=4/3"], "aspect ratio"),
        (["-vf", "setpts=(N+floor(N/4))/30/TB"], ""),
    ],
)
def test_a_source_that_does_not_comply_is_encoded(
    tmp_path: Path, options: list[str], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    source = h264(tmp_path / "s.mp4", size="128x96", options=options)
    with caplog.at_level("DEBUG", logger=make.__name__):
        assert convert(source).action == "encode"
    assert words in caplog.text


def test_pixels_that_are_square_but_for_rounding_are_declared_square(tmp_path: Path) -> None:
    source = h264(tmp_path / "s.mp4", size="854x480", options=["-vf", "setsar=1280/1281"])
    clip = convert(source, ClipSettings(clip_seconds=5))
    assert (clip.action, size(clip)) == ("copy", (854, 480))


@pytest.mark.parametrize("codec", ["libopus", "libmp3lame", "ac3"])
def test_only_the_sound_is_encoded_where_only_the_sound_must_be(tmp_path: Path, codec: str) -> None:
    source = h264(
        tmp_path / "s.mp4",
        1.5,
        size="128x96",
        audio="anoisesrc=d=1.5,aformat=channel_layouts=5.1",
        options=["-strict", -2, "-c:a", codec, "-ac", "2" if codec == "libmp3lame" else "6"],
    )
    clip = convert(source)
    assert (clip.action, clip.has_audio) == ("copy", True)


def test_sound_that_hardly_outlasts_the_picture_is_cut(tmp_path: Path) -> None:
    source = h264(tmp_path / "s.mp4", 1, size="128x96", audio="sine=d=1.4")
    clip = convert(source)
    assert (clip.action, clip.total_frame_count) == ("copy", 30)


def test_broken_sound_is_left_out_with_a_warning(tmp_path: Path) -> None:
    source = h264(
        tmp_path / "s.mkv", 3, size="128x128", audio="sine=d=3", options=["-c:a", "libopus"]
    )
    with av.open(str(source)) as container:
        packets = [bytes(p) for p in container.demux(audio=0) if p.size]
    data = source.read_bytes()
    for packet in packets:
        data = data.replace(packet, b"\xff" * len(packet), 1)
    source.write_bytes(data)
    clip = convert(source)
    assert clip.total_frame_count == 60
    assert clip.has_audio or "sound" in " ".join(clip.warnings)


def test_a_cover_picture_is_not_the_video(tmp_path: Path) -> None:
    cover = pattern(tmp_path / "cover.png", "color=red:s=64x64:d=1", "-frames:v", 1)
    video = h264(tmp_path / "v.mp4", 1.5, size="128x96")
    source = tmp_path / "s.mp4"
    ffmpeg(
        "-i", cover, "-i", video, "-map", 0, "-map", 1, "-c", "copy",
        "-disposition:v:0", "attached_pic", source,
    )  # fmt: skip
    clip = convert(source)
    assert (clip.action, size(clip), clip.total_frame_count) == ("copy", (128, 96), 45)


def test_metadata_chapters_and_other_streams_stay_behind(tmp_path: Path) -> None:
    subtitles = tmp_path / "s.srt"
    subtitles.write_text("1\n00:00:00,000 --> 00:00:02,000\nsecret words\n")
    notes = tmp_path / "m.txt"
    notes.write_text(
        ";FFMETADATA1\ntitle=secret\n[CHAPTER]\nTIMEBASE=1/1\nSTART=0\nEND=1\ntitle=c\n"
    )
    video = h264(tmp_path / "v.mp4", 1.5, size="128x96")
    source = tmp_path / "s.mp4"
    ffmpeg(
        "-i", video, "-i", subtitles, "-i", notes, "-map", 0, "-map", 1, "-map_metadata", 2,
        "-c", "copy", "-c:s", "mov_text", source,
    )  # fmt: skip
    assert b"secret" in source.read_bytes()
    assert b"secret" not in convert(source).path.read_bytes()


def test_decoding_to_the_end_finds_what_demuxing_does_not(tmp_path: Path) -> None:
    # Tagged, as tags are added by reading all of a stream.
    tags = "setparams=color_primaries=1:color_trc=1:colorspace=1:range=tv"
    options = ["-bf", 0, "-g", 10, "-vf", tags]
    source = h264(tmp_path / "s.mp4", 1.5, size="128x96", options=options)
    with av.open(str(source)) as container:
        spots = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    data = bytearray(source.read_bytes())
    position, length = spots[20]
    data[position + 4 : position + length] = b"\x07" * (length - 4)
    source.write_bytes(data)
    assert make_clip(source, tmp_path / "a.mp4", SETTINGS).action == "copy"
    decoded = dataclasses.replace(SETTINGS, verify="decode")
    assert convert(source, decoded).action == "encode"


def test_a_clip_survives_the_manifest(tmp_path: Path) -> None:
    clip = convert(h264(tmp_path / "s.mp4", 1.5, rate="30000/1001", size="128x96"))
    row = clip.to_row()
    assert row["frame_rate"] == "30000/1001"
    assert Clip.from_row(json.loads(json.dumps(row)) | {"other": 1}) == clip
    assert set(clip.source_seconds) == {"probe", "make", "verify"}
    with pytest.raises(KeyError):
        Clip.from_row({"path": "x", "frame_rate": "25"})


def test_the_key_tells_what_changes_a_clip() -> None:
    default = ClipSettings()
    for name, value in (
        ("clip_seconds", 60.5),
        ("max_height", 360),
        ("crf", 20),
        ("preset", "fast"),
        ("max_fps", 30),
        ("hdr", "keep"),
    ):
        assert dataclasses.replace(default, **{name: value}).key != default.key
    for name, value in (("verify", "decode"), ("threads", 4), ("timeout", None)):
        assert dataclasses.replace(default, **{name: value}).key == default.key


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("clip_seconds", -1), ("clip_seconds", float("nan")), ("clip_seconds", float("inf")),
        ("max_height", 1), ("crf", 52), ("preset", "quick"), ("max_fps", 0), ("hdr", "yes"),
        ("verify", "yes"), ("threads", -1), ("timeout", 0),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=name):
        ClipSettings(**{name: value})


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_whole_videos_where_there_is_no_limit(tmp_path: Path, codec: str) -> None:
    source = pattern(
        tmp_path / "s.mp4", "testsrc2=s=64x48:r=30:d=3", "-c:v", codec, "-pix_fmt", "yuv420p"
    )
    clip = convert(source, ClipSettings(clip_seconds=0))
    assert (clip.action, clip.total_frame_count) == ("copy" if codec == "libx264" else "encode", 90)
    assert clip.duration == 3.0


def test_limits_round_as_the_frames_do(tmp_path: Path) -> None:
    source = pattern(tmp_path / "s.mp4", "testsrc2=s=64x48:r=30000/1001:d=3", "-c:v", "mpeg4")
    for seconds in np.linspace(0.5, 2.5, 5):
        clip = convert(source, dataclasses.replace(SETTINGS, clip_seconds=float(seconds)))
        assert clip.total_frame_count == frames.frame_count(seconds, Fraction(30000, 1001))


def test_a_killed_converter_leaves_no_clip_and_its_remains_are_cleaned(tmp_path: Path) -> None:
    source = pattern(tmp_path / "s.mp4", "testsrc2=s=640x480:r=30:d=20", "-c:v", "mpeg4")
    out = tmp_path / "out"
    code = (
        "import sys; from fiftyone_action100m.converters.clips.make import *;"
        "make_clip(sys.argv[1], sys.argv[2], ClipSettings(preset='veryslow'))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(source), str(out / "clip.mp4")])
    deadline = time.monotonic() + 60
    while not (found := list(out.glob(".*"))) or not found[0].stat().st_size:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    assert clean_stale(out) == 0, "the file of a living process was removed"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert [p.name for p in out.iterdir()] == [found[0].name]
    wait_until_gone(str(found[0]))
    assert clean_stale(out) == 1
    assert list(out.iterdir()) == []


def test_files_that_are_no_remains_stay(tmp_path: Path) -> None:
    names = ["clip.mp4", ".clip.mp4.x-00000000.tmp.mp4", ".hidden.mp4", f".c.{os.getpid()}.tmp.mp4"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / f".old.mp4.{os.getpid()}-0123abcd.tmp.mp4").touch()  # not one of this process's
    assert clean_stale(tmp_path) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(names)
