"""Embeds texts and pictures with a model of FiftyOne, so that the two can be compared."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import fiftyone.core.models as fom
import fiftyone.zoo as foz
import numpy as np
from numpy.typing import NDArray

from ..meaning.encoders import EncoderError, readable, unit_rows
from ..meaning.onnx_encoder import sha256

#: The most texts per batch of the model.
_AT_ONCE = 64
#: The entries that name the weights in configurations of FiftyOne's models.
_WEIGHTS = ("name_or_path", "model_name", "model_path", "clip_model", "pretrained")


class ZooEncoder:
    """A :class:`..meaning.encoders.TextEncoder` of a zoo model that embeds prompts.

    The digest covers the model's entry in the zoo and its weights if the zoo stores them (those of
    SigLIP, for example, are in another library's cache). The digest of a custom model covers its
    class, its name and the names of its weights.

    Args:
        name: the model's name in the zoo, or a name for ``model``
        model: a custom model; by default that of the zoo

    Raises:
        EncoderError: if there is no such model, it cannot be loaded, or it does not embed texts
    """

    def __init__(self, name: str, model: fom.Model | None = None) -> None:
        self.name = name
        try:
            self._model = foz.load_zoo_model(name) if model is None else model
        except Exception as error:  # whatever the model's own library raises
            raise EncoderError(f"the zoo's {name} cannot be loaded: {error}") from None
        if not getattr(self._model, "can_embed_prompts", False):
            raise EncoderError(
                f"the zoo's {name} does not embed texts: choose one of "
                'fiftyone.zoo.list_zoo_models(tags="text-embeddings")'
            )
        self.digest = digest_of_zoo(name) if model is None else digest_of_model(name, model)
        self.dimension = self._embed(["text"]).shape[1]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns one vector of unit length per text, ``[texts, dimension]``."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            batch = [readable(text) for text in texts[start : start + _AT_ONCE]]
            vectors[start : start + len(batch)] = self._embed(batch)
        return vectors

    def check_pictures(self) -> None:
        """Checks that the model also embeds pictures, into the same space.

        Raises:
            EncoderError: if it does not
        """
        if not getattr(self._model, "has_embeddings", False) or self._model.media_type != "image":
            raise EncoderError(
                f"{self.name} does not embed pictures: choose a model that embeds both, such as "
                "zoo:clip-vit-base32-torch"
            )
        found = self.encode_pictures([np.zeros((64, 64, 3), np.uint8)])
        if found.shape != (1, self.dimension):
            raise EncoderError(
                f"{self.name} embeds pictures in {found.shape[1]} numbers and texts in "
                f"{self.dimension}: choose a model that embeds both in one space"
            )

    def encode_pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
        """Returns one vector of unit length per picture, ``[pictures, dimension]``.

        Args:
            pictures: pictures of equal size, ``[height, width, 3]``, RGB

        Raises:
            EncoderError: if the model fails
        """
        return self._run(self._model.embed_all, pictures)

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        return self._run(self._model.embed_prompts, texts)

    def _run(self, embed: Callable[[Any], Any], given: Sequence[Any]) -> NDArray[np.float32]:
        with warnings.catch_warnings():
            # CLIP prints every long text.
            warnings.filterwarnings("ignore", message="Truncating prompt")
            try:
                found = np.asarray(embed(list(given)), np.float32)
            except Exception as error:  # whatever the model's own library raises
                raise EncoderError(f"the zoo's {self.name} fails: {error!r:.500}") from None
        return unit_rows(found.reshape(len(given), -1))


def digest_of_model(name: str, model: fom.Model) -> str:
    """Returns a digest of a custom model's class, name, and names of weights."""
    config = getattr(model, "config", None)
    weights = [getattr(config, field, None) for field in _WEIGHTS]
    about = [type(model).__module__, type(model).__qualname__, name, *weights]
    return hashlib.sha256(json.dumps(about, default=str).encode()).hexdigest()


def digest_of_zoo(name: str) -> str:
    """Returns a digest of a model's entry in the zoo, and of its weights if the zoo stores them."""
    entry = foz.get_zoo_model(name)
    about: list[Any] = [entry.name, entry.default_deployment_config_dict]
    if entry.base_filename and foz.is_zoo_model_downloaded(name):
        kept = Path(foz.find_zoo_model(name))
        files = sorted(kept.rglob("*")) if kept.is_dir() else [kept]
        about += [sha256(path) for path in files if path.is_file()]
    return hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode()).hexdigest()
