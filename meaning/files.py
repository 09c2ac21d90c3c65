"""Stores columns of numbers in files: appended, memory-mapped, and replaced atomically."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


class IndexInUseError(ValueError):
    """Another process is writing the same index."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Locks a folder against other writing processes; creates it if it is missing.

    Raises:
        IndexInUseError: if another process has locked it
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexInUseError(
                f"another process writes the index in {folder}: wait until it is done"
            ) from None
        yield


def write_json(path: Path, value: object) -> None:
    """Writes a JSON file atomically."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flushes the entries of a folder to disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_column(path: Path, values: npt.NDArray[Any]) -> None:
    """Writes a column of numbers, and flushes it to disk."""
    with path.open("wb") as file:
        values.tofile(file)
        file.flush()
        os.fsync(file.fileno())


def read_column(
    path: Path, dtype: npt.DTypeLike, rows: int, width: int | None = None
) -> npt.NDArray[Any]:
    """Memory-maps the first rows of a column.

    Args:
        path: the file
        dtype: the type of its numbers
        rows: the number of rows
        width: the numbers per row; None for a column of single numbers

    Raises:
        OSError: if the file is missing or too short
    """
    shape = (rows,) if width is None else (rows, width)
    needed = int(np.prod(shape)) * np.dtype(dtype).itemsize
    if path.stat().st_size < needed:
        raise OSError(f"{path} is shorter than its index says: index the dataset again")
    if not needed:  # nothing to map
        return np.empty(shape, dtype)
    return np.memmap(path, dtype=dtype, mode="r", shape=shape)


class Appended:
    """A file that rows are appended to.

    Args:
        path: the file; created if missing
        length: the bytes to keep; the rest of the file is truncated
    """

    def __init__(self, path: Path, length: int) -> None:
        self._file = path.open("ab")
        self._file.truncate(length)

    def append(self, data: bytes | npt.NDArray[Any]) -> None:
        """Appends bytes, or the numbers of an array."""
        self._file.write(data if isinstance(data, bytes) else np.ascontiguousarray(data).data)

    def sync(self) -> None:
        """Flushes the appended rows to disk."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Closes the file."""
        self._file.close()
