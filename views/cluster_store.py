"""Stores the cluster of each segment as ``semantic_cluster`` on its detection.

Only this attribute is set, and only on detections of one field; a video is changed only if its
detections are still those that were read. A detection outside all clusters has no value. A killed
run is completed by the next one, which changes what still differs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fiftyone as fo
import numpy as np
import numpy.typing as npt
from bson import ObjectId
from pymongo import UpdateOne

from ..core import fields as names
from ..core.keys import CLUSTERS_KEY
from ..internals.database import dataset_id, samples_of
from ..internals.views import source_dataset
from .hierarchy import DatasetOrView
from .segment_texts import Segments

_BATCH = 200
#: The most retries for videos that something else changes at the same time.
_TRIES = 5
_DESCRIPTION = "Cluster of the caption's meaning, by semantic resampling; none if left out"


@dataclass
class ClusterChanges:
    """The differences between clusters and their stored values.

    Attributes:
        detections: the number of detections that get another cluster
        removed: the number of detections that lose theirs
        videos: the number of videos with such detections
    """

    detections: int = 0
    removed: int = 0
    videos: int = 0


def known_clusters(dataset: DatasetOrView, field: str) -> dict[str, Any]:
    """Returns the parameters of a field's stored clusters; empty if there are none."""
    return dict(source_dataset(dataset).info.get(CLUSTERS_KEY, {}).get(field, {}))


def check_free(dataset: fo.Dataset, field: str) -> None:
    """Checks that only resampling has stored ``semantic_cluster`` on a field's detections.

    Raises:
        ValueError: if something else has
    """
    if known_clusters(dataset, field):
        return
    path = _path(field)
    declared = path in dataset.get_field_schema(flat=True)
    if declared or samples_of(dataset).find_one({path: {"$exists": True}}, {"_id": 1}):
        raise ValueError(
            f"the captions of {field} already have an attribute {names.CLUSTER!r} that resampling "
            "has not stored: rename or delete it first"
        )


class ClusterStore:
    """Compares the clusters of segments with the stored ones, and stores the differences.

    Args:
        dataset: the dataset
        segments: the segments
        clusters: [M], the cluster of each segment
        parameters: the description of the clusters for ``dataset.info``

    Attributes:
        changes: the changes made, or to be made
    """

    def __init__(
        self,
        dataset: fo.Dataset,
        segments: Segments,
        clusters: npt.NDArray[np.int32],
        parameters: Mapping[str, Any],
    ) -> None:
        self._dataset, self._field, self._segments = dataset, segments.field, segments
        self._clusters, self._parameters = clusters, dict(parameters)
        self._places = {sample_id: place for place, sample_id in enumerate(segments.samples)}
        self.changes = ClusterChanges()

    def compare(self) -> Iterator[int]:
        """Counts what :meth:`store` would change; yields the number of videos compared."""
        for looked, document in enumerate(self._documents(), 1):
            self._update(document)
            yield looked

    def store(self) -> Iterator[int]:
        """Stores the differences; yields the number of videos done. May be repeated at any point.

        Raises:
            ValueError: if something else keeps changing the videos
        """
        looked = 0
        for _ in range(_TRIES):
            updates: list[UpdateOne] = []
            missed = 0
            for document in self._documents():
                if (update := self._update(document)) is not None:
                    updates.append(update)
                if len(updates) >= _BATCH:
                    missed += self._write(updates)
                    updates = []
                looked += 1
                yield looked
            missed += self._write(updates)
            if not missed:
                self._keep(complete=True)
                self._dataset.reload()
                return
            looked = 0
        raise ValueError(
            f"the videos of {self._dataset.name!r} are being changed: run this again when that "
            "has ended; what is stored so far is kept"
        )

    def _documents(self) -> Iterator[dict[str, Any]]:
        path = f"{self._field}.detections"
        keys = {f"{path}._id": 1, f"{path}.{names.CLUSTER}": 1}
        return iter(samples_of(self._dataset).find({f"{path}.0": {"$exists": True}}, keys))

    def _update(self, document: Mapping[str, Any]) -> UpdateOne | None:
        """Returns the update of one video, None if nothing differs; counts the changes."""
        wanted = self._wanted(document["_id"])
        detections = document[self._field]["detections"]
        values: dict[str, int] = {}
        gone: dict[str, str] = {}
        for place, detection in enumerate(detections):
            cluster = wanted.get(detection["_id"].binary) if "_id" in detection else None
            path = f"{self._field}.detections.{place}.{names.CLUSTER}"
            if cluster is None:
                if detection.get(names.CLUSTER) is not None:
                    gone[path] = ""
            elif detection.get(names.CLUSTER) != cluster:
                values[path] = cluster
        if not values and not gone:
            return None
        self.changes.detections += len(values)
        self.changes.removed += len(gone)
        self.changes.videos += 1
        ids = [detection["_id"] for detection in detections if "_id" in detection]
        still = {"$eq": [f"${self._field}.detections._id", ids]}
        update: dict[str, Any] = {"$currentDate": {"last_modified_at": True}}
        update |= {key: paths for key, paths in (("$set", values), ("$unset", gone)) if paths}
        return UpdateOne({"_id": document["_id"], "$expr": still}, update)

    def _wanted(self, sample_id: ObjectId) -> dict[bytes, int]:
        place = self._places.get(sample_id)
        if place is None:
            return {}
        start, end = self._segments.starts[place : place + 2]
        ids = self._segments.ids(place)
        return dict(zip(ids, self._clusters[start:end].tolist(), strict=True))

    def _write(self, updates: list[UpdateOne]) -> int:
        """Writes updates; returns the number of videos that had changed meanwhile."""
        if not updates:
            return 0
        if _path(self._field) not in self._dataset.get_field_schema(flat=True) or known_clusters(
            self._dataset, self._field
        ).get("complete", True):
            self._keep(complete=False)  # so that the attribute counts as ours if this is killed
            self._dataset.add_sample_field(
                _path(self._field), fo.IntField, description=_DESCRIPTION
            )
        done = samples_of(self._dataset).bulk_write(updates, ordered=False)
        return len(updates) - int(done.matched_count)

    def _keep(self, complete: bool) -> None:
        """Stores the parameters, and whether every detection has its cluster."""
        entry = {**self._parameters, "complete": complete}
        before = known_clusters(self._dataset, self._field)
        if entry == before:
            return
        _save(self._dataset, self._field, entry)
        if before.get("file") not in (None, entry.get("file")):
            _delete_file(self._dataset, before)


def drop_clusters(dataset: DatasetOrView, field: str | None = None) -> None:
    """Removes the clusters that :func:`.resampling.resample` has stored.

    >>> draws = resample(dataset, k=5)
    >>> drop_clusters(dataset)

    Args:
        dataset: a dataset, or a view, which stands for its dataset
        field: the field whose clusters to remove; by default those of all fields
    """
    dataset = source_dataset(dataset)
    stored: dict[str, Any] = dict(dataset.info.get(CLUSTERS_KEY, {}))
    chosen = [name for name in stored if field in (None, name)]
    schema = dataset.get_field_schema(flat=True)
    dataset.delete_sample_fields([path for path in map(_path, chosen) if path in schema])
    for name in chosen:
        _save(dataset, name, None)
        _delete_file(dataset, stored[name])


def _save(dataset: fo.Dataset, field: str, entry: Mapping[str, Any] | None) -> None:
    stored = {**dataset.info.get(CLUSTERS_KEY, {}), field: entry}
    dataset.info[CLUSTERS_KEY] = {name: value for name, value in stored.items() if value}
    if not dataset.info[CLUSTERS_KEY]:
        del dataset.info[CLUSTERS_KEY]
    dataset.save()


def _delete_file(dataset: fo.Dataset, entry: Mapping[str, Any]) -> None:
    """Deletes the file of centroids, unless it belongs to the dataset that this is a clone of."""
    if entry.get("dataset") == str(dataset_id(dataset)):
        with suppress(OSError):
            Path(entry["file"]).unlink()


def _path(field: str) -> str:
    return f"{field}.detections.{names.CLUSTER}"
