"""Judges the names of files that a listing gives, before anything is done with one of them.

A listing is written by whoever runs the server or owns the repository. A name in it becomes a part
of an address, and the place of a file on this machine.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

#: The longest name in bytes: a file system takes 255, and huggingface_hub's journal adds 9.
_LONGEST_PART, _LONGEST = 240, 1024
#: Where huggingface_hub keeps its journal in the folder that it fetches files into.
_JOURNAL = ".cache"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_names(names: Iterable[object]) -> None:
    """Checks that names are paths below a folder, each the place of one file.

    Raises:
        ValueError: if one is not, with the name and what is wrong with it
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        if wrong := wrong_with(name):
            raise ValueError(f"it lists {_shown(name)}, which {wrong}")
        key = _folded(str(name))
        if key in files:
            raise ValueError(
                f"it lists {_shown(files[key])} and {_shown(name)}, which are one file on some "
                "systems"
            )
        files[key] = str(name)
        parts = key.split("/")
        folders.update(("/".join(parts[:count]), str(name)) for count in range(1, len(parts)))
    if both := next((key for key in files if key in folders), None):
        raise ValueError(f"it lists {_shown(files[both])} both as a file and as a folder")


def wrong_with(name: object) -> str:
    """Returns why a name cannot be the path of a file below a folder; empty if it can."""
    if not isinstance(name, str) or not name:
        return "is no name"
    try:
        parts = [part.encode() for part in name.split("/")]
    except UnicodeEncodeError:
        return "is no text"
    if _CONTROL.search(name):
        return "has a control character in it"
    if "\\" in name or re.match(r"[A-Za-z]:", name):
        return "is a path of Windows"
    if name.startswith("/"):
        return "is an absolute path"
    if any(part in (b"", b".", b"..") for part in parts):
        return "is no plain path"
    if len(name.encode()) > _LONGEST or any(len(part) > _LONGEST_PART for part in parts):
        return "is too long"
    if _folded(name.split("/")[0]) == _JOURNAL:
        return f"lies in {_JOURNAL}, the Hub client's own folder"
    return ""


def _folded(name: str) -> str:
    """Returns a name as systems see it that know neither case nor forms of a letter."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())


def _shown(name: object) -> str:
    text = ascii(name)
    return text if len(text) <= 100 else f"{text[:97]}…"
