"""Whether a data set that is there can take a conversion's samples, looked at before it is touched.

A field that is there keeps its type. What can be written into it without loss is; anything else is
refused, all of it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import fiftyone as fo

FieldType = type[fo.Field]


class IncompatibleError(ValueError):
    """A data set that cannot take a conversion's samples as it is."""


@dataclass
class Fit:
    """What a data set lacks of a conversion's fields, and how what it has is written.

    Attributes:
        missing: paths of fields and of attributes that are to be declared, with their types
        whole: fields for seconds that hold whole numbers only
    """

    missing: dict[str, FieldType] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()


def fit(
    dataset: fo.Dataset,
    plain: Mapping[str, FieldType],
    detections: Mapping[str, Mapping[str, FieldType]],
) -> Fit:
    """Holds a conversion's fields against a data set's, and touches nothing.

    Args:
        dataset: the data set
        plain: the fields of the whole video, with their types
        detections: the fields of detections, with the types of their attributes

    Raises:
        IncompatibleError: if the data set cannot take them; names every field in the way
    """
    if dataset.media_type not in (None, fo.core.media.VIDEO):
        raise IncompatibleError(
            f"the data set {dataset.name!r} is for media of the type {dataset.media_type}, and "
            "clips are videos: choose another --name"
        )
    schema = dataset.get_field_schema(flat=True)
    found, wrong = Fit(), list[str]()
    whole = set()
    for name, wanted in plain.items():
        there = schema.get(name)
        if there is None:
            found.missing[name] = wanted
        elif wanted is fo.FloatField and isinstance(there, fo.IntField):
            whole.add(name)
        elif not _takes(there, wanted):
            wrong.append(_in_the_way(name, there, wanted))
    found.whole = frozenset(whole)
    undeclared = _undeclared(dataset, schema, detections)
    for name, attributes in detections.items():
        there = schema.get(name)
        if there is None:
            found.missing[name] = fo.EmbeddedDocumentField
        elif not _holds_detections(there):
            wrong.append(_in_the_way(name, there, fo.TemporalDetections))
        else:
            for key, wanted in attributes.items():
                path = f"{name}.detections.{key}"
                _fit_attribute(path, wanted, schema.get(path), undeclared.get(path), found, wrong)
            if there.read_only and any(p.startswith(f"{name}.") for p in found.missing):
                wrong.append(f"{name} is read-only and lacks attributes")
    if wrong:
        raise IncompatibleError(
            f"the data set {dataset.name!r} cannot take these videos, nothing was changed: "
            f"{'; '.join(wrong)}. Rename such a field (dataset.rename_sample_field) or choose "
            "another --name"
        )
    return found


def _fit_attribute(
    path: str, wanted: FieldType, declared: Any, seen: Any, found: Fit, wrong: list[str]
) -> None:
    """Holds one attribute against what is declared, or else against the values that are there."""
    if declared is not None:
        if not _takes(declared, wanted):
            wrong.append(_in_the_way(path, declared, wanted))
        return
    kinds = _kinds(seen)
    found.missing[path] = attribute_type(wanted, seen) or wanted
    unlike = [kind for kind in kinds if attribute_type(wanted, kind) is None]
    wrong += [_in_the_way(path, kind, wanted) for kind in unlike[:1]]


def attribute_type(wanted: FieldType, seen: Any) -> FieldType | None:
    """Returns the type to declare an attribute with, None where its values are of another kind.

    Args:
        wanted: the type of what is written
        seen: the field or fields that the values imply, as ``get_dynamic_field_schema`` has them
    """
    kinds = _kinds(seen)
    if wanted in (fo.IntField, fo.FloatField):
        if not all(isinstance(kind, (fo.IntField, fo.FloatField)) for kind in kinds):
            return None
        return fo.FloatField if any(isinstance(k, fo.FloatField) for k in kinds) else wanted
    return wanted if all(_takes(kind, wanted) for kind in kinds) else None


def _kinds(seen: Any) -> list[Any]:
    return seen if isinstance(seen, list) else [seen] if seen is not None else []


def _takes(there: Any, wanted: FieldType) -> bool:
    """Whether a field takes values of a type without loss."""
    if wanted is fo.IntField:
        return isinstance(there, (fo.IntField, fo.FloatField))
    if wanted is fo.DateTimeField:  # midnight UTC, and a day is stored as that
        return isinstance(there, (fo.DateTimeField, fo.DateField))
    return isinstance(there, wanted)


def _holds_detections(there: Any) -> bool:
    return isinstance(there, fo.EmbeddedDocumentField) and issubclass(
        there.document_type, fo.TemporalDetections
    )


def _undeclared(
    dataset: fo.Dataset,
    schema: Mapping[str, Any],
    detections: Mapping[str, Mapping[str, FieldType]],
) -> Mapping[str, Any]:
    """Returns the types of the values whose attributes no schema declares."""
    names = [
        name
        for name, attributes in detections.items()
        if name in schema
        and _holds_detections(schema[name])
        and any(f"{name}.detections.{key}" not in schema for key in attributes)
    ]
    found: Mapping[str, Any] = dataset.get_dynamic_field_schema(fields=names) if names else {}
    return found


def _in_the_way(path: str, there: Any, wanted: type) -> str:
    kind = type(there).__name__
    if isinstance(there, fo.EmbeddedDocumentField):
        kind = there.document_type.__name__
    return f"{path} is {kind}, not {wanted.__name__}"
