"""Reads records from a Parquet file: batch by batch, and only the leaves that are needed."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ..core import fields
from ..core.fields import CaptionField
from .batches import read_batch
from .found import Failure, Found

logger = logging.getLogger(__name__)

#: Records in one Arrow batch: about 5 MB of annotations.
BATCH_ROWS = 50

_SKELETON = (
    (fields.NODE_ID,),
    (fields.PARENT_ID,),
    (fields.LEVEL,),
    (fields.START,),
    (fields.END,),
)


def read_parquet(
    path: Path, captions: Sequence[CaptionField], text_until: float
) -> Iterator[Found | Failure]:
    """Streams a file's records.

    Args:
        path: the file
        captions: the texts to read
        text_until: nodes that start at this second or later are read without their texts
    """
    row = 0
    try:
        with pq.ParquetFile(path) as file:
            names = set(file.schema_arrow.names)
            missing = [n for n in (fields.VIDEO_UID, fields.NODES) if n not in names]
            if missing:
                message = f"{path} has no column {', '.join(missing)} but {', '.join(names)}"
                yield Failure("missing-column", message, str(path))
                return
            columns = _leaves(file, captions)
            batches = file.iter_batches(BATCH_ROWS, columns=columns, use_threads=False)
            with closing(_ahead(batches)) as fetched:
                for batch in fetched:
                    yield from read_batch(batch, f"{path}:", row, captions, text_until)
                    row += batch.num_rows
    except (OSError, pa.ArrowException) as error:
        message = f"{path} cannot be read from row {row} on: {error}"
        yield Failure("corrupt-shard", message, f"{path}:{row}")


def _ahead(batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch, None, None]:
    """Yields batches, and has a thread decode the next one meanwhile: that needs no Python."""
    with ThreadPoolExecutor(1, "read") as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch


def _leaves(file: pq.ParquetFile, captions: Sequence[CaptionField]) -> list[str]:
    """Returns the Parquet columns needed, whatever the writer called its list elements."""
    wanted: set[tuple[str, ...]] = {(fields.VIDEO_UID,)}
    wanted |= {(fields.NODES, *path) for path in _SKELETON}
    wanted |= {(fields.NODES, *c.path) for c in captions}
    chosen, absent = [], set(wanted)
    for i in range(len(file.schema)):
        path = file.schema.column(i).path
        parts = path.split(".")
        if parts[0] == fields.NODES:
            parts = [fields.NODES, *parts[3:]]
        if tuple(parts) in wanted:
            absent.discard(tuple(parts))
            chosen.append(path)
        elif parts[0] == fields.METADATA:
            chosen.append(path)
    for name in sorted(absent):
        logger.warning("The file has no %s; it is taken to be empty", ".".join(name))
    return chosen
