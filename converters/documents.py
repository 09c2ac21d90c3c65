"""Writes samples as the BSON that FiftyOne's ``add_samples`` would store.

A video has hundreds of detections, and the five refined captions of a node share all but their
text. So those of a whole batch of videos are written as columns (:mod:`.bson_columns`), instead of
building some four thousand Python objects a video for an encoder to walk. What comes out are
``RawBSONDocument``s, which ``insert_documents`` takes like any dict; a test holds them equal to
``add_samples``' own.
"""

from __future__ import annotations

import os
import random
import struct
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from bson import ObjectId
from bson.raw_bson import RawBSONDocument

from ..core import fields
from ..core.block import Block, BlockSpeech, BlockTree, block_of
from ..core.fields import CaptionField
from ..core.labels import Frames, map_frames, no_actions
from ..core.records import Record
from ..core.tree import TIERS, IntArray
from . import bson_columns as columns
from .bson_columns import EMPTY_DOCUMENT, elements, fixed, int32, joined, lengths, name
from .media import Clip

#: MongoDB takes no larger document.
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

_STRING, _ARRAY, _BOOL, _NULL, _INT32, _FLOAT64, _ID = 0x02, 0x04, 0x08, 0x0A, 0x10, 0x01, 0x07

_DETECTION_HEAD = elements({"_cls": "TemporalDetection", "tags": []}) + name(_STRING, "label")
_CONTAINER_HEAD = elements({"_cls": "TemporalDetections"}) + name(_ARRAY, "detections")

#: ``support`` is an array of two int32.
_SUPPORT = name(_ARRAY, "support") + int32(4 + 7 + 7 + 1) + name(_INT32, "0")
_SUPPORT_LAST = name(_INT32, "1")

_TIERS = pa.array(
    [name(_STRING, fields.TIER) + int32(len(t) + 1) + t.encode() + b"\x00" for t in TIERS],
    pa.binary(),
)

#: A label's bytes without its text and its attributes: a length, ``_id``, the head, a length.
_LABEL_BYTES = 4 + len(name(_ID, "_id")) + 12 + len(_DETECTION_HEAD) + 4

#: More than any detection takes besides its text and its ids, with its key.
_DETECTION_BYTES = 400


class Item(NamedTuple):
    """What a sample is made of: annotations, a clip that is checked, and where it is."""

    record: Record
    clip: Clip
    filepath: str


class _Part(NamedTuple):
    """Items whose records are in one block, and which of its records they are, ascending."""

    block: Block
    rows: list[int]
    items: list[Item]


def sample_values(record: Record, transcript: str | None) -> dict[str, Any]:
    """Returns a sample's plain fields: what is known of the video as a whole.

    What is not known is left out, as ``add_samples`` leaves it out.

    Args:
        record: the video's annotations
        transcript: what is said in the clip
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
        fields.TRANSCRIPT: transcript,
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


def may_be_too_large(record: Record, captions: Sequence[CaptionField]) -> bool:
    """Whether a sample's document could be larger than MongoDB takes; cheap, and seldom true."""
    tree, info, texts = record.tree, record.info, len(captions)
    if isinstance(tree, BlockTree):
        size = int(tree.block.text_bytes[tree.row]) + texts * int(tree.block.id_bytes[tree.row])
    else:
        said = (s.text for s in info.transcript)
        size = sum(len(t) for of in tree.texts.values() for t in of if t) + sum(map(len, said))
        size += 2 * texts * sum(len(i) for i in tree.node_ids)
        size *= 4  # the most bytes a character has
    size += 4 * (len(info.title or "") + len(info.description or ""))
    size += _DETECTION_BYTES * (texts * len(tree) + len(info.transcript) + 10)
    return 2 * size > MAX_DOCUMENT_BYTES  # what is said is there twice


def sample_documents(
    items: Sequence[Item],
    captions: Sequence[CaptionField],
    dataset_id: ObjectId,
    now: datetime,
) -> list[RawBSONDocument]:
    """Writes samples.

    Args:
        items: what they are made of
        captions: the texts that become fields
        dataset_id: the ``_id`` of the data set's own document
        now: the time of the insertion, UTC

    Returns:
        their documents, in order

    Raises:
        OverflowError: if a document is larger than MongoDB takes
    """
    tail = elements({"_dataset_id": dataset_id, "created_at": now, "last_modified_at": now})
    return [
        document
        for part in _parts(items)
        for document in _Writer(part, captions).documents(tail + b"\x00")
    ]


def _parts(items: Sequence[Item]) -> Iterator[_Part]:
    """Groups items that follow each other by the block they are in; others get one of their own."""
    part: _Part | None = None
    loose: list[Item] = []
    for item in items:
        found = _place_of(item.record)
        if part and not (found and found[0] is part.block and found[1] > part.rows[-1]):
            yield part
            part = None
        if loose and found:
            yield _loose_part(loose)
            loose = []
        if found is None:
            loose.append(item)
        elif part is None:
            part = _Part(found[0], [found[1]], [item])
        else:
            part.rows.append(found[1])
            part.items.append(item)
    if part:
        yield part
    if loose:
        yield _loose_part(loose)


def _loose_part(items: list[Item]) -> _Part:
    block = block_of([(item.record.tree, item.record.info.transcript) for item in items])
    return _Part(block, list(range(len(items))), items)


def _place_of(record: Record) -> tuple[Block, int] | None:
    tree, heard = record.tree, record.info.transcript
    if not isinstance(tree, BlockTree):
        return None
    if isinstance(heard, BlockSpeech) and (heard.block, heard.row) == (tree.block, tree.row):
        return tree.block, tree.row
    return None


class _Writer:
    """Writes the samples of one block's records."""

    def __init__(self, part: _Part, captions: Sequence[CaptionField]) -> None:
        self.block, rows, self.items = part
        self.captions = captions
        self.count = len(self.items)
        self.clips = [(i.clip.frame_rate, i.clip.total_frame_count) for i in self.items]
        #: Which item each of the block's records is, -1 for none.
        self.numbers = np.full(len(self.block), -1, dtype=np.int64)
        self.numbers[rows] = np.arange(self.count)
        random_bytes = np.frombuffer(os.urandom(5 * self.count), dtype=np.uint8)
        seconds = np.frombuffer(struct.pack(">I", int(time.time())), dtype=np.uint8)
        #: What a sample's new ObjectIds begin with; the rest counts.
        self.prefixes = np.empty((self.count, 9), dtype=np.uint8)
        self.prefixes[:, :4] = seconds
        self.prefixes[:, 4:] = random_bytes.reshape(self.count, 5)
        self.used = np.zeros(self.count, dtype=np.int64)

    def documents(self, tail: bytes) -> Iterator[RawBSONDocument]:
        """Yields the documents, each of which ends with the same bytes.

        Raises:
            OverflowError: if one is larger than MongoDB takes
        """
        parts = [*self._captions(), self._speech()]
        for k, (item, said) in enumerate(zip(self.items, self._transcripts(), strict=True)):
            head = elements(_head(item, said))
            pieces = [b"", head, *(piece for part in parts for piece in part[k]), tail]
            size = 4 + sum(map(len, pieces))
            if size > MAX_DOCUMENT_BYTES:
                raise OverflowError(
                    f"the sample of {item.record.video_uid} takes {size} bytes, "
                    f"MongoDB takes {MAX_DOCUMENT_BYTES}"
                )
            pieces[0] = int32(size)
            yield RawBSONDocument(b"".join(pieces))

    def _captions(self) -> Iterator[list[tuple[bytes, memoryview, bytes]]]:
        """Yields each caption field's part of the documents."""
        block = self.block
        frames = map_frames(block.starts, block.ends, self.numbers[block.rows], self.clips)
        segments = np.full(len(block.node_ids), -1, dtype=np.int64)
        segments[frames.places] = np.arange(len(frames.places))
        chosen = []
        used = np.zeros(len(frames.places), dtype=bool)
        for caption in self.captions:
            texts = block.texts[caption.name]
            found = segments[texts.places]
            wanted = found >= 0
            if caption.action:
                wanted &= ~no_actions(texts.values)
            found, values = found[wanted], texts.values.filter(pa.array(wanted))
            used[found] = True
            chosen.append((caption.name, found, values))
        kept = np.flatnonzero(used)
        tails = self._tails(frames.at(kept))
        places = np.cumsum(used) - 1
        numbers = self.numbers[block.rows[frames.places]]
        for field, found, values in chosen:
            taken = tails.take(pa.array(places[found]))
            yield self._detections(field, numbers[found], values, taken)

    def _tails(self, frames: Frames) -> pa.BinaryArray:
        """Returns what follows the text in all the detections of some nodes."""
        block, places = self.block, pa.array(frames.places)
        count = len(places)
        ids, above = block.node_ids.take(places), block.parent_ids.take(places)
        size = (pc.fill_null(pc.binary_length(above), 0).to_numpy() + 1).astype("<i4")
        head = fixed(count, b"\x00" + name(_STRING, fields.PARENT_ID), size)
        parent = joined(head, _binary(above), pa.scalar(b"\x00"))
        return joined(
            fixed(
                count,
                b"\x00",
                *_support(frames),
                name(_STRING, fields.NODE_ID),
                (lengths(ids) + 1).astype("<i4"),
            ),
            _binary(ids),
            pc.fill_null(parent, b"\x00" + name(_NULL, fields.PARENT_ID)),
            fixed(count, name(_INT32, fields.LEVEL), block.levels[frames.places].astype("<i4")),
            _TIERS.take(pa.array(block.tiers[frames.places])),
            fixed(count, *_span(block.starts, block.ends, frames), b"\x00"),
        )

    def _said(self) -> tuple[Frames, IntArray, pa.StringArray]:
        """Returns the entries with frames in the clip, whose they are, and what is said."""
        spoken = self.block.spoken
        rows = np.repeat(np.arange(len(self.block)), np.diff(spoken.offsets))
        numbers = self.numbers[rows]
        frames = map_frames(spoken.starts, spoken.ends, numbers, self.clips)
        return frames, numbers[frames.places], spoken.texts.take(pa.array(frames.places))

    def _speech(self) -> list[tuple[bytes, memoryview, bytes]]:
        """Returns the transcript segments' part of the documents."""
        frames, numbers, texts = self._said()
        spoken = self.block.spoken
        span = _span(spoken.starts, spoken.ends, frames)
        tails = fixed(len(numbers), b"\x00", *_support(frames), *span, b"\x00")
        return self._detections(fields.TRANSCRIPT_SEGMENTS, numbers, texts, tails)

    def _transcripts(self) -> list[str | None]:
        """Returns what is said in each clip."""
        _, numbers, texts = self._said()
        spaced = joined(_binary(texts), pa.scalar(b" "))
        whole = columns.spans(spaced, self._firsts(numbers))
        return [bytes(data[:-1]).decode() if data else None for data in whole]

    def _firsts(self, numbers: IntArray) -> IntArray:
        """Returns where each item's part of a column is, of which is known whose each value is."""
        firsts: IntArray = np.searchsorted(numbers, np.arange(self.count + 1))
        return firsts

    def _detections(
        self, field: str, numbers: IntArray, texts: pa.StringArray, tails: pa.BinaryArray
    ) -> list[tuple[bytes, memoryview, bytes]]:
        """Writes a ``TemporalDetections`` field of all the samples.

        Args:
            field: its name
            numbers: whose item's each detection is, ascending
            texts: the labels
            tails: what follows each

        Returns:
            for each sample: what comes before the detections, they, and what comes behind
        """
        count, firsts = len(numbers), self._firsts(numbers)
        ranks = np.arange(count) - firsts[numbers]
        counters = (self.used[numbers] + ranks).astype(">u4").view(np.uint8).reshape(count, 4)
        self.used += np.diff(firsts)
        size = lengths(texts)
        detections = joined(
            columns.keys(ranks),
            fixed(
                count,
                (_LABEL_BYTES + size + lengths(tails)).astype("<i4"),
                name(_ID, "_id"),
                self.prefixes[numbers],
                counters[:, 1:],
                _DETECTION_HEAD,
                (size + 1).astype("<i4"),
            ),
            _binary(texts),
            tails,
        )
        start, parts = name(0x03, field), []
        for data in columns.spans(detections, firsts):
            array = EMPTY_DOCUMENT + len(data)
            container = EMPTY_DOCUMENT + len(_CONTAINER_HEAD) + array
            before = b"%b%b%b%b" % (start, int32(container), _CONTAINER_HEAD, int32(array))
            parts.append((before, data, b"\x00\x00"))
        return parts


def _head(item: Item, transcript: str | None) -> dict[str, Any]:
    """Returns a document's fields up to the first of detections."""
    return {
        "_id": ObjectId(),
        "filepath": item.filepath,
        "tags": [],
        "metadata": {"_cls": "VideoMetadata", **metadata_values(item.clip)},
        "_media_type": "video",
        "_rand": random.random() * 0.001 + 0.999,  # as core/odm/sample.py draws it
        **sample_values(item.record, transcript),
    }


def _support(frames: Frames) -> tuple[bytes | npt.NDArray[Any], ...]:
    first, last = frames.first.astype("<i4"), frames.last.astype("<i4")
    return _SUPPORT, first, _SUPPORT_LAST, last, b"\x00"


def _span(
    starts: npt.NDArray[np.float64], ends: npt.NDArray[np.float64], frames: Frames
) -> tuple[bytes | npt.NDArray[Any], ...]:
    return (
        name(_FLOAT64, fields.START),
        starts[frames.places].astype("<f8"),
        name(_FLOAT64, fields.END),
        ends[frames.places].astype("<f8"),
        name(_BOOL, fields.TRUNCATED),
        frames.truncated,
    )


def _binary(texts: pa.StringArray) -> pa.BinaryArray:
    return pc.cast(texts, pa.binary())
