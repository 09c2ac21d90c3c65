"""The fields and attributes that a conversion writes, one row each.

:mod:`.schema` declares them and :mod:`.documents` writes them, in this order. To add one, name it
in ``core/fields.py`` and give it a row here; a caption field is a row in
:data:`...core.fields.CAPTIONS` instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import fiftyone as fo
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ...core import fields
from ...core.block import Block, Transcripts
from ...core.labels import Frames
from ...core.records import Record
from ...core.tree import TIERS
from .bson_columns import Column

Source = TypeVar("Source", contravariant=True)


@dataclass(frozen=True)
class VideoField:
    """A field of the whole video.

    Attributes:
        name: from ``core/fields.py``
        ftype: FiftyOne's type of it
        description: shown in the App
        value: returns the value, given the record and the transcript of the clip; the field is
            left out of a sample where it is None, as ``add_samples`` does
    """

    name: str
    ftype: type[fo.Field]
    description: str
    value: Callable[[Record, str | None], object]


@dataclass(frozen=True)
class Attribute(Generic[Source]):
    """An attribute of detections.

    Attributes:
        name: from ``core/fields.py``
        ftype: FiftyOne's type of it
        description: shown in the App
        column: returns the values of the detections whose rows in the source ``frames.places``
            lists, as a column of integers (32 bits), floats, booleans or strings
    """

    name: str
    ftype: type[fo.Field]
    description: str
    column: Callable[[Source, Frames], Column]


VIDEO_FIELDS = (
    VideoField(
        fields.VIDEO_UID,
        fo.StringField,
        "Id of the source video; unique in a conversion",
        lambda r, _: r.video_uid,
    ),
    VideoField(
        fields.TITLE, fo.StringField, "Title of the source video", lambda r, _: r.info.title
    ),
    VideoField(
        fields.DESCRIPTION,
        fo.StringField,
        "Description of the source video by its uploader",
        lambda r, _: r.info.description,
    ),
    VideoField(
        fields.URL, fo.StringField, "Where the source video was published", lambda r, _: r.url
    ),
    VideoField(
        fields.UPLOAD_DATE,
        fo.DateTimeField,
        "Day of the upload, midnight UTC",
        lambda r, _: r.info.upload_date,
    ),
    VideoField(
        fields.VIEW_COUNT,
        fo.IntField,
        "Views when the record was made",
        lambda r, _: r.info.view_count,
    ),
    VideoField(
        fields.LIKE_COUNT,
        fo.IntField,
        "Likes when the record was made",
        lambda r, _: r.info.like_count,
    ),
    VideoField(
        fields.SOURCE_DURATION,
        fo.FloatField,
        "Length of the whole source video in seconds; the clip's is in metadata.duration",
        lambda r, _: r.duration,
    ),
    VideoField(
        fields.TRANSCRIPT,
        fo.StringField,
        "What is said in the clip, by speech recognition",
        lambda _, transcript: transcript,
    ),
    VideoField(
        fields.TREE_DEPTH,
        fo.IntField,
        "Deepest level of the whole Tree-of-Captions; the root is 0",
        lambda r, _: r.tree.depth,
    ),
)

#: Attributes of captions and of transcript segments alike.
TIME_ATTRIBUTES: tuple[Attribute[Block | Transcripts], ...] = (
    Attribute(
        fields.START,
        fo.FloatField,
        "Start in seconds of the source video, as recorded",
        lambda source, frames: source.starts[frames.places],
    ),
    Attribute(
        fields.END,
        fo.FloatField,
        "End in seconds of the source video, as recorded; may lie past the clip",
        lambda source, frames: source.ends[frames.places],
    ),
    Attribute(
        fields.TRUNCATED,
        fo.BooleanField,
        "Whether the end lies past the clip's",
        lambda _, frames: frames.truncated,
    ),
)

#: Attributes of captions.
NODE_ATTRIBUTES: tuple[Attribute[Block], ...] = (
    Attribute(
        fields.NODE_ID,
        fo.StringField,
        "Id of the tree's node",
        lambda block, frames: block.node_ids.take(pa.array(frames.places)),
    ),
    Attribute(
        fields.PARENT_ID,
        fo.StringField,
        "Id of the node's parent; none for the root",
        lambda block, frames: block.parent_ids.take(pa.array(frames.places)),
    ),
    Attribute(
        fields.LEVEL,
        fo.IntField,
        "Depth in the tree; 0 is the whole video",
        lambda block, frames: block.levels[frames.places],
    ),
    Attribute(
        fields.TIER,
        fo.StringField,
        "root (the whole video), leaf (no children in the source tree) or mid",
        lambda block, frames: _tier_names(block.tiers[frames.places]),
    ),
    *TIME_ATTRIBUTES,
)


def _tier_names(codes: npt.NDArray[np.int8]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(codes, pa.array(TIERS))
