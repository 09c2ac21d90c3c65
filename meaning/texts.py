"""Stores distinct texts and their vectors in files that only grow, so each text is embedded once.

A folder holds, row by row in the order in which texts were first seen,

- ``texts.utf8``, ``ends.i64`` and ``keys.u64``: the texts, their ends, and their hashes;
- ``exact.f16``, ``codes.i8`` and ``scales.f32``: unit vectors in 16 bits, and in 8 bits with a
  scale per row for searching;
- ``journal``: a line with the numbers of texts and vectors for each flush to disk.

Vectors follow texts. What a killed process wrote after the last line of the journal is truncated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import takewhile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .encoders import TextEncoder, can_compare, describe
from .files import Appended, read_column, sync_folder, write_json

#: Texts per batch of an encoder.
BATCH = 256
#: The most texts of one group per batch of an encoder.
_GROUP = 1 << 13
#: The most seconds of work that a killed process loses, apart from its current batch.
_SYNC_EVERY = 1.0
#: The number of recent texts that are looked up one by one, before they join the sorted hashes.
_RECENT = 1 << 18


class StoredTexts:
    """The texts of a folder, memory-mapped.

    Args:
        folder: the folder, see the module
        rows: the number of texts to show
        dimension: the length of a vector
    """

    def __init__(self, folder: Path, rows: int, dimension: int) -> None:
        self.rows = rows
        self.texts = _arrow_texts(folder, rows)
        self.exact = read_column(folder / "exact.f16", np.float16, rows, dimension)
        self.codes = read_column(folder / "codes.i8", np.int8, rows, dimension)
        self.scales = read_column(folder / "scales.f32", np.float32, rows)
        self._keys = read_column(folder / "keys.u64", np.uint64, rows)

    @cached_property
    def _known(self) -> _Known:
        return _Known(self._keys)

    def rows_of(self, texts: Sequence[str]) -> npt.NDArray[np.int64]:
        """Returns the row of each text, -1 for those that are missing."""
        return self._known.look_up(text_keys(map(encode_text, texts)))

    def vectors(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Returns the unit vectors of some rows."""
        found: npt.NDArray[np.float32] = self.exact[start:stop].astype(np.float32)
        return found


def _arrow_texts(folder: Path, rows: int) -> pa.LargeStringArray:
    ends = read_column(folder / "ends.i64", np.int64, rows + 1)
    data = read_column(folder / "texts.utf8", np.uint8, int(ends[-1]))
    return pa.LargeStringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(data))


def _next(todo: pa.LargeStringArray, start: int, group: Callable[[str], str] | None) -> list[str]:
    """Returns the texts to encode next."""
    ahead: list[str] = todo[start : start + (BATCH if group is None else _GROUP)].to_pylist()
    if group is None:
        return ahead
    own = group(ahead[0])
    return list(takewhile(lambda text: group(text) == own, ahead))


class TextsWriter:
    """Adds texts to a folder and embeds them.

    Args:
        folder: the folder, see the module; created if missing
        encoder: the encoder of the texts

    Raises:
        ValueError: if the folder holds vectors of another encoder
    """

    def __init__(self, folder: Path, encoder: TextEncoder) -> None:
        self.folder, self.encoder = folder, encoder
        if not (folder / "encoder.json").exists():
            folder.mkdir(parents=True, exist_ok=True)
            write_json(folder / "encoder.json", describe(encoder))
        elif not can_compare(made_by(folder), describe(encoder)):
            raise ValueError(f"the vectors in {folder} are of another encoder")
        self.texts, self.vectors = _committed(folder / "journal")
        ends = [0]
        if self.texts:
            ends = read_column(folder / "ends.i64", np.int64, self.texts + 1).tolist()[-1:]
        self._end = int(ends[-1])
        number, width = self.texts, encoder.dimension
        self._files = {
            name: Appended(folder / name, length)
            for name, length in (
                ("texts.utf8", self._end),
                ("ends.i64", 8 * (number + 1) if number else 0),
                ("keys.u64", 8 * number),
                ("exact.f16", 2 * width * self.vectors),
                ("codes.i8", width * self.vectors),
                ("scales.f32", 4 * self.vectors),
            )
        }
        if not number:
            self._files["ends.i64"].append(np.zeros(1, np.int64))
        self._journal = Appended(folder / "journal", _whole_lines(folder / "journal"))
        self._known = _Known(read_column(folder / "keys.u64", np.uint64, number))
        self._synced = time.monotonic()

    def add(self, texts: Sequence[str]) -> npt.NDArray[np.int64]:
        """Adds the texts that are missing; returns the row of each."""
        encoded = [encode_text(text) for text in texts]
        keys = text_keys(encoded)
        rows, new = self._known.rows(keys)
        if new:
            added = [encoded[i] for i in new]
            ends = self._end + np.cumsum([len(data) for data in added], dtype=np.int64)
            self._files["texts.utf8"].append(b"".join(added))
            self._files["ends.i64"].append(ends)
            self._files["keys.u64"].append(keys[new])
            self._end = int(ends[-1])
            self.texts += len(new)
            self._sync_sometimes()
        return rows

    def embed(self, group: Callable[[str], str] | None = None) -> Iterator[tuple[int, int]]:
        """Embeds the texts without a vector; yields the number done and the total.

        Args:
            group: returns a key; neighbouring texts with the same key are encoded in one batch of
                their own. By default, batches have a fixed size
        """
        self.sync()
        todo = _arrow_texts(self.folder, self.texts)
        first = self.vectors
        while self.vectors < self.texts:
            batch = _next(todo, self.vectors, group)
            self._append_vectors(self._encode(batch))
            self._sync_sometimes()
            yield self.vectors - first, self.texts - first
        self.sync()

    def copy(self, source: StoredTexts, rows: npt.NDArray[np.int64]) -> None:
        """Adds texts with known vectors."""
        for at in range(0, len(rows), 4096):
            chosen = rows[at : at + 4096]
            self.add(source.texts.take(pa.array(chosen)).to_pylist())
            self._append_vectors(source.exact[chosen].astype(np.float32))
        self.sync()

    def _encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        vectors = np.asarray(self.encoder.encode(texts), np.float32)
        if vectors.shape != (len(texts), self.encoder.dimension) or not np.isfinite(vectors).all():
            raise ValueError(
                f"{self.encoder.name} returned an array of {vectors.shape} for {len(texts)} texts, "
                f"or numbers that are not finite: give an encoder of {self.encoder.dimension} "
                "dimensions"
            )
        return vectors

    def _append_vectors(self, vectors: npt.NDArray[np.float32]) -> None:
        exact = vectors.astype(np.float16)
        codes, scales = quantise(exact.astype(np.float32))
        self._files["exact.f16"].append(exact)
        self._files["codes.i8"].append(codes)
        self._files["scales.f32"].append(scales)
        self.vectors += len(vectors)

    def _sync_sometimes(self) -> None:
        if time.monotonic() - self._synced > _SYNC_EVERY:
            self.sync()

    def sync(self) -> None:
        """Flushes all that was added to disk."""
        for file in self._files.values():
            file.sync()
        line = json.dumps({"texts": self.texts, "vectors": self.vectors}) + "\n"
        self._journal.append(line.encode())
        self._journal.sync()
        sync_folder(self.folder)
        self._synced = time.monotonic()

    def close(self) -> None:
        """Closes the files; what was added since :meth:`sync` is lost."""
        for file in (*self._files.values(), self._journal):
            file.close()


class _Known:
    """The rows of texts by their hashes: sorted hashes, and recent ones one by one."""

    def __init__(self, keys: npt.NDArray[np.uint64]) -> None:
        self._count = len(keys)
        self._order = np.argsort(keys, kind="stable")
        self._sorted = np.asarray(keys)[self._order]
        self._recent: dict[int, int] = {}

    def rows(self, keys: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.int64], list[int]]:
        """Returns the row of each hash, and the positions of new ones, in order."""
        rows = self.look_up(keys)
        new = []
        recent = self._recent
        for place in np.flatnonzero(rows < 0).tolist():
            key = int(keys[place])
            row = recent.get(key)
            if row is None:
                row = recent[key] = self._count
                self._count += 1
                new.append(place)
            rows[place] = row
        if len(recent) > _RECENT:
            self._merge()
        return rows, new

    def look_up(self, keys: npt.NDArray[np.uint64]) -> npt.NDArray[np.int64]:
        """Returns the row of each hash, -1 for those that are not sorted in yet."""
        if not len(self._sorted):
            return np.full(len(keys), -1, np.int64)
        places = np.searchsorted(self._sorted, keys)
        places[places == len(self._sorted)] = 0
        return np.where(self._sorted[places] == keys, self._order[places], -1).astype(np.int64)

    def _merge(self) -> None:
        keys = np.concatenate((self._sorted, np.fromiter(self._recent, np.uint64)))
        rows = np.concatenate((self._order, np.fromiter(self._recent.values(), np.int64)))
        order = np.argsort(keys, kind="stable")
        self._sorted, self._order = keys[order], rows[order]
        self._recent = {}


def encode_text(text: str) -> bytes:
    """Returns a text as UTF-8; lone surrogates become ``?``."""
    return text.encode("utf-8", "replace")


def text_keys(encoded: Iterable[bytes]) -> npt.NDArray[np.uint64]:
    """Returns a hash of 64 bits per text."""
    return np.frombuffer(
        b"".join(blake2b(data, digest_size=8).digest() for data in encoded), np.dtype("<u8")
    )


def quantise(
    vectors: npt.NDArray[np.float32],
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Returns vectors in 8 bits, and the scale of each: ``codes * scales[:, None]``."""
    scales = (np.abs(vectors).max(axis=1, initial=0) / 127).astype(np.float32)
    codes = np.rint(vectors / np.where(scales > 0, scales, 1)[:, None]).astype(np.int8)
    return codes, scales


def made_by(folder: Path) -> dict[str, str | int] | None:
    """Returns the description of the encoder of a folder's vectors; None if there are none."""
    try:
        found: dict[str, str | int] = json.loads((folder / "encoder.json").read_text("utf-8"))
    except FileNotFoundError:
        return None
    return found


def _committed(journal: Path) -> tuple[int, int]:
    """Returns the numbers of texts and vectors in a journal's last complete line."""
    if not journal.exists():
        return 0, 0
    lines = journal.read_bytes()[: _whole_lines(journal)].splitlines()
    if not lines:
        return 0, 0
    last = json.loads(lines[-1])
    return last["texts"], last["vectors"]


def _whole_lines(journal: Path) -> int:
    return journal.read_bytes().rfind(b"\n") + 1 if journal.exists() else 0
