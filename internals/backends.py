"""FiftyOne Brain's similarity backends, asked for the nearest ids without samples of that id."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import fiftyone.brain as fob
import numpy as np
import numpy.typing as npt
from fiftyone.brain.similarity import SimilarityIndex

#: What a backend's configuration calls the place of the vectors.
_PLACES = ("table_name", "collection_name", "index_name")


def similarity_backends() -> list[str]:
    """Returns the names of the backends that FiftyOne Brain is configured with."""
    return sorted(fob.brain_config.similarity_backends)


def has_setting(backend: str, key: str) -> bool:
    """Whether a person has configured something of a backend."""
    return key in fob.brain_config.similarity_backends.get(backend, {})


def connect(dataset: fo.Dataset, backend: str, **options: Any) -> SimilarityIndex:
    """Returns a backend's index, which is no brain run of the dataset: it holds no samples.

    Args:
        dataset: whose name a new place of the vectors gets
        backend: its name
        **options: of its configuration

    Raises:
        Exception: whatever the backend raises if it cannot be reached, or its package is missing
    """
    return fob.compute_similarity(
        dataset, embeddings=False, backend=backend, brain_key=None, metric="cosine", **options
    )


def place_of(index: SimilarityIndex) -> dict[str, str]:
    """Returns where a backend keeps the vectors of an index, as an option of :func:`connect`."""
    found = {key: getattr(index.config, key, None) for key in _PLACES}
    return {key: value for key, value in found.items() if value}


def nearest_ids(index: SimilarityIndex, query: npt.NDArray[np.float32], k: int) -> list[str]:
    """Returns the ids of the k nearest vectors, the nearest first.

    ``sort_by_similarity`` would select samples of these ids.
    """
    found = index._kneighbors(query=query, k=k)[0]
    return list(found[0]) if found and not isinstance(found[0], str) else list(found)
