"""Makes room for downloads in a folder that may hold other files.

A file is only replaced if it is unchanged since its download, according to huggingface_hub's
metadata. Any other file is renamed to ``NAME.kept``. Nothing is written through a link.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path, PurePath

from .hub import git_hash, lfs_hash

_METADATA = Path(".cache", "huggingface")


def check_folder(folder: Path, names: Iterable[str]) -> None:
    """Checks that no link or file takes the place of a folder that downloads need.

    Args:
        folder: the folder to download to
        names: the files' paths in it, from a checked listing

    Raises:
        ValueError: if there is one
    """
    top = folder / _METADATA.parts[0]
    found = {folder / above for name in names for above in list(PurePath(name).parents)[:-1]}
    for path in sorted({top, *found}):
        if path.exists() and not (path.is_dir() or path.is_symlink()):
            raise ValueError(f"{path} is a file, but a folder is needed there: move it away")
    for base, folders, files in os.walk(top):
        found |= {Path(base, name) for name in (*folders, *files)}
    found.add(top)
    if links := [path for path in sorted(found) if path.is_symlink()]:
        raise ValueError(f"{links[0]} is a link, and links are not followed: move it away")


def make_room(folder: Path, name: str) -> Path | None:
    """Makes room for a file that will be fetched.

    Args:
        folder: the folder to download to
        name: the file's path in it, from a checked listing

    Returns:
        the new path of a file that was renamed; None if there was none
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
    metadata = folder / _METADATA / "download" / f"{name}.metadata"
    try:
        etag = metadata.read_text(encoding="utf-8").splitlines()[1]
        return etag in (lfs_hash(folder / name), git_hash(folder / name))
    except (OSError, ValueError, IndexError):
        return False
