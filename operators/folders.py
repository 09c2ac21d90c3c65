"""The default places of files that operators write on the server."""

from __future__ import annotations

import re
from pathlib import Path

import fiftyone as fo


def default_folder() -> Path:
    """Returns the folder of all files that operators write."""
    return Path(fo.config.default_dataset_dir) / "action100m"


def file_name(dataset: str) -> str:
    """Returns a dataset's name as a file name, with dashes for special characters."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", dataset).strip("-")
