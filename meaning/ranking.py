"""Ranks the texts of an index for a query by vectors, by words, or by both."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..core.machine import cores
from .store import FloatArray, IntArray, Mask, TextIndex

#: Vectors that are converted from 8 bits to floats at once: few enough for the processor's cache
#: and for OpenBLAS to use one thread.
_BLOCK = 512
#: The number of rows from which on two threads search.
_MANY = 100_000
#: The factor of rows that are scored again with exact vectors.
_AGAIN = 4


def ranked_texts(
    index: TextIndex,
    k: int,
    allowed: Mask,
    query: FloatArray | None = None,
    words: str | None = None,
    weights: tuple[float, float] = (1.0, 1.0),
) -> Iterator[tuple[IntArray, FloatArray]]:
    """Yields texts by descending score: at least k of them first, then ever more at once.

    Args:
        index: the index of the texts
        k: the number of texts that are probably needed
        allowed: the texts to choose from, one flag per text
        query: a unit vector; None to rank by words only
        words: a text whose words are compared; None to rank by the vector only
        weights: the weights of the cosine and of the words

    Yields:
        rows of texts, the best first, ties in their order, and their scores; without a vector, only
        texts with a word of the query

    Raises:
        ValueError: if the query has another dimension than the index
    """
    if index.kind == "clips":  # segments without a picture have no vector
        allowed = allowed & (index.scales > 0)
    by_words = None if words is None else index.words.scores(words)
    if by_words is not None:
        by_words *= np.float32(weights[1])
    if query is None:
        assert by_words is not None
        allowed = allowed & (by_words > 0)
    left, wanted = int(np.count_nonzero(allowed)), _AGAIN * k
    scores: FloatArray = np.zeros(len(index), np.float32)
    if query is not None and left > wanted:
        scores = _first_scores(index, query, allowed, wanted)
        scores *= np.float32(weights[0])
    if by_words is not None:
        scores += by_words
    scores[~allowed] = -np.inf
    while left:
        lowest = -np.inf
        if left > wanted:
            lowest = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
        rows = np.flatnonzero((scores >= lowest) & (scores > -np.inf))
        scores[rows] = -np.inf
        left -= len(rows)
        found = np.zeros(len(rows), np.float32) if by_words is None else by_words[rows]
        if query is not None:
            found = found + np.float32(weights[0]) * _exact_similarities(index, query, rows)
        order = np.lexsort((rows, -found))
        yield rows[order], found[order]
        wanted *= _AGAIN


def similarities(index: TextIndex, query: FloatArray) -> FloatArray:
    """Returns the cosine of a query with every text, from vectors in 8 bits.

    Args:
        index: holds the texts
        query: a unit vector

    Raises:
        ValueError: if the query has another dimension than the index
    """
    _check(index, query)
    found: FloatArray = np.empty(len(index), np.float32)
    workers = min(cores(), 2) if len(index) > _MANY else 1

    def score(worker: int) -> None:
        buffer = np.empty((_BLOCK, index.dimension), np.float32)
        for start in range(worker * _BLOCK, len(found), workers * _BLOCK):
            block = index.codes[start : start + _BLOCK]
            floats = buffer[: len(block)]
            np.copyto(floats, block)
            np.dot(floats, query, out=found[start : start + len(block)])

    if workers == 1:
        score(0)
    else:
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(score, range(workers)))
    found *= index.scales
    return found


def _exact_similarities(index: TextIndex, query: FloatArray, rows: IntArray) -> FloatArray:
    """Returns the cosine of a query with some texts, from vectors in 16 bits."""
    _check(index, query)
    found: FloatArray = index.exact(rows) @ query
    return np.clip(found, -1, 1)  # rounding to 16 bits may make a vector longer than 1


def _first_scores(index: TextIndex, query: FloatArray, allowed: Mask, wanted: int) -> FloatArray:
    """Returns approximate cosines that decide which texts to score exactly, one per text.

    If a backend is queried, they are exact for the texts that it returns, and the lowest of these
    for all others.
    """
    many = 2 * wanted
    while index.elsewhere is not None and many <= len(index) // 2:
        rows = index.elsewhere(query, many)
        if np.count_nonzero(allowed[rows]) >= wanted:
            found = _exact_similarities(index, query, rows)
            scores = np.full(len(index), found.min(), np.float32)
            scores[rows] = found
            return scores
        many *= 4
    return similarities(index, query)


def _check(index: TextIndex, query: FloatArray) -> None:
    if query.shape != (index.dimension,):
        raise ValueError(
            f"the query has {query.shape[-1] if query.ndim else 0} numbers, the index's vectors "
            f"have {index.dimension}"
        )
