"""Puts fetched files into a folder that others use too, and touches nothing of theirs.

A file is replaced only while it is as it was fetched, which huggingface_hub's journal tells. Any
other that stands in the way is kept beside, and nothing is written through a link.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePath

from .hub import git_hash, sha256

_JOURNAL = Path(".cache", "huggingface")


def check_folder(folder: Path, names: Iterable[str]) -> None:
    """Checks that the folders of files to come, and the client's journal, lead nowhere else.

    Args:
        folder: where files are fetched to
        names: their paths below it, of a listing that was checked

    Raises:
        ValueError: if there is a link or a file where a folder must be
    """
    top = folder / _JOURNAL.parts[0]
    found = {folder / above for name in names for above in list(PurePath(name).parents)[:-1]}
    for path in sorted({top, *found}):
        if path.exists() and not (path.is_dir() or path.is_symlink()):
            raise ValueError(f"{path} is a file where a folder must be: move it")
    for base, folders, files in os.walk(top):
        found |= {Path(base, name) for name in (*folders, *files)}
    found.add(top)
    if links := [path for path in sorted(found) if path.is_symlink()]:
        raise ValueError(f"{links[0]} is a link, and nothing is written through one: move it")


def make_room(folder: Path, name: str) -> Path | None:
    """Makes room for a file that will be fetched.

    Args:
        folder: where files are fetched to
        name: the file's path below it, of a listing that was checked

    Returns:
        where a file of somebody else is now that was in the way; None if there was none
    """
    path = folder / name
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
