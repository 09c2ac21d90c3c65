"""The interface of captioners, and one that asks an OpenAI-compatible chat endpoint with images."""

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

#: The environment variable with the API key of a captioner's service.
KEY = "ACTION100M_CAPTIONER_KEY"

#: The most tokens of an answer, as in the paper.
MAX_TOKENS = 1024

#: The longest caption, in characters; longer ones are cut.
LONGEST = 8_000


class CaptionError(CallError):
    """A call that returned no caption."""


class Captioner(Protocol):
    """Describes pictures. Must be thread-safe.

    An optional attribute ``at_once`` is the most concurrent calls that it supports.

    Attributes:
        name: a readable name, such as that of the model
        digest: a text that changes whenever the captions would
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        """Returns a caption.

        Args:
            pictures: the segment's pictures as JPEG, in order of time
            prompt: what to describe

        Raises:
            CaptionError: if there is no caption; other calls continue
        """
        ...


class ChatCaptioner:
    """A captioner behind ``/chat/completions``, see :class:`.chat.Chat`.

    The digest does not include the address, as a server may move.

    Args:
        address: the address without ``/chat/completions``, such as ``http://localhost:8000/v1``
        model: the model's name there
        key: the API key, sent as a bearer token; empty for none
        requests: the most concurrent requests
        seconds: the timeout of a call
        backoff: seconds before the first retry; doubled before each further one

    Raises:
        CallError: with reason ``address``, if the address is invalid, contains a secret, or would
            reveal the key
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
        """Returns the model's description of the pictures."""
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
        requests: the most concurrent requests
        seconds: the timeout of a request
        device: the PyTorch device of models in this process; None for a GPU if there is one

    Raises:
        CallError: if the address cannot be used, or RapidOCR is not installed
        EncoderError: if the model cannot be used
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
    """Returns an answer as a caption: on one line, without control characters, and cut if too long.

    Raises:
        CaptionError: with reason ``nonsense``, if nothing is left
    """
    caption = shorten(readable(text), LONGEST)
    if not caption:
        raise CaptionError("nonsense", "an answer without a text")
    return caption


def _data_url(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
