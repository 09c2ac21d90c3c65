"""Reads a file that is served in many small ones, in order, and no more of them than is needed."""

from __future__ import annotations

from dataclasses import replace

from .outcomes import BAD_MEDIA, CANCELLED, NETWORK, NO_FORMAT, FetchError
from .playlists import Segment
from .resolve import Part
from .transfer import Transfer, content_range

#: The largest encrypted segment, in bytes: it is decrypted in memory.
_LARGEST_LOCKED = 64 * 1024**2


class SegmentedTransfer(Transfer):
    """The segments of a :class:`.resolve.Part`, one after the other as one file.

    It is read from its start: how long a segment is shows when it comes. So its size is never
    told, and who reads it does not jump about in it. All else is as with a file of one piece: what
    was fetched stays, what broke off goes on where it was, and who stops reading stops the
    fetching.
    """

    _index = 0
    _base = 0  # where the segment begins in the whole
    _key: tuple[str, bytes] = ("", b"")

    @property
    def size(self) -> int | None:
        """None: it is not known before the end."""
        return None

    def _request(self, offset: int) -> None:
        segments = self._part.segments
        held = self._ends[0] if self._ends else 0  # all of it from the start
        if self._index == len(segments):
            self._size = held
            return
        segment = segments[self._index]
        if segment.key is not None:
            self._keep_decrypted(segment, segment.key)
            return
        first = segment.first + held - self._base
        place = Part(segment.url, self._part.headers)
        self._response = response = self._session.open(place, first, segment.last)
        self._sequential = True
        found = content_range(response)
        if response.status == 206 and found is not None:
            if found.first != first or (segment.last is not None and found.last != segment.last):
                raise FetchError(NETWORK, "the server answered with another range than asked for")
            self._position, self._end = held, held + found.last + 1 - first
        elif segment.first or segment.last is not None:
            raise FetchError(NO_FORMAT, f"{segment.url}: the server gives no parts of its files")
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

    def _keep_decrypted(self, segment: Segment, address: str) -> None:
        """Fetches an encrypted segment as a whole, which is what can be decrypted."""
        from yt_dlp.aes import aes_cbc_decrypt_bytes, unpad_pkcs7

        if self._key[0] != address:
            self._key = (address, self._read_all(Segment(address), 16))
        locked = self._read_all(replace(segment, key=None), _LARGEST_LOCKED)
        self._check_amount()
        try:
            data = bytes(unpad_pkcs7(aes_cbc_decrypt_bytes(locked, self._key[1], segment.iv)))
        except (ValueError, IndexError) as error:
            raise FetchError(BAD_MEDIA, f"{segment.url} cannot be decrypted: {error}") from None
        self._keep(self._base, data)
        self._position = self._base + len(data)
        self._done()

    def _read_all(self, segment: Segment, most: int) -> bytes:
        """Fetches a segment as a file of its own, with its own attempts."""
        part = replace(self._part, segments=(segment,))
        inner = SegmentedTransfer(
            self._session, part, self._options, self._gate, self._limit, self._folder
        )  # fmt: skip
        data = b""
        try:
            while piece := inner.read(len(data), 1024 * 1024):
                data += piece
                if len(data) > most:
                    raise FetchError(BAD_MEDIA, f"{segment.url} has more than {most} bytes")
                if self._closed:
                    raise FetchError(CANCELLED, "the run ended while it was fetched")
        finally:
            inner.close()
            self.fetched += inner.fetched
        return data
