"""Talks to the Hugging Face Hub with patience: what answers 429 or 5xx is asked again.

huggingface_hub repeats some requests by itself, for seconds. This goes on for minutes, waits as
long as the Hub says, and repeats the rest too: a commit, a repository's creation, a whole download.
"""

from __future__ import annotations

import logging
import random
import re
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds before the second try; doubled before each further one.
PAUSE = 2.0
#: Seconds at most between two tries, unless the Hub asks for more.
LONGEST_PAUSE = 120.0
TRIES = 8

_REPO = re.compile(r"[A-Za-z0-9_][\w.-]{0,95}(?:/[A-Za-z0-9_][\w.-]{0,95})?", re.ASCII)


class HubError(OSError):
    """The Hub refused, or could not be reached for so long that waiting was given up."""


def check_repo(name: str) -> str:
    """Returns a repository's name if it can be one: ``name`` or ``owner/name``.

    Raises:
        ValueError: if it cannot
    """
    tail = name.rsplit("/", 1)[-1]
    if not _REPO.fullmatch(name) or ".." in name or "--" in name or tail.endswith((".", ".git")):
        raise ValueError(f"{name!r} cannot be a repository: give OWNER/NAME")
    return name


class Patience:
    """Repeats what the Hub does not answer, with growing pauses.

    Args:
        tries: how often a request is made at most
        pause: seconds before the second try
        sleep: waits so many seconds; may raise to stop the waiting
    """

    def __init__(
        self,
        tries: int = TRIES,
        pause: float = PAUSE,
        sleep: Callable[[float], Any] = time.sleep,
    ) -> None:
        self.tries = tries
        self.pause = pause
        self._sleep = sleep
        #: How often something had to be asked again.
        self.repeats = 0
        self._lock = threading.Lock()

    def __call__(self, what: str, ask: Callable[[], T]) -> T:
        """Returns what ``ask`` returns.

        Args:
            what: what is being done, for the log and for the error
            ask: makes the request; must be repeatable

        Raises:
            HubError: if the Hub refuses, or does not answer after all tries
        """
        clients: tuple[type[Exception], ...] = (OSError, *_clients())
        for attempt in range(1, self.tries + 1):
            try:
                return ask()
            except clients as error:
                answer = _answer(error)
                if answer is None:
                    raise
                status, said, wait = answer
                if status is not None and status != 429 and status < 500:
                    raise HubError(f"{what}: {said}") from error
                if attempt == self.tries:
                    raise HubError(f"{what}: {said}; given up after {attempt} tries") from error
                seconds = max(wait, self._wait(attempt))
                logger.warning("%s: %s; again in %.0f s", what, said, seconds)
            with self._lock:
                self.repeats += 1
            self._sleep(seconds)
        raise AssertionError("the last try returns or raises")

    def _wait(self, attempt: int) -> float:
        longest: float = min(self.pause * 2 ** (attempt - 1), LONGEST_PAUSE)
        return longest * random.uniform(0.75, 1.25)


def _clients() -> tuple[type[Exception], ...]:
    """Returns the HTTP client's own error, which is another in other huggingface_hub versions."""
    from huggingface_hub.errors import HfHubHTTPError

    return tuple(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception))


def _answer(error: BaseException) -> tuple[int | None, str, float] | None:
    """Returns an error's status, words and pause asked for; None if it is not the Hub's."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    if isinstance(error, LocalEntryNotFoundError) and error.__cause__ is not None:
        error = error.__cause__
    if not isinstance(error, HfHubHTTPError):
        network = tuple(each for each in _clients() if each is not OSError)
        if not isinstance(error, network):
            return None
        return None, " ".join(str(error).split()) or type(error).__name__, 0.0
    response = error.response
    after = response.headers.get("Retry-After", "") if response is not None else ""
    wait = float(after) if after.isdigit() else 0.0
    status = response.status_code if response is not None else None
    return status, " ".join(str(error).split())[:400], wait
