"""A folder that has its name only when it is whole."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

#: The file that says that a folder is an export, and what is in it.
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
        raise PlaceError(f"{out} holds an export already: replace it (overwrite) or choose another")


class Place:
    """The folder while it is made: beside its final one, under a name of this process.

    Args:
        out: the final folder
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.folder = out.parent / f".{out.name}.{os.getpid()}.part"

    def open(self) -> Path:
        """Makes the folder, empty."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self.folder

    def keep(self) -> None:
        """Gives the folder its final name, in the place of what had it."""
        before = self.out.parent / f".{self.out.name}.{os.getpid()}.old"
        if self.out.exists():
            self.out.rename(before)
        self.folder.rename(self.out)
        shutil.rmtree(before, ignore_errors=True)

    def drop(self) -> None:
        """Deletes the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)
