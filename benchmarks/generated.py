"""Datasets of generated records, of any size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import fiftyone as fo
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from fiftyone_action100m.converters.clips.media import Clip
from fiftyone_action100m.converters.storing.ingest import Ingest, paused_gc
from fiftyone_action100m.converters.storing.schema import declare_schema
from fiftyone_action100m.core.block import Block, BlockTree, FieldTexts
from fiftyone_action100m.core.fields import select_captions
from fiftyone_action100m.core.records import Record
from shards import stream, write_shard

#: Made-up words that are added to captions, the frequent ones far more often.
WORDS = 200_000
_SYLLABLES = [a + b for a in "bdfgklmnprst" for b in ("a", "e", "i", "o", "u", "ou")]


def generated_dataset(folder: Path, videos: int, once: int = 200) -> fo.Dataset:
    """Makes a dataset of generated records, repeated under other ids and with words added.

    So most captions differ, and brief actions repeat: of those of 120,000 videos, about a quarter
    is distinct.

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
        for record, clip in _varied(stream(shard, captions, -(-videos // once))):
            ingest.add(record, clip)
        ingest.flush()
    return dataset


def _varied(found: Iterator[tuple[Record, Clip]]) -> Iterator[tuple[Record, Clip]]:
    rng = np.random.default_rng(51)
    before = after = None
    for record, clip in found:
        tree = record.tree
        assert isinstance(tree, BlockTree)
        if tree.block is not before or after is None:
            before, after = tree.block, _other_words(tree.block, rng)
        yield replace(record, tree=BlockTree(after, tree.row)), clip


def _other_words(block: Block, rng: np.random.Generator) -> Block:
    texts = {}
    for name, (places, values) in block.texts.items():
        count = 1 if name.endswith("action_brief") else 2
        drawn = [_words().take(pa.array(rng.zipf(1.25, len(places)) % WORDS)) for _ in range(count)]
        longer = pc.binary_join_element_wise(values, *drawn, " ")
        texts[name] = FieldTexts(places, pc.if_else(pc.equal(values, "N/A"), values, longer))
    return replace(block, texts=texts)


@cache
def _words() -> pa.StringArray:
    size = len(_SYLLABLES)
    return pa.array(
        _SYLLABLES[i % size] + _SYLLABLES[i // size % size] + _SYLLABLES[i // size**2 % size]
        for i in range(WORDS)
    )
