"""Finds near-duplicate captions of several videos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import fiftyone as fo
import numpy as np

from ..core.search import QueryError
from ..meaning.duplicates import duplicate_clusters
from ..meaning.store import IntArray, Mask, TextIndex
from .hierarchy import DatasetOrView
from .hits import captions_view, read_hits
from .indexes import DEFAULT_KEY, open_kind
from .search import indexed_fields
from .shown import shown_occurrences, shows_all


@dataclass(frozen=True)
class NearDuplicates:
    """A cluster of near-duplicate texts.

    Attributes:
        texts: the texts, the most frequent first
        counts: the number of captions with each text
        videos: the number of videos with any of them
        index: the index of the texts
        places: the positions of the captions in the index
    """

    texts: tuple[str, ...]
    counts: tuple[int, ...]
    videos: int
    index: TextIndex = field(repr=False, compare=False)
    places: IntArray = field(repr=False, compare=False)

    @property
    def captions(self) -> int:
        """The number of captions."""
        return sum(self.counts)

    def view(self, view: DatasetOrView) -> fo.DatasetView:
        """Returns the videos of the captions with only these captions; for clips, these clips.

        Args:
            view: the dataset or view that was searched
        """
        return captions_view(view, read_hits(view, self.index, self.places).values())


def near_duplicates(
    view: DatasetOrView,
    least: float = 0.95,
    fields: str | Sequence[str] | None = None,
    videos: int = 2,
    brain_key: str = DEFAULT_KEY,
    progress: Callable[[int, int], None] | None = None,
) -> list[NearDuplicates]:
    """Returns clusters of near-duplicate texts, the most frequent first.

    Each text of a cluster has a cosine of at least ``least`` with another one. All pairs of texts
    are compared in blocks: time grows with the square of their number, memory does not. Example::

        for cluster in near_duplicates(dataset, 0.9):
            print(cluster.captions, cluster.videos, cluster.texts[:3])

    Args:
        view: a dataset, or a view of videos or clips; hidden captions are not compared
        least: the lowest cosine of neighbours in a cluster, above 0 and at most 1
        fields: the fields to compare; by default all that are indexed
        videos: the least number of videos of a cluster
        brain_key: the name of the index
        progress: called with the number of compared texts and the total

    Raises:
        NoIndexError: if the dataset has no index; the message says what to run
        QueryError: if an argument is invalid
        NoHierarchyError: if a field is not indexed or not shown by the view
    """
    if not 0 < least <= 1:
        raise QueryError(f"least is {least:g}: give a cosine above 0 and at most 1")
    index = open_kind(view, brain_key, "texts")
    searched = indexed_fields(view, index, fields)
    kept = None if shows_all(view) else shown_occurrences(view, index, searched)
    rows = np.flatnonzero(index.texts_in(searched, kept))
    groups: list[IntArray] = []
    for done, total, found in duplicate_clusters(index, rows, least):
        if found is not None:
            groups = found
        elif progress is not None:
            progress(done, total)
    clusters = (_cluster(index, group, searched, kept) for group in groups)
    shared = [cluster for cluster in clusters if cluster.videos >= videos]
    return sorted(shared, key=lambda cluster: (-cluster.captions, cluster.texts))


def _cluster(
    index: TextIndex, rows: IntArray, searched: Sequence[str], kept: Mask | None
) -> NearDuplicates:
    of, places = index.places(rows, searched, kept)
    counts = np.bincount(np.searchsorted(rows, of), minlength=len(rows))
    order = np.argsort(-counts, kind="stable")
    return NearDuplicates(
        tuple(index.texts.take(rows[order]).to_pylist()),
        tuple(counts[order].tolist()),
        len(np.unique(index.column("sample")[places])),
        index,
        places,
    )
