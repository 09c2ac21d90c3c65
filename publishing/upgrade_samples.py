"""Corrects samples in an upgrade: video ids, tiers, and supports past the clip's end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
from bson import ObjectId
from fiftyone.operators.store import ExecutionStore
from pymongo import UpdateOne

from ..core import fields
from ..core.detections import detections_in
from ..core.findings import VideoCheck
from ..core.identity import uid_of
from ..internals.database import samples_of
from ..views.check import clip_of
from ..views.hierarchy import Hierarchy

_BATCH = 200


@dataclass
class SampleChanges:
    """The changes to one sample.

    Attributes:
        sample: the sample's id
        read: when the sample had last been changed when it was read
        detections: the new detections of each changed field
        labels: the old and new value of each changed attribute, by field and label id
        uid: the video's id to fill in, and the sample's old value (empty if it has none)
        tiers: the number of changed tiers
        supports: the number of changed supports
    """

    sample: ObjectId
    read: datetime | None = None
    detections: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    labels: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    uid: tuple[str, dict[str, Any]] | None = None
    tiers: int = 0
    supports: int = 0


def sample_changes(dataset: fo.Dataset, found: Hierarchy) -> Iterator[SampleChanges]:
    """Yields the changes to each sample that needs any; changes nothing."""
    schema = dataset.get_field_schema()
    names = [*found.fields]
    if fields.TRANSCRIPT_SEGMENTS in schema:
        names.append(fields.TRANSCRIPT_SEGMENTS)
    fills_uids = isinstance(schema.get(fields.VIDEO_UID), fo.StringField | None)
    own = ["metadata", "filepath", fields.URL, fields.VIDEO_UID, fields.SOURCE_DURATION]
    own.append("last_modified_at")
    wanted = dict.fromkeys([*own, *(f"{name}.detections" for name in names)], 1)
    for document in samples_of(dataset).find({}, wanted):
        changes = SampleChanges(document["_id"], document.get("last_modified_at"))
        if fills_uids and document.get(fields.VIDEO_UID) in (None, ""):
            uid, note = uid_of(document)
            if note != "uid-from-sample":
                changes.uid = uid, {k: document[k] for k in [fields.VIDEO_UID] if k in document}
        _correct_labels(document, names, found, changes)
        if changes.labels or changes.uid:
            yield changes


def _correct_labels(
    document: dict[str, Any], names: list[str], found: Hierarchy, changes: SampleChanges
) -> None:
    clip = clip_of(document)
    detections = {name: detections_in(document, name) for name in names}
    check = VideoCheck({name: detections[name] for name in found.fields}, clip)
    for name in names:
        tiers = check.right_tiers if name in found.fields else {}
        for each in detections[name]:
            changed = _corrected(each, clip.frame_count, tiers.get(each.get(fields.NODE_ID, "")))
            if changed:
                changes.labels.setdefault(name, {})[str(each["_id"])] = changed
                changes.detections[name] = detections[name]
                changes.tiers += fields.TIER in changed
                changes.supports += "support" in changed


def _corrected(each: dict[str, Any], last: int | None, tier: str | None) -> dict[str, Any]:
    """Corrects a detection in place; returns the old and new value of each changed attribute."""
    changed: dict[str, Any] = {}
    support = each.get("support")
    if last and support and support[1] > last:
        each["support"] = [min(support[0], last), last]
        changed["support"] = support, each["support"]
    old = each.get(fields.TIER)
    if tier is not None and old is not None and old != tier:
        each[fields.TIER] = tier
        changed[fields.TIER] = old, tier
    return changed


def change_samples(dataset: fo.Dataset, found: Hierarchy, store: ExecutionStore) -> None:
    """Applies the changes and saves the old values in a store by sample id.

    A sample that somebody changes meanwhile, such as a reviewer, is read again.
    """
    while _change(dataset, found, store):
        pass


def _change(dataset: fo.Dataset, found: Hierarchy, store: ExecutionStore) -> int:
    """Applies changes to samples and returns how many were skipped as changed meanwhile."""
    missed = 0
    updates: list[UpdateOne] = []
    for changes in sample_changes(dataset, found):
        # Before the sample is written, so that an interrupted upgrade can be undone.
        old = {"labels": changes.labels, "uid": changes.uid}
        store.set(str(changes.sample), json.dumps(old))
        values: dict[str, Any] = {f"{n}.detections": d for n, d in changes.detections.items()}
        if changes.uid:
            values[fields.VIDEO_UID] = changes.uid[0]
        values["last_modified_at"] = datetime.now(timezone.utc)
        same = {"_id": changes.sample, "last_modified_at": changes.read}
        updates.append(UpdateOne(same, {"$set": values}))
        if len(updates) == _BATCH:
            missed += _write(dataset, updates)
            updates = []
    return missed + (_write(dataset, updates) if updates else 0)


def _write(dataset: fo.Dataset, updates: list[UpdateOne]) -> int:
    return len(updates) - int(samples_of(dataset).bulk_write(updates).matched_count)
