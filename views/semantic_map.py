"""Maps segments by meaning, as a FiftyOne brain run for the App's Embeddings panel.

A point is a segment, placed by the vector of its caption in the index, so segments with the same
caption share a point. FiftyOne's ``compute_visualization`` does not support patches of videos; its
panel does, if the run's results can select the points of a view
(:class:`..internals.hooks.PointsOfSegments`). Otherwise it is an ordinary run of FiftyOne, with
nothing stored elsewhere.
"""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec
from typing import Any, Literal

import fiftyone as fo
import numpy as np
import numpy.typing as npt
from fiftyone.brain.visualization import (
    PCAVisualizationConfig,
    UMAPVisualizationConfig,
    VisualizationConfig,
)

from ..core.wording import count
from ..internals.hooks import PointsOfSegments, class_name
from ..internals.views import source_dataset
from ..meaning.resample import chosen_vectors
from .hierarchy import DatasetOrView
from .indexes import DEFAULT_KEY, open_kind
from .progress import StageProgress, result_of
from .segment_texts import SegmentReader, rows_in, segment_field

#: The default brain key of a map.
MAP_KEY = "semantic_map"
#: The default for the most segments on a map: as many as the App draws at once.
DEFAULT_SIZE = 100_000
#: The least number of texts, which span a plane.
_FEWEST = 3

Projection = Literal["pca", "umap"]


class SemanticMap(PointsOfSegments):
    """The points of segments: ``points``, ``label_ids`` and ``sample_ids``, one row per segment."""

    @property
    def cls(self) -> str:
        """The class's name, from which FiftyOne loads it."""
        return class_name(type(self))


def semantic_map(
    view: DatasetOrView,
    field: str | None = None,
    method: Projection = "pca",
    size: int = DEFAULT_SIZE,
    seed: int = 51,
    brain_key: str = MAP_KEY,
    index_key: str = DEFAULT_KEY,
) -> SemanticMap:
    """Maps segments to a plane by the meaning of their captions, for the Embeddings panel.

    The map is a brain run of the dataset and replaces an earlier map of the same key;
    ``dataset.delete_brain_run(brain_key)`` deletes it, and nothing else is stored.

    >>> found = semantic_map(dataset)
    >>> found.points.shape == (len(found.label_ids), 2)
    True

    Args:
        view: a dataset or view, whose segments are mapped; for a clips view, its clips
        field: the field of the segments; by default ``gpt_action_brief``, else the widest
        method: the projection: ``pca``, or ``umap``, which needs ``umap-learn``
        size: the most segments to map; if there are more, this many are chosen at random
        seed: the seed of all random choices
        brain_key: the name of the map
        index_key: the name of the dataset's index of captions

    Returns:
        the run's results

    Raises:
        NoHierarchyError: if the field holds no tree
        NoIndexError: if the dataset has no index
        ValueError: if ``method``, ``size`` or ``brain_key`` is invalid, captions are missing in the
            index, there are fewer than three distinct ones, or ``umap-learn`` is not installed
    """
    return result_of(mapping(view, field, method, size, seed, brain_key, index_key))


def mapping(
    view: DatasetOrView,
    field: str | None = None,
    method: Projection = "pca",
    size: int = DEFAULT_SIZE,
    seed: int = 51,
    brain_key: str = MAP_KEY,
    index_key: str = DEFAULT_KEY,
) -> Generator[StageProgress, None, SemanticMap]:
    """Like :func:`semantic_map`, with the same arguments and errors, but yields its progress."""
    dataset, field = source_dataset(view), segment_field(view, field)
    config = _config(method, field, seed)
    if size < _FEWEST:
        raise ValueError(f"size is {size:,}: give {_FEWEST} or more")
    _check_key(dataset, brain_key)
    index = open_kind(dataset, index_key, "texts")
    reader = SegmentReader(view, field, include_na=False)
    videos = len(view)
    for read in reader.read():
        yield StageProgress("Reading", read, videos)
    segments = reader.segments
    rows = rows_in(index, segments, dataset.name)
    chosen: npt.NDArray[np.intp] = np.arange(len(segments))
    if len(chosen) > size:
        chosen = np.sort(np.random.default_rng(seed).choice(len(chosen), size, replace=False))
    texts, of_text = np.unique(rows[segments.texts[chosen]], return_inverse=True)
    if len(texts) < _FEWEST:
        raise ValueError(
            f"{field} has {count(len(texts), 'distinct caption')} here: a map needs {_FEWEST} or "
            "more"
        )
    yield StageProgress("Placing", 0, len(texts), "distinct caption")
    run = config.build()
    points, _ = run.fit_reducer(np.concatenate(list(chosen_vectors(index.vectors, texts))))
    run.register_run(dataset, brain_key)
    samples = np.repeat([str(sample) for sample in segments.samples], np.diff(segments.starts))
    found = SemanticMap(
        dataset,
        config,
        brain_key,
        np.asarray(points, np.float32)[of_text],
        sample_ids=samples[chosen],
        label_ids=_hex(segments.labels[chosen]),
        backend=run,
    )
    run.save_run_results(dataset, brain_key, found)
    return found


def is_map(dataset: fo.Dataset, brain_key: str) -> bool:
    """Whether a brain run is a map: FiftyOne itself makes no visualization of segments."""
    if not dataset.has_brain_run(brain_key):
        return False
    config: Any = dataset.get_brain_info(brain_key).config
    return config.type == "visualization" and config.patches_field is not None


def _config(method: str, field: str, seed: int) -> VisualizationConfig:
    """Returns FiftyOne's configuration of a projection."""
    if method == "pca":
        return PCAVisualizationConfig(patches_field=field, seed=seed)
    if method != "umap":
        raise ValueError(f"the method is {method!r}: give pca or umap")
    if find_spec("umap") is None:
        raise ValueError("umap-learn is not installed: run `pip install umap-learn`, or use pca")
    return UMAPVisualizationConfig(patches_field=field, seed=seed, metric="cosine", verbose=False)


def _check_key(dataset: fo.Dataset, brain_key: str) -> None:
    if not brain_key.isidentifier():
        raise ValueError(f"the brain key {brain_key!r} is not a valid name: give letters and _")
    if dataset.has_brain_run(brain_key) and not is_map(dataset, brain_key):
        raise ValueError(
            f"the brain key {brain_key!r} is that of another run: give another key, or delete the "
            "run first"
        )


def _hex(ids: npt.NDArray[np.uint8]) -> npt.NDArray[np.str_]:
    """Returns ids of 12 bytes in hexadecimal, as FiftyOne writes them."""
    text = ids.tobytes().hex()
    return np.array([text[at : at + 24] for at in range(0, len(text), 24)])
