"""The changes of a video's detections in a review: finding, applying and reverting them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from ..core import fields
from ..core.reviews import DERIVED, EDITED, TAG, Detection, with_review
from ..internals.database import Document

#: The number of possible digests.
_DIGESTS = 2**64

Detections = Mapping[str, Sequence[Mapping[str, Any]]]


def digest(detections: Detections) -> str:
    """Returns a digest of everything that a review shows and changes, without tags."""
    found = (_digest(name, d) for name, of in detections.items() for d in of)
    return f"{sum(found) % _DIGESTS:016x}"


def digest_after(
    before: str, changed: Sequence[tuple[str, Detection | None, Detection | None]]
) -> str:
    """Returns the digest of detections after some of them have changed.

    Args:
        before: the digest before the change
        changed: the field, the old and the new value of each changed detection; None for none
    """
    total = int(before, 16)
    for name, old, new in changed:
        total += (_digest(name, new) if new else 0) - (_digest(name, old) if old else 0)
    return f"{total % _DIGESTS:016x}"


def _digest(name: str, d: Mapping[str, Any]) -> int:
    if d.get(fields.NODE_ID) is None:
        return 0
    text = repr((name, [d.get(key) for key in EDITED], d.get(fields.REVIEW)))
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")


def changed_in(before: Detections, after: Detections) -> list[tuple[str, Any, Any]]:
    """Returns the changed detections, each with its field, its old and its new value.

    None stands for a detection that did not exist or no longer exists.
    """
    found: list[tuple[str, Any, Any]] = []
    for name, new in after.items():
        old = before[name]
        if new is old:
            continue
        pairs: list[tuple[Any, Any]]
        pairs = [(a, b) for a, b in zip(old, new, strict=False) if a is not b]
        if len(old) != len(new) or any(a["_id"] != b["_id"] for a, b in pairs):
            here, there = ({d["_id"]: d for d in of} for of in (old, new))
            pairs = [(here.get(key), there.get(key)) for key in {**here, **there}]
        found += [(name, a, b) for a, b in pairs if a is not b and a != b]
    return found


def differences(before: Detections, after: Detections) -> list[Document]:
    """Returns the changes, one document per detection.

    ``before`` and ``after`` hold the values that differ. For an added or removed detection, one of
    them is None, the other holds all values, and ``at`` is its index.
    """
    found: list[Document] = []
    for name, a, b in changed_in(before, after):
        place = {"field": name, "id": (b if a is None else a)["_id"]}
        if a is None or b is None:
            whole, one = (after, b) if a is None else (before, a)
            at = next(k for k, d in enumerate(whole[name]) if d is one)
            found.append({**place, "at": at, "before": a, "after": b})
        else:
            keys = [k for k in {**a, **b} if k != "tags" and a.get(k) != b.get(k)]
            old_values, new_values = ({k: d[k] for k in keys if k in d} for d in (a, b))
            found.append({**place, "before": old_values, "after": new_values})
    return found


def apply(
    detections: Detections, changes: Sequence[Document], back: bool
) -> dict[str, list[Detection]]:
    """Returns detections with changes applied or reverted.

    Raises:
        KeyError: if the detections do not match the changes
    """
    found: dict[str, list[Any]] = {name: list(of) for name, of in detections.items()}
    ways = ("after", "before") if back else ("before", "after")
    for each in changes if not back else reversed(changes):
        was, becomes = each[ways[0]], each[ways[1]]
        here = found[each["field"]]
        at = next((k for k, d in enumerate(here) if d["_id"] == each["id"]), None)
        if (at is None) != (was is None):
            raise KeyError(each["id"])
        if at is None:
            here.insert(min(each["at"], len(here)), becomes)
        elif becomes is None:
            if not _same(here[at], was, here[at]) or _own_tags(here[at]) - _own_tags(was):
                raise KeyError(each["id"])
            del here[at]
        else:
            if not _same(here[at], was, becomes):
                raise KeyError(each["id"])
            kept = {k: v for k, v in here[at].items() if k in becomes or k not in was}
            changed = {**kept, **becomes}
            here[at] = with_review(changed, changed.get(fields.REVIEW) or {})
    return found


def _same(detection: Mapping[str, Any], was: Mapping[str, Any], also: Mapping[str, Any]) -> bool:
    """Whether a detection has the given values and lacks the other names."""
    keys = {*was, *also} - {"tags"} - DERIVED
    return all(
        detection.get(key) == was.get(key) and (key in detection) == (key in was) for key in keys
    )


def _own_tags(detection: Mapping[str, Any]) -> set[str]:
    """Returns the tags that were not set by a review."""
    return {tag for tag in detection.get("tags") or () if not tag.startswith(TAG)}


def nodes_of(changes: Sequence[Mapping[str, Any]], detections: Mapping[str, Any]) -> list[str]:
    """Returns the ids of the changed nodes."""
    ids = {d["_id"]: d.get(fields.NODE_ID) for found in detections.values() for d in found}
    found = []
    for each in changes:
        of = each["after"] or {}
        found += [ids.get(each["id"]), of.get(fields.NODE_ID)]
    return list(dict.fromkeys(node for node in found if node is not None))


def is_moved(changes: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nodes were added, removed or moved."""
    return any(
        each["before"] is None or each["after"] is None
        or not {*each["before"], *each["after"]} <= {"label", fields.REVIEW}
        for each in changes
    )  # fmt: skip


def is_another_tree(changes: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nodes were added, removed or moved, or captions have changed."""
    return is_moved(changes) or any("label" in each["after"] for each in changes)
