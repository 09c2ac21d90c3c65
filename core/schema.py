"""The Arrow schema of Action100M's records, as in the preview's Parquet shards."""

from __future__ import annotations

import pyarrow as pa

_TEXT = pa.string()


def _list(of: pa.DataType) -> pa.DataType:
    """Returns a list type whose elements are named as in the shards, not by Arrow's default."""
    return pa.list_(pa.field("element", of))


_ACTION = pa.struct([("brief", _TEXT), ("detailed", _TEXT), ("actor", _TEXT)])
_SUMMARY = pa.struct([("brief", _TEXT), ("detailed", _TEXT)])

#: One segment; times are seconds in single precision, multiples of 0.01.
NODE = pa.struct(
    [
        ("node_id", _TEXT),
        ("parent_id", _TEXT),
        ("level", pa.int16()),
        ("start", pa.float32()),
        ("end", pa.float32()),
        ("plm_action", _TEXT),
        ("plm_caption", _TEXT),
        ("llama3_caption", _TEXT),
        ("gpt", pa.struct([("summary", _SUMMARY), ("action", _ACTION)])),
    ]
)

#: The review of a segment in exports with reviews: its status, null if it has none, and the former
#: texts of changed captions, null for added ones.
REVIEW = pa.struct(
    [("status", _TEXT), ("original", _list(pa.struct([("field", _TEXT), ("text", _TEXT)])))]
)

#: The video's metadata; ``upload_date`` is YYYYMMDD, a transcript's ``time`` is in seconds.
METADATA = pa.struct(
    [
        ("title", _TEXT),
        ("description", _TEXT),
        ("view_count", pa.int64()),
        ("like_count", pa.int64()),
        ("duration", pa.int64()),
        ("upload_date", _TEXT),
        ("transcript", _list(pa.struct([("time", _TEXT), ("text", _TEXT)]))),
    ]
)

#: One record.
RECORD = pa.schema([("video_uid", _TEXT), ("metadata", METADATA), ("nodes", _list(NODE))])

#: One record of an export with reviews, which are null for nodes without one. ``reviews`` has all
#: that the dataset stores of them, see :mod:`.review_texts`.
REVIEWED_RECORD = pa.schema(
    [
        *list(RECORD)[:-1],
        ("nodes", _list(pa.struct([*NODE, ("review", REVIEW)]))),
        ("reviews", _TEXT),
    ]
)
