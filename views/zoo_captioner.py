"""Captions pictures with a model of FiftyOne's zoo."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Sequence
from typing import Any

import fiftyone.core.labels as fol
import fiftyone.core.models as fom
import fiftyone.zoo as foz
import numpy as np
from PIL import Image

from ..meaning.encoders import EncoderError
from .zoo_encoder import digest_of_model, digest_of_zoo

#: The zoo's vision-language model, whose texts the zoo converts to detections.
_QWEN = "fiftyone.utils.qwen3_vl.Qwen3VLModel"

_CHOOSE = "choose a model that captions, such as qwen3-vl-2b-instruct-torch"


class SaidTexts:
    """An ``output_processor_cls`` for zoo models that keeps their texts."""

    def __init__(self, **options: Any) -> None:
        pass

    def __call__(self, output: Any, *size: Any, **options: Any) -> list[fol.Classification]:
        """Returns a classification per text, with the text as its label."""
        return [fol.Classification(label=str(text)) for text in output]


class ZooCaptioner:
    """A :class:`..treemaking.captioners.Captioner` of a zoo model that answers prompts.

    The model takes a prompt, such as ``qwen3-vl-2b-instruct-torch``, or its ``predict()`` returns a
    text, as models of remote zoo sources may. It gets one picture: of several, the middle one.

    Args:
        name: the model's name in the zoo, or a name for ``model``
        tokens: the most tokens of a caption, if the model supports a limit
        model: a custom model; by default that of the zoo
        device: the PyTorch device of the zoo's model; None for a GPU if there is one

    Raises:
        EncoderError: if there is no such model, or it cannot be loaded
    """

    at_once = 1

    def __init__(
        self, name: str, tokens: int, model: fom.Model | None = None, device: str | None = None
    ) -> None:
        self.name, self._lock = f"zoo:{name}", threading.Lock()
        try:
            self._model = _load(name, tokens, device) if model is None else model
        except Exception as error:  # whatever the model's own library raises
            raise EncoderError(f"the zoo's {name} cannot be loaded: {error}") from None
        if self._model.media_type != "image":
            raise EncoderError(f"the zoo's {name} is not asked about pictures: {_CHOOSE}")
        digest = digest_of_zoo(name) if model is None else digest_of_model(name, model)
        self.digest = hashlib.sha256(f"{digest} {tokens}".encode()).hexdigest()

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        """Returns the model's description of the middle picture.

        Raises:
            TypeError: if it returns no text
        """
        picture = Image.open(io.BytesIO(pictures[len(pictures) // 2])).convert("RGB")
        with self._lock:
            if hasattr(getattr(self._model, "config", None), "prompt"):
                self._model.config.prompt = prompt
            said = self._model.predict(np.asarray(picture))
        text = said.label if isinstance(said, fol.Classification) else said
        if not isinstance(text, str):
            raise TypeError(f"{self.name} gives {type(said).__name__}, not a text: {_CHOOSE}")
        return text


def _load(name: str, tokens: int, device: str | None) -> fom.Model:
    entry = foz.get_zoo_model(name).default_deployment_config_dict or {}
    options: dict[str, Any] = {} if device is None else {"device": device}
    if entry.get("type") == _QWEN and "output_processor_cls" in entry.get("config", {}):
        options |= {"output_processor_cls": SaidTexts, "max_new_tokens": tokens}
    return foz.load_zoo_model(name, **options)
