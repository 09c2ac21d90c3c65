"""A model behind the ``/chat/completions`` of vLLM, llama.cpp, Ollama, OpenAI and others."""

from __future__ import annotations

from typing import Any

from ..core.wording import shorten
from ..meaning.service import Service, ServiceError
from .calls import CallError

#: How large an answer may be, in bytes, and how long it may take from its first byte, in seconds.
_ANSWER_BYTES, _ANSWER_SECONDS = 1 << 20, 120.0


class Chat:
    """A model that is asked one question at a time.

    Keys, retries and untrusted answers are as for each :class:`..meaning.service.Service`.

    Args:
        address: up to and without ``/chat/completions``, as in ``http://localhost:8000/v1``
        model: the model's name there
        key: sent as a bearer token; empty for none
        variable: the environment variable that keys come from, for messages
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
        key: str,
        variable: str,
        requests: int,
        seconds: float,
        backoff: float,
    ) -> None:
        self._model = model
        try:
            self._service = Service(
                address, "/chat/completions", key, variable, requests, seconds, backoff, silences=2
            )
        except ServiceError as error:
            raise CallError(error.reason, str(error)) from None

    def say(self, content: str | list[dict[str, Any]], tokens: int, **settings: Any) -> str:
        """Returns what the model says.

        Args:
            content: of the user's message, as OpenAI's schema has it
            tokens: of the answer at most
            settings: of the request, besides these

        Raises:
            CallError: if there is no answer, or not one as the protocol says
        """
        question = {
            "model": self._model,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": tokens,
            "temperature": 0,
            **settings,
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
            raise CallError(error.reason, str(error)) from None
        return text


def split_model(spec: str) -> tuple[str, str]:
    """Splits ``ADDRESS#MODEL``.

    Raises:
        CallError: ``address``, if it names no model
    """
    address, _, model = spec.partition("#")
    if not model:
        message = f"{shorten(spec, 200)} names no model: write it as http://host/v1#MODEL"
        raise CallError("address", message)
    return address, model
