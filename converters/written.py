"""Knows the folders that runs write: what one has written is never another's input.

They are known by what is in them, not by their names: a user may have a folder ``clips`` as well.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

#: Locked by who writes a conversion's manifest, and left there. It names the folder for one.
LOCK = ".action100m.lock"
MANIFEST, REPORT, CLIPS, SHARDS = "manifest.jsonl", "report.json", "clips", "shards"
_CONVERSION = frozenset({MANIFEST, REPORT, CLIPS, SHARDS})

#: What FiftyOne's own format has, as which a published data set is loaded, too.
_DATASET = frozenset({"data", "fields", "frames.json", "metadata.json", "samples.json"})

#: What says that a folder is an export: in it, and after its name beside it.
_EXPORT, _EXPORT_BESIDE = "EXPORT.txt", ".EXPORT.txt"

#: No line of a manifest is longer, in bytes.
_LINE = 1 << 20


class TooLargeError(ValueError):
    """A folder that has more in it than may be looked at."""


def files_below(folder: Path, out: Path | None = None, most: int | None = None) -> Iterator[Path]:
    """Yields the files below a folder, but for hidden ones and for what runs have written there.

    Links are followed, though no folder is walked twice. Folders that cannot be read are empty.

    Args:
        folder: the folder; what it is itself does not count
        out: where the run writes that asks, whether anything is there yet or not
        most: how many files and folders may be looked at; None for any number

    Raises:
        TooLargeError: if there are more
    """
    seen: set[str] = set()
    count = 0
    for root, folders, names in os.walk(folder, followlinks=True):
        count += 1 + len(folders) + len(names)
        if most is not None and count > most:
            raise TooLargeError(f"{folder} has more than {most:,} files and folders in it")
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
    """Whether a run has written a file or folder.

    Args:
        path: the file or folder, without links
        out: where the run writes that asks
        by_conversions: whether only conversions count: an export can be read
    """
    for child in (path, *path.parents):
        found = _written_in(child.parent, None, out)
        if child.name in found and not (by_conversions and found is not _CONVERSION):
            return True
    return False


def _written_in(
    folder: Path, names: set[str] | None, out: Path | None, is_named: bool = False
) -> set[str] | frozenset[str]:
    """Returns which names in a folder are of what runs write there.

    Args:
        folder: the folder, without links
        names: what is in it, as far as that is known already
        out: where the run writes that asks
        is_named: whether the user has named the folder: an export is read then
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
    """Whether a folder is a conversion's ``--out``."""
    return _is_conversion(folder, None)


def _is_conversion(folder: Path, names: set[str] | None) -> bool:
    def holds(name: str) -> bool:
        return (folder / name).exists() if names is None else name in names

    if holds(LOCK) or (holds(SHARDS) and (folder / SHARDS / LOCK).exists()):
        return True
    return holds(MANIFEST) and _is_manifest(folder / MANIFEST)


def _is_manifest(path: Path) -> bool:
    """Whether the first line of a file is a conversion's; the folder may be a copy without lock."""
    try:
        with path.open("rb") as file:
            row = json.loads(file.readline(_LINE))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(row, dict) and {"key", "status", "settings", "source_stamp"} <= row.keys()
