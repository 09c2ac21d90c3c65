"""The folder of an export: written under another name, and replaced file by file.

An export is written to ``.NAME.part``. If ``NAME`` does not exist, the folder is renamed when it is
complete. Otherwise its files replace those of the export in ``NAME`` one by one, and other people's
files stay. The report lists old and new files in the meantime, so that a killed run can be
finished.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from . import journal
from .formats import REPORT_DRAFT, is_export_name
from .inventory import SUFFIX, Inventory, files_in, fingerprint, inside, read_inventory


class PlaceError(ValueError):
    """A folder that an export must not write to."""


class ExportFolder:
    """Where an export goes.

    Args:
        out: the final folder

    Raises:
        PlaceError: if the path cannot be a folder

    Attributes:
        out: the final folder
        folder: the folder that is written to, beside ``out``
        report: the report beside ``out``
    """

    def __init__(self, out: str | Path) -> None:
        try:
            self.out = Path(out).expanduser().absolute()
        except (RuntimeError, TypeError) as error:  # an unknown user's ~; not a path
            raise PlaceError(f"{_short(out)} is not a folder: {error}") from None
        if self.out.name in ("", ".."):
            raise PlaceError(f"{_short(out)} cannot be an export: give a folder with a name")
        self.folder = self.out.parent / f".{self.out.name}.part"
        self.report = self.out.parent / f"{self.out.name}{SUFFIX}"
        try:
            for path in (self.out, self.folder, self.report):
                with suppress(FileNotFoundError):
                    path.lstat()
        except (OSError, ValueError) as error:  # a file as parent, a long name, a NUL
            reason = error.strerror if isinstance(error, OSError) else error
            raise PlaceError(f"{_short(out)} cannot be a folder: {reason}") from None

    def check(self, overwrite: bool) -> Inventory | None:
        """Checks that the export may be written; returns the export that it replaces.

        Raises:
            PlaceError: if the folder holds something that must not be replaced
        """
        self._check_beside()
        found = self._earlier()
        if found is None:
            return None
        if not overwrite:
            raise PlaceError(
                f"{self.out} already holds another export, or an earlier state of this one: "
                "replace it (overwrite) or choose another folder"
            )
        for name in found.names:
            if os.path.lexists(self.out / name) and not found.wrote(self.out, name):
                raise PlaceError(
                    f"{self.out / name} was changed after it was exported: move it away, or choose "
                    "another folder"
                )
        return found

    def counted(self, identity: str) -> Mapping[str, Any] | None:
        """Returns the counts of a complete export of the same data, None if there is none.

        Args:
            identity: a hash of what is exported
        """
        inventory = read_inventory(self.report)
        if inventory is None or inventory.identity != identity or self.out.is_symlink():
            return None
        return inventory.counted if inventory.is_complete(self.out) else None

    def stay(self, found: Inventory) -> int:
        """Returns the number of files in the folder that no export has written."""
        return sum(name not in found.names for name in files_in(self.out))

    def open(self, identity: str) -> journal.Journal:
        """Makes the folder to write to, or opens that of an interrupted run.

        Raises:
            InUseError: if another run is writing to it
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        return journal.Journal(self.folder, identity)

    def clear(self) -> None:
        """Deletes what an earlier run has written to the ``.part`` folder."""
        for name in list(files_in(self.folder)):
            path = inside(self.folder, name)
            if path is not None and name != journal.FILE_NAME and is_export_name(name):
                path.unlink()
        _remove_empty(self.folder)

    def drop(self) -> None:
        """Deletes the ``.part`` folder."""
        self.clear()
        (self.folder / journal.FILE_NAME).unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()

    def keep(
        self, identity: str, text: str, counted: Mapping[str, Any], overwrite: bool = False
    ) -> None:
        """Gives the folder its final name, or moves its files to the export that they replace.

        Args:
            identity: a hash of what was exported
            text: the report
            counted: the counts that :meth:`counted` returns
            overwrite: whether to replace an earlier export

        Raises:
            PlaceError: if the folder holds something that must not be replaced
        """
        before = self.check(overwrite)
        own = (journal.FILE_NAME, REPORT_DRAFT)
        names = [name for name in files_in(self.folder) if name not in own]
        files = {name: fingerprint(self.folder / name) for name in names}
        replaces = {}
        if before:
            for name in files:
                self._check_free(name, before)
            replaces = {**before.replaces, **before.files}
        inventory = Inventory(identity, counted, files, replaces, text)
        self._write_report(inventory)
        self._finish(inventory)

    def finish(self, identity: str) -> Mapping[str, Any] | None:
        """Finishes a :meth:`keep` that was interrupted; returns its counts, None without one.

        Args:
            identity: a hash of what is exported
        """
        inventory = read_inventory(self.report)
        if inventory is None or inventory.identity != identity:
            return None
        pending = [name for name in inventory.files if os.path.lexists(self.folder / name)]
        if not pending and not inventory.replaces:
            return None
        for name in inventory.files:
            if not (inventory.wrote(self.folder, name) or inventory.wrote(self.out, name)):
                return None
        self._finish(inventory)
        return inventory.counted

    def _finish(self, inventory: Inventory) -> None:
        """Moves the files and deletes those that they replace; may be repeated at any point."""
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
        self._write_report(replace(inventory, replaces={}))
        self.drop()

    def _write_report(self, inventory: Inventory) -> None:
        """Writes the report in one step."""
        inventory.write(self.folder / REPORT_DRAFT)
        (self.folder / REPORT_DRAFT).replace(self.report)

    def _check_beside(self) -> None:
        """Checks that a report and a ``.part`` folder beside the folder are an export's."""
        if self.out.is_symlink():
            raise PlaceError(f"{self.out} is a link: give the folder that it leads to")
        inventory = read_inventory(self.report)
        if os.path.lexists(self.report) and (inventory is None or self.report.is_symlink()):
            raise PlaceError(
                f"{self.report} exists and is not the report of an export: move it away, or choose "
                "another folder"
            )
        if not os.path.lexists(self.folder):
            return
        names = [] if self.folder.is_symlink() else list(files_in(self.folder))
        known = inventory.files if inventory else ()
        is_ours = (
            self.folder.is_dir() and not self.folder.is_symlink()
            and all(is_export_name(name) and inside(self.folder, name) for name in names)
            and (not names or journal.is_journal(self.folder) or REPORT_DRAFT in names
                 or all(name in known for name in names))
        )  # fmt: skip
        if not is_ours:
            raise PlaceError(
                f"{self.folder} exists and does not belong to an export: move it away, or choose "
                "another folder"
            )

    def _earlier(self) -> Inventory | None:
        """Returns the export in the folder, None if the folder is empty or does not exist.

        Raises:
            PlaceError: if it holds anything else
        """
        if not self.out.exists():
            return None
        if not self.out.is_dir():
            raise PlaceError(f"{self.out} is not a folder: choose another")
        if not any(self.out.iterdir()):
            return None
        inventory = read_inventory(self.report)
        if inventory is not None:
            places = [self.out, self.folder] if inventory.replaces else [self.out]
            if any(os.path.lexists(place / name) for place in places for name in inventory.names):
                return inventory
        raise PlaceError(f"{self.out} exists and is not an export: choose another folder")

    def _check_free(self, name: str, before: Inventory) -> None:
        """Checks that a file's place is free, or holds a file of the replaced export."""
        path = inside(self.out, name)
        above = [p for p in Path(name).parents if p.name and (self.out / p).exists()]
        taken = os.path.lexists(self.out / name) and name not in before.names
        if path is None or taken or not all((self.out / p).is_dir() for p in above):
            raise PlaceError(
                f"{self.out / name} exists and does not belong to the export: move it away, then "
                "run the same command again"
            )


def _remove_empty(folder: Path) -> None:
    """Removes the empty folders in a folder."""
    for root, folders, _ in os.walk(folder, topdown=False):
        for name in folders:
            with suppress(OSError):  # a link, or not empty
                (Path(root) / name).rmdir()


def _remove_parents(folder: Path, name: str) -> None:
    """Removes the folders that a deleted file was in, if they are empty."""
    for parent in Path(name).parents:
        if parent.name:
            with suppress(OSError):
                (folder / parent).rmdir()


def _short(text: object) -> str:
    """Returns a path, shortened for a message."""
    shown = repr(str(text))
    return shown if len(shown) <= 120 else f"{shown[:100]}…{shown[-10:]}"
