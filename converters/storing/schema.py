"""Declares a dataset's schema, and arranges the dataset for the App.

Everything is declared before the first sample is written: the fast path bypasses FiftyOne's own
schema expansion, and undeclared attributes do not appear in the sidebar.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import fiftyone as fo
from fiftyone import ViewField as F

from ...core import fields
from ...core.colours import LEVEL_COLOURS
from ...core.fields import SEGMENTS, CaptionField
from ...internals.documents import declare_attributes, describe_fields, restore_field_document
from .compatible import FieldType, Fit, fit_fields
from .sample_fields import NODE_ATTRIBUTES, TIME_ATTRIBUTES, VIDEO_FIELDS, Attribute, VideoField

#: Descriptions of the fields that FiftyOne itself declares.
_SAMPLE_FIELDS = {
    "id": "Id of the sample",
    "filepath": "The clip",
    "tags": "Tags of the sample",
    "metadata": "Size, length and frame rate of the clip",
    "metadata.size_bytes": "Size of the clip's file in bytes",
    "metadata.mime_type": "Type of the clip's file",
    "metadata.frame_width": "Width of the clip in pixels",
    "metadata.frame_height": "Height of the clip in pixels",
    "metadata.frame_rate": "Frames per second of the clip; constant",
    "metadata.total_frame_count": "Frames of the clip",
    "metadata.duration": "Length of the clip in seconds",
    "metadata.encoding_str": "Codec of the clip's video",
    "created_at": "When the sample was added",
    "last_modified_at": "When the sample was last changed",
}


def _label_fields() -> list[fo.Field]:
    return [
        named_field(fo.ObjectIdField, "id", "Id of the label"),
        named_field(fo.ListField, "tags", "Tags of the label", fo.StringField()),
        named_field(fo.StringField, "label", "The text"),
        named_field(
            fo.FrameSupportField,
            "support",
            "First and last frame of the clip, 1-based and inclusive",
        ),
        named_field(fo.FloatField, "confidence", "Not given: the annotations carry none"),
    ]


def named_field(ftype: type[fo.Field], name: str, description: str, *args: object) -> fo.Field:
    """Returns a described field that ``add_dynamic_sample_fields`` takes."""
    field = ftype(*args, description=description)
    field.name = name
    field.db_field = "_id" if name == "id" else name
    return field


#: The only caption on thumbnails: six on top of each other are unreadable.
ACTIVE_CAPTION = "gpt_action_brief"
#: The further fields on thumbnails, if the dataset has them.
HEADING = (fields.TITLE, "metadata.duration")


def on_thumbnails(dataset: fo.Dataset, captions: Sequence[str]) -> list[str]:
    """Returns the fields to tick: title, duration and these captions."""
    heading = [path for path in HEADING if dataset.get_field(path) is not None]
    return [*heading, *captions]


def fit_schema(dataset: fo.Dataset, captions: Sequence[CaptionField]) -> Fit:
    """Compares a conversion's fields with a dataset's, and changes nothing.

    Args:
        dataset: the dataset to convert into
        captions: the texts that become fields

    Raises:
        IncompatibleError: if the dataset cannot take them
    """
    detections = {c.name: _types(NODE_ATTRIBUTES) for c in captions}
    detections[fields.TRANSCRIPT_SEGMENTS] = _types(TIME_ATTRIBUTES)
    return fit_fields(dataset, _types(VIDEO_FIELDS), detections)


def _types(rows: Sequence[VideoField] | Sequence[Attribute[Any]]) -> dict[str, FieldType]:
    return {row.name: row.ftype for row in rows}


def declare_schema(
    dataset: fo.Dataset,
    captions: Sequence[CaptionField],
    made_by: Mapping[str, str] | None = None,
) -> None:
    """Declares the missing fields and attributes of a conversion, and the index.

    Existing fields stay unchanged.

    Args:
        dataset: a dataset without samples, or one to append to
        captions: the texts that become fields
        made_by: the models of fields whose texts Action100M's models did not make

    Raises:
        IncompatibleError: if the dataset cannot store them; nothing is declared then
    """
    missing = fit_schema(dataset, captions).missing
    if dataset.media_type != fo.core.media.VIDEO:
        dataset.media_type = fo.core.media.VIDEO
    if not len(dataset):
        _describe_own(dataset)
    added: dict[str, fo.Field] = {
        row.name: named_field(row.ftype, row.name, row.description)
        for row in VIDEO_FIELDS
        if row.name in missing
    }
    for caption in captions:
        described = caption.described((made_by or {}).get(caption.name))
        added |= _detections(caption.name, described, NODE_ATTRIBUTES, missing)
    spoken = "What is said when, by speech recognition; an entry lasts until the next, 10 s at most"
    added |= _detections(fields.TRANSCRIPT_SEGMENTS, spoken, TIME_ATTRIBUTES, missing)
    # In one write: `add_sample_field` writes and reloads the whole schema for each field.
    dataset.add_dynamic_sample_fields(added)
    dataset.reload()
    if fields.VIDEO_UID not in dataset.get_index_information():
        dataset.create_index(fields.VIDEO_UID)


def _describe_own(dataset: fo.Dataset) -> None:
    """Describes the fields that FiftyOne itself has declared."""
    found = {path: dataset.get_field(path) for path in _SAMPLE_FIELDS}
    bare = [path for path, field in found.items() if field and field.description is None]
    describe_fields(dataset, {path: _SAMPLE_FIELDS[path] for path in bare})


def declare_reviews(dataset: fo.Dataset, names: Sequence[str]) -> None:
    """Declares the reviews of fields' detections.

    Raises:
        ValueError: if they have an attribute of that name which holds something else
    """
    what = "The segment's review status, judgements, note and original values"
    described = {f"{name}.detections.{fields.REVIEW}": what for name in names}
    declare_attributes(dataset, fo.DictField, described)


def keep_descriptions(dataset: fo.Dataset) -> None:
    """Keeps the descriptions of a loaded dataset's metadata.

    Loading recreates FiftyOne's document of that field without descriptions, and the next save
    (even the deletion of a sample) would write it so.
    """
    lost = False
    for path, description in _SAMPLE_FIELDS.items():
        field = dataset.get_field(path)
        if field is not None and field.description is None:
            field.description = description
            lost = True
    # The document may lack descriptions that the field in memory has.
    lost |= restore_field_document(dataset, fields.METADATA)
    if lost:
        dataset.save()


def _detections(
    name: str,
    description: str,
    attributes: Sequence[Attribute[Any]],
    missing: Mapping[str, type[fo.Field]],
) -> dict[str, fo.Field]:
    """Returns a field with all its attributes, or the missing attributes of an existing field."""
    if name not in missing:
        rows = {f"{name}.detections.{row.name}": row for row in attributes}
        return {
            path: named_field(missing[path], row.name, row.description)
            for path, row in rows.items()
            if path in missing
        }
    detection = fo.EmbeddedDocumentField(
        fo.TemporalDetection,
        fields=[
            *_label_fields(),
            *(named_field(a.ftype, a.name, a.description) for a in attributes),
        ],
    )
    text = "One detection for each segment that has this text"
    detections = named_field(fo.ListField, "detections", text, detection)
    whole = fo.EmbeddedDocumentField(
        fo.TemporalDetections, fields=[detections], description=description
    )
    whole.name = whole.db_field = name
    return {name: whole}


def make_readable(dataset: fo.Dataset, captions: Sequence[CaptionField]) -> None:
    """Sets the active field, the sidebar's groups, colours by level and saved views.

    Existing choices stay unchanged.

    Args:
        dataset: the dataset, with its schema declared
        captions: the caption fields
    """
    names = [c.name for c in captions]
    shown = ACTIVE_CAPTION if ACTIVE_CAPTION in names else names[0]
    config = dataset.app_config
    if not (config.active_fields and config.active_fields.paths):
        config.active_fields = fo.ActiveFields(paths=on_thumbnails(dataset, [shown]))
    if config.sidebar_groups is None:
        config.sidebar_groups = _sidebar(dataset, captions)
    if config.color_scheme is None:
        config.color_scheme = fo.ColorScheme(
            color_by="value",
            color_pool=list(LEVEL_COLOURS),
            fields=[colours_by_level(name) for name in names],
        )
    dataset.save()
    _save_views(dataset, shown)


def colours_by_level(name: str) -> dict[str, Any]:
    """Returns the part of a colour scheme that colours a field's detections by their level."""
    return {
        "path": name,
        "colorByAttribute": fields.LEVEL,
        "valueColors": [
            {"value": str(level), "color": LEVEL_COLOURS[level % len(LEVEL_COLOURS)]}
            for level in range(2 * len(LEVEL_COLOURS))
        ],
    }


def _sidebar(
    dataset: fo.Dataset, captions: Sequence[CaptionField]
) -> list[fo.SidebarGroupDocument]:
    refined = [c.name for c in captions if c.group == "gpt"]
    raw = [c.name for c in captions if c.group not in ("gpt", SEGMENTS.group)]
    bare = [c.name for c in captions if c.group == SEGMENTS.group]
    first = [fields.TITLE, fields.DESCRIPTION, fields.URL, fields.VIDEO_UID]
    rest = [f.name for f in VIDEO_FIELDS if f.name not in (*first, fields.TRANSCRIPT)]
    groups = [
        ("captions", refined, True),
        ("stage 2 captions", raw, True),
        ("segments", bare, True),
        ("speech", [fields.TRANSCRIPT_SEGMENTS, fields.TRANSCRIPT], True),
        ("video", [*first, *rest], True),
        ("tags", ["tags", "_label_tags"], False),
        ("metadata", _metadata_paths(dataset), False),
        ("other", ["id", "filepath", "created_at", "last_modified_at"], False),
    ]
    return [
        fo.SidebarGroupDocument(name=name, paths=paths, expanded=expanded)
        for name, paths, expanded in groups
        if paths
    ]


def _metadata_paths(dataset: fo.Dataset) -> list[str]:
    return [f"metadata.{name}" for name in dataset.get_field("metadata").get_field_schema()]


def _save_views(dataset: fo.Dataset, caption: str) -> None:
    """Saves views of whole videos, by time scale, of truncated segments and without speech."""
    duration = F(fields.END) - F(fields.START)
    views = {
        "whole videos": (
            dataset.filter_labels(caption, F(fields.LEVEL) == 0, only_matches=False),
            "Each video under its root's caption alone",
        ),
        "chapters": (
            dataset.filter_labels(caption, duration > 30, only_matches=False),
            "Segments of more than 30 s",
        ),
        "steps": (
            dataset.filter_labels(caption, duration <= 10, only_matches=False),
            "Segments of 10 s and less",
        ),
        "cut by the clip": (
            # Compared with True, as the expression of a bare field cannot be saved.
            dataset.filter_labels(caption, F(fields.TRUNCATED) == True),  # noqa: E712
            "Segments that go on after the clip ends",
        ),
        "without speech": (
            dataset.exists(fields.TRANSCRIPT, False),
            "Videos without a transcript in the clip",
        ),
    }
    for name, (view, description) in views.items():
        if not dataset.has_saved_view(name):
            dataset.save_view(name, view, description=description)
