"""When the next video may be asked for: a pause between two, and none at all while throttled.

All workers go through one gate. A site that wants to be left alone closes it for all of them, each
time for twice as long; then one video alone is let through, and only when the site has answered it
do the others follow. So a throttle costs time and never the list.
"""

from __future__ import annotations

import logging
import random
import threading
import time

from .options import FetchOptions
from .outcomes import CANCELLED, THROTTLED, FetchError

logger = logging.getLogger(__name__)

#: The longest wait after a refusal that names none, in seconds. YouTube's limits last "up to an
#: hour".
LONGEST = 3600.0


class Gate:
    """The gate of one run. Safe from several threads.

    Args:
        options: ``pause``, ``throttle_wait``, ``patience`` and ``refusals`` count

    Attributes:
        exhausted: whether the site has refused for so long that asking is over
        answers: how often the site has answered, whatever it said of the video
    """

    def __init__(self, options: FetchOptions) -> None:
        self.options = options
        self.exhausted = False
        self.answers = 0
        self._changed = threading.Condition()
        self._stopped = False
        self._next = 0.0
        self._closed = 0  # how often in a row
        self._waited = 0.0
        self._probe: str | None = None
        self._refused: set[str] = set()
        self._random = random.Random()

    def enter(self, uid: str) -> None:
        """Waits until a video may be asked for.

        Raises:
            FetchError: ``cancelled`` if the run ends meanwhile, ``throttled`` if asking is over
        """
        with self._changed:
            while True:
                if self._stopped:
                    raise FetchError(CANCELLED, "the run ended before it was asked for")
                if self.exhausted:
                    raise FetchError(THROTTLED, "not asked for: the site refuses for too long")
                wait = self._next - time.monotonic()
                if wait <= 0 and self._probe in (None, uid):
                    break
                self._changed.wait(wait if wait > 0 else None)
            self._next = time.monotonic() + self.options.pause * self._random.uniform(0.5, 1.5)
            if self._closed:
                self._probe = uid

    def report_success(self, uid: str) -> None:
        """Notes that the site has answered, whatever it said of the video.

        While the gate is closed only the one video that was let through tells whether it answers.
        """
        with self._changed:
            if self._closed and self._probe != uid:
                return
            if self._closed:
                logger.warning("The site answers again; going on")
            self.answers += 1
            self._closed, self._waited = 0, 0.0
            self._refused.clear()
            self._probe = None
            self._changed.notify_all()

    def release(self, uid: str) -> None:
        """Notes that a video is no longer being asked for; the next may be the one let through."""
        with self._changed:
            if self._probe == uid:
                self._probe = None
                self._changed.notify_all()

    def report_throttled(self, uid: str, words: str, retry_after: float | None = None) -> None:
        """Closes the gate, for longer each time.

        Args:
            uid: the video that was refused
            words: what the site said
            retry_after: the seconds that it asked to wait, if it did
        """
        with self._changed:
            now = time.monotonic()
            if self._closed and self._probe != uid:
                return  # one that was under way when it closed
            wait = min(LONGEST, self.options.throttle_wait * 2**self._closed)
            wait = max(wait * self._random.uniform(1.0, 1.25), retry_after or 0.0)
            self._closed += 1
            self._probe = None
            if self._waited + wait > self.options.patience:
                self.exhausted = True
                logger.error("The site refuses for too long, asking ends: %s", words)
            else:
                self._waited += wait
                self._next = max(self._next, now + wait)
                logger.warning("Throttled; nothing is asked for %.0f s: %s", wait, words)
            self._changed.notify_all()

    def report_refused(self, uid: str) -> bool:
        """Notes a video that was refused, and tells whether so many in a row mean the asker."""
        with self._changed:
            self._refused.add(uid)
            return len(self._refused) >= self.options.refusals

    def pause(self, seconds: float) -> None:
        """Waits, or less if the run ends.

        Raises:
            FetchError: ``cancelled`` if it does
        """
        end = time.monotonic() + seconds
        with self._changed:
            while not self._stopped and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)
            if self._stopped:
                raise FetchError(CANCELLED, "the run ended before it was asked for again")

    @property
    def closed_for(self) -> float | None:
        """How many seconds nothing is asked for as the site throttles, None while it does not."""
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
    """Spreads bytes over time: no more than so many a second, over all who spend.

    Args:
        limit: bytes a second, None for no limit
        gate: whose end ends the waits
    """

    def __init__(self, limit: int | None, gate: Gate) -> None:
        self._limit = limit
        self._gate = gate
        self._lock = threading.Lock()
        self._free = 0.0

    def spend(self, count: int) -> None:
        """Waits until so many bytes are paid for.

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
