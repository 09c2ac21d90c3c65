"""Finds the fields of a dataset that hold its trees.

These are the ``TemporalDetections`` fields whose detections have ``node_id``, ``parent_id`` and
``level``. The schema decides if it declares these attributes; if not, as in the published subset,
one detection does. The result is cached until the schema changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import fiftyone as fo
import fiftyone.core.clips as foc
import fiftyone.core.labels as fol
from fiftyone.core.sample import SampleView

from ..converters.storing.dataset import known_of
from ..core import fields
from ..core.frames import exact_rate
from ..core.tree import TreeOfCaptions
from ..internals.database import Document, count_samples, dataset_id, last_modified, samples_of
from ..internals.views import source_dataset

DatasetOrView: TypeAlias = fo.Dataset | fo.DatasetView
AnySample: TypeAlias = fo.Sample | SampleView

#: The required attributes of nodes.
NEEDED = (fields.NODE_ID, fields.PARENT_ID, fields.LEVEL)
#: Other attributes of nodes.
OPTIONAL = (fields.TIER, fields.START, fields.END, fields.TRUNCATED)
#: The fields of all nodes of a tree.
_WHOLE = ("plm_action", fields.SEGMENTS.name)
#: The number of samples that are examined for attributes that the schema does not declare: the
#: first ones, and of these the first with detections.
_FIRST, _SOME = 10_000, 100


class NoHierarchyError(ValueError):
    """A dataset, view or choice of fields that holds no tree; the message says why."""


@dataclass(frozen=True)
class Hierarchy:
    """The fields of a dataset that hold its trees.

    Attributes:
        fields: their names, in the schema's order
        carried: the attributes of :data:`OPTIONAL` that each field's detections have
        absent: the other ``TemporalDetections`` fields, and why they hold no tree
    """

    fields: tuple[str, ...]
    carried: Mapping[str, frozenset[str]]
    absent: Mapping[str, str]

    def has(self, field: str, attribute: str) -> bool:
        """Whether the detections of a field have an attribute of :data:`OPTIONAL`."""
        return attribute in self.carried.get(field, frozenset())

    @property
    def widest(self) -> str:
        """The field with the most nodes: one that all nodes have if it is there, else the first."""
        known = (name for name in _WHOLE if name in self.fields)
        return next(known, self.fields[0])


#: The state of each dataset, by id, when it was last examined, and the result.
_found: dict[str, tuple[object, Hierarchy]] = {}


def schema_key(dataset: DatasetOrView) -> str:
    """Returns a digest of a dataset's schema."""
    schema = dataset.get_field_schema(flat=True)
    paths = sorted(f"{path} {field}" for path, field in schema.items())
    return hashlib.sha1("\n".join(paths).encode()).hexdigest()


def _declared(dataset: DatasetOrView) -> dict[str, frozenset[str]]:
    """Returns the ``TemporalDetections`` fields, with their declared attributes."""
    found = {}
    for name, field in dataset.get_field_schema().items():
        if isinstance(field, fo.EmbeddedDocumentField) and issubclass(
            field.document_type, fol.TemporalDetections
        ):
            detections = field.get_field_schema()["detections"]
            found[name] = frozenset(detections.field.get_field_schema())
    return found


def _state(dataset: DatasetOrView, declared: Mapping[str, frozenset[str]]) -> object:
    """Returns a value that changes whenever other fields may hold trees.

    If no field declares the needed attributes the detections decide, so any changed sample counts.
    """
    if any(attributes.issuperset(NEEDED) for attributes in declared.values()):
        return declared
    return declared, last_modified(dataset), count_samples(dataset)


def find_hierarchy(collection: DatasetOrView, choose: Sequence[str] | None = None) -> Hierarchy:
    """Returns the fields of a dataset or view that hold trees.

    Args:
        collection: a dataset or view; of a clips view, the dataset that it was made from is used
        choose: the fields to use; by default all those that the view shows

    Raises:
        NoHierarchyError: if there is no such field, or a chosen field holds no tree
    """
    dataset = source_dataset(collection)
    key, declared = str(dataset_id(dataset)), _declared(dataset)
    state = _state(dataset, declared)
    seen, known = _found.get(key, (None, None))
    if known is None or seen != state:
        known = _examine(dataset, declared)
        _found[key] = state, known
    if not known.fields:
        raise NoHierarchyError(
            f"{dataset.name!r} has no tree: no TemporalDetections field has detections with "
            f"{', '.join(NEEDED)}. {_reasons(known.absent)}".rstrip()
        )
    known = _shown(known, collection)
    if choose is None:
        return known
    wrong = [name for name in choose if name not in known.fields]
    if wrong or not choose:
        raise NoHierarchyError(
            f"{', '.join(map(repr, wrong)) or 'no field'} holds no tree; "
            f"the fields that do: {', '.join(known.fields)}"
        )
    return Hierarchy(
        tuple(name for name in known.fields if name in choose), known.carried, known.absent
    )


def _shown(found: Hierarchy, collection: DatasetOrView) -> Hierarchy:
    """Returns the fields that a view shows."""
    if not isinstance(collection, fo.DatasetView) or isinstance(collection, foc.ClipsView):
        return found
    schema = collection.get_field_schema()
    names = tuple(name for name in found.fields if name in schema)
    if not names:
        raise NoHierarchyError(
            f"the view shows none of the fields that hold trees: {', '.join(found.fields)}"
        )
    return found if names == found.fields else Hierarchy(names, found.carried, found.absent)


def trees(sample: AnySample, choose: Sequence[str] | None = None) -> TreeOfCaptions:
    """Returns the tree of a sample's detections, gathered over its fields.

    >>> tree = trees(dataset.first())
    >>> tree.root.level, tree.leaves()[0].parent_id in tree
    (0, True)

    Args:
        sample: a video's sample, not a clip's
        choose: the fields to gather from; by default all that hold trees

    Raises:
        NoHierarchyError: if there is no such field
    """
    found = find_hierarchy(sample.dataset, choose)
    detections = {
        name: labels.detections if (labels := sample[name]) is not None else []
        for name in found.fields
    }
    return TreeOfCaptions.from_detections(detections, frame_rate(sample))


def frame_rate(sample: AnySample) -> Fraction | None:
    """Returns a sample's exact frame rate, None if its metadata has none."""
    rate = sample.metadata.frame_rate if sample.metadata is not None else None
    return exact_rate(rate) if rate else None


def _examine(dataset: fo.Dataset, declared: Mapping[str, frozenset[str]]) -> Hierarchy:
    carried: dict[str, frozenset[str]] = {}
    absent: dict[str, str] = {}
    # In a dataset that had samples before its conversion, these lack attributes that are declared.
    mixed = bool(known_of(dataset).get("foreign"))
    # Where one field declares the attributes, a few samples tell whether another has them as well.
    few = any(known.issuperset(NEEDED) for known in declared.values())
    for name, known in declared.items():
        attributes = known
        if not attributes.issuperset(NEEDED):
            attributes |= _seen(dataset, f"{name}.detections", few)
        if mixed:
            attributes -= {fields.TRUNCATED}
        missing = [a for a in NEEDED if a not in attributes]
        if missing:
            absent[name] = f"has no {', '.join(missing)}"
        else:
            carried[name] = frozenset(attributes.intersection(OPTIONAL))
    return Hierarchy(tuple(carried), carried, absent)


def _seen(dataset: fo.Dataset, path: str, few: bool) -> set[str]:
    """Returns the attributes of the nodes in one sample, of the first few or of all."""
    pipeline: list[Document] = [
        {"$match": {f"{path}.{fields.NODE_ID}": {"$exists": True}}},
        {"$limit": 1},
        {"$project": {path: 1}},
    ]
    if few:
        some = {"$match": {f"{path}.0": {"$exists": True}}}
        pipeline = [{"$limit": _FIRST}, some, {"$limit": _SOME}, *pipeline]
    for found in samples_of(dataset).aggregate(pipeline):
        detections = found[path.partition(".")[0]]["detections"]
        return {key for d in detections if fields.NODE_ID in d for key in d}
    return set()


def _reasons(absent: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {reason}" for name, reason in absent.items())
