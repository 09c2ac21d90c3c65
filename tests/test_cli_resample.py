"""The command ``resample``: what it prints, saves and exports, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import fiftyone as fo
import pytest
from fiftyone_action100m.cli import main
from fiftyone_action100m.core.keys import CLUSTERS_KEY
from fiftyone_action100m.views import indexes
from fiftyone_action100m.views.indexing import delete_index
from kitchen import BRIEF, kitchen
from word_encoder import WordEncoder


@pytest.fixture
def dataset(dataset_name: str, monkeypatch: pytest.MonkeyPatch) -> fo.Dataset:
    monkeypatch.setitem(indexes._by_name, None, indexes.remember(WordEncoder()))
    return kitchen(dataset_name)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["resample", *arguments])
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_segments_are_drawn_saved_and_exported(
    dataset: fo.Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, out = dataset.name, tmp_path / "out"
    everything = [name, "--k", "3", "--size", "50", "--field", BRIEF]
    code, _, errors = run(capsys, *everything)
    assert (code, f"run `action100m index {name}`" in errors) == (2, True)
    code, said, errors = run(capsys, *everything, "--index")
    assert (
        code == 0 and f"Stored semantic_cluster on {dataset.count(f'{BRIEF}.detections')} " in said
    )
    assert "Storing: 3 of 3 videos" in errors
    everything += ["--save-view", "drawn", "--out", str(out)]
    code, said, _ = run(capsys, *everything)
    assert code == 0 and "semantic_cluster is stored already: nothing to change" in said
    assert "Drawn: 50, of them" in said and "Saved the view 'drawn'" in said
    lines = [json.loads(line) for line in (out / "segments.jsonl").read_text().splitlines()]
    assert sum(line["repeat"] for line in lines) == 50
    view = dataset.load_saved_view("drawn")
    assert view.count(f"{BRIEF}.detections") == len(lines)
    code, said, _ = run(capsys, *everything)  # once more: all is there
    assert code == 0 and "already written" in said and "Saved" not in said
    code, said, errors = run(capsys, *everything, "--size", "2", "--json")
    assert code == 3 and json.loads(said)["after"]["segments"] == 2
    assert "has another view 'drawn'" in errors and "holds another export" in errors
    code, said, _ = run(capsys, name, "--k", "1", "--field", BRIEF, "--view", "drawn", "--dry-run")
    assert code == 0 and f"{len(lines)} segments" in said
    delete_index(dataset)


def test_a_dry_run_writes_nothing(
    dataset: fo.Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["index", dataset.name, "--json"]) == 0
    capsys.readouterr()
    dry = ["--dry-run", "--out", str(tmp_path / "out"), "--format", "segments", "--save-view", "v"]
    code, said, _ = run(capsys, dataset.name, "--k", "2", *dry)
    dataset.reload()
    assert code == 0 and "Would store semantic_cluster" in said and "would be written" in said
    assert not list(tmp_path.iterdir()) and not dataset.list_saved_views()
    assert CLUSTERS_KEY not in dataset.info
    delete_index(dataset)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--k", "500"], "the number of distinct texts"),
        (["--k", "2", "--size", "-3"], "size is -3"),
        (["--k", "2", "--seed", "-3"], "seed is -3"),
        (["--view", "nothing"], "nothing"),
        (["--field", "nothing"], "holds no tree"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    dataset: fo.Dataset, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(["index", dataset.name, "--json"]) == 0
    capsys.readouterr()
    code, _, errors = run(capsys, dataset.name, *arguments)
    assert (code, message in errors) == (2, True), errors
    delete_index(dataset)
