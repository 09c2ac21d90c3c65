"""Reads a file that is served in many small ones, in order, and no more of them than is needed."""

from __future__ import annotations

from .outcomes import NETWORK, NO_FORMAT, FetchError
from .resolve import Part
from .transfer import Transfer, content_range


class Chain(Transfer):
    """The segments of a :class:`.resolve.Part`, one after the other as one file.

    It is read from its start: how long a segment is shows when it comes. So its size is never
    told, and who reads it does not jump about in it. All else is as with a file of one piece: what
    was fetched stays, what broke off goes on where it was, and who stops reading stops the
    fetching.
    """

    _index = 0
    _base = 0  # where the segment begins in the whole

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
