"""The progress of a job in several stages."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from ..core.wording import count

Result = TypeVar("Result")


@dataclass(frozen=True)
class StageProgress:
    """The progress of one stage.

    Attributes:
        stage: its name, such as ``Reading``
        done: the number done; 0 for a stage of one step
        total: the total number
        unit: what is counted, in the singular
    """

    stage: str
    done: int
    total: int
    unit: str = "video"

    def __str__(self) -> str:
        of = count(self.total, self.unit)
        return f"{self.stage}: {self.done:,} of {of}" if self.done else f"{self.stage} {of}"


def result_of(steps: Generator[Any, None, Result]) -> Result:
    """Runs a job to its end and returns its result."""
    try:
        while True:
            next(steps)
    except StopIteration as ended:
        found: Result = ended.value
        return found
