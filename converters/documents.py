"""Writes samples as the BSON that FiftyOne's ``add_samples`` would store.

A video has hundreds of detections, and the five refined captions of a node share all but their
text. So each node's attributes are encoded once and the bytes are put together, instead of building
some four thousand Python objects a video for an encoder to walk. What comes out is a
``RawBSONDocument``, which ``insert_documents`` takes like any dict; a test holds it equal to
``add_samples``' own.

BSON (bsonspec.org): a document is its length as an int32, its elements, and a zero byte; an element
is a type byte, its name ended by zero, and its value.
"""

from __future__ import annotations

import os
import random
import struct
import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import bson
from bson import ObjectId
from bson.raw_bson import RawBSONDocument

from ..core import fields
from ..core.labels import SampleLabels, Segment, SpeechSegment
from ..core.records import Record
from .media import Clip

#: MongoDB takes no larger document.
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

_INT = struct.Struct("<i")
_SUPPORT_HEAD = b"\x04support\x00" + _INT.pack(4 + 7 + 7 + 1)
_BOOL_HEAD = b"\x08" + fields.TRUNCATED.encode() + b"\x00"


def _text(name: str, value: str) -> bytes:
    data = value.encode()
    return b"\x02%b\x00%b%b\x00" % (name.encode(), _INT.pack(len(data) + 1), data)


def _elements(document: dict[str, Any]) -> bytes:
    """Returns a document's elements, to be put into another."""
    return bson.encode(document)[4:-1]


def _document(elements: bytes) -> bytes:
    return b"%b%b\x00" % (_INT.pack(len(elements) + 5), elements)


_DETECTION_HEAD = _elements({"_cls": "TemporalDetection", "tags": []}) + b"\x02label\x00"
_TIERS = {
    tier: _text(fields.TIER, tier) for tier in (fields.TIER_ROOT, fields.TIER_MID, fields.TIER_LEAF)
}
_NO_PARENT = b"\x0a" + fields.PARENT_ID.encode() + b"\x00"
_KEYS = [b"\x03%d\x00" % i for i in range(1024)]


def _frames(first: int, last: int) -> bytes:
    return b"%b\x100\x00%b\x101\x00%b\x00" % (_SUPPORT_HEAD, _INT.pack(first), _INT.pack(last))


def _span(start: float, end: float, truncated: bool) -> bytes:
    return b"\x01start\x00%b\x01end\x00%b%b%b" % (
        struct.pack("<d", start),
        struct.pack("<d", end),
        _BOOL_HEAD,
        b"\x01" if truncated else b"\x00",
    )


def _node_attributes(s: Segment) -> bytes:
    """Returns what all the detections of a node have in common."""
    return b"".join(
        (
            _frames(s.first, s.last),
            _text(fields.NODE_ID, s.node_id),
            _NO_PARENT if s.parent_id is None else _text(fields.PARENT_ID, s.parent_id),
            b"\x10level\x00",
            _INT.pack(s.level),
            _TIERS[s.tier],
            _span(s.start, s.end, s.truncated),
        )
    )


def _speech_attributes(s: SpeechSegment) -> bytes:
    return _frames(s.first, s.last) + _span(s.start, s.end, s.truncated)


class _LabelIds:
    """Fresh ObjectIds as bytes: a time, 40 random bits a sample, and a counter."""

    def __init__(self) -> None:
        self.prefix = b"\x07_id\x00" + struct.pack(">I", int(time.time())) + os.urandom(5)
        self.count = 0

    def next(self) -> bytes:
        self.count += 1
        return self.prefix + self.count.to_bytes(3, "big")


def _detections(name: str, labels: Iterable[tuple[str, bytes]], ids: _LabelIds) -> bytes:
    """Returns a ``TemporalDetections`` field as an element.

    Args:
        name: the field
        labels: each detection's text and the rest of its attributes
        ids: where their ids come from
    """
    parts = []
    for i, (text, attributes) in enumerate(labels):
        data = text.encode()
        body = b"%b%b%b%b\x00%b" % (
            ids.next(),
            _DETECTION_HEAD,
            _INT.pack(len(data) + 1),
            data,
            attributes,
        )
        key = _KEYS[i] if i < len(_KEYS) else b"\x03%d\x00" % i
        parts.append(b"%b%b%b\x00" % (key, _INT.pack(len(body) + 5), body))
    array = _document(b"".join(parts))
    container = _document(_elements({"_cls": "TemporalDetections"}) + b"\x04detections\x00" + array)
    return b"\x03%b\x00%b" % (name.encode(), container)


def sample_values(record: Record, labels: SampleLabels) -> dict[str, Any]:
    """Returns a sample's plain fields: what is known of the video as a whole.

    What is not known is left out, as ``add_samples`` leaves it out.
    """
    info = record.info
    values = {
        fields.VIDEO_UID: record.video_uid,
        fields.TITLE: info.title,
        fields.DESCRIPTION: info.description,
        fields.URL: record.url,
        fields.UPLOAD_DATE: info.upload_date,
        fields.VIEW_COUNT: info.view_count,
        fields.LIKE_COUNT: info.like_count,
        fields.SOURCE_DURATION: record.duration,
        fields.TRANSCRIPT: labels.transcript,
        fields.TREE_DEPTH: record.tree.depth,
    }
    return {name: value for name, value in values.items() if value is not None}


def metadata_values(clip: Clip) -> dict[str, Any]:
    """Returns the values of FiftyOne's ``VideoMetadata`` for a clip."""
    return {
        "size_bytes": clip.size_bytes,
        "mime_type": clip.mime_type,
        "frame_width": clip.frame_width,
        "frame_height": clip.frame_height,
        "frame_rate": float(clip.frame_rate),
        "total_frame_count": clip.total_frame_count,
        "duration": clip.duration,
        "encoding_str": clip.encoding_str,
    }


def sample_document(
    record: Record,
    clip: Clip,
    filepath: str,
    labels: SampleLabels,
    dataset_id: ObjectId,
    now: datetime,
) -> RawBSONDocument:
    """Writes one sample.

    Args:
        record: the video's annotations
        clip: the clip, already checked
        filepath: where the clip is, absolute and normalised
        labels: from :func:`..core.labels.map_labels`
        dataset_id: the ``_id`` of the data set's own document
        now: the time of the insertion, UTC

    Returns:
        the document

    Raises:
        OverflowError: if the document is larger than MongoDB takes
    """
    head = {
        "_id": ObjectId(),
        "filepath": filepath,
        "tags": [],
        "metadata": {"_cls": "VideoMetadata", **metadata_values(clip)},
        "_media_type": "video",
        "_rand": random.random() * 0.001 + 0.999,  # as core/odm/sample.py draws it
        **sample_values(record, labels),
    }
    tail = {"_dataset_id": dataset_id, "created_at": now, "last_modified_at": now}
    ids = _LabelIds()
    shared: dict[int, bytes] = {}
    parts = [_elements(head)]
    for name, found in labels.captions.items():
        parts.append(_detections(name, _with_attributes(found, labels.segments, shared), ids))
    spoken = ((s.text, _speech_attributes(s)) for s in labels.speech)
    parts.append(_detections(fields.TRANSCRIPT_SEGMENTS, spoken, ids))
    parts.append(_elements(tail))
    data = _document(b"".join(parts))
    if len(data) > MAX_DOCUMENT_BYTES:
        raise OverflowError(
            f"the sample of {record.video_uid} takes {len(data)} bytes, "
            f"MongoDB takes {MAX_DOCUMENT_BYTES}"
        )
    return RawBSONDocument(data)


def _with_attributes(
    found: Sequence[tuple[int, str]], segments: Sequence[Segment], shared: dict[int, bytes]
) -> Iterable[tuple[str, bytes]]:
    for k, text in found:
        attributes = shared.get(k)
        if attributes is None:
            attributes = shared[k] = _node_attributes(segments[k])
        yield text, attributes
