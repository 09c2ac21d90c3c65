"""Datasets of generated records, of any size."""

from __future__ import annotations

from pathlib import Path

import fiftyone as fo
from fiftyone_action100m.converters.storing.ingest import Ingest, paused_gc
from fiftyone_action100m.converters.storing.schema import declare_schema
from fiftyone_action100m.core.fields import select_captions
from shards import stream, write_shard


def generated_dataset(folder: Path, videos: int, once: int = 200) -> fo.Dataset:
    """Makes a dataset of generated records, repeated under other ids.

    Args:
        folder: for the records
        videos: number of videos
        once: number of records before they repeat
    """
    once = min(once, videos)
    shard = write_shard(folder / f"generated-{once}.parquet", once, once, None)
    captions = select_captions("gpt,plm_action")
    dataset = fo.Dataset()
    declare_schema(dataset, captions)
    with paused_gc():
        ingest = Ingest(dataset, captions)
        for record, clip in stream(shard, captions, -(-videos // once)):
            ingest.add(record, clip)
        ingest.flush()
    return dataset
