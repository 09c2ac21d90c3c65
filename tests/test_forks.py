"""Processes of tests that have FiftyOne imported are like those that Python starts."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import fiftyone as fo
import forks
import psutil
import pytest

SAYS = """
import os, sys
import fiftyone as fo
print(sys.argv[1:], os.environ.get("WORD"), os.getcwd(), fo.config.default_dataset_dir, __name__)
print("wrong", file=sys.stderr)
fo.core.logging.logging.getLogger("fiftyone").warning("logged")
sys.exit(7)
"""
STANDS = "import time; time.sleep(600)"


def test_it_has_the_arguments_the_environment_and_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fo.config, "default_dataset_dir", "changed by a test")
    env = {**os.environ, "WORD": "hush", "FIFTYONE_DEFAULT_DATASET_DIR": "/elsewhere"}
    done = forks.run(SAYS, "a", "b c", env=env)
    assert done.returncode == 7 and "wrong" in done.stderr
    first, logged = done.stdout.splitlines()
    assert first == f"['a', 'b c'] hush {tmp_path} /elsewhere __main__" and "logged" in logged


def test_it_says_how_it_has_ended() -> None:
    killed = "import os; os.kill(os.getpid(), 9)"
    ends = {"": 0, "raise SystemExit('no')": 1, "1 / 0": 1, killed: -9}
    for code, expected in ends.items():
        assert forks.run(code).returncode == expected, code
    assert "ZeroDivisionError" in forks.run("1 / 0").stderr
    assert forks.run("import atexit; atexit.register(print, 'bye')").stdout == "bye\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_it_may_be_killed_and_interrupted(number: int) -> None:
    process = forks.start(STANDS)
    assert process.poll() is None and psutil.pid_exists(process.pid)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    process.send_signal(number)
    assert process.wait(60) == -number and not psutil.pid_exists(process.pid)
    process.kill()


def test_it_uses_the_same_database(dataset_name: str) -> None:
    fo.Dataset(dataset_name).persistent = True
    code = "import sys, fiftyone as fo; fo.load_dataset(sys.argv[1]).info = {'by': 'another'}"
    assert forks.run(code + "; fo.load_dataset(sys.argv[1]).save()", dataset_name).returncode == 0
    dataset = fo.load_dataset(dataset_name)
    dataset.reload()
    assert dataset.info == {"by": "another"}
