"""Encodes texts with a remote service: the ``/embeddings`` of OpenAI, vLLM, Ollama, TEI and others.

:class:`~.service.Service` handles keys, retries and untrusted answers.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .encoders import EncoderError, readable, unit_rows
from .service import Service, ServiceError

#: The environment variable with the API key.
KEY = "ACTION100M_EMBEDDINGS_KEY"

#: The most texts per request, and the most characters of them together.
BATCH_TEXTS, BATCH_CHARACTERS = 128, 100_000

#: The most characters of a text that are sent: about 2,000 tokens, which every such service
#: supports.
TEXT_CHARACTERS = 8_000

#: The most concurrent requests.
REQUESTS = 4

#: The longest time of an answer from its first byte, in seconds.
ANSWER_SECONDS = 120.0

#: The largest answer, in bytes: 8,192 numbers per text.
ANSWER_BYTES = 1 << 20, 8_192 * 26

#: Sent in place of a blank text, which some services refuse.
BLANK = "."


class Endpoint:
    """A :class:`~.encoders.TextEncoder` that asks an OpenAI-compatible service.

    Requests that a busy or restarting server fails (429, 5xx, no connection) are retried, after the
    wait that the server asks for.

    Args:
        address: the address without ``/embeddings``, such as ``https://api.openai.com/v1``
        model: the model's name there
        key: the API key, sent as a bearer token; empty for none
        backoff: seconds before the first retry; doubled before each further one

    Raises:
        EncoderError: if the address is invalid, or the service does not answer as expected
    """

    def __init__(self, address: str, model: str, key: str = "", backoff: float = 1.0) -> None:
        try:
            self._service = Service(
                address, "/embeddings", key, KEY, requests=REQUESTS, backoff=backoff
            )
        except ServiceError as error:
            raise EncoderError(str(error)) from None
        self._model = model
        self.name = f"{model} at {self._service.host}"
        self.digest = hashlib.sha256(f"embeddings {self._service.url} {model}".encode()).hexdigest()
        self.dimension = 0
        self.dimension = self._ask([BLANK]).shape[1]

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns one vector of unit length per text, ``[texts, dimension]``."""
        vectors = np.empty((len(texts), self.dimension), np.float32)
        sent = [_sendable(text) for text in texts]
        batches = list(_batches(sent))
        with ThreadPoolExecutor(REQUESTS) as pool:
            answers = pool.map(self._ask, (sent[start:stop] for start, stop in batches))
            for (start, stop), answer in zip(batches, answers, strict=True):
                vectors[start:stop] = answer
        return vectors

    def _ask(self, texts: list[str]) -> NDArray[np.float32]:
        """Returns the vectors of one batch."""
        body = {"model": self._model, "input": texts, "encoding_format": "float"}
        most = ANSWER_BYTES[0] + ANSWER_BYTES[1] * len(texts)
        try:
            answer = self._service.ask(body, most, ANSWER_SECONDS)
            try:
                return self._vectors(answer, len(texts))
            except (ValueError, TypeError, KeyError) as error:
                self._service.fail_shape(error)
        except ServiceError as error:
            raise EncoderError(str(error)) from None

    def _vectors(self, answer: Any, texts: int) -> NDArray[np.float32]:
        """Returns the vectors of an answer in the order of the texts.

        Raises:
            ValueError, TypeError, KeyError: if the answer has another structure
        """
        rows = sorted(answer["data"], key=lambda row: int(row["index"]))
        if [row["index"] for row in rows] != list(range(texts)):
            raise ValueError(f"{len(rows)} vectors for {texts} texts")
        vectors = np.array([row["embedding"] for row in rows], np.float32)
        if vectors.ndim != 2 or vectors.shape[1] != (self.dimension or vectors.shape[1]):
            raise ValueError(f"vectors of shape {vectors.shape}, not of {self.dimension} numbers")
        if not np.isfinite(vectors).all() or not vectors.any(axis=1).all():
            raise ValueError("a vector without a direction")
        return unit_rows(vectors)


def open_endpoint(spec: str) -> Endpoint:
    """Opens ``ADDRESS#MODEL``, with the key that ``ACTION100M_EMBEDDINGS_KEY`` holds, if any.

    Raises:
        EncoderError: if the service does not answer as expected
    """
    address, _, model = spec.partition("#")
    if not model:
        raise EncoderError(f"{spec} names no model: write it as https://host/v1#MODEL")
    return Endpoint(address, model, os.environ.get(KEY, ""))


def _sendable(text: str) -> str:
    text = readable(text[:TEXT_CHARACTERS])
    return text if text.strip() else BLANK


def _batches(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yields the start and the end of each batch."""
    start = characters = 0
    for i, text in enumerate(texts):
        characters += len(text)
        if i - start == BATCH_TEXTS or (characters > BATCH_CHARACTERS and i > start):
            yield start, i
            start, characters = i, len(text)
    if start < len(texts):
        yield start, len(texts)
