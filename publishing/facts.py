"""Counts what a dataset holds, for its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import fiftyone as fo
from fiftyone import ViewField as F

from ..core import fields as names
from ..core.keys import INFO_KEY
from ..core.labels import is_no_action
from ..core.tree import Node
from ..views.hierarchy import Hierarchy, find_hierarchy, trees
from ..views.overview import count_nodes, count_texts, count_videos, measure_levels
from ..views.same import BRIEF
from ..views.statistics import Level
from .licence import Terms, terms_of

#: The number of frequent actions that a card names.
_ACTIONS = 10
#: The field with a text for each refined segment.
SUMMARY = "gpt_summary_brief"
#: The number of videos that examples are taken from.
_CANDIDATES = 24
#: The types of fields with examples, and FiftyOne's own fields.
_SCALARS = (fo.StringField, fo.IntField, fo.FloatField, fo.DateField, fo.DateTimeField)
_OWN = frozenset({"id", "filepath", "created_at", "last_modified_at"})


@dataclass(frozen=True)
class FieldFact:
    """A field, as the card lists it.

    Attributes:
        name: the field's name
        kind: its type
        description: its description in the schema, or an empty string
        count: the number of its detections, None for other fields
        attributes: name, type and description of each attribute of its detections
    """

    name: str
    kind: str
    description: str
    count: int | None = None
    attributes: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Facts:
    """What a card says about a dataset.

    Attributes:
        name: the dataset's name
        description: its description
        terms: its licence
        made_by: the converter and its version, empty if unknown
        parameters: the conversion's parameters
        videos: the number of videos
        hours: the length of all clips
        source_hours: the length of all source videos, None if unknown
        longest: the longest clip in seconds, None if unknown
        sizes: the number of clips per height in pixels, and per frame rate
        segments: the number of nodes in all trees
        levels: the nodes per level
        annotated: the number of nodes with a refined caption, None if the dataset only has those
        trees: the fields that hold trees
        fields: all fields
        words: words per caption, by field
        speech: the number of videos with a transcript, None if the dataset has no transcripts
        actions: the most frequent actions and their counts
        distinct: the number of different actions, and of all
        no_action: the number of segments with a refined caption but no action, and of all with a
            refined caption; None if the dataset lacks the fields
        examples: a value per field, as text; captions come from one segment where possible
        views: name and description of each saved view
        tags: the number of videos per tag
        years: the first and last year of upload, None if unknown
        builds: the manifests of the builds that made annotations
    """

    name: str
    description: str
    terms: Terms
    made_by: str
    parameters: dict[str, Any]
    videos: int
    hours: float
    source_hours: float | None
    longest: float | None
    sizes: tuple[dict[int, int], dict[float, int]]
    segments: int
    levels: list[Level]
    annotated: int | None
    trees: tuple[str, ...]
    fields: list[FieldFact]
    words: dict[str, float]
    speech: int | None
    actions: list[tuple[str, int]]
    distinct: tuple[int, int]
    no_action: tuple[int, int] | None = None
    examples: dict[str, str] = field(default_factory=dict)
    views: list[tuple[str, str]] = field(default_factory=list)
    tags: dict[str, int] = field(default_factory=dict)
    years: tuple[int, int] | None = None
    builds: list[Mapping[str, Any]] = field(default_factory=list)


def facts_of(dataset: fo.Dataset, terms: Terms | None = None) -> Facts:
    """Counts a dataset.

    Args:
        dataset: the dataset
        terms: its licence; None for what the dataset says

    Raises:
        NoHierarchyError: if it has no trees
    """
    found = find_hierarchy(dataset)
    view = dataset.view()
    videos = count_videos(view, found)
    segments = count_nodes(view, found)
    texts = count_texts(view, found, videos.videos)
    info = dataset.info.get(INFO_KEY) or {}
    schema = dataset.get_field_schema()
    speech = None
    if names.TRANSCRIPT in schema:
        speech = len(dataset.match(F(names.TRANSCRIPT) > ""))
    years = sorted(videos.years or ())
    quartiles = measure_levels(view, found)
    return Facts(
        name=dataset.name,
        description=dataset.description or "",
        terms=terms or terms_of(dataset),
        made_by=str(info.get("converter") or ""),
        parameters=dict(info.get("parameters") or {}),
        videos=videos.videos,
        hours=videos.clip_seconds / 3600,
        source_hours=None if videos.source_seconds is None else videos.source_seconds / 3600,
        longest=dataset.bounds("metadata.duration")[1],
        sizes=(
            dataset.count_values("metadata.frame_height"),
            dataset.count_values("metadata.frame_rate"),
        ),
        segments=segments.total,
        levels=[replace(each, quartiles=quartiles.get(each.level)) for each in segments.levels],
        annotated=segments.annotated,
        trees=found.fields,
        fields=_fields(dataset, schema, videos.detections),
        words=texts.words,
        speech=speech,
        actions=texts.actions.top(_ACTIONS),
        distinct=(texts.actions.distinct, texts.actions.total),
        no_action=_no_action(videos.detections, texts.actions.no_action),
        examples=_examples(dataset, found, schema),
        views=[(name, _view_description(dataset, name)) for name in dataset.list_saved_views()],
        tags=dataset.count_sample_tags(),
        years=(years[0], years[-1]) if years else None,
        builds=list(info.get("builds") or []),
    )


def _no_action(detections: dict[str, int], labelled: int) -> tuple[int, int] | None:
    """Counts segments with a summary but no action: no detection, or one that says ``N/A``."""
    if not {SUMMARY, BRIEF} <= detections.keys():
        return None
    refined = detections[SUMMARY]
    return max(refined - detections[BRIEF], 0) + labelled, refined


def _examples(dataset: fo.Dataset, found: Hierarchy, schema: dict[str, fo.Field]) -> dict[str, str]:
    """Takes values from the segment with the most captions, and from its video."""
    best: tuple[int, fo.Sample, Node] | None = None
    for sample in dataset.limit(_CANDIDATES).iter_samples():
        for node in trees(sample):
            count = sum(not is_no_action(text) for text in node.texts.values())
            if best is None or count > best[0]:
                best = count, sample, node
    if best is None:
        return {}
    _, sample, node = best
    known = {k: text for k, text in node.texts.items() if not is_no_action(text)}
    for name in (*found.fields, names.TRANSCRIPT_SEGMENTS):
        labels = sample[name].detections if name in schema and sample[name] else ()
        if labels and labels[0].label:
            known.setdefault(name, labels[0].label)
    for name, each in schema.items():
        if isinstance(each, _SCALARS) and name not in _OWN and sample[name] is not None:
            value = sample[name]
            known[name] = f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)
    return known


def _view_description(dataset: fo.Dataset, name: str) -> str:
    return str(dataset.get_saved_view_info(name).get("description") or "")


def _fields(
    dataset: fo.Dataset, schema: dict[str, fo.Field], counts: dict[str, int]
) -> list[FieldFact]:
    flat = dataset.get_field_schema(flat=True)
    found = []
    for name, each in schema.items():
        described = each.description or ""
        if not _is_detections(each):
            found.append(FieldFact(name, _kind(each), described))
            continue
        path = f"{name}.detections."
        attributes = tuple(
            (key.removeprefix(path), _kind(value), value.description or "")
            for key, value in flat.items()
            if key.startswith(path) and "." not in key.removeprefix(path)
        )
        count = counts[name] if name in counts else int(dataset.count(f"{name}.detections"))
        found.append(FieldFact(name, "TemporalDetections", described, count, attributes))
    return found


def _is_detections(each: fo.Field) -> bool:
    return isinstance(each, fo.EmbeddedDocumentField) and issubclass(
        each.document_type, fo.TemporalDetections
    )


def _kind(each: fo.Field) -> str:
    if isinstance(each, fo.EmbeddedDocumentField):
        return str(each.document_type.__name__)
    if isinstance(each, fo.ListField) and each.field is not None:
        return f"list of {_kind(each.field)}"
    return type(each).__name__.removesuffix("Field").lower()
