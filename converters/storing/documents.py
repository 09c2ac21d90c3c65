"""Writes samples as the BSON that FiftyOne's ``add_samples`` would store.

A video has hundreds of detections, and the five refined captions of a node share all but their
text. The detections of a whole batch of videos are therefore written as columns
(:mod:`.detections`), which saves about four thousand Python objects per video. The results are
``RawBSONDocument``s, which ``insert_documents`` accepts like dicts; a test compares them with those
of ``add_samples``. :mod:`.sample_fields` declares the fields.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, NamedTuple

from bson import ObjectId
from bson.raw_bson import RawBSONDocument

from ...core.block import Block, BlockSpeech, BlockTree, block_of
from ...core.fields import CaptionField
from ...core.labels import ClipFrames
from ...core.records import Record
from ..clips.media import Clip
from .bson_columns import elements, int32
from .detections import DetectionWriter
from .sample_fields import VIDEO_FIELDS

#: The largest document that MongoDB accepts, in bytes.
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024

#: An upper bound of a detection's bytes without text and ids.
_DETECTION_BYTES = 400


class Item(NamedTuple):
    """A sample to write.

    Attributes:
        record: the video's annotations
        clip: its checked clip
        filepath: the clip's path as FiftyOne stores it
        id: the sample's id; None for a new one
    """

    record: Record
    clip: Clip
    filepath: str
    id: ObjectId | None = None


class _Part(NamedTuple):
    """Items whose records are in one block, with their rows in it, ascending."""

    block: Block
    rows: list[int]
    items: list[Item]


class SampleDocument(RawBSONDocument):
    """A sample's BSON with its id.

    ``insert_documents`` asks each document for its id, and a plain ``RawBSONDocument`` decodes
    itself to answer: a seventh of what a sample costs.
    """

    __slots__ = ("_sample_id",)

    def __init__(self, data: bytes, sample_id: ObjectId) -> None:
        super().__init__(data)
        self._sample_id = sample_id

    def __getitem__(self, item: str) -> Any:
        return self._sample_id if item == "_id" else super().__getitem__(item)


def sample_values(record: Record, transcript: str | None) -> dict[str, Any]:
    """Returns the fields of the whole video, without those whose value is unknown.

    Args:
        record: the video's annotations
        transcript: the clip's transcript
    """
    values = {row.name: row.value(record, transcript) for row in VIDEO_FIELDS}
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
    """Returns the id of a video's sample, which every process derives identically.

    MongoDB's index on ``_id`` then refuses a second sample of the video, even from a process that
    was considered dead.
    """
    text = video_uid.encode("utf-8", "surrogatepass")
    return ObjectId(hashlib.blake2b(text, digest_size=12, key=dataset_id.binary).digest())


def may_be_too_large(record: Record, captions: Sequence[CaptionField]) -> bool:
    """Returns whether a sample's document may exceed MongoDB's limit: a cheap upper bound."""
    tree, info, texts = record.tree, record.info, len(captions)
    if isinstance(tree, BlockTree):
        size = int(tree.block.text_bytes[tree.row]) + texts * int(tree.block.id_bytes[tree.row])
    else:
        speech = (s.text for s in info.transcript)
        size = sum(len(t) for of in tree.texts.values() for t in of if t) + sum(map(len, speech))
        size += 2 * texts * sum(len(i) for i in tree.node_ids)
        size *= 4  # the most bytes of a character
    size += 4 * (len(info.title or "") + len(info.description or ""))
    size += _DETECTION_BYTES * (texts * len(tree) + len(info.transcript) + 10)
    return 2 * size > MAX_DOCUMENT_BYTES  # the transcript is stored twice


def sample_documents(
    items: Sequence[Item],
    captions: Sequence[CaptionField],
    dataset_id: ObjectId,
    now: datetime,
    whole: Collection[str] = (),
) -> list[SampleDocument]:
    """Writes samples.

    Args:
        items: the samples
        captions: the texts that become fields
        dataset_id: the ``_id`` of the dataset's own document
        now: the time of the insertion, UTC
        whole: fields of seconds that the dataset declares as integers; a fractional value is left
            out

    Returns:
        their documents, in order

    Raises:
        OverflowError: if a document exceeds MongoDB's limit
    """
    tail = elements({"_dataset_id": dataset_id, "created_at": now, "last_modified_at": now})
    return [
        document
        for part in _parts(items)
        for document in _documents(part, captions, whole, tail + b"\x00")
    ]


def _parts(items: Sequence[Item]) -> Iterator[_Part]:
    """Groups consecutive items by the block they are in; items without one get a new block."""
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
    tree, speech = record.tree, record.info.transcript
    if not isinstance(tree, BlockTree):
        return None
    if isinstance(speech, BlockSpeech) and (speech.block, speech.row) == (tree.block, tree.row):
        return tree.block, tree.row
    return None


def _documents(
    part: _Part, captions: Sequence[CaptionField], whole: Collection[str], tail: bytes
) -> Iterator[SampleDocument]:
    """Yields the documents of one block's items, which all end with the same bytes.

    Raises: OverflowError: if one exceeds MongoDB's limit
    """
    block, rows, items = part
    clips = ClipFrames([(i.clip.frame_rate, i.clip.total_frame_count) for i in items])
    written, transcripts = DetectionWriter(block, rows, clips).write(captions)
    for item, transcript, *detections in zip(items, transcripts, *written, strict=True):
        sample_id = item.id or ObjectId()
        head = elements(_head(item, sample_id, transcript, whole))
        pieces = [b"", head, *chain.from_iterable(detections), tail]
        size = 4 + sum(map(len, pieces))
        if size > MAX_DOCUMENT_BYTES:
            raise OverflowError(
                f"the sample of {item.record.video_uid} takes {size:,} bytes, "
                f"MongoDB takes {MAX_DOCUMENT_BYTES:,}"
            )
        pieces[0] = int32(size)
        yield SampleDocument(b"".join(pieces), sample_id)


def _head(
    item: Item, sample_id: ObjectId, transcript: str | None, whole: Collection[str]
) -> dict[str, Any]:
    """Returns a document's fields up to the first field of detections."""
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
