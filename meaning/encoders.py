"""Turns texts into vectors: what an encoder is, and which one a name stands for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class EncoderError(RuntimeError):
    """An encoder cannot be opened, or cannot encode; the message says what to do."""


class TextEncoder(Protocol):
    """Turns texts into vectors whose inner product says how alike two texts are.

    The vector of a text depends on the text alone, not on the texts that are encoded with it.

    Attributes:
        name: what a person calls it, such as ``all-MiniLM-L6-v2``
        digest: a SHA-256, as hex, of what the vectors depend on: the files of a local model, the
            address and name of a remote one; vectors of two digests cannot be compared
        dimension: of a vector
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    @property
    def dimension(self) -> int: ...  # noqa: D102

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns one vector of unit length per text, ``[texts, dimension]``.

        Any string is a text: empty, with lone surrogates (read as U+FFFD) or longer than the
        encoder reads (the rest is left out).

        Raises:
            EncoderError: if it cannot
        """
        ...


def open_encoder(spec: str | None = None) -> TextEncoder:
    """Opens an encoder.

    Args:
        spec: ``https://host/v1#MODEL`` for an OpenAI-compatible service; a folder or the name of a
            sentence-transformers model with an ONNX file, after ``model:`` or as it is; by
            default ``all-MiniLM-L6-v2``, which set-up has brought. FiftyOne's zoo models are
            opened by :func:`...views.indexes.open_encoder`

    Raises:
        EncoderError: if there is no such encoder, or it lacks something
    """
    if spec is not None and spec.startswith(("http://", "https://")):
        from .endpoint import open_endpoint

        return open_endpoint(spec)
    try:
        from .onnx_encoder import OnnxEncoder
    except ImportError as error:
        raise EncoderError(f"{error}: run pip install onnxruntime tokenizers") from None
    if spec is None:
        from .minilm_files import find_files

        return OnnxEncoder(find_files())
    from .sentence_models import find_model

    return OnnxEncoder(find_model(spec.removeprefix("model:")))


def readable(text: str) -> str:
    """Returns a text that can be written as UTF-8: lone surrogates become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the rows at unit length; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(
        vectors, np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32
    )
    return scaled
