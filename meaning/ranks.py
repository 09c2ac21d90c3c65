"""Computes the ranks of the right answers to queries among all texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from .store import FloatArray, IntArray, TextIndex

#: The numbers of a score matrix, and the texts whose vectors are in memory at once.
_NUMBERS, _ROWS = 1 << 24, 1 << 13


def score_blocks(
    index: TextIndex,
    rows: IntArray,
    queries: FloatArray | None,
    words: Sequence[str] | None,
    weights: tuple[float, float],
) -> Iterator[tuple[int, FloatArray]]:
    """Yields the scores of blocks of queries with texts, as a search computes them.

    Args:
        index: the index of the texts
        rows: the texts to compare with
        queries: ``[queries, dimension]``, unit vectors; None to score by words only
        words: the queries' words; None to score by vectors only
        weights: the weights of the cosine and of the words

    Yields:
        the position of the block's first query, and scores, ``[queries of the block, texts]``
    """
    number = len(queries) if queries is not None else len(words or ())
    step = max(_NUMBERS // max(len(rows), 1), 1)
    for first in range(0, number, step):
        size = min(step, number - first)
        scores = np.zeros((size, len(rows)), np.float32)
        if queries is not None:
            part = np.float32(weights[0]) * queries[first : first + size]
            for at in range(0, len(rows), _ROWS):
                scores[:, at : at + _ROWS] = part @ index.exact(rows[at : at + _ROWS]).T
        if words is not None:
            for place in range(size):
                scores[place] += (
                    np.float32(weights[1]) * index.words.scores(words[first + place])[rows]
                )
        yield first, scores


def ranks_of(scores: npt.NDArray[np.float32], right: IntArray) -> IntArray:
    """Returns the rank of one column in each row: 1 for the highest score; ties in column order.

    Args:
        scores: ``[rows, columns]``
        right: the column of each row
    """
    own = scores[np.arange(len(scores)), right][:, None]
    before = np.arange(scores.shape[1]) < right[:, None]
    ranks: IntArray = 1 + ((scores > own) | ((scores == own) & before)).sum(axis=1)
    return ranks
