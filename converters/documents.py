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
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
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


def _text(name: str, value: str) -> bytes:
    data = value.encode()
    return b"\x02%b\x00%b%b\x00" % (name.encode(), _INT.pack(len(data) + 1), data)


def _elements(document: dict[str, Any]) -> bytes:
    """Returns a document's elements, to be put into another."""
    data: bytes = bson.encode(document)
    return data[4:-1]


#: The bytes of a document without elements.
_EMPTY_DOCUMENT = 5

_DETECTION_HEAD = _elements({"_cls": "TemporalDetection", "tags": []}) + b"\x02label\x00"
_CONTAINER_HEAD = _elements({"_cls": "TemporalDetections"}) + b"\x04detections\x00"
_NODE_ID = b"\x02" + fields.NODE_ID.encode() + b"\x00"
_PARENT_ID = b"\x02" + fields.PARENT_ID.encode() + b"\x00"
_NO_PARENT = b"\x0a" + fields.PARENT_ID.encode() + b"\x00"

#: ``support``: an array of two int32.
_SUPPORT = struct.Struct("<13s3si3sis")
_SUPPORT_HEAD = b"\x04support\x00" + _INT.pack(4 + 7 + 7 + 1)

#: ``start`` and ``end``, float64, and ``truncated``, a bool.
_SPAN = struct.Struct("<7sd5sd11s?")
_SPAN_NAMES = (
    b"\x01" + fields.START.encode() + b"\x00",
    b"\x01" + fields.END.encode() + b"\x00",
    b"\x08" + fields.TRUNCATED.encode() + b"\x00",
)

#: The keys of an array's documents, and the last bytes of ids with what follows an id in a label,
#: for so many that few videos have more.
_KEYS = [b"\x03%d\x00" % i for i in range(1024)]
_HEADS = [i.to_bytes(3, "big") + _DETECTION_HEAD for i in range(4096)]

#: A label's bytes without its text and its attributes: a length, ``_id``, the head, a length.
_LABEL_BYTES = 4 + len(b"\x07_id\x00") + 12 + len(_DETECTION_HEAD) + 4


def _frames(first: int, last: int) -> bytes:
    return _SUPPORT.pack(_SUPPORT_HEAD, b"\x100\x00", first, b"\x101\x00", last, b"\x00")


def _span(start: float, end: float, truncated: bool) -> bytes:
    start_name, end_name, truncated_name = _SPAN_NAMES
    return _SPAN.pack(start_name, start, end_name, end, truncated_name, truncated)


@lru_cache(maxsize=1024)
def _place(level: int, tier: str) -> bytes:
    return b"\x10%b\x00%b%b" % (fields.LEVEL.encode(), _INT.pack(level), _text(fields.TIER, tier))


def _id(name: bytes, value: str) -> bytes:
    data = value.encode()
    return b"%b%b%b\x00" % (name, _INT.pack(len(data) + 1), data)


class _NodeTails(dict[int, bytes]):
    """What follows the text in all the detections of a segment, made when first asked for."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self.segments = segments

    def __missing__(self, k: int) -> bytes:
        s = self.segments[k]
        tail = self[k] = b"\x00%b%b%b%b%b\x00" % (
            _frames(s.first, s.last),
            _id(_NODE_ID, s.node_id),
            _NO_PARENT if s.parent_id is None else _id(_PARENT_ID, s.parent_id),
            _place(s.level, s.tier),
            _span(s.start, s.end, s.truncated),
        )
        return tail


def _speech_tail(s: SpeechSegment) -> bytes:
    return b"\x00%b%b\x00" % (_frames(s.first, s.last), _span(s.start, s.end, s.truncated))


class _LabelIds:
    """Fresh ObjectIds: a time, 40 random bits a sample, and a counter."""

    def __init__(self) -> None:
        self.prefix = b"\x07_id\x00" + struct.pack(">I", int(time.time())) + os.urandom(5)
        self.used = 0

    def take(self, count: int) -> list[bytes]:
        """Returns the counters of so many ids, each followed by what a label begins with."""
        first, self.used = self.used, self.used + count
        if self.used <= len(_HEADS):
            return _HEADS[first : self.used]
        return [i.to_bytes(3, "big") + _DETECTION_HEAD for i in range(first, self.used)]


def _add_detections(
    parts: list[bytes],
    name: str,
    found: Sequence[tuple[int, str]],
    tails: Mapping[int, bytes] | Sequence[bytes],
    ids: _LabelIds,
) -> int:
    """Adds a ``TemporalDetections`` field to the parts of a document.

    Args:
        parts: is added to
        name: the field
        found: each detection's place in ``tails`` and its text
        tails: what follows a text
        ids: where the detections' ids come from

    Returns:
        how many bytes were added
    """
    count = len(found)
    keys = _KEYS if count <= len(_KEYS) else [b"\x03%d\x00" % i for i in range(count)]
    pack, prefix = _INT.pack, ids.prefix
    opening = len(parts)
    parts.append(b"")  # the lengths are known when the detections are
    array = _EMPTY_DOCUMENT
    for key, head, (k, text) in zip(keys, ids.take(count), found):  # noqa: B905 - keys are more
        data = text.encode()
        tail = tails[k]
        size = len(data)
        whole = _LABEL_BYTES + size + len(tail)
        array += len(key) + whole
        parts += (key, pack(whole), prefix, head, pack(size + 1), data, tail)
    container = _EMPTY_DOCUMENT + len(_CONTAINER_HEAD) + array
    start = b"\x03%b\x00%b%b%b" % (name.encode(), pack(container), _CONTAINER_HEAD, pack(array))
    parts[opening] = start
    parts.append(b"\x00\x00")
    return container + len(b"\x03\x00") + len(name.encode())


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
    tails = _NodeTails(labels.segments)
    first, last = _elements(head), _elements(tail)
    parts = [b"", first]
    size = _EMPTY_DOCUMENT + len(first) + len(last)
    for name, found in labels.captions.items():
        size += _add_detections(parts, name, found, tails, ids)
    spoken = [(i, s.text) for i, s in enumerate(labels.speech)]
    speech_tails = [_speech_tail(s) for s in labels.speech]
    size += _add_detections(parts, fields.TRANSCRIPT_SEGMENTS, spoken, speech_tails, ids)
    parts[0] = _INT.pack(size)
    parts += (last, b"\x00")
    data = b"".join(parts)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise OverflowError(
            f"the sample of {record.video_uid} takes {len(data)} bytes, "
            f"MongoDB takes {MAX_DOCUMENT_BYTES}"
        )
    return RawBSONDocument(data)
