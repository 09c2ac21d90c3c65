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

from ..converters.storing.compatible import attribute_type
from ..converters.storing.dataset import known_of
from ..converters.storing.schema import ACTIVE_CAPTION, colours_by_level
from ..core import fields
from ..core.findings import VideoCheck
from ..core.identity import uid_of
from ..core.keys import UPGRADE_STORE
from ..internals.database import dataset_id, samples_of
from ..internals.documents import describe_field
from ..views.check import clip_of
from ..views.hierarchy import Hierarchy, find_hierarchy
from .restore import Undone, restore_app, restore_samples, restore_uid_field, restore_view

logger = logging.getLogger(__name__)

_BEFORE, _APP, _BATCH = "before", "app", 200
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
class UpgradePlan:
    """What an upgrade would change.

    Attributes:
        dataset: the data set's name
        declared: paths of attributes that the schema will declare, and their types
        described: fields and attributes that get their description
        uids: videos whose ``video_uid`` is filled in
        tiers: detections whose ``tier`` is wrong
        supports: detections, speech among them, that end past their clip's last frame
        app: parts of the App's configuration that are set
        view: the saved view that is added, empty if none
        videos: how many samples change
    """

    dataset: str
    declared: dict[str, type[fo.Field]] = field(default_factory=dict)
    described: dict[str, str] = field(default_factory=dict)
    uids: int = 0
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
            f"fill in the {fields.VIDEO_UID} of {self.uids:,} videos" * bool(self.uids),
            f"correct the tier of {self.tiers:,} detections" * bool(self.tiers),
            f"end {self.supports:,} detections at their clip's last frame" * bool(self.supports),
            f"describe {len(self.described):,} fields" * bool(self.described),
            f"set the App's {', '.join(self.app)}" * bool(self.app),
            f"save the view {self.view!r}" * bool(self.view),
        ]
        if not self:
            return f"{self.dataset!r} lacks nothing that an upgrade adds"
        return f"To change in {self.dataset!r}:\n" + "\n".join(f"  - {x}" for x in lines if x)


def plan(dataset: fo.Dataset) -> UpgradePlan:
    """Lists what an upgrade would change, and changes nothing.

    Raises:
        NoHierarchyError: if the data set has no trees
    """
    found = find_hierarchy(dataset)
    schema = dataset.get_field_schema(flat=True)
    made = UpgradePlan(dataset.name, declared=_undeclared(dataset, schema, found))
    made.described = _descriptions(schema, found)
    for changes in _changes(dataset, found):
        made.tiers += changes.tiers
        made.supports += changes.supports
        made.uids += changes.uid is not None
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


def apply(dataset: fo.Dataset) -> UpgradePlan:
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
    shown = _shown(found)
    before = {
        "app_config": json_util.dumps(dataset.app_config.to_dict()),
        "declared": list(todo.declared),
        "described": todo.described,
        "uid_field": bool(todo.uids) and fields.VIDEO_UID not in dataset.get_field_schema(),
        "uid_index": bool(todo.uids) and fields.VIDEO_UID not in dataset.get_index_information(),
        "view": todo.view,
        "shown": shown,
        "runs": _conversions(dataset),
    }
    store.set(_BEFORE, before)
    for path, ftype in todo.declared.items():
        text = _ATTRIBUTES[path.rsplit(".", 1)[-1]][1]
        dataset.add_sample_field(path, ftype, description=text)
    if todo.uids:
        text = "Id of the source video, from its address"
        dataset.add_sample_field(fields.VIDEO_UID, fo.StringField, description=text)
    _change_samples(dataset, found, store)
    if before["uid_index"]:
        dataset.create_index(fields.VIDEO_UID)
    for path, text in todo.described.items():
        _describe(dataset, path, text)
    _make_readable(dataset, found, todo, store)
    dataset.reload()
    return todo


def undo(dataset: fo.Dataset) -> Undone:
    """Takes back what the last upgrade has written, wherever that is still what it wrote.

    Raises:
        UpgradeError: if there is nothing to undo
    """
    store = _store(dataset)
    before = store.get(_BEFORE)
    if before is None:
        raise UpgradeError(f"{dataset.name!r} was not upgraded")
    if "runs" not in before:  # by a version that did not keep what it has written
        texts = {c.name: c.description for c in fields.CAPTIONS}
        described = {path: texts[path] for path in before["described"]}
        missing = {"shown": "", "runs": 0, "uid_field": False, "uid_index": False}
        before = {**missing, **before, "described": described, "view": ""}
    done = Undone(dataset.name)
    changed = [key for key in store.list_keys() if key not in (_BEFORE, _APP)]
    done.videos = len(changed)
    restore_samples(dataset, {key: store.get(key) for key in changed}, done)
    # Each only where it is: the upgrade, or an undoing before this one, may have been interrupted.
    if before["view"] and dataset.has_saved_view(before["view"]):
        restore_view(dataset, before["view"], _roots(dataset, before["shown"]), done)
    restore_app(dataset, before["app_config"], store.get(_APP), done)
    for path, text in before["described"].items():
        there = dataset.get_field(path)
        if there is not None and there.description == text:
            _describe(dataset, path, None)
    if before["runs"] == _conversions(dataset):
        restore_uid_field(dataset, bool(before["uid_field"]), bool(before["uid_index"]))
        _undeclare(dataset, before["declared"])
    else:
        done.kept.append("the fields that a conversion has added to since")
    store.clear()
    dataset.reload()
    return done


@dataclass
class _Changes:
    """What changes in one sample.

    Attributes:
        sample: its id
        after: new detections, by field
        labels: by field and label, of each attribute that changes what it was and what it will be
        uid: the video's id that is filled in, and what the document has there
        tiers: how many tiers change
        supports: how many supports change
    """

    sample: ObjectId
    after: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    labels: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    uid: tuple[str, dict[str, Any]] | None = None
    tiers: int = 0
    supports: int = 0


def _changes(dataset: fo.Dataset, found: Hierarchy) -> Iterator[_Changes]:
    schema = dataset.get_field_schema()
    names = [*found.fields]
    if fields.TRANSCRIPT_SEGMENTS in schema:
        names.append(fields.TRANSCRIPT_SEGMENTS)
    fills = isinstance(schema.get(fields.VIDEO_UID), fo.StringField | None)
    wanted = dict.fromkeys(
        [
            "metadata", "filepath", fields.URL, fields.VIDEO_UID, fields.SOURCE_DURATION,
            *(f"{n}.detections" for n in names),
        ], 1,
    )  # fmt: skip
    for document in samples_of(dataset).find({}, wanted):
        labels = {name: (document.get(name) or {}).get("detections") or [] for name in names}
        clip = clip_of(document)
        check = VideoCheck({name: labels[name] for name in found.fields}, clip)
        changes = _Changes(document["_id"])
        if fills and document.get(fields.VIDEO_UID) in (None, ""):
            uid, note = uid_of(document)
            if note != "uid-from-sample":
                changes.uid = uid, {k: document[k] for k in [fields.VIDEO_UID] if k in document}
        for name in names:
            right = check.right_tiers if name in found.fields else {}
            for each in labels[name]:
                was = _corrected(each, clip.frame_count, right.get(each.get(fields.NODE_ID)))
                if was:
                    changes.labels.setdefault(name, {})[str(each["_id"])] = was
                    changes.after[name] = labels[name]
                    changes.tiers += fields.TIER in was
                    changes.supports += "support" in was
        if changes.labels or changes.uid:
            yield changes


def _corrected(each: dict[str, Any], last: int | None, tier: str | None) -> dict[str, Any]:
    """Corrects a detection; returns what each attribute was and is."""
    was: dict[str, Any] = {}
    support = each.get("support")
    if last and support and support[1] > last:
        each["support"] = [min(support[0], last), last]
        was["support"] = support, each["support"]
    told = each.get(fields.TIER)
    if tier is not None and told is not None and told != tier:
        each[fields.TIER] = tier
        was[fields.TIER] = told, tier
    return was


def _change_samples(dataset: fo.Dataset, found: Hierarchy, store: ExecutionStore) -> None:
    updates: list[UpdateOne] = []
    for changes in _changes(dataset, found):
        # Before the sample is written: an upgrade that is interrupted can be undone.
        kept = {"labels": changes.labels, "uid": changes.uid}
        store.set(str(changes.sample), json.dumps(kept))
        values: dict[str, Any] = {f"{n}.detections": d for n, d in changes.after.items()}
        if changes.uid:
            values[fields.VIDEO_UID] = changes.uid[0]
        values["last_modified_at"] = _now()
        updates.append(UpdateOne({"_id": changes.sample}, {"$set": values}))
        if len(updates) == _BATCH:
            samples_of(dataset).bulk_write(updates)
            updates = []
    if updates:
        samples_of(dataset).bulk_write(updates)


def _undeclared(
    dataset: fo.Dataset, schema: Mapping[str, fo.Field], found: Hierarchy
) -> dict[str, type[fo.Field]]:
    """Returns the attributes to be declared, with a type that their values have."""
    paths = {
        f"{name}.detections.{key}": key for name in found.fields for key in _carried(found, name)
    }
    paths = {path: key for path, key in paths.items() if path not in schema}
    if not paths:
        return {}
    seen = dataset.get_dynamic_field_schema(fields=list(found.fields))
    types = {
        path: attribute_type(_ATTRIBUTES[key][0], seen.get(path)) for path, key in paths.items()
    }
    return {path: ftype for path, ftype in types.items() if ftype is not None}


def _conversions(dataset: fo.Dataset) -> int:
    """Returns how many conversions have written into a data set."""
    return len(known_of(dataset).get("runs", []))


def _shown(found: Hierarchy) -> str:
    return ACTIVE_CAPTION if ACTIVE_CAPTION in found.fields else found.fields[0]


def _roots(dataset: fo.Dataset, shown: str) -> Any:
    return dataset.filter_labels(shown, F(fields.LEVEL) == 0, only_matches=False)


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
    describe_field(dataset.get_field(path), text)


def _undeclare(dataset: fo.Dataset, paths: list[str]) -> None:
    """Takes attributes out of the schema and leaves their values, which were there before."""
    for path in paths:
        if dataset.get_field(path) is None:
            continue
        dataset.remove_dynamic_sample_field(path)


def _make_readable(
    dataset: fo.Dataset, found: Hierarchy, todo: UpgradePlan, store: ExecutionStore
) -> None:
    shown = _shown(found)
    config, parts = dataset.app_config, []
    if "active fields" in todo.app:
        config.active_fields = fo.ActiveFields(paths=[shown])
        parts.append("active_fields")
    if "colours by level" in todo.app:
        config.color_scheme = fo.ColorScheme(
            color_by="value", fields=[colours_by_level(name) for name in found.fields]
        )
        parts.append("color_scheme")
    if "sidebar groups" in todo.app:
        config.sidebar_groups = _sidebar(dataset, found)
        parts.append("sidebar_groups")
    values = config.to_dict()
    store.set(_APP, json_util.dumps({part: values[part] for part in parts}))
    dataset.save()
    if todo.view:
        text = "Each video under its root's caption alone"
        dataset.save_view(todo.view, _roots(dataset, shown), description=text)


def _sidebar(dataset: fo.Dataset, found: Hierarchy) -> list[Any]:
    groups = fo.DatasetAppConfig.default_sidebar_groups(dataset)
    trees = set(found.fields)
    for group in groups:
        group.paths = [path for path in group.paths if path not in trees]
    captions = fo.SidebarGroupDocument(name="captions", paths=list(found.fields), expanded=True)
    return [captions, *(g for g in groups if g.paths or g.name == "tags")]


def _store(dataset: fo.Dataset) -> ExecutionStore:
    return ExecutionStore.create(UPGRADE_STORE, dataset_id=dataset_id(dataset))


def _now() -> datetime:
    return datetime.now(timezone.utc)
