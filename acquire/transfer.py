"""Reads a file on the web at any offset, fetching each byte at most once and only as needed.

Fetched bytes stay in an unnamed file, so a probe, a copy and an encode of one video fetch it once.
Ranges are requested in pieces: first as large as the clip probably needs, then a share of the bytes
fetched so far, which bounds what is fetched in vain. If the server does not support ranges, the
file is read from its start.
"""

from __future__ import annotations

import bisect
import errno
import logging
import os
import re
import tempfile
import threading
import time
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from urllib3.exceptions import HTTPError as Urllib3Error

from .disk import check_room
from .gate import Gate, RateLimit
from .options import FetchOptions
from .outcomes import BAD_MEDIA, CANCELLED, DISK_FULL, NETWORK, FetchError
from .resolve import Part, Session
from .ytdlp_errors import to_network_error

if TYPE_CHECKING:
    from yt_dlp.networking import Response

logger = logging.getLogger(__name__)

#: The smallest and the largest piece, in bytes, and its share of the bytes fetched so far.
_SMALLEST, _LARGEST, _SHARE = 128 * 1024, 4 * 1024**2, 12

#: Bytes after which a resumed transfer counts as making progress, so that its retries start anew.
_PROGRESS = 64 * 1024

#: Bytes between two checks of the free disk space.
_LOOK = 8 * 1024**2

#: Bytes per second below which a transfer counts as stalled.
_CRAWL = 4096

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


class Transfer:
    """One file on the web. Thread-safe.

    Args:
        session: makes the requests
        part: the file
        options: ``retries``, ``backoff``, ``stall`` and ``reserve`` are used
        gate: its :meth:`~.gate.Gate.stop` ends the transfer
        limit: the rate limit of all transfers
        folder: where the fetched bytes are kept, in an unnamed file

    Attributes:
        fetched: number of bytes read from the network
        error: the error that ended the transfer, None so far
    """

    def __init__(
        self,
        session: Session,
        part: Part,
        options: FetchOptions,
        gate: Gate,
        limit: RateLimit,
        folder: Path,
    ) -> None:
        self.fetched = 0
        self.error: FetchError | None = None
        self._session = session
        self._part = part
        self._options = options
        self._gate = gate
        self._limit = limit
        self._folder = folder
        self._size: int | None = None
        self._lock = threading.RLock()
        self._cache = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - close() closes it
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._response: Any = None
        self._sequential = False
        self._position = 0
        self._end: int | None = None
        self._reading = 0.0
        self._read_since = 0
        self._failures = 0
        self._failed_at = 0
        self._closed = False
        self._looked = 0

    @property
    def size(self) -> int | None:
        """The file's size in bytes, None while it is unknown."""
        return self._size

    def read(self, offset: int, count: int) -> bytes:
        """Returns up to ``count`` bytes from an offset on; none at the file's end.

        Raises:
            FetchError: if they cannot be fetched; every later call raises the same error
        """
        if self.error is not None:  # before the lock, whose holder may wait for a dead server
            raise self.error
        with self._lock:
            try:
                return self._read(offset, count)
            finally:
                if self._closed:
                    self._release()

    def _read(self, offset: int, count: int) -> bytes:
        while True:
            if self.error is not None:
                raise self.error
            data = self._cached(offset, count)
            if data is not None:
                return data
            try:
                self._pull(offset)
            except FetchError as error:
                self._drop()
                self._retry(error)

    def close(self) -> None:
        """Closes the connection and drops the bytes; concurrent readers get an error."""
        self.error = self.error or FetchError(CANCELLED, "the run ended during the transfer")
        self._closed = True
        if self._lock.acquire(blocking=False):  # else its holder releases
            try:
                self._release()
            finally:
                self._lock.release()

    def _release(self) -> None:
        self._drop()
        self._cache.close()

    def _retry(self, error: FetchError) -> None:
        """Waits before a retry; raises if there is none left."""
        held = sum(self._ends) - sum(
            self._starts
        )  # not self.fetched: the same bytes again are no progress
        self._failures = 1 if held - self._failed_at >= _PROGRESS else self._failures + 1
        self._failed_at = held
        over = error.tried or self._failures > self._options.retries
        if error.outcome != NETWORK or over:
            error.tried = error.outcome == NETWORK
            self.error = self.error or error
            raise self.error
        wait = self._options.backoff * 2 ** (self._failures - 1)
        logger.debug("%s; again in %.1f s", error, wait)
        try:
            self._gate.pause(wait)
        except FetchError as stopped:
            self.error = self.error or stopped
            raise

    def _cached(self, offset: int, count: int) -> bytes | None:
        if self._size is not None and offset >= self._size:
            return b""
        index = bisect.bisect_right(self._starts, offset) - 1
        if index < 0 or self._ends[index] <= offset:
            return None
        count = min(count, self._ends[index] - offset)
        return os.pread(self._cache.fileno(), count, offset)

    def _pull(self, offset: int) -> None:
        """Reads some bytes from the network at an offset or, without ranges, on the way there."""
        if self._response is None or not self._leads_to(offset):
            self._drop()
            self._request(offset)
            if self._response is None:
                return
        data = self._read_some()
        if data:
            self._limit.spend(len(data))
            self._keep(self._position, data)
            self._position += len(data)
        elif self._end is not None and self._position < self._end:
            missing = self._end - self._position
            raise FetchError(NETWORK, f"the connection ended {missing} bytes early")
        if not data or self._position == self._end:
            self._done()

    def _done(self) -> None:
        """Ends a response that is complete."""
        if self._end is None:
            self._size = self._position
        self._drop()

    def _leads_to(self, offset: int) -> bool:
        return offset == self._position or (self._sequential and offset > self._position)

    def _request(self, offset: int) -> None:
        piece = max(self._part.wanted - offset, self.fetched // _SHARE, _SMALLEST)
        piece = min(piece, _LARGEST)
        last = offset + piece - 1
        after = bisect.bisect_right(self._starts, offset)
        if after < len(self._starts):
            last = min(last, self._starts[after] - 1)
        try:
            response = self._session.open(self._part, offset, last)
        except FetchError as error:
            if error.status == 416:  # beyond the end
                self._size = offset if self._size is None else self._size
                return
            raise
        self._response = response
        found = content_range(response)
        if response.status == 206 and found is not None and found.first == offset:
            self._sequential = False
            self._position, self._end = offset, found.last + 1
            if found.size is not None:
                self._know_size(found.size)
            return
        if response.status == 206:
            raise FetchError(NETWORK, "the server answered with another range than requested")
        self._sequential = True
        self._position, self._end = 0, None
        length = response.get_header("Content-Length") or ""
        if length.isdigit():
            self._end = int(length)
            self._know_size(self._end)

    def _know_size(self, size: int) -> None:
        if self._size is not None and self._size != size:
            raise FetchError(NETWORK, "the file changed while it was read")
        self._size = size

    def _read_some(self) -> bytes:
        """Reads what has arrived; raises if the transfer is too slow."""
        begun = time.monotonic()
        try:
            data: bytes = self._response.fp.read1(64 * 1024)
        except (OSError, HTTPException, Urllib3Error) as error:
            raise to_network_error(error) from error
        self.fetched += len(data)
        self._check_amount()
        self._reading += time.monotonic() - begun
        self._read_since += len(data)
        if self._reading >= self._options.stall:
            rate = self._read_since / self._reading
            if rate < min(_CRAWL, (self._options.rate_limit or _CRAWL * 2) / 2):
                self._reading, self._read_since = 0.0, 0
                raise FetchError(NETWORK, f"the transfer is too slow: {rate:.0f} bytes per second")
            self._reading, self._read_since = 0.0, 0
        if self._closed or self._gate.stopped:
            raise FetchError(CANCELLED, "the run ended during the transfer")
        return data

    def _check_amount(self) -> None:
        """Checks that the transfer is no larger than a clip can need, and leaves disk space.

        Raises:
            FetchError: ``bad-media`` or ``disk-full``
        """
        if self.fetched > self._session.most:
            raise FetchError(
                BAD_MEDIA,
                f"{self._part.url[:200]} has sent {self.fetched // 1_000_000} MB, more than a clip "
                "needs: if it is a video, download it and convert it with --videos",
            )
        if self.fetched - self._looked >= _LOOK:
            self._looked = self.fetched
            check_room(self._folder, 1, 0, self._options.reserve)

    def _keep(self, start: int, data: bytes) -> None:
        try:
            written = os.pwrite(self._cache.fileno(), data, start)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise FetchError(
                    DISK_FULL, f"no disk space for the fetched bytes: {error.strerror}"
                ) from error
            raise
        end = start + written
        first = bisect.bisect_left(self._ends, start)
        last = bisect.bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    def _drop(self) -> None:
        if self._response is not None:
            self._response.close()
            self._response = None


class ContentRange(NamedTuple):
    """The first and the last byte of a response, and the size of the file, if given."""

    first: int
    last: int
    size: int | None


def content_range(response: Response) -> ContentRange | None:
    """Parses a response's ``Content-Range``; None if it has none."""
    found = _RANGE.match(response.get_header("Content-Range") or "")
    if found is None:
        return None
    return ContentRange(int(found[1]), int(found[2]), None if found[3] == "*" else int(found[3]))
