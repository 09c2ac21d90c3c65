"""Uses FiftyOne Brain's similarity backends for vectors whose ids are not those of samples."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import fiftyone.brain as fob
import numpy as np
import numpy.typing as npt
from fiftyone.brain.similarity import SimilarityIndex

#: The names of the vectors' place in configurations of backends.
_PLACES = ("table_name", "collection_name", "index_name")


def similarity_backends() -> list[str]:
    """Returns the names of the configured backends of FiftyOne Brain."""
    return sorted(fob.brain_config.similarity_backends)


def has_setting(backend: str, key: str) -> bool:
    """Whether the user has configured a backend."""
    return key in fob.brain_config.similarity_backends.get(backend, {})


def connect(dataset: fo.Dataset, backend: str, **options: Any) -> SimilarityIndex:
    """Connects to a backend; the index is not a brain run of the dataset, as it holds no samples.

    Args:
        dataset: the dataset, whose name is used for a new place of the vectors
        backend: the backend's name
        **options: options of its configuration

    Raises:
        Exception: any error of the backend if it cannot be reached, or its package is missing
    """
    return fob.compute_similarity(
        dataset, embeddings=False, backend=backend, brain_key=None, metric="cosine", **options
    )


def place_of(index: SimilarityIndex) -> dict[str, str]:
    """Returns the place of an index's vectors in a backend, as an option of :func:`connect`."""
    found = {key: getattr(index.config, key, None) for key in _PLACES}
    return {key: value for key, value in found.items() if value}


def nearest_ids(index: SimilarityIndex, query: npt.NDArray[np.float32], k: int) -> list[str]:
    """Returns the ids of the k nearest vectors, the nearest first.

    ``sort_by_similarity`` would select samples with these ids.
    """
    found = index._kneighbors(query=query, k=k)[0]
    return list(found[0]) if found and not isinstance(found[0], str) else list(found)
