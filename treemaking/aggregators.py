"""The interface of aggregators, and one that asks an OpenAI-compatible chat endpoint for JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Protocol

from ..core.fields import CAPTIONS
from .calls import CallError
from .captioners import tidy_caption
from .chat import Chat

#: The environment variable with the API key of an aggregator's service.
KEY = "ACTION100M_LLM_KEY"

#: The most tokens of an answer, including those in which a model reasons.
MAX_TOKENS = 4096

#: The longest text, in characters; the longest of a thousand of Action100M's has 1,646.
LONGEST = 8_000

#: Stands for the action of a segment without one.
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

#: The longest texts that the schema allows, in characters: the longest of a thousand of
#: Action100M's have 237, 1,646, 61, 414 and 158. llama.cpp supports no limit above 2,000.
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
    """Returns the JSON schema of an answer, optionally with the longest length of each text."""
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

#: The response formats that are tried in turn until the service accepts one: a schema with lengths,
#: which keep a small model from running on, then one without, as not all services support lengths.
#: The last resort is none.
_FORMATS = (_format(_schema(lengths=True)), _format(SCHEMA))

_IN_WORDS = "\n\nAnswer with one JSON object of this JSON schema, and nothing else:\n" + json.dumps(
    SCHEMA
)


class Aggregator(Protocol):
    """Writes the texts of a segment. Must be thread-safe.

    Attributes:
        name: a readable name, such as that of the model
        digest: a text that changes whenever the answers would
    """

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def digest(self) -> str: ...  # noqa: D102

    def answer(self, question: str) -> str:
        """Returns a JSON object as :data:`SCHEMA` says.

        Args:
            question: the prompt, with what is known of the segment

        Raises:
            CallError: if there is no answer; other calls continue
        """
        ...


class ChatAggregator(Chat):
    """An aggregator behind ``/chat/completions``.

    If a service refuses a ``response_format``, a simpler one is used from then on; if it refuses
    all, the prompt asks for JSON.

    Arguments are those of :class:`.chat.RemoteModel`.
    """

    variable = KEY
    settings = ("chat", MAX_TOKENS)
    _format = 0

    @property
    def by_schema(self) -> bool:
        """Whether the service gets a schema."""
        return self._format < len(_FORMATS)

    def answer(self, question: str) -> str:
        """Returns the model's answer."""
        at = self._format
        if at == len(_FORMATS):
            return self.say(question + _IN_WORDS)
        try:
            return self.say(question, **_FORMATS[at])
        except CallError as error:
            about = re.search("response_format|schema|grammar", str(error))
            if error.reason != "refused" or not about:
                raise
        self._format = max(self._format, at + 1)
        return self.answer(question)


def read_answer(answer: str) -> str:
    """Parses an answer; its texts are put on one line, without control characters.

    If the brief action is ``N/A``, the segment has no action at all. Text around the JSON object,
    which models without a schema may write, is ignored.

    Raises:
        CallError: with reason ``nonsense``, if it does not match :data:`SCHEMA`, or a text is blank
            or too long
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
    text = tidy_caption(value)
    return NO_ACTION if text.upper() == NO_ACTION else text
