"""What a transcriber is, and the one that asks an OpenAI-compatible endpoint of speech."""

from __future__ import annotations

import hashlib
import io
import math
import os
import wave
from collections.abc import Sequence
from typing import Any, Protocol

from urllib3.filepost import encode_multipart_formdata

from ..core.wording import shorten
from ..meaning.encoders import readable
from ..meaning.service import Service, ServiceError
from .calls import CallError
from .chat import split_model

#: The environment variable with the key of a transcriber's service.
KEY = "ACTION100M_SPEECH_KEY"

#: Samples per second of the sound that is sent: what Whisper hears.
RATE = 16_000

#: The longest text of a segment, in characters, and the most segments in an answer.
_LONGEST, _SEGMENTS = 2_000, 10_000

#: How large an answer may be, in bytes, and how long it may take from its first byte, in seconds.
_ANSWER_BYTES, _ANSWER_SECONDS = 16 << 20, 120.0

#: What is said, each with its start in seconds.
Said = list[tuple[float, str]]


class Transcriber(Protocol):
    """Writes down what is said. Several threads call it at the same time.

    Attributes:
        name: what a person calls it, such as a model's name
        digest: a text that is another whenever the transcripts would be
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    def transcribe(self, sound: bytes) -> Sequence[tuple[float, str]]:
        """Returns what is said, each with its start in seconds of the sound.

        Args:
            sound: a WAV file, mono, of :data:`RATE` samples of 16 bits per second

        Raises:
            CallError: if it cannot; other calls go on
        """
        ...


class SpeechService:
    """A transcriber behind ``/audio/transcriptions``, as Whisper's servers and OpenAI have it.

    Args:
        address: up to and without ``/audio/transcriptions``, as in ``http://localhost:8000/v1``
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
        try:
            self._service = Service(
                address, "/audio/transcriptions", key, KEY, requests, seconds, backoff, silences=2
            )
        except ServiceError as error:
            raise CallError(error.reason, str(error)) from None
        self.name = model
        self.digest = hashlib.sha256(f"speech {model} {RATE}".encode()).hexdigest()

    def transcribe(self, sound: bytes) -> Said:
        """Returns what the model hears."""
        body, kind = encode_multipart_formdata(
            {
                "model": self.name,
                "response_format": "verbose_json",
                "temperature": "0",
                "file": ("sound.wav", sound, "audio/wav"),
            }
        )
        try:
            answer = self._service.send(body, kind, _ANSWER_BYTES, _ANSWER_SECONDS)
            try:
                return [(segment["start"], segment["text"]) for segment in answer["segments"]]
            except (KeyError, TypeError) as error:
                self._service.fail_shape(error)
        except ServiceError as error:
            raise CallError(error.reason, str(error)) from None


def open_transcriber(spec: str, requests: int, seconds: float) -> SpeechService:
    """Opens ``ADDRESS#MODEL``, with the key that ``ACTION100M_SPEECH_KEY`` holds, if any.

    No call is made.

    Raises:
        CallError: if the address cannot be used
    """
    address, model = split_model(spec)
    return SpeechService(address, model, os.environ.get(KEY, ""), requests, seconds)


def read_said(said: Sequence[Any], seconds: float) -> Said:
    """Returns an answer with texts on one line, without those that are blank.

    Args:
        said: the answer
        seconds: the length of the sound

    Raises:
        CallError: ``nonsense``, if a start is not in the sound, a text is none, or there are too
            many
    """
    found: Said = []
    if len(said) > _SEGMENTS:
        raise CallError("nonsense", f"an answer of {len(said):,} segments")
    for start, text in said:
        if (
            isinstance(start, bool)
            or not isinstance(start, int | float)
            or not isinstance(text, str)
        ):
            raise CallError("nonsense", "an answer with a segment without a start, or a text")
        if not (math.isfinite(start) and 0 <= start <= seconds + 1):
            raise CallError("nonsense", f"an answer with a start at {start} s of {seconds:g} s")
        if words := shorten(readable(text), _LONGEST):
            found.append((round(float(start), 2), words))
    return found


def wav(samples: bytes) -> bytes:
    """Returns mono samples of 16 bits as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples)
    return file.getvalue()
