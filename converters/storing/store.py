"""The interface of the dataset that a run adds samples to. Imports no FiftyOne."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ...core.records import Record
from ..clips.media import Clip
from .present import Stored


class SampleLookup(Protocol):
    """Looks up the videos of a dataset."""

    def existing(self, uids: Sequence[str]) -> Mapping[str, Stored]:
        """Returns the existing samples of some videos, by video id."""


class Store(SampleLookup, Protocol):
    """Adds samples to a dataset."""

    def add(self, record: Record, clip: Clip) -> Mapping[str, int]:
        """Adds a sample; returns counts of the values that could not be stored.

        Raises:
            OverflowError: if the sample is too large to be stored
        """

    def replace(self, record: Record, clip: Clip, stored: Stored) -> Mapping[str, int] | None:
        """Rewrites an existing sample in place; returns and raises as :meth:`add`.

        None if somebody has reviewed the sample in the meantime; it is unchanged then.
        """

    def flush(self) -> None:
        """Waits until all added samples are stored."""
