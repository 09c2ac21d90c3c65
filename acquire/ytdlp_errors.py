"""Translates yt-dlp's exceptions into :class:`.outcomes.FetchError`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..core.wording import one_line
from .outcomes import NETWORK, NO_FORMAT, FetchError, classify, parse_retry_after

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def to_fetch_error(error: Exception, warnings: list[str] | None = None) -> FetchError:
    """Classifies an exception of yt-dlp.

    Args:
        error: the exception; the exceptions that it wraps are looked at too
        warnings: yt-dlp's earlier warnings, which often name the cause
    """
    message = plain(str(error)).removeprefix("ERROR: ")
    status = retry_after = None
    transport = False
    for cause in causes(error):
        response = getattr(cause, "response", None)
        if getattr(cause, "status", None) and response is not None:
            status = int(cause.status)  # type: ignore[attr-defined]
            retry_after = parse_retry_after(response.get_header("Retry-After"))
        transport = transport or isinstance(cause, OSError) or _is_transport(cause)
    outcome = classify(message, status, retry_after)
    if outcome == NO_FORMAT and status is None:
        # A warning may name what the error does not: "HTTP Error 429" before "no formats".
        hints = [classify(warning) for warning in warnings or ()]
        outcome = next((hint for hint in hints if hint != NO_FORMAT), outcome)
        if outcome == NO_FORMAT and transport:
            outcome = NETWORK
    return FetchError(outcome, message, status, retry_after)


def to_network_error(error: Exception) -> FetchError:
    """Returns a ``network`` error for a response that broke off, whatever its message says."""
    known = to_fetch_error(error)
    if known.outcome == NETWORK:
        return known
    return FetchError(NETWORK, str(known) or type(error).__name__)


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yields an exception and all that it wraps, as yt-dlp and as Python chain them."""
    seen: set[int] = set()
    queue: list[object] = [error]
    while queue:
        each = queue.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        info = getattr(each, "exc_info", None)
        queue += [each.__cause__, getattr(each, "cause", None), info[1] if info else None]


def _is_transport(error: BaseException) -> bool:
    from yt_dlp.networking.exceptions import TransportError

    return isinstance(error, TransportError)


def plain(message: str) -> str:
    """Returns a message of yt-dlp on one line, without its colours."""
    return one_line(_COLOUR.sub("", message))
