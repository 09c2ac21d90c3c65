"""Compares a video's tree with that of the same video in another dataset.

For example, one dataset has a published tree and the other a tree that was built, or both have
trees by different encoders.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

import fiftyone as fo
from bson import ObjectId
from pymongo.errors import PyMongoError

from ..core import fields
from ..core.comparison import TreeComparison, compare_trees, first_seconds, missed_boundaries
from ..core.frames import to_source
from ..core.identity import uid_of
from ..core.times import ClipSeconds
from ..internals.database import dataset_id, find_samples, samples_of
from ..internals.views import source_dataset
from .hierarchy import DatasetOrView
from .sample_tree import NoTreeError, SampleTree, sample_tree

#: The time limits for looking a video up in one dataset, and in all of them, in seconds:
#: conversions have an index of ids, other datasets may have none.
_EACH, _ALL = 0.25, 2.0

#: Selects datasets that may have trees of the same videos.
_MAY_HAVE = {
    "$and": [
        {"sample_fields": {"$elemMatch": {"name": fields.VIDEO_UID}}},
        {
            "sample_fields": {
                "$elemMatch": {"embedded_doc_type": "fiftyone.core.labels.TemporalDetections"}
            }
        },
    ]
}


@dataclass(frozen=True)
class ComparedTrees:
    """Two trees of one video.

    Attributes:
        other: the tree in the other dataset
        compared: the comparison, in which the other tree is the found one
        missing: the boundaries that the other tree lacks, in seconds of the source
        added: the boundaries that only the other tree has, in seconds of the source
        end: the end of the compared part, in seconds of the source: clips may end earlier
    """

    other: SampleTree
    compared: TreeComparison
    missing: list[float]
    added: list[float]
    end: float


def datasets_with(collection: DatasetOrView, sample_id: str) -> list[str]:
    """Returns the names of the other datasets that have a sample of the same video, by name.

    A dataset that does not answer in time is left out.

    Args:
        collection: a dataset or view
        sample_id: the id of the video's sample

    Raises:
        NoTreeError: if there is no such sample
    """
    dataset = source_dataset(collection)
    uid = _uid(dataset, sample_id)
    found, until = [], time.monotonic() + _ALL
    for name, samples in find_samples({**_MAY_HAVE, "_id": {"$ne": dataset_id(dataset)}}):
        if time.monotonic() > until:
            break
        try:
            most = {"max_time_ms": int(_EACH * 1000)}
            if samples.find_one({fields.VIDEO_UID: uid}, {"_id": 1}, **most) is not None:
                found.append(name)
        except PyMongoError:  # it takes too long or is being deleted
            continue
    return found


def compare_with(
    collection: DatasetOrView, sample_id: str, name: str, node_ids: Iterable[str] | None = None
) -> ComparedTrees:
    """Compares a video's tree with that of the same video in another dataset.

    Args:
        collection: a dataset or view
        sample_id: the id of the video's sample
        name: the other dataset's name
        node_ids: the nodes whose recall is measured, such as annotated ones; by default all

    Raises:
        NoTreeError: if one of the datasets has no such sample, or no tree of it
    """
    dataset = source_dataset(collection)
    uid = _uid(dataset, sample_id)
    if not fo.dataset_exists(name):
        raise NoTreeError(f"There is no dataset {name!r} any more.")
    there = fo.load_dataset(name)
    found = samples_of(there).find_one({fields.VIDEO_UID: uid}, {"_id": 1})
    if found is None:
        raise NoTreeError(f"{name} does not have this video.")
    here, other = sample_tree(dataset, sample_id), sample_tree(there, str(found["_id"]))
    end = min(_end(here), _end(other))
    mine, theirs = first_seconds(here.tree, end), first_seconds(other.tree, end)
    counted = None if node_ids is None else [node for node in node_ids if node in mine]
    try:
        compared = compare_trees(mine, theirs, counted)
    except ValueError as error:
        raise NoTreeError(str(error)) from None
    return ComparedTrees(other, compared, *missed_boundaries(mine, theirs), end)


def _end(sample: SampleTree) -> float:
    """Returns where a sample's clip, or its tree, ends, in seconds of the source."""
    clip = to_source(ClipSeconds(float(sample.total_frames / sample.fps)))
    return min(clip, float(sample.tree.ends.max()))


def _uid(dataset: fo.Dataset, sample_id: str) -> str:
    asked = {fields.VIDEO_UID: 1, fields.URL: 1, "filepath": 1}
    found = samples_of(dataset).find_one({"_id": ObjectId(sample_id)}, asked)
    if found is None:
        raise NoTreeError("This sample is no longer in the dataset.")
    return uid_of(found)[0]
