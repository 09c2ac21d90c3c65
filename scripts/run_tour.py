"""Runs ``docs/tour.ipynb`` on the demo and saves it with its outputs and pictures.

    .venv/bin/action100m demo
    .venv/bin/python scripts/run_tour.py

Run it after any change to a cell or to what the cells print; a test compares the two.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbclient
import nbformat

NOTEBOOK = Path(__file__).resolve().parent.parent / "docs" / "tour.ipynb"
DEMO = "action100m-demo"


def read() -> Any:
    """Returns the notebook from disk."""
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


def run(notebook: Any, folder: Path) -> None:
    """Runs all cells of a notebook in a folder, on the dataset in ``ACTION100M_DATASET``."""
    # Otherwise FiftyOne may warn in the first cell that this machine's MongoDB is old.
    os.environ["FIFTYONE_DATABASE_VALIDATION"] = "false"
    resources = {"metadata": {"path": folder}}
    # What a cell prints comes in pieces, as many as the machine makes of it.
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources=resources, coalesce_streams=True
    )
    client.execute()
    for cell in notebook.cells:
        # Execution times differ in each run.
        cell.metadata.pop("execution", None)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def said(notebook: Any) -> dict[str, str]:
    """Returns the printed output of each code cell, by the cell's ID."""
    return {
        cell.id: "".join(
            out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout"
        )
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def pictures(notebook: Any) -> dict[str, list[str]]:
    """Returns the media types of the pictures of each code cell, by the cell's ID."""
    return {
        cell.id: [
            kind
            for out in cell.outputs
            for kind in out.get("data", {})
            if kind.startswith("image/")
        ]
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def main() -> None:
    """Runs the notebook and saves it."""
    os.environ.setdefault("ACTION100M_DATASET", DEMO)
    notebook = read()
    run(notebook, NOTEBOOK.parent)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # Warnings of libraries depend on the machine.
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    nbformat.write(notebook, NOTEBOOK)  # type: ignore[no-untyped-call]
    print(f"{NOTEBOOK.name}: {NOTEBOOK.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
