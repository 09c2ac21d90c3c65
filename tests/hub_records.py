"""Records for a Hub on the loopback: many, incompressible enough, in small and large row groups."""

from __future__ import annotations

import copy
import io
import random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fiftyone_action100m.core.schema import RECORD
from fiftyone_action100m.demo.records import demo_record


def many_records(count: int) -> list[dict[str, Any]]:
    """Returns demo records with ids and captions of their own: ``video-0000`` and so on.

    Views are 1000 times the number, durations the number and 60 s; every tenth title has "Ninth".
    """
    kinds = [demo_record(i) for i in range(6)]
    chance = random.Random(5)
    rows = []
    for number in range(count):
        row = copy.deepcopy(kinds[number % len(kinds)])
        row["video_uid"] = f"video-{number:04d}"
        about = row["metadata"]
        about |= {"view_count": 1000 * number, "duration": 60 + number}
        about["upload_date"] = f"{2010 + number % 10}0{1 + number % 9}15"
        about["title"] = f"How to do it {'the NINTH time' if number % 10 == 9 else 'at last'}"
        ids = {n["node_id"]: f"{chance.getrandbits(128):032x}" for n in row["nodes"]}
        for node in row["nodes"]:
            node["node_id"] = ids[node["node_id"]]
            node["parent_id"] = ids.get(node["parent_id"])
            for name in ("plm_action", "plm_caption", "llama3_caption"):
                node[name] = node[name] and f"{node[name]} {chance.getrandbits(64):x}"
        rows.append(row)
    return rows


def shard(rows: list[dict[str, Any]], group: int) -> bytes:
    """Returns a Parquet file with so many records in a row group."""
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=RECORD), file, row_group_size=group)
    return file.getvalue()
