"""What a run asks of the dataset that it adds to. Imports no FiftyOne."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ...core.records import Record
from ..clips.media import Clip
from .present import Stored


class SampleLookup(Protocol):
    """Knows which videos a dataset has."""

    def existing(self, uids: Sequence[str]) -> Mapping[str, Stored]:
        """Returns the existing samples of some videos, by video id."""


class Store(SampleLookup, Protocol):
    """Takes samples."""

    def add(self, record: Record, clip: Clip) -> Mapping[str, int]:
        """Adds a sample; counts what of it could not be kept.

        Raises:
            OverflowError: if the sample is too large to be stored
        """

    def replace(self, record: Record, clip: Clip, stored: Stored) -> Mapping[str, int]:
        """Rewrites an existing sample in place; returns and raises as :meth:`add`."""

    def flush(self) -> None:
        """Returns once everything added is stored."""
