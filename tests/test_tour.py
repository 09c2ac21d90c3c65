"""The tour in ``docs/tour.ipynb`` runs, on a data set that the converter has made."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbclient
import nbformat
import pytest
from fiftyone_action100m import by_level, convert, cut, trees
from material import small_record, write_parquet, write_video

BRIEFS = "gpt_action_brief"
UIDS = ("aa", "bb", "cc")


@pytest.fixture(scope="module")
def notebook(repo_root: Path) -> Any:
    return nbformat.read(repo_root / "docs" / "tour.ipynb", as_version=4)


def test_it_carries_no_outputs(notebook: Any) -> None:
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells
    assert [c.id for c in cells if c.outputs or c.execution_count is not None] == []


def printed(notebook: Any) -> dict[str, str]:
    """Returns what each code cell has printed, by the cell's id."""
    return {
        cell.id: "".join(
            out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout"
        )
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


@pytest.mark.slow
def test_it_runs_and_says_what_is_there(
    notebook: Any, dataset_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shard = write_parquet(
        tmp_path / "shard.parquet", [small_record(uid, 40.0, leaves=24) for uid in UIDS]
    )
    for uid in UIDS:
        write_video(tmp_path / "videos" / f"{uid}.mp4", seconds=40.0)
    dataset, _ = convert(shard, tmp_path / "videos", dataset_name, tmp_path / "out")
    monkeypatch.setenv("ACTION100M_DATASET", dataset_name)
    # Neither the person's kernels nor their profile.
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    nbclient.NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    said = printed(notebook)
    assert [name for name, text in said.items() if not text.strip()] == []
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
    assert f"{'plm_action':17} 120 of 120 s covered" in said["gaps"]
    assert "no fault" in said["check"]
