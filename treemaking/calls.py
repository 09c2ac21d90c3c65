"""Makes calls to a model, several at once, and gives up when all of them fail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from .caption_counts import CallCounts

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

#: How often a call is made whose answers are nonsense.
_TRIES = 3

#: Failures that all other calls would have, too.
_LASTING = ("unauthorized", "unknown")

#: How many calls fail one after the other, at least, before no more are made.
GIVE_UP = 8


class CallError(Exception):
    """A call that gave no answer.

    Attributes:
        reason: as of :class:`..meaning.service.ServiceError`, or a word of the model's own
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ModelDown(Exception):
    """A model fails at every call, so that no more are made."""


class Calls:
    """The calls to one model.

    Args:
        model: what messages call it, such as ``captioner``
        requests: the most calls at once
        counts: of the calls, which are added to

    Attributes:
        pool: the threads that make calls
    """

    def __init__(self, model: str, requests: int, counts: CallCounts) -> None:
        self._model, self._requests, self._counts = model, requests, counts
        self.pool = ThreadPoolExecutor(requests, model)
        self._stopped, self._in_a_row = threading.Event(), 0
        self._down = ""

    def ask(self, call: Callable[[], Answer]) -> Answer | CallError:
        """Makes a call, and again if the answer is nonsense; a failure is counted and returned.

        Args:
            call: returns the answer

        Raises:
            ModelDown: if no more calls are made
        """
        error = CallError("nonsense", "")
        for _ in range(_TRIES):
            if self._stopped.is_set():
                raise ModelDown(self._down or "interrupted")
            try:
                answer = call()
            except CallError as failure:
                error = failure
            except Exception as failure:  # of a model of one's own
                logger.debug("the %s failed", self._model, exc_info=True)
                message = f"{type(failure).__name__}: {failure}"
                error = CallError(f"{self._model.lower()}-failed", message)
            else:
                self._in_a_row = 0
                return answer
            if error.reason != "nonsense":
                break
        self._failed(error)
        return error

    def stop(self) -> None:
        """Makes no more calls; those in flight are finished."""
        self._stopped.set()

    def close(self) -> None:
        """Ends the threads that make calls."""
        self.pool.shutdown(cancel_futures=True)

    def _failed(self, error: CallError) -> None:
        self._counts.fail(error.reason, str(error))
        self._in_a_row += 1
        if error.reason in _LASTING or self._in_a_row >= max(GIVE_UP, 2 * self._requests):
            self._down = self._down or f"the {self._model} fails: {error}"
            self._stopped.set()
            raise ModelDown(self._down)
