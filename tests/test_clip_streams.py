"""The streams of a source that become its clip: the ones that players show and play."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from fiftyone_action100m.converters.clips import commands, make
from fiftyone_action100m.converters.clips.ffmpeg import ffmpeg_exe
from fiftyone_action100m.converters.clips.make import ClipError, ClipSettings, make_clip
from fiftyone_action100m.converters.clips.probe import probe
from video_sources import ffmpeg, numbered, pattern, read_numbers

SETTINGS = ClipSettings(clip_seconds=4.0, max_height=96)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small and a large video that move, a picture as JPEG, as PNG and as a video of a frame."""
    folder = tmp_path_factory.mktemp("parts")
    x264 = "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"
    return {
        "small": pattern(folder / "small.mp4", "testsrc2=s=64x48:r=25:d=2", *x264),
        "large": pattern(folder / "large.mp4", "testsrc2=s=128x96:r=25:d=2", *x264),
        "jpg": pattern(folder / "c.jpg", "color=red:s=640x480", "-frames:v", 1),
        "png": pattern(folder / "c.png", "color=red:s=640x480", "-frames:v", 1),
        "still": pattern(folder / "c.mp4", "color=red:s=640x480:r=1", *x264, "-frames:v", 1),
    }


@pytest.mark.parametrize(
    ("names", "default", "suffix", "chosen"),
    [
        (["jpg", "small"], [1], "mkv", 1),
        (["jpg", "small"], [0, 1], "mkv", 1),
        (["jpg", "small"], [0], "mkv", 1),
        (["png", "small"], [0], "mkv", 1),
        (["png", "jpg", "small"], [], "mkv", 2),
        (["jpg", "small"], [0], "mp4", 1),
        (["still", "small"], [0, 1], "mp4", 1),
        (["still", "small"], [0], "mkv", 1),
        (["still", "small"], [], "ts", 1),
        (["small", "jpg"], [1], "mov", 0),
        (["small", "large"], [0], "mkv", 0),
        (["small", "large"], [], "mkv", 1),
        (["small", "large"], [0, 1], "mp4", 1),
        (["large", "small"], [1], "mkv", 1),
        (["small", "large"], [], "ts", 1),
        (["large", "small"], [], "ts", 0),
        (["still"], [], "mkv", 0),
    ],
)
def test_the_stream_that_players_show(
    tmp_path: Path,
    parts: dict[str, Path],
    names: list[str],
    default: list[int],
    suffix: str,
    chosen: int,
) -> None:
    source = tmp_path / f"s.{suffix}"
    inputs = [word for name in names for word in ("-i", parts[name])]
    maps = [word for i in range(len(names)) for word in ("-map", i)]
    flags: list[object] = []
    for i in range(len(names)):
        flags += [f"-disposition:v:{i}", "default" if i in default else 0]
    ffmpeg(*inputs, *maps, "-c", "copy", *flags, source)
    assert probe(source).video_index == chosen
    clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
    size = {"small": (64, 48), "large": (128, 96)}.get(names[chosen], (128, 96))
    assert (clip.frame_width, clip.frame_height) == size
    if names != ["still"]:
        assert clip.total_frame_count == 50


@pytest.mark.parametrize(
    ("flags", "chosen"),
    [
        (["0", "0", "0"], 0),
        (["0", "default", "0"], 1),
        (["default+comment", "0", "0"], 1),
        (["visual_impaired+descriptions", "hearing_impaired", "0"], 2),
        (["comment", "comment", "comment+default"], 2),
    ],
)
def test_the_sound_that_players_play(tmp_path: Path, flags: list[str], chosen: int) -> None:
    source = tmp_path / "s.mkv"
    tones = [400, 900, 1900]
    inputs = [w for tone in tones for w in ("-f", "lavfi", "-i", f"sine=f={tone}:d=2")]
    maps = [w for i in range(4) for w in ("-map", i)]
    disposition = [w for i, flag in enumerate(flags) for w in (f"-disposition:a:{i}", flag)]
    ffmpeg("-f", "lavfi", "-i", "color=s=64x48:d=2", *inputs, *maps, *disposition, source)
    clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
    with av.open(str(clip.path)) as container:
        rate = container.streams.audio[0].codec_context.sample_rate
        wave = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
    heard = np.abs(np.fft.rfft(wave[:rate])).argmax()
    assert abs(heard - tones[chosen]) < 5


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("ac3:channel_layouts=stereo", "ac3:channel_layouts=5.1"),
        ("ac3:channel_layouts=mono", "ac3:channel_layouts=stereo"),
        ("ac3:channel_layouts=5.1", "ac3:channel_layouts=stereo"),
        ("ac3:sample_rates=48000", "ac3:sample_rates=32000"),
        ("mp2:channel_layouts=stereo", "mp2:channel_layouts=mono"),
        ("aac:channel_layouts=mono", "aac:channel_layouts=stereo"),
    ],
)
def test_a_change_of_the_sound_disturbs_nothing(tmp_path: Path, first: str, then: str) -> None:
    clip = make_clip(changing_sound(tmp_path, first, then), tmp_path / "c.mp4", SETTINGS)
    assert clip.has_audio
    assert read_numbers(clip.path) == list(range(100))
    with av.open(str(clip.path)) as container:
        rate = container.streams.audio[0].codec_context.sample_rate
        wave = np.concatenate([f.to_ndarray()[0] for f in container.decode(audio=0)])
    loud = np.abs(wave[: len(wave) // (rate // 100) * (rate // 100)]).reshape(-1, rate // 100)
    assert len(loud) == pytest.approx(400, abs=12)
    assert (loud.max(axis=1)[5:-10] > 0.01).mean() > 0.98, "there is silence in it"


@pytest.mark.parametrize("hangs", [1, 2])
def test_an_ffmpeg_that_hangs_is_run_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hangs: int
) -> None:
    source = changing_sound(tmp_path, "ac3:channel_layouts=stereo", "ac3:channel_layouts=5.1")
    # Hangs on the first runs whose graphs are chained, as ffmpeg 9.0 does in some.
    script, runs = tmp_path / "ffmpeg", tmp_path / "runs"
    script.write_text(
        f"""#!/bin/sh
case "$*" in
  *"-filter_complex "*"-filter_complex "*"-filter_complex "*)
    echo >> '{runs}'
    [ $(wc -l < '{runs}') -le {hangs} ] && exec sleep 60;;
esac
exec '{ffmpeg_exe()}' "$@"
"""
    )
    script.chmod(0o755)
    monkeypatch.setattr(commands, "ffmpeg_exe", lambda: str(script))
    # A run that does not hang is given longer, for a machine that is slow.
    monkeypatch.setattr(make, "STALL", 5.0 if hangs == 1 else 0.5)
    if hangs == 1:
        assert read_numbers(make_clip(source, tmp_path / "c.mp4", SETTINGS).path) == [*range(100)]
    else:
        with pytest.raises(ClipError, match="hung twice") as caught:
            make_clip(source, tmp_path / "c.mp4", SETTINGS)
        assert caught.value.reason == "timeout" and not list(tmp_path.glob("*.mp4"))
    assert len(runs.read_text().splitlines()) == 2


def changing_sound(tmp_path: Path, first: str, then: str) -> Path:
    """Writes a video of 100 numbered frames whose sound changes its format in the middle."""
    fps = Fraction(25)
    times = [i / fps for i in range(100)]
    video = numbered(tmp_path / "v.ts", times, 1 / fps, fps, "mpeg2video", {"qscale": "2"})
    sound = tmp_path / "s"
    with sound.open("wb") as joined:
        for words in (first, then):
            codec, _, layout = words.partition(":")
            part = tmp_path / f"part.{'adts' if codec == 'aac' else codec}"
            tone = f"sine=f=1000:d=2:r=48000,aformat={layout}"
            ffmpeg("-f", "lavfi", "-i", tone, "-c:a", codec, "-b:a", "96k", part)
            joined.write(part.read_bytes())
    source = tmp_path / "s.ts"
    kind = first.partition(":")[0]
    form = {"ac3": "ac3", "mp2": "mp3", "aac": "aac"}[kind]
    ffmpeg("-i", video, "-f", form, "-i", sound, "-map", 0, "-map", 1, "-c", "copy", source)
    return source


#: What the pixels of a source's four corners are, in reading order, and a matrix of an mp4's track
#: (a, b, c, d of ISO 14496-12, 8.3.2): x' = a x + c y, y' = b x + d y.
CORNERS = ("red", "lime", "blue", "white")
MATRICES = {
    "as it is": (1, 0, 0, 1),
    "turned right": (0, 1, -1, 0),
    "turned over": (-1, 0, 0, -1),
    "turned left": (0, -1, 1, 0),
    "flipped across": (-1, 0, 0, 1),
    "flipped down": (1, 0, 0, -1),
    "transposed": (0, 1, 1, 0),
    "transposed the other way": (0, -1, -1, 0),
}
COLOURS = {"red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}


@pytest.fixture(scope="module")
def corners(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A video of four colours that complies with every rule of a clip, and one that does not."""
    folder = tmp_path_factory.mktemp("corners")
    boxes = [
        f"drawbox={64 * (i % 2)}:{48 * (i // 2)}:64:48:{colour}:fill"
        for i, colour in enumerate(CORNERS)
    ]
    made = {}
    for name, codec in (("complies", "libx264"), ("does not", "mpeg4")):
        made[name] = pattern(
            folder / f"{codec}.mp4", "color=black:s=128x96:r=25:d=1",
            "-vf", ",".join(boxes), "-c:v", codec, "-pix_fmt", "yuv420p", "-q:v", 2,
        )  # fmt: skip
    return made


@pytest.mark.parametrize("which", ["complies", "does not"])
@pytest.mark.parametrize("name", MATRICES)
def test_a_matrix_is_baked_in(
    tmp_path: Path, corners: dict[str, Path], name: str, which: str
) -> None:
    a, b, c, d = MATRICES[name]
    data = bytearray(corners[which].read_bytes())
    place = data.index(b"tkhd") + 4 + 40
    words = (a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    struct.pack_into(">9i", data, place, *words)
    source = tmp_path / "s.mp4"
    source.write_bytes(data)
    clip = make_clip(source, tmp_path / "c.mp4", SETTINGS)
    assert (clip.action == "copy") == (which == "complies" and name == "as it is")
    with clip.path.open("rb") as f:
        made = f.read()
    identity = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    assert struct.unpack_from(">9i", made, made.index(b"tkhd") + 4 + 40) == identity
    with av.open(str(clip.path)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(int)
    height, width = picture.shape[:2]
    assert (width > height) == bool(a)
    for i, colour in enumerate(CORNERS):
        x, y = (-1, 1)[i % 2], (-1, 1)[i // 2]
        across, down = a * x + c * y, b * x + d * y
        spot = picture[round(height * (0.5 + down / 4)), round(width * (0.5 + across / 4))]
        nearest = min(COLOURS, key=lambda k: np.abs(spot - COLOURS[k]).sum())
        assert nearest == colour, (i, spot)
