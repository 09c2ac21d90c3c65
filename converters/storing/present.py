"""Which videos a data set has a sample of. No FiftyOne: it is asked while clips are planned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from ...core import fields
from ...core.identity import names_of
from ..clips.media import Clip

_SIZE = f"{fields.METADATA}.size_bytes"
_ASKED = {fields.VIDEO_UID: 1, fields.URL: 1, "filepath": 1, _SIZE: 1}
#: Samples whose video only their address can tell.
_UNNAMED = {fields.VIDEO_UID: {"$in": [None, ""]}}


class Stored(NamedTuple):
    """The sample that a data set has of a video.

    Attributes:
        id: the sample's; None where only is known that there is one
        path: its clip, empty if that is not known
        size: the clip's bytes when it was stored, None if the data set does not say
    """

    id: Any = None
    path: str = ""
    size: int | None = None

    def is_of(self, clip: Clip) -> bool:
        """Whether it is of this clip, not of another or of one that was here before."""
        return self.size in (clip.size_bytes, None) and self.path in (str(clip.path), "")


class Present:
    """The videos that a data set has samples of, known by ``video_uid`` or by their address.

    Args:
        samples: the data set's collection of samples
        foreign: whether it has samples that no conversion has made, so that each of them is read
            once; else an index answers
    """

    def __init__(self, samples: Any, foreign: bool) -> None:
        self._samples = samples
        self._foreign = foreign

    def existing(self, uids: Sequence[str]) -> dict[str, Stored]:
        """Returns the samples that there are of some videos, by the videos' ids."""
        found: dict[str, Stored] = {}
        if uids:
            named = self._samples.find({fields.VIDEO_UID: {"$in": list(uids)}}, _ASKED)
            for document in () if self._foreign else named:
                found.setdefault(document[fields.VIDEO_UID], _stored(document))
        return {uid: self._read[uid] for uid in uids if uid in self._read} | found

    def uids(self) -> Iterable[str]:
        """Returns the ids of all videos."""
        if self._foreign:
            return self._read
        # So asked, the index alone answers.
        named = self._samples.find({fields.VIDEO_UID: {"$gt": ""}}, {fields.VIDEO_UID: 1, "_id": 0})
        return {*self._read, *(document[fields.VIDEO_UID] for document in named)}

    @cached_property
    def _read(self) -> Mapping[str, Stored]:
        """The samples that the index does not know, by what their videos may be asked for by."""
        found: dict[str, Stored] = {}
        wanted = {} if self._foreign else _UNNAMED
        for document in self._samples.find(wanted, _ASKED).sort("_id", 1):
            for name in names_of(document):
                found.setdefault(name, _stored(document))
        return found


class Listed:
    """Videos of which is known that a data set has samples of them, and nothing else.

    Args:
        uids: their ids
    """

    def __init__(self, uids: Iterable[str]) -> None:
        self._uids = frozenset(uids)

    def existing(self, uids: Sequence[str]) -> dict[str, Stored]:
        """Returns the samples that there are of some videos, by the videos' ids."""
        return {uid: Stored() for uid in uids if uid in self._uids}


def _stored(document: Mapping[str, Any]) -> Stored:
    size = (document.get(fields.METADATA) or {}).get("size_bytes")
    return Stored(document["_id"], document.get("filepath") or "", size)
