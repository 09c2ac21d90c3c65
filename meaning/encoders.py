"""Defines encoders, which turn texts into vectors, and opens them by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

#: Digests that stand for one model: all-MiniLM-L6-v2's file in 8 bits is its file in 32. Of 385
#: real brief actions, asked among 912 texts that the one has embedded, the other finds the same
#: first text for all, and 99 % of the same ten.
_SAME = {
    "9335e858fac43b6285450f4cae4d3b0da186409338b2a3f66d205f44e4820b00":
        "7aea28f2b6995d1a5ae0e513c613de244d17cb325ca99f5cc2eed7e1c47068df",
}  # fmt: skip


class EncoderError(RuntimeError):
    """An encoder cannot be opened, or cannot encode; the message says what to do."""


class UnfitModelError(EncoderError):
    """A model has no ONNX file, or one whose vectors need more than pooling."""


class TextEncoder(Protocol):
    """Turns texts into vectors whose inner product says how alike two texts are.

    The vector of a text depends on the text alone, not on the texts that are encoded with it.

    Attributes:
        name: for people, such as ``all-MiniLM-L6-v2``
        digest: a SHA-256, as hex, of what the vectors depend on: the files of a local model, the
            address and name of a remote one; :func:`can_compare` says which can be compared
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


def describe(encoder: TextEncoder) -> dict[str, str | int]:
    """Returns what an index says of the encoder that made it."""
    return {"name": encoder.name, "digest": encoder.digest, "dimension": encoder.dimension}


def can_compare(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether the vectors of two encoders can be compared, by what :func:`describe` says of each.

    None stands for no encoder, which cannot be compared with any.
    """
    if one is None or other is None:
        return False
    first, second = (_SAME.get(each["digest"], each["digest"]) for each in (one, other))
    return bool(first == second)


def open_encoder(spec: str | None = None) -> TextEncoder:
    """Opens an encoder.

    Args:
        spec: ``https://host/v1#MODEL`` for an OpenAI-compatible service; a folder or the name of a
            sentence-transformers model, after ``model:`` or as it is; by default
            ``all-MiniLM-L6-v2``, which set-up installs. One with an ONNX file runs without
            PyTorch, any other needs the package sentence-transformers. FiftyOne's zoo models are
            opened by :func:`...views.indexes.encoder_named`

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
        from .minilm_files import find_minilm

        return OnnxEncoder(find_minilm())
    from .sentence_models import find_model

    name = spec.removeprefix("model:")
    try:
        return OnnxEncoder(find_model(name))
    except UnfitModelError as unfit:
        from .torch_encoder import TorchEncoder

        try:
            return TorchEncoder(name)
        except ImportError:
            raise EncoderError(
                f"{unfit}: run pip install sentence-transformers, which brings PyTorch and runs "
                "it as it is; choose another model; or serve it and give its address"
            ) from None


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
