"""Recognises the folders that runs write, which are never read as input.

They are recognised by their contents, not by their names: a user's folder may be named ``clips``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

#: Locked while a conversion's manifest is written, and left there: it marks the output folder.
LOCK = ".action100m.lock"
MANIFEST, REPORT, CLIPS, SHARDS = "manifest.jsonl", "report.json", "clips", "shards"
_CONVERSION = frozenset({MANIFEST, REPORT, CLIPS, SHARDS})

#: The files of FiftyOne's own format, in which a published dataset is loaded too.
_DATASET = frozenset({"data", "fields", "frames.json", "metadata.json", "samples.json"})

#: Marks an export: a file in the folder, or beside it after the folder's name.
_EXPORT, _EXPORT_BESIDE = "EXPORT.txt", ".EXPORT.txt"

#: Maximum length of a manifest's line in bytes.
_LINE = 1 << 20


class TooLargeError(ValueError):
    """A folder holds more files than allowed."""


def files_below(folder: Path, out: Path | None = None, most: int | None = None) -> Iterator[Path]:
    """Yields the files below a folder, except hidden ones and those that runs have written.

    Links are followed, but no folder is visited twice. Unreadable folders count as empty.

    Args:
        folder: the folder, read even if a run has written it
        out: the output folder of this run, which need not exist yet
        most: maximum number of files and folders; None for any number

    Raises:
        TooLargeError: if there are more
    """
    seen: set[str] = set()
    count = 0
    for root, folders, names in os.walk(folder, followlinks=True):
        count += 1 + len(folders) + len(names)
        if most is not None and count > most:
            raise TooLargeError(f"{folder} holds more than {most:,} files and folders")
        place = os.path.realpath(root)
        is_link = root != str(folder) and Path(root).is_symlink()
        if place in seen or (is_link and is_written(Path(place), out)):
            folders.clear()
            continue
        seen.add(place)
        ours = _written_in(Path(place), {*folders, *names}, out, root == str(folder))
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n not in ours)
        for name in sorted(names):
            if not name.startswith(".") and name not in ours:
                path = Path(root, name)
                if not (path.is_symlink() and is_written(path.resolve(), out)):
                    yield path


def is_written(path: Path, out: Path | None = None, by_conversions: bool = False) -> bool:
    """Returns whether a run has written a file or folder.

    Args:
        path: the file or folder, with links resolved
        out: the output folder of this run
        by_conversions: whether only conversions count: exports can be read
    """
    for child in (path, *path.parents):
        found = _written_in(child.parent, None, out)
        if child.name in found and not (by_conversions and found is not _CONVERSION):
            return True
    return False


def _written_in(
    folder: Path, names: set[str] | None, out: Path | None, is_named: bool = False
) -> set[str] | frozenset[str]:
    """Returns the names in a folder that runs have written.

    Args:
        folder: the folder, with links resolved
        names: the names in it, None to list them
        out: the output folder of this run
        is_named: whether the user named this folder: an export is read then
    """
    if (out is not None and str(folder) == os.path.realpath(out)) or _is_conversion(folder, names):
        return _CONVERSION
    if names is None:
        try:
            names = {path.name for path in folder.iterdir()}
        except OSError:
            return set()
    if {"samples.json", "metadata.json"} <= names:
        return _DATASET
    if _EXPORT in names and not is_named:
        return names
    return {n.removesuffix(_EXPORT_BESIDE) for n in names if n.endswith(_EXPORT_BESIDE)}


def is_conversion(folder: Path) -> bool:
    """Returns whether a folder is a conversion's ``--out``."""
    return _is_conversion(folder, None)


def _is_conversion(folder: Path, names: set[str] | None) -> bool:
    def holds(name: str) -> bool:
        return (folder / name).exists() if names is None else name in names

    if holds(LOCK) or (holds(SHARDS) and (folder / SHARDS / LOCK).exists()):
        return True
    return holds(MANIFEST) and _is_manifest(folder / MANIFEST)


def _is_manifest(path: Path) -> bool:
    """Returns whether a file's first line is a manifest's: a copied folder may lack the lock."""
    try:
        with path.open("rb") as file:
            row = json.loads(file.readline(_LINE))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(row, dict) and {"key", "status", "settings", "source_stamp"} <= row.keys()
