"""An index whose vectors are in a similarity backend of FiftyOne Brain: LanceDB, for real."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import numpy as np
import pytest
from fiftyone_action100m.cli import main
from fiftyone_action100m.core.keys import INDEX_KEY
from fiftyone_action100m.views import backends
from fiftyone_action100m.views.backends import BackendError
from fiftyone_action100m.views.indexing import delete_index, index, indexing, open_index
from fiftyone_action100m.views.search import search
from kitchen import BRIEF, kitchen
from word_encoder import WordEncoder

# Importing it takes seconds: only the tests that use it do.
pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("lancedb") is None, reason="LanceDB is not installed"
)


@pytest.fixture
def dataset(dataset_name: str) -> Iterator[fo.Dataset]:
    """The kitchen, with 400 more captions, not indexed."""
    made = kitchen(dataset_name)
    one = made.first()
    labels = one[BRIEF].detections
    for number in range(400):
        label = labels[0].copy()
        label.label, label.level = f"step {number} of thing {number % 7}", 3
        labels.append(label)
    one.save()
    yield made
    delete_index(made)


def tables(folder: Path) -> dict[str, int]:
    """Returns the number of rows of each table."""
    import lancedb

    db = lancedb.connect(str(folder / "lancedb"))
    return {name: db.open_table(name).count_rows() for name in db.table_names()}


def asked(dataset: fo.Dataset, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Returns how many nearest texts the backend is asked for, as searches go on."""
    many: list[int] = []
    nearest = backends.nearest_ids

    def watched(there: object, query: object, k: int) -> list[str]:
        many.append(k)
        return nearest(there, query, k)  # type: ignore[arg-type]

    monkeypatch.setattr(backends, "nearest_ids", watched)
    return many


def test_lancedb_finds_what_the_files_find(
    dataset: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(dataset, encoder=WordEncoder())
    queries = ["whisk the eggs", "step 12", "thing 3 of step 7", "wash a car"]

    def found() -> list[list[tuple[str, float]]]:
        return [
            [(hit.label, hit.score) for hit in search(dataset, text, 5, mode, collapse=False)]
            for text in queries
            for mode in ("meaning", "both")
        ]

    expected = found()
    made = index(dataset, encoder=WordEncoder(), backend="lancedb")
    assert list(tables(made.folder).values()) == [len(made)]
    many = asked(dataset, monkeypatch)
    assert found() == expected and many == [40] * len(expected)
    many.clear()
    (hit,) = search(dataset, "wash a car", 1, "meaning", levels=[1], check=False)
    assert hit.label == "wipe the windscreen" or hit.level == 1
    rare = search(dataset.match(fo.ViewField("video_uid") == "car"), "step", 2, "meaning")
    assert {hit.video_uid for hit in rare} == {"car"}  # few texts: compared one by one
    view = dataset.sort_by_similarity("wash a car", k=1, brain_key="meaning")
    assert view.first().video_uid == "car"


def test_a_backend_gets_what_is_new_and_continues(
    dataset: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backends, "_AT_ONCE", 150)
    steps = indexing(dataset, encoder=WordEncoder(), backend="lancedb")
    for step in steps:
        if step.stage == "Writing" and step.done == 150:
            steps.close()  # as if it was killed
    dataset.reload()
    assert not dataset.info[INDEX_KEY]["meaning"]["backend"]["complete"]
    assert search(dataset, "step 12", 1, "meaning")[0].label.startswith("step 12 ")
    told = [step.done for step in indexing(dataset, encoder=WordEncoder())]
    made = open_index(dataset)
    assert told[:2] == [150, 300] and list(tables(made.folder).values()) == [len(made)]
    one = dataset.last()
    one[BRIEF].detections[0].label = "polish the bonnet"
    one.save()
    index(dataset, encoder=WordEncoder())
    assert list(tables(made.folder).values()) == [len(made) + 1]
    many = asked(dataset, monkeypatch)
    assert search(dataset, "polish the bonnet", 1)[0].label == "polish the bonnet" and many
    rows = open_index(dataset).elsewhere
    assert rows is not None and len(set(rows(np.eye(64, dtype=np.float32)[0], 50))) == 50


def test_the_files_alone_are_searched_again(
    dataset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    made = index(dataset, encoder=WordEncoder(), backend="lancedb")
    clone = dataset.clone(f"{dataset.name}-clone")
    try:
        delete_index(clone)  # reads the same files
        assert tables(made.folder)
    finally:
        clone.delete()
    assert main(["index", dataset.name, "--backend", "files"]) == 0
    assert tables(made.folder) == {} and open_index(dataset).elsewhere is None
    assert main(["index", dataset.name, "--backend", "nothing"]) == 2
    assert "there is no backend 'nothing': give files, " in capsys.readouterr().err


def test_a_backend_that_cannot_be_reached_is_named(
    dataset: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(dataset, encoder=WordEncoder(), backend="lancedb")
    monkeypatch.setattr(backends, "_connected", {})  # as in a fresh process
    dataset.reload()
    assert search(dataset, "beat eggs", 1, "meaning")[0].label == "beat eggs"

    def fails(*_: object, **__: object) -> object:
        raise OSError("connection refused")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backends, "connect", fails)
        patch.setattr(backends, "_connected", {})
        with pytest.raises(BackendError, match="lancedb cannot be asked: connection refused"):
            search(dataset, "beat eggs", 1, "meaning")
        with pytest.raises(BackendError, match="lancedb cannot be written: connection refused"):
            index(dataset, encoder=WordEncoder())
