"""A folder that has its name only when it is whole, and what says that it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from . import journal

#: The file that says that a folder is an export, and what is in it. Its last line is for the next
#: run.
ABOUT = "EXPORT.txt"


class PlaceError(ValueError):
    """A folder that an export must not be written to."""


def check_place(out: Path, overwrite: bool) -> None:
    """Checks that an export may be put somewhere.

    Raises:
        PlaceError: if something is there that is not to be replaced
    """
    if not out.name:
        raise PlaceError(f"{out} cannot be an export: give a folder with a name")
    if not out.exists():
        return
    if not out.is_dir():
        raise PlaceError(f"{out} is there and is no folder")
    if not any(out.iterdir()):
        return
    if not (out / ABOUT).is_file():
        raise PlaceError(f"{out} is there and is no export: it is left alone, choose another")
    if not overwrite:
        raise PlaceError(
            f"{out} holds an export already, of something else or of an earlier state: replace it "
            "(overwrite) or choose another"
        )


def counted_there(folder: Path, identity: str) -> Mapping[str, Any] | None:
    """Returns what was counted when a folder was written, None if it is not that export, whole.

    Args:
        folder: an export's folder
        identity: what is exported
    """
    try:
        *_, last = (folder / ABOUT).read_text(encoding="utf-8").splitlines()
        found = json.loads(last)
        if found["identity"] != identity or found["size"] != _size(folder):
            return None
        counted: Mapping[str, Any] = found["counted"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return counted


def has_export(folder: Path) -> bool:
    """Whether a folder holds an export."""
    return (folder / ABOUT).is_file()


class Place:
    """The folder while it is made, beside its final one; a run that ends early leaves it there.

    Args:
        out: the final folder
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out.parent / f".{out.name}.part"

    def open(self, identity: str) -> journal.Journal:
        """Makes the folder, empty unless an earlier run of the same export has left it.

        Raises:
            InUseError: if another run is writing to it
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        notes = journal.Journal(self.folder, identity)
        if notes.done.state is None:
            for path in self.folder.iterdir():
                if path.name != journal.FILE_NAME:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
        return notes

    def keep(self, identity: str, text: str, counted: Mapping[str, Any]) -> None:
        """Gives the folder its final name, in the place of what had it.

        Args:
            identity: what was exported
            text: what the folder holds, for a reader
            counted: what :func:`counted_there` is to give
        """
        facts = {"identity": identity, "size": _size(self.folder), "counted": counted}
        said = f"{text}\n\nFor the next run:\n{json.dumps(facts, ensure_ascii=False)}\n"
        (self.folder / ABOUT).write_text(said, encoding="utf-8")
        (self.folder / journal.FILE_NAME).unlink()
        self.rename()

    def rename(self) -> None:
        """Gives the whole folder its final name."""
        before = self.out.parent / f".{self.out.name}.old"
        if self.out.exists():
            shutil.rmtree(before, ignore_errors=True)
            self.out.rename(before)
        self.folder.rename(self.out)
        shutil.rmtree(before, ignore_errors=True)

    def drop(self) -> None:
        """Deletes the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _size(folder: Path) -> list[int]:
    """Returns how many files an export has and how many bytes they are, but for what says so."""
    sizes = []
    for path in folder.rglob("*"):
        if path.name not in (ABOUT, journal.FILE_NAME):
            with suppress(FileNotFoundError):
                sizes += [path.stat().st_size] if path.is_file() else []
    return [len(sizes), sum(sizes)]
