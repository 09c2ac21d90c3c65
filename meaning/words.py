"""Scores texts by TF-IDF of words and word pairs, as scikit-learn computes it by default.

Each block of texts has its own postings, which do not change while the index grows: sorted hashes
of terms, and for each term its texts and counts. A query only reads the postings of its terms.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..core.search import plain_words
from .files import read_column, write_column
from .texts import encode_text

#: Texts per block.
BLOCK = 1 << 20
#: Texts in memory at once.
_AT_ONCE = 1 << 16
_PAIR = np.uint64(0x9E3779B97F4A7C15)

Hashes = npt.NDArray[np.uint64]


class Words:
    """The words of an index's texts, memory-mapped.

    Args:
        folder: the folder of the files
        texts: the number of texts
    """

    def __init__(self, folder: Path, texts: int) -> None:
        self._texts = texts
        self._norms = read_column(folder / "norms.f32", np.float32, texts)
        self._blocks = [
            _Postings(folder, start, min(BLOCK, texts - start)) for start in range(0, texts, BLOCK)
        ]

    def scores(self, query: str) -> npt.NDArray[np.float32]:
        """Returns the TF-IDF cosine of a query with every text; 0 without a common word."""
        found = np.zeros(self._texts, np.float32)
        weights = []
        for term, times in Counter(_terms([query])[1].tolist()).items():
            postings = [block.find(np.uint64(term)) for block in self._blocks]
            total = sum(len(rows) for rows, _ in postings)
            if not total:
                continue
            idf = inverse_frequency(np.array([total]), self._texts)[0]
            weights.append(times * idf)
            for block, (rows, counts) in zip(self._blocks, postings, strict=True):
                part = found[block.start : block.start + block.size]
                part[rows] += (times * idf * idf * counts).astype(np.float32)
        if weights:
            found *= self._norms / np.float32(np.linalg.norm(weights))
        return found


class _Postings:
    """The postings of one block of texts."""

    def __init__(self, folder: Path, start: int, size: int) -> None:
        self.start, self.size = start, size
        name = block_name(start, size)
        sizes = read_column(folder / f"{name}.sizes", np.int64, 2)
        terms, postings = map(int, sizes)
        self.terms = read_column(folder / f"{name}.terms", np.uint64, terms)
        self.starts = read_column(folder / f"{name}.starts", np.int64, terms + 1)
        self.rows = read_column(folder / f"{name}.rows", np.int32, postings)
        self.counts = read_column(folder / f"{name}.counts", np.uint8, postings)

    def find(self, term: np.uint64) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
        """Returns the rows, within the block, that have a term, and their counts."""
        place = int(np.searchsorted(self.terms, term))
        if place == len(self.terms) or self.terms[place] != term:
            return self.rows[:0], self.counts[:0]
        part = slice(int(self.starts[place]), int(self.starts[place + 1]))
        return self.rows[part], self.counts[part]


def block_name(start: int, size: int) -> str:
    """Returns the name of a block's files, without their endings."""
    return f"words-{start}-{size}"


def write_words(folder: Path, texts: pa.LargeStringArray, previous: Path | None = None) -> None:
    """Writes the words of texts into a folder.

    Args:
        folder: the folder to write to
        texts: all texts
        previous: a folder with the words of the first of these texts, whose complete blocks are
            reused
    """
    blocks = []
    for start in range(0, len(texts), BLOCK):
        size = min(BLOCK, len(texts) - start)
        name = block_name(start, size)
        ends = ("sizes", "terms", "starts", "rows", "counts")
        if previous is not None and (previous / f"{name}.sizes").exists():
            for end in ends:
                (folder / f"{name}.{end}").hardlink_to(previous / f"{name}.{end}")
        else:
            _write_block(folder / name, texts[start : start + size])
        blocks.append(_Postings(folder, start, size))
    write_column(folder / "norms.f32", _inverse_norms(blocks, len(texts)))


def _write_block(path: Path, texts: pa.LargeStringArray) -> None:
    rows, terms = _terms(
        text
        for at in range(0, len(texts), _AT_ONCE)
        for text in texts[at : at + _AT_ONCE].to_pylist()
    )
    order = np.lexsort((rows, terms))
    rows, terms = rows[order], terms[order]
    changes = np.ones(len(rows), bool)
    changes[1:] = (terms[1:] != terms[:-1]) | (rows[1:] != rows[:-1])
    first = np.flatnonzero(changes)
    counts = np.minimum(np.diff(np.append(first, len(rows))), 255).astype(np.uint8)
    rows, terms = rows[first].astype(np.int32), terms[first]
    distinct, starts = np.unique(terms, return_index=True)
    columns: dict[str, npt.NDArray[Any]] = {
        "terms": distinct,
        "starts": np.append(starts, len(rows)).astype(np.int64),
        "rows": rows,
        "counts": counts,
        "sizes": np.array([len(distinct), len(rows)], np.int64),
    }
    for end, values in columns.items():
        write_column(path.with_name(f"{path.name}.{end}"), values)


def inverse_frequency(frequencies: npt.NDArray[Any], texts: int) -> npt.NDArray[np.float64]:
    """Returns the weights of terms, given the numbers of texts that have them."""
    weights: npt.NDArray[np.float64] = np.log((1 + texts) / (1 + frequencies)) + 1
    return weights


def _inverse_norms(blocks: list[_Postings], texts: int) -> npt.NDArray[np.float32]:
    """Returns the factor of each text's scores; 0 for texts without a word."""
    norms = np.zeros(texts, np.float32)
    terms = np.concatenate([b.terms for b in blocks]) if blocks else np.empty(0, np.uint64)
    held = [np.diff(b.starts) for b in blocks]
    distinct, which = np.unique(terms, return_inverse=True)
    total = np.bincount(which, np.concatenate(held), len(distinct)) if blocks else np.empty(0)
    weights = inverse_frequency(total, texts)
    at = 0
    for block, sizes in zip(blocks, held, strict=True):
        mine = np.repeat(weights[which[at : at + len(sizes)]], sizes)
        squares = np.bincount(block.rows, (mine * block.counts) ** 2, block.size)
        norms[block.start : block.start + block.size] = np.sqrt(squares)
        at += len(sizes)
    return np.divide(1, norms, out=np.zeros_like(norms), where=norms > 0)


def _terms(texts: Iterable[str]) -> tuple[npt.NDArray[np.int64], Hashes]:
    """Returns the words and word pairs of texts: the text and hash of each."""
    known: dict[str, int] = {}
    sizes, hashes = array("q"), array("Q")
    for text in texts:
        words = plain_words(text)
        sizes.append(len(words))
        for word in words:
            found = known.get(word)
            if found is None:
                found = known[word] = _hash(word)
            hashes.append(found)
    single = np.frombuffer(hashes, np.uint64) if hashes else np.empty(0, np.uint64)
    rows = np.repeat(np.arange(len(sizes)), np.asarray(sizes))
    neighbours = rows[1:] == rows[:-1]
    pairs = (single[:-1] * _PAIR + single[1:])[neighbours]
    return np.concatenate((rows, rows[1:][neighbours])), np.concatenate((single, pairs))


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(encode_text(word), digest_size=8).digest(), "little")
