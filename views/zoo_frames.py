"""Turns frames into features with an image model of FiftyOne's zoo."""

from __future__ import annotations

import fiftyone.core.models as fom
import fiftyone.zoo as foz
import numpy as np
from numpy.typing import NDArray

from ..meaning.encoders import EncoderError, unit_rows
from .zoo_encoder import digest_of_model, digest_of_zoo


class ZooFrames:
    """A :class:`..treemaking.encoders.FrameEncoder` of an image model that embeds pictures.

    The model gets a square centre crop of each frame, and scales it itself.

    Args:
        name: the model's name in the zoo, or a name for ``model``
        model: a custom model; by default that of the zoo
        device: the PyTorch device of the zoo's model; None for a GPU if there is one

    Raises:
        EncoderError: if there is no such model, it cannot be loaded, or it does not embed pictures
    """

    size = (256, 256)
    crop = True
    window = stride = 1
    batch = 32

    def __init__(
        self, name: str, model: fom.Model | None = None, device: str | None = None
    ) -> None:
        self.name = f"zoo:{name}"
        given = {} if device is None else {"device": device}
        try:
            self._model = foz.load_zoo_model(name, **given) if model is None else model
        except Exception as error:  # whatever the model's own library raises
            raise EncoderError(f"the zoo's {name} cannot be loaded: {error}") from None
        embeds = getattr(self._model, "has_embeddings", False)
        if not embeds or self._model.media_type != "image":
            raise EncoderError(
                f"the zoo's {name} does not embed pictures: choose one of "
                'fiftyone.zoo.list_zoo_models(tags="embeddings")'
            )
        self.digest = digest_of_zoo(name) if model is None else digest_of_model(name, model)
        self.dimension = self.encode(np.zeros((1, *self.size, 3), np.uint8)).shape[1]

    def encode(self, frames: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Returns one vector of unit length per frame, ``[N, dimension]``.

        Raises:
            EncoderError: if the model fails
        """
        try:
            found = np.asarray(self._model.embed_all(list(frames)), np.float32)
        except Exception as error:  # whatever the model's own library raises
            raise EncoderError(f"{self.name} fails: {error!r:.500}") from None
        return unit_rows(found.reshape(len(frames), -1))
