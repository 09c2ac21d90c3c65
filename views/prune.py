"""Finds the files of indexes and stored words of deleted datasets, and deletes them on request."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bson import ObjectId

from ..core.keys import INDEX_KEY, WORDS_KEY
from ..internals.database import dataset_ids, named_collection
from ..meaning.files import IndexInUseError, locked
from .indexes import root_folder
from .word_store import words_folder

#: Stands in for the key of stored words.
_WORDS = "stored words"


@dataclass(frozen=True)
class LeftIndex:
    """The files of an index, or of stored words, without a dataset.

    Attributes:
        folder: their folder
        dataset_id: the id of the deleted dataset
        key: the index's name, or ``stored words``
        size: the size in bytes
    """

    folder: Path
    dataset_id: str
    key: str
    size: int


def left_indexes() -> list[LeftIndex]:
    """Returns the files whose dataset is not in this database, and that no clone uses.

    Another database that shares FiftyOne's ``default_dataset_dir`` may have the dataset.
    """
    known = {str(identity) for identity in dataset_ids()}
    used = set(_used())
    found: list[LeftIndex] = []
    folders = [(folder, folder.parent.name, folder.name) for folder in root_folder().glob("*/*")]
    folders += [(folder, folder.name, _WORDS) for folder in words_folder().glob("*")]
    for folder, owner, key in sorted(folders):
        if not folder.is_dir() or not ObjectId.is_valid(owner) or owner in known:
            continue
        if folder.resolve() not in used:
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            found.append(LeftIndex(folder, owner, key, size))
    return found


def _used() -> Iterator[Path]:
    """Yields the folders that datasets refer to."""
    keys = {f"info.{key}": 1 for key in (INDEX_KEY, WORDS_KEY)}
    for document in named_collection("datasets").find({}, keys):
        info = document.get("info") or {}
        indexes, words = info.get(INDEX_KEY), info.get(WORDS_KEY)
        for described in (*(indexes.values() if isinstance(indexes, dict) else ()), words):
            if isinstance(described, dict) and isinstance(described.get("folder"), str):
                yield Path(described["folder"]).resolve()


def prune(left: Iterable[LeftIndex]) -> list[LeftIndex]:
    """Deletes the files of some indexes; returns the deleted ones.

    An index that a process is writing stays.

    Args:
        left: from :func:`left_indexes`
    """
    gone: list[LeftIndex] = []
    for one in left:
        try:
            with locked(one.folder):
                shutil.rmtree(one.folder)
        except IndexInUseError:
            continue
        gone.append(one)
        if not any(one.folder.parent.iterdir()):
            one.folder.parent.rmdir()
    return gone
