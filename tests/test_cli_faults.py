"""The command line where something around it fails: one line, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import fiftyone as fo
import forks
import pytest
import services
from fiftyone_action100m.cli import main
from fiftyone_action100m.cli.errors import CommandEnded, errors_printed
from material import small_record, write_parquet, write_video
from subset import subset_dataset

COMMAND = "import sys; from fiftyone_action100m.cli import main; sys.exit(main())"
LONG = "x" * 5000


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen records of one small video each, which are links to one."""
    folder = tmp_path_factory.mktemp("faults")
    uids = [f"video-{i:03d}" for i in range(12)]
    write_parquet(folder / "rows.parquet", [small_record(uid, 2.0) for uid in uids])
    one = write_video(folder / "one.mp4", seconds=2.0)
    (folder / "videos").mkdir()
    for uid in uids:
        (folder / "videos" / f"{uid}.mp4").symlink_to(one)
    return folder


def start(*arguments: str, **more: Any) -> subprocess.Popen[str]:
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen([sys.executable, "-c", COMMAND, *arguments], text=True, **options)


def one_line(said: str) -> bool:
    return said.startswith("action100m: ") and said.count("\n") == 1 and len(said) < 600


def closed_pipe() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def test_a_pipe_that_is_closed_ends_the_output_quietly(dataset_name: str, tmp_path: Path) -> None:
    subset_dataset(dataset_name)
    out = str(tmp_path / "out")
    for arguments in (["export", "--help"], ["export", dataset_name, out, "--format", "json"]):
        writer = closed_pipe()
        process = start(*arguments, stdout=writer)
        os.close(writer)
        _, error = process.communicate(timeout=120)
        assert process.returncode in (0, 141), error  # argparse drops what it cannot write
        assert "Broken" not in error and "Traceback" not in error and "Exception" not in error
    assert len(list((tmp_path / "out").glob("*.json"))) == 3  # finished work is kept


def test_output_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_text("")
    with Path("/dev/full").open("w") as full:
        process = start("status", str(tmp_path), stdout=full)
        _, error = process.communicate(timeout=120)
    assert process.returncode == 4 and one_line(error) and "No space left" in error, error


def test_a_database_that_is_not_there_is_said() -> None:
    commands = [
        ["export", "x", "out", "--format", "json"], ["open", "x"], ["upgrade", "x"],
        ["publish", "x", "me/x", "--dry-run"],
    ]  # fmt: skip
    script = (
        "import sys; from fiftyone_action100m.cli import main\n"
        f"sys.exit([main(each) for each in {commands!r}] != [4] * {len(commands)})"
    )
    uri = "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True,
        env={**os.environ, "FIFTYONE_DATABASE_URI": uri},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == len(commands), done.stderr
    for line in lines:
        assert one_line(line + "\n") and "FIFTYONE_DATABASE_URI" in line
        assert "cannot be reached (127.0.0.1:1" in line and "Topology" not in line


@pytest.mark.slow
def test_a_database_that_is_killed_is_said_and_the_same_command_goes_on(
    source: Path, dataset_name: str, tmp_path: Path
) -> None:
    exe = services.find_mongod()
    assert exe is not None
    (tmp_path / "db").mkdir()
    mongod, uri = services.start_mongod(exe, tmp_path / "db")
    env = {**os.environ, "FIFTYONE_DATABASE_URI": f"{uri}/?serverSelectionTimeoutMS=500"}
    out = tmp_path / "out"
    arguments = [
        "convert", str(source / "rows.parquet"), "--videos", str(source / "videos"),
        "--name", dataset_name, "--out", str(out), "--workers", "1",
    ]  # fmt: skip
    process = forks.start(forks.CLI, *arguments, env=env)
    try:
        while process.poll() is None and len(list(out.glob("clips/*.mp4"))) < 3:
            time.sleep(0.01)
    finally:
        mongod.process.send_signal(signal.SIGKILL)
        mongod.process.wait()
    said, error = process.communicate(timeout=300)
    assert process.returncode == 4, said + error
    assert "Traceback" not in error and "cannot be reached" in error.splitlines()[-1], error
    assert one_line(error.splitlines()[-1] + "\n")
    clips = {path: path.stat().st_mtime_ns for path in out.glob("clips/*.mp4")}
    (tmp_path / "new").mkdir()
    mongod, uri = services.start_mongod(exe, tmp_path / "new")
    try:
        process = forks.start(forks.CLI, *arguments, env={**env, "FIFTYONE_DATABASE_URI": uri})
        said, error = process.communicate(timeout=300)
    finally:
        mongod.stop()
    assert process.returncode == 0 and "12 of 12 videos converted" in said, said + error
    assert {path: path.stat().st_mtime_ns for path in clips} == clips  # not made again


@pytest.mark.parametrize("path", ["a\0b", LONG, "folder/" + LONG])
@pytest.mark.parametrize(
    "arguments",
    [
        "convert PATH --videos VIDEOS --name NAME --out OUT",
        "convert SOURCE --videos PATH --name NAME --out OUT",
        "convert SOURCE --videos VIDEOS --name NAME --out PATH",
        "convert SOURCE --videos VIDEOS --name NAME --out PATH --dry-run",
        "convert SOURCE --videos VIDEOS --name NAME --out PATH --processes 1",
        "convert SOURCE --videos VIDEOS --name NAME --out OUT --fetch --cookies PATH",
        "convert SOURCE --videos VIDEOS --name NAME --out OUT --ids PATH",
        "ingest PATH --name NAME",
        "status PATH",
        "inspect PATH",
        "inspect SOURCE --ids PATH",
        "demo --dir PATH --videos 1 --name NAME",
        "export PATH OUT --format json",
        "publish PATH me/x --dry-run",
        "upgrade PATH",
        "open PATH",
    ],
)
def test_what_can_be_no_path_is_refused(
    source: Path,
    dataset_name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
    path: str,
) -> None:
    given = {
        "PATH": path, "SOURCE": str(source / "rows.parquet"), "VIDEOS": str(source / "videos"),
        "NAME": dataset_name, "OUT": str(tmp_path / "out"),
    }  # fmt: skip
    code = main([given.get(word, word) for word in arguments.split()])
    shown = capsys.readouterr()
    if "--ids" in arguments:  # a list of them, too
        assert code in (2, 3, 4), shown.err
    else:
        assert code == 2 and one_line(shown.err), shown.err
    assert "unexpected" not in shown.err and "Traceback" not in shown.err
    assert not fo.dataset_exists(dataset_name)


HUGE = "9" * 30


@pytest.mark.parametrize(
    "more",
    [
        ["--max-samples", HUGE], ["--clip-seconds", "nan"], ["--clip-seconds", "inf"],
        ["--clip-seconds", "1e300"], ["--max-height", HUGE], ["--max-height", "-5"],
        ["--crf", HUGE], ["--workers", HUGE], ["--workers", "-1"], ["--random", HUGE],
        ["--random", "-1"], ["--seed", HUGE], ["--duration", "nan:"], ["--views", f"{HUGE}:"],
        ["--shards", HUGE], ["--uploaded", "99999"], ["--preset", ""], ["--captions", ""],
        ["--revision", "\0"], ["--retry", ""], ["--shard-size", "0"], ["--shard-size", HUGE],
        ["--processes", "0"], ["--processes", "-3"], ["--fetch", "--pause", "nan"],
        ["--fetch", "--pause", "-1"], ["--fetch", "--rate-limit", "nan"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_no_number_ends_a_dry_run_with_a_traceback(
    source: Path,
    dataset_name: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
) -> None:
    out = tmp_path / "out"
    arguments = [
        "convert", str(source / "rows.parquet"), "--videos", str(source / "videos"),
        "--name", dataset_name, "--out", str(out), "--dry-run",
    ]  # fmt: skip
    try:
        code = main([*arguments, *more])
    except SystemExit as end:
        code = int(end.code or 0)
    shown = capsys.readouterr()
    assert code in (0, 2, 3, 4) and "unexpected" not in shown.err, shown.err
    assert code != 2 or shown.err.splitlines()[-1].startswith("action100m")
    assert not out.exists() and not fo.dataset_exists(dataset_name)


@pytest.mark.parametrize("value", [HUGE, "0", "-1"])
def test_a_number_of_samples_to_export_is_one_that_can_be(
    dataset_name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], value: str
) -> None:
    subset_dataset(dataset_name)
    out = tmp_path / "out"
    code = main(["export", dataset_name, str(out), "--format", "json", f"--max-samples={value}"])
    assert code == (0 if value == HUGE else 2)
    assert len(list(out.glob("*"))) == (3 if value == HUGE else 0)


def test_what_nobody_foresaw_is_a_line_and_a_traceback_where_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(CommandEnded) as ended, errors_printed(verbose=False):
        raise RuntimeError("a\nb")
    assert ended.value.code == 1
    said = capsys.readouterr().err
    assert one_line(said) and "RuntimeError: a b" in said and "action100m -v" in said
    assert f"{Path(__file__).name}:" in said
    with pytest.raises(RuntimeError), errors_printed(verbose=True):
        raise RuntimeError("a")
