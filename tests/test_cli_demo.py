"""The command ``demo``: its captions are indexed, and it opens where they cannot be."""

from __future__ import annotations

import shutil
from pathlib import Path

import fiftyone as fo
import pytest
from fiftyone_action100m import check_index, open_index, search
from fiftyone_action100m.cli import convert, main
from fiftyone_action100m.meaning import minilm_files
from fiftyone_action100m.meaning.encoders import TextEncoder
from fiftyone_action100m.views import indexes
from material import demo_as_rendered

BRIEF = "gpt_action_brief"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's folder, with its videos rendered."""
    made = tmp_path_factory.mktemp("demo")
    demo_as_rendered(made)
    return made


def demo(folder: Path, name: str, *more: str) -> int:
    """Makes the demo's first video, on baking bread; returns the exit code.

    The clip is cut once and then found.
    """
    out = folder / "converted" / name
    for made in (p for p in out.parent.glob("*") if not out.exists()):
        shutil.copytree(made, out)
    return main(["demo", "--dir", str(folder), "--videos", "1", "--name", name, *more])


def test_the_captions_are_indexed_once(
    minilm: TextEncoder, folder: Path, dataset_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo(folder, dataset_name, "--no-index") == 0
    dataset = fo.load_dataset(dataset_name)
    assert not dataset.list_brain_runs()
    assert "indexed" not in capsys.readouterr().out
    assert demo(folder, dataset_name) == 0
    dataset.reload()
    made = open_index(dataset)
    shown = capsys.readouterr()
    assert f"captions in 1 video are indexed by {minilm.name}\n" in shown.out
    assert f"Embedding: {len(made)} of {len(made)} new texts\n" in shown.err
    (hit,) = search(dataset, "eat a morsel", k=1, fields=BRIEF)
    assert "Taste the bread" in hit.label
    assert demo(folder, dataset_name) == 0
    shown = capsys.readouterr()
    assert "ndex" not in shown.out + shown.err
    assert open_index(dataset).generation == made.generation


def test_an_index_that_is_not_current_is_brought_up_to_date(
    minilm: TextEncoder, folder: Path, dataset_name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert demo(folder, dataset_name) == 0
    dataset = fo.load_dataset(dataset_name)
    one = dataset.first()
    one[BRIEF].detections[0].label = "walk the dog"
    one.save()
    capsys.readouterr()
    assert demo(folder, dataset_name) == 0
    assert "Embedding: 1 of 1 new text\n" in capsys.readouterr().err
    assert check_index(dataset).is_current


def test_without_the_text_model_it_opens_all_the_same(
    folder: Path,
    dataset_name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(convert, "open_app", lambda name, port: opened.append(name))
    monkeypatch.setattr(indexes, "_by_name", {})
    monkeypatch.delenv(minilm_files.CHOICE, raising=False)
    monkeypatch.setattr(minilm_files, "environment_folder", lambda: tmp_path)
    monkeypatch.setattr(minilm_files, "_in_hub_cache", lambda: None)
    assert demo(folder, dataset_name, "--open") == 0
    assert opened == [dataset_name]
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("The captions are not indexed: the model for search by meaning, ")
    assert f"run `{minilm_files.FETCH}`" in last
    assert last.endswith(f". Then run `action100m index {dataset_name}`")
