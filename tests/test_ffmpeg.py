"""Which ffmpeg is run: the bundled one, or the one that is asked for and has all that is needed."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest
import setup_venv
from fiftyone_action100m import cli
from fiftyone_action100m.converters.clips import ffmpeg as runner
from fiftyone_action100m.converters.clips.ffmpeg import CHOICE, NoFfmpegError, ffmpeg_exe
from fiftyone_action100m.converters.clips.ffmpeg_needs import NEEDS, OPTIONAL
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import RenderError, render
from material import small_record, write_parquet, write_video
from other_ffmpegs import GOOD, OLD, other_ffmpeg


@pytest.fixture(scope="module")
def bundled() -> str:
    return ffmpeg_exe()


def wrap(path: Path, exe: str, before: str) -> str:
    """Writes a program that is an ffmpeg but for what ``before``, in sh, makes of some commands."""
    path.write_text(f'#!/bin/sh\n{before}\nexec "{exe}" "$@"\n')
    path.chmod(0o755)
    return str(path)


def test_whatever_is_on_path_is_not_run(
    bundled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    touched = tmp_path / "touched"
    other = wrap(tmp_path / "ffmpeg", bundled, f"touch '{touched}'")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", other)
    runner._usable.cache_clear()
    assert ffmpeg_exe() == bundled
    assert "imageio_ffmpeg" in bundled and not touched.exists()
    monkeypatch.setenv(CHOICE, "ffmpeg")
    assert ffmpeg_exe() == other and touched.exists()


@pytest.mark.parametrize("name", GOOD)
def test_another_is_run_where_it_is_asked_for(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = other_ffmpeg(name, tmp_path)
    monkeypatch.setenv(CHOICE, other)
    assert ffmpeg_exe() == other


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("case $* in *-filters*) exec /bin/echo ' .. scale V->V';; esac", "lacks filter aformat,"),
        ("case $* in *-fps_mode*) echo 'no such mode' >&2; exit 1;; esac", "options: no such mode"),
        ("exit 3", "does not run: exit code 3"),
    ],
)
def test_one_that_lacks_something_is_refused_in_one_line(
    bundled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, words: str
) -> None:
    monkeypatch.setenv(CHOICE, wrap(tmp_path / "lame", bundled, before))
    with pytest.raises(NoFfmpegError, match=words) as caught:
        ffmpeg_exe()
    assert "\n" not in str(caught.value) and "or unset it" in str(caught.value)


@pytest.mark.parametrize("choice", ["no-such-ffmpeg", "/no/such/ffmpeg", "/tmp"])
def test_what_is_no_program_is_refused(choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHOICE, choice)
    with pytest.raises(NoFfmpegError, match=f"{CHOICE}={choice} is not a program"):
        ffmpeg_exe()


def test_where_there_is_no_ffmpeg_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(CHOICE, raising=False)
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    runner._usable.cache_clear()
    with pytest.raises(NoFfmpegError, match="pip install --force-reinstall imageio-ffmpeg"):
        ffmpeg_exe()


def test_every_filter_that_is_used_is_looked_for(repo_root: Path) -> None:
    used: set[str] = set()
    for path in (repo_root / "converters" / "clips").glob("*.py"):
        used |= set(re.findall(r"\.filter\(\s*[\"'](\w+)[\"']", path.read_text()))
    assert {"scale", "fps", "aresample"} <= used <= {*NEEDS["filters"], *OPTIONAL}


def test_a_conversion_says_it_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_parquet(tmp_path / "records.parquet", [small_record("aa")])
    write_video(tmp_path / "videos" / "aa.mp4")
    monkeypatch.setenv(CHOICE, other_ffmpeg(OLD, tmp_path))
    out = tmp_path / "out"
    command = ["convert", str(tmp_path / "records.parquet"), "--videos", str(tmp_path / "videos")]
    assert cli.main([*command, "--name", "never-made", "--out", str(out)]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and "bsf setts" in said[0] and not out.exists()


def test_what_ffmpeg_says_of_the_demo_is_what_the_user_sees(
    bundled: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    record = demo_record(seconds=4, leaves=4)
    refuse = "case $* in *pipe:0*) echo 'Invalid time base: demux' >&2; exit 1;; esac"
    monkeypatch.setenv(CHOICE, wrap(tmp_path / "picky", bundled, refuse))
    for variable in (True, False):
        with pytest.raises(RenderError, match="ffmpeg ended with 1: Invalid time base: demux"):
            render(record, tmp_path / "v.mp4", size=(128, 96), variable_rate=variable)
    assert cli.main(["demo", "--dir", str(tmp_path / "demo"), "--videos", "4"]) == 4
    said = capsys.readouterr().err
    assert "ffmpeg ended with 1: Invalid time base: demux" in said and "Traceback" not in said


def test_the_set_up_puts_the_same_one_on_path(
    bundled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrap(tmp_path / "ffmpeg", bundled, "exit 1")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    venv, python = tmp_path / "venv", Path(sys.executable)
    setup_venv.link_ffmpeg(venv, python)
    assert str((venv / "bin" / "ffmpeg").readlink()) == bundled
    monkeypatch.setenv(CHOICE, other_ffmpeg("7.0", tmp_path))
    setup_venv.link_ffmpeg(venv, python)
    assert str((venv / "bin" / "ffmpeg").readlink()) == os.environ[CHOICE]
    monkeypatch.setenv(CHOICE, str(tmp_path / "ffmpeg"))
    with pytest.raises(setup_venv.SetupError, match="cannot be used: it does not run"):
        setup_venv.link_ffmpeg(venv, python)
