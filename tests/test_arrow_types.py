"""Whatever types and values a Parquet file's columns have, it is read, and so are the others."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import bson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from arrow_strategies import tables
from bson import ObjectId
from fiftyone_action100m.cli.description import describe_source
from fiftyone_action100m.cli.inspection import inspect_source
from fiftyone_action100m.converters.reading.batches import Batch
from fiftyone_action100m.converters.reading.sources import (
    Failure,
    SourceRecord,
    find_files,
    read_records,
)
from fiftyone_action100m.converters.storing.documents import Item, sample_documents
from fiftyone_action100m.core.fields import CAPTIONS, select_captions
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st
from material import clip_of, same_record, small_record, write_parquet

CHOSEN = select_captions("plm_action,gpt_summary_brief")
GOOD = ("a-good", "z-good")
OF_FILES = {"bad-column", "missing-column", "corrupt-shard"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a good file before and after the one that a test writes."""
    folder = tmp_path_factory.mktemp("types")
    for uid in GOOD:
        write_parquet(folder / f"{uid}.parquet", [small_record(uid, leaves=2)])
    return folder


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(table=tables(), group=st.integers(1, 6))
def test_each_record_is_read_or_refused_by_itself(folder: Path, table: pa.Table, group: int):
    path = folder / "middle.parquet"
    try:
        pq.write_table(table, path, row_group_size=group)
    except pa.ArrowException:  # there are types that Arrow does not write
        reject()
    first, *middle, last = read_records(find_files(folder), CHOSEN, 90.0)
    assert (first.record.video_uid, last.record.video_uid) == GOOD
    if not (len(middle) == 1 and isinstance(middle[0], Failure) and middle[0].reason in OF_FILES):
        assert len(middle) == len(table)
    records = [item.record for item in middle if isinstance(item, SourceRecord)]
    items = [Item(r, clip_of(f"/{i}.mp4", frames=750), f"/{i}.mp4") for i, r in enumerate(records)]
    for document in sample_documents(items, CHOSEN, ObjectId(), datetime(2026, 1, 2)):
        bson.decode(document.raw)
    lines = describe_source(inspect_source(folder, CAPTIONS, sample=20))
    assert f"{len(records) + 2} records read" in "\n".join(lines)


@settings(max_examples=30, deadline=None)
@given(table=tables())
def test_columns_say_what_each_record_says_by_itself(table: pa.Table):
    names = table.schema.names
    if any(names.count(name) > 1 for name in ("video_uid", "metadata", "nodes")):
        return
    (batch,) = table.combine_chunks().to_batches()
    columns, alone = Batch(batch, CHOSEN, 90.0), Batch(batch, CHOSEN, 90.0)
    alone.block = None
    numbers = range(len(table))
    for a, b in zip(columns.records("", numbers), alone.records("", numbers), strict=True):
        if isinstance(a, Failure) or isinstance(b, Failure):
            assert a == b
        else:
            assert same_record(a.record, b.record)
