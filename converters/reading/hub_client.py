"""Watches over huggingface_hub's HTTP client: what it asks, and how long it waits.

The client follows any redirect and any next page, and it waits as long as an answer says. What an
answer says is written by whoever runs the server: an address in it is judged before it is asked,
by the rule of :mod:`..acquire.network`, and a wait has an end.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.request import getproxies

from ...acquire.network import Network
from ...acquire.outcomes import FetchError, parse_retry_after

#: Seconds that the Hub may ask to wait; it counts requests in windows of 300 s.
LONGEST_WAIT = 600.0

#: What huggingface_hub raises for an answer that is not of the shape that it expects.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)

_RATE_LIMIT = re.compile(r"r\s*=\s*0\s*;\s*t\s*=\s*([0-9]+)")

_lock = threading.Lock()
_watching = 0


class HubError(OSError):
    """The Hub did not give what was asked for.

    Attributes:
        reason: ``hub-network`` (no answer, a server's error), ``hub-throttled`` (429),
            ``hub-denied`` (401, 403, terms to accept), ``hub-missing`` (404), ``hub-offline``
            (``HF_HUB_OFFLINE`` is set) or ``hub-refused`` (any other answer)
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@contextmanager
def watched() -> Iterator[None]:
    """Judges each request and each answer of huggingface_hub's client in the process meanwhile.

    A request for an address that the Hub may not name, and an answer that asks to wait longer than
    :data:`LONGEST_WAIT`, raise a :class:`HubError`.
    """
    global _watching
    _install()
    with _lock:
        _watching += 1
    try:
        yield
    finally:
        with _lock:
            _watching -= 1


@contextmanager
def without_xet() -> Iterator[None]:
    """Lets files come over HTTP alone: hf_xet asks by a client of its own, which none watches."""
    from huggingface_hub import constants

    before = constants.HF_HUB_DISABLE_XET
    constants.HF_HUB_DISABLE_XET = True
    try:
        yield
    finally:
        constants.HF_HUB_DISABLE_XET = before


def endpoint() -> str:
    """Returns the Hub's address, which ``HF_ENDPOINT`` sets."""
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


def _install() -> None:
    """Adds the hooks to the clients that huggingface_hub makes, whoever has set how it does."""
    from huggingface_hub import set_client_factory
    from huggingface_hub.utils import _http

    with _lock:
        before = _http._GLOBAL_CLIENT_FACTORY
        if getattr(before, "watched", False):
            return

        def make() -> Any:
            client = before()
            client.event_hooks["request"].append(_judge_request)
            client.event_hooks["response"].append(_judge_wait)
            return client

        make.watched = True  # type: ignore[attr-defined]
        set_client_factory(make)


def _judge_request(request: Any) -> None:
    if not _watching:
        return
    try:
        _network(endpoint()).check(str(request.url))
    except FetchError as error:
        raise HubError("hub-refused", f"the Hub's answer is not followed: {error}") from None


@cache
def _network(page: str) -> Network:
    return Network(page, lookup=not {"all", "http", "https"} & set(getproxies()))


def _judge_wait(response: Any) -> None:
    """Leaves in an answer only a wait that the client can read and that has an end."""
    if not _watching or response.status_code < 400:
        return
    wait = _wait_of(response.headers)
    for name in ("Retry-After", "RateLimit"):
        response.headers.pop(name, None)
    if wait is None:
        return
    if wait > LONGEST_WAIT:
        asked = f"{wait:,.0f} s" if wait < 1e9 else "years"
        raise HubError(
            "hub-throttled",
            f"the Hub asks to wait {asked}, and {LONGEST_WAIT:.0f} s is the longest wait: run the "
            "same command again after that time",
        )
    response.headers["Retry-After"] = str(math.ceil(wait))


def _wait_of(headers: Any) -> float | None:
    limit = _RATE_LIMIT.search(headers.get("RateLimit", ""))
    if limit:
        return float(limit[1])
    try:
        return parse_retry_after(headers.get("Retry-After"))
    except OverflowError:
        return None
