"""Asks yt-dlp where a video's media is, with one ``YoutubeDL`` that is reused for every video."""

from __future__ import annotations

import logging
import re
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError as Urllib3Error

from .network import Network
from .options import FetchOptions
from .outcomes import (
    BAD_MEDIA,
    GONE,
    NETWORK,
    NO_FORMAT,
    FetchError,
    classify,
    parse_retry_after,
)
from .playlists import Segment, parse_dash, parse_hls
from .redirects import guard_redirects

logger = logging.getLogger(__name__)

#: Formats over HTTP of which a part can be asked for: one file, or many small ones.
_PARTED = "[protocol~='^(https?|m3u8(_native)?|http_dash_segments)$']"

#: The tallest at or under the height; of two, the one that is one file, then the one whose pictures
#: and sound can be copied.
_FORMAT = f"bv*{_PARTED}+ba{_PARTED}/b{_PARTED}/bv*{_PARTED}"
_SORT = ("proto", "vcodec:h264", "acodec:aac", "channels:2")

#: The largest playlist that is read, in bytes. One of three hours with long addresses has 3 MB.
_PLAYLIST = 16 * 1024**2

#: The largest page that an extractor reads, in bytes.
_PAGE = 64 * 1024**2

#: The densest pictures and sound that a clip is made of, in bytes per second (100 Mbit/s, as of a
#: 4K camera), and what a file may hold beside them, such as an index.
_DENSEST, _OVERHEAD = 12_500_000, 64 * 1024**2

_CONTROL = re.compile(r"\x1b\[[0-9;]*m|[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Part:
    """One file of a video: all of it, or its pictures, or its sound.

    Attributes:
        url: where it is; http or https
        headers: what has to be sent along
        wanted: about how many of its first bytes a clip needs, 0 if yt-dlp knows too little
        segments: the files that it comes in, if it is not one
        seconds: how long those say they are, None if they do not, or it is one file
    """

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    wanted: int = 0
    segments: tuple[Segment, ...] = ()
    seconds: float | None = None


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
        self._patience = 5 * options.stall
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
        self._network: Network | None = None
        self._lookup = not {"all", "http", "https"} & set(self._ydl.proxies)
        host = f".{urlsplit(options.url).hostname}"
        self._trusted = host.endswith((".youtube.com", ".youtu.be", ".youtube-nocookie.com"))
        # The one way on which yt-dlp and its extractors ask for anything.
        self._urlopen, self._ydl.urlopen = self._ydl.urlopen, self._guarded
        self._resolving = False
        guard_redirects(self._ydl, self._judge)

    @property
    def most(self) -> int:
        """The most bytes that the clip's seconds of pictures and sound can need."""
        return _OVERHEAD + round(self._seconds * _DENSEST)

    def resolve(self, address: str) -> Media:
        """Asks where a video's media is.

        Raises:
            FetchError: if there is none to be had, with its class and yt-dlp's words
        """
        self._said.clear()
        # YouTube names none but its own, while helpers of yt-dlp for it listen on the loopback.
        self._network = None if self._trusted else Network(address, self._lookup)
        self._resolving = True
        try:
            info = self._ydl.extract_info(address, download=False)
        except FetchError:
            raise
        except Exception as error:  # extractors fail in any way; each is one video's affair
            raise to_fetch_error(error, self._said) from error
        finally:
            self._resolving = False
        if not info or "entries" in info:
            raise FetchError(BAD_MEDIA, f"{address} is a page of several videos or none")
        if info.get("is_live"):
            raise FetchError(NO_FORMAT, f"{address} is live: it has no end yet")
        self._network = Network(address, self._lookup)
        formats = info.get("requested_formats") or [info]
        parts = tuple(self._part(each, info.get("duration")) for each in formats)
        return Media(address, parts, str(info.get("format_id") or ""))

    def _part(self, format: dict[str, Any], duration: float | None) -> Part:
        """Returns where a format is, with what its playlist lists if it has one."""
        url = str(format.get("url") or "")
        headers = {str(k): str(v) for k, v in (format.get("http_headers") or {}).items()}
        part = Part(url, headers)
        if "fragments" in format:
            base = str(format.get("fragment_base_url") or url)
            pieces = parse_dash(format["fragments"], base)
        elif str(format.get("protocol")).startswith("m3u8"):
            address, text = self._playlist(part)
            pieces = parse_hls(text, address, self._seconds)
        else:
            return replace(part, wanted=_wanted(format, duration, self._seconds))
        return replace(part, segments=pieces.segments, seconds=pieces.seconds or duration)

    def _playlist(self, part: Part) -> tuple[str, str]:
        """Fetches a playlist; returns where it was found in the end, and what it says."""
        try:
            response = self.open(part, 0, None)
        except FetchError as error:
            if error.outcome == GONE:  # the list, not the video, whose page was there
                error.outcome = NETWORK
            raise
        end, data = time.monotonic() + self._patience, b""
        try:
            while piece := response.fp.read1(64 * 1024):
                data += piece
                if len(data) > _PLAYLIST:
                    raise FetchError(BAD_MEDIA, f"{part.url} is too long for a playlist")
                if time.monotonic() > end:
                    raise FetchError(NETWORK, f"{part.url}: the playlist came too slowly")
        except (OSError, HTTPException, Urllib3Error) as error:
            raise to_network_error(error) from error
        finally:
            response.close()
        return response.url, data.decode("utf-8", "replace")

    def open(self, part: Part, first: int, last: int | None) -> Any:
        """Asks for a range of a part's bytes. Safe from several threads.

        Args:
            part: where they are; its segments do not count
            first: the first byte; with 0 and no last one the whole is asked for, without a range
            last: the last byte, None for all that follow

        Returns:
            yt-dlp's response: ``status``, ``headers``, ``fp``, ``close()``

        Raises:
            FetchError: if it is refused, does not come through, or leads where it may not
        """
        from yt_dlp.networking import Request

        headers = part.headers | {"Accept-Encoding": "identity"}
        if first or last is not None:
            headers["Range"] = f"bytes={first}-{'' if last is None else last}"
        try:
            return self._ydl.urlopen(Request(part.url, headers=headers))
        except FetchError:
            raise
        except Exception as error:  # as above
            raise to_fetch_error(error) from error

    def _judge(self, url: str) -> None:
        if self._network:
            self._network.check(url)

    def _guarded(self, request: Any) -> Any:
        """Asks for what may be asked for; no page that an extractor reads is without end."""
        address = request if isinstance(request, str) else getattr(request, "full_url", "")
        self._judge(address or request.url)
        try:
            response = self._urlopen(request)
        except Exception as error:
            for cause in _causes(error):
                if isinstance(cause, FetchError):
                    raise cause from error
            raise
        if self._resolving:
            _bound(response, time.monotonic() + self._patience)
        return response

    def close(self) -> None:
        """Closes its connections, and keeps the cookies that the site has set."""
        self._ydl.close()


def _bound(response: Any, end: float) -> None:
    """Ends the reading of a response that is too long, or comes too slowly.

    Args:
        response: yt-dlp's
        end: when it must have come, on the monotonic clock
    """
    # Not by a cycle of references: who drops a response closes its connection.
    reference, read, left = weakref.ref(response), type(response).read, _PAGE

    def bounded(amount: int | None = None) -> bytes:
        nonlocal left
        page: Any = reference()
        data = bytearray()
        while amount is None or len(data) < amount:
            wanted = 64 * 1024 if amount is None else min(64 * 1024, amount - len(data))
            piece = b"" if page.closed else read(page, wanted)
            if not piece:
                break
            data += piece
            left -= len(piece)
            if left < 0:
                raise FetchError(BAD_MEDIA, f"{page.url} has more than {_PAGE} bytes for a page")
            if time.monotonic() > end:
                raise FetchError(NETWORK, f"{page.url}: the page came too slowly")
        return bytes(data)

    response.read = bounded


class _Listener:
    """What yt-dlp takes for a logger: it keeps warnings, which often say why an error came."""

    def __init__(self, said: list[str]) -> None:
        self._said = said

    def debug(self, message: str) -> None:
        logger.debug("%s", one_line(message))

    def info(self, message: str) -> None:
        logger.debug("%s", one_line(message))

    def warning(self, message: str) -> None:
        logger.debug("%s", one_line(message))
        self._said.append(one_line(message))

    def error(self, message: str) -> None:
        logger.debug("%s", one_line(message))


def to_fetch_error(error: Exception, said: list[str] | None = None) -> FetchError:
    """Returns what an exception of yt-dlp means.

    Args:
        error: the exception; the one that it wraps counts, where it wraps one
        said: what yt-dlp warned of before
    """
    message = one_line(str(error)).removeprefix("ERROR: ")
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


def to_network_error(error: Exception) -> FetchError:
    """Returns what an answer that broke off means: ``network``, whatever is said of it."""
    known = to_fetch_error(error)
    if known.outcome == NETWORK:
        return known
    return FetchError(NETWORK, str(known) or type(error).__name__)


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


def _wanted(format: dict[str, Any], duration: float | None, seconds: float) -> int:
    size, rate = format.get("filesize"), format.get("tbr")
    if size and duration:
        return int(size * min(1.0, seconds / duration))
    return int(rate * 125 * seconds) if rate else 0


def one_line(message: str) -> str:
    """Returns words from outside as one line without control characters."""
    return _CONTROL.sub(" ", message).strip()
