"""With other ffmpegs than the bundled one, the demo, clips, fetched clips and exports are right."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import fiftyone as fo
import pytest
from fiftyone_action100m.acquire.options import FetchOptions
from fiftyone_action100m.converters.clips.ffmpeg import CHOICE
from fiftyone_action100m.converters.clips.make import make_clip
from fiftyone_action100m.converters.clips.media import ClipSettings
from fiftyone_action100m.converters.web_videos import WebVideos
from fiftyone_action100m.exporters.export import export
from material import Converted, small_demo
from other_ffmpegs import GOOD, other_ffmpeg
from sound_clock import first_sound
from video_sources import ffmpeg, numbered, read_numbers
from web_server import QUICK, WebSite

SECONDS = 7


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve seconds whose frames show their numbers, with a beep at 2 s: files, HLS and DASH."""
    folder = tmp_path_factory.mktemp("sources")
    times = [Fraction(i, 25) for i in range(300)]
    pictures = numbered(folder / "p.mp4", times, rate=Fraction(25), codec="libx264")
    beep = "sine=f=1000:d=12,volume='between(t,2,2.1)':eval=frame"
    both = folder / "both.mp4"
    ffmpeg("-i", pictures, "-f", "lavfi", "-i", beep, "-c:v", "copy", "-c:a", "aac", both)
    ffmpeg("-i", both, "-c", "copy", folder / "both.mkv")
    ffmpeg("-i", pictures, "-c", "copy", folder / "silent.ts")
    for kind, options in (("hls", ("-f", "hls", "-hls_playlist_type", "vod")), ("dash", ())):
        (folder / kind).mkdir()
        ffmpeg("-i", both, "-c", "copy", *options, folder / kind / f"v.{_suffix(kind)}")
    return folder


def _suffix(kind: str) -> str:
    return "mpd" if kind == "dash" else "m3u8"


@pytest.fixture(params=GOOD)
def other(
    request: pytest.FixtureRequest, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    found = other_ffmpeg(request.param, tmp_path)
    monkeypatch.setenv(CHOICE, found)
    return found


def test_clips_show_their_frames_at_their_time(other: str, sources: Path, tmp_path: Path) -> None:
    for name in ("both.mp4", "both.mkv", "silent.ts"):
        clip = make_clip(sources / name, tmp_path / f"{name}.mp4", ClipSettings(SECONDS))
        assert read_numbers(clip.path) == list(range(25 * SECONDS)), name
        if name != "silent.ts":
            assert 2.0 < first_sound(clip.path) < 2.04, name


@pytest.mark.parametrize("kind", ["hls", "dash"])
def test_fetched_clips_show_theirs(other: str, sources: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "clips").mkdir()
    with WebSite(sources) as site:
        options = FetchOptions(url=f"{site.root}/{kind}/{{id}}.{_suffix(kind)}", **QUICK)
        with WebVideos(options, ClipSettings(SECONDS), tmp_path / "clips") as web:
            clip = web.make("v", web.folder / "v.mp4")
    assert read_numbers(clip.path) == list(range(25 * SECONDS))
    assert 2.0 < first_sound(clip.path) < 2.05


def test_the_demo_is_rendered_converted_and_exported(
    other: str, tmp_path: Path, dataset_name: str
) -> None:
    # One of each kind: copied as it is, of variable rate, VP9.
    demo = small_demo(tmp_path, formats=(3, 4, 2), seconds=8)
    made = Converted.make(dataset_name, demo.records, demo.videos, tmp_path / "out")
    try:
        assert len(made.dataset) == len(list(demo.videos.iterdir()))
        export(fo.load_dataset(dataset_name), tmp_path / "lines", "jsonl")
        files = list((tmp_path / "lines").rglob("*.jsonl"))
        lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
        assert len(lines) > 20
    finally:
        made.dataset.delete()
