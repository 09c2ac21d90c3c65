"""Makes concurrent calls to a model, and stops when all of them fail."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from .caption_counts import CallCounts

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

#: The attempts at a call whose answers are invalid.
_TRIES = 3

#: Failures that every other call would share.
_LASTING = ("unauthorized", "unknown")

#: The least number of consecutive failures after which no more calls are made.
GIVE_UP = 8


class CallError(Exception):
    """A call that gave no answer.

    Attributes:
        reason: that of :class:`..meaning.service.ServiceError`, or one of the model's own
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ModelDown(Exception):
    """Every call to a model fails, so no more are made."""


class Calls:
    """The calls to one model.

    Args:
        model: its name in messages, such as ``captioner``
        requests: the most concurrent calls
        counts: the counts to add to

    Attributes:
        pool: the threads that make calls
    """

    def __init__(self, model: str, requests: int, counts: CallCounts) -> None:
        self._model, self._requests, self._counts = model, requests, counts
        self.pool = ThreadPoolExecutor(requests, model)
        self._stopped, self._in_a_row = threading.Event(), 0
        self._down = ""

    def ask(self, call: Callable[[], Answer]) -> Answer | CallError:
        """Makes a call, and repeats it if the answer is invalid; counts and returns a failure.

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
            except Exception as failure:  # a custom model may raise anything
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
        """Makes no more calls; those in flight finish."""
        self._stopped.set()

    def close(self) -> None:
        """Ends the threads."""
        self.pool.shutdown(cancel_futures=True)

    def _failed(self, error: CallError) -> None:
        self._counts.fail(error.reason, str(error))
        self._in_a_row += 1
        if error.reason in _LASTING or self._in_a_row >= max(GIVE_UP, 2 * self._requests):
            self._down = self._down or f"the {self._model} fails: {error}"
            self._stopped.set()
            raise ModelDown(self._down)
