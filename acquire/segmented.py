"""Reads a file that is served in segments, in order, and only as far as needed."""

from __future__ import annotations

from dataclasses import replace

from .outcomes import BAD_MEDIA, CANCELLED, NETWORK, NO_FORMAT, FetchError
from .playlists import MediaSegment
from .resolve import Part
from .transfer import Transfer, content_range

#: The largest encrypted segment, in bytes: it is decrypted in memory.
_LARGEST_ENCRYPTED = 64 * 1024**2


class SegmentedTransfer(Transfer):
    """The segments of a :class:`.resolve.Part` as one file.

    The length of a segment is only known once it is fetched, so the file is read from its start and
    its size stays unknown. All else is as in :class:`.transfer.Transfer`.
    """

    _index = 0
    _base = 0  # the segment's offset in the file
    _key: tuple[str, bytes] = ("", b"")

    @property
    def size(self) -> int | None:
        """None: it is unknown until the end."""
        return None

    def _request(self, offset: int) -> None:
        segments = self._part.segments
        held = self._ends[0] if self._ends else 0  # contiguous from 0
        if self._index == len(segments):
            self._size = held
            return
        segment = segments[self._index]
        if segment.key is not None:
            self._fetch_encrypted(segment, segment.key)
            return
        first = segment.first + held - self._base
        place = Part(segment.url, self._part.headers)
        self._response = response = self._session.open(place, first, segment.last)
        self._sequential = True
        found = content_range(response)
        if response.status == 206 and found is not None:
            if found.first != first or (segment.last is not None and found.last != segment.last):
                raise FetchError(NETWORK, "the server answered with another range than requested")
            self._position, self._end = held, held + found.last + 1 - first
        elif segment.first or segment.last is not None:
            raise FetchError(NO_FORMAT, f"{segment.url}: the server does not support ranges")
        else:
            self._position, self._end = self._base, None
            length = response.get_header("Content-Length") or ""
            if length.isdigit():
                self._end = self._base + int(length)

    def _done(self) -> None:
        self._drop()
        if self._position == self._base:
            raise FetchError(NETWORK, "a segment is empty")
        self._index += 1
        self._base = self._position

    def _fetch_encrypted(self, segment: MediaSegment, address: str) -> None:
        """Fetches a whole encrypted segment and decrypts it."""
        from yt_dlp.aes import aes_cbc_decrypt_bytes, unpad_pkcs7

        if self._key[0] != address:
            self._key = (address, self._read_all(MediaSegment(address), 16))
        encrypted = self._read_all(replace(segment, key=None), _LARGEST_ENCRYPTED)
        self._check_amount()
        try:
            data = bytes(unpad_pkcs7(aes_cbc_decrypt_bytes(encrypted, self._key[1], segment.iv)))
        except (ValueError, IndexError) as error:
            raise FetchError(BAD_MEDIA, f"{segment.url} cannot be decrypted: {error}") from None
        self._keep(self._base, data)
        self._position = self._base + len(data)
        self._done()

    def _read_all(self, segment: MediaSegment, limit: int) -> bytes:
        """Fetches a segment of at most ``limit`` bytes, with its own retries."""
        part = replace(self._part, segments=(segment,))
        inner = SegmentedTransfer(
            self._session, part, self._options, self._gate, self._limit, self._folder
        )  # fmt: skip
        data = b""
        try:
            while piece := inner.read(len(data), 1024 * 1024):
                data += piece
                if len(data) > limit:
                    raise FetchError(BAD_MEDIA, f"{segment.url} has more than {limit} bytes")
                if self._closed:
                    raise FetchError(CANCELLED, "the run ended during the transfer")
        finally:
            inner.close()
            self.fetched += inner.fetched
        return data
