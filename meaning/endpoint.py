"""An encoder behind an address: the ``/embeddings`` of OpenAI, of vLLM, Ollama, TEI and others.

A key comes from the environment, never from the address, and goes to no other host and over no
unencrypted network. It is in no message.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import numpy as np
import urllib3
from numpy.typing import NDArray
from urllib3.exceptions import HTTPError
from urllib3.util import Retry, Timeout

from ..core.wording import shorten
from .encoders import EncoderError, readable, unit_rows

#: The environment variable with the key.
KEY = "ACTION100M_EMBEDDINGS_KEY"

#: The most texts of one request, and the most characters of all of them.
BATCH_TEXTS, BATCH_CHARACTERS = 128, 100_000

#: How many characters of a text are sent: some 2,000 tokens, which every such service reads.
TEXT_CHARACTERS = 8_000

#: The most requests in flight at once.
REQUESTS = 4

#: How often a request is sent again, and the longest wait before it that is respected, in seconds.
RETRIES, LONGEST_WAIT = 5, 60.0

#: How long an answer may take from its first byte, in seconds.
ANSWER_SECONDS = 120.0

#: How large an answer may be, in bytes: 8,192 numbers per text.
ANSWER_BYTES = 1 << 20, 8_192 * 26

#: What is sent for a text of white space, which some services refuse.
BLANK = "."

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Endpoint:
    """A :class:`~.encoders.TextEncoder` that asks an OpenAI-compatible service.

    A request that fails as a busy or restarting server's does (429, 5xx, no connection) is sent
    again, after the wait that the server asks for.

    Args:
        address: up to and without ``/embeddings``, as in ``https://api.openai.com/v1``
        model: the model's name there
        key: sent as a bearer token; empty for none
        backoff: the first wait before a request is sent again, in seconds; it doubles

    Raises:
        EncoderError: if the address is not one, or does not answer as expected
    """

    def __init__(self, address: str, model: str, key: str = "", backoff: float = 1.0) -> None:
        self._key = key
        self._url = _checked(address, key) + "/embeddings"
        self._model = model
        self._retry = _BoundedRetry(
            total=RETRIES,
            backoff_factor=backoff,
            backoff_max=LONGEST_WAIT,
            allowed_methods=None,
            status_forcelist=(429, 500, 502, 503, 504),
            raise_on_status=False,
        )
        self._pool = _pool(self._url)
        self.name = f"{model} at {urlsplit(address).hostname}"
        self.digest = hashlib.sha256(f"embeddings {self._url} {model}".encode()).hexdigest()
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
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        try:
            response = self._pool.request(
                "POST",
                self._url,
                body=json.dumps(body).encode(),
                headers=headers,
                redirect=False,
                retries=self._retry,
                timeout=Timeout(connect=10.0, read=60.0),
                preload_content=False,
            )
            try:
                answer = self._read(response, ANSWER_BYTES[0] + ANSWER_BYTES[1] * len(texts))
            finally:
                response.release_conn()
        except HTTPError as error:
            self._fail(f"cannot be reached ({error}): run the same command again later")
        if response.status != 200:
            self._fail(f"answers {response.status}: {_complaint(answer)}")
        try:
            return self._vectors(json.loads(answer), len(texts))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            self._fail(f"does not answer as /embeddings does ({error}): check the address")

    def _read(self, response: urllib3.BaseHTTPResponse, most: int) -> bytes:
        """Returns an answer that is neither too large nor too slow."""
        begun, parts, size = time.monotonic(), [], 0
        while part := response.read1(1 << 16):
            parts.append(part)
            size += len(part)
            if size > most:
                response.close()
                self._fail(f"sends more than {most:,} bytes for one request")
            if time.monotonic() - begun > ANSWER_SECONDS:
                response.close()
                self._fail(f"takes longer than {ANSWER_SECONDS:.0f} s to send an answer")
        return b"".join(parts)

    def _vectors(self, answer: Any, texts: int) -> NDArray[np.float32]:
        """Returns an answer's vectors in the order of the texts.

        Raises:
            ValueError, TypeError, KeyError: if it is of another shape
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

    def _fail(self, what: str) -> NoReturn:
        """Raises an error that says what the service does, without the key."""
        text = f"{self._url} {what}"
        raise EncoderError(text.replace(self._key, "…") if self._key else text) from None


class _BoundedRetry(Retry):
    """Waits no longer than :data:`LONGEST_WAIT`, whatever the server asks for."""

    def get_retry_after(self, response: urllib3.BaseHTTPResponse) -> float | None:
        try:
            wait = super().get_retry_after(response)
        except (HTTPError, OverflowError):  # not a number, nor a date
            return None
        return None if wait is None else min(wait, LONGEST_WAIT)


def open_endpoint(spec: str) -> Endpoint:
    """Opens ``ADDRESS#MODEL``, with the key that ``ACTION100M_EMBEDDINGS_KEY`` holds, if any.

    Raises:
        EncoderError: if it does not answer as expected
    """
    address, _, model = spec.partition("#")
    if not model:
        raise EncoderError(f"{spec} names no model: write it as https://host/v1#MODEL")
    return Endpoint(address, model, os.environ.get(KEY, ""))


def _checked(address: str, key: str) -> str:
    """Returns an address without a slash at its end.

    Raises:
        EncoderError: if it is not one, holds a secret, or would show the key
    """
    try:
        parts = urlsplit(address)
        known = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise EncoderError(f"{shorten(address, 200)} is not an address: write https://host/v1")
    if parts.username or parts.password or parts.query:
        raise EncoderError(
            f"an address with a user, a password or a query is refused, as it is kept with the "
            f"index: put the key in {KEY}"
        )
    if key and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise EncoderError(
            f"{address} is not encrypted, and {KEY} is set: use https, or unset {KEY}"
        )
    return address.rstrip("/")


def _pool(url: str) -> urllib3.PoolManager:
    """Returns the connections to a host, through the environment's proxy if it has one."""
    parts = urlsplit(url)
    proxy = getproxies().get(parts.scheme)
    if proxy and not proxy_bypass(parts.hostname or ""):
        return urllib3.ProxyManager(proxy, maxsize=REQUESTS)
    return urllib3.PoolManager(maxsize=REQUESTS)


def _sendable(text: str) -> str:
    text = readable(text[:TEXT_CHARACTERS])
    return text if text.strip() else BLANK


def _batches(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yields where each batch starts and stops."""
    start = characters = 0
    for i, text in enumerate(texts):
        characters += len(text)
        if i - start == BATCH_TEXTS or (characters > BATCH_CHARACTERS and i > start):
            yield start, i
            start, characters = i, len(text)
    if start < len(texts):
        yield start, len(texts)


def _complaint(answer: bytes) -> str:
    """Returns what an answer says is wrong, on one line."""
    text = answer[:4096].decode("utf-8", "replace")
    try:
        said = json.loads(text)
        error = said.get("error", said.get("message", said.get("detail", text)))
        text = str(error.get("message", error) if isinstance(error, dict) else error)
    except (ValueError, AttributeError, RecursionError):
        pass
    return shorten(text, 300) or "no reason given"
