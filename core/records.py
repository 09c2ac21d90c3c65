"""Reads and checks Action100M's records, which may be malformed.

Records are untrusted: columns of an Arrow batch or parsed JSON. Repairable faults are repaired and
counted in ``Record.warnings``; others raise :class:`RecordError` with a reason. A checked record
has a valid tree, except that the children of a repaired parent may leave a gap
(``not-a-partition``).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from . import fields
from .fields import CaptionField
from .repair import LONGEST, repair
from .review_texts import VideoReviews, read_reviews
from .speech import Speech, TranscriptColumns, read_transcript
from .times import SourceSeconds
from .tree import TreeOfCaptions, text_at
from .values import read_count, read_date, read_duration, read_text

#: Video ids become part of file names and URLs, so characters and length are restricted.
_VIDEO_UID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_URL = "https://www.youtube.com/watch?v={}"


class RecordError(ValueError):
    """A record that cannot be used.

    Attributes:
        reason: ``bad-id``, ``no-nodes``, ``no-root`` or ``bad-record``
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class VideoInfo:
    """A record's metadata of the whole video; missing values are None or empty.

    ``duration`` is in seconds; ``upload_date`` is midnight, UTC.
    """

    title: str | None = None
    description: str | None = None
    view_count: int | None = None
    like_count: int | None = None
    duration: float | None = None
    upload_date: datetime | None = None
    transcript: Sequence[Speech] = ()


@dataclass(frozen=True)
class Record:
    """One video's annotations, checked.

    Attributes:
        video_uid: the source video's id; safe in a file name
        info: the metadata, with the transcript
        tree: the whole tree; nodes past the cutoff of the reader have no texts
        warnings: how often each kind of repair was made, by code
        is_own: whether the video is the user's own, with an id from no site
        reviews: what reviewers have said about its captions, None if nothing
    """

    video_uid: str
    info: VideoInfo
    tree: TreeOfCaptions
    warnings: Mapping[str, int] = field(default_factory=dict)
    is_own: bool = False
    reviews: VideoReviews | None = None

    @property
    def url(self) -> str | None:
        """The source video's address; None for the user's own videos."""
        return None if self.is_own else _URL.format(self.video_uid)

    @property
    def tree_end(self) -> SourceSeconds | None:
        """The end of the tree, in seconds of the source; None without a root."""
        return self.tree.end

    @property
    def duration(self) -> float | None:
        """The source video's duration in seconds: the later of the metadata's end and the tree's.

        Metadata has whole seconds and can be wrong: one of ten real records says 317 s while its
        tree ends at 345.55 s.
        """
        recorded, end = self.info.duration, self.tree.end
        if recorded is None or end is None:
            return end if recorded is None else recorded
        return max(recorded, end)


@dataclass(frozen=True)
class NodeColumns:
    """A record's unchecked nodes as columns, aligned to each other."""

    node_ids: Sequence[Any]
    parent_ids: Sequence[Any]
    levels: Sequence[Any] | npt.NDArray[Any]
    starts: Sequence[Any] | npt.NDArray[Any]
    ends: Sequence[Any] | npt.NDArray[Any]
    texts: Mapping[str, Sequence[Any]]

    @classmethod
    def from_nodes(cls, nodes: object, captions: Sequence[CaptionField]) -> NodeColumns:
        """Turns a parsed record's ``nodes`` into columns; skips entries that are not objects."""
        rows = [n for n in nodes if isinstance(n, Mapping)] if isinstance(nodes, list) else []
        return cls(
            [n.get(fields.NODE_ID) for n in rows],
            [n.get(fields.PARENT_ID) for n in rows],
            [n.get(fields.LEVEL) for n in rows],
            [n.get(fields.START) for n in rows],
            [n.get(fields.END) for n in rows],
            {c.name: [text_at(n, c.path) for n in rows] for c in captions},
        )


def parse_record(row: object, captions: Sequence[CaptionField] = fields.CAPTIONS) -> Record:
    """Reads one record from a dict, as returned by ``json.loads`` or ``to_pylist``.

    Args:
        row: the record, unchecked
        captions: the texts to read

    Raises:
        RecordError: if the record cannot be used
    """
    if not isinstance(row, Mapping):
        raise RecordError("bad-record", f"a record is an object, not {type(row).__name__}")
    metadata = row.get(fields.METADATA)
    entries = metadata.get(fields.TRANSCRIPT) if isinstance(metadata, Mapping) else None
    return build_record(
        row.get(fields.VIDEO_UID),
        metadata,
        TranscriptColumns.from_entries(entries),
        NodeColumns.from_nodes(row.get(fields.NODES), captions),
        row.get(fields.REVIEWS),
    )


def build_record(
    video_uid: object,
    metadata: object,
    transcript: TranscriptColumns | None,
    nodes: NodeColumns,
    reviews: object = None,
) -> Record:
    """Builds a record from unchecked parts.

    Args:
        video_uid: the id as recorded
        metadata: the ``metadata`` struct as a dict, or None; its transcript is ignored
        transcript: the transcript's entries, or None
        nodes: the nodes
        reviews: the text of its reviews, or None

    Raises:
        RecordError: if the id is not safe in file names, or the nodes do not form a tree
    """
    uid = check_video_uid(video_uid)
    warnings: Counter[str] = Counter()
    tree = _tree_of(nodes, warnings)
    entries: Sequence[Speech] = ()
    if transcript is not None and isinstance(metadata, Mapping):
        entries = read_transcript(transcript, warnings)
    return finish_record(uid, metadata, entries, tree, warnings, reviews)


def finish_record(
    uid: str,
    metadata: object,
    transcript: Sequence[Speech],
    tree: TreeOfCaptions,
    warnings: Counter[str],
    reviews: object = None,
) -> Record:
    """Builds a record from checked parts, unchecked metadata and unchecked reviews.

    Args:
        uid: from :func:`check_video_uid`
        metadata: the ``metadata`` struct as a dict, or None; its transcript is ignored
        transcript: the checked transcript
        tree: the valid tree
        warnings: the repairs so far by code; updated in place
        reviews: the text of its reviews, or None
    """
    info = _read_metadata(metadata, transcript, warnings)
    end = tree.end
    if end is not None and info.duration is not None and abs(end - info.duration) > 1:
        warnings["wrong-duration"] += 1
    read = read_reviews(reviews, warnings)
    return Record(uid, info, tree, dict(warnings), reviews=read)


def read_video_info(metadata: object) -> VideoInfo:
    """Reads a record's ``metadata`` without its transcript.

    Args:
        metadata: the struct as a dict, complete or not, or None
    """
    return _read_metadata(metadata, (), Counter())


def check_video_uid(value: object) -> str:
    """Checks that a video id is safe in file names and URLs, and returns it.

    Raises:
        RecordError: if it is not, with the reason ``bad-id``
    """
    if isinstance(value, str) and _VIDEO_UID.fullmatch(value):
        return value
    # Other values may be of any size, so only their type is named.
    shown = f"{value[:80]!r:.80}" if isinstance(value, str) else f"of type {type(value).__name__}"
    raise RecordError(
        "bad-id", f"video_uid {shown} is not 1 to 64 of the characters A-Z a-z 0-9 _ -"
    )


def _tree_of(nodes: NodeColumns, warnings: Counter[str]) -> TreeOfCaptions:
    if not len(nodes.node_ids):
        raise RecordError("no-nodes", "the record has no nodes")
    texts = {
        name: [text if text is None else read_text(text, warnings) for text in column]
        for name, column in nodes.texts.items()
    }
    if _well_typed(nodes):
        tree = TreeOfCaptions(
            nodes.node_ids, nodes.parent_ids, nodes.levels, nodes.starts, nodes.ends, texts
        )
        if tree.is_valid():
            return tree
    repaired = repair(
        nodes.node_ids, nodes.parent_ids, nodes.levels, nodes.starts, nodes.ends, warnings
    )
    if repaired is None:
        raise RecordError("no-root", "the record has no root node that lasts any time")
    kept = repaired.kept
    tree = TreeOfCaptions(
        repaired.node_ids,
        repaired.parent_ids,
        repaired.levels,
        repaired.starts,
        repaired.ends,
        {name: [values[i] for i in kept] for name, values in texts.items()},
    )
    for issue in tree.check():
        warnings[issue.code] += 1
    return tree


def _well_typed(nodes: NodeColumns) -> bool:
    """Whether the columns have the types of a tree, so no value needs a repair."""
    try:
        levels = np.asarray(nodes.levels)
        times = np.asarray((nodes.starts, nodes.ends), dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return False
    return (
        levels.dtype.kind in "iu"
        and bool((np.abs(times) < LONGEST).all())  # false of NaN, too
        and set(map(type, nodes.node_ids)) == {str}
        and set(map(type, nodes.parent_ids)) <= {str, type(None)}
        and _encodable(nodes.node_ids)
    )


def _encodable(values: Sequence[str]) -> bool:
    """Whether texts are valid UTF-8: JSON can carry lone surrogates."""
    try:
        "".join(values).encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_metadata(
    metadata: object, transcript: Sequence[Speech], warnings: Counter[str]
) -> VideoInfo:
    if not isinstance(metadata, Mapping):
        warnings["no-metadata"] += 1
        return VideoInfo()
    return VideoInfo(
        title=read_text(metadata.get("title"), warnings),
        description=read_text(metadata.get("description"), warnings),
        view_count=read_count(metadata.get("view_count"), warnings),
        like_count=read_count(metadata.get("like_count"), warnings),
        duration=read_duration(metadata.get("duration"), warnings),
        upload_date=read_date(metadata.get("upload_date"), warnings),
        transcript=transcript,
    )
