"""One frame of every few of a whole video: the right ones, on the clip's clock, and no more."""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import psutil
import pytest
from fiftyone_action100m.converters.clips import ffmpeg
from fiftyone_action100m.converters.clips.ffmpeg import RunError, read_output
from fiftyone_action100m.converters.clips.media import ClipError
from fiftyone_action100m.converters.clips.samples import SampledVideo, open_video
from video_sources import ffmpeg as run_ffmpeg
from video_sources import h264, pattern

SIZE = (24, 32)


def frames_of(video: SampledVideo, batch: int = 7, crop: bool = False) -> np.ndarray:
    return np.concatenate(list(video.read(batch, SIZE, crop)))


@pytest.fixture(scope="module")
def brightening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds at 30 frames per second, whose frame n is of grey 2 n."""
    grey = "geq=lum='16+2*N':cb=128:cr=128"
    path = tmp_path_factory.mktemp("samples") / "grey.mkv"
    return pattern(path, f"color=s=64x48:r=30:d=3,{grey}", "-c:v", "ffv1")


def test_one_of_every_few_frames_from_the_first(brightening: Path) -> None:
    video = open_video(brightening, 4)
    assert (video.rate, video.expected) == (30, 23)
    frames = frames_of(video)
    assert frames.shape == (23, *SIZE, 3) and frames.dtype == np.uint8
    shown = frames.mean(axis=(1, 2, 3)) * 219 / 255 / 2  # the luma that is written is limited
    assert np.abs(shown - np.arange(0, 90, 4)).max() < 1
    assert video.seconds(23) == 3.0


def test_they_are_those_of_a_clip_where_the_rate_varies(tmp_path: Path) -> None:
    # Half a second black, then white, of which the last frames are missing.
    source = "color=black:s=64x48:r=25:d=0.5[a];color=white:s=64x48:r=25:d=1.5[b]"
    path = pattern(
        tmp_path / "vfr.mp4", f"{source};[a][b]concat,select='lt(n,20)+not(mod(n,7))'",
        "-fps_mode", "passthrough", "-c:v", "libx264", "-bf", "0",
    )  # fmt: skip
    video = open_video(path, 2)
    bright = frames_of(video).mean(axis=(1, 2, 3)) > 128
    first = int(np.flatnonzero(bright)[0])
    assert abs(first * 2 / video.rate - 0.5) <= 2 / video.rate
    assert bright[first:].all()


def test_frames_are_squeezed_or_lose_their_sides(tmp_path: Path) -> None:
    # A white middle third between black sides.
    path = pattern(
        tmp_path / "bar.mkv", "color=black:s=96x24:r=5:d=1,drawbox=32:0:32:24:white:fill",
        "-c:v", "ffv1",
    )  # fmt: skip
    video = open_video(path, 1)
    squeezed, cropped = frames_of(video), frames_of(video, crop=True)
    assert squeezed.shape == cropped.shape == (5, *SIZE, 3)
    assert 0.3 < squeezed.mean() / 255 < 0.36
    assert cropped.mean() > 250


def test_only_the_beginning_is_decoded_where_that_is_asked_for(brightening: Path) -> None:
    read = open_video(brightening, 4).read(5, SIZE, seconds=1.0)
    assert sum(map(len, read)) == 8


def test_a_video_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    whole = h264(tmp_path / "whole.mp4", 8, options=("-movflags", "+faststart"))
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    video = open_video(cut, 4)
    with pytest.raises(ClipError) as caught:
        video.seconds(len(frames_of(video)))
    assert caught.value.reason == "truncated-source"
    assert "get it again" in str(caught.value)


def test_sound_alone_is_no_video(tmp_path: Path) -> None:
    run_ffmpeg("-f", "lavfi", "-i", "sine=d=1", tmp_path / "sound.m4a")
    with pytest.raises(ClipError) as caught:
        open_video(tmp_path / "sound.m4a", 4)
    assert caught.value.reason == "no-video-stream"


def test_no_process_is_left_when_reading_ends_early(brightening: Path) -> None:
    read = open_video(brightening, 1).read(1, SIZE)
    next(read)
    assert len(ffmpeg._running) == 1
    (process,) = ffmpeg._running
    read.close()
    assert not psutil.pid_exists(process.pid) and not ffmpeg._running


def test_a_process_that_writes_nothing_is_killed() -> None:
    command = ["sh", "-c", "printf aaaaaaaaa; exec sleep 600"]
    blocks = read_output(command, 4, stall=4.0)
    assert [next(blocks), next(blocks), next(blocks)] == [b"aaaa", b"aaaa", b"a"]
    with pytest.raises(RunError) as caught:
        next(blocks)
    assert caught.value.finished.stalled


def test_what_a_process_says_when_it_fails_is_kept() -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('no such filter')"]
    with pytest.raises(RunError, match="no such filter") as caught:
        list(read_output(command, 4, stall=60))
    assert caught.value.finished.returncode == 1


def test_the_rate_is_that_of_a_clip(tmp_path: Path) -> None:
    fast = h264(tmp_path / "fast.mp4", 1, rate="120")
    assert open_video(fast, 4).rate == Fraction(60)
