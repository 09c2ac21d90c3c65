"""The interface of captioners, and one that asks an OpenAI-compatible chat endpoint with images."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any, Protocol

from ..core.wording import shorten
from ..meaning.encoders import readable
from .calls import CallError
from .chat import Chat

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


class ChatCaptioner(Chat):
    """A captioner behind ``/chat/completions``; arguments as for :class:`.chat.RemoteModel`."""

    variable = KEY
    settings = ("chat", MAX_TOKENS)

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        """Returns the model's description of the pictures."""
        content: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": _data_url(picture)}} for picture in pictures
        ]
        return self.say([*content, {"type": "text", "text": prompt}])


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
    return ChatCaptioner.open(spec, requests, seconds)


def tidy_caption(text: str) -> str:
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
