"""The demo's videos show each leaf where it is, read from decoded pixels."""

from __future__ import annotations

import threading
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fiftyone_action100m.converters.clips.make import ClipSettings, make_clip
from fiftyone_action100m.core import frames
from fiftyone_action100m.demo.layout import lay_out
from fiftyone_action100m.demo.make import STYLES
from fiftyone_action100m.demo.palette import leaf_colours, leaves_of
from fiftyone_action100m.demo.picture import Pictures, time_code
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import RenderError, render
from material import nearest_leaf
from rowwise import support
from video_sources import ffmpeg

SMALL = (192, 108)
RATES = ["24", "25", "30000/1001", "30", "50", "60"]
#: How far a decoded colour may be from the one drawn, in RGB.
TOLERANCE = 14.0


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return demo_record(seconds=7, leaves=12)


def read_leaves(path: Path, record: dict[str, Any], drawn: tuple[int, int]) -> list[int]:
    """Decodes a video and says which leaf each of its frames shows, from 0 in order of time."""
    colours = leaf_colours(record)
    places = {leaf["node_id"]: i for i, leaf in enumerate(leaves_of(record))}
    box = np.asarray(lay_out(drawn).colour, dtype=float).reshape(2, 2) / drawn
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            x, y = (box * (frame.width, frame.height)).T.astype(int)
            area = frame.to_ndarray(format="rgb24")[y[0] + 2 : y[1] - 2, x[0] + 2 : x[1] - 2]
            seen = area.reshape(-1, 3).mean(axis=0)
            leaf = nearest_leaf(seen, colours)
            assert np.linalg.norm(seen - colours[leaf]) < TOLERANCE
            found.append(places[leaf])
    return found


def expected_leaves(record: dict[str, Any], fps: Fraction, total: int) -> list[int]:
    """Which leaf each frame shows, by the rule that labels are made with."""
    shown = []
    for i, leaf in enumerate(leaves_of(record)):
        found = support(leaf["start"], leaf["end"], fps, total)
        if found is not None:
            assert found.first == len(shown) + 1
            shown += [i] * (found.last - found.first + 1)
    return shown


@pytest.mark.parametrize("rate", RATES)
def test_every_frame_shows_its_own_leaf(tmp_path: Path, record: dict[str, Any], rate: str) -> None:
    fps = Fraction(rate)
    source = tmp_path / "s.mp4"
    total = render(record, source, fps=rate, size=SMALL)
    assert total == frames.frame_count(7, fps)
    assert read_leaves(source, record, SMALL) == expected_leaves(record, fps, total)
    with av.open(str(source)) as container:
        assert container.streams.video[0].average_rate == fps
    clip = make_clip(source, tmp_path / "c.mp4", ClipSettings(clip_seconds=5.0, max_height=96))
    assert clip.frame_rate == fps
    shown = expected_leaves(record, fps, clip.total_frame_count)
    assert read_leaves(clip.path, record, SMALL) == shown


@pytest.fixture(scope="module")
def variable(tmp_path_factory: pytest.TempPathFactory, record: dict[str, Any]) -> Path:
    path = tmp_path_factory.mktemp("variable") / "s.mp4"
    render(record, path, fps="20", size=SMALL, variable_rate=True)
    return path


def test_a_variable_rate_varies_and_cuts_at_each_leaf(
    variable: Path, record: dict[str, Any]
) -> None:
    with av.open(str(variable)) as container:
        stream = container.streams.video[0]
        packets = [p for p in container.demux(stream) if p.pts is not None]
        times = [p.pts * stream.time_base for p in packets]
        end = times[-1] + packets[-1].duration * stream.time_base
    gaps = {round(float(b - a), 4) for a, b in pairwise(times)}
    assert len(gaps) > 20
    assert abs(end - 7) < Fraction(1, 10_000)
    for leaf in leaves_of(record):
        assert min(abs(time - Fraction(leaf["start"])) for time in times) <= Fraction(1, 90_000)
    starts = [Fraction(leaf["start"]) for leaf in leaves_of(record)]
    tick = Fraction(1, 90_000)
    shown = [sum(start < time + tick for start in starts) - 1 for time in times]
    assert read_leaves(variable, record, SMALL) == shown


@pytest.mark.parametrize("rate", RATES)
def test_a_variable_rate_made_constant_shows_each_leaf_on_its_frames(
    tmp_path: Path, variable: Path, record: dict[str, Any], rate: str
) -> None:
    constant = tmp_path / "c.mp4"
    ffmpeg("-i", variable, "-vf", f"fps={rate}:round=near", "-an", "-preset", "veryfast", constant)
    shown = read_leaves(constant, record, SMALL)
    assert abs(len(shown) - frames.frame_count(7, Fraction(rate))) <= 1
    assert shown == expected_leaves(record, Fraction(rate), len(shown))


def test_the_clip_of_a_variable_rate_shows_each_leaf_on_its_frames(
    tmp_path: Path, variable: Path, record: dict[str, Any]
) -> None:
    clip = make_clip(variable, tmp_path / "c.mp4", ClipSettings(clip_seconds=6.0))
    assert clip.action == "encode"
    shown = read_leaves(clip.path, record, SMALL)
    assert shown == expected_leaves(record, clip.frame_rate, clip.total_frame_count)


@pytest.mark.parametrize("index", range(len(STYLES)))
def test_the_demos_formats(tmp_path: Path, index: int) -> None:
    style, record = STYLES[index], demo_record(index)
    source = tmp_path / f"s{style.suffix}"
    count = render(
        record,
        source,
        fps=style.fps,
        size=style.size,
        codec=style.codec,
        variable_rate=style.variable_rate,
        seconds=2.5,
    )
    with av.open(str(source)) as container:
        stream = container.streams.video[0]
        codec = {"libx264": "h264", "libvpx-vp9": "vp9"}[style.codec]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == (codec, "yuv420p")
        assert (stream.width, stream.height) == style.size
        assert style.variable_rate or stream.average_rate == Fraction(style.fps)
        assert len(container.streams.audio) == 1
    shown = read_leaves(source, record, style.size)
    assert len(shown) == count
    assert shown == sorted(shown)
    if not style.variable_rate:
        assert shown == expected_leaves(record, Fraction(style.fps), count)


def test_one_format_is_copied_and_the_others_are_not(tmp_path: Path) -> None:
    actions = []
    for i, style in enumerate(STYLES):
        source = tmp_path / f"s{i}{style.suffix}"
        render(
            demo_record(i),
            source,
            fps=style.fps,
            size=style.size,
            codec=style.codec,
            variable_rate=style.variable_rate,
            seconds=1.5 if i == 2 else 2.5,
        )
        settings = ClipSettings(clip_seconds=2.0)
        actions.append(make_clip(source, tmp_path / f"c{i}.mp4", settings).action)
    assert [i for i, action in enumerate(actions) if action == "copy"] == [2]
    assert actions[1] == actions[3] == actions[4] == actions[5] == "encode"


def test_sound_is_soft_and_can_be_left_out(tmp_path: Path, record: dict[str, Any]) -> None:
    render(record, tmp_path / "s.mp4", fps="5", size=SMALL)
    with av.open(str(tmp_path / "s.mp4")) as container:
        loud = np.concatenate([f.to_ndarray().ravel() for f in container.decode(audio=0)])
    assert 0.01 < np.abs(loud).max() < 0.2
    render(record, tmp_path / "silent.mp4", fps="5", size=SMALL, audio=False)
    with av.open(str(tmp_path / "silent.mp4")) as container:
        assert not container.streams.audio


def test_a_rendering_that_fails_leaves_nothing_and_says_why(
    tmp_path: Path, record: dict[str, Any]
) -> None:
    with pytest.raises(RenderError, match="output format"):
        render(record, tmp_path / "s.nothing", fps="5", size=SMALL, audio=False)
    assert list(tmp_path.iterdir()) == []


def test_a_rendering_can_be_stopped(tmp_path: Path, record: dict[str, Any]) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(RenderError, match="stopped"):
        render(record, tmp_path / "s.mp4", fps="5", size=SMALL, stop=stop)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_made_is_refused(tmp_path: Path, record: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be even"):
        render(record, tmp_path / "s.mp4", size=(193, 108))
    with pytest.raises(ValueError, match="unknown codec"):
        render(record, tmp_path / "s.mp4", codec="gif")


@pytest.mark.parametrize("size", [SMALL, (640, 360), (360, 640), (854, 480), (1280, 720)])
def test_the_colour_box_holds_nothing_but_the_colour(
    record: dict[str, Any], size: tuple[int, int]
) -> None:
    pictures = Pictures(record, size, "29.97 fps")
    x0, y0, x1, y1 = lay_out(size).colour
    assert (x1 - x0) * (y1 - y0) >= size[0] * size[1] * 0.08
    for i, colour in enumerate(leaf_colours(record).values()):
        picture = pictures.draw(i, Fraction(123, 10), 12_345)
        assert (picture[y0:y1, x0:x1] == colour).all()


def test_a_picture_shows_time_text_and_playhead(record: dict[str, Any]) -> None:
    size = (640, 360)
    pictures = Pictures(record, size, "25 fps")
    place = lay_out(size)
    early, late = pictures.draw(3, Fraction(1), 26), pictures.draw(3, Fraction(6), 151)
    changed = np.argwhere((early != late).any(axis=2))
    clock = changed[changed[:, 0] < place.panel[1]]
    assert len(clock) and clock[:, 0].max() < place.colour[1] and clock[:, 1].min() > size[0] / 2
    moved = changed[changed[:, 0] >= place.panel[1]]
    left, _, right, _ = place.rows[0]
    for seconds in (1, 6):
        at = left + (right - left) * seconds / 7
        assert np.abs(moved[:, 1] - at).min() <= 2
    x0, y0, x1, y1 = place.text
    colour = list(leaf_colours(record).values())[3]
    lettered = (early[y0:y1, x0:x1] != colour).any(axis=2)
    assert 0.03 < lettered.mean() < 0.5


def test_time_codes() -> None:
    assert time_code(Fraction(0)) == "00:00.00"
    assert time_code(Fraction(8345, 100)) == "01:23.45"
    assert time_code(Fraction(1001, 30000)) == "00:00.03"
