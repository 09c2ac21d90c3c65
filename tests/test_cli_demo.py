"""The command ``demo``: its captions are indexed, trees are found, and it opens without either."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import pytest
import setup_venv
from fiftyone_action100m import check_index, open_index, search, trees
from fiftyone_action100m.cli import convert, main
from fiftyone_action100m.demo import make
from fiftyone_action100m.demo.make import Style
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.meaning import minilm_files
from fiftyone_action100m.meaning.encoders import TextEncoder
from fiftyone_action100m.views import indexes
from material import demo_as_rendered

BRIEF, PLM = "gpt_action_brief", "plm_action"


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
    arguments = ["demo", "--dir", str(folder), "--videos", "1", "--found", "0", "--name", name]
    return main([*arguments, *more])


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


@pytest.fixture
def found_name(dataset_name: str) -> Iterator[str]:
    """The name of the demo's second dataset, which is deleted afterwards."""
    name = f"{dataset_name}-found"
    yield name
    if fo.dataset_exists(name):
        fo.delete_dataset(name)


def letters(text: str | None) -> str:
    """What counts of a text: not its case, blanks and punctuation."""
    return "".join(filter(str.isalnum, (text or "").lower()))


@pytest.mark.slow
def test_trees_are_found_in_its_videos_alone(
    dataset_name: str, found_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The writing on their pictures is large enough to be read, and they are shorter than ever."""
    if not setup_venv.has_ocr(Path(sys.executable)):
        pytest.skip("set-up could not install RapidOCR")
    monkeypatch.setattr(make, "STYLES", (Style(".mp4", "12", (640, 360)),))
    shown = [demo_record(5, seconds=20, leaves=14), demo_record(1, seconds=4, leaves=4)]
    monkeypatch.setattr(make, "demo_records", lambda videos, seed: shown[:videos])
    arguments = ["demo", "--dir", str(tmp_path), "--videos", "2", "--found", "1", "--no-index"]
    arguments += ["--name", dataset_name]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert f"The dataset {found_name} has 1 video again, with trees" in text
    known, found = fo.load_dataset(dataset_name).first(), fo.load_dataset(found_name).first()
    assert (found.video_uid, found.filepath) == (known.video_uid, known.filepath)
    assert fo.load_dataset(found_name).info["action100m"]["parameters"]["captions"] == [PLM]
    said, read, right = trees(known).leaves(), trees(found).leaves(), 0
    for leaf in read:
        middle = (leaf.start + leaf.end) / 2
        (wanted,) = (each for each in said if each.start <= middle < each.end)
        right += letters(leaf.texts.get(PLM)) == letters(wanted.texts.get(PLM))
    assert len(read) >= 13 and right / len(read) >= 0.85
    # What is there is kept, and nothing is read again.
    found["mine"] = 1
    found.save()
    assert main(arguments) == 0
    assert "built" not in capsys.readouterr().out
    assert fo.load_dataset(found_name).values("mine") == [1]
    # Where writing cannot be read, the trees have no texts, but their segments.
    monkeypatch.setitem(sys.modules, "rapidocr_onnxruntime", None)
    assert main([*arguments, "--overwrite"]) == 0
    text = capsys.readouterr().out
    assert (
        "The trees that are found have no captions: reading text on frames needs RapidOCR" in text
    )
    found = fo.load_dataset(found_name)
    assert len(found) == 1 and PLM not in found.get_field_schema()
    assert found.count("segments.detections") == len(trees(found.first())) > 3
    assert found.first().tree_depth >= 3
    # One of that name that the demo has not made is kept.
    found.description = "mine"
    found.save()
    assert main([*arguments, "--overwrite"]) == 0
    text = capsys.readouterr().out
    assert f"The dataset {found_name} is not made: a dataset of this name is kept" in text
    assert fo.load_dataset(found_name).first().id == found.first().id
