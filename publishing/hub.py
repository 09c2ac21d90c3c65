"""Talks to the Hugging Face Hub with patience: what answers 429 or 5xx is asked again.

huggingface_hub repeats some requests by itself, for seconds. This goes on for minutes, waits as
long as the Hub says, and repeats the rest too: a commit, a repository's creation, a whole download.
Where the Hub sends on, and how long it asks to wait, is judged by
:mod:`..converters.reading.hub_client`.
"""

from __future__ import annotations

import hashlib
import logging
import random
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from ..converters.reading import hub_client

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds before the second try; doubled before each further one.
PAUSE = 2.0
#: Seconds at most between two tries, unless the Hub asks for more.
LONGEST_PAUSE = 120.0
TRIES = 8

_REPO = re.compile(r"[A-Za-z0-9_][\w.-]{0,95}(?:/[A-Za-z0-9_][\w.-]{0,95})?", re.ASCII)


class HubRequestError(OSError):
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


def is_same(path: Path, listed: Any) -> bool:
    """Whether a file is what the Hub lists: its size, and its hash by SHA-256 or git's."""
    if not path.is_file() or path.stat().st_size != listed.size:
        return False
    if listed.lfs is not None:
        return bool(sha256(path) == listed.lfs.sha256)
    return bool(git_hash(path) == listed.blob_id)


def sha256(path: Path) -> str:
    """Returns what LFS knows a file by."""
    return _hashed(path, hashlib.sha256())


def git_hash(path: Path) -> str:
    """Returns what git knows a file by."""
    digest = hashlib.sha1(usedforsecurity=False)
    digest.update(f"blob {path.stat().st_size}\0".encode())
    return _hashed(path, digest)


def _hashed(path: Path, digest: Any) -> str:
    with path.open("rb") as f:
        while block := f.read(1 << 20):
            digest.update(block)
    return str(digest.hexdigest())


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
            HubRequestError: if the Hub refuses, or does not answer after all tries
        """
        clients: tuple[type[Exception], ...] = (OSError, *_clients())
        for attempt in range(1, self.tries + 1):
            try:
                with hub_client.watched():
                    return ask()
            except (HubRequestError, hub_client.HubError) as error:
                raise HubRequestError(f"{what}: {error}") from error
            except hub_client.UNREADABLE as error:
                said = " ".join(str(error).split())[:300] or type(error).__name__
                raise HubRequestError(f"{what}: the Hub's answer cannot be used: {said}") from error
            except clients as error:
                answer = _answer(error)
                if answer is None:
                    raise
                status, said, wait = answer
                if status is not None and status != 429 and status < 500:
                    raise HubRequestError(f"{what}: {said}") from error
                if attempt == self.tries:
                    raise HubRequestError(
                        f"{what}: {said}; given up after {attempt} tries"
                    ) from error
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
    # Whole seconds, and not too many: hub_client has seen to that.
    wait = float(response.headers.get("Retry-After", 0)) if response is not None else 0.0
    status = response.status_code if response is not None else None
    return status, " ".join(str(error).split())[:400], wait
