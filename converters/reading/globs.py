"""Finds the paths that match a glob, within a limit of visited files."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterator
from pathlib import Path

from ..written import TooLargeError


def matches(pattern: str, most: int | None = None) -> list[Path]:
    """Returns the paths that match a glob, sorted; ``**`` matches any number of folders.

    Args:
        pattern: the glob
        most: how many files and folders to visit at most; None for no limit

    Raises:
        TooLargeError: if there are more
    """
    path = Path(pattern)
    return sorted(
        set(_Search(pattern, most).below(Path(path.anchor), path.parts[bool(path.anchor) :]))
    )


class _Search:
    def __init__(self, pattern: str, most: int | None) -> None:
        self.pattern, self.most, self.count = pattern, most, 0

    def below(self, folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
        """Yields the paths below a folder that match the remaining parts."""
        if not parts:
            yield folder
            return
        first, rest = parts[0], parts[1:]
        if first == "**":
            yield from self.below(folder, rest or ("*",))
            for entry in self._entries(folder):
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    yield from self.below(folder / entry.name, parts)
        elif not glob.has_magic(first):
            if rest or os.path.lexists(folder / first):
                yield from self.below(folder / first, rest)
        else:
            for entry in self._entries(folder):
                hidden = entry.name.startswith(".") and not first.startswith(".")
                if not hidden and fnmatch.fnmatchcase(entry.name, first):
                    yield from self.below(folder / entry.name, rest)

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        found = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self.count += 1
                    if self.most is not None and self.count > self.most:
                        raise TooLargeError(
                            f"{self.pattern} needs a search of more than {self.most:,} files and "
                            "folders"
                        )
                    found.append(entry)
        except OSError:  # not a folder, or not readable
            return []
        return found
