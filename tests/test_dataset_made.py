"""A dataset that is made has its name when all of it is there, whenever the run is killed."""

from __future__ import annotations

import os
import subprocess
import sys

import fiftyone as fo
import forks
import pytest
from fiftyone_action100m.converters.storing import dataset
from fiftyone_action100m.converters.storing.dataset import check_dataset, open_dataset
from fiftyone_action100m.core.fields import select_captions
from fiftyone_action100m.internals.database import dataset_id

CAPTIONS = select_captions("gpt")
PARAMETERS = {"source": "records.parquet"}

#: Ends itself before the write to the database whose number it is given, for each in a child.
KILLED = """
import os, sys
import fiftyone as fo
import fiftyone.core.odm.database as odm
from fiftyone_action100m.converters.storing.dataset import open_dataset
from fiftyone_action100m.core.fields import select_captions
from pymongo import monitoring

WRITES = {"insert", "update", "delete", "create", "createIndexes"}
left = None

class Listener(monitoring.CommandListener):
    def started(self, event):
        global left
        if left is not None and event.command_name in WRITES:
            if left == 0:
                os._exit(9)
            left -= 1
    def succeeded(self, event): pass
    def failed(self, event): pass

monitoring.register(Listener())
odm._disconnect()  # clients that are made from now on have the listener
odm.establish_db_conn(fo.config)

for number in map(int, sys.argv[2:]):
    pid = os.fork()
    if pid == 0:
        left = number
        parameters = {"source": "records.parquet"}
        open_dataset(f"{sys.argv[1]}-{number}", select_captions("gpt"), parameters)
        os._exit(0)
    os.waitpid(pid, 0)
"""


def about(dataset: fo.Dataset) -> dict[str, object]:
    """What FiftyOne has of a dataset beside its samples."""
    dataset.reload()
    config = dataset.app_config.to_dict()
    config["color_scheme"].pop("_id")
    schema = dataset.get_field_schema(flat=True)
    return {
        "fields": {path: (type(f).__name__, f.description) for path, f in schema.items()},
        "views": dataset.list_saved_views(),
        "indexes": sorted(dataset.list_indexes()),
        "app": config,
        "info": dataset.info,
        "texts": (dataset.description, dataset.tags, dataset.media_type),
    }


@pytest.mark.slow
def test_killed_at_any_write_it_is_whole_or_not_there(dataset_name: str) -> None:
    whole = open_dataset(dataset_name, CAPTIONS, PARAMETERS)
    # Before an index, amid the schema, amid the saved views, before the name.
    numbers = [1, 12, 15, 21, 29, 30, 31]
    names = [f"{dataset_name}-{number}" for number in numbers]
    assert forks.run(KILLED, dataset_name, *map(str, numbers)).returncode == 0
    try:
        there = [name for name in names if fo.dataset_exists(name)]
        assert names[0] not in there  # or nothing was killed
        for name in there:
            assert about(fo.load_dataset(name)) == about(whole), name
        again = open_dataset(names[1], CAPTIONS, PARAMETERS)
        assert again.persistent and about(again) == about(whole)
        assert fo.list_datasets("action100m-unfinished-*") == []
    finally:
        for name in fo.list_datasets(f"{dataset_name}-*"):
            fo.delete_dataset(name)


def test_of_two_runs_that_make_it_at_once_the_second_finds_the_first(
    dataset_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exists = fo.dataset_exists
    seen = iter([False, False])  # as it was when the second run looked
    first = open_dataset(dataset_name, CAPTIONS, PARAMETERS)
    monkeypatch.setattr(fo, "dataset_exists", lambda name: next(seen, None) or exists(name))
    second = open_dataset(dataset_name, CAPTIONS, PARAMETERS)
    assert dataset_id(second) == dataset_id(first)
    assert fo.list_datasets("action100m-unfinished-*") == []


def test_only_what_this_machine_left_is_deleted(
    dataset_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hosts share a database, and one's name may begin like another's: ``gpu``, ``gpu-node7``."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    ours = f"action100m-unfinished-{dataset._machine()}"
    monkeypatch.setattr(dataset.platform, "node", lambda: "gpu")
    dataset._machine.cache_clear()
    begun = f"action100m-unfinished-{dataset._machine()}"
    left = f"{begun}-{gone.pid}-0123abcd"
    kept = [
        f"{ours}-{gone.pid}-0123abcd",  # another host's
        f"{begun}-{os.getpid()}-0123abcd",  # a process that runs
        f"{begun}-node7-{gone.pid}-0123abcd",
        f"{begun}-{gone.pid}",
        f"action100m-unfinished-gpu-node7-{gone.pid}-0123abcd",  # as earlier versions named them
        f"action100m-unfinished-gpu-{gone.pid}-0123abcd",
        f"action100m-unfinished-{dataset_name}",
    ]
    try:
        for name in (left, *kept):
            fo.Dataset(name)
        open_dataset(dataset_name, CAPTIONS, PARAMETERS)
        assert sorted(fo.list_datasets("action100m-unfinished-*")) == sorted(kept)
    finally:
        monkeypatch.undo()
        dataset._machine.cache_clear()
        for name in fo.list_datasets("action100m-unfinished-*"):
            fo.delete_dataset(name)


@pytest.mark.parametrize("looks", [0, 1, 2])
def test_what_is_resumed_keeps_the_descriptions_that_loading_drops(
    dataset_name: str, looks: int
) -> None:
    made = open_dataset(dataset_name, CAPTIONS, PARAMETERS)
    whole = about(made)
    type(made)._instances.pop(dataset_name)  # as another process would load it
    for _ in range(looks):
        check_dataset(dataset_name, CAPTIONS, PARAMETERS)
    again = open_dataset(dataset_name, CAPTIONS, PARAMETERS)
    assert again is not made
    again.delete_samples([])
    again.save()
    assert about(again) == whole
