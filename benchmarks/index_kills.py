"""Kills the command ``index`` at random moments, and compares what comes out in the end.

In a round, a dataset that has an index of one field is indexed in two: the command is killed
(``SIGKILL``) and started again until it ends by itself. After each kill, the index is the old one
or the new one, and opens; in the end, its files are those of an undisturbed run, byte by byte.
"""

from __future__ import annotations

import random
import re
import signal
import time
from hashlib import sha256
from os import kill
from pathlib import Path

import fiftyone as fo
from fiftyone_action100m.views.indexes import remember
from fiftyone_action100m.views.indexing import delete_index, index, open_index
from generated import generated_dataset
from kills_fork import Forked
from word_encoder import WordEncoder

_FIELD = "plm_action"
#: Seconds after which the command counts as hanging.
_HANGS = 300.0
#: Files that say when something was done, and how often it was begun.
_OF_A_RUN = {"index.json", "journal", "lock"}


def run(folder: Path, kills: int, videos: int, seed: int) -> bool:
    """Kills the command and prints the result.

    Args:
        folder: for records and logs
        kills: number of kills
        videos: videos of the dataset
        seed: for the moments of the kills

    Returns:
        whether nothing differed
    """
    folder.mkdir(parents=True, exist_ok=True)
    remember(WordEncoder(), None)  # a fork has it, too
    dataset = generated_dataset(folder, videos)
    dataset.persistent = True
    moments = random.Random(seed)
    _begin(dataset)
    start = time.monotonic()
    code = _command(dataset, folder).wait()
    span = time.monotonic() - start
    dataset.reload()
    expected = _files(open_index(dataset).folder)
    print(f"\n{kills} kills of the index of {videos} videos, which takes {span:.1f} s", flush=True)
    found = [] if code == 0 else [f"the undisturbed run ended with {code}"]
    killed = rounds = 0
    while killed < kills and not found:
        _begin(dataset)
        while code := _killed(
            dataset, folder, moments.uniform(0, span) if killed < kills else _HANGS
        ):
            if code != -signal.SIGKILL:
                found.append(f"a run ended with {code}")
                break
            killed += 1
            dataset.reload()
            if len(open_index(dataset).fields) not in (1, len(_fields(dataset))):
                found.append(f"after kill {killed}, the index is of {open_index(dataset).fields}")
        dataset.reload()
        there = _files(open_index(dataset).folder)
        found += [f"{name} differs" for name in expected if there.get(name) != expected[name]]
        found += [f"{name} is left" for name in there.keys() - expected.keys()]
        rounds += 1
    for line in found:
        print(f"  DIFFERS: {line}", flush=True)
    print(f"  {killed} kills, {rounds} indexes compared: {'FAILED' if found else 'equal'}")
    delete_index(dataset)
    dataset.delete()
    return not found


def _begin(dataset: fo.Dataset) -> None:
    delete_index(dataset)
    index(dataset, [_FIELD])


def _fields(dataset: fo.Dataset) -> list[str]:
    return [name for name in ("gpt_action_brief", _FIELD) if name in dataset.get_field_schema()]


def _command(dataset: fo.Dataset, folder: Path) -> Forked:
    fields = ",".join(_fields(dataset))
    return Forked(["index", dataset.name, "--fields", fields], folder / "index.log")


def _killed(dataset: fo.Dataset, folder: Path, after: float) -> int:
    """Starts the command, and kills it if it has not ended by then; returns its exit code."""
    running = _command(dataset, folder)
    end = time.monotonic() + after
    while running.poll() is None and time.monotonic() < end:
        time.sleep(0.002)
    if running.poll() is None:
        kill(running.pid, signal.SIGKILL)
    return running.wait()


def _files(folder: Path) -> dict[str, str]:
    """Returns the digests of an index's files, whatever the number of the index.

    A run that is killed between the index's last rename and the dataset's ``info`` makes it again.
    """
    return {
        re.sub(r"-\d+/", "/", str(path.relative_to(folder))): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _OF_A_RUN
    }
