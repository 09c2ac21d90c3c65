"""Measures the retrieval of segments by captions, and of captions by segments.

The query is a node's caption and the answer its segment, or vice versa. Both are searched among the
same nodes, as is usual for video retrieval.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..core.search import QueryError
from ..core.wording import count
from ..internals.views import source_dataset
from ..meaning.encoders import TextEncoder
from ..meaning.ranks import ranks_of
from ..meaning.store import FloatArray, IntArray
from .evaluation import Recall, recall_by_group, table_of
from .hierarchy import DatasetOrView
from .indexes import CLIPS_KEY, encoder_of, open_kind
from .segment_vectors import read_segments

#: The query and the answer.
TO_SEGMENT, TO_TEXT = "text -> segment", "segment -> text"
#: Rows of scores per block.
_ROWS = 1024


@dataclass(frozen=True)
class ClipEvaluation:
    """The result of an evaluation of clip embeddings.

    Attributes:
        dataset: the dataset's name
        encoder: the name of the encoder of the segments
        field: the field of the captions
        nodes: the number of nodes among which answers are searched
        texts: the number of their distinct captions
        without: the number of nodes with a caption but without a vector
        segments: the recall of all nodes, of each level, and of each bracket of durations, by
            ``text -> segment`` and ``segment -> text``
    """

    dataset: str
    encoder: str
    field: str
    nodes: int
    texts: int
    without: int
    segments: list[Recall]

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as plain values."""
        return asdict(self)

    def __str__(self) -> str:
        missing = f"; {count(self.without, 'segment')} without a vector" if self.without else ""
        return (
            f"{self.field}, {count(self.nodes, 'segment')}, "
            f"{count(self.texts, 'distinct text')}, by {self.encoder}{missing}\n"
            + table_of(self.segments)
        )


def evaluate_clips(
    view: DatasetOrView,
    field: str = "gpt_action_brief",
    nodes: int = 1000,
    seed: int = 51,
    brain_key: str = CLIPS_KEY,
    encoder: TextEncoder | None = None,
) -> ClipEvaluation:
    """Measures the recall of segments by captions, and of captions by segments, at 1, 5 and 10.

    Answers are searched among the chosen nodes. If several have the same caption, each of their
    segments counts as right.

    Args:
        view: a dataset, or a view of videos; what it hides is neither a query nor found
        field: the captions
        nodes: the most nodes to choose, at random
        seed: the seed of the choice
        brain_key: the name of the index of clips
        encoder: the encoder of captions; by default that of the index

    Raises:
        NoIndexError: if the dataset has no index of clips; the message says what to run
        NoHierarchyError: if the field is not indexed or not shown by the view
        QueryError: if there are fewer than two nodes, or ``nodes`` is invalid
        OtherEncoderError: if the encoder is not that of the index
        EncoderError: if the encoder cannot be used
    """
    if nodes < 2:
        raise QueryError(f"the nodes are {nodes}: give 2 or more")
    index = open_kind(view, brain_key, "clips")
    found = read_segments(view, index, field)
    if len(found) < 2:
        raise QueryError(
            f"{count(len(found), 'segment')} of {field} in the index: there is nothing to compare"
        )
    random = np.random.default_rng(seed)
    chosen = found.only(np.sort(random.permutation(len(found))[:nodes]))
    texts, of = np.unique(np.array(chosen.labels, object), return_inverse=True)
    vectors = index.encode(encoder or encoder_of(view, index, brain_key), texts.tolist())
    clips = index.exact(chosen.rows)
    ranks = {
        TO_SEGMENT: _ranks_of_segments(vectors, clips, of)[of],
        TO_TEXT: np.concatenate(
            [ranks_of(scores, of[at : at + _ROWS]) for at, scores in _scores(clips, vectors)]
        ),
    }
    return ClipEvaluation(
        source_dataset(view).name,
        index.encoder,
        field,
        len(chosen),
        len(texts),
        found.without,
        recall_by_group(ranks, chosen.levels, chosen.seconds),
    )


def _scores(rows: FloatArray, columns: FloatArray) -> Iterator[tuple[int, FloatArray]]:
    for at in range(0, len(rows), _ROWS):
        yield at, rows[at : at + _ROWS] @ columns.T


def _ranks_of_segments(texts: FloatArray, clips: FloatArray, of: IntArray) -> IntArray:
    """Returns the rank of the best segment of each text, 1 for the highest."""
    ranks = np.empty(len(texts), np.int64)
    for at, scores in _scores(texts, clips):
        mine = of == np.arange(at, at + len(scores))[:, None]
        own = np.where(mine, scores, -np.inf).max(axis=1, keepdims=True)
        ranks[at : at + len(scores)] = 1 + (scores > own).sum(axis=1)
    return ranks
