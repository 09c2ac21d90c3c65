"""Registers an index of captions as a FiftyOne brain run, for ``sort_by_similarity`` and the App.

The run only refers to the index; the vectors are in the index's files. Videos are sorted by their
best caption and, with ``k``, narrowed to the best k captions; clips are sorted by their own
caption.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.stages as fosg
import numpy as np
import numpy.typing as npt
from bson import ObjectId
from fiftyone.brain.similarity import Similarity, SimilarityConfig

from ..internals.hooks import SortedByIndex, class_name
from ..internals.views import source_dataset
from ..meaning.encoders import TextEncoder
from ..meaning.ranking import similarities
from ..meaning.store import FloatArray, TextIndex
from .hierarchy import DatasetOrView
from .indexes import encoder_of, forget, open_index
from .search import Query, indexed_fields, ranked

#: The name of the backend.
METHOD = "action100m"


class CaptionSimilarityConfig(SimilarityConfig):
    """The configuration of the brain run.

    Args:
        fields: the indexed fields
        **kwargs: those of FiftyOne's ``SimilarityConfig``
    """

    def __init__(self, fields: Sequence[str] = (), **kwargs: Any) -> None:
        kwargs["supports_prompts"] = True
        super().__init__(**kwargs)
        self.fields = list(fields)

    @property
    def cls(self) -> str:
        """The class's name, from which FiftyOne loads it."""
        return class_name(type(self))

    @property
    def method(self) -> str:
        """The backend's name."""
        return METHOD

    @property
    def max_k(self) -> None:
        """None: ``k`` is not limited."""
        return None

    @property
    def supports_least_similarity(self) -> bool:
        """False: the least similar cannot be searched for."""
        return False

    @property
    def supported_aggregations(self) -> tuple[str, ...]:
        """Several queries can only be averaged."""
        return ("mean",)


class CaptionSimilarity(Similarity):
    """Opens an index of captions for FiftyOne Brain."""

    def initialize(self, samples: DatasetOrView, brain_key: str) -> CaptionSimilarityIndex:
        """Returns the results of the run."""
        return CaptionSimilarityIndex(samples, self.config, brain_key, backend=self)

    def get_fields(self, samples: DatasetOrView, brain_key: str) -> list[str]:
        """Returns the indexed fields."""
        return list(self.config.fields)

    def cleanup(self, samples: DatasetOrView, key: str) -> None:
        """Deletes the index's files if the dataset owns them; called by FiftyOne."""
        forget(source_dataset(samples), key)


class _Prompts:
    """The encoder of an index, with the interface of FiftyOne's models."""

    can_embed_prompts = True

    def __init__(self, index: TextIndex, encoder: TextEncoder) -> None:
        self._index, self._encoder = index, encoder

    def __enter__(self) -> _Prompts:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def embed_prompts(self, prompts: Sequence[str]) -> FloatArray:
        """Returns a unit vector per text."""
        return self._index.encode(self._encoder, prompts)


class CaptionSimilarityIndex(SortedByIndex):
    """An index of captions with the interface of FiftyOne Brain."""

    @property
    def cls(self) -> str:
        """The class's name, from which FiftyOne loads it."""
        return class_name(type(self))

    @property
    def index(self) -> TextIndex:
        """The current index."""
        return open_index(self.samples, self.key)

    @property
    def total_index_size(self) -> int:
        """The number of captions."""
        return self.index.info.occurrences

    @property
    def index_size(self) -> int:
        """The number of captions."""
        return self.total_index_size

    @property
    def sample_ids(self) -> npt.NDArray[np.str_]:
        """The ids of the samples that were indexed."""
        return np.array([i.tobytes().hex() for i in self.index.sample_ids])

    def get_model(self) -> _Prompts:
        """Returns the encoder of queries."""
        index = self.index
        return _Prompts(index, encoder_of(self.samples, index, self.key))

    def cleanup(self) -> None:
        """Deletes the index's files if they are this dataset's."""
        forget(source_dataset(self.samples), self.key)

    def sorting(
        self,
        query: Any,
        k: int | None,
        reverse: bool,
        aggregation: str,
        dist_field: str | None,
    ) -> list[fosg.ViewStage]:
        """Returns the stages that sort the samples of the current view, or its clips.

        Args:
            query: a text or several, ids of captions or samples, or vectors; several are averaged
            k: the number of captions to find; by default all videos or clips are sorted
            reverse: not supported
            aggregation: ``mean``
            dist_field: the attribute of the captions (for clips, the field) that stores 1 minus the
                cosine; needs ``k``

        Raises:
            ValueError: if an argument is not supported, or an id is not in the index
        """
        if reverse or aggregation != "mean":
            raise ValueError("captions are sorted by the highest mean similarity only")
        if dist_field is not None and k is None:
            raise ValueError("give k: distances are stored with the captions that are found")
        index = self.index
        vector = self._vector(query, index)
        if k is None:
            return _all_sorted(self.view, index, vector)
        return _found(self.view, index, vector, k, dist_field)

    def _vector(self, query: Any, index: TextIndex) -> FloatArray:
        parsed = self.parse_query(query)
        if not isinstance(parsed, np.ndarray):
            parsed = _vectors_of(index, parsed)
        mean = np.atleast_2d(parsed).mean(axis=0)
        unit: FloatArray = (mean / max(float(np.linalg.norm(mean)), 1e-12)).astype(np.float32)
        return unit


def _vectors_of(index: TextIndex, ids: Sequence[str]) -> FloatArray:
    """Returns the vectors of captions, and of all captions of samples.

    Raises:
        ValueError: if an id is neither a sample's nor a caption's
    """
    rows = []
    texts = np.repeat(np.arange(len(index)), index.counts)
    for identity in ids:
        wanted = np.frombuffer(ObjectId(identity).binary, np.uint8)
        places = np.flatnonzero((index.column("label") == wanted).all(axis=1))
        if not len(places):
            sample = np.flatnonzero((index.sample_ids == wanted).all(axis=1))
            places = np.flatnonzero(np.isin(index.column("sample"), sample))
        if not len(places):
            raise ValueError(f"the index has no caption and no sample {identity!r}")
        rows += texts[places].tolist()
    return np.concatenate([index.vectors(row, row + 1) for row in rows])


def _found(
    view: DatasetOrView, index: TextIndex, vector: FloatArray, k: int, dist_field: str | None
) -> list[fosg.ViewStage]:
    """Returns the stages that show the best k captions."""
    hits = []
    for hit in ranked(view, index, Query(vector, None), k):
        hits.append(hit)
        if len(hits) == k:
            break
    if isinstance(view, foc.ClipsView):
        if dist_field is not None:
            distances = {hit.label_id: 1 - hit.score for hit in hits}
            view.set_values(dist_field, distances, key_field="id")
        return [fosg.Select([hit.label_id for hit in hits], ordered=True)]
    samples = list(dict.fromkeys(hit.sample_id for hit in hits))
    stages: list[fosg.ViewStage] = [fosg.Select(samples, ordered=True)]
    for name in indexed_fields(view, index):
        of_field = [hit for hit in hits if hit.field == name]
        if dist_field is not None and of_field:
            source_dataset(view).set_label_values(
                f"{name}.detections.{dist_field}", {h.label_id: 1 - h.score for h in of_field}
            )
        ids = [ObjectId(hit.label_id) for hit in of_field]
        kept = fo.ViewField("_id").is_in(ids)
        stages.append(fosg.FilterLabels(name, kept, only_matches=False))
    return stages


def _all_sorted(view: DatasetOrView, index: TextIndex, vector: FloatArray) -> list[fosg.ViewStage]:
    """Returns the stages that sort all videos by their best caption, or all clips by their own."""
    scores = np.repeat(similarities(index, vector), index.counts)
    if isinstance(view, foc.ClipsView):
        ids, best = index.column("label"), scores
    else:
        ids, best = index.sample_ids, np.full(len(index.sample_ids), -2, np.float32)
        np.maximum.at(best, index.column("sample"), scores)
    there = set(view.values("id"))
    ordered = (ids[row].tobytes().hex() for row in np.argsort(-best, kind="stable").tolist())
    return [fosg.Select([i for i in ordered if i in there], ordered=True)]


def check_key(dataset: fo.Dataset, brain_key: str) -> None:
    """Checks that a brain key is valid and free.

    Raises:
        ValueError: if it is not a valid name, or the key of another kind of brain run
    """
    if not brain_key.isidentifier():
        raise ValueError(f"the brain key {brain_key!r} is not a valid name: give letters and _")
    if dataset.has_brain_run(brain_key):
        method = dataset.get_brain_info(brain_key).config.method
        if method != METHOD:
            raise ValueError(
                f"the brain key {brain_key!r} is that of another run ({method}): give another key, "
                "or delete the run first"
            )


def save_run(dataset: fo.Dataset, brain_key: str, fields: Sequence[str]) -> None:
    """Registers the brain run of an index."""
    run = CaptionSimilarity(CaptionSimilarityConfig(fields=fields))
    if dataset.has_brain_run(brain_key):
        if list(dataset.get_brain_info(brain_key).config.fields) == list(fields):
            return
        run.update_run_config(dataset, brain_key, run.config)
    else:
        run.register_run(dataset, brain_key, overwrite=False)
    run.save_run_results(dataset, brain_key, run.initialize(dataset, brain_key))
