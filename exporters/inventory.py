"""The report beside an export's folder (``NAME.EXPORT.txt``), which lists the exported files.

It stands beside the folder because polars reads every file in a folder, whatever its name. Its last
line is JSON for the next run, which replaces and deletes only files that are listed there and have
not changed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

#: Follows the folder's name in the name of its report.
SUFFIX = ".EXPORT.txt"

#: Bytes at the start and at the end of a file that its fingerprint covers.
_PART = 2**20

#: A file's size, and a digest of its start and its end.
Fingerprint = tuple[int, str]


@dataclass(frozen=True)
class Inventory:
    """What a report says.

    Attributes:
        identity: a hash of what was exported
        counted: the counts of the export's report
        files: the exported files, by their path in the folder
        replaces: the files of an earlier export, as long as they are being replaced
        text: the report as text
    """

    identity: str
    counted: Mapping[str, Any]
    files: Mapping[str, Fingerprint]
    replaces: Mapping[str, Fingerprint] = field(default_factory=dict)
    text: str = ""

    @property
    def names(self) -> set[str]:
        """The paths of all listed files."""
        return {*self.files, *self.replaces}

    def wrote(self, folder: Path, name: str) -> bool:
        """Whether a file is unchanged since an export wrote it."""
        path = inside(folder, name)
        if path is None or not path.is_file():
            return False
        return fingerprint(path) in (self.files.get(name), self.replaces.get(name))

    def is_complete(self, folder: Path) -> bool:
        """Whether a folder has all the files, with their sizes."""
        return all(
            (path := inside(folder, name)) is not None
            and path.is_file()
            and path.stat().st_size == size
            for name, (size, _) in self.files.items()
        )

    def write(self, path: Path) -> None:
        """Writes the report."""
        facts = {
            "identity": self.identity,
            "counted": self.counted,
            "files": self.files,
            "replaces": self.replaces,
        }
        text = f"{self.text}\n\nFor the next run:\n{json.dumps(facts)}\n"
        path.write_bytes(text.encode("utf-8", "replace"))


def read_inventory(path: Path) -> Inventory | None:
    """Reads a report; returns None if there is none or the file is something else."""
    try:
        *lines, last = path.read_text(encoding="utf-8").splitlines()
        facts = json.loads(last)
        return Inventory(
            facts["identity"],
            facts["counted"],
            _fingerprints(facts["files"]),
            _fingerprints(facts["replaces"]),
            "\n".join(lines[:-2]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def files_in(folder: Path) -> Iterator[str]:
    """Yields the path of every file and link in a folder; links are not followed."""
    for root, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        for name in (*files, *links):
            yield (Path(root) / name).relative_to(folder).as_posix()


def inside(folder: Path, name: str) -> Path | None:
    """Returns the path of a name in a folder, or None if it leads through a link."""
    path = folder
    for part in PurePosixPath(name).parts:
        path = path / part
        if path.is_symlink():
            return None
    return path


def fingerprint(path: Path) -> Fingerprint:
    """Returns what tells whether a file has changed."""
    size = path.stat().st_size
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(_PART))
        file.seek(max(size - _PART, 0))
        digest.update(file.read(_PART))
    return size, digest.hexdigest()[:16]


def _fingerprints(listed: Mapping[str, Any]) -> dict[str, Fingerprint]:
    """Checks the files that a report lists.

    Raises:
        ValueError: if a name leads out of the folder
    """
    found = {}
    for name, (size, digest) in listed.items():
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or name.startswith("/") or "\0" in name:
            raise ValueError(f"{name!r} does not name a file in the folder")
        found[name] = int(size), str(digest)
    return found
