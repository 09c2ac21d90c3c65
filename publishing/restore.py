"""Reverts the changes of an upgrade, except where values were changed since."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
from bson import ObjectId, json_util
from pymongo import UpdateOne

from ..core import fields
from ..core.detections import detections_in
from ..core.wording import count
from ..internals.database import samples_of
from ..internals.views import serialize_view

_BATCH = 200


@dataclass
class Undone:
    """The result of undoing an upgrade.

    Attributes:
        dataset: the dataset's name
        videos: the number of videos that the upgrade had changed
        gone: the number of these that are no longer in the dataset
        kept: descriptions of later changes, which are kept
    """

    dataset: str
    videos: int = 0
    gone: int = 0
    kept: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        restored = count(self.videos - self.gone, "video")
        lines = [f"Restored {restored} of {self.dataset!r} to before the upgrade"]
        if self.gone:
            gone = f"{self.gone:,} of {count(self.videos, 'upgraded video')}"
            lines.append(f"No longer in the dataset: {gone}")
        if self.kept:
            lines.append(f"Changed after the upgrade, and kept: {', '.join(self.kept)}")
        return "\n".join(lines)


def restore_samples(dataset: fo.Dataset, kept: Mapping[str, str], done: Undone) -> None:
    """Restores the values of samples.

    Args:
        dataset: the dataset
        kept: the JSON that :func:`.upgrade_samples.change_samples` has stored, by sample id
        done: updated with missing samples and later changes
    """
    touched, ids = 0, list(kept)
    for first in range(0, len(ids), _BATCH):
        part = {ObjectId(i): json.loads(kept[i]) for i in ids[first : first + _BATCH]}
        names = {name for was in part.values() for name in was["labels"]}
        wanted = dict.fromkeys([fields.VIDEO_UID, *(f"{name}.detections" for name in names)], 1)
        updates: list[UpdateOne] = []
        there = 0
        for document in samples_of(dataset).find({"_id": {"$in": list(part)}}, wanted):
            there += 1
            found, unchanged = _restored(document, part[document["_id"]])
            updates += found
            touched += not unchanged
        done.gone += len(part) - there
        if updates:
            samples_of(dataset).bulk_write(updates)
    if touched:
        done.kept.append(f"values of {count(touched, 'video')}")


def _restored(document: Mapping[str, Any], was: Mapping[str, Any]) -> tuple[list[UpdateOne], bool]:
    """Returns the updates that restore a sample's values, and whether none has later changes.

    A value that is already restored counts as unchanged: an earlier undo may have been interrupted.
    """
    updates, unchanged = [], True
    for name, labels in was["labels"].items():
        for place, each in enumerate(detections_in(document, name)):
            path = f"{name}.detections.{place}"
            for key, (old, new) in labels.get(str(each["_id"]), {}).items():
                if each.get(key) == new:
                    where = {"_id": document["_id"], f"{path}._id": each["_id"]}
                    where[f"{path}.{key}"] = new
                    updates.append(UpdateOne(where, _set(f"{path}.{key}", old)))
                else:
                    unchanged &= each.get(key) == old
    if was["uid"] is not None:
        new, there = was["uid"]
        if document.get(fields.VIDEO_UID) == new:
            where = {"_id": document["_id"], fields.VIDEO_UID: new}
            back = {"$set": {**there, **_now()}} if there else _set(fields.VIDEO_UID, None)
            updates.append(UpdateOne(where, back))
        else:
            unchanged &= document.get(fields.VIDEO_UID) in (None, "")
    return updates, unchanged


def _set(path: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {"$unset": {path: ""}, "$set": _now()}
    return {"$set": {path: value, **_now()}}


def _now() -> dict[str, Any]:
    return {"last_modified_at": datetime.now(timezone.utc)}


def restore_view(dataset: fo.Dataset, name: str, added: fo.DatasetView, done: Undone) -> None:
    """Deletes a saved view, unless it was changed."""
    now = serialize_view(dataset.load_saved_view(name), uuids=False)
    if now == serialize_view(added, uuids=False):
        dataset.delete_saved_view(name)
    else:
        done.kept.append(f"the view {name!r}")


def restore_app(dataset: fo.Dataset, before: str, after: str | None, done: Undone) -> None:
    """Restores the parts of the App's configuration that are unchanged since the upgrade.

    Args:
        dataset: the dataset
        before: JSON of the whole configuration before the upgrade
        after: JSON of the parts that the upgrade has set, None if it was interrupted before
        done: updated with later changes
    """
    if after is None:
        return
    old, now = json_util.loads(before), dataset.app_config.to_dict()
    for part, value in json_util.loads(after).items():
        if now.get(part) == value:
            now[part] = old.get(part)
        elif now.get(part) != old.get(part):
            done.kept.append(f"the App's {part.replace('_', ' ')}")
    dataset.app_config = fo.DatasetAppConfig.from_dict(now)
    dataset.save()


def restore_uid_field(dataset: fo.Dataset, added: bool, indexed: bool) -> None:
    """Deletes the added field of video ids, unless it has other ids, or its added index."""
    if not dataset.has_sample_field(fields.VIDEO_UID):
        return
    others = samples_of(dataset).find_one({fields.VIDEO_UID: {"$nin": [None, ""]}})
    if added and others is None:
        dataset.delete_sample_field(fields.VIDEO_UID)
    elif indexed and not added and fields.VIDEO_UID in dataset.get_index_information():
        dataset.drop_index(fields.VIDEO_UID)
