"""What an aggregator is, and the one that asks an OpenAI-compatible chat endpoint for JSON."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from typing import Any, Protocol

from ..core.fields import CAPTIONS
from .calls import CallError
from .captioners import tidy
from .chat import Chat, split_model

#: The environment variable with the key of an aggregator's service.
KEY = "ACTION100M_LLM_KEY"

#: The tokens of an answer at most, those in which a model thinks among them.
MAX_TOKENS = 4096

#: The longest text, in characters; Action100M's longest of a thousand has 1,646.
LONGEST = 8_000

#: What stands for an action where there is none.
NO_ACTION = "N/A"

#: The fields that an aggregator fills.
FIELDS = tuple(field for field in CAPTIONS if field.group == "gpt")


def _shape() -> dict[str, list[str]]:
    """Returns the keys of each part of an answer, as records have them below ``gpt``."""
    parts: dict[str, list[str]] = {}
    for field in FIELDS:
        _, part, name = field.path
        parts.setdefault(part, []).append(name)
    return parts


_SHAPE = _shape()

#: What a model is held to, in characters: the longest of a thousand of Action100M's have 237,
#: 1,646, 61, 414 and 158; llama.cpp holds none to more than 2,000.
_MOST = {
    ("summary", "brief"): 500,
    ("summary", "detailed"): 2_000,
    ("action", "brief"): 200,
    ("action", "detailed"): 1_000,
    ("action", "actor"): 300,
}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _schema(lengths: bool) -> dict[str, Any]:
    """Returns the JSON schema of an answer, perhaps with the most characters of each text."""
    parts = {}
    for part, names in _SHAPE.items():
        texts: dict[str, dict[str, Any]] = {name: {"type": "string"} for name in names}
        if lengths:
            for name, text in texts.items():
                text["maxLength"] = _MOST[part, name]
        parts[part] = _object(texts)
    return _object(parts)


def _format(schema: dict[str, Any]) -> dict[str, Any]:
    named = {"name": "annotation", "strict": True, "schema": schema}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


#: The JSON schema of an answer.
SCHEMA = _schema(lengths=False)

#: What a service is given, in turn, until it does not refuse it: a schema with lengths, which keep
#: a small model from running on; one without, as not all services know them. Then none.
_FORMATS = (_format(_schema(lengths=True)), _format(SCHEMA))

_IN_WORDS = "\n\nAnswer with one JSON object of this JSON schema, and nothing else:\n" + json.dumps(
    SCHEMA
)


class Aggregator(Protocol):
    """Writes the texts of a segment. Several threads call it at the same time.

    Attributes:
        name: what a person calls it, such as a model's name
        digest: a text that is another whenever the answers would be
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    def answer(self, question: str) -> str:
        """Returns a JSON object as :data:`SCHEMA` says.

        Args:
            question: what is to be written, and of what

        Raises:
            CallError: if it cannot; other calls go on
        """
        ...


class ChatAggregator:
    """An aggregator behind ``/chat/completions``, see :class:`.chat.Chat`.

    A service that refuses ``response_format`` is given a simpler one from then on, and is at last
    asked for JSON in words.

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
        self.name, self._format = model, 0
        self.digest = hashlib.sha256(f"chat {model} {MAX_TOKENS}".encode()).hexdigest()

    @property
    def by_schema(self) -> bool:
        """Whether the service is given a schema."""
        return self._format < len(_FORMATS)

    def answer(self, question: str) -> str:
        """Returns what the model writes."""
        at = self._format
        if at == len(_FORMATS):
            return self._chat.say(question + _IN_WORDS, MAX_TOKENS)
        try:
            return self._chat.say(question, MAX_TOKENS, **_FORMATS[at])
        except CallError as error:
            about = re.search("response_format|schema|grammar", str(error))
            if error.reason != "refused" or not about:
                raise
        self._format = max(self._format, at + 1)
        return self.answer(question)


def open_aggregator(spec: str, requests: int, seconds: float) -> ChatAggregator:
    """Opens ``ADDRESS#MODEL``, with the key that ``ACTION100M_LLM_KEY`` holds, if any.

    No call is made.

    Raises:
        CallError: if the address cannot be used
    """
    address, model = split_model(spec)
    return ChatAggregator(address, model, os.environ.get(KEY, ""), requests, seconds)


def read_answer(answer: str) -> str:
    """Returns an answer as JSON, whose texts are on one line and without control characters.

    A segment whose brief action is ``N/A`` has no action at all. Words around the object, as
    models write that know no schema, are left out.

    Raises:
        CallError: ``nonsense``, if it is not as :data:`SCHEMA` says, or a text is blank or too long
    """
    try:
        found = json.loads(answer[answer.find("{") : answer.rfind("}") + 1], strict=False)
    except (ValueError, RecursionError):
        raise CallError("nonsense", "an answer that is no JSON object") from None
    parts = _with_keys(found, list(_SHAPE))
    made = {
        part: {name: _text(of[name]) for name in _SHAPE[part]}
        for part in _SHAPE
        for of in [_with_keys(parts[part], _SHAPE[part])]
    }
    if made["action"]["brief"] == NO_ACTION:
        made["action"] = dict.fromkeys(made["action"], NO_ACTION)
    return json.dumps(made, ensure_ascii=False)


def _with_keys(value: Any, names: Sequence[str]) -> dict[str, Any]:
    if not isinstance(value, dict) or value.keys() != set(names):
        raise CallError("nonsense", f"an answer with other parts than {', '.join(names)}")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        what = "no text" if not isinstance(value, str) else f"of {len(value):,} characters"
        raise CallError("nonsense", f"an answer with a value that is {what}")
    text = tidy(value)
    return NO_ACTION if text.upper() == NO_ACTION else text
