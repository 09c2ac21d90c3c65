"""Action100M's own records: Parquet shards like the preview's, and one JSON file per video.

Converting them again (:mod:`..converters.reading.sources`) gives the segments, captions, transcript
and video values of the dataset. A node that only its children name is written without captions.
With reviews, each node has a value ``review`` more, for readers, and the record a text ``reviews``
(:mod:`..core.review_texts`), from which a conversion restores them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ..core import fields
from ..core.missing import fill_missing_ancestors
from ..core.review_texts import CaptionReview, VideoReviews, reviews_text
from ..core.reviews import original_text
from ..core.schema import RECORD, REVIEWED_RECORD
from ..core.speech import MAX_SPEECH_SECONDS, Speech
from ..core.tree import Node, text_at
from .video import LeftOut, Video, with_ancestors
from .writer import ParquetWriter, Writer

_PATHS = {caption.name: caption.path for caption in fields.CAPTIONS}
#: The fields that say which nodes a record has; the last gives them no captions.
FIELDS = frozenset((*_PATHS, fields.SEGMENTS.name))
_LEVELS = range(-(2**15), 2**15)


def record_row(video: Video) -> dict[str, Any]:
    """Returns a video as a record of JSON values.

    Its nodes are those with a shown caption, and their ancestors.

    Raises:
        LeftOut: if no node has a caption of a field that records have, or a level is too large
    """
    tree = fill_missing_ancestors(video.tree)
    texts: dict[str, dict[str, str]] = {}
    for name, of in video.shown.items():
        if name in FIELDS:
            for node_id, text in of.items():
                if node_id in tree:
                    texts.setdefault(node_id, {}).update({name: text} if name in _PATHS else {})
    if not texts:
        raise LeftOut("no-captions", "none of the captions that a record can hold is shown")
    wanted = with_ancestors(tree, texts)
    nodes = [_node(node, texts.get(node.node_id, {})) for node in tree if node.node_id in wanted]
    if video.reviews is not None:
        for node in nodes:
            node[fields.REVIEW] = _review(video.reviews, node[fields.NODE_ID], texts)
    said = {} if video.reviews is None else {fields.REVIEWS: _all_reviews(video, texts)}
    if any(node[fields.LEVEL] not in _LEVELS for node in nodes):
        raise LeftOut("bad-level", "a node's level is larger than a record can hold")
    root_end = max((n[fields.END] for n in nodes if n[fields.PARENT_ID] is None), default=None)
    return {
        fields.VIDEO_UID: video.uid,
        fields.METADATA: _metadata(video, root_end),
        fields.NODES: nodes,
        **said,
    }


def transcript_entries(speech: tuple[Speech, ...]) -> list[dict[str, str | None]]:
    """Returns a record's transcript.

    Records give only starts: an entry lasts until the next, at most ten seconds. An entry that ends
    earlier is followed by one without a text.
    """
    entries: list[dict[str, str | None]] = []
    for entry, following in pairwise([*speech, None]):
        assert entry is not None
        entries.append({"time": repr(entry.start), "text": entry.text})
        implied = entry.start + MAX_SPEECH_SECONDS
        if following is not None:
            implied = min(implied, following.start)
        if entry.start < entry.end < implied:
            entries.append({"time": repr(entry.end), "text": None})
    return entries


class JsonRecords(Writer):
    """One JSON file per video, on one line: valid JSON and JSON Lines."""

    names = r"[^/]+\.json"

    def check(self, video: Video) -> None:
        """Makes the video's record."""
        self._row = record_row(video)

    def write(self, video: Video) -> None:
        """Writes ``NAME.json``."""
        text = json.dumps(self._row, ensure_ascii=False, allow_nan=False)
        (self.folder / f"{video.name}.json").write_text(text + "\n", encoding="utf-8")


class ParquetRecords(ParquetWriter):
    """Parquet shards of 1,000 records, all with the preview's schema if it can hold the times.

    The preview's times are in single precision. If those of one video need more (from JSON records,
    or derived from supports), all shards have double precision.
    """

    names = r"records-\d+\.parquet(\.wide)?"
    shard_name = "records-{:05d}.parquet"
    group_rows = 32
    _wide = False

    def check(self, video: Video) -> None:
        """Makes the video's record."""
        self._row = record_row(video)

    def write(self, video: Video) -> None:
        """Adds the record to the current shard."""
        if not self._wide and not _fits(self._row):
            self.end_shard()
            self._wide = True
        self.add([self._row])

    def schema(self, rows: list[dict[str, Any]]) -> pa.Schema:
        """Returns the preview's schema, or one with reviews, or with times in double precision."""
        is_reviewed = fields.REVIEW in rows[0][fields.NODES][0]
        schema = REVIEWED_RECORD if is_reviewed else RECORD
        return widened(schema) if self._wide else schema

    def state(self) -> dict[str, Any] | None:
        """Returns the number of shards, and their precision; None while one is incomplete."""
        state = super().state()
        return None if state is None else {**state, "wide": self._wide}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Deletes the incomplete shard."""
        super().resume(state)
        self._wide = state["wide"]

    def close(self) -> None:
        """Completes the last shard, and converts shards in single precision if others are not."""
        super().close()
        for shard in range(self.shards) if self._wide else ():
            _widen(self.path(shard))


def widened(schema: pa.Schema) -> pa.Schema:
    """Returns records' schema with times that single precision and whole seconds cannot hold."""
    metadata, nodes = schema.field(fields.METADATA), schema.field(fields.NODES)
    node = nodes.type.value_field
    times = (fields.START, fields.END)
    parts = [f.with_type(pa.float64()) if f.name in times else f for f in node.type]
    about = [f.with_type(pa.float64()) if f.name == "duration" else f for f in metadata.type]
    return pa.schema(
        [
            schema.field(fields.VIDEO_UID),
            metadata.with_type(pa.struct(about)),
            nodes.with_type(pa.list_(node.with_type(pa.struct(parts)))),
            *list(schema)[3:],
        ]
    )


def _widen(path: Path) -> None:
    """Rewrites a shard in double precision, which keeps its times."""
    with pq.ParquetFile(path) as narrow:
        schema = widened(narrow.schema_arrow)
        if narrow.schema_arrow.equals(schema):
            return
        part = path.with_name(f"{path.name}.wide")
        with pq.ParquetWriter(part, schema, compression="zstd") as wide:
            for batch in narrow.iter_batches(ParquetRecords.group_rows):
                wide.write_table(pa.Table.from_batches([batch]).cast(schema))
    part.replace(path)


def _fits(row: dict[str, Any]) -> bool:
    """Whether single precision and whole seconds can hold a record's times."""
    times = np.array([(n[fields.START], n[fields.END]) for n in row[fields.NODES]])
    duration = row[fields.METADATA]["duration"]
    return bool((times.astype(np.float32) == times).all()) and not isinstance(duration, float)


def _node(node: Node, texts: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {
        fields.NODE_ID: node.node_id,
        fields.PARENT_ID: node.parent_id,
        fields.LEVEL: node.level,
        fields.START: node.start,
        fields.END: node.end,
    }
    for name, path in _PATHS.items():
        text = texts.get(name)
        if len(path) == 1:
            row[path[0]] = text
        elif text is not None:
            inner = row
            for key in path[:-1]:
                inner = inner.setdefault(key, {})
            inner[path[-1]] = text
    return _completed(row)


def _review(
    reviews: Mapping[str, Mapping[str, Mapping[str, Any]]],
    node_id: str,
    texts: Mapping[str, Mapping[str, str]],
) -> dict[str, Any] | None:
    """Returns a node's review status and the original texts of its captions, or None."""
    found = {name: of[node_id] for name, of in reviews.items() if node_id in of}
    status = next((s for review in found.values() if (s := review.get("status"))), None)
    original = [
        {"field": name, "text": original_text(review)}
        for name, review in found.items()
        if name in texts.get(node_id, {}) and "label" in review.get("original", {})
    ]
    return {"status": status, "original": original} if status or original else None


def _all_reviews(video: Video, texts: Mapping[str, Mapping[str, str]]) -> str | None:
    """Returns the text with all reviews of the captions that a record has."""
    reviews = video.reviews or {}
    captions = [
        CaptionReview(
            name,
            node,
            dict(reviews.get(name, {}).get(node, {})),
            video.tags.get(name, {}).get(node, ()),
        )
        for name, of in video.shown.items()
        for node in of
        if name in FIELDS and node in texts
    ]
    return reviews_text(VideoReviews(captions, video.frame_rate))


def _completed(row: dict[str, Any]) -> dict[str, Any]:
    """Gives a node all keys of the refined captions if it has one of them, as the preview does."""
    refined = [path for path in _PATHS.values() if len(path) > 1]
    top = refined[0][0]
    if top not in row:
        row[top] = None
        return row
    whole: dict[str, Any] = {}
    for path in refined:
        inner = whole
        for key in path[1:-1]:
            inner = inner.setdefault(key, {})
        inner[path[-1]] = text_at(row, path)
    row[top] = whole
    return row


def _metadata(video: Video, root_end: float | None) -> dict[str, Any]:
    info = video.info
    date = info.get(fields.UPLOAD_DATE)
    return {
        "title": _text(info.get(fields.TITLE)),
        "description": _text(info.get(fields.DESCRIPTION)),
        "view_count": _count(info.get(fields.VIEW_COUNT)),
        "like_count": _count(info.get(fields.LIKE_COUNT)),
        "duration": _duration(info.get(fields.SOURCE_DURATION), root_end),
        "upload_date": date.strftime("%Y%m%d") if isinstance(date, datetime) else None,
        "transcript": None if video.speech is None else transcript_entries(video.speech),
    }


def _duration(seconds: object, root_end: float | None) -> int | float | None:
    """Returns whole seconds if the root's end gives the rest, as in the preview."""
    if not isinstance(seconds, (int, float)) or not 0 < seconds < 2**53:
        return None
    if seconds == int(seconds) or (seconds == root_end and seconds >= 1):
        return int(seconds)
    return float(seconds)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _count(value: object) -> int | None:
    if not isinstance(value, int) or isinstance(value, bool) or not -(2**63) <= value < 2**63:
        return None
    return int(value)  # MongoDB may give an Int64
