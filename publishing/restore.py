"""Takes back what an upgrade has written: only that, and only where it is still so."""

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
from ..internals.database import samples_of
from ..internals.views import serialize_view

_BATCH = 200


@dataclass
class Undone:
    """What an undoing came to.

    Attributes:
        dataset: the data set's name
        videos: how many videos the upgrade had changed
        gone: how many of them are no longer in the data set
        kept: what was changed after the upgrade, and so stays as it is
    """

    dataset: str
    videos: int = 0
    gone: int = 0
    kept: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        there = self.videos - self.gone
        lines = [f"{there:,} videos of {self.dataset!r} are without what the upgrade added"]
        if self.gone:
            lines.append(
                f"{self.gone:,} of the {self.videos:,} upgraded videos "
                f"{'is' if self.gone == 1 else 'are'} no longer in the data set"
            )
        if self.kept:
            lines.append(f"Changed after the upgrade, and left as it is: {', '.join(self.kept)}")
        return "\n".join(lines)


def restore_samples(dataset: fo.Dataset, kept: Mapping[str, str], done: Undone) -> None:
    """Puts samples' values back.

    Args:
        dataset: the data set
        kept: by a sample's id, what the upgrade changed: of each value what it was and is
        done: is told how many samples are gone, and of how many something was changed since
    """
    touched, ids = 0, list(kept)
    for first in range(0, len(ids), _BATCH):
        part = {ObjectId(i): _entry(kept[i]) for i in ids[first : first + _BATCH]}
        names = {name for was in part.values() for name in was["labels"]}
        wanted = dict.fromkeys([fields.VIDEO_UID, *(f"{name}.detections" for name in names)], 1)
        updates: list[UpdateOne] = []
        there = 0
        for document in samples_of(dataset).find({"_id": {"$in": list(part)}}, wanted):
            there += 1
            found, whole = _restored(document, part[document["_id"]])
            updates += found
            touched += not whole
        done.gone += len(part) - there
        if updates:
            samples_of(dataset).bulk_write(updates)
    if touched:
        done.kept.append(f"values of {touched:,} videos")


def _entry(text: str) -> dict[str, Any]:
    """Returns what was kept of a sample; an earlier version kept only what values were."""
    value: dict[str, Any] = json.loads(text)
    if "labels" in value:
        return value
    labels: dict[str, dict[str, Any]] = {}
    for path, was in value.items():
        label = was.pop("id")
        of = labels.setdefault(path.split(".")[0], {})
        of[label] = {key: (old, None) for key, old in was.items()}
    return {"labels": labels, "uid": None}


def _restored(document: Mapping[str, Any], was: Mapping[str, Any]) -> tuple[list[UpdateOne], bool]:
    """Returns updates that put a sample's values back, and whether none was changed since.

    A value that is what it was before counts as put back: an undoing may have been interrupted.
    """
    updates, whole = [], True
    for name, labels in was["labels"].items():
        for place, each in enumerate((document.get(name) or {}).get("detections") or []):
            path = f"{name}.detections.{place}"
            for key, (old, new) in labels.get(str(each["_id"]), {}).items():
                if new is None or each.get(key) == new:
                    where = {"_id": document["_id"], f"{path}._id": each["_id"]}
                    updates.append(UpdateOne(where, _set(f"{path}.{key}", old)))
                else:
                    whole &= each.get(key) == old
    if was["uid"] is not None:
        new, there = was["uid"]
        if document.get(fields.VIDEO_UID) == new:
            where = {"_id": document["_id"], fields.VIDEO_UID: new}
            back = {"$set": {**there, **_now()}} if there else _set(fields.VIDEO_UID, None)
            updates.append(UpdateOne(where, back))
        else:
            whole &= document.get(fields.VIDEO_UID) in (None, "")
    return updates, whole


def _set(path: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {"$unset": {path: ""}, "$set": _now()}
    return {"$set": {path: value, **_now()}}


def _now() -> dict[str, Any]:
    return {"last_modified_at": datetime.now(timezone.utc)}


def restore_view(dataset: fo.Dataset, name: str, added: fo.DatasetView, done: Undone) -> None:
    """Deletes a saved view unless it shows something else than what was added."""
    now = serialize_view(dataset.load_saved_view(name), uuids=False)
    if now == serialize_view(added, uuids=False):
        dataset.delete_saved_view(name)
    else:
        done.kept.append(f"the view {name!r}")


def restore_app(dataset: fo.Dataset, before: str, after: str | None, done: Undone) -> None:
    """Puts back the parts of the App's configuration that are as the upgrade has set them.

    Args:
        dataset: the data set
        before: the whole configuration as it was
        after: the parts that were set, None where none was
        done: is told what was changed since
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
    """Takes away the field of ids, and its index, that were added, unless there are other ids."""
    if not dataset.has_sample_field(fields.VIDEO_UID):
        return
    others = samples_of(dataset).find_one({fields.VIDEO_UID: {"$nin": [None, ""]}})
    if added and others is None:
        dataset.delete_sample_field(fields.VIDEO_UID)
    elif indexed and not added and fields.VIDEO_UID in dataset.get_index_information():
        dataset.drop_index(fields.VIDEO_UID)
