"""Embeds texts with a model of FiftyOne's model zoo, so that texts and pictures can be compared."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fiftyone.zoo as foz
import numpy as np
from numpy.typing import NDArray

from ..meaning.encoders import EncoderError, readable, unit_rows
from ..meaning.onnx_encoder import sha256

#: How many texts the model gets at once.
_AT_ONCE = 64


class ZooEncoder:
    """A :class:`..meaning.encoders.TextEncoder` of a zoo model that embeds prompts.

    Its digest is of the model's entry in the zoo and of its weights, where the zoo keeps them; a
    library's own copy, as of SigLIP, is not looked at.

    Args:
        name: the model's name in the zoo

    Raises:
        EncoderError: if there is none, it cannot be loaded, or it does not embed texts
    """

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self._model = foz.load_zoo_model(name)
        except Exception as error:  # whatever the model's own library raises
            raise EncoderError(f"the zoo's {name} cannot be loaded: {error}") from None
        if not getattr(self._model, "can_embed_prompts", False):
            raise EncoderError(
                f"the zoo's {name} does not embed texts: choose one of "
                'fiftyone.zoo.list_zoo_models(tags="text-embeddings")'
            )
        self.digest = _digest(name)
        self.dimension = self._embed(["text"]).shape[1]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns one vector of unit length per text, ``[texts, dimension]``."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _AT_ONCE):
            batch = [readable(text) for text in texts[start : start + _AT_ONCE]]
            vectors[start : start + len(batch)] = self._embed(batch)
        return vectors

    def _embed(self, texts: list[str]) -> NDArray[np.float32]:
        with warnings.catch_warnings():
            # CLIP writes each long text out.
            warnings.filterwarnings("ignore", message="Truncating prompt")
            try:
                found = np.asarray(self._model.embed_prompts(texts), np.float32)
            except Exception as error:  # whatever the model's own library raises
                raise EncoderError(f"the zoo's {self.name} fails: {error!r:.500}") from None
        return unit_rows(found.reshape(len(texts), -1))


def _digest(name: str) -> str:
    entry = foz.get_zoo_model(name)
    about: list[Any] = [entry.name, entry.default_deployment_config_dict]
    if entry.base_filename and foz.is_zoo_model_downloaded(name):
        kept = Path(foz.find_zoo_model(name))
        files = sorted(kept.rglob("*")) if kept.is_dir() else [kept]
        about += [sha256(path) for path in files if path.is_file()]
    return hashlib.sha256(json.dumps(about, sort_keys=True, default=str).encode()).hexdigest()
