"""A model behind the ``/chat/completions`` of vLLM, llama.cpp, Ollama, OpenAI and others."""

from __future__ import annotations

from typing import Any

from ..core.wording import shorten
from ..meaning.service import Service, ServiceError
from .calls import CallError

#: The largest answer, in bytes, and the longest time from its first byte, in seconds.
_ANSWER_BYTES, _ANSWER_SECONDS = 1 << 20, 120.0


class Chat:
    """A chat model that answers single messages.

    :class:`..meaning.service.Service` handles keys, retries and untrusted answers.

    Args:
        address: the address without ``/chat/completions``, such as ``http://localhost:8000/v1``
        model: the model's name there
        key: the API key, sent as a bearer token; empty for none
        variable: the environment variable of the key, for messages
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
        """Returns the model's answer.

        Args:
            content: the content of the user's message, in OpenAI's schema
            tokens: the most tokens of the answer
            settings: further settings of the request

        Raises:
            CallError: if there is no answer, or an invalid one
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
        CallError: with reason ``address``, if it names no model
    """
    address, _, model = spec.partition("#")
    if not model:
        message = f"{shorten(spec, 200)} names no model: write it as http://host/v1#MODEL"
        raise CallError("address", message)
    return address, model
