"""What a captioner is, and the one that asks an OpenAI-compatible chat endpoint with images."""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Sequence
from typing import Any, Protocol

from ..core.wording import shorten
from ..meaning.encoders import readable
from .calls import CallError
from .chat import Chat, split_model

#: The environment variable with the key of a captioner's service.
KEY = "ACTION100M_CAPTIONER_KEY"

#: The tokens of an answer, at most: the paper's.
MAX_TOKENS = 1024

#: The longest caption, in characters; the rest is cut off.
LONGEST = 8_000


class CaptionError(CallError):
    """A call that gave no caption."""


class Captioner(Protocol):
    """Says what pictures show. Several threads call it at the same time.

    If it has an attribute ``at_once``, a number, no more calls are made at the same time.

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
    """A captioner behind ``/chat/completions``, see :class:`.chat.Chat`.

    The address is not in the digest: a server may move.

    Args:
        address: up to and without ``/chat/completions``, as in ``http://localhost:8000/v1``
        model: the model's name there
        key: sent as a bearer token; empty for none
        requests: the most requests in flight at once
        seconds: how long a call may take
        backoff: the first wait before a request is sent again, in seconds; it doubles

    Raises:
        CallError: ``address``, if the address is not one, holds a secret or would show the key
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
        self._chat = Chat(address, model, key, KEY, requests, seconds, backoff)
        self.name = model
        self.digest = hashlib.sha256(f"chat {model} {MAX_TOKENS}".encode()).hexdigest()

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        """Returns what the model says of the pictures."""
        content: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": _data_url(picture)}} for picture in pictures
        ]
        return self._chat.say([*content, {"type": "text", "text": prompt}], MAX_TOKENS)


def open_captioner(
    spec: str, requests: int, seconds: float, device: str | None = None
) -> Captioner:
    """Opens a captioner by its name; no call is made.

    Args:
        spec: ``ADDRESS#MODEL``, with the key that ``ACTION100M_CAPTIONER_KEY`` holds, if any;
            ``transformers:CHECKPOINT``, ``zoo:NAME``, or ``ocr``
        requests: the most requests in flight at once
        seconds: how long a request may take
        device: of models in this process; None for a GPU if there is one

    Raises:
        CallError: if the address cannot be used, or what reads text is not installed
        EncoderError: if the model cannot
    """
    if spec == "ocr":
        from .ocr import OcrCaptioner

        return OcrCaptioner()
    kind, _, name = spec.partition(":")
    if kind == "transformers":
        from .local_captioner import LocalCaptioner  # which needs PyTorch

        return LocalCaptioner(name, MAX_TOKENS, device)
    if kind == "zoo":
        from ..views.zoo_captioner import ZooCaptioner  # which imports FiftyOne

        return ZooCaptioner(name, MAX_TOKENS, device=device)
    address, model = split_model(spec)
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
