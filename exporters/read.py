"""Streams the documents of a dataset or view from MongoDB, a few at a time.

A view decides which videos and captions are exported; a node's parent, ancestors and times are read
from the whole video. Only the needed fields are fetched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any, TypeAlias

import fiftyone as fo
import fiftyone.core.clips as foc
from bson import ObjectId

from ..core import fields
from ..core.detections import detections_in
from ..internals.database import count_samples, dataset_id, last_modified, samples_of
from ..internals.views import clip_field, serialize_view, source_dataset, stream
from ..views.draws import Resampling
from ..views.hierarchy import NoHierarchyError, find_hierarchy
from .video import CLIP_KEYS, INFO_KEYS, NODE_KEYS, REPEAT

#: Videos fetched at once: 5 MB of documents if each has 5,000 detections.
BATCH = 16

Collection: TypeAlias = fo.Dataset | fo.DatasetView | Resampling

Pair = tuple[Mapping[str, Any], Mapping[str, Any]]


class Source:
    """The collection to export.

    Args:
        collection: a dataset, a view of videos or of clips made from a caption field, or a
            resampled view
        reviewed: whether to read reviews

    Raises:
        NoHierarchyError: if it has no tree, or its clips were not made from a caption field

    Attributes:
        dataset: the dataset with the whole videos
        trees: the fields that hold trees
        clip_field: the field that the clips were made from, None for videos
        draws: the drawn segments of a resampled view, None for other collections
    """

    def __init__(self, collection: Collection, reviewed: bool = False) -> None:
        self._reviewed = reviewed
        self.draws = collection if isinstance(collection, Resampling) else None
        if isinstance(collection, Resampling):
            collection = collection.collection
        found = find_hierarchy(collection)
        self.collection = collection
        self.dataset: fo.Dataset = source_dataset(collection)
        self.trees = found.fields
        self.clip_field = clip_field(collection)
        if isinstance(collection, foc.ClipsView) and self.clip_field not in found.fields:
            raise NoHierarchyError(
                "these clips were not made from a caption field: export their videos instead"
            )

    def count(self) -> int:
        """Returns the number of videos."""
        if self.draws is not None:
            return len(self.draws.drawn)
        if self.clip_field is not None:
            return len(self.collection.distinct("sample_id"))
        return len(self.collection)

    def identity(self) -> dict[str, Any]:
        """Returns JSON values that change whenever another export would be read.

        These are the dataset, its number of samples, its last change, and the view.
        """
        view = None
        if self.collection is not self.dataset:
            view = [
                [stage["_cls"], [pair for pair in stage["kwargs"] if not pair[0].startswith("_")]]
                for stage in serialize_view(self.collection, uuids=False)
            ]  # without the private arguments, which name the clips' temporary dataset
        return {
            "dataset": str(dataset_id(self.dataset)),
            "samples": count_samples(self.dataset),
            "changed": str(last_modified(self.dataset)),
            "view": view,
            **({} if self.draws is None else {"draws": self.draws.digest}),
        }

    def documents(self, chosen: Sequence[str], done: Set[str] = frozenset()) -> Iterator[Pair]:
        """Yields each video's whole document, and its document as the view shows it.

        Args:
            chosen: the fields to export
            done: the ids of samples to skip
        """
        if self.draws is not None:
            yield from self._of_draws(self.draws, done)
        elif self.clip_field is not None:
            yield from self._of_clips(self.clip_field, done)
        elif isinstance(self.collection, fo.Dataset):
            stage = {"$project": self._projection(self.trees)}
            for document in stream(self.collection, [stage]):
                if str(document["_id"]) not in done:
                    yield document, document
        else:
            yield from self._of_view(chosen, done)

    def _of_view(self, chosen: Sequence[str], done: Set[str]) -> Iterator[Pair]:
        keys = ("label", fields.NODE_ID)
        wanted = [f"{name}.detections.{key}" for name in chosen for key in keys]
        stage = {"$project": dict.fromkeys([*wanted, *_speech_paths()], 1)}
        batch: list[Mapping[str, Any]] = []
        for shown in stream(self.collection, [stage]):
            if str(shown["_id"]) not in done:
                batch.append(shown)
            if len(batch) == BATCH:
                yield from self._with_whole(batch)
                batch = []
        yield from self._with_whole(batch)

    def _with_whole(self, batch: list[Mapping[str, Any]]) -> Iterator[Pair]:
        whole = self._whole([shown["_id"] for shown in batch])
        for shown in batch:
            if shown["_id"] in whole:  # otherwise deleted in the meantime
                yield whole[shown["_id"]], shown

    def _of_clips(self, name: str, done: Set[str]) -> Iterator[Pair]:
        """Yields the clips' videos, showing the captions that are clips."""
        chosen: dict[ObjectId, list[dict[str, Any]]] = defaultdict(list)
        stage = {"$project": {"_sample_id": 1, f"{name}.label": 1, f"{name}.{fields.NODE_ID}": 1}}
        for clip in stream(self.collection, [stage]):
            if clip.get(name):
                chosen[clip["_sample_id"]].append(clip[name])
        ids = [sample_id for sample_id in chosen if str(sample_id) not in done]
        for at in range(0, len(ids), BATCH):
            part = ids[at : at + BATCH]
            whole = self._whole(part)
            for sample_id in part:
                if sample_id in whole:
                    shown = {"_id": sample_id, name: {"detections": chosen.pop(sample_id)}}
                    yield whole[sample_id], shown

    def _of_draws(self, draws: Resampling, done: Set[str]) -> Iterator[Pair]:
        """Yields the videos of drawn segments, showing these with how often each was drawn."""
        ids = [sample_id for sample_id in draws.drawn if str(sample_id) not in done]
        for at in range(0, len(ids), BATCH):
            part = ids[at : at + BATCH]
            whole = self._whole(part)
            for sample_id in part:
                if sample_id in whole:  # otherwise deleted in the meantime
                    repeats = draws.repeats_in(sample_id)
                    found = detections_in(whole[sample_id], draws.field)
                    drawn = [
                        {**detection, REPEAT: repeats[detection["_id"]]}
                        for detection in found
                        if detection.get("_id") in repeats
                    ]
                    yield whole[sample_id], {"_id": sample_id, draws.field: {"detections": drawn}}

    def _whole(self, ids: list[ObjectId]) -> dict[ObjectId, Mapping[str, Any]]:
        found = samples_of(self.dataset).find({"_id": {"$in": ids}}, self._projection(self.trees))
        return {document["_id"]: document for document in found}

    def _projection(self, names: Sequence[str]) -> dict[str, int]:
        keys = NODE_KEYS if self.draws is None else ("_id", *NODE_KEYS)
        if self._reviewed:
            keys = (*keys, fields.REVIEW, "tags")
        paths = [f"{name}.detections.{key}" for name in names for key in keys]
        clip = [f"{fields.METADATA}.{key}" for key in CLIP_KEYS]
        sample = ["filepath", fields.VIDEO_UID, fields.URL, *INFO_KEYS]
        return dict.fromkeys([*sample, *clip, *paths, *_speech_paths()], 1)


def _speech_paths() -> list[str]:
    keys = ("label", "support", fields.START, fields.END)
    return [f"{fields.TRANSCRIPT_SEGMENTS}.detections.{key}" for key in keys]
