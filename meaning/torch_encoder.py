"""Runs a sentence-transformers model in PyTorch if it has no ONNX file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .encoders import EncoderError, readable, unit_rows


class TorchEncoder:
    """A :class:`~.encoders.TextEncoder` of a model that the package sentence-transformers loads.

    No code from a model's repository is run. The digest covers the weights and the processing of
    texts, not the place of the files.

    Args:
        name: a folder; or ``OWNER/MODEL``, or ``MODEL`` of ``sentence-transformers``, optionally
            with ``@REVISION``

    Raises:
        ImportError: if the package is not installed
        EncoderError: if the model cannot be loaded
    """

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        folder = Path(name).expanduser()
        repository, _, revision = (str(folder), "", "") if folder.is_dir() else name.partition("@")
        self.name = folder.resolve().name if folder.is_dir() else name
        try:
            self._model = SentenceTransformer(
                repository, revision=revision or None, trust_remote_code=False
            )
            self.dimension = self.encode([""]).shape[1]
            self.digest = _digest(self._model)
        except EncoderError:
            raise
        except (
            Exception
        ) as error:  # the errors of transformers, torch and the Hub have no common base
            raise EncoderError(
                f"{name} cannot be loaded by sentence-transformers: {error!r:.500}"
            ) from None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns one vector of unit length per text, ``[texts, dimension]``.

        Raises:
            EncoderError: if the model fails
        """
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        try:
            found = self._model.encode(
                [readable(text) for text in texts], show_progress_bar=False, convert_to_numpy=True
            )
        except Exception as error:  # as above
            raise EncoderError(f"{self.name} fails: {error!r:.500}") from None
        return unit_rows(np.asarray(found, np.float32))


def _digest(model: Any) -> str:
    """Returns a SHA-256 of a model's weights, modules and default prompt."""
    made = hashlib.sha256()
    for name, values in model.state_dict().items():
        made.update(f"{name} {tuple(values.shape)} {values.dtype}".encode())
        made.update(values.detach().float().cpu().numpy().tobytes())
    prompt = (model.prompts or {}).get(model.default_prompt_name, "")
    made.update(json.dumps([str(model), model.max_seq_length, prompt]).encode())
    return made.hexdigest()
