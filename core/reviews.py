"""What a detection keeps of its review: who judged it, how, and what it was before.

``review`` is one value of a detection, the same on all detections of a node but for ``original``:

- ``status``: ``accepted``, ``rejected`` or ``fixed``; ``who`` said so last, and ``when``
- ``judged``: what each reviewer said last, as ``who``, ``status`` and ``when``
- ``note``: a text
- ``original``: the values of this detection before its first edit, of those that differ now. A part
  of a split node has the ``node_id`` of the node; a merged node has the detections that it took in
  as ``merged``; a caption that a reviewer added has ``None`` as ``label``

Times are UTC in ISO 8601, to the millisecond.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from . import fields

ACCEPTED, REJECTED, FIXED = "accepted", "rejected", "fixed"
#: The statuses of a reviewed node, in the order of their codes in the panel, which start at 1.
STATUSES = (ACCEPTED, REJECTED, FIXED)
#: Stands for the status of nodes that are not reviewed.
OPEN = "open"

#: A status as a tag of labels.
TAG = "review:"
_TAGS = frozenset(TAG + status for status in STATUSES)
#: The tag of labels whose nodes are in the review sample.
SAMPLE_TAG = TAG + "sample"

#: The values of a detection that edits change.
EDITED = (
    "label", "support", fields.NODE_ID, fields.PARENT_ID, fields.LEVEL, fields.TIER, fields.START,
    fields.END, fields.TRUNCATED,
)  # fmt: skip
#: The longest name of a reviewer, and the longest text, in characters.
LONGEST_NAME, LONGEST_TEXT = 80, 20_000

Review = dict[str, Any]
Detection = dict[str, Any]


class ReviewError(ValueError):
    """A judgement or an edit that is not possible; the message says why."""


class ReviewUnchanged(ReviewError):
    """A judgement or an edit that would change nothing: it was made already."""


def now() -> str:
    """Returns the time as reviews keep it."""
    utc = datetime.now(timezone.utc).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds") + "Z"


def checked_name(who: str) -> str:
    """Returns a reviewer's name without blanks around it.

    Raises:
        ReviewError: if it is empty or too long
    """
    name = " ".join(_encodable(who).split())
    if not name:
        raise ReviewError("say who reviews: give a name")
    if len(name) > LONGEST_NAME:
        raise ReviewError(f"a name has up to {LONGEST_NAME} characters, this one {len(name):,}")
    return name


def checked_text(text: str) -> str:
    """Returns a caption or a note without blanks around it.

    Raises:
        ReviewError: if it is too long
    """
    text = _encodable(text).strip()
    if len(text) > LONGEST_TEXT:
        raise ReviewError(f"a text has up to {LONGEST_TEXT:,} characters, this one {len(text):,}")
    return text


def _encodable(text: str) -> str:
    """Returns a text in which half a character, as a browser may send it, is a question mark."""
    return text.encode("utf-8", "replace").decode()


def review_of(detection: Mapping[str, Any]) -> Review:
    """Returns a copy of a detection's review; empty if it has none."""
    return dict(detection.get(fields.REVIEW) or {})


def status_of(detection: Mapping[str, Any]) -> str | None:
    """Returns a detection's status, None if it is not reviewed."""
    status: str | None = (detection.get(fields.REVIEW) or {}).get("status")
    return status


def judgement_of(detection: Mapping[str, Any], who: str) -> str | None:
    """Returns the status that a reviewer gave a detection last, None if they gave none."""
    judged = review_of(detection).get("judged", ())
    return next((each["status"] for each in judged if each["who"] == who), None)


def judge(detection: Mapping[str, Any], status: str, who: str, when: str) -> Detection:
    """Returns a detection that a reviewer has judged."""
    review = review_of(detection)
    others = [each for each in review.get("judged", ()) if each["who"] != who]
    judged = [*others, {"who": who, "status": status, "when": when}]
    review |= {"status": status, "who": who, "when": when, "judged": judged}
    return with_review(detection, review)


def clear(detection: Mapping[str, Any], who: str) -> Detection:
    """Returns a detection without what a reviewer said; what another said last counts again."""
    review = review_of(detection)
    judged = [each for each in review.pop("judged", ()) if each["who"] != who]
    for key in ("status", "who", "when"):
        review.pop(key, None)
    if judged:
        last = max(judged, key=lambda each: each["when"])
        review |= {**last, "judged": judged}
    return with_review(detection, review)


def note(detection: Mapping[str, Any], text: str) -> Detection:
    """Returns a detection with a note, or without one if the text is empty."""
    review = review_of(detection)
    review.pop("note", None)
    return with_review(detection, review | ({"note": text} if text else {}))


def with_review(detection: Mapping[str, Any], review: Review) -> Detection:
    """Returns a detection with a review, and with the tag of its status."""
    tags = [tag for tag in detection.get("tags") or () if tag not in _TAGS]
    found = {**detection, "tags": tags}
    if status := review.get("status"):
        tags.append(TAG + status)
    if review:
        found[fields.REVIEW] = review
    else:
        found.pop(fields.REVIEW, None)
    return found


def change(detection: Mapping[str, Any], **values: Any) -> Detection:
    """Returns a detection with other values of :data:`EDITED`; keeps the original ones."""
    review = review_of(detection)
    original = dict(review.get("original") or {})
    for key, value in values.items():
        before = detection.get(key)
        if original.setdefault(key, before) == value:
            del original[key]
    review.pop("original", None)
    return with_review(
        {**detection, **values}, review | ({"original": original} if original else {})
    )


def edited_values(detection: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the original values of what a reviewer has changed on a detection."""
    original: Mapping[str, Any] = review_of(detection).get("original") or {}
    return original


def kappa(first: Sequence[str], second: Sequence[str]) -> float | None:
    """Returns Cohen's kappa of two reviewers' statuses of the same nodes.

    Cohen, A coefficient of agreement for nominal scales, 1960.

    Args:
        first: one reviewer's statuses
        second: the other's, aligned

    Returns:
        1 for complete agreement, 0 for as much as chance gives; None without nodes, and where both
        have given one and the same status throughout, so that chance explains all of it
    """
    if not first:
        return None
    total = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    expected = sum(first.count(s) * second.count(s) for s in set(first)) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)
