"""Adds what a dataset in the shape of the published subset lacks, in place, or undoes that.

:func:`plan` lists the changes. :func:`apply` makes them, and saves the old values in FiftyOne's
execution store, so that :func:`undo` can restore them in another process.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

import fiftyone as fo
from bson import json_util
from fiftyone import ViewField as F
from fiftyone.operators.store import ExecutionStore

from ..converters.storing.compatible import FieldType, attribute_type
from ..converters.storing.dataset import known_of
from ..converters.storing.sample_fields import NODE_ATTRIBUTES
from ..converters.storing.schema import ACTIVE_CAPTION, colours_by_level, named_field, on_thumbnails
from ..core import fields
from ..core.keys import UPGRADE_STORE
from ..core.wording import count
from ..internals.database import dataset_id
from ..internals.documents import describe_fields
from ..views.hierarchy import NEEDED, Hierarchy, find_hierarchy
from .restore import Undone, restore_app, restore_samples, restore_uid_field, restore_view
from .upgrade_samples import change_samples, sample_changes

logger = logging.getLogger(__name__)

_BEFORE, _APP = "before", "app"
_VIEW = "whole videos"
_ATTRIBUTES: dict[str, tuple[FieldType, str]] = {
    row.name: (row.ftype, row.description) for row in NODE_ATTRIBUTES if row.name in NEEDED
} | {fields.TIER: (fo.StringField, "root, leaf (nothing below it in this dataset) or mid")}


class UpgradeError(ValueError):
    """An upgrade cannot be made or undone."""


@dataclass
class UpgradePlan:
    """The changes of an upgrade.

    Attributes:
        dataset: the dataset's name
        declared: the attributes to declare in the schema: paths and types
        described: the descriptions to add, by field
        uids: the number of videos whose ``video_uid`` is filled in
        tiers: the number of detections with a wrong ``tier``
        supports: the number of detections, of captions or speech, that end after their clip
        app: the parts of the App's configuration to set
        view: the saved view to add, empty for none
        videos: the number of samples that change
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
        if not self:
            return f"{self.dataset!r} lacks nothing that an upgrade adds"
        names = sorted({path.rsplit(".", 1)[-1] for path in self.declared})
        lines = []
        if names:
            lines.append(f"declare {', '.join(names)} ({count(len(self.declared), 'attribute')})")
        if self.uids:
            lines.append(f"fill in the {fields.VIDEO_UID} of {count(self.uids, 'video')}")
        if self.tiers:
            lines.append(f"correct the tier of {count(self.tiers, 'detection')}")
        if self.supports:
            detections = count(self.supports, "detection")
            lines.append(f"cut the support of {detections} at their clip's last frame")
        if self.described:
            lines.append(f"describe {count(len(self.described), 'field')}")
        if self.app:
            lines.append(f"set the App's {', '.join(self.app)}")
        if self.view:
            lines.append(f"save the view {self.view!r}")
        return f"Changes to {self.dataset!r}:\n" + "\n".join(f"  - {line}" for line in lines)


def plan(dataset: fo.Dataset) -> UpgradePlan:
    """Returns the changes that an upgrade would make.

    Raises:
        NoHierarchyError: if the dataset has no trees
    """
    found = find_hierarchy(dataset)
    schema = dataset.get_field_schema(flat=True)
    made = UpgradePlan(dataset.name, declared=_undeclared(dataset, schema, found))
    made.described = _descriptions(schema, found)
    for changes in sample_changes(dataset, found):
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
    """Upgrades a dataset.

    Returns:
        what was changed

    Raises:
        NoHierarchyError: if the dataset has no trees
        UpgradeError: if it was upgraded before, and has more to change
    """
    todo, found, store = plan(dataset), find_hierarchy(dataset), _store(dataset)
    if not todo:
        return todo
    if store.get(_BEFORE) is not None:
        raise UpgradeError(f"{dataset.name!r} was upgraded before: undo that first (--undo)")
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
    _declare(dataset, todo)
    change_samples(dataset, found, store)
    if before["uid_index"]:
        dataset.create_index(fields.VIDEO_UID)
    describe_fields(dataset, todo.described)
    _make_readable(dataset, found, todo, store)
    dataset.reload()
    return todo


def undo(dataset: fo.Dataset) -> Undone:
    """Reverts the changes of the last upgrade, except where values were changed since.

    Raises:
        UpgradeError: if the dataset was not upgraded
    """
    store = _store(dataset)
    before = store.get(_BEFORE)
    if before is None:
        raise UpgradeError(f"{dataset.name!r} was not upgraded")
    done = Undone(dataset.name)
    changed = [key for key in store.list_keys() if key not in (_BEFORE, _APP)]
    done.videos = len(changed)
    restore_samples(dataset, {key: store.get(key) for key in changed}, done)
    # The upgrade, or an earlier undo, may have been interrupted, so anything may be missing.
    if before["view"] and dataset.has_saved_view(before["view"]):
        restore_view(dataset, before["view"], _roots(dataset, before["shown"]), done)
    restore_app(dataset, before["app_config"], store.get(_APP), done)
    found = {path: dataset.get_field(path) for path in before["described"]}
    same = [p for p, f in found.items() if f and f.description == before["described"][p]]
    describe_fields(dataset, dict.fromkeys(same))
    if before["runs"] == _conversions(dataset):
        restore_uid_field(dataset, bool(before["uid_field"]), bool(before["uid_index"]))
        _undeclare(dataset, before["declared"])
    else:
        done.kept.append("fields that a conversion has added to")
    store.clear()
    dataset.reload()
    return done


def _undeclared(
    dataset: fo.Dataset, schema: Mapping[str, fo.Field], found: Hierarchy
) -> dict[str, type[fo.Field]]:
    """Returns the attributes to declare, with the type of their values."""
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
    """Returns the number of conversions that have written to a dataset."""
    return len(known_of(dataset).get("runs", []))


def _shown(found: Hierarchy) -> str:
    return ACTIVE_CAPTION if ACTIVE_CAPTION in found.fields else found.fields[0]


def _roots(dataset: fo.Dataset, shown: str) -> fo.DatasetView:
    return dataset.filter_labels(shown, F(fields.LEVEL) == 0, only_matches=False)


def _carried(found: Hierarchy, name: str) -> list[str]:
    # Other attributes are part of every node.
    return [key for key in _ATTRIBUTES if key != fields.TIER or found.has(name, key)]


def _descriptions(schema: Mapping[str, fo.Field], found: Hierarchy) -> dict[str, str]:
    known = {c.name: c.description for c in fields.CAPTIONS if c.name in found.fields}
    return {
        name: text
        for name, text in known.items()
        if name in schema and schema[name].description is None
    }


def _declare(dataset: fo.Dataset, todo: UpgradePlan) -> None:
    """Declares attributes and the field of ids in one write of the schema."""
    added = {}
    for path, ftype in todo.declared.items():
        name = path.rsplit(".", 1)[-1]
        added[path] = named_field(ftype, name, _ATTRIBUTES[name][1])
    if todo.uids:
        text = "Id of the source video, from its address"
        added[fields.VIDEO_UID] = named_field(fo.StringField, fields.VIDEO_UID, text)
    dataset.add_dynamic_sample_fields(added)


def _undeclare(dataset: fo.Dataset, paths: list[str]) -> None:
    """Removes attributes from the schema, but not their values, which are older."""
    there = [path for path in paths if dataset.get_field(path) is not None]
    if there:
        dataset.remove_dynamic_sample_fields(there)


def _make_readable(
    dataset: fo.Dataset, found: Hierarchy, todo: UpgradePlan, store: ExecutionStore
) -> None:
    shown = _shown(found)
    config, parts = dataset.app_config, []
    if "active fields" in todo.app:
        config.active_fields = fo.ActiveFields(paths=on_thumbnails(dataset, [shown]))
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


def _sidebar(dataset: fo.Dataset, found: Hierarchy) -> list[fo.SidebarGroupDocument]:
    groups = fo.DatasetAppConfig.default_sidebar_groups(dataset)
    trees = set(found.fields)
    for group in groups:
        group.paths = [path for path in group.paths if path not in trees]
    captions = fo.SidebarGroupDocument(name="captions", paths=list(found.fields), expanded=True)
    return [captions, *(g for g in groups if g.paths or g.name == "tags")]


def _store(dataset: fo.Dataset) -> ExecutionStore:
    return ExecutionStore.create(UPGRADE_STORE, dataset_id=dataset_id(dataset))
