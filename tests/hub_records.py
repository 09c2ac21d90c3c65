"""Records for a Hub on the loopback: many, incompressible enough, in small and large row groups."""

from __future__ import annotations

import functools
import io
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fiftyone_action100m.core.schema import RECORD
from fiftyone_action100m.demo.records import demo_record

_TEXTS = ("plm_action", "plm_caption", "llama3_caption")


def many_records(count: int) -> list[dict[str, Any]]:
    """Returns demo records with ids and captions of their own: ``video-0000`` and so on.

    Views are 1000 times the number, durations the number and 60 s; every tenth title has "Ninth".
    What is the same in several records is one object.
    """
    chance = random.Random(5)
    rows = []
    for number in range(count):
        kind = _kind(number % 6)
        about = kind["metadata"] | {
            "view_count": 1000 * number,
            "duration": 60 + number,
            "upload_date": f"{2010 + number % 10}0{1 + number % 9}15",
            "title": f"How to do it {'the NINTH time' if number % 10 == 9 else 'at last'}",
        }
        ids = {n["node_id"]: f"{chance.getrandbits(128):032x}" for n in kind["nodes"]}
        nodes = [
            node
            | {"node_id": ids[node["node_id"]], "parent_id": ids.get(node["parent_id"])}
            | {name: node[name] and f"{node[name]} {chance.getrandbits(64):x}" for name in _TEXTS}
            for node in kind["nodes"]
        ]
        rows.append({**kind, "video_uid": f"video-{number:04d}", "metadata": about, "nodes": nodes})
    return rows


@functools.cache
def _kind(number: int) -> dict[str, Any]:
    return demo_record(number)


def shard(rows: list[dict[str, Any]], group: int) -> bytes:
    """Returns a Parquet file with so many records in a row group."""
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=RECORD), file, row_group_size=group)
    return file.getvalue()
