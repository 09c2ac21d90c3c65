"""The draws of a semantic resampling: as a view, as weights, and as counts per segment."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import fiftyone as fo
import numpy as np
import numpy.typing as npt
from bson import ObjectId

from ..core import fields as names
from ..core.wording import count, percent
from ..internals.views import mongo_stage, serialize_view
from ..meaning.resample import Balance, weights
from .cluster_store import ClusterChanges
from .expressions import at, let, select
from .hierarchy import DatasetOrView
from .segment_texts import Segments

#: The most segments in a view of draws: MongoDB accepts views of up to 16 MB.
MOST_SHOWN = 100_000


@dataclass(frozen=True)
class Resampling:
    """Segments with their clusters and draws.

    Attributes:
        dataset: the dataset
        collection: the dataset or view that was resampled
        segments: its segments, with M distinct detections
        clusters: [M], the cluster of each segment
        names: the caption nearest to the centroid of each cluster
        draws: the positions of the drawn segments, in the order of the draws
        k: the requested number of clusters
        seed: the seed of k-means and of the draws
        before: how evenly the segments are spread over the distinct captions
        after: how evenly the draws are spread
        changes: the changes stored, or to be stored
        dry_run: whether nothing was stored
    """

    dataset: fo.Dataset
    collection: DatasetOrView
    segments: Segments
    clusters: npt.NDArray[np.int32]
    names: list[str]
    draws: npt.NDArray[np.int64]
    k: int
    seed: int
    before: Balance
    after: Balance
    changes: ClusterChanges
    dry_run: bool

    @property
    def field(self) -> str:
        """The field of the segments."""
        return self.segments.field

    @cached_property
    def weights(self) -> npt.NDArray[np.float64]:
        """[M], the probability of each segment, for ``torch.utils.data.WeightedRandomSampler``."""
        return weights(self.clusters)

    @cached_property
    def repeats(self) -> npt.NDArray[np.int64]:
        """[M], the number of draws of each segment."""
        return np.bincount(self.draws, minlength=len(self.segments))

    @cached_property
    def label_ids(self) -> list[str]:
        """[M], the id of each segment's detection."""
        ids = (self.segments.ids(place) for place in range(len(self.segments.samples)))
        return [each.hex() for found in ids for each in found]

    @cached_property
    def sample_ids(self) -> list[str]:
        """[M], the id of each segment's sample."""
        sizes = np.diff(self.segments.starts).tolist()
        pairs = zip(self.segments.samples, sizes, strict=True)
        return [str(sample_id) for sample_id, size in pairs for _ in range(size)]

    @cached_property
    def drawn(self) -> list[ObjectId]:
        """The ids of the samples with drawn segments, ascending."""
        sums = np.add.reduceat(self.repeats, self.segments.starts[:-1])
        return [self.segments.samples[place] for place in np.flatnonzero(sums).tolist()]

    def repeats_in(self, sample_id: ObjectId) -> dict[ObjectId, int]:
        """Returns the number of draws of each drawn detection of a sample."""
        place = self._places.get(sample_id)
        if place is None:
            return {}
        repeats = self.repeats[self.segments.starts[place] : self.segments.starts[place + 1]]
        found: dict[ObjectId, int] = {}
        for label, n in zip(self.segments.ids(place), repeats.tolist(), strict=True):
            if n:  # a view with a sample twice has its segments twice
                found[ObjectId(label)] = found.get(ObjectId(label), 0) + n
        return found

    @cached_property
    def digest(self) -> str:
        """A digest of the draws and their segments."""
        found = hashlib.sha256(self.field.encode())
        for array in (self.segments.labels, self.repeats):
            found.update(array.tobytes())
        return found.hexdigest()

    def view(self) -> fo.DatasetView:
        """Returns a view of the distinct draws: their videos with only the drawn segments.

        Raises:
            ValueError: if there are more than 100,000 of them
        """
        distinct = int(np.count_nonzero(self.repeats))
        if distinct > MOST_SHOWN:
            raise ValueError(
                f"{distinct:,} distinct segments were drawn, and a view shows {MOST_SHOWN:,} at "
                "most: draw fewer, or export them"
            )
        shown = [[str(label) for label in self.repeats_in(sample)] for sample in self.drawn]
        drawn = [str(sample) for sample in self.drawn]
        return self.dataset.select(drawn).add_stage(_only(self.field, drawn, shown))

    def __str__(self) -> str:
        before, after = self.before, self.after
        changes = self.changes
        verb = "Would store" if self.dry_run else "Stored"
        stored = f"{verb} {names.CLUSTER} on {count(changes.detections, 'detection')}"
        if changes.removed:
            stored += f", and removed it from {changes.removed:,}"
        if not changes.videos:
            stored = f"{names.CLUSTER} is stored already: nothing to change"
        return "\n".join(
            [
                f"{count(before.segments, 'segment')}, {count(before.actions, 'distinct caption')}"
                f", {count(len(self.names), 'cluster')}",
                f"Drawn: {after.segments:,}, of them {np.count_nonzero(self.repeats):,} distinct",
                f"Effective number of actions: {before.effective:,.0f} before, "
                f"{after.effective:,.0f} after",
                f"Share of the 50 most frequent: {percent(before.top_share)} before, "
                f"{percent(after.top_share)} after",
                stored,
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Returns the figures as JSON values."""
        return {
            "field": self.field,
            "k": self.k,
            "seed": self.seed,
            "clusters": len(self.names),
            "left_out_na": self.segments.left_out,
            "distinct_draws": int(np.count_nonzero(self.repeats)),
            "before": asdict(self.before),
            "after": asdict(self.after),
            "changes": asdict(self.changes),
            "dry_run": self.dry_run,
        }

    @cached_property
    def _places(self) -> dict[ObjectId, int]:
        return {sample_id: place for place, sample_id in enumerate(self.segments.samples)}


def save_draws(draws: Resampling, name: str) -> bool:
    """Saves a view of the distinct draws; returns whether it is new.

    In a dry run nothing is saved.

    Raises:
        ValueError: if another view has that name, or there are too many draws for a view
    """
    dataset, view = draws.dataset, draws.view()
    if not dataset.has_saved_view(name):
        if not draws.dry_run:
            dataset.save_view(name, view)
        return not draws.dry_run
    if serialize_view(dataset.load_saved_view(name), uuids=False) == serialize_view(
        view, uuids=False
    ):
        return False
    raise ValueError(f"{dataset.name!r} has another view {name!r}: choose another name")


def _only(field: str, samples: Sequence[str], labels: Sequence[Sequence[str]]) -> fo.Mongo:
    """Returns a stage that keeps some detections of each sample, by their ids.

    Each detection is compared with the ids of its own sample only; ``select_labels`` compares it
    with all ids.
    """
    place = {"$indexOfArray": [{"$literal": samples}, {"$toString": "$_id"}]}
    kept = select(f"${field}.detections", "d", {"$in": [{"$toString": "$$d._id"}, "$$ids"]})
    only = let({"ids": at({"$literal": labels}, place)}, kept)
    return mongo_stage([{"$set": {f"{field}.detections": only}}])
