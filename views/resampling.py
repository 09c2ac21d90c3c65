"""Semantic resampling of a view's segments, as recommended in section 5.4 of Action100M's paper.

:func:`resample` clusters the distinct captions of a field by meaning (:mod:`..meaning.resample`),
stores each segment's cluster, and draws segments so that every cluster is drawn equally often.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ..internals.database import dataset_id
from ..internals.views import source_dataset
from ..meaning.resample import Clusters, Ints, assign, balance, check_draws, cluster, draw
from .cluster_files import read_centroids, write_clusters
from .cluster_store import ClusterStore, check_free
from .draws import Resampling
from .hierarchy import DatasetOrView, find_hierarchy
from .indexes import DEFAULT_KEY, described, open_index, open_kind
from .indexing import DEFAULT_FIELDS, indexing
from .progress import StageProgress
from .segment_texts import SegmentReader, Segments, rows_in, segment_field

#: The version of the clusters: increased when the same arguments give others.
_LAYOUT = 1


def resample(
    view: DatasetOrView,
    k: int = 1000,
    size: int | None = None,
    seed: int = 51,
    field: str | None = None,
    include_na: bool = False,
    dry_run: bool = False,
    brain_key: str = DEFAULT_KEY,
    make_index: bool = False,
    progress: Callable[[StageProgress], None] | None = None,
) -> Resampling:
    """Draws segments so that every cluster of captions is drawn equally often.

    The distinct captions of a field are grouped into ``k`` clusters by meaning. A draw chooses a
    cluster uniformly, then one of its segments uniformly, with replacement. Each segment's cluster
    is stored as ``semantic_cluster`` on its detection; other detections of the field have none, and
    nothing else is changed. A second call with the same arguments gives the same draws and changes
    nothing.

    >>> draws = resample(dataset, k=5, size=100)
    >>> len(draws.draws), draws.view().count("gpt_action_brief.detections") <= 100
    (100, True)

    Args:
        view: a dataset or view, whose segments are drawn; for a clips view, its clips
        k: the number of clusters; the paper's best result is with 1,000
        size: the number of draws; by default, the number of segments
        seed: the seed of k-means and of the draws
        field: the field of the segments; by default ``gpt_action_brief``, else the widest
        include_na: whether segments without an action (N/A) are drawn
        dry_run: whether to store nothing
        brain_key: the name of the dataset's index of captions
        make_index: whether to create or update the index first; not in a dry run
        progress: called with each step

    Returns:
        the draws

    Raises:
        NoHierarchyError: if the field holds no tree
        NoIndexError: if the dataset has no index
        ValueError: if ``k``, ``size`` or ``seed`` is invalid, captions are missing in the index, or
            the detections have a ``semantic_cluster`` from elsewhere
        OSError: if the centroids cannot be written beside the index
    """
    job = Resample(view, k, size, seed, field, include_na, dry_run, brain_key, make_index)
    for step in job.run():
        if progress is not None:
            progress(step)
    return job.result


class Resample:
    """A resampling that yields its progress; arguments and errors are :func:`resample`'s.

    Attributes:
        result: the draws, once :meth:`run` has ended
    """

    def __init__(
        self,
        view: DatasetOrView,
        k: int = 1000,
        size: int | None = None,
        seed: int = 51,
        field: str | None = None,
        include_na: bool = False,
        dry_run: bool = False,
        brain_key: str = DEFAULT_KEY,
        make_index: bool = False,
    ) -> None:
        check_draws(size or 0, seed)
        self._dataset = source_dataset(view)
        self._view, self._field = view, segment_field(view, field)
        self._k, self._size, self._seed = k, size, seed
        self._include_na, self._dry_run = include_na, dry_run
        self._key, self._make_index = brain_key, make_index and not dry_run
        check_free(self._dataset, self._field)
        if not self._make_index:
            self._index = open_kind(self._dataset, brain_key, "texts")
        self.result: Resampling

    def run(self) -> Iterator[StageProgress]:
        """Resamples."""
        if self._make_index:
            yield from self._indexing()
        total = len(self._view)
        reader = SegmentReader(self._view, self._field, self._include_na)
        for done in reader.read():
            yield StageProgress("Reading", done, total)
        segments = reader.segments
        if not len(segments):
            raise ValueError(f"no segment has a caption in {self._field}: there is nothing to draw")
        rows = rows_in(self._index, segments, self._dataset.name)
        yield StageProgress("Clustering", 0, len(rows), "text")
        chosen = np.sort(rows)
        digest = self._digest(chosen)
        file = self._index.folder / f"clusters-{digest[:32]}.parquet"
        found = self._clusters(file, chosen)
        of_text = found.labels[np.searchsorted(chosen, rows)]
        clusters = of_text[segments.texts]
        draws = draw(clusters, len(segments) if self._size is None else self._size, self._seed)
        before = balance(np.bincount(segments.texts))
        after = balance(np.bincount(segments.texts[draws]))
        captions = self._index.texts.take(pa.array(found.nearest)).to_pylist()
        store = ClusterStore(
            self._dataset, segments, clusters, self._parameters(found, segments, digest, file)
        )
        if not self._dry_run:
            sizes = np.bincount(clusters, minlength=len(captions))
            write_clusters(file, found, captions, sizes, before, after)
        videos = len(segments.samples)
        stage, steps = "Storing", store.store
        if self._dry_run:
            stage, steps = "Comparing", store.compare
        for done in steps():
            yield StageProgress(stage, done, max(videos, done))
        self.result = Resampling(
            dataset=self._dataset,
            collection=self._view,
            segments=segments,
            clusters=clusters,
            names=captions,
            draws=draws,
            k=self._k,
            seed=self._seed,
            before=before,
            after=after,
            changes=store.changes,
            dry_run=self._dry_run,
        )

    def _indexing(self) -> Iterator[StageProgress]:
        """Creates or updates the index."""
        there = described(self._dataset, self._key).get("fields", DEFAULT_FIELDS)
        fields = None if self._field in there else [*there, self._field]
        found = find_hierarchy(self._dataset).fields
        fields = fields and [name for name in fields if name in found]
        yield from indexing(self._dataset, fields, brain_key=self._key)
        self._index = open_index(self._dataset, self._key)

    def _clusters(self, file: Path, chosen: Ints) -> Clusters:
        """Returns the clusters of captions, from stored centroids if there are any."""
        centroids = read_centroids(file)
        if centroids is None:
            return cluster(self._index.vectors, chosen, self._k, self._seed)
        return assign(self._index.vectors, chosen, centroids)

    def _digest(self, chosen: Ints) -> str:
        """Returns a digest of everything that the clusters depend on."""
        facts = [_LAYOUT, self._index.digest, self._k, self._seed]
        found = hashlib.sha256(json.dumps(facts).encode())
        for buffer in self._index.texts.take(pa.array(chosen)).buffers()[1:]:
            found.update(buffer)
        return found.hexdigest()

    def _parameters(
        self, found: Clusters, segments: Segments, digest: str, file: Path
    ) -> dict[str, Any]:
        return {
            "k": self._k,
            "seed": self._seed,
            "include_na": self._include_na,
            "encoder": self._index.encoder,
            "clusters": len(found.centroids),
            "texts": len(segments.distinct),
            "segments": len(segments),
            "digest": digest,
            "file": str(file),
            "dataset": str(dataset_id(self._dataset)),
        }
