"""Checks the addresses that huggingface_hub's HTTP client requests, and bounds its waits.

The client follows any redirect and any next page, and waits as long as a response says. Whoever
runs the server writes those responses, so each address is checked before it is requested, by the
rule of :mod:`...acquire.network`, and long waits become errors.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any
from urllib.request import getproxies

from ...acquire.network import Network
from ...acquire.outcomes import FetchError, parse_retry_after

#: The longest wait that the Hub may ask for, in seconds; it counts requests in windows of 300 s.
LONGEST_WAIT = 600.0

#: What huggingface_hub raises for a response of an unexpected shape.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, AssertionError, RecursionError)

_RATE_LIMIT = re.compile(r"r\s*=\s*0\s*;\s*t\s*=\s*([0-9]+)")

_lock = threading.Lock()
_watching = 0


class HubError(OSError):
    """A failed request to the Hub.

    Attributes:
        reason: ``hub-network`` (no response, or a server error), ``hub-throttled`` (429),
            ``hub-denied`` (401, 403, terms to accept), ``hub-missing`` (404), ``hub-offline``
            (``HF_HUB_OFFLINE`` is set) or ``hub-refused`` (any other response)
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@contextmanager
def watched() -> Iterator[None]:
    """Checks all requests and responses of huggingface_hub's client in this process meanwhile.

    A request to a forbidden address, and a response that asks to wait longer than
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
    """Disables hf_xet, whose own client is not checked; files then come over HTTP."""
    from huggingface_hub import constants

    before = constants.HF_HUB_DISABLE_XET
    constants.HF_HUB_DISABLE_XET = True
    try:
        yield
    finally:
        constants.HF_HUB_DISABLE_XET = before


def endpoint() -> str:
    """Returns the Hub's address (``HF_ENDPOINT``)."""
    from huggingface_hub import constants

    return str(constants.ENDPOINT)


def _install() -> None:
    """Adds the hooks to all clients that huggingface_hub creates, by any client factory."""
    from huggingface_hub import set_client_factory
    from huggingface_hub.utils import _http

    with _lock:
        before = _http._GLOBAL_CLIENT_FACTORY
        if getattr(before, "watched", False):
            return

        def make() -> Any:  # httpx's client or httpx2's, by huggingface_hub's version
            client = before()
            client.event_hooks["request"].append(_check_request)
            client.event_hooks["response"].append(_bound_wait)
            return client

        make.watched = True  # type: ignore[attr-defined]
        set_client_factory(make)


def _check_request(request: Any) -> None:
    if not _watching:
        return
    try:
        _network(endpoint()).check(str(request.url))
    except FetchError as error:
        raise HubError(
            "hub-refused", f"the Hub's response names a forbidden address: {error}"
        ) from None


@cache
def _network(page: str) -> Network:
    return Network(page, lookup=not {"all", "http", "https"} & set(getproxies()))


def _bound_wait(response: Any) -> None:
    """Leaves only a wait in a response that the client can parse and that is bounded."""
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
            f"the Hub asks to wait {asked}, longer than {LONGEST_WAIT:.0f} s: run the same command "
            "again after that time",
        )
    response.headers["Retry-After"] = str(math.ceil(wait))


def _wait_of(headers: Mapping[str, str]) -> float | None:
    limit = _RATE_LIMIT.search(headers.get("RateLimit", ""))
    if limit:
        return float(limit[1])
    try:
        return parse_retry_after(headers.get("Retry-After"))
    except OverflowError:
        return None
