"""Checks whether an existing dataset can store a conversion's samples, before anything is written.

Existing fields keep their types. Values that such a field can store without loss are adapted to it;
all other conflicts are reported together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import fiftyone as fo

FieldType: TypeAlias = type[fo.Field]

#: The types implied by the values of an undeclared attribute.
Seen: TypeAlias = fo.Field | list[fo.Field] | None


class IncompatibleError(ValueError):
    """The dataset cannot store a conversion's samples."""


@dataclass
class Fit:
    """How a conversion's fields fit a dataset.

    Attributes:
        missing: paths of fields and attributes to declare, with their types
        whole: fields of seconds that the dataset declares as integers
    """

    missing: dict[str, FieldType] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()


def fit_fields(
    dataset: fo.Dataset,
    video_fields: Mapping[str, FieldType],
    detections: Mapping[str, Mapping[str, FieldType]],
) -> Fit:
    """Compares a conversion's fields with a dataset's, and changes nothing.

    Args:
        dataset: the dataset
        video_fields: the fields of the whole video, with their types
        detections: the fields of detections, with the types of their attributes

    Raises:
        IncompatibleError: if the dataset cannot store them; names every conflicting field
    """
    if dataset.media_type not in (None, fo.core.media.VIDEO):
        raise IncompatibleError(
            f"the dataset {dataset.name!r} holds {dataset.media_type} samples, not videos: choose "
            "another --name"
        )
    schema = dataset.get_field_schema(flat=True)
    found, wrong = Fit(), list[str]()
    whole = set()
    for name, wanted in video_fields.items():
        existing = schema.get(name)
        if existing is None:
            found.missing[name] = wanted
        elif wanted is fo.FloatField and isinstance(existing, fo.IntField):
            whole.add(name)
        elif not _takes(existing, wanted):
            wrong.append(_in_the_way(name, existing, wanted))
    found.whole = frozenset(whole)
    undeclared = _undeclared(dataset, schema, detections)
    for name, attributes in detections.items():
        existing = schema.get(name)
        if existing is None:
            found.missing[name] = fo.EmbeddedDocumentField
        elif not _holds_detections(existing):
            wrong.append(_in_the_way(name, existing, fo.TemporalDetections))
        else:
            for key, wanted in attributes.items():
                path = f"{name}.detections.{key}"
                _fit_attribute(path, wanted, schema.get(path), undeclared.get(path), found, wrong)
            if existing.read_only and any(p.startswith(f"{name}.") for p in found.missing):
                wrong.append(f"{name} is read-only and lacks attributes")
    if wrong:
        raise IncompatibleError(
            f"the dataset {dataset.name!r} cannot take these videos and is unchanged: "
            f"{'; '.join(wrong)}. Rename such a field (dataset.rename_sample_field) or choose "
            "another --name"
        )
    return found


def _fit_attribute(
    path: str,
    wanted: FieldType,
    declared: fo.Field | None,
    seen: Seen,
    found: Fit,
    wrong: list[str],
) -> None:
    """Compares one attribute with its declaration, or else with the existing values."""
    if declared is not None:
        if not _takes(declared, wanted):
            wrong.append(_in_the_way(path, declared, wanted))
        return
    kinds = _kinds(seen)
    found.missing[path] = attribute_type(wanted, seen) or wanted
    unlike = [kind for kind in kinds if attribute_type(wanted, kind) is None]
    wrong += [_in_the_way(path, kind, wanted) for kind in unlike[:1]]


def attribute_type(wanted: FieldType, seen: Seen) -> FieldType | None:
    """Returns the type to declare an attribute with, None if existing values do not fit.

    Args:
        wanted: the type that a conversion writes
        seen: the field or fields implied by existing values, from ``get_dynamic_field_schema``
    """
    kinds = _kinds(seen)
    if wanted in (fo.IntField, fo.FloatField):
        if not all(isinstance(kind, (fo.IntField, fo.FloatField)) for kind in kinds):
            return None
        return fo.FloatField if any(isinstance(k, fo.FloatField) for k in kinds) else wanted
    return wanted if all(_takes(kind, wanted) for kind in kinds) else None


def _kinds(seen: Seen) -> list[fo.Field]:
    return seen if isinstance(seen, list) else [seen] if seen is not None else []


def _takes(field: fo.Field, wanted: FieldType) -> bool:
    """Returns whether a field can store values of a type without loss."""
    if wanted is fo.IntField:
        return isinstance(field, (fo.IntField, fo.FloatField))
    if wanted is fo.DateTimeField:  # a day is stored as midnight UTC
        return isinstance(field, (fo.DateTimeField, fo.DateField))
    return isinstance(field, wanted)


def _holds_detections(field: fo.Field) -> bool:
    return isinstance(field, fo.EmbeddedDocumentField) and issubclass(
        field.document_type, fo.TemporalDetections
    )


def _undeclared(
    dataset: fo.Dataset,
    schema: Mapping[str, fo.Field],
    detections: Mapping[str, Mapping[str, FieldType]],
) -> Mapping[str, Seen]:
    """Returns the types of the values of undeclared attributes."""
    names = [
        name
        for name, attributes in detections.items()
        if name in schema
        and _holds_detections(schema[name])
        and any(f"{name}.detections.{key}" not in schema for key in attributes)
    ]
    found: Mapping[str, Seen] = dataset.get_dynamic_field_schema(fields=names) if names else {}
    return found


def _in_the_way(path: str, field: fo.Field, wanted: FieldType) -> str:
    kind = type(field).__name__
    if isinstance(field, fo.EmbeddedDocumentField):
        kind = field.document_type.__name__
    return f"{path} is {kind}, not {wanted.__name__}"
