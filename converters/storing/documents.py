"""Writes samples as the BSON that FiftyOne's ``add_samples`` would store.

A video has hundreds of detections, and the five refined captions of a node share all but their
text. So those of a whole batch of videos are written as columns (:mod:`.bson_columns`), instead of
building some four thousand Python objects a video for an encoder to walk. What comes out are
``RawBSONDocument``s, which ``insert_documents`` takes like any dict; a test holds them equal to
``add_samples``' own.
"""

from __future__ import annotations

import hashlib
import os
import random
import struct
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from bson import ObjectId
from bson.raw_bson import RawBSONDocument

from ...core import fields
from ...core.block import Block, BlockSpeech, BlockTree, block_of
from ...core.fields import CaptionField
from ...core.labels import ClipFrames, Frames, map_frames, no_actions
from ...core.records import Record
from ...core.tree import TIERS, IntArray
from ..clips.media import Clip
from . import bson_columns as columns
from .bson_columns import EMPTY_DOCUMENT, elements, fixed, int32, joined, lengths, name

#: MongoDB takes no larger document.
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

_FLOAT64, _STRING, _EMBEDDED, _ARRAY, _ID, _BOOL, _NULL, _INT32 = 1, 2, 3, 4, 7, 8, 0x0A, 0x10

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
    """What a sample is made of: annotations, a clip that is checked, where it is, maybe its id."""

    record: Record
    clip: Clip
    filepath: str
    id: ObjectId | None = None


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


def shared_id(dataset_id: ObjectId, video_uid: str) -> ObjectId:
    """Returns an id for a video's sample in a data set that is the same whoever adds it.

    So MongoDB's own index on ``_id`` refuses a second sample of a video, also from a process that
    was thought dead.
    """
    text = video_uid.encode("utf-8", "surrogatepass")
    return ObjectId(hashlib.blake2b(text, digest_size=12, key=dataset_id.binary).digest())


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
    whole: Collection[str] = (),
) -> list[RawBSONDocument]:
    """Writes samples.

    Args:
        items: what they are made of
        captions: the texts that become fields
        dataset_id: the ``_id`` of the data set's own document
        now: the time of the insertion, UTC
        whole: plain fields of seconds that the data set has as whole numbers; a value that is none
            is left out

    Returns:
        their documents, in order

    Raises:
        OverflowError: if a document is larger than MongoDB takes
    """
    tail = elements({"_dataset_id": dataset_id, "created_at": now, "last_modified_at": now})
    return [
        document
        for part in _parts(items)
        for document in _Writer(part, captions, whole).documents(tail + b"\x00")
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


class _Labels(NamedTuple):
    """A field of detections of several samples.

    ``numbers`` says whose each is, ascending, and ``tails`` which of the ends that detections have
    is its.
    """

    field: str
    numbers: IntArray
    texts: pa.StringArray
    tails: IntArray


class SampleDocument(RawBSONDocument):
    """A sample's BSON that knows its id.

    ``insert_documents`` asks each document for its id, and a plain ``RawBSONDocument`` takes itself
    apart to answer: a seventh of what a sample costs.
    """

    __slots__ = ("_sample_id",)

    def __init__(self, data: bytes, sample_id: ObjectId) -> None:
        super().__init__(data)
        self._sample_id = sample_id

    def __getitem__(self, item: str) -> Any:
        return self._sample_id if item == "_id" else super().__getitem__(item)


class _Writer:
    """Writes the samples of one block's records."""

    def __init__(
        self, part: _Part, captions: Sequence[CaptionField], whole: Collection[str]
    ) -> None:
        self.block, rows, self.items = part
        self.captions = captions
        self.whole = whole
        self.count = len(self.items)
        self.clips = ClipFrames([(i.clip.frame_rate, i.clip.total_frame_count) for i in self.items])
        #: Which item each of the block's records is, -1 for none.
        self.numbers = np.full(len(self.block), -1, dtype=np.int64)
        self.numbers[rows] = np.arange(self.count)

    def documents(self, tail: bytes) -> Iterator[SampleDocument]:
        """Yields the documents, each of which ends with the same bytes.

        Raises:
            OverflowError: if one is larger than MongoDB takes
        """
        captions, ends = self._captions()
        speech, others = self._speech(len(ends))
        parts = self._detections([*captions, speech], pa.concat_arrays([ends, others]))
        said = self._transcripts(speech)
        for item, transcript, *fields_of_one in zip(self.items, said, *parts, strict=True):
            sample_id = item.id or ObjectId()
            head = elements(_head(item, sample_id, transcript, self.whole))
            pieces = [b"", head, *chain.from_iterable(fields_of_one), tail]
            size = 4 + sum(map(len, pieces))
            if size > MAX_DOCUMENT_BYTES:
                raise OverflowError(
                    f"the sample of {item.record.video_uid} takes {size} bytes, "
                    f"MongoDB takes {MAX_DOCUMENT_BYTES}"
                )
            pieces[0] = int32(size)
            yield SampleDocument(b"".join(pieces), sample_id)

    def _captions(self) -> tuple[list[_Labels], pa.BinaryArray]:
        """Returns each caption field's detections, and what they end with: one end a node."""
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
            values = texts.values
            if not wanted.all():
                found, values = found[wanted], values.filter(pa.array(wanted))
            used[found] = True
            chosen.append((caption.name, found, values))
        places = np.cumsum(used) - 1
        numbers = self.numbers[block.rows[frames.places]]
        labels = [_Labels(f, numbers[found], texts, places[found]) for f, found, texts in chosen]
        return labels, self._tails(frames.at(np.flatnonzero(used)))

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

    def _speech(self, first: int) -> tuple[_Labels, pa.BinaryArray]:
        """Returns the transcript segments, which are entries with frames, and what they end with.

        Args:
            first: where their ends will be among all
        """
        spoken = self.block.spoken
        rows = np.repeat(np.arange(len(self.block)), np.diff(spoken.offsets))
        numbers = self.numbers[rows]
        frames = map_frames(spoken.starts, spoken.ends, numbers, self.clips)
        span = _span(spoken.starts, spoken.ends, frames)
        tails = fixed(len(frames.places), b"\x00", *_support(frames), *span, b"\x00")
        texts = spoken.texts.take(pa.array(frames.places))
        places = np.arange(first, first + len(tails))
        return _Labels(fields.TRANSCRIPT_SEGMENTS, numbers[frames.places], texts, places), tails

    def _transcripts(self, speech: _Labels) -> list[str | None]:
        """Returns what is said in each clip."""
        spaced = joined(_binary(speech.texts), pa.scalar(b" "))
        firsts = np.searchsorted(speech.numbers, np.arange(self.count + 1))
        whole = columns.spans(spaced, firsts)
        return [str(data[:-1], "utf-8") if data else None for data in whole]

    def _detections(
        self, labels: Sequence[_Labels], ends: pa.BinaryArray
    ) -> list[list[tuple[bytes, memoryview, bytes]]]:
        """Writes ``TemporalDetections`` fields.

        Args:
            labels: the fields
            ends: what detections end with

        Returns:
            for each field, for each sample: what comes before the detections, they, and what comes
            behind
        """
        count = self.count
        numbers = np.concatenate([one.numbers for one in labels])
        held = np.array([np.bincount(one.numbers, minlength=count) for one in labels])
        firsts = np.concatenate(([0], np.cumsum(held)))
        groups = numbers + np.repeat(np.arange(len(labels)) * count, held.sum(axis=1))
        ranks = np.arange(len(numbers)) - firsts[groups]
        counters = (np.cumsum(held, axis=0) - held).ravel()[groups] + ranks
        size = np.concatenate([lengths(one.texts) for one in labels])
        tails = ends.take(pa.array(np.concatenate([one.tails for one in labels])))
        beginnings = columns.keys(ranks)
        heads = fixed(
            len(numbers),
            (_LABEL_BYTES + size + lengths(tails)).astype("<i4"),
            name(_ID, "_id"),
            *_label_ids(numbers, counters, count),
            _DETECTION_HEAD,
            (size + 1).astype("<i4"),
        )
        parts = []
        for i, one in enumerate(labels):
            places = firsts[i * count : (i + 1) * count + 1]
            of = slice(places[0], places[-1])
            written = joined(beginnings[of], heads[of], _binary(one.texts), tails[of])
            parts.append(_containers(one.field, columns.spans(written, places - places[0])))
        return parts


def _label_ids(numbers: IntArray, counters: IntArray, count: int) -> tuple[npt.NDArray[Any], ...]:
    """Returns new ObjectIds in two columns: the time and four random bytes, one more and a counter.

    Args:
        numbers: whose sample's each label is; each sample has random bytes of its own
        counters: which of its sample's labels it is
        count: how many samples there are
    """
    seed = np.frombuffer(os.urandom(5 * count), dtype=np.uint8).reshape(count, 5)
    begin = np.empty((count, 8), dtype=np.uint8)
    begin[:, :4] = np.frombuffer(struct.pack(">I", int(time.time())), dtype=np.uint8)
    begin[:, 4:] = seed[:, :4]
    end = (seed[:, 4].astype(np.int64) << 24)[numbers] | counters
    return begin.view("<u8")[:, 0][numbers], end.astype(">u4")


def _containers(
    field: str, detections: Sequence[memoryview]
) -> list[tuple[bytes, memoryview, bytes]]:
    """Puts a ``TemporalDetections`` around each sample's detections."""
    start, more = name(_EMBEDDED, field), EMPTY_DOCUMENT + len(_CONTAINER_HEAD)
    pack = struct.Struct(f"<{len(start)}si{len(_CONTAINER_HEAD)}si").pack
    sizes = [EMPTY_DOCUMENT + len(data) for data in detections]
    heads = [pack(start, more + size, _CONTAINER_HEAD, size) for size in sizes]
    return [(head, data, b"\x00\x00") for head, data in zip(heads, detections, strict=True)]


def _head(
    item: Item, sample_id: ObjectId, transcript: str | None, whole: Collection[str]
) -> dict[str, Any]:
    """Returns a document's fields up to the first of detections."""
    values = sample_values(item.record, transcript)
    for field in whole:
        seconds = values.pop(field, None)
        if seconds is not None and float(seconds).is_integer():
            values[field] = int(seconds)
    return {
        "_id": sample_id,
        "filepath": item.filepath,
        "tags": [],
        "metadata": {"_cls": "VideoMetadata", **metadata_values(item.clip)},
        "_media_type": "video",
        "_rand": random.random() * 0.001 + 0.999,  # as core/odm/sample.py draws it
        **values,
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
