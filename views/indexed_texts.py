"""Reads the texts of a dataset's captions for an index, and finds the changes since then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import fiftyone as fo
import numpy as np
import numpy.typing as npt
from bson import ObjectId

from ..core import fields as names
from ..core.detections import detections_in, duration_of, level_of, rate_in
from ..internals.database import Document, sample_ids, samples_of
from ..meaning.store import Kind, Occurrences, TextIndex
from .clip_keys import indexed_text

#: Samples per batch.
_BATCH = 200


@dataclass(frozen=True)
class IndexChanges:
    """The differences between the samples of a dataset and those of an index.

    Attributes:
        kept: one flag per sample of the index, whether it is unchanged
        todo: the ids of the dataset's other samples
        new: the number of these that the index lacks
        gone: the number of samples of the index that the dataset no longer has
    """

    kept: npt.NDArray[np.bool_]
    todo: list[ObjectId]
    new: int
    gone: int


def find_changes(dataset: fo.Dataset, previous: TextIndex | None) -> IndexChanges:
    """Compares the save times of samples with those in an index; without one, all are new.

    Only samples that were saved since the index was started are read; for the others, two database
    indexes suffice.
    """
    collection = samples_of(dataset)
    there = sample_ids(dataset)
    if previous is None:
        return IndexChanges(np.zeros(0, bool), there, len(there), 0)
    since = datetime(1970, 1, 1) + timedelta(milliseconds=previous.info.since)
    later = {"$or": [{"last_modified_at": {"$gt": since}}, {"last_modified_at": None}]}
    saved = {
        found["_id"]: milliseconds(found.get("last_modified_at"))
        for found in collection.find(later, {"last_modified_at": 1})
    }
    rows = {identity.tobytes(): row for row, identity in enumerate(previous.sample_ids)}
    modified = previous.modified.tolist()
    kept = np.zeros(len(rows), bool)
    todo, new, known = [], 0, 0
    for identity in there:
        row = rows.get(identity.binary)
        if row is None:
            new += 1
        else:
            known += 1
            kept[row] = modified[row] == saved.get(identity, max(modified[row], 0))
        if row is None or not kept[row]:
            todo.append(identity)
    return IndexChanges(kept, todo, new, len(rows) - known)


def milliseconds(at: datetime | None) -> int:
    """Returns a MongoDB time in milliseconds since 1970, -1 for None."""
    return -1 if at is None else round(at.replace(tzinfo=timezone.utc).timestamp() * 1000)


@dataclass(frozen=True)
class TextBatch:
    """A batch of samples with the texts of their captions, for ``IndexWriter.add``.

    Attributes:
        samples: their ids, 12 bytes each, and the times of their last save in milliseconds
        texts: the text of each occurrence
        occurrences: the occurrences, with positions in ``samples`` as samples
    """

    samples: list[tuple[bytes, int]]
    texts: list[str]
    occurrences: Occurrences


def read_batches(
    dataset: fo.Dataset,
    fields: Sequence[str],
    sample_ids: Sequence[ObjectId],
    kind: Kind = "texts",
    readable: Callable[[Document], bool] | None = None,
) -> Iterator[TextBatch]:
    """Yields the texts of samples in batches.

    Args:
        dataset: the dataset with the samples
        fields: the caption fields
        sample_ids: the ids of the samples
        kind: whether the texts are captions or the keys of captioned segments
        readable: tells whether a sample can be indexed; by default each can. Others get no texts,
            and count as changed the next time
    """
    keys = ("_id", "label", "support", names.LEVEL, names.START, names.END)
    wanted = [f"{field}.detections.{key}" for field in fields for key in keys]
    about = ["last_modified_at", "metadata.frame_rate", "metadata.size_bytes", "filepath"]
    projection = dict.fromkeys([*about, *wanted], 1)
    for at in range(0, len(sample_ids), _BATCH):
        ids = list(sample_ids[at : at + _BATCH])
        found = samples_of(dataset).find({"_id": {"$in": ids}}, projection, sort=[("_id", 1)])
        documents = list(found)
        for document in documents:
            if readable is not None and not readable(document):
                document.update(dict.fromkeys(("last_modified_at", *fields)))
        yield _batch(documents, fields, kind)


def _batch(documents: Sequence[Document], fields: Sequence[str], kind: Kind) -> TextBatch:
    texts: list[str] = []
    labels: list[bytes] = []
    numbers: list[tuple[int, int, int, float]] = []
    for place, document in enumerate(documents):
        rate = rate_in(document)
        for column, field in enumerate(fields):
            for detection in detections_in(document, field):
                text = detection.get("label")
                if not text or text.isspace():
                    continue
                if kind == "clips" and not detection.get("support"):
                    continue
                texts.append(indexed_text(kind, document, detection))
                labels.append(detection["_id"].binary)
                seconds = duration_of(detection, rate)
                numbers.append((place, column, level_of(detection), seconds))
    columns = list(zip(*numbers, strict=True)) or [(), (), (), ()]
    occurrences = Occurrences(
        text=np.zeros(len(texts), np.int32),
        sample=np.array(columns[0], np.int32),
        label=np.frombuffer(b"".join(labels), np.uint8).reshape(-1, 12),
        field=np.array(columns[1], np.uint8),
        level=np.array(columns[2], np.int16),
        duration=np.array(columns[3], np.float32),
    )
    samples = [
        (document["_id"].binary, milliseconds(document.get("last_modified_at")))
        for document in documents
    ]
    return TextBatch(samples, texts, occurrences)
