"""An index of a dataset's captions, made without a model."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from text_vectors import vectors_of


class AnyIndex:
    """An index of all captions that a dataset has in a field.

    Attributes:
        encoder: the name of what embeds them
        digest: its digest
        texts: the captions
        folder: where resampling keeps its centroids
    """

    encoder = digest = "words"

    def __init__(self, dataset: fo.Dataset, folder: Path, field: str) -> None:
        captions = dataset.values(f"{field}.detections.label")
        texts = dict.fromkeys(text for found in captions for text in found or ())
        self.texts = pa.array(texts, pa.large_string())
        self.folder = folder
        self._vectors = vectors_of(self.texts.to_pylist())

    def vectors(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """Returns the vectors of some texts."""
        return self._vectors[start:stop]
