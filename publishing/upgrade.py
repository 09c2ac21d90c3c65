"""Gives a data set of the published subset's shape what it lacks, in place, and takes it back.

What is changed is listed first. What was there before is kept in FiftyOne's execution store, beside
the data set, so that :func:`undo` puts back every value, also in another process.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import fiftyone as fo
from bson import ObjectId, json_util
from fiftyone import ViewField as F
from fiftyone.operators.store import ExecutionStore
from pymongo import UpdateOne

from ..converters.storing.schema import ACTIVE_CAPTION, colours_by_level
from ..core import fields
from ..core.tree import TreeOfCaptions
from ..exporters.video import uid_of
from ..views.hierarchy import Hierarchy, find_hierarchy

logger = logging.getLogger(__name__)

STORE = "action100m-upgrade"
_BEFORE, _BATCH = "before", 200
_VIEW = "whole videos"
_ATTRIBUTES: dict[str, tuple[type[fo.Field], str]] = {
    fields.NODE_ID: (fo.StringField, "Id of the tree's node"),
    fields.PARENT_ID: (fo.StringField, "Id of the node's parent; none for the root"),
    fields.LEVEL: (fo.IntField, "Depth in the tree; 0 is the whole video"),
    fields.TIER: (fo.StringField, "root, leaf (nothing below it in this data set) or mid"),
}


class UpgradeError(ValueError):
    """An upgrade that cannot be made, or undone."""


@dataclass
class Plan:
    """What an upgrade would change.

    Attributes:
        dataset: the data set's name
        declared: paths of attributes that the schema will declare
        described: fields and attributes that get their description
        uids: whether ``video_uid`` is added
        tiers: detections whose ``tier`` is wrong
        supports: detections, speech among them, that end past their clip's last frame
        app: parts of the App's configuration that are set
        view: the saved view that is added, empty if none
        videos: how many samples change
    """

    dataset: str
    declared: list[str] = field(default_factory=list)
    described: dict[str, str] = field(default_factory=dict)
    uids: bool = False
    tiers: int = 0
    supports: int = 0
    app: list[str] = field(default_factory=list)
    view: str = ""
    videos: int = 0

    def __bool__(self) -> bool:
        return bool(
            self.declared or self.uids or self.tiers or self.supports or self.app or self.view
        )

    def __str__(self) -> str:
        names = sorted({path.rsplit(".", 1)[-1] for path in self.declared})
        lines = [
            f"declare {', '.join(names)} ({len(self.declared)} attributes)" * bool(names),
            f"add {fields.VIDEO_UID}, from the videos' addresses, and its index" * self.uids,
            f"correct the tier of {self.tiers:,} detections" * bool(self.tiers),
            f"end {self.supports:,} detections at their clip's last frame" * bool(self.supports),
            f"describe {len(self.described):,} fields" * bool(self.described),
            f"set the App's {', '.join(self.app)}" * bool(self.app),
            f"save the view {self.view!r}" * bool(self.view),
        ]
        if not self:
            return f"{self.dataset!r} lacks nothing that an upgrade adds"
        return f"To change in {self.dataset!r}:\n" + "\n".join(f"  - {x}" for x in lines if x)


def plan(dataset: fo.Dataset) -> Plan:
    """Lists what an upgrade would change, and changes nothing.

    Raises:
        NoHierarchyError: if the data set has no trees
    """
    found = find_hierarchy(dataset)
    schema = dataset.get_field_schema(flat=True)
    paths = [f"{name}.detections.{key}" for name in found.fields for key in _carried(found, name)]
    made = Plan(dataset.name, declared=[path for path in paths if path not in schema])
    made.described = _descriptions(schema, found)
    made.uids = fields.VIDEO_UID not in schema
    for changes in _changes(dataset, found):
        made.tiers += changes.tiers
        made.supports += changes.supports
        made.videos += 1
    config = dataset.app_config
    made.app = [
        name
        for name, unset in (
            ("active fields", not (config.active_fields and config.active_fields.paths)),
            ("colours by level", not (config.color_scheme and config.color_scheme.fields)),
            ("sidebar groups", config.sidebar_groups is None),
        )
        if unset
    ]
    made.view = "" if dataset.has_saved_view(_VIEW) else _VIEW
    return made


def apply(dataset: fo.Dataset) -> Plan:
    """Upgrades a data set.

    Returns:
        what was changed

    Raises:
        NoHierarchyError: if the data set has no trees
        UpgradeError: if an upgrade of it was not undone, and there is more to do
    """
    todo, found, store = plan(dataset), find_hierarchy(dataset), _store(dataset)
    if not todo:
        return todo
    if store.get(_BEFORE) is not None:
        raise UpgradeError(f"{dataset.name!r} was upgraded before: --undo that first")
    before = {
        "app_config": json_util.dumps(dataset.app_config.to_dict()),
        "declared": todo.declared,
        "described": list(todo.described),
        "uids": todo.uids,
        "view": todo.view,
    }
    store.set(_BEFORE, before)
    for path in todo.declared:
        ftype, text = _ATTRIBUTES[path.rsplit(".", 1)[-1]]
        dataset.add_sample_field(path, ftype, description=text)
    _change_samples(dataset, found, store)
    if todo.uids:
        _add_uids(dataset)
    for path, text in todo.described.items():
        _describe(dataset, path, text)
    _make_readable(dataset, found, todo)
    dataset.reload()
    return todo


def undo(dataset: fo.Dataset) -> int:
    """Puts back what the last upgrade has changed.

    Returns:
        how many videos were changed

    Raises:
        UpgradeError: if there is nothing to undo
    """
    store = _store(dataset)
    before = store.get(_BEFORE)
    if before is None:
        raise UpgradeError(f"{dataset.name!r} was not upgraded")
    changed = [key for key in store.list_keys() if key != _BEFORE]
    for first in range(0, len(changed), _BATCH):
        updates = []
        for key in changed[first : first + _BATCH]:
            updates += _restored(key, json.loads(store.get(key)))
        dataset._sample_collection.bulk_write(updates)
    # Each only where it is: the upgrade, or an undoing before this one, may have been interrupted.
    if before["view"] and dataset.has_saved_view(before["view"]):
        dataset.delete_saved_view(before["view"])
    for path in before["described"]:
        if dataset.get_field(path) is not None:
            _describe(dataset, path, None)
    if before["uids"] and dataset.has_sample_field(fields.VIDEO_UID):
        dataset.delete_sample_field(fields.VIDEO_UID)
    _undeclare(dataset, before["declared"])
    config = json_util.loads(before["app_config"])
    dataset.app_config = fo.DatasetAppConfig.from_dict(config)
    dataset.save()
    store.clear()
    dataset.reload()
    return len(changed)


@dataclass
class _Changes:
    """What changes in one sample: new detections by field, and what they were."""

    sample: ObjectId
    after: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    before: dict[str, dict[str, Any]] = field(default_factory=dict)
    tiers: int = 0
    supports: int = 0


def _changes(dataset: fo.Dataset, found: Hierarchy) -> Iterator[_Changes]:
    names = [*found.fields]
    if fields.TRANSCRIPT_SEGMENTS in dataset.get_field_schema():
        names.append(fields.TRANSCRIPT_SEGMENTS)
    wanted = dict.fromkeys(["metadata.total_frame_count", *(f"{n}.detections" for n in names)], 1)
    for document in dataset._sample_collection.find({}, wanted):
        last = (document.get("metadata") or {}).get("total_frame_count")
        labels = {name: (document.get(name) or {}).get("detections") or [] for name in names}
        tree = TreeOfCaptions.from_detections({name: labels[name] for name in found.fields})
        changes = _Changes(document["_id"])
        for name in names:
            for place, each in enumerate(labels[name]):
                was: dict[str, Any] = {}
                support = each.get("support")
                if last and support and support[1] > last:
                    was["support"] = support
                    each["support"] = [min(support[0], last), last]
                node = each.get(fields.NODE_ID) if name in found.fields else None
                if node in tree and each.get(fields.TIER) != (tier := tree.tier(str(node))):
                    was[fields.TIER] = each.get(fields.TIER)
                    each[fields.TIER] = tier
                if was:
                    changes.before[f"{name}.detections.{place}"] = {"id": str(each["_id"]), **was}
                    changes.after[name] = labels[name]
                    changes.tiers += fields.TIER in was
                    changes.supports += "support" in was
        if changes.before:
            yield changes


def _change_samples(dataset: fo.Dataset, found: Hierarchy, store: ExecutionStore) -> None:
    updates: list[UpdateOne] = []
    for changes in _changes(dataset, found):
        # Before the sample is written: an upgrade that is interrupted can be undone.
        store.set(str(changes.sample), json.dumps(changes.before))
        values: dict[str, Any] = {f"{n}.detections": d for n, d in changes.after.items()}
        values["last_modified_at"] = _now()
        updates.append(UpdateOne({"_id": changes.sample}, {"$set": values}))
        if len(updates) == _BATCH:
            dataset._sample_collection.bulk_write(updates)
            updates = []
    if updates:
        dataset._sample_collection.bulk_write(updates)


def _restored(sample: str, before: Mapping[str, dict[str, Any]]) -> list[UpdateOne]:
    """Returns updates that put a sample's values back, each where the same detection still is."""
    updates = []
    for path, was in before.items():
        label = was.pop("id")
        sets = {f"{path}.{key}": value for key, value in was.items() if value is not None}
        gone = {f"{path}.{key}": "" for key, value in was.items() if value is None}
        how = {"$set": {**sets, "last_modified_at": _now()}} | ({"$unset": gone} if gone else {})
        where = {"_id": ObjectId(sample), f"{path}._id": ObjectId(label)}
        updates.append(UpdateOne(where, how))
    return updates


def _add_uids(dataset: fo.Dataset) -> None:
    text = "Id of the source video, from its address"
    dataset.add_sample_field(fields.VIDEO_UID, fo.StringField, description=text)
    wanted = {fields.URL: 1, "filepath": 1}
    updates = [
        UpdateOne({"_id": d["_id"]}, {"$set": {fields.VIDEO_UID: uid_of(d)[0]}})
        for d in dataset._sample_collection.find({}, wanted)
    ]
    if updates:
        dataset._sample_collection.bulk_write(updates)
    dataset.create_index(fields.VIDEO_UID)


def _carried(found: Hierarchy, name: str) -> list[str]:
    # A tier is written wherever there is a tree.
    return [key for key in _ATTRIBUTES if key != fields.TIER or found.has(name, key)]


def _descriptions(schema: Mapping[str, fo.Field], found: Hierarchy) -> dict[str, str]:
    known = {c.name: c.description for c in fields.CAPTIONS if c.name in found.fields}
    return {
        name: text
        for name, text in known.items()
        if name in schema and schema[name].description is None
    }


def _describe(dataset: fo.Dataset, path: str, text: str | None) -> None:
    each = dataset.get_field(path)
    each.description = text
    each.save(_enforce_read_only=False)


def _undeclare(dataset: fo.Dataset, paths: list[str]) -> None:
    """Takes attributes out of the schema and leaves their values, which were there before."""
    for path in paths:
        if dataset.get_field(path) is None:
            continue
        dataset.remove_dynamic_sample_field(path)


def _make_readable(dataset: fo.Dataset, found: Hierarchy, todo: Plan) -> None:
    shown = ACTIVE_CAPTION if ACTIVE_CAPTION in found.fields else found.fields[0]
    config = dataset.app_config
    if "active fields" in todo.app:
        config.active_fields = fo.ActiveFields(paths=[shown])
    if "colours by level" in todo.app:
        config.color_scheme = fo.ColorScheme(
            color_by="value", fields=[colours_by_level(name) for name in found.fields]
        )
    if "sidebar groups" in todo.app:
        config.sidebar_groups = _sidebar(dataset, found)
    dataset.save()
    if todo.view:
        view = dataset.filter_labels(shown, F(fields.LEVEL) == 0, only_matches=False)
        text = "Each video under its root's caption alone"
        dataset.save_view(todo.view, view, description=text)


def _sidebar(dataset: fo.Dataset, found: Hierarchy) -> list[Any]:
    groups = fo.DatasetAppConfig.default_sidebar_groups(dataset)
    trees = set(found.fields)
    for group in groups:
        group.paths = [path for path in group.paths if path not in trees]
    captions = fo.SidebarGroupDocument(name="captions", paths=list(found.fields), expanded=True)
    return [captions, *(g for g in groups if g.paths or g.name == "tags")]


def _store(dataset: fo.Dataset) -> ExecutionStore:
    return ExecutionStore.create(STORE, dataset_id=dataset._doc.id)


def _now() -> datetime:
    return datetime.now(timezone.utc)
