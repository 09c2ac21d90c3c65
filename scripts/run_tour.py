"""Runs ``docs/tour.ipynb`` on the demo and writes it back with its outputs, pictures included.

    .venv/bin/action100m demo
    .venv/bin/python scripts/run_tour.py

Run it after any change to a cell or to its output; a test compares the two.
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
    """Returns the notebook as it is."""
    return nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


def run(notebook: Any, folder: Path) -> None:
    """Runs all cells of a notebook in a folder, on the dataset that the environment names."""
    # Otherwise FiftyOne prints in the first cell how old this machine's MongoDB is.
    os.environ["FIFTYONE_DATABASE_VALIDATION"] = "false"
    resources = {"metadata": {"path": folder}}
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources=resources
    )
    client.execute()
    for cell in notebook.cells:
        # Times and kernel ids differ each time.
        cell.metadata.pop("execution", None)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def said(notebook: Any) -> dict[str, str]:
    """Returns what each code cell has printed, by the cell's id."""
    return {
        cell.id: "".join(
            out.text for out in cell.outputs if out.output_type == "stream" and out.name == "stdout"
        )
        for cell in notebook.cells
        if cell.cell_type == "code"
    }


def pictures(notebook: Any) -> dict[str, list[str]]:
    """Returns the kinds of pictures that each code cell shows, by the cell's id."""
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
    """Runs the notebook and writes it."""
    os.environ.setdefault("ACTION100M_DATASET", DEMO)
    notebook = read()
    run(notebook, NOTEBOOK.parent)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # Warnings of libraries depend on this machine.
            cell.outputs = [o for o in cell.outputs if o.get("name") != "stderr"]
    nbformat.write(notebook, NOTEBOOK)  # type: ignore[no-untyped-call]
    print(f"{NOTEBOOK.name}: {NOTEBOOK.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
