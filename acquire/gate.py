"""Paces requests for videos: pauses between them, and stops them while the site throttles.

All workers share one gate. A throttle closes it for all of them, each time for twice as long; then
one video passes as a probe, and the others follow when the site has answered it. So a throttle
costs time, but no videos.
"""

from __future__ import annotations

import logging
import random
import threading
import time

from .options import FetchOptions
from .outcomes import CANCELLED, THROTTLED, FetchError

logger = logging.getLogger(__name__)

#: The longest wait after a refusal without a ``Retry-After``, in seconds: YouTube's limits last "up
#: to an hour".
LONGEST = 3600.0


class Gate:
    """The gate of one run. Thread-safe.

    Args:
        options: ``pause``, ``throttle_wait``, ``patience`` and ``refusals`` are used

    Attributes:
        exhausted: whether the site has throttled for longer than ``patience``
        answers: number of answers from the site, whatever they said about the video
    """

    def __init__(self, options: FetchOptions) -> None:
        self.options = options
        self.exhausted = False
        self.answers = 0
        self._changed = threading.Condition()
        self._stopped = False
        self._next = 0.0
        self._closed = 0  # times in a row
        self._waited = 0.0
        self._probe: str | None = None
        self._refused: set[str] = set()
        self._random = random.Random()

    def enter(self, uid: str) -> None:
        """Waits until a video may be requested.

        Raises:
            FetchError: ``cancelled`` if the run ends meanwhile, ``throttled`` if the gate is
                exhausted
        """
        with self._changed:
            while True:
                if self._stopped:
                    raise FetchError(CANCELLED, "the run ended before the video was requested")
                if self.exhausted:
                    raise FetchError(
                        THROTTLED, "not requested: the site has throttled for too long"
                    )
                wait = self._next - time.monotonic()
                if wait <= 0 and self._probe in (None, uid):
                    break
                self._changed.wait(wait if wait > 0 else None)
            self._next = time.monotonic() + self.options.pause * self._random.uniform(0.5, 1.5)
            if self._closed:
                self._probe = uid

    def report_success(self, uid: str) -> None:
        """Records that the site has answered, whatever the answer.

        While the gate is closed, only the probe's answer counts.
        """
        with self._changed:
            if self._closed and self._probe != uid:
                return
            if self._closed:
                logger.warning("The site answers again; requests continue")
            self.answers += 1
            self._closed, self._waited = 0, 0.0
            self._refused.clear()
            self._probe = None
            self._changed.notify_all()

    def release(self, uid: str) -> None:
        """Records that a video is no longer requested; the next one replaces it as probe."""
        with self._changed:
            if self._probe == uid:
                self._probe = None
                self._changed.notify_all()

    def report_throttled(self, uid: str, words: str, retry_after: float | None = None) -> None:
        """Closes the gate, each time for longer.

        Args:
            uid: the video that was refused
            words: the site's message
            retry_after: seconds that the site asked to wait, if it did
        """
        with self._changed:
            now = time.monotonic()
            if self._closed and self._probe != uid:
                return  # it was in progress when the gate closed
            wait = min(LONGEST, self.options.throttle_wait * 2**self._closed)
            wait = max(wait * self._random.uniform(1.0, 1.25), retry_after or 0.0)
            self._closed += 1
            self._probe = None
            if self._waited + wait > self.options.patience:
                self.exhausted = True
                logger.error(
                    "The site has throttled for too long; no more videos are requested: %s", words
                )
            else:
                self._waited += wait
                self._next = max(self._next, now + wait)
                logger.warning("The site throttles; requests pause for %.0f s: %s", wait, words)
            self._changed.notify_all()

    def report_refused(self, uid: str) -> bool:
        """Records a refused video; returns whether so many in a row mean that we are blocked."""
        with self._changed:
            self._refused.add(uid)
            return len(self._refused) >= self.options.refusals

    def pause(self, seconds: float) -> None:
        """Waits.

        Raises:
            FetchError: ``cancelled`` if the run ends meanwhile
        """
        end = time.monotonic() + seconds
        with self._changed:
            while not self._stopped and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)
            if self._stopped:
                raise FetchError(CANCELLED, "the run ended before the video was requested again")

    @property
    def closed_for(self) -> float | None:
        """Seconds until requests continue after a throttle, None while the gate is open."""
        with self._changed:
            if not self._closed or self.exhausted or self._stopped:
                return None
            return max(self._next - time.monotonic(), 0.0)

    def stop(self) -> None:
        """Ends every wait, now and from now on."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._stopped


class RateLimit:
    """Limits the bytes per second of all transfers together.

    Args:
        limit: bytes per second, None for no limit
        gate: its :meth:`Gate.stop` ends the waits
    """

    def __init__(self, limit: int | None, gate: Gate) -> None:
        self._limit = limit
        self._gate = gate
        self._lock = threading.Lock()
        self._free = 0.0

    def spend(self, count: int) -> None:
        """Waits as long as a number of bytes takes at the limit.

        Raises:
            FetchError: ``cancelled`` if the run ends meanwhile
        """
        if self._limit is None:
            return
        with self._lock:
            now = time.monotonic()
            self._free = max(self._free, now) + count / self._limit
            wait = self._free - now
        if wait > 0:
            self._gate.pause(wait)
