"""The demo is made once, in pieces that survive an end at any moment."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import av
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m.core.schema import RECORD
from fiftyone_action100m.demo import make
from fiftyone_action100m.demo.make import Style, default_directory, make_demo
from fiftyone_action100m.demo.records import demo_records
from fiftyone_action100m.demo.render import RenderError
from services import wait_until_gone
from shard_material import wait_for

#: Quick to make; the videos are as long as ever.
STYLES = (Style(".mp4", "2", (128, 96)), Style(".webm", "2", (96, 128), codec="libvpx-vp9"))


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(make, "STYLES", STYLES)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with two videos, not to be changed."""
    directory = tmp_path_factory.mktemp("demo")
    seen: list[tuple[int, int]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "STYLES", STYLES)
        make_demo(directory, videos=2, progress=lambda *done: seen.append(done))
    assert seen == [(1, 2), (2, 2)]
    return directory


def state(directory: Path) -> dict[str, tuple[int, int]]:
    """Every file's inode and time of change."""
    return {
        str(path.relative_to(directory)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in sorted(directory.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


@pytest.mark.usefixtures("small")
def test_it_is_made_once(made: Path) -> None:
    before = state(made)
    assert sorted(before) == [
        "records.parquet",
        *("stamps/demo0510001.json", "stamps/demo0510002.json", "stamps/records.json"),
        *("videos/demo0510001.mp4", "videos/demo0510002.webm"),
    ]
    seen: list[tuple[int, int]] = []
    demo = make_demo(made, videos=2, progress=lambda *done: seen.append(done))
    assert (demo.records, demo.videos) == (made / "records.parquet", made / "videos")
    assert seen == [(1, 2), (2, 2)]
    assert state(made) == before


def test_the_records_are_in_row_groups(made: Path) -> None:
    file = pq.ParquetFile(made / "records.parquet")
    assert file.num_row_groups == 2
    assert file.schema_arrow.equals(RECORD)
    assert file.read().to_pylist() == demo_records(2)


@pytest.mark.usefixtures("small")
def test_only_what_is_damaged_is_made_again(made: Path, tmp_path: Path) -> None:
    directory = shutil.copytree(made, tmp_path / "demo")
    before = state(directory)
    damaged = directory / "videos" / "demo0510001.mp4"
    good = damaged.read_bytes()
    damaged.write_bytes(good[:1000])
    make_demo(directory, videos=2)
    assert damaged.read_bytes() == good
    after = state(directory)
    assert {name for name in before if before[name] != after[name]} == {
        "stamps/demo0510001.json",
        "videos/demo0510001.mp4",
    }


def test_another_format_replaces_the_video(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = shutil.copytree(made, tmp_path / "demo")
    monkeypatch.setattr(make, "STYLES", (Style(".mkv", "3", (128, 96)), STYLES[1]))
    make_demo(directory, videos=2)
    names = sorted(path.name for path in (directory / "videos").iterdir())
    assert names == ["demo0510001.mkv", "demo0510002.webm"]
    with av.open(str(directory / "videos" / names[0])) as container:
        assert container.streams.video[0].average_rate == 3


def test_a_killed_run_leaves_no_half_video_and_is_taken_up(tmp_path: Path, small: None) -> None:
    code = "import sys; from fiftyone_action100m.demo.make import make_demo; make_demo(sys.argv[1])"
    argv = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(argv) as process:
        wait_for(lambda: list(tmp_path.glob("videos/.*.part.*")), process)
        process.kill()
    wait_until_gone(str(tmp_path))  # its ffmpegs die with it
    remains = list((tmp_path / "videos").iterdir())
    assert remains and all(".part." in path.name for path in remains)
    demo = make_demo(tmp_path, videos=1)
    (video,) = demo.videos.iterdir()
    assert video.name == "demo0510001.mp4"


@pytest.mark.usefixtures("small")
def test_what_an_orphan_of_a_killed_run_writes_meanwhile_is_removed(
    made: Path, tmp_path: Path
) -> None:
    directory = shutil.copytree(made, tmp_path / "demo")
    late = directory / "videos" / ".demo0510001.1-0123abcd.part.mp4"
    make_demo(directory, videos=2, progress=lambda *done: late.touch())
    assert not late.exists()


def test_a_failure_is_raised_and_stops_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = Style(".mp4", "30", (640, 360))
    monkeypatch.setattr(make, "STYLES", (Style(".nothing", "2", (128, 96)), good))
    started = time.monotonic()
    with pytest.raises(RenderError, match="ffmpeg ended with"):
        make_demo(tmp_path, videos=2, workers=2)
    assert time.monotonic() - started < 10
    assert list((tmp_path / "videos").iterdir()) == []
    shutil.rmtree(tmp_path)


def test_no_videos_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="videos is 0"):
        make_demo(tmp_path, videos=0)


def test_the_directory_is_in_the_users_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_directory() == tmp_path / "fiftyone_action100m" / "demo"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_directory() == tmp_path / "home/.cache/fiftyone_action100m/demo"
