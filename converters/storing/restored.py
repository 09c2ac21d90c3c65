"""Restores the reviews that a record carries on the labels made from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import bson

from ...core import fields
from ...core.frames import boundary, exact_rate, to_clip
from ...core.review_texts import CaptionReview, VideoReviews, is_support
from ...core.reviews import Detection, with_review
from ...core.times import SourceSeconds
from ..clips.media import Clip
from .documents import MAX_DOCUMENT_BYTES, SampleDocument

#: The codes of reviews that cannot be restored: their caption is not in the clip or the dataset,
#: the sample would be too large, the dataset's ``review`` is something else; and of original frames
#: that are not known in this clip.
LOST, TOO_LARGE = "review-without-caption", "review-too-large"
OTHER_ATTRIBUTE, OTHER_FRAMES = "review-attribute", "review-frames"


def restored(
    made: SampleDocument, reviews: VideoReviews, clip: Clip
) -> tuple[SampleDocument, Counter[str]]:
    """Returns a sample with its reviews, and how many could not be restored, by code.

    Args:
        made: the sample
        reviews: the reviews in its record
        clip: its clip
    """
    document, lost = bson.decode(made.raw), Counter[str]()
    places = {
        name: {d.get(fields.NODE_ID): k for k, d in reversed(list(enumerate(_labels(value))))}
        for name, value in document.items()
        if name != fields.TRANSCRIPT_SEGMENTS and isinstance(value, dict)
    }
    is_other = _is_other(reviews.frame_rate, clip.frame_rate)
    for each in reviews.captions:
        at = places.get(each.field, {}).get(each.node_id)
        if at is None:
            lost[LOST] += 1
            continue
        found = document[each.field]["detections"]
        if is_other:
            each, unknown = _in_clip(each, found[at], clip)
            lost[OTHER_FRAMES] += unknown
        found[at] = _with_review(found[at], each)
    raw = bson.encode(document)
    if len(raw) > MAX_DOCUMENT_BYTES:
        return made, Counter({TOO_LARGE: len(reviews.captions)})
    return SampleDocument(raw, made["_id"]), +lost


def _labels(value: Mapping[str, Any]) -> list[Detection]:
    found = value.get("detections")
    return found if isinstance(found, list) else []


def _with_review(detection: Detection, said: CaptionReview) -> Detection:
    found = with_review({**detection, "tags": list(said.tags)}, dict(said.review))
    if set(found["tags"]) == set(said.tags):
        found["tags"] = list(said.tags)  # in their order
    return found


def _is_other(rate: float | None, of_clip: Fraction) -> bool:
    try:
        return rate is None or exact_rate(rate) != of_clip
    except ValueError:
        return True


def _in_clip(said: CaptionReview, detection: Detection, clip: Clip) -> tuple[CaptionReview, int]:
    """Returns a review with its frames in another clip than it was made with.

    Also returns the number of ranges of frames that are not known there, which are left out.
    """
    original = dict(said.review.get("original") or {})
    if not {"support", "merged"} & original.keys():
        return said, 0
    merged = [dict(d) for d in original.get("merged", [])]
    unknown = sum(_move(d, {}, clip) for d in merged) + _move(original, detection, clip)
    if original.get("support") == detection["support"]:
        del original["support"]
    if "merged" in original:
        original["merged"] = merged
    review = {**said.review, "original": original}
    if not original:
        del review["original"]
    return CaptionReview(said.field, said.node_id, review, said.tags), unknown


def _move(values: Detection, now: Mapping[str, Any], clip: Clip) -> int:
    """Sets the frames of values by their times; returns 1 if these are unknown, else 0."""
    if "support" not in values:
        return 0
    known = [values.get(key, now.get(key)) for key in (fields.START, fields.END)]
    del values["support"]
    times = [SourceSeconds(time) for time in known if time is not None]
    if len(times) < 2:
        return 1
    first, last = (boundary(to_clip(time), clip.frame_rate) for time in times)
    support = [first + 1, min(last, clip.total_frame_count)]
    if is_support(support):
        values["support"] = support
    return int(not is_support(support))
