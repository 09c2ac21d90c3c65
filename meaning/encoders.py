"""Defines encoders, which turn texts into vectors, and opens them by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

#: Digests of interchangeable files of one model: all-MiniLM-L6-v2 in 8 and in 32 bits. For 385 real
#: brief actions as queries among 912 texts that one has embedded, the other finds the same first
#: text for all of them, and 99 % of the same ten.
_SAME = {
    "9335e858fac43b6285450f4cae4d3b0da186409338b2a3f66d205f44e4820b00":
        "7aea28f2b6995d1a5ae0e513c613de244d17cb325ca99f5cc2eed7e1c47068df",
}  # fmt: skip


class EncoderError(RuntimeError):
    """An encoder cannot be opened or fails; the message says what to do."""


class UnfitModelError(EncoderError):
    """A model has no ONNX file, or one whose vectors need more than pooling."""


class TextEncoder(Protocol):
    """Turns texts into vectors whose inner product measures the similarity of two texts.

    The vector of a text depends on the text alone, not on others in the same call.

    Attributes:
        name: a readable name, such as ``all-MiniLM-L6-v2``
        digest: the SHA-256, as hex, of everything that the vectors depend on: the files of a local
            model, the address and name of a remote one; see :func:`can_compare`
        dimension: the length of a vector
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    @property
    def dimension(self) -> int: ...  # noqa: D102

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns one vector of unit length per text, ``[texts, dimension]``.

        Any string is valid: empty, with lone surrogates (read as U+FFFD), or longer than the
        encoder supports (the rest is ignored).

        Raises:
            EncoderError: if encoding fails
        """
        ...


def describe(encoder: TextEncoder) -> dict[str, str | int]:
    """Returns the description of an encoder that an index stores."""
    return {"name": encoder.name, "digest": encoder.digest, "dimension": encoder.dimension}


def can_compare(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether the vectors of two encoders can be compared, given their :func:`describe` values.

    None stands for no encoder, which is not comparable with any.
    """
    if one is None or other is None:
        return False
    first, second = (_SAME.get(each["digest"], each["digest"]) for each in (one, other))
    return bool(first == second)


def open_encoder(spec: str | None = None) -> TextEncoder:
    """Opens an encoder.

    Args:
        spec: ``https://host/v1#MODEL`` for an OpenAI-compatible service; a folder or the name of a
            sentence-transformers model, optionally after ``model:``; by default
            ``all-MiniLM-L6-v2``, which set-up installs. A model with an ONNX file runs without
            PyTorch, any other needs the package sentence-transformers. Models of FiftyOne's zoo are
            opened by :func:`...views.indexes.encoder_named`

    Raises:
        EncoderError: if there is no such encoder, or a package that it needs is missing
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
    """Returns a text that can be encoded as UTF-8: lone surrogates become U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def unit_rows(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Returns the rows scaled to unit length; rows of zeros stay unchanged."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = np.divide(
        vectors, np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32
    )
    return scaled
