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


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


#: The JSON schema of an answer.
SCHEMA = _object(
    {part: _object({name: {"type": "string"} for name in names}) for part, names in _SHAPE.items()}
)

_FORMAT = {
    "type": "json_schema",
    "json_schema": {"name": "annotation", "strict": True, "schema": SCHEMA},
}
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

    A service that refuses ``response_format`` is asked for JSON in words from then on.

    Args:
        address: up to and without ``/chat/completions``, as in ``http://localhost:8000/v1``
        model: the model's name there
        key: sent as a bearer token; empty for none
        requests: the most requests in flight at once
        seconds: how long a call may take
        backoff: the first wait before a request is sent again, in seconds; it doubles

    Attributes:
        by_schema: whether the service is given the schema

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
        self.name, self.by_schema = model, True
        self.digest = hashlib.sha256(f"chat {model} {MAX_TOKENS}".encode()).hexdigest()

    def answer(self, question: str) -> str:
        """Returns what the model writes."""
        if self.by_schema:
            try:
                return self._chat.say(question, MAX_TOKENS, response_format=_FORMAT)
            except CallError as error:
                formats = re.search("response_format|json_schema", str(error))
                if error.reason != "refused" or not formats:
                    raise
                self.by_schema = False
        return self._chat.say(question + _IN_WORDS, MAX_TOKENS)


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
