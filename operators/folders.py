"""Where operators write files on the server, unless told otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import fiftyone as fo


def default_folder() -> Path:
    """Returns the folder of all that operators write."""
    return Path(fo.config.default_dataset_dir) / "action100m"


def file_name(dataset: str) -> str:
    """Returns a dataset's name with dashes for what a file's name should not have."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", dataset).strip("-")
