"""The report of an export, beside its folder, and the files that the export has written.

It stands beside the folder, not in it: polars reads every file of a folder, whatever its name is,
and pandas, pyarrow and ``datasets`` each skip other names. Its last line is for the next run, which
deletes no file that is not listed there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

#: What a folder's name is followed by in the name of its report.
SUFFIX = ".EXPORT.txt"
#: The report of earlier versions, in the folder.
LEGACY = "EXPORT.txt"

#: So much of the beginning and of the end of a file tells whether it has changed.
_PART = 2**20

#: The size of a file, and a digest of its beginning and its end.
Fingerprint = tuple[int, str]


@dataclass(frozen=True)
class Inventory:
    """What is known of an export.

    Attributes:
        identity: what was exported
        counted: what the report has counted
        files: the files that it has written, by their path in the folder
        replaces: the files of an earlier export, while they make way for these
        text: what the report says
    """

    identity: str
    counted: Mapping[str, Any]
    files: Mapping[str, Fingerprint]
    replaces: Mapping[str, Fingerprint] = field(default_factory=dict)
    text: str = ""

    @property
    def names(self) -> set[str]:
        """The paths of all files that exports have written there."""
        return {*self.files, *self.replaces}

    def wrote(self, folder: Path, name: str) -> bool:
        """Whether a file in a folder is as an export has written it."""
        path = inside(folder, name)
        if path is None or not path.is_file():
            return False
        found = fingerprint(path)
        return found in (self.files.get(name), self.replaces.get(name))

    def is_whole(self, folder: Path) -> bool:
        """Whether a folder has all the files, in their sizes."""
        return all(
            (path := inside(folder, name)) is not None and path.is_file()
            and path.stat().st_size == size
            for name, (size, _) in self.files.items()
        )  # fmt: skip

    def write(self, path: Path) -> None:
        """Writes the report."""
        facts = {
            "identity": self.identity,
            "counted": self.counted,
            "files": self.files,
            "replaces": self.replaces,
        }
        said = f"{self.text}\n\nFor the next run:\n{json.dumps(facts)}\n"
        path.write_bytes(said.encode("utf-8", "replace"))


def read_inventory(path: Path) -> Inventory | None:
    """Returns what a report says, None if there is none or it is of something else."""
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


def read_legacy(folder: Path) -> Inventory | None:
    """Returns what an earlier version's report in the folder says, None without one.

    It lists no files: where their number and size are as it says, all of them are the export's.

    Raises:
        ValueError: if there are others
    """
    try:
        *_, last = (folder / LEGACY).read_text(encoding="utf-8").splitlines()
        facts = json.loads(last)
        identity, size, counted = facts["identity"], facts["size"], facts["counted"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    names = [name for name in files_in(folder) if name != LEGACY]
    regular = [name for name in names if inside(folder, name)]
    sizes = [(folder / name).stat().st_size for name in regular]
    if [len(names), sum(sizes)] != size or len(regular) < len(names):
        raise ValueError(f"{folder} holds files that its export did not write, or changed ones")
    return Inventory(identity, counted, {n: fingerprint(folder / n) for n in [*names, LEGACY]})


def files_in(folder: Path) -> Iterator[str]:
    """Yields the path of every file and link in a folder; a link is not followed."""
    for root, folders, files in os.walk(folder):
        links = [name for name in folders if (Path(root) / name).is_symlink()]
        for name in (*files, *links):
            yield (Path(root) / name).relative_to(folder).as_posix()


def inside(folder: Path, name: str) -> Path | None:
    """Returns the path of a name in a folder, None if a link leads to it."""
    path = folder
    for part in PurePosixPath(name).parts:
        path = path / part
        if path.is_symlink():
            return None
    return path


def fingerprint(path: Path) -> Fingerprint:
    """Returns a file's size, and a digest of its beginning and its end."""
    size = path.stat().st_size
    with path.open("rb") as file:
        digest = hashlib.sha256(file.read(_PART))
        file.seek(max(size - _PART, 0))
        digest.update(file.read(_PART))
    return size, digest.hexdigest()[:16]


def _fingerprints(found: Mapping[str, Any]) -> dict[str, Fingerprint]:
    """Checks what a report lists.

    Raises:
        ValueError: if a name leads out of the folder
    """
    prints = {}
    for name, (size, digest) in found.items():
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or name.startswith("/") or "\0" in name:
            raise ValueError(f"{name!r} is no name of a file in the folder")
        prints[name] = int(size), str(digest)
    return prints
