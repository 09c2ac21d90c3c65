"""Looks up the videos of a dataset, without importing FiftyOne, as workers use it too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from ...core import fields
from ...core.identity import names_of
from ..clips.media import Clip

if TYPE_CHECKING:
    from bson import ObjectId
    from pymongo.collection import Collection

_SIZE = f"{fields.METADATA}.size_bytes"
_REVIEWS = f"$$this.v.detections.{fields.REVIEW}"
#: Whether a field of the sample has a review log, or a label with a review.
_REVIEWED = {
    "$anyElementTrue": {
        "$map": {
            "input": {"$objectToArray": "$$ROOT"},
            "in": {
                "$or": [
                    {"$isNumber": f"$$this.v.{fields.REVIEW_LOG}.rev"},
                    {
                        "$in": [
                            "object",
                            {
                                "$map": {
                                    "input": {"$cond": [{"$isArray": _REVIEWS}, _REVIEWS, []]},
                                    "as": "review",
                                    "in": {"$type": "$$review"},
                                }
                            },
                        ]
                    },
                ]
            },
        }
    }
}
_ASKED = {fields.VIDEO_UID: 1, fields.URL: 1, "filepath": 1, _SIZE: 1}
#: Selects samples that only their address identifies.
_UNNAMED = {fields.VIDEO_UID: {"$in": [None, ""]}}


class Stored(NamedTuple):
    """A dataset's sample of a video.

    Attributes:
        id: the sample's id; None if only its existence is known
        path: the path of its clip, empty if unknown
        size: the size of its clip in bytes when it was stored, None if unknown
        reviewed: whether somebody has reviewed its captions; False if nobody asked
    """

    id: ObjectId | None = None
    path: str = ""
    size: int | None = None
    reviewed: bool = False

    def matches(self, clip: Clip) -> bool:
        """Returns whether the sample has this very clip, not an earlier one or another file."""
        return self.size in (clip.size_bytes, None) and self.path in (str(clip.path), "")


class Present:
    """The videos of a dataset's samples, identified by ``video_uid`` or by their address.

    Args:
        samples: the dataset's collection of samples
        foreign: whether it has samples from elsewhere than a conversion: all samples are then read
            once, otherwise the index is used
        reviews: whether to find out which videos somebody has reviewed, for which all labels are
            read (2 ms for a video of 917 nodes in eight fields)
    """

    def __init__(
        self, samples: Collection[dict[str, Any]], foreign: bool, reviews: bool = False
    ) -> None:
        self._samples = samples
        self._foreign = foreign
        self._asked = {**_ASKED, "reviewed": _REVIEWED} if reviews else _ASKED

    def existing(self, uids: Sequence[str]) -> dict[str, Stored]:
        """Returns the existing samples of some videos, by video id."""
        found: dict[str, Stored] = {}
        if uids:
            named = self._samples.find({fields.VIDEO_UID: {"$in": list(uids)}}, self._asked)
            for document in () if self._foreign else named:
                found.setdefault(document[fields.VIDEO_UID], _stored(document))
        return {uid: self._read[uid] for uid in uids if uid in self._read} | found

    def reviewed(self) -> Iterable[str]:
        """Returns the ids of the videos that somebody has reviewed, under each of their names."""
        asked = {fields.VIDEO_UID: 1, fields.URL: 1}
        for document in self._samples.find({"$expr": _REVIEWED}, asked):
            yield from names_of(document)

    def uids(self) -> Iterable[str]:
        """Returns the ids of all videos."""
        if self._foreign:
            return self._read
        # The index alone answers a query of this form.
        named = self._samples.find({fields.VIDEO_UID: {"$gt": ""}}, {fields.VIDEO_UID: 1, "_id": 0})
        return {*self._read, *(document[fields.VIDEO_UID] for document in named)}

    @cached_property
    def _read(self) -> Mapping[str, Stored]:
        """The samples without a ``video_uid``, by each name that may identify the video."""
        found: dict[str, Stored] = {}
        wanted = {} if self._foreign else _UNNAMED
        for document in self._samples.find(wanted, self._asked).sort("_id", 1):
            for name in names_of(document):
                found.setdefault(name, _stored(document))
        return found


class Listed:
    """The videos of a dataset's samples, with nothing known of these but whether to leave them.

    Args:
        uids: the videos' ids
        reviewed: the ids of those that somebody has reviewed
    """

    def __init__(self, uids: Iterable[str], reviewed: Iterable[str] = ()) -> None:
        self._uids, self._reviewed = frozenset(uids), frozenset(reviewed)

    def existing(self, uids: Sequence[str]) -> dict[str, Stored]:
        """Returns the existing samples of some videos, by video id."""
        found = (uid for uid in uids if uid in self._uids)
        return {uid: Stored(reviewed=uid in self._reviewed) for uid in found}


def count_reviewed(samples: Collection[dict[str, Any]]) -> int:
    """Returns the number of samples that somebody has reviewed."""
    return samples.count_documents({"$expr": _REVIEWED})


def is_reviewed(samples: Collection[dict[str, Any]], sample_id: ObjectId | None) -> bool:
    """Returns whether somebody has reviewed a sample."""
    return samples.find_one({"_id": sample_id, "$expr": _REVIEWED}, {"_id": 1}) is not None


def _stored(document: Mapping[str, Any]) -> Stored:
    size = (document.get(fields.METADATA) or {}).get("size_bytes")
    path = document.get("filepath") or ""
    return Stored(document["_id"], path, size, document.get("reviewed", False))
