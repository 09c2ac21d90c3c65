"""What a captioner is, and the one that asks an OpenAI-compatible chat endpoint with images."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from typing import Any, Protocol

from ..core.wording import shorten
from ..meaning.encoders import readable
from ..meaning.service import Service, ServiceError

#: The environment variable with the key of a captioner's service.
KEY = "ACTION100M_CAPTIONER_KEY"

#: The tokens of an answer, at most: the paper's.
MAX_TOKENS = 1024

#: The longest caption, in characters; the rest is cut off.
LONGEST = 8_000

#: How large an answer may be, in bytes, and how long it may take from its first byte, in seconds.
_ANSWER_BYTES, _ANSWER_SECONDS = 1 << 20, 120.0


class CaptionError(Exception):
    """A call that gave no caption.

    Attributes:
        reason: as of :class:`..meaning.service.ServiceError`, or a word of the captioner's own
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Captioner(Protocol):
    """Says what pictures show. Several threads call it at the same time.

    Attributes:
        name: what a person calls it, such as a model's name
        digest: a text that is another whenever the captions would be
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        """Returns a caption.

        Args:
            pictures: of a segment, in order of time, as JPEG files
            prompt: what to say

        Raises:
            CaptionError: if it cannot; other calls go on
        """
        ...


class ChatCaptioner:
    """A captioner behind the ``/chat/completions`` of vLLM, llama.cpp, Ollama, OpenAI and others.

    Keys, retries and untrusted answers are as for each :class:`..meaning.service.Service`. The
    address is not in the digest: a server may move.

    Args:
        address: up to and without ``/chat/completions``, as in ``http://localhost:8000/v1``
        model: the model's name there
        key: sent as a bearer token; empty for none
        requests: the most requests in flight at once
        seconds: how long a call may take
        backoff: the first wait before a request is sent again, in seconds; it doubles

    Raises:
        CaptionError: ``address``, if the address is not one, holds a secret or would show the key
    """

    def __init__(
        self,
        address: str,
        model: str,
        key: str = "",
        requests: int = 4,
        seconds: float = 300.0,
        backoff: float = 1.0,
    ) -> None:
        try:
            self._service = Service(
                address, "/chat/completions", key, KEY, requests, seconds, backoff, silences=2
            )
        except ServiceError as error:
            raise CaptionError(error.reason, str(error)) from None
        self.name = model
        self.digest = hashlib.sha256(f"chat {model} {MAX_TOKENS}".encode()).hexdigest()

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        """Returns what the model says of the pictures."""
        content: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": _data_url(picture)}} for picture in pictures
        ]
        question = {
            "model": self.name,
            "messages": [{"role": "user", "content": [*content, {"type": "text", "text": prompt}]}],
            "max_tokens": MAX_TOKENS,
            "temperature": 0,
        }
        try:
            answer = self._service.ask(question, _ANSWER_BYTES, _ANSWER_SECONDS)
            try:
                text = answer["choices"][0]["message"]["content"]
                if not isinstance(text, str):
                    raise TypeError("a message without a text")
            except (KeyError, IndexError, TypeError) as error:
                self._service.fail_shape(error)
        except ServiceError as error:
            raise CaptionError(error.reason, str(error)) from None
        return text


def open_captioner(spec: str, requests: int, seconds: float) -> ChatCaptioner:
    """Opens ``ADDRESS#MODEL``, with the key that ``ACTION100M_CAPTIONER_KEY`` holds, if any.

    No call is made.

    Raises:
        CaptionError: if the address cannot be used
    """
    address, _, model = spec.partition("#")
    if not model:
        message = f"{shorten(spec, 200)} names no model: write it as http://host/v1#MODEL"
        raise CaptionError("address", message)
    return ChatCaptioner(address, model, os.environ.get(KEY, ""), requests, seconds)


def tidy(text: str) -> str:
    """Returns an answer as a caption: on one line, without control characters, not too long.

    Raises:
        CaptionError: ``nonsense``, if nothing is left
    """
    caption = shorten(readable(text), LONGEST)
    if not caption:
        raise CaptionError("nonsense", "an answer without a text")
    return caption


def _data_url(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
