"""Puts fetched files into a folder that others use too, and touches nothing of theirs.

A file is replaced only while it is as it was fetched, which huggingface_hub's journal tells. Any
other that stands in the way is kept beside, and nothing is written through a link.
"""

from __future__ import annotations

import os
from pathlib import Path

from .hub import git_hash, sha256

_JOURNAL = Path(".cache", "huggingface")


def check_journal(folder: Path) -> None:
    """Checks that huggingface_hub's journal in a folder leads nowhere else.

    Raises:
        ValueError: if there is a link in it
    """
    top = folder / _JOURNAL.parts[0]
    found = [top]
    for base, folders, files in os.walk(top):
        found += [Path(base, name) for name in (*folders, *files)]
    for path in found:
        if path.is_symlink():
            raise ValueError(f"{path} is a link, and nothing is written through one: remove it")


def clear(folder: Path, name: str) -> Path | None:
    """Makes room for a file that will be fetched.

    Args:
        folder: where files are fetched to
        name: the file's path below it, of a listing that was checked

    Returns:
        where a file of somebody else is now that was in the way; None if there was none

    Raises:
        ValueError: if a link or a file is where a folder must be
    """
    path = folder / name
    for place in list(path.relative_to(folder).parents)[-2::-1]:
        above = folder / place
        if above.is_symlink():
            raise ValueError(f"{above} is a link, and nothing is written through one: move it")
        if above.exists() and not above.is_dir():
            raise ValueError(f"{above} is a file where a folder must be: move it")
    if not path.is_symlink() and not path.exists():
        return None
    if path.is_file() and not path.is_symlink() and _is_as_fetched(folder, name):
        path.unlink()
        return None
    number, kept = 1, path.with_name(f"{path.name}.kept")
    while kept.is_symlink() or kept.exists():
        number += 1
        kept = path.with_name(f"{path.name}.kept-{number}")
    path.rename(kept)
    return kept


def _is_as_fetched(folder: Path, name: str) -> bool:
    journal = folder / _JOURNAL / "download" / f"{name}.metadata"
    try:
        etag = journal.read_text(encoding="utf-8").splitlines()[1]
        return etag in (sha256(folder / name), git_hash(folder / name))
    except (OSError, ValueError, IndexError):
        return False
