"""The review that a detection stores: its status, its judgements and its original values.

``review`` is a document with these values, the same on all detections of a node except
``original``:

- ``status``: ``accepted``, ``rejected`` or ``fixed``, with ``who`` set it last and ``when``
- ``judged``: what each reviewer said last, as ``who``, ``status`` and ``when``
- ``note``: a text
- ``original``: the values of this detection before its first edit, of those that differ now. A part
  of a split node has the ``node_id`` of the node; a merged node has the detections that it took in
  as ``merged``; a caption that a reviewer added has ``None`` as ``label``

Times are UTC in ISO 8601, to the millisecond. What another program has written in another form does
not count: see :func:`review_of`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from . import fields

ACCEPTED, REJECTED, FIXED = "accepted", "rejected", "fixed"
#: The statuses of a reviewed node, in the order of their codes in the panel, starting at 1.
STATUSES = (ACCEPTED, REJECTED, FIXED)
#: The name for the status of nodes that are not reviewed.
OPEN = "open"

#: The tag of labels with a status.
TAG = "review:"
_TAGS = frozenset(TAG + status for status in STATUSES)
#: The tag of labels in the review sample.
SAMPLE_TAG = TAG + "sample"

#: The values of a detection that edits can change.
EDITED = (
    "label", "support", fields.NODE_ID, fields.PARENT_ID, fields.LEVEL, fields.TIER, fields.START,
    fields.END, fields.TRUNCATED,
)  # fmt: skip
#: The values of a detection that commands compute from the others, and compute anew.
DERIVED = frozenset({fields.VERB, fields.CLUSTER, fields.CUT_FROM, fields.CUT_UNTIL})
#: The maximum length of a reviewer's name and of a text, in characters.
LONGEST_NAME, LONGEST_TEXT = 80, 20_000

#: Control characters, but for tabs and line breaks.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")

Review = dict[str, Any]
Detection = dict[str, Any]


class ReviewError(ValueError):
    """Raised if a judgement or an edit is not possible; the message says why."""


class ReviewUnchanged(ReviewError):
    """Raised if a judgement or an edit would change nothing, because it was made already."""


def now() -> str:
    """Returns the current time in the format of reviews."""
    return _time(datetime.now(timezone.utc))


def _time(when: datetime) -> str:
    """Returns a time in the format of reviews; one without a time zone is UTC, as in MongoDB."""
    utc = when.astimezone(timezone.utc) if when.tzinfo else when
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def checked_name(who: str) -> str:
    """Returns a reviewer's name without surrounding whitespace, in Unicode's composed form.

    Keyboards write "é" as one or as two characters, which would be two reviewers.

    Raises:
        ReviewError: if it is too long, or nothing of it can be seen
    """
    name = unicodedata.normalize("NFC", " ".join(_clean(who).split()))
    if not any(character.isprintable() and not character.isspace() for character in name):
        raise ReviewError("the reviewer's name is missing")
    if len(name) > LONGEST_NAME:
        raise ReviewError(f"a name can have up to {LONGEST_NAME} characters, not {len(name):,}")
    return name


def checked_text(text: str) -> str:
    """Returns a caption or a note without surrounding whitespace.

    Raises:
        ReviewError: if it is too long
    """
    text = _clean(text).strip()
    if len(text) > LONGEST_TEXT:
        raise ReviewError(f"a text can have up to {LONGEST_TEXT:,} characters, not {len(text):,}")
    return text


def _clean(text: str) -> str:
    """Returns a text without control characters.

    Lone surrogates, which browsers may send, are replaced by question marks.
    """
    return _CONTROL.sub("", text.encode("utf-8", "replace").decode())


def review_of(detection: Mapping[str, Any]) -> Review:
    """Returns a copy of a detection's review, empty if it has none or another type of value.

    A status that is none of :data:`STATUSES` is left out, and so are names, judgements, notes and
    originals of another form. Times that another program has stored as dates become texts.
    """
    found = detection.get(fields.REVIEW)
    if not isinstance(found, Mapping):
        return {}
    review = _timed(found)
    if "status" in review and review["status"] not in STATUSES:
        del review["status"]
    if "judged" in review:
        entries = review["judged"] if isinstance(review["judged"], list) else []
        review["judged"] = [_timed(each) for each in entries if _is_judgement(each)]
    if not isinstance(review.get("original"), Mapping):
        review.pop("original", None)
    for key in ("who", "when", "note"):
        if not isinstance(review.get(key), str):
            review.pop(key, None)
    return review


def _timed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a copy whose time is a text."""
    when = values.get("when")
    return {**values, "when": _time(when)} if isinstance(when, datetime) else dict(values)


def _is_judgement(value: object) -> bool:
    return (
        isinstance(value, Mapping)
        and value.get("status") in STATUSES
        and isinstance(value.get("who"), str)
        and isinstance(value.get("when", ""), (str, datetime))
    )


def status_of(detection: Mapping[str, Any]) -> str | None:
    """Returns a detection's status, or None if it is not reviewed."""
    return review_of(detection).get("status")


def judgement_of(detection: Mapping[str, Any], who: str) -> str | None:
    """Returns the last status that a reviewer gave a detection, or None."""
    judged = review_of(detection).get("judged", ())
    return next((each["status"] for each in judged if each["who"] == who), None)


def judge(detection: Mapping[str, Any], status: str, who: str, when: str) -> Detection:
    """Returns a detection with a reviewer's judgement added."""
    review = review_of(detection)
    others = [each for each in _said(review) if each["who"] != who]
    judged = [*others, {"who": who, "status": status, "when": when}]
    review |= {"status": status, "who": who, "when": when, "judged": judged}
    return with_review(detection, review)


def clear(detection: Mapping[str, Any], who: str) -> Detection:
    """Returns a detection without a reviewer's judgement; the latest other one applies again."""
    review = review_of(detection)
    said = _said(review)
    judged = [each for each in said if each["who"] != who]
    if len(judged) == len(said):
        return dict(detection)
    for key in ("status", "who", "when", "judged"):
        review.pop(key, None)
    if judged:
        last = max(judged, key=lambda each: each.get("when", ""))
        review |= {**last, "judged": judged}
    return with_review(detection, review)


def _said(review: Review) -> list[dict[str, Any]]:
    """Returns what each reviewer said last, also where only the last judgement was written."""
    judged: list[dict[str, Any]] = review.get("judged", [])
    last: dict[str, Any] = {k: review[k] for k in ("who", "status", "when") if k in review}
    known = any(each["who"] == last.get("who") for each in judged)
    return judged if known or not _is_judgement(last) else [*judged, last]


def note(detection: Mapping[str, Any], text: str) -> Detection:
    """Returns a detection with a note, or without its note if the text is empty."""
    review = review_of(detection)
    review.pop("note", None)
    return with_review(detection, review | ({"note": text} if text else {}))


def with_review(detection: Mapping[str, Any], review: Review) -> Detection:
    """Returns a detection with a review and the tag of its status.

    Raises:
        ReviewError: if it has something else in the review's place
    """
    before = detection.get(fields.REVIEW)
    if before is not None and not isinstance(before, Mapping):
        raise ReviewError(
            f"a caption has a value of its own in {fields.REVIEW!r}: rename that attribute first"
        )
    tags = [tag for tag in detection.get("tags") or () if tag not in _TAGS]
    found = {**detection, "tags": tags}
    if (status := review.get("status")) in STATUSES:
        tags.append(TAG + status)
    if review:
        found[fields.REVIEW] = review
    else:
        found.pop(fields.REVIEW, None)
    return found


def change(detection: Mapping[str, Any], **values: Any) -> Detection:
    """Returns a detection with new values of :data:`EDITED`, recording the original ones."""
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
    """Returns the original values of what reviewers have changed in a detection."""
    original: Mapping[str, Any] = review_of(detection).get("original") or {}
    return original


def original_text(review: Mapping[str, Any]) -> str | None:
    """Returns a caption before a reviewer changed it, from :func:`review_of`.

    None where nobody has, or where the reviewer has added it.
    """
    text = review.get("original", {}).get("label")
    return text if isinstance(text, str) else None


def kappa(first: Sequence[str], second: Sequence[str]) -> float | None:
    """Returns Cohen's kappa of two reviewers' statuses of the same nodes.

    Cohen, A coefficient of agreement for nominal scales, 1960.

    Args:
        first: the first reviewer's statuses
        second: the second reviewer's statuses, aligned

    Returns:
        1 for complete agreement and 0 for agreement by chance; None without nodes, or if both gave
        the same single status to all nodes, where kappa is undefined
    """
    if not first:
        return None
    total = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / total
    expected = sum(first.count(s) * second.count(s) for s in set(first)) / total**2
    return None if expected == 1 else (observed - expected) / (1 - expected)
