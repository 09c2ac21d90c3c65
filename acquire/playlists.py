"""Reads where the pieces of a video are that comes in many small files: HLS and DASH.

yt-dlp reads the lists of formats, and DASH down to the segments. Of HLS it leaves each format's own
playlist to its downloader, which fetches all of it; so that one is read here (RFC 8216).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from .outcomes import BAD_MEDIA, NO_FORMAT, FetchError


@dataclass(frozen=True)
class Segment:
    """One piece of a file that is served in pieces.

    Attributes:
        url: where it is
        first: the first byte of it that counts
        last: the last one, None for all that come
        key: where the key is that it is encrypted with (AES-128), None if it is not
        iv: what that cipher begins with
    """

    url: str
    first: int = 0
    last: int | None = None
    key: str | None = None
    iv: bytes = b""


@dataclass(frozen=True)
class SegmentList:
    """A file that is served in pieces.

    Attributes:
        segments: one after the other they are the file; what it begins with comes first
        seconds: how long it says it is, None if it does not
    """

    segments: tuple[Segment, ...]
    seconds: float | None


def parse_dash(fragments: Any, base: str) -> SegmentList:
    """Returns the pieces of a format that yt-dlp found in a DASH manifest.

    Args:
        fragments: yt-dlp's, each with ``url`` or ``path``, and mostly ``duration``
        base: what the paths are below

    Raises:
        FetchError: ``no-format`` if it is live: its pieces are made as they are asked for
    """
    if not isinstance(fragments, (list, tuple)):
        raise FetchError(NO_FORMAT, "it is live: its segments have no end")
    urls = [each.get("url") or urljoin(base, each.get("path") or "") for each in fragments]
    lengths = [float(each["duration"]) for each in fragments if each.get("duration")]
    # What has no length is the beginning, if it is the only one.
    known = len(lengths) >= len(fragments) - 1
    return SegmentList(tuple(map(Segment, urls)), sum(lengths) if lengths and known else None)


def parse_hls(text: str, address: str, needed: float) -> SegmentList:
    """Returns the pieces of a format that an HLS playlist lists.

    Args:
        text: the playlist
        address: where it is
        needed: the seconds that will be read

    Raises:
        FetchError: ``no-format`` if it is live, encrypted other than with AES-128, or changes its
            format within what is needed; ``bad-media`` if it is no playlist of segments
    """
    if not text.lstrip("\ufeff").startswith("#EXTM3U"):
        raise FetchError(BAD_MEDIA, f"{address} is no playlist")
    playlist = _Playlist(address)
    try:
        for line in text.splitlines():
            playlist.read(line.strip())
    except (ValueError, OverflowError) as error:  # what should be a number is none, or too large
        raise FetchError(BAD_MEDIA, f"{address} is a broken playlist: {error}") from None
    if not playlist.ended:
        raise FetchError(NO_FORMAT, f"{address} is live: its playlist has no end")
    if playlist.changed and playlist.seconds < needed:
        raise FetchError(NO_FORMAT, f"{address} changes its format after {playlist.seconds:g} s")
    if not any(each is not playlist.start for each in playlist.segments):
        raise FetchError(BAD_MEDIA, f"{address} lists no segment")
    return SegmentList(tuple(playlist.segments), playlist.seconds or None)


class _Playlist:
    """An HLS playlist of segments, line by line.

    Attributes:
        segments: what was listed
        seconds: how long they last together
        start: what they begin with, None where each stands for itself
        ended: whether it says that nothing will be added
        changed: whether a later segment begins with something else; it and what follows is left out
    """

    def __init__(self, address: str) -> None:
        self.segments: list[Segment] = []
        self.seconds = 0.0
        self.start: Segment | None = None
        self.ended = self.changed = False
        self._address = address
        self._length = 0.0
        self._range: tuple[int, int | None] | None = None
        self._next = ("", 0)  # the file of the last range, and the byte after it
        self._key: str | None = None
        self._iv: bytes | None = None
        self._number = 0

    def read(self, line: str) -> None:
        tag, _, value = line.partition(":")
        if tag == "#EXT-X-ENDLIST":
            self.ended = True
        elif self.changed or not line:
            return
        elif tag == "#EXTINF":
            self._length = max(0.0, float(value.partition(",")[0] or 0))
        elif tag == "#EXT-X-BYTERANGE":
            self._range = _range(value)
        elif tag == "#EXT-X-MAP":
            self._begin(value)
        elif tag == "#EXT-X-KEY":
            self._lock(_attributes(value))
        elif tag == "#EXT-X-MEDIA-SEQUENCE":
            self._number = int(value)
        elif tag in ("#EXT-X-STREAM-INF", "#EXT-X-I-FRAMES-ONLY"):
            raise FetchError(BAD_MEDIA, f"{self._address} is no playlist of segments")
        elif not line.startswith("#"):
            self.segments.append(self._segment(line, self._range))
            self.seconds += self._length
            self._range, self._length = None, 0.0
            self._number += 1

    def _lock(self, attributes: Mapping[str, str]) -> None:
        """Notes the key of what follows; RFC 8216, 4.3.2.4 and 5.2."""
        method, kind = attributes.get("METHOD"), attributes.get("KEYFORMAT", "identity")
        self._key = self._iv = None
        if method == "NONE":
            return
        if method != "AES-128" or kind != "identity" or not attributes.get("URI"):
            raise FetchError(NO_FORMAT, f"{self._address}: its segments are encrypted ({method})")
        self._key = urljoin(self._address, attributes["URI"])
        if iv := attributes.get("IV"):
            self._iv = int(iv, 16).to_bytes(16, "big")

    def _begin(self, value: str) -> None:
        attributes = _attributes(value)
        extent = attributes.get("BYTERANGE")
        start = self._segment(attributes.get("URI") or "", _range(extent) if extent else None)
        if self.start == start:
            return
        if self.segments:
            self.changed = True
            return
        self.start = start
        self.segments.append(start)

    def _segment(self, where: str, extent: tuple[int, int | None] | None) -> Segment:
        url = urljoin(self._address, where)
        iv = self._iv if self._iv is not None else (self._number % 2**128).to_bytes(16, "big")
        locked: dict[str, Any] = {"key": self._key, "iv": iv} if self._key else {}
        if extent is None:
            return Segment(url, **locked)
        size, first = extent
        if first is None:  # it goes on where the one before has ended
            first = self._next[1] if self._next[0] == url else 0
        self._next = (url, first + size)
        return Segment(url, first, first + size - 1, **locked)


def _attributes(value: str) -> Mapping[str, str]:
    from yt_dlp.utils import parse_m3u8_attributes

    found: Mapping[str, str] = parse_m3u8_attributes(value)
    return found


def _range(value: str) -> tuple[int, int | None]:
    """Returns how many bytes ``1000@500`` are, and where they begin, if it says so."""
    size, at, first = value.strip().partition("@")
    extent = int(size), int(first) if at else None
    if extent[0] < 1 or (extent[1] or 0) < 0:
        raise ValueError(f"a range of {value!r} bytes")
    return extent
