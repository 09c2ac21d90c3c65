"""Models behind an OpenAI-compatible address: vLLM, llama.cpp, Ollama, OpenAI and others."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, TypeVar

from ..core.wording import shorten
from ..meaning.service import Service, ServiceError
from .calls import CallError

#: The largest answer, in bytes, and the longest time from its first byte, in seconds.
_ANSWER_BYTES, _ANSWER_SECONDS = 1 << 20, 120.0

_Model = TypeVar("_Model", bound="RemoteModel")


class RemoteModel:
    """A model behind one path of a service.

    :class:`..meaning.service.Service` handles keys, retries and untrusted answers. The digest does
    not include the address, as a server may move.

    Args:
        address: the address without the path, such as ``http://localhost:8000/v1``
        model: the model's name there
        key: the API key, sent as a bearer token; empty for none
        requests: the most concurrent requests
        seconds: the timeout of a call
        backoff: seconds before the first retry; doubled before each further one

    Attributes:
        path: the path of the service
        variable: the environment variable of the key
        settings: everything but the model that answers depend on
        name: the model's name
        digest: a digest of the model's name and the settings

    Raises:
        CallError: with reason ``address``, if the address is invalid, contains a secret, or would
            reveal the key
    """

    path: ClassVar[str]
    variable: ClassVar[str]
    settings: ClassVar[tuple[str, int]]

    def __init__(
        self,
        address: str,
        model: str,
        key: str = "",
        requests: int = 4,
        seconds: float = 300.0,
        backoff: float = 1.0,
    ) -> None:
        with self._errors():
            self._service = Service(
                address, self.path, key, self.variable, requests, seconds, backoff, silences=2
            )
        self.name = model
        kind, size = self.settings
        self.digest = hashlib.sha256(f"{kind} {model} {size}".encode()).hexdigest()

    @classmethod
    def open(cls: type[_Model], spec: str, requests: int, seconds: float) -> _Model:
        """Opens ``ADDRESS#MODEL`` with the key in the environment, if any; makes no call.

        Raises:
            CallError: if the address cannot be used, or names no model
        """
        address, _, model = spec.partition("#")
        if not model:
            message = f"{shorten(spec, 200)} names no model: write it as http://host/v1#MODEL"
            raise CallError("address", message)
        return cls(address, model, os.environ.get(cls.variable, ""), requests, seconds)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turns the errors of a service into those of calls."""
        try:
            yield
        except ServiceError as error:
            raise CallError(error.reason, str(error)) from None


class Chat(RemoteModel):
    """A chat model that answers single messages; arguments are those of :class:`RemoteModel`."""

    path = "/chat/completions"

    def say(self, content: str | list[dict[str, Any]], **settings: Any) -> str:
        """Returns the model's answer.

        Args:
            content: the content of the user's message, in OpenAI's schema
            settings: further settings of the request

        Raises:
            CallError: if there is no answer, or an invalid one
        """
        question = {
            "model": self.name,
            "messages": [{"role": "user", "content": content}],
            "max_tokens": self.settings[1],
            "temperature": 0,
            **settings,
        }
        with self._errors():
            answer = self._service.ask(question, _ANSWER_BYTES, _ANSWER_SECONDS)
            try:
                text = answer["choices"][0]["message"]["content"]
                if not isinstance(text, str):
                    raise TypeError("a message without a text")
            except (KeyError, IndexError, TypeError) as error:
                self._service.fail_shape(error)
        return text
