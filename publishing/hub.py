"""Retries requests to the Hugging Face Hub, and compares local files with its listing.

huggingface_hub retries some requests for seconds. :class:`Patience` retries all of them for
minutes (429, 5xx and network errors) and waits as long as the Hub asks. Redirects and waits that
are not acceptable are refused by :mod:`..converters.reading.hub_client`.
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
from typing import TYPE_CHECKING, Any, TypeVar

from ..converters.reading import hub_client
from ..core.wording import count, shorten

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

logger = logging.getLogger(__name__)

T = TypeVar("T")

#: Seconds before the second attempt; doubled before each further one.
PAUSE = 2.0
#: The longest pause between two attempts, in seconds, unless the Hub requests more.
LONGEST_PAUSE = 120.0
#: The most attempts per request.
TRIES = 8

_REPO = re.compile(r"[A-Za-z0-9_][\w.-]{0,95}(?:/[A-Za-z0-9_][\w.-]{0,95})?", re.ASCII)


class HubRequestError(OSError):
    """The Hub refused a request, answered none of the attempts, or sent an invalid response."""


def check_repo(name: str) -> str:
    """Checks a repository's name, ``name`` or ``owner/name``, and returns it.

    Raises:
        ValueError: if it is not
    """
    tail = name.rsplit("/", 1)[-1]
    if not _REPO.fullmatch(name) or ".." in name or "--" in name or tail.endswith((".", ".git")):
        raise ValueError(f"{name!r} is not the name of a repository: give OWNER/NAME")
    return name


def list_repo(api: HfApi, repo: str, revision: str | None = None) -> dict[str, RepoFile]:
    """Returns the files of a dataset repository by their path."""
    from huggingface_hub.hf_api import RepoFile

    entries = api.list_repo_tree(repo, recursive=True, revision=revision, repo_type="dataset")
    return {each.path: each for each in entries if isinstance(each, RepoFile)}


def is_same(path: Path, listed: RepoFile) -> bool:
    """Whether a local file has the size and the hash (SHA-256 or git's) that the Hub lists."""
    if not path.is_file() or path.stat().st_size != listed.size:
        return False
    if listed.lfs is not None:
        return bool(lfs_hash(path) == listed.lfs.sha256)
    return bool(git_hash(path) == listed.blob_id)


def lfs_hash(path: Path) -> str:
    """Returns a file's hash in LFS."""
    return _hashed(path, hashlib.sha256())


def git_hash(path: Path) -> str:
    """Returns a file's hash in git."""
    digest = hashlib.sha1(usedforsecurity=False)
    digest.update(f"blob {path.stat().st_size}\0".encode())
    return _hashed(path, digest)


def _hashed(path: Path, digest: Any) -> str:
    with path.open("rb") as f:
        while block := f.read(1 << 20):
            digest.update(block)
    return str(digest.hexdigest())


def message_of(error: BaseException, longest: int = 300) -> str:
    """Returns an error's message on one line, or its type if it has none."""
    return shorten(str(error), longest) or type(error).__name__


class Patience:
    """Retries requests with growing pauses.

    Args:
        pause: seconds before the second attempt

    Attributes:
        repeats: the number of attempts that were repeated
    """

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self.repeats = 0
        self._lock = threading.Lock()

    def __call__(self, action: str, request: Callable[[], T]) -> T:
        """Makes a request and returns its result.

        Args:
            action: what the request does, for the log and the error
            request: makes the request; may be called several times

        Raises:
            HubRequestError: if the Hub refuses, or does not answer any attempt
        """
        clients: tuple[type[Exception], ...] = (OSError, *_clients())
        for attempt in range(1, TRIES + 1):
            try:
                with hub_client.watched():
                    return request()
            except (HubRequestError, hub_client.HubError) as error:
                raise HubRequestError(f"{action}: {error}") from error
            except hub_client.UNREADABLE as error:
                text = message_of(error)
                raise HubRequestError(f"{action}: the Hub's answer is malformed: {text}") from error
            except clients as error:
                answer = _answer(error)
                if answer is None:
                    raise
                status, text, wait = answer
                if status is not None and status != 429 and status < 500:
                    raise HubRequestError(f"{action}: {text}") from error
                if attempt == TRIES:
                    text = f"{action}: {text}; no success in {count(attempt, 'attempt')}"
                    raise HubRequestError(text) from error
                seconds = max(wait, self._wait(attempt))
                logger.warning("%s: %s; next attempt in %.0f s", action, text, seconds)
            with self._lock:
                self.repeats += 1
            time.sleep(seconds)
        raise AssertionError("the last attempt returns or raises")

    def _wait(self, attempt: int) -> float:
        longest: float = min(self._pause * 2 ** (attempt - 1), LONGEST_PAUSE)
        return longest * random.uniform(0.75, 1.25)


def _clients() -> tuple[type[Exception], ...]:
    """Returns the HTTP client's errors, which differ between huggingface_hub versions."""
    from huggingface_hub.errors import HfHubHTTPError

    return tuple(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception))


def _answer(error: BaseException) -> tuple[int | None, str, float] | None:
    """Returns an error's status, message and requested pause; None if it is not the Hub's."""
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    if isinstance(error, LocalEntryNotFoundError) and error.__cause__ is not None:
        error = error.__cause__
    if not isinstance(error, HfHubHTTPError):
        network = tuple(each for each in _clients() if each is not OSError)
        if not isinstance(error, network):
            return None
        return None, message_of(error), 0.0
    response = error.response
    # hub_client has checked that these are whole seconds within a limit.
    wait = float(response.headers.get("Retry-After", 0)) if response is not None else 0.0
    status = response.status_code if response is not None else None
    return status, message_of(error, 400), wait
