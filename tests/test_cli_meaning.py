"""The commands ``index`` and ``search``: output for people and for machines, and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import fiftyone as fo
import pytest
from fiftyone_action100m.cli import main
from fiftyone_action100m.core.keys import INDEX_KEY, WORDS_KEY
from fiftyone_action100m.meaning.files import locked
from fiftyone_action100m.views import indexes
from fiftyone_action100m.views.indexing import index, open_index
from fiftyone_action100m.views.search import search
from fiftyone_action100m.views.word_store import drop_words, store_words
from kitchen import BRIEF, kitchen
from word_encoder import WordEncoder


@pytest.fixture
def dataset(dataset_name: str, monkeypatch: pytest.MonkeyPatch) -> fo.Dataset:
    """A dataset that is not indexed; the default encoder needs no model."""
    monkeypatch.setitem(indexes._by_name, None, indexes.remember(WordEncoder()))
    return kitchen(dataset_name)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Returns the exit code and the output."""
    code = main(arguments)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_a_dataset_is_indexed_searched_checked_and_cleared(
    dataset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    name = dataset.name
    code, said, _ = run(capsys, "index", name, "--dry-run")
    assert (code, said) == (0, "18 new texts would be embedded. Nothing was done\n")
    assert not dataset.list_brain_runs()
    code, said, errors = run(capsys, "index", name)
    assert code == 0
    assert said.startswith("18 distinct texts of 20 captions in 3 videos are indexed by words\n")
    assert errors.endswith("Embedding: 18 of 18 new texts\n")
    code, said, errors = run(capsys, "search", name, "whisk the eggs", "-k", "1", "--fields", BRIEF)
    assert (code, errors) == (0, "")
    assert said.split()[1:] == ["0:00.0-0:12.0", "1", "omelette", "beat", "the", "eggs", "(+1)"]
    assert run(capsys, "index", name, "--check")[:2] == (0, "The index is current\n")
    dataset.delete_samples(dataset.first())
    code, said, _ = run(capsys, "index", name, "--check", "--json")
    assert (code, json.loads(said)["current"], json.loads(said)["gone_samples"]) == (3, False, 1)
    _, _, errors = run(capsys, "search", name, "eggs")
    assert errors.startswith("the index is stale: 9 texts are gone: run `action100m index")
    assert run(capsys, "index", name, "--delete")[0] == 0
    code, _, errors = run(capsys, "search", name, "eggs")
    assert (code, f"run `action100m index {name}`" in errors) == (2, True)


def test_files_of_deleted_datasets_are_listed_and_deleted_only_if_asked(
    dataset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = index(dataset).folder
    gone = dataset.clone(f"{dataset.name}-gone")
    clone = dataset.clone(f"{dataset.name}-clone")
    gone.info.pop(INDEX_KEY)  # it makes its own
    folder = index(gone).folder
    reader = gone.clone(f"{dataset.name}-reader")
    gone.delete()
    try:
        assert str(folder) not in run(capsys, "index", "--prune")[1]  # the clone reads it
        reader.delete()
        code, said, _ = run(capsys, "index", "--prune")
        assert code == 0 and str(folder) in said and str(kept) not in said
        assert said.splitlines()[-1].endswith("delete with: action100m index --prune --yes")
        (row,) = [
            one
            for one in json.loads(run(capsys, "index", "--prune", "--json")[1])
            if one["folder"] == str(folder)
        ]
        assert (row["key"], row["deleted"]) == ("meaning", False) and row["size"] > 0
        with locked(folder):
            assert f"MB  {folder}" in run(capsys, "index", "--prune", "--yes")[1]
            assert folder.exists()
        said = run(capsys, "index", "--prune", "--yes")[1]
        assert said.startswith("deleted ") and not folder.parent.exists()
        assert str(folder) not in run(capsys, "index", "--prune")[1]
        assert open_index(clone).folder == kept
        assert search(clone, "beat eggs", 1)[0].label == "beat eggs"
    finally:
        clone.delete()
    for arguments in (["index"], ["index", dataset.name, "--prune"], ["index", "x", "--yes"]):
        code, _, errors = run(capsys, *arguments)
        assert (code, "name a dataset, or give --prune" in errors) == (2, True)


def test_stored_words_of_deleted_datasets_are_listed_too(
    dataset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    store_words(dataset)
    kept = dataset.info[WORDS_KEY]["folder"]
    gone = dataset.clone(f"{dataset.name}-gone")
    store_words(gone)
    folder = Path(gone.info[WORDS_KEY]["folder"])
    gone.delete()
    dataset.info[INDEX_KEY] = {"mine": 1, "other": {"folder": None}}  # what no index has written
    dataset.save()
    said = run(capsys, "index", "--prune")[1]
    assert f"MB  {folder}" in said and kept not in said and folder.exists()
    assert f"MB  {folder}" in run(capsys, "index", "--prune", "--yes")[1]
    assert not folder.exists() and Path(kept).exists()
    drop_words(dataset)


def test_hits_for_machines_are_one_object_per_line(
    dataset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said, _ = run(capsys, "index", dataset.name, "--json")
    assert (code, json.loads(said)["alive"]) == (0, 18)
    arguments = [
        "search",
        dataset.name,
        "beat eggs",
        "--levels",
        "1-2",
        "--seconds",
        "-5",
        "--json",
    ]
    code, said, _ = run(capsys, *arguments)
    hits = [json.loads(line) for line in said.splitlines()]
    assert code == 0
    assert {hit["label"] for hit in hits} >= {"beat eggs", "crack eggs"}
    assert all(hit["end"] - hit["start"] <= 5 and hit["level"] in (1, 2) for hit in hits)
    assert hits[0]["support"] == [51, 100]


def test_captions_cannot_control_the_terminal(
    dataset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    one = dataset.first()
    one[BRIEF].detections[0].label = "\x1b[31mred\u202e\neggs"
    one.save()
    run(capsys, "index", dataset.name)
    _, said, _ = run(capsys, "search", dataset.name, "31mred", "--mode", "words")
    assert said.rstrip().endswith("[31mred eggs")
    assert "\x1b" not in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["search", "nowhere-at-all", "eggs"], "there is no dataset 'nowhere-at-all'"),
        (["search", "x", "eggs", "--levels", "deep"], "'deep' are no levels"),
        (["search", "x", "eggs", "--seconds", "10"], "'10' is no range"),
        (["index", "x", "--check", "--delete"], "not allowed with argument"),
    ],
)
def test_what_cannot_be_used_is_refused(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    assert code == 2
    assert message in capsys.readouterr().err
