"""Describes why a video's file cannot be played."""

from __future__ import annotations

import os
from pathlib import Path


def media_problem(path: str) -> str:
    """Returns the problem of a sample's file, with its name; empty if there is none.

    Args:
        path: the sample's ``filepath``; paths with a scheme, such as ``s3://``, are not checked
    """
    file = Path(path)
    if not path or "://" in path:
        return ""
    if not file.exists():
        where = f"from {file.parent}" if file.parent.is_dir() else f"with its folder {file.parent}"
        return f"The video {file.name} is missing {where}. Its tree is shown without it."
    if not os.access(file, os.R_OK):
        return f"The video {file.name} cannot be read: FiftyOne has no permission for {file}."
    return (
        f"The video {file.name} is empty: {file} has no bytes." if not file.stat().st_size else ""
    )
