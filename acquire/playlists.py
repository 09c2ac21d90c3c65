"""Finds the segments of HLS and DASH videos.

yt-dlp reads the lists of formats, and for DASH also the segments. It leaves an HLS playlist to its
downloader, which would fetch the whole video; so this module parses it (RFC 8216).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from .outcomes import BAD_MEDIA, NO_FORMAT, FetchError


@dataclass(frozen=True)
class MediaSegment:
    """One segment of a file.

    Attributes:
        url: the address of the file that holds it
        first: its first byte in that file
        last: its last byte in that file, None for the end of the file
        key: the address of its AES-128 key, None if it is not encrypted
        iv: the cipher's initialisation vector
    """

    url: str
    first: int = 0
    last: int | None = None
    key: str | None = None
    iv: bytes = b""


@dataclass(frozen=True)
class SegmentList:
    """A file that is served in segments.

    Attributes:
        segments: in order, the initialisation segment first
        seconds: the file's length by its playlist, None if unknown
    """

    segments: tuple[MediaSegment, ...]
    seconds: float | None


def parse_dash(fragments: object, base: str) -> SegmentList:
    """Returns the segments of a format from a DASH manifest.

    Args:
        fragments: yt-dlp's, each with ``url`` or ``path``, and mostly ``duration``
        base: the base address of the paths

    Raises:
        FetchError: ``no-format`` if it is live, where yt-dlp generates fragments on demand
    """
    if not isinstance(fragments, (list, tuple)):
        raise FetchError(NO_FORMAT, "it is live: its segments have no end")
    urls = [each.get("url") or urljoin(base, each.get("path") or "") for each in fragments]
    lengths = [float(each["duration"]) for each in fragments if each.get("duration")]
    # One without a length is the initialisation segment.
    known = len(lengths) >= len(fragments) - 1
    return SegmentList(tuple(map(MediaSegment, urls)), sum(lengths) if lengths and known else None)


def parse_hls(text: str, address: str, needed: float) -> SegmentList:
    """Returns the segments that an HLS playlist lists.

    Args:
        text: the playlist
        address: the playlist's address
        needed: seconds of the video that will be read

    Raises:
        FetchError: ``no-format`` if it is live, encrypted other than with AES-128, or changes its
            format within the needed seconds; ``bad-media`` if it is not a playlist of segments
    """
    if not text.lstrip("\ufeff").startswith("#EXTM3U"):
        raise FetchError(BAD_MEDIA, f"{address} is not a playlist")
    playlist = _Playlist(address)
    try:
        for line in text.splitlines():
            playlist.read(line.strip())
    except (ValueError, OverflowError) as error:  # a bad number, or one too large
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
        segments: those listed so far
        seconds: their total length
        start: the initialisation segment, None if there is none
        ended: whether the playlist is complete
        changed: whether a later segment has another initialisation segment; it and all that follow
            are left out
    """

    def __init__(self, address: str) -> None:
        self.segments: list[MediaSegment] = []
        self.seconds = 0.0
        self.start: MediaSegment | None = None
        self.ended = self.changed = False
        self._address = address
        self._length = 0.0
        self._range: tuple[int, int | None] | None = None
        self._next = ("", 0)  # the file of the last range, and its end
        self._key: str | None = None
        self._iv: bytes | None = None
        self._number = 0

    def read(self, line: str) -> None:
        """Parses the next line."""
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
            self._set_start(value)
        elif tag == "#EXT-X-KEY":
            self._set_key(_attributes(value))
        elif tag == "#EXT-X-MEDIA-SEQUENCE":
            self._number = int(value)
        elif tag in ("#EXT-X-STREAM-INF", "#EXT-X-I-FRAMES-ONLY"):
            raise FetchError(BAD_MEDIA, f"{self._address} is not a playlist of segments")
        elif not line.startswith("#"):
            self.segments.append(self._segment(line, self._range))
            self.seconds += self._length
            self._range, self._length = None, 0.0
            self._number += 1

    def _set_key(self, attributes: Mapping[str, str]) -> None:
        """Sets the key of the segments that follow (RFC 8216, 4.3.2.4 and 5.2)."""
        method, kind = attributes.get("METHOD"), attributes.get("KEYFORMAT", "identity")
        self._key = self._iv = None
        if method == "NONE":
            return
        if method != "AES-128" or kind != "identity" or not attributes.get("URI"):
            raise FetchError(NO_FORMAT, f"{self._address}: its segments are encrypted ({method})")
        self._key = urljoin(self._address, attributes["URI"])
        if iv := attributes.get("IV"):
            self._iv = int(iv, 16).to_bytes(16, "big")

    def _set_start(self, value: str) -> None:
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

    def _segment(self, where: str, extent: tuple[int, int | None] | None) -> MediaSegment:
        url = urljoin(self._address, where)
        iv = self._iv if self._iv is not None else (self._number % 2**128).to_bytes(16, "big")
        cipher: dict[str, Any] = {"key": self._key, "iv": iv} if self._key else {}
        if extent is None:
            return MediaSegment(url, **cipher)
        size, first = extent
        if first is None:  # it follows the previous range
            first = self._next[1] if self._next[0] == url else 0
        self._next = (url, first + size)
        return MediaSegment(url, first, first + size - 1, **cipher)


def _attributes(value: str) -> Mapping[str, str]:
    from yt_dlp.utils import parse_m3u8_attributes

    found: Mapping[str, str] = parse_m3u8_attributes(value)
    return found


def _range(value: str) -> tuple[int, int | None]:
    """Parses a byte range such as ``1000@500`` into its size and its start, if given."""
    size, at, first = value.strip().partition("@")
    extent = int(size), int(first) if at else None
    if extent[0] < 1 or (extent[1] or 0) < 0:
        raise ValueError(f"{value!r} is not a byte range")
    return extent
