"""Rewrites an existing sample's values, and keeps what users have added."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ...core import fields

#: Fields that a sample keeps for its lifetime.
_KEPT = frozenset({"_id", "tags", "created_at", "_rand", "_dataset_id", "_media_type"})


def merged(
    old: Mapping[str, Any], new: Mapping[str, Any], untouched: Collection[str] = ()
) -> dict[str, Any]:
    """Returns the values to set in a sample's document.

    The sample keeps its id, its tags and every field that a conversion does not write. A detection
    of the same node (for speech: of the same text) keeps its id, its tags and additional
    attributes. Detections that are not nodes stay.

    Args:
        old: the existing document
        new: the document that a conversion writes
        untouched: fields that must not be written
    """
    values = {}
    for name, value in new.items():
        was = old.get(name)
        if name in _KEPT or name in untouched:
            continue
        if not (isinstance(value, Mapping) and isinstance(was, Mapping)):
            values[name] = value
        elif "detections" in value:
            found = _detections(was.get("detections") or [], value["detections"], name)
            values[name] = {**was, **value, "detections": found}
        else:
            values[name] = {**was, **value}
    return values


def _detections(
    old: list[Mapping[str, Any]], new: list[Mapping[str, Any]], name: str
) -> list[dict[str, Any]]:
    key = "label" if name == fields.TRANSCRIPT_SEGMENTS else fields.NODE_ID
    there: dict[Any, list[Mapping[str, Any]]] = {}
    for each in old:
        there.setdefault(each.get(key), []).append(each)
    made = []
    for each in new:
        same = there.get(each.get(key)) or [{}]
        was = same.pop(0)
        tags = [*was.get("tags", ()), *each.get("tags", ())]
        kept = {"tags": list(dict.fromkeys(tags))} if "tags" in was else {}
        made.append({**was, **each, **kept, **({"_id": was["_id"]} if "_id" in was else {})})
    if key == fields.NODE_ID:
        made += [dict(each) for each in old if not each.get(key)]
    return made
