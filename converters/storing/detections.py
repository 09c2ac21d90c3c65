"""Writes the detections of many samples at once, as BSON columns."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ...core import fields
from ...core.block import Block, FieldTexts
from ...core.fields import CaptionField
from ...core.labels import ClipFrames, Frames, map_frames, no_actions, span_labels
from ...core.times import SourceTimes
from ...core.tree import IntArray
from .bson_columns import (
    ARRAY,
    EMBEDDED,
    EMPTY_DOCUMENT,
    INT32,
    OBJECT_ID,
    STRING,
    array_keys,
    binary,
    element_header,
    element_rows,
    elements,
    fixed,
    int32,
    joined,
    lengths,
    spans,
)
from .sample_fields import NODE_ATTRIBUTES, TIME_ATTRIBUTES, Attribute, Source

_DETECTION_HEAD = elements({"_cls": "TemporalDetection", "tags": []}) + element_header(
    STRING, "label"
)
_CONTAINER_HEAD = elements({"_cls": "TemporalDetections"}) + element_header(ARRAY, "detections")

#: ``support`` is an array of two int32.
_SUPPORT = element_header(ARRAY, "support") + int32(4 + 7 + 7 + 1) + element_header(INT32, "0")
_SUPPORT_LAST = element_header(INT32, "1")

#: The number of bytes of a label without text and attributes: a length, ``_id``, the head, a
#: length.
_LABEL_BYTES = 4 + len(element_header(OBJECT_ID, "_id")) + 12 + len(_DETECTION_HEAD) + 4

#: A sample's field: the bytes before its detections, the detections, and the bytes after them.
FieldBytes = tuple[bytes, memoryview, bytes]


class _Labels(NamedTuple):
    """A field's detections in several samples.

    ``samples`` is the index of each label's sample, ascending; ``tails`` is the index of the bytes
    after its text, among the tails that all fields share.
    """

    field: str
    samples: IntArray
    texts: pa.StringArray
    tails: IntArray


class DetectionWriter:
    """Writes the detections of samples whose records are in one block.

    Args:
        block: the records' nodes and transcripts
        rows: the records of the block that become samples, ascending
        clips: the frames of the samples' clips
    """

    def __init__(self, block: Block, rows: Sequence[int], clips: ClipFrames) -> None:
        self.block = block
        self.clips = clips
        self.count = len(rows)
        #: Index of the sample of each of the block's records, -1 for none.
        self.samples = np.full(len(block), -1, dtype=np.int64)
        self.samples[rows] = np.arange(self.count)

    def write(
        self, captions: Sequence[CaptionField]
    ) -> tuple[list[list[FieldBytes]], list[str | None]]:
        """Writes the fields of detections.

        Args:
            captions: the texts that become fields

        Returns:
            for each field (the captions in order, then the transcript segments) its bytes per
            sample, and each sample's transcript
        """
        labels, tails = self._captions(captions)
        speech, more = self._speech(len(tails))
        written = self._fields([*labels, speech], pa.concat_arrays([tails, more]))
        return written, self._transcripts(speech)

    def _captions(self, captions: Sequence[CaptionField]) -> tuple[list[_Labels], pa.BinaryArray]:
        """Returns each caption field's detections, and one tail per node that has any."""
        block = self.block
        frames = map_frames(block.starts, block.ends, self.samples[block.rows], self.clips)
        segments = np.full(len(block.node_ids), -1, dtype=np.int64)
        segments[frames.places] = np.arange(len(frames.places))
        chosen = []
        used = np.zeros(len(frames.places), dtype=bool)
        for caption in captions:
            texts = block.texts[caption.name] if caption.path else _spans(block, frames.places)
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
        samples = self.samples[block.rows[frames.places]]
        labels = [_Labels(f, samples[found], texts, places[found]) for f, found, texts in chosen]
        return labels, _tails(block, frames.at(np.flatnonzero(used)), NODE_ATTRIBUTES)

    def _speech(self, first: int) -> tuple[_Labels, pa.BinaryArray]:
        """Returns the transcript's entries that have frames in their clip, and their tails.

        Args:
            first: the index of their first tail among all tails
        """
        spoken = self.block.spoken
        rows = np.repeat(np.arange(len(self.block)), np.diff(spoken.offsets))
        samples = self.samples[rows]
        frames = map_frames(spoken.starts, spoken.ends, samples, self.clips)
        tails = _tails(spoken, frames, TIME_ATTRIBUTES)
        texts = spoken.texts.take(pa.array(frames.places))
        places = np.arange(first, first + len(tails))
        return _Labels(fields.TRANSCRIPT_SEGMENTS, samples[frames.places], texts, places), tails

    def _transcripts(self, speech: _Labels) -> list[str | None]:
        """Returns each clip's transcript."""
        spaced = joined(binary(speech.texts), pa.scalar(b" "))
        firsts = np.searchsorted(speech.samples, np.arange(self.count + 1))
        return [str(data[:-1], "utf-8") if data else None for data in spans(spaced, firsts)]

    def _fields(self, labels: Sequence[_Labels], tails: pa.BinaryArray) -> list[list[FieldBytes]]:
        """Writes ``TemporalDetections`` fields, each for all samples."""
        count = self.count
        samples = np.concatenate([one.samples for one in labels])
        held = np.array([np.bincount(one.samples, minlength=count) for one in labels])
        firsts = np.concatenate(([0], np.cumsum(held)))
        groups = samples + np.repeat(np.arange(len(labels)) * count, held.sum(axis=1))
        ranks = np.arange(len(samples)) - firsts[groups]
        counters = (np.cumsum(held, axis=0) - held).ravel()[groups] + ranks
        size = np.concatenate([lengths(one.texts) for one in labels])
        ends = tails.take(pa.array(np.concatenate([one.tails for one in labels])))
        keys = array_keys(ranks)
        heads = fixed(
            len(samples),
            (_LABEL_BYTES + size + lengths(ends)).astype("<i4"),
            element_header(OBJECT_ID, "_id"),
            *_label_ids(samples, counters, count),
            _DETECTION_HEAD,
            (size + 1).astype("<i4"),
        )
        written = []
        for i, one in enumerate(labels):
            places = firsts[i * count : (i + 1) * count + 1]
            of = slice(places[0], places[-1])
            detections = joined(keys[of], heads[of], binary(one.texts), ends[of])
            written.append(_containers(one.field, spans(detections, places - places[0])))
        return written


def _spans(block: Block, places: IntArray) -> FieldTexts:
    """Returns the labels of nodes that have no captions."""
    starts, ends = SourceTimes(block.starts[places]), SourceTimes(block.ends[places])
    return FieldTexts(places, span_labels(starts, ends))


def _tails(
    source: Source, frames: Frames, attributes: Collection[Attribute[Source]]
) -> pa.BinaryArray:
    """Returns the bytes after the text of each detection: support and attributes."""
    first, last = frames.first.astype("<i4"), frames.last.astype("<i4")
    return element_rows(
        len(frames.places),
        [b"\x00", _SUPPORT, first, _SUPPORT_LAST, last, b"\x00"],
        {attribute.name: attribute.column(source, frames) for attribute in attributes},
        b"\x00",
    )


def _label_ids(samples: IntArray, counters: IntArray, count: int) -> tuple[npt.NDArray[Any], ...]:
    """Returns new ObjectIds in two columns: time and four random bytes, one more and a counter.

    Args:
        samples: each label's sample; each sample gets its own random bytes
        counters: each label's index among its sample's
        count: the number of samples
    """
    seed = np.frombuffer(os.urandom(5 * count), dtype=np.uint8).reshape(count, 5)
    begin = np.empty((count, 8), dtype=np.uint8)
    begin[:, :4] = np.frombuffer(struct.pack(">I", int(time.time())), dtype=np.uint8)
    begin[:, 4:] = seed[:, :4]
    end = (seed[:, 4].astype(np.int64) << 24)[samples] | counters
    return begin.view("<u8")[:, 0][samples], end.astype(">u4")


def _containers(field: str, detections: Sequence[memoryview]) -> list[FieldBytes]:
    """Wraps each sample's detections in a ``TemporalDetections``."""
    start, more = element_header(EMBEDDED, field), EMPTY_DOCUMENT + len(_CONTAINER_HEAD)
    pack = struct.Struct(f"<{len(start)}si{len(_CONTAINER_HEAD)}si").pack
    sizes = [EMPTY_DOCUMENT + len(data) for data in detections]
    heads = [pack(start, more + size, _CONTAINER_HEAD, size) for size in sizes]
    return [(head, data, b"\x00\x00") for head, data in zip(heads, detections, strict=True)]
