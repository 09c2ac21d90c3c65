"""Chooses the videos in which the overview of a large view is counted.

The figures of 120,000 videos take MongoDB two minutes of CPU, those of some thousand random ones
seconds. The same dataset and view always give the same videos, and most of them stay when others
are added: they are those whose ids have the smallest hashes.
"""

from __future__ import annotations

import hashlib
import heapq
from dataclasses import dataclass

from ..internals.database import count_samples, sample_ids
from ..internals.views import source_dataset, stages_of, stream
from .hierarchy import DatasetOrView
from .kept import CHOOSING, OF_SAMPLES, handles_each, part_of

#: Views of up to this many videos, and all views of such datasets, are counted completely.
MOST_VIDEOS = 10_000
#: The number of videos that are chosen from a larger view.
CHOSEN = 5_000
#: The number for views that change labels, which MongoDB repeats for each count.
FIRST = 1_000
#: If a view shows fewer of the chosen videos than this, more are chosen, or its own.
FEW = 100


@dataclass(frozen=True)
class Chosen:
    """The videos that represent a view.

    Attributes:
        ids: the ids of their samples; None for all videos of the view
        videos: the number of videos in the view; 0 if unknown, as all are counted
        known: whether that number is exact
    """

    ids: list[str] | None = None
    videos: int = 0
    known: bool = True

    @property
    def is_part(self) -> bool:
        """Whether the view has more videos than the chosen ones."""
        return self.ids is not None and len(self.ids) < self.videos


def choose(view: DatasetOrView) -> Chosen:
    """Chooses the videos in which a view of whole videos is counted.

    Videos of the dataset are tried first, as reading the whole view can take half a minute.
    """
    dataset = source_dataset(view)
    if count_samples(dataset) <= MOST_VIDEOS or not handles_each(view, CHOOSING):
        return Chosen()
    if handles_each(view):
        stages = [stage for stage in stages_of(view) if not isinstance(stage, CHOOSING)]
        every = [str(i) for i in sample_ids(dataset)]
        of_samples = all(isinstance(stage, OF_SAMPLES) for stage in stages)
        for size in (CHOSEN,) if of_samples else (FIRST, CHOSEN):
            drawn = _draw(every, size)
            shown = _ids(part_of(view, drawn)) if stages else drawn
            if len(shown) >= FEW:
                return Chosen(shown, round(len(every) * len(shown) / len(drawn)), not stages)
    found = _ids(view)
    return Chosen(found if len(found) <= MOST_VIDEOS else _draw(found, CHOSEN), len(found))


def _ids(view: DatasetOrView) -> list[str]:
    return [str(document["_id"]) for document in stream(view, [{"$project": {"_id": 1}}])]


def _draw(ids: list[str], size: int) -> list[str]:
    return heapq.nsmallest(size, ids, key=lambda i: hashlib.sha1(i.encode()).digest())
