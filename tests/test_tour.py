"""The tour in ``docs/tour.ipynb`` runs, and carries the outputs that it has on the demo."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
import run_tour
from fiftyone_action100m import by_level, convert, cut, trees
from material import small_record, write_parquet, write_video
from shared import locked

if TYPE_CHECKING:
    from material import Converted

BRIEFS = "gpt_action_brief"
UIDS = ("aa", "bb", "cc")


@pytest.fixture
def notebook() -> Any:
    return run_tour.read()


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset_name: str) -> None:
    """Neither the person's kernels nor their profile, and a dataset of the test's own."""
    monkeypatch.setenv("ACTION100M_DATASET", dataset_name)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


def silent(notebook: Any) -> list[str]:
    """Returns the code cells that show nothing, neither words nor a picture."""
    shown = run_tour.pictures(notebook)
    return [i for i, text in run_tour.said(notebook).items() if not text.strip() and not shown[i]]


def test_it_carries_its_outputs_and_is_small(notebook: Any) -> None:
    nbformat.validate(notebook)
    assert silent(notebook) == []
    pictures = [kind for kinds in run_tour.pictures(notebook).values() for kind in kinds]
    assert len(pictures) >= 3 and set(pictures) <= {"image/png", "image/jpeg"}
    kinds = {out.output_type for c in notebook.cells for out in c.get("outputs", [])}
    assert kinds <= {"stream", "display_data", "execute_result"}
    assert run_tour.NOTEBOOK.stat().st_size < 500_000
    text = run_tour.NOTEBOOK.read_text()
    assert "/home/" not in text and "/tmp/" not in text and ".venv/lib" not in text


@pytest.mark.slow
@pytest.mark.usefixtures("kernel")
def test_its_outputs_are_those_of_the_demo(
    notebook: Any, converted_demo: Converted, dataset_name: str, tmp_path: Path
) -> None:
    """To mend it: ``action100m demo``, then ``scripts/run_tour.py``."""
    demo = converted_demo
    with locked("demo"):  # its clips are made
        convert(demo.records, demo.videos, dataset_name, demo.out, captions="all")
    before, pictures = run_tour.said(notebook), run_tour.pictures(notebook)
    run_tour.run(notebook, tmp_path)
    after = {
        name: text.replace(dataset_name, run_tour.DEMO)
        for name, text in run_tour.said(notebook).items()
    }
    assert after == before
    assert silent(notebook) == []
    assert run_tour.pictures(notebook) == pictures


def test_it_says_what_is_there(
    notebook: Any, dataset_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another dataset, and in this process: a kernel takes long to come up."""
    shard = write_parquet(
        tmp_path / "shard.parquet", [small_record(uid, 40.0, leaves=24) for uid in UIDS]
    )
    for uid in UIDS:
        write_video(tmp_path / "videos" / f"{uid}.mp4", seconds=40.0)
    dataset, _ = convert(shard, tmp_path / "videos", dataset_name, tmp_path / "out")
    monkeypatch.setenv("ACTION100M_DATASET", dataset_name)
    monkeypatch.setenv("MPLBACKEND", "agg")
    names: dict[str, Any] = {}
    said: dict[str, str] = {}
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        out = io.StringIO()
        with redirect_stdout(out):
            exec(cell.source, names)
        said[cell.id] = out.getvalue()
    assert f"{dataset_name} 3 videos" in said["load"]
    assert said["tree"].startswith(f"{len(trees(dataset.first()))} nodes, 24 leaves")
    # 1000 s: the roots. 0 s: the leaves.
    rows = [line.split() for line in said["granularity"].splitlines()]
    counts = {tuple(row[:2]): int(row[2]) for row in rows}
    assert counts["1000", "s"] == 3 and counts["0", "s"] == 3 * 24
    view = by_level(dataset, 2, fields=["plm_action"])
    assert counts["level", "2"] == view.count("plm_action.detections")
    shown = cut(dataset, 10, [BRIEFS]).count(f"{BRIEFS}.detections")
    assert said["holes"].split()[:2] == ["show", str(shown)]
    assert said["segments"].startswith(f"{shown} clips")
    # The counts are those of the field that is searched in the next lines.
    first, matches = said["find"].splitlines()[:2]
    assert first.split()[1] == matches.split()[1]
    assert f"{'plm_action':17} 120 of 120 s covered" in said["gaps"]
    assert "no fault" in said["check"]
    assert said["own-build"].startswith(f"known: {len(trees(dataset.first()))} nodes, 24 leaves")
    assert said["own-compare"].startswith("boundaries within 0.5 s: ")
