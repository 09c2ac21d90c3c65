"""Finds which fields of a data set hold a tree.

A field counts if it is a ``TemporalDetections`` field whose detections carry ``node_id``,
``parent_id`` and ``level``. The schema says so where they are declared; where they are not (the
published subset declares none) one detection is looked at. Kept until the schema changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.labels as fol

from ..converters.storing.dataset import known_of
from ..core import fields
from ..core.frames import exact_rate
from ..core.tree import TreeOfCaptions
from ..internals.database import count_samples, dataset_id, last_modified, samples_of
from ..internals.views import source_dataset as source_dataset

#: What a detection must carry to be a node.
NEEDED = (fields.NODE_ID, fields.PARENT_ID, fields.LEVEL)
#: What it may carry beside.
OPTIONAL = (fields.TIER, fields.START, fields.END, fields.TRUNCATED)


class NoHierarchyError(ValueError):
    """A data set, or a choice of its fields, without a tree."""


@dataclass(frozen=True)
class Hierarchy:
    """The fields of a data set that hold its trees.

    Attributes:
        fields: their names, in the schema's order
        carried: for each, which of :data:`OPTIONAL` its detections carry
        absent: fields that were looked at and hold none, with the reason
    """

    fields: tuple[str, ...]
    carried: Mapping[str, frozenset[str]]
    absent: Mapping[str, str]

    def has(self, field: str, attribute: str) -> bool:
        """Whether a field's detections carry an attribute beyond the needed ones."""
        return attribute in self.carried.get(field, frozenset())

    @property
    def widest(self) -> str:
        """The field that completes the trees: ``plm_action`` where it is one, else the first."""
        return "plm_action" if "plm_action" in self.fields else self.fields[0]


#: What each data set declared when it was looked at, and what was found.
_found: dict[str, tuple[Any, Hierarchy]] = {}


def schema_key(dataset: Any) -> str:
    """Returns what is another one after any change of a data set's schema."""
    schema = dataset.get_field_schema(flat=True)
    paths = sorted(f"{path} {field}" for path, field in schema.items())
    return hashlib.sha1("\n".join(paths).encode()).hexdigest()


def _declared(dataset: Any) -> dict[str, frozenset[str]]:
    """Returns the fields that can hold a tree, with the attributes that the schema declares."""
    found = {}
    for name, field in dataset.get_field_schema().items():
        if isinstance(field, fo.EmbeddedDocumentField) and issubclass(
            field.document_type, fol.TemporalDetections
        ):
            detections = field.get_field_schema()["detections"]
            found[name] = frozenset(detections.field.get_field_schema())
    return found


def _state(dataset: Any, declared: Mapping[str, frozenset[str]]) -> Any:
    """Returns what is another one as soon as the data set may have other trees.

    Where no field declares what makes a node the detections say so: a change of a sample counts.
    """
    if any(attributes.issuperset(NEEDED) for attributes in declared.values()):
        return declared
    return declared, last_modified(dataset), count_samples(dataset)


def find_hierarchy(collection: Any, choose: Sequence[str] | None = None) -> Hierarchy:
    """Returns the fields of a data set or view that hold trees.

    Args:
        collection: a data set or a view; of a clips view, the data set it was made from
        choose: the fields to use; by default all that there are and the view shows

    Raises:
        NoHierarchyError: if there is none, or a chosen one is none; says what was looked at
    """
    dataset = source_dataset(collection)
    key, declared = str(dataset_id(dataset)), _declared(dataset)
    state = _state(dataset, declared)
    seen, known = _found.get(key, (None, None))
    if known is None or seen != state:
        known = _look(dataset, declared)
        _found[key] = state, known
    if not known.fields:
        raise NoHierarchyError(
            f"{dataset.name!r} has no tree: this needs a TemporalDetections field whose detections "
            f"carry {', '.join(NEEDED)}. " + (_reasons(known.absent) or "It has no such field.")
        )
    known = _shown(known, collection)
    if choose is None:
        return known
    wrong = [name for name in choose if name not in known.fields]
    if wrong or not choose:
        raise NoHierarchyError(
            f"{', '.join(map(repr, wrong)) or 'no field'} holds no tree; "
            f"those that do: {', '.join(known.fields)}"
        )
    return Hierarchy(
        tuple(name for name in known.fields if name in choose), known.carried, known.absent
    )


def _shown(found: Hierarchy, collection: Any) -> Hierarchy:
    """Leaves out the fields that a view has deselected."""
    if not isinstance(collection, fo.DatasetView) or isinstance(collection, foc.ClipsView):
        return found
    schema = collection.get_field_schema()
    names = tuple(name for name in found.fields if name in schema)
    if not names:
        raise NoHierarchyError(
            f"the view shows none of the fields that hold trees: {', '.join(found.fields)}"
        )
    return found if names == found.fields else Hierarchy(names, found.carried, found.absent)


def trees(sample: Any, choose: Sequence[str] | None = None) -> TreeOfCaptions:
    """Returns the tree that a sample's detections hold, gathered over its fields.

    >>> tree = trees(dataset.first())
    >>> tree.root.level, tree.leaves()[0].parent_id in tree
    (0, True)

    Args:
        sample: a video sample, not a clip
        choose: the fields to gather from; all that hold trees by default

    Raises:
        NoHierarchyError: if there is no such field
    """
    found = find_hierarchy(sample.dataset, choose)
    detections = {
        name: labels.detections if (labels := sample[name]) is not None else []
        for name in found.fields
    }
    return TreeOfCaptions.from_detections(detections, frame_rate(sample))


def frame_rate(sample: Any) -> Fraction | None:
    """Returns a sample's exact frame rate, None where its metadata has none."""
    rate = sample.metadata.frame_rate if sample.metadata is not None else None
    return exact_rate(rate) if rate else None


def _look(dataset: fo.Dataset, declared: Mapping[str, frozenset[str]]) -> Hierarchy:
    carried: dict[str, frozenset[str]] = {}
    absent: dict[str, str] = {}
    # A conversion has declared what samples that were there before do not carry.
    mixed = bool(known_of(dataset).get("foreign"))
    for name, known in declared.items():
        attributes = known
        if not attributes.issuperset(NEEDED):
            attributes |= _seen(dataset, f"{name}.detections")
        if mixed:
            attributes -= {fields.TRUNCATED}
        missing = [a for a in NEEDED if a not in attributes]
        if missing:
            absent[name] = f"has no {', '.join(missing)}"
        else:
            carried[name] = frozenset(attributes.intersection(OPTIONAL))
    return Hierarchy(tuple(carried), carried, absent)


def _seen(dataset: fo.Dataset, path: str) -> set[str]:
    """Looks at one detection that is a node."""
    found = samples_of(dataset).find_one({f"{path}.{fields.NODE_ID}": {"$exists": True}}, {path: 1})
    if found is None:
        return set()
    detections = found[path.partition(".")[0]]["detections"]
    return {key for d in detections if fields.NODE_ID in d for key in d}


def _reasons(absent: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {reason}" for name, reason in absent.items())
