"""Resolves a video's media addresses with yt-dlp, one reused ``YoutubeDL`` per worker."""

from __future__ import annotations

import logging
import time
import weakref
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from urllib3.exceptions import HTTPError as Urllib3Error

from .network import Network
from .options import FetchOptions
from .outcomes import BAD_MEDIA, GONE, NETWORK, NO_FORMAT, FetchError
from .playlists import MediaSegment, parse_dash, parse_hls
from .redirects import guard_redirects
from .ytdlp_errors import causes, plain, to_fetch_error, to_network_error

if TYPE_CHECKING:
    from yt_dlp.networking import Response

logger = logging.getLogger(__name__)

#: Formats over HTTP of which a part can be requested: one file, or segments.
_PARTIAL = "[protocol~='^(https?|m3u8(_native)?|http_dash_segments)$']"

#: The tallest format up to the target height; of two, prefers one file over segments, then pictures
#: and sound that can be copied.
_FORMAT = f"bv*{_PARTIAL}+ba{_PARTIAL}/b{_PARTIAL}/bv*{_PARTIAL}"
_SORT = ("proto", "vcodec:h264", "acodec:aac", "channels:2")

#: The largest playlist, in bytes. One of three hours with long addresses takes 3 MB.
_PLAYLIST = 16 * 1024**2

#: The largest page that an extractor reads, in bytes.
_PAGE = 64 * 1024**2

#: The highest bit rate of a source, in bytes per second (100 Mbit/s, as of a 4K camera), and the
#: bytes that a file may hold besides, such as an index.
_DENSEST, _OVERHEAD = 12_500_000, 64 * 1024**2


@dataclass(frozen=True)
class Part:
    """One file of a video: all of it, or its pictures, or its sound.

    Attributes:
        url: its http or https address
        headers: the HTTP headers that its requests need
        wanted: about how many of its first bytes a clip needs, 0 if unknown
        segments: its segments, empty if it is one file
        seconds: its length by its playlist, None if unknown or if it is one file
    """

    url: str
    headers: dict[str, str] = field(default_factory=dict)
    wanted: int = 0
    segments: tuple[MediaSegment, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True)
class Media:
    """Where a video's media is.

    Attributes:
        address: the video's page
        parts: one file, or one of the pictures and one of the sound
        format: yt-dlp's id of the chosen format
    """

    address: str
    parts: tuple[Part, ...]
    format: str


class Session:
    """One worker's connection to the web. Creating it takes about a second.

    Args:
        options: how videos are fetched
        height: the target height, in pixels
        seconds: the seconds that will be read of each video
    """

    def __init__(self, options: FetchOptions, height: int, seconds: float) -> None:
        self._seconds = seconds
        self._patience = 5 * options.stall
        from yt_dlp import YoutubeDL

        self._warnings: list[str] = []
        params: dict[str, Any] = options.for_ytdlp() | {
            "format": _FORMAT,
            "format_sort": [f"height:{height}", *_SORT],
            "noplaylist": True,
            "quiet": True,
            "noprogress": True,
            "color": "never",
            "extractor_retries": 1,
            "logger": _Logger(self._warnings),
        }
        self._ydl = YoutubeDL(params)
        self._network: Network | None = None
        self._lookup = not {"all", "http", "https"} & set(self._ydl.proxies)
        host = f".{urlsplit(options.url).hostname}"
        self._trusted = host.endswith((".youtube.com", ".youtu.be", ".youtube-nocookie.com"))
        # All requests of yt-dlp and its extractors pass through urlopen.
        self._urlopen, self._ydl.urlopen = self._ydl.urlopen, self._guarded
        self._resolving = False
        guard_redirects(self._ydl, self._check)

    @property
    def most(self) -> int:
        """The most bytes that a clip can need of a video."""
        return _OVERHEAD + round(self._seconds * _DENSEST)

    def resolve(self, address: str) -> Media:
        """Resolves where a video's media is.

        Args:
            address: the video's page

        Raises:
            FetchError: if there is none, with its outcome and yt-dlp's message
        """
        self._warnings.clear()
        # YouTube is trusted, as yt-dlp's helpers for it listen on the loopback.
        self._network = None if self._trusted else Network(address, self._lookup)
        self._resolving = True
        try:
            info = self._ydl.extract_info(address, download=False)
        except FetchError:
            raise
        except Exception as error:  # extractors raise anything
            raise to_fetch_error(error, self._warnings) from error
        finally:
            self._resolving = False
        if not info or "entries" in info:
            raise FetchError(BAD_MEDIA, f"{address} is a page of several videos, or of none")
        if info.get("is_live"):
            raise FetchError(NO_FORMAT, f"{address} is live: it has no end yet")
        self._network = Network(address, self._lookup)
        formats = info.get("requested_formats") or [info]
        parts = tuple(self._part(each, info.get("duration")) for each in formats)
        return Media(address, parts, str(info.get("format_id") or ""))

    def _part(self, format: dict[str, Any], duration: float | None) -> Part:
        """Returns where a format is, with its segments if it has a playlist."""
        url = str(format.get("url") or "")
        headers = {str(k): str(v) for k, v in (format.get("http_headers") or {}).items()}
        part = Part(url, headers)
        if "fragments" in format:
            base = str(format.get("fragment_base_url") or url)
            listed = parse_dash(format["fragments"], base)
        elif str(format.get("protocol")).startswith("m3u8"):
            address, text = self._playlist(part)
            listed = parse_hls(text, address, self._seconds)
        else:
            return replace(part, wanted=_wanted(format, duration, self._seconds))
        return replace(part, segments=listed.segments, seconds=listed.seconds or duration)

    def _playlist(self, part: Part) -> tuple[str, str]:
        """Fetches a playlist; returns its address after redirects, and its text."""
        try:
            response = self.open(part, 0, None)
        except FetchError as error:
            if error.outcome == GONE:  # only the playlist is: the page was there
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

    def open(self, part: Part, first: int, last: int | None) -> Response:
        """Requests a range of a file's bytes. Thread-safe.

        Args:
            part: the file; its segments are ignored
            first: the first byte; with 0 and no last byte the request has no range
            last: the last byte, None for the end of the file

        Returns:
            yt-dlp's response, with ``status``, ``headers``, ``fp`` and ``close()``

        Raises:
            FetchError: if the request is refused, fails, or leads to a forbidden address
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

    def _check(self, url: str) -> None:
        if self._network:
            self._network.check(url)

    def _guarded(self, request: Any) -> Any:
        """Requests allowed addresses only, and bounds the pages that extractors read."""
        address = request if isinstance(request, str) else getattr(request, "full_url", "")
        self._check(address or request.url)
        try:
            response = self._urlopen(request)
        except Exception as error:
            for cause in causes(error):
                if isinstance(cause, FetchError):
                    raise cause from error
            raise
        if self._resolving:
            _bound(response, time.monotonic() + self._patience)
        return response

    def close(self) -> None:
        """Closes the connections and saves the site's cookies."""
        self._ydl.close()


def _bound(response: Any, end: float) -> None:
    """Makes reading a response fail if it is too long or too slow.

    Args:
        response: yt-dlp's
        end: when it must be complete, on the monotonic clock
    """
    # A weak reference, as dropping a response must close its connection.
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


class _Logger:
    """A logger for yt-dlp that keeps warnings, which often name an error's cause."""

    def __init__(self, warnings: list[str]) -> None:
        self._warnings = warnings

    def debug(self, message: str) -> None:
        logger.debug("%s", plain(message))

    def info(self, message: str) -> None:
        logger.debug("%s", plain(message))

    def warning(self, message: str) -> None:
        logger.debug("%s", plain(message))
        self._warnings.append(plain(message))

    def error(self, message: str) -> None:
        logger.debug("%s", plain(message))


def _wanted(format: dict[str, Any], duration: float | None, seconds: float) -> int:
    size, rate = format.get("filesize"), format.get("tbr")
    if size and duration:
        return int(size * min(1.0, seconds / duration))
    return int(rate * 125 * min(seconds, duration or seconds)) if rate else 0
