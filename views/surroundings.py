"""Reads the surroundings of hits: the captions above each in its tree, and its video."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from bson import ObjectId

from ..core import fields as names
from ..core.frames import exact_rate
from ..internals.database import samples_of
from ..internals.views import source_dataset
from .expressions import Expression, at, detections, is_above, let, map_each, select, span_of
from .hierarchy import DatasetOrView, find_hierarchy
from .hits import Hit
from .sample_tree import SHORT_CAPTIONS


@dataclass(frozen=True)
class HitVideo:
    """The video of a hit.

    Attributes:
        title: its title, or its file's name
        path: its file, or its address
        fps: frames per second; None if unknown
        seconds: its duration; None if unknown
    """

    title: str
    path: str
    fps: float | None
    seconds: float | None


@dataclass(frozen=True)
class Surroundings:
    """The surroundings of some segments.

    Attributes:
        videos: the videos by sample id
        paths: the captions of the nodes above each hit, from the root down, by the hit's caption id
    """

    videos: Mapping[str, HitVideo]
    paths: Mapping[str, Sequence[str]]


def surroundings(collection: DatasetOrView, hits: Iterable[Hit]) -> Surroundings:
    """Reads the surroundings of some segments; a view's filters do not apply.

    A node is above another if its level is smaller and its support contains the other's.

    Args:
        collection: the dataset, or a view of it
        hits: the segments
    """
    dataset = source_dataset(collection)
    by_sample: dict[str, list[Hit]] = {}
    for hit in hits:
        by_sample.setdefault(hit.sample_id, []).append(hit)
    found = find_hierarchy(dataset).fields
    used = [name for name in SHORT_CAPTIONS if name in found] or list(found[:1])
    wanted = (names.TITLE, "filepath", "metadata.frame_rate", "metadata.duration")
    match = {"_id": {"$in": [ObjectId(sample) for sample in by_sample]}}
    project = {**dict.fromkeys(wanted, 1), **{name: _above(name, by_sample) for name in used}}
    videos: dict[str, HitVideo] = {}
    paths: dict[str, Sequence[str]] = {}
    for document in samples_of(dataset).aggregate([{"$match": match}, {"$project": project}]):
        sample = str(document["_id"])
        videos[sample] = _video(document)
        for hit in by_sample[sample]:
            paths[hit.label_id] = _path(hit, document, used)
    return Surroundings(videos, paths)


def _above(name: str, by_sample: Mapping[str, Sequence[Hit]]) -> Expression:
    """Returns the captions of a field that are above any of the hits in their video."""
    spans = [
        {"sample": ObjectId(sample), "spans": [[hit.level, *hit.support] for hit in hits]}
        for sample, hits in by_sample.items()
    ]
    own = select({"$literal": spans}, "of", {"$eq": ["$$of.sample", "$_id"]})
    hit = at("$$span", 0), at("$$span", 1), at("$$span", 2)
    contains = is_above(span_of("$$d"), hit)
    any_of = {"$anyElementTrue": [map_each("$$own.spans", "span", contains)]}
    above = select(detections(name), "d", any_of)
    columns = {key: f"$$d.{key}" for key in ("label", "support", names.LEVEL)}
    return let({"own": at(own, 0)}, map_each(above, "d", columns))


def _video(document: Mapping[str, Any]) -> HitVideo:
    metadata = document.get("metadata") or {}
    rate, path = metadata.get("frame_rate"), document.get("filepath") or ""
    title = document.get(names.TITLE) or PurePath(path).name
    return HitVideo(
        title, path, float(exact_rate(rate)) if rate else None, metadata.get("duration")
    )


def _path(hit: Hit, document: Mapping[str, Any], used: Sequence[str]) -> list[str]:
    by_level: dict[int, str] = {}
    for name in used:
        for label in document.get(name) or []:
            level = label.get(names.LEVEL)
            if level is not None and hit.is_below(level, label["support"]):
                by_level.setdefault(level, label.get("label") or "")
    return [by_level[level] for level in sorted(by_level)]
