"""Validates the file names of a repository's listing before any is used.

Whoever runs the server or owns the repository writes the listing. Its names become parts of
addresses, and paths on this machine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: The longest name and path in bytes: file systems take 255, huggingface_hub's journal adds 9.
_LONGEST_PART, _LONGEST = 240, 1024
#: huggingface_hub's folder for its journal, in the folder that it downloads to.
_JOURNAL = ".cache"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_names(names: Iterable[object]) -> None:
    """Checks that names are valid paths below a folder, without collisions.

    Raises:
        ValueError: if one is not, with its name and the reason
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        if wrong := wrong_with(name):
            raise ValueError(f"it lists {_shown(name)}, which {wrong}")
        key = _folded(str(name))
        if key in files:
            raise ValueError(
                f"it lists {_shown(files[key])} and {_shown(name)}, which are the same file on "
                "some systems"
            )
        files[key] = str(name)
        parts = key.split("/")
        folders.update(("/".join(parts[:count]), str(name)) for count in range(1, len(parts)))
    if both := next((key for key in files if key in folders), None):
        raise ValueError(f"it lists {_shown(files[both])} both as a file and as a folder")


def wrong_with(name: object) -> str:
    """Returns why a name is not a valid path below a folder; empty if it is valid."""
    if not isinstance(name, str) or not name:
        return "is not a name"
    try:
        parts = [part.encode() for part in name.split("/")]
    except UnicodeEncodeError:
        return "is not valid text"
    if _CONTROL.search(name):
        return "contains a control character"
    if "\\" in name or re.match(r"[A-Za-z]:", name):
        return "is a Windows path"
    if name.startswith("/"):
        return "is an absolute path"
    if any(part in (b"", b".", b"..") for part in parts):
        return "is not a normalised path"
    if len(name.encode()) > _LONGEST or any(len(part) > _LONGEST_PART for part in parts):
        return "is too long"
    if _folded(name.split("/")[0]) == _JOURNAL:
        return f"lies in {_JOURNAL}, the Hub client's own folder"
    return ""


def _folded(name: str) -> str:
    """Returns a name as file systems compare it that ignore case and Unicode forms."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def _shown(name: object) -> str:
    text = ascii(name)
    return text if len(text) <= 100 else f"{text[:97]}…"
