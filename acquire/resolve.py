"""Asks yt-dlp where a video's media is, with one ``YoutubeDL`` that is reused for every video."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .options import FetchOptions
from .outcomes import (
    BAD_MEDIA,
    NETWORK,
    NO_FORMAT,
    FetchError,
    classify,
    parse_retry_after,
)

logger = logging.getLogger(__name__)

#: Formats that are one file over HTTP, of which a part can be asked for.
_DIRECT = "[protocol~='^https?$']"

#: The tallest at or under the height; of two, the one whose pictures and sound can be copied.
_FORMAT = f"bv*{_DIRECT}+ba{_DIRECT}/b{_DIRECT}/bv*{_DIRECT}"
_SORT = ("vcodec:h264", "acodec:aac", "channels:2")

_CONTROL = re.compile(r"\x1b\[[0-9;]*m|[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Part:
    """One file of a video: all of it, or its pictures, or its sound.

    Attributes:
        url: where it is; http or https
        headers: what has to be sent along
        wanted: about how many of its first bytes a clip needs, 0 if yt-dlp knows too little
    """

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    wanted: int = 0


@dataclass(frozen=True)
class Media:
    """Where a video's media is.

    Attributes:
        address: the video's own address, for people
        parts: one file, or its pictures and its sound
        format: yt-dlp's name for what was chosen
    """

    address: str
    parts: tuple[Part, ...]
    format: str


class Session:
    """One worker's way to the web. It takes a second to make, and hundredths to use.

    Args:
        options: how to ask
        height: the target height, in pixels
        seconds: of a video, how many will be read
    """

    def __init__(self, options: FetchOptions, height: int, seconds: float) -> None:
        self._seconds = seconds
        from yt_dlp import YoutubeDL

        self._said: list[str] = []
        params: dict[str, Any] = options.for_ytdlp() | {
            "format": _FORMAT,
            "format_sort": [f"height:{height}", *_SORT],
            "noplaylist": True,
            "quiet": True,
            "noprogress": True,
            "color": "never",
            "extractor_retries": 1,
            "logger": _Listener(self._said),
        }
        self._ydl = YoutubeDL(params)

    def resolve(self, address: str) -> Media:
        """Asks where a video's media is.

        Raises:
            FetchError: if there is none to be had, with its class and yt-dlp's words
        """
        self._said.clear()
        try:
            info = self._ydl.extract_info(address, download=False)
        except Exception as error:  # extractors fail in any way; each is one video's affair
            raise failure(error, self._said) from error
        if not info or "entries" in info:
            raise FetchError(BAD_MEDIA, f"{address} is a page of several videos or none")
        parts = tuple(_parts(info, self._seconds))
        if not parts:
            raise FetchError(NO_FORMAT, f"{address}: no file over HTTP in it")
        return Media(address, parts, str(info.get("format_id") or ""))

    def open(self, part: Part, first: int, last: int | None) -> Any:
        """Asks for a range of a part's bytes. Safe from several threads.

        Returns:
            yt-dlp's response: ``status``, ``headers``, ``fp``, ``close()``

        Raises:
            FetchError: if it is refused or does not come through
        """
        from yt_dlp.networking import Request

        ends = f"bytes={first}-{'' if last is None else last}"
        headers = part.headers | {"Range": ends, "Accept-Encoding": "identity"}
        try:
            return self._ydl.urlopen(Request(part.url, headers=headers))
        except Exception as error:  # as above
            raise failure(error) from error

    def close(self) -> None:
        """Closes its connections, and keeps the cookies that the site has set."""
        self._ydl.close()


class _Listener:
    """What yt-dlp takes for a logger: it keeps warnings, which often say why an error came."""

    def __init__(self, said: list[str]) -> None:
        self._said = said

    def debug(self, message: str) -> None:
        logger.debug("%s", clean(message))

    def info(self, message: str) -> None:
        logger.debug("%s", clean(message))

    def warning(self, message: str) -> None:
        logger.debug("%s", clean(message))
        self._said.append(clean(message))

    def error(self, message: str) -> None:
        logger.debug("%s", clean(message))


def failure(error: Exception, said: list[str] | None = None) -> FetchError:
    """Returns what an exception of yt-dlp means.

    Args:
        error: the exception; the one that it wraps counts, where it wraps one
        said: what yt-dlp warned of before
    """
    message = clean(str(error)).removeprefix("ERROR: ")
    status = retry_after = None
    transport = False
    for cause in _causes(error):
        response = getattr(cause, "response", None)
        if getattr(cause, "status", None) and response is not None:
            status = int(cause.status)  # type: ignore[attr-defined]
            retry_after = parse_retry_after(response.get_header("Retry-After"))
        transport = transport or isinstance(cause, OSError) or _is_transport(cause)
    outcome = classify(message, status, retry_after)
    if outcome == NO_FORMAT and status is None:
        # A warning may tell what the error does not: "HTTP Error 429" before "no formats".
        hints = [classify(words) for words in said or ()]
        outcome = next((hint for hint in hints if hint != NO_FORMAT), outcome)
        if outcome == NO_FORMAT and transport:
            outcome = NETWORK
    return FetchError(outcome, message, status, retry_after)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yields an exception and what it wraps, in yt-dlp's ways and in Python's."""
    seen: set[int] = set()
    queue: list[Any] = [error]
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


def _parts(info: dict[str, Any], seconds: float) -> Iterator[Part]:
    for each in info.get("requested_formats") or [info]:
        url = each.get("url") or ""
        if urlsplit(url).scheme not in ("http", "https"):
            return
        headers = {str(k): str(v) for k, v in (each.get("http_headers") or {}).items()}
        yield Part(url, headers, _wanted(each, info.get("duration"), seconds))


def _wanted(format: dict[str, Any], duration: float | None, seconds: float) -> int:
    size, rate = format.get("filesize"), format.get("tbr")
    if size and duration:
        return int(size * min(1.0, seconds / duration))
    return int(rate * 125 * seconds) if rate else 0


def clean(message: str) -> str:
    """Returns words from outside as one line without control characters."""
    return _CONTROL.sub(" ", message).strip()
