"""Embeds segments of videos by their pictures: each video is decoded once for all its segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
from bson import ObjectId

from ..converters.clips.media import ClipError
from ..converters.clips.pictures import Picture, read_pictures
from ..core.detections import rate_in
from ..internals.database import samples_of
from ..meaning.encoders import unit_rows
from ..meaning.store import FloatArray
from .clip_keys import pictures_of, sample_of, support_of
from .zoo_encoder import ZooEncoder

#: Pictures per batch of the model.
_AT_ONCE = 32


def fault(document: Mapping[str, Any]) -> str | None:
    """Returns why the first picture of a sample's video cannot be decoded, None if it can."""
    try:
        next(read_pictures(Path(document["filepath"]), [1]))
    except ClipError as error:
        return str(error)
    return None


class ClipEncoder:
    """Embeds segments, given as keys, as the mean of the unit vectors of their pictures.

    Its vectors are comparable with those of texts by the same model, so it has the model's name and
    digest. A segment without a picture gets a row of zeros.

    Args:
        model: the model of pictures and texts
        dataset: the dataset with the videos

    Attributes:
        failed: why videos could not be decoded, by file
    """

    def __init__(self, model: ZooEncoder, dataset: fo.Dataset) -> None:
        self.name, self.digest, self.dimension = model.name, model.digest, model.dimension
        self.failed: dict[str, str] = {}
        self._model, self._dataset = model, dataset

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Returns one vector per segment, ``[segments, dimension]``.

        Args:
            texts: keys of segments, grouped by video

        Raises:
            EncoderError: if the model fails
        """
        parts = [self._of_video(key, list(keys)) for key, keys in groupby(texts, sample_of)]
        return np.concatenate([np.zeros((0, self.dimension), np.float32), *parts])

    def can_encode(self, document: Mapping[str, Any]) -> bool:
        """Whether a sample's video can be decoded; records the reason if not."""
        why = fault(document)
        if why is not None:
            self.failed[document["filepath"]] = why
        return why is None

    def _of_video(self, sample_id: str, keys: Sequence[str]) -> FloatArray:
        project = {"filepath": 1, "metadata.frame_rate": 1}
        found = samples_of(self._dataset).find_one({"_id": ObjectId(sample_id)}, project) or {}
        rate = rate_in(found)
        frames = [pictures_of(support_of(key), rate) for key in keys]
        wanted = {frame for some in frames for frame in some}
        of_frame = self._embed_frames(found.get("filepath", ""), wanted)
        vectors = np.zeros((len(keys), self.dimension), np.float32)
        for row, some in enumerate(frames):
            there = [of_frame[frame] for frame in some if frame in of_frame]
            if there:
                vectors[row] = np.mean(there, axis=0)
        return unit_rows(vectors)

    def _embed_frames(self, path: str, frames: set[int]) -> dict[int, FloatArray]:
        """Returns the unit vectors of those of the frames that the video has."""
        vectors: dict[int, FloatArray] = {}
        numbers: list[int] = []
        pictures: list[Picture] = []

        def embed() -> None:
            if pictures:
                vectors.update(zip(numbers, self._model.encode_pictures(pictures), strict=True))
                numbers.clear()
                pictures.clear()

        try:
            for number, picture in read_pictures(Path(path), frames):
                numbers.append(number)
                pictures.append(picture)
                if len(pictures) == _AT_ONCE:
                    embed()
        except ClipError as error:
            self.failed[path] = str(error)
        embed()
        if len(vectors) < len(frames):
            self.failed.setdefault(path, f"{path}: the video is shorter than its segments say")
        return vectors
