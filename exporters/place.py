"""A folder that has its name only when it is whole, and what may be replaced by it.

An export is made in ``.NAME.part``. Where there is no ``NAME`` yet, it gets that name at once. Else
its files take the place of those of the export that is there, one by one, and what others have put
into the folder stays. While that lasts, the report lists both, so that a run that was killed can go
on.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import journal
from .formats import is_written
from .inventory import (
    LEGACY,
    SUFFIX,
    Inventory,
    files_in,
    fingerprint,
    inside,
    read_inventory,
    read_legacy,
)


class PlaceError(ValueError):
    """A folder that an export must not be written to."""


class Place:
    """Where an export goes.

    Args:
        out: the final folder

    Raises:
        PlaceError: if there can be no such folder

    Attributes:
        out: the final folder
        folder: where it is made
        report: the file beside it that says what is in it
    """

    def __init__(self, out: str | Path) -> None:
        try:
            self.out = Path(out).expanduser().absolute()
        except (RuntimeError, TypeError) as error:  # ~ of nobody; no path at all
            raise PlaceError(f"{_short(out)} is no folder: {error}") from None
        if self.out.name in ("", ".."):
            raise PlaceError(f"{_short(out)} cannot be an export: give a folder with a name")
        self.folder = self.out.parent / f".{self.out.name}.part"
        self.report = self.out.parent / f"{self.out.name}{SUFFIX}"
        try:
            for path in (self.out, self.folder, self.report):
                with suppress(FileNotFoundError):
                    path.lstat()
        except (OSError, ValueError) as error:  # a file above it, too long, a NUL
            reason = error.strerror if isinstance(error, OSError) else error
            raise PlaceError(f"{_short(out)} cannot be a folder: {reason}") from None

    def check(self, overwrite: bool) -> Inventory | None:
        """Checks that the export may be put there; returns the one that it replaces.

        Raises:
            PlaceError: if something is there that is not to be replaced
        """
        self._check_beside()
        found = self._earlier()
        if found is None:
            return None
        if not overwrite:
            raise PlaceError(
                f"{self.out} holds an export already, of something else or of an earlier state: "
                "replace it (overwrite) or choose another"
            )
        for name in found.names:
            if os.path.lexists(self.out / name) and not found.wrote(self.out, name):
                raise PlaceError(
                    f"{self.out / name} was changed after an export had written it: move it away, "
                    "or choose another folder"
                )
        return found

    def counted(self, identity: str) -> Mapping[str, Any] | None:
        """Returns what was counted when the folder was written, None unless it is that, whole.

        Args:
            identity: what is exported
        """
        inventory = read_inventory(self.report)
        if inventory is None or inventory.identity != identity or self.out.is_symlink():
            return None
        return inventory.counted if inventory.is_whole(self.out) else None

    def stay(self, found: Inventory) -> int:
        """Returns how many files in the folder are not of the export that is there."""
        return sum(name not in found.names for name in files_in(self.out))

    def open(self, identity: str) -> journal.Journal:
        """Makes the folder to write into, or opens what an earlier run has left.

        Raises:
            InUseError: if another run is writing to it
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        return journal.Journal(self.folder, identity)

    def clear(self) -> None:
        """Deletes what an earlier run has begun."""
        for name in list(files_in(self.folder)):
            path = inside(self.folder, name)
            if path is not None and name != journal.FILE_NAME and is_written(name):
                path.unlink()
        _remove_empty(self.folder)

    def drop(self) -> None:
        """Deletes the folder, as nothing was written."""
        self.clear()
        (self.folder / journal.FILE_NAME).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def keep(
        self, identity: str, text: str, counted: Mapping[str, Any], overwrite: bool = False
    ) -> None:
        """Gives the folder its final name, or its files their place among what is there.

        Args:
            identity: what was exported
            text: what the folder holds, for a reader
            counted: what :meth:`counted` is to give
            overwrite: whether to replace an earlier export

        Raises:
            PlaceError: if something is there that is not to be replaced
        """
        before = self.check(overwrite)
        names = [name for name in files_in(self.folder) if name not in (journal.FILE_NAME, LEGACY)]
        files = {name: fingerprint(self.folder / name) for name in names}
        replaces = {}
        if before:
            for name in files:
                self._check_free(name, before)
            replaces = {**before.replaces, **before.files}
        inventory = Inventory(identity, counted, files, replaces, text)
        self._say(inventory)
        self._finish(inventory)

    def go_on(self, identity: str) -> Mapping[str, Any] | None:
        """Finishes what :meth:`keep` has begun; returns what was counted, None without such.

        Args:
            identity: what is exported
        """
        inventory = read_inventory(self.report)
        if inventory is None or inventory.identity != identity:
            return None
        there = [name for name in inventory.files if os.path.lexists(self.folder / name)]
        if not there and not inventory.replaces:
            return None
        for name in inventory.files:
            if not (inventory.wrote(self.folder, name) or inventory.wrote(self.out, name)):
                return None
        self._finish(inventory)
        return inventory.counted

    def _finish(self, inventory: Inventory) -> None:
        """Moves the files, and deletes those that they replace; may be done again at any point."""
        if not inventory.replaces:
            (self.folder / journal.FILE_NAME).unlink(missing_ok=True)
            self.folder.rename(self.out)
            return
        for name in inventory.replaces:
            if name not in inventory.files and inventory.wrote(self.out, name):
                (self.out / name).unlink()
                _remove_parents(self.out, name)
        for name in inventory.files:
            if os.path.lexists(self.folder / name):
                self._check_free(name, inventory)
                (self.out / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).replace(self.out / name)
        self._say(replace(inventory, replaces={}))
        self.drop()

    def _say(self, inventory: Inventory) -> None:
        """Puts the report beside the folder, whole."""
        inventory.write(self.folder / LEGACY)
        (self.folder / LEGACY).replace(self.report)

    def _check_beside(self) -> None:
        """Checks that what is beside the folder is an export's."""
        if self.out.is_symlink():
            raise PlaceError(f"{self.out} is a link: name the folder that it leads to")
        inventory = read_inventory(self.report)
        if os.path.lexists(self.report) and (inventory is None or self.report.is_symlink()):
            raise PlaceError(
                f"{self.report} is there and is no report of an export: move it away, or choose "
                "another folder"
            )
        if not os.path.lexists(self.folder):
            return
        names = [] if self.folder.is_symlink() else list(files_in(self.folder))
        known = inventory.files if inventory else ()
        is_ours = (
            self.folder.is_dir() and not self.folder.is_symlink()
            and all(is_written(name) and inside(self.folder, name) for name in names)
            and (not names or journal.is_journal(self.folder) or LEGACY in names
                 or all(name in known for name in names))
        )  # fmt: skip
        if not is_ours:
            raise PlaceError(
                f"{self.folder} is there and is not of an export: move it away, or choose another "
                "folder"
            )

    def _earlier(self) -> Inventory | None:
        """Returns the export that the folder holds, None where nothing is in it.

        Raises:
            PlaceError: if it holds anything else
        """
        if not self.out.exists():
            return None
        if not self.out.is_dir():
            raise PlaceError(f"{self.out} is there and is no folder")
        if not any(self.out.iterdir()):
            return None
        inventory = read_inventory(self.report)
        if inventory is not None:
            places = [self.out, self.folder] if inventory.replaces else [self.out]
            if any(os.path.lexists(place / name) for place in places for name in inventory.names):
                return inventory
        try:
            legacy = read_legacy(self.out)
        except ValueError as error:
            raise PlaceError(f"{error}: move those away, or choose another folder") from None
        if legacy is None:
            raise PlaceError(
                f"{self.out} is there and is no export: it is left alone, choose another"
            )
        return legacy

    def _check_free(self, name: str, before: Inventory) -> None:
        """Checks that a file's place is free, or taken by the export that is replaced."""
        path = inside(self.out, name)
        above = [p for p in Path(name).parents if p.name and (self.out / p).exists()]
        taken = os.path.lexists(self.out / name) and name not in before.names
        if path is None or taken or not all((self.out / p).is_dir() for p in above):
            raise PlaceError(
                f"{self.out / name} is there and is not of the export: move it away, and the same "
                "command goes on"
            )


def _remove_empty(folder: Path) -> None:
    """Removes the folders in a folder that are empty."""
    for root, folders, _ in os.walk(folder, topdown=False):
        for name in folders:
            with suppress(OSError):  # a link, or not empty
                (Path(root) / name).rmdir()


def _remove_parents(folder: Path, name: str) -> None:
    """Removes the folders that a file was in, if they are empty now."""
    for parent in Path(name).parents:
        if parent.name:
            with suppress(OSError):
                (folder / parent).rmdir()


def _short(text: object) -> str:
    """Returns a path as a message can show it."""
    shown = repr(str(text))
    return shown if len(shown) <= 120 else f"{shown[:100]}…{shown[-10:]}"
