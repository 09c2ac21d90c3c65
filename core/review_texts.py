"""The reviews of a video as a text, which records carry from one dataset to another.

The text is JSON: ``frame_rate`` is that of the clip, to which supports refer, and ``captions`` is a
list of what several captions of a node have in common: ``node_id``, their ``fields``, and their
``review`` and ``tags`` as detections store them. Records are untrusted, so what is read is checked:
an entry of another form is left out and counted as ``bad-review``.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import fields
from .reviews import EDITED, STATUSES, Review, review_of

#: The code of entries that cannot be used.
BAD_REVIEW = "bad-review"
#: The deepest nesting and the longest text of a review, and the most fields or tags of an entry.
_DEPTH, _LONGEST, _MOST = 12, 100_000, 1_000
_INT64 = 2**63


@dataclass(frozen=True)
class CaptionReview:
    """What a reviewer and others have said about a caption.

    Attributes:
        field: the field of the caption
        node_id: the node
        review: its review, empty if it has none
        tags: its label tags
    """

    field: str
    node_id: str
    review: Review
    tags: Sequence[str] = ()


@dataclass(frozen=True)
class VideoReviews:
    """The reviews of a video.

    Attributes:
        captions: what is said about its captions
        frame_rate: the frame rate of the clip to which the supports in them refer, None if unknown
    """

    captions: Sequence[CaptionReview] = ()
    frame_rate: float | None = None


def reviews_text(reviews: VideoReviews) -> str | None:
    """Returns the text for a record, None if nobody has said anything."""
    shared: dict[str, dict[str, Any]] = {}
    for each in reviews.captions:
        said = {
            "node_id": each.node_id,
            "review": _plain(each.review),
            "tags": [tag for tag in each.tags if isinstance(tag, str)],
        }
        if said["review"] or said["tags"]:
            key = json.dumps(said, sort_keys=True)
            shared.setdefault(key, {**said, "fields": []})["fields"].append(each.field)
    if not shared:
        return None
    text = {"frame_rate": reviews.frame_rate, "captions": list(shared.values())}
    return json.dumps(text, ensure_ascii=False)


def read_reviews(text: object, warnings: Counter[str]) -> VideoReviews | None:
    """Returns the reviews in a record's text, None if it has none.

    Args:
        text: the text, unchecked
        warnings: the number of entries that cannot be used is added as :data:`BAD_REVIEW`
    """
    if text is None:
        return None
    try:
        value = json.loads(text) if isinstance(text, str) else None
        entries, rate = value["captions"], value.get("frame_rate")  # type: ignore[index, union-attr]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        entries, rate = None, None
    if not isinstance(entries, list):
        warnings[BAD_REVIEW] += 1
        return None
    is_rate = _is_number(rate) and rate > 0
    found = [each for entry in entries for each in _captions_of(entry, warnings)]
    return VideoReviews(found, float(rate) if is_rate else None) if found else None


def _captions_of(entry: object, warnings: Counter[str]) -> list[CaptionReview]:
    found = entry if isinstance(entry, Mapping) else {}
    node_id, names, tags = found.get("node_id"), found.get("fields"), found.get("tags")
    review = found.get("review")
    is_good = _is_text(node_id) and _are_texts(names) and _are_texts(tags) and _is_review(review)
    if not is_good:
        warnings[BAD_REVIEW] += 1
        return []
    return [CaptionReview(name, node_id, review, tags) for name in names]  # type: ignore[arg-type, union-attr]


def _is_review(value: object) -> bool:
    """Whether a value can be stored and is a review as :func:`.reviews.review_of` returns it."""
    if not isinstance(value, Mapping) or not _is_plain(value, _DEPTH):
        return False
    if review_of({fields.REVIEW: value}) != value or not _is_original(value.get("original", {})):
        return False
    return value.get("status", STATUSES[0]) in STATUSES


def _is_original(value: Mapping[str, Any]) -> bool:
    """Whether the original values of a caption have the types of such values."""
    text = (str, type(None))
    return (
        all(isinstance(value.get(k), text) for k in ("label", *EDITED[2:4], fields.TIER))
        and all(value.get(k) is None or _is_number(value[k]) for k in _NUMBERS)
        and isinstance(value.get(fields.TRUNCATED), (bool, type(None)))
        and (value.get("support") is None or is_support(value["support"]))
        and isinstance(value.get("merged", []), list)
        and all(isinstance(d, Mapping) and _is_original(d) for d in value.get("merged", []))
    )


_NUMBERS = (fields.LEVEL, fields.START, fields.END)


def is_support(value: object) -> bool:
    """Whether a value is a range of frames."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(v, int) and not isinstance(v, bool) for v in value)
        and 1 <= value[0] <= value[1] < 2**31
    )


def _is_number(value: object) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and math.isfinite(value)  # type: ignore[arg-type]


def _is_text(value: object) -> bool:
    if not isinstance(value, str) or not value or len(value) > _LONGEST:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and len(value) <= _MOST and all(map(_is_text, value))


def _is_plain(value: object, depth: int) -> bool:
    """Whether MongoDB can store a value of JSON, with keys that no query or update interprets."""
    if value is None or isinstance(value, bool) or value == "":
        return True
    if isinstance(value, int):
        return -_INT64 <= value < _INT64
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, Mapping) and depth:
        return all(
            _is_text(key) and not key.startswith("$") and "." not in key and "\0" not in key
            for key in value
        ) and all(_is_plain(each, depth - 1) for each in value.values())
    if isinstance(value, list) and depth:
        return all(_is_plain(each, depth - 1) for each in value)
    return _is_text(value)


def _plain(value: Any) -> Any:
    """Returns a stored value as one of JSON, without what JSON cannot hold."""
    if isinstance(value, Mapping):
        found = {str(key): _plain(each) for key, each in value.items()}
        return {key: each for key, each in found.items() if each is not _LOST}
    if isinstance(value, (list, tuple)):
        return [each for each in map(_plain, value) if each is not _LOST]
    if isinstance(value, datetime):
        return value.isoformat()
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)  # MongoDB may give an Int64
    return value if isinstance(value, float) and math.isfinite(value) else _LOST


_LOST = object()
