"""The interface of transcribers, and one that asks an OpenAI-compatible speech endpoint."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Sequence
from typing import Any, Protocol

from urllib3.filepost import encode_multipart_formdata

from ..core.wording import shorten
from ..meaning.encoders import readable
from .calls import CallError
from .chat import RemoteModel

#: The environment variable with the API key of a transcriber's service.
KEY = "ACTION100M_SPEECH_KEY"

#: Samples per second of the sound that is sent: Whisper's rate.
RATE = 16_000

#: The longest text of a segment, in characters, and the most segments in an answer.
_LONGEST, _SEGMENTS = 2_000, 10_000

#: The largest answer, in bytes, and the longest time from its first byte, in seconds.
_ANSWER_BYTES, _ANSWER_SECONDS = 16 << 20, 120.0

#: Spoken texts, each with its start in seconds.
Said = list[tuple[float, str]]


class Transcriber(Protocol):
    """Transcribes speech. Must be thread-safe.

    Attributes:
        name: a readable name, such as that of the model
        digest: a text that changes whenever the transcripts would
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    def transcribe(self, sound: bytes) -> Sequence[tuple[float, str]]:
        """Returns the spoken texts, each with its start in seconds of the sound.

        Args:
            sound: a WAV file, mono, of :data:`RATE` samples of 16 bits per second

        Raises:
            CallError: if there is no transcript; other calls continue
        """
        ...


class SpeechService(RemoteModel):
    """A transcriber behind ``/audio/transcriptions``, as served by OpenAI and Whisper servers.

    Arguments are those of :class:`.chat.RemoteModel`.
    """

    path = "/audio/transcriptions"
    variable = KEY
    settings = ("speech", RATE)

    def transcribe(self, sound: bytes) -> Said:
        """Returns the model's transcript."""
        body, kind = encode_multipart_formdata(
            {
                "model": self.name,
                "response_format": "verbose_json",
                "temperature": "0",
                "file": ("sound.wav", sound, "audio/wav"),
            }
        )
        with self._errors():
            answer = self._service.send(body, kind, _ANSWER_BYTES, _ANSWER_SECONDS)
            try:
                said = [(segment["start"], segment["text"]) for segment in answer["segments"]]
            except (KeyError, TypeError) as error:
                self._service.fail_shape(error)
        return said


def read_said(said: Sequence[Any], seconds: float) -> Said:
    """Returns the texts of an answer, each on one line, without blank ones.

    Args:
        said: the answer
        seconds: the length of the sound

    Raises:
        CallError: with reason ``nonsense``, if a start is outside the sound, a text is not a
            string, or there are too many
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
