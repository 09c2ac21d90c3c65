"""Which source video a sample is of: its ``video_uid``, or the id in its address.

Our conversions write ``video_uid``; the published subset has ``full_video_url`` only. One video is
known by either, wherever samples are looked up or ids are filled in.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import Any
from urllib.parse import parse_qs, urlsplit

from . import fields
from .records import RecordError, check_video_uid

_HOSTS = re.compile(r"(?:[a-z0-9-]+\.)*(?:youtube\.com|youtube-nocookie\.com|youtu\.be)", re.I)
#: What of an address's path comes before the id.
_BEFORE_ID = frozenset({"shorts", "embed", "live", "v", "e"})


def uid_in_url(url: Any) -> str | None:
    """Returns the id in a video's address on YouTube, None if there is none.

    >>> uid_in_url("https://youtu.be/abc-DEF_123?t=4")
    'abc-DEF_123'

    Args:
        url: the address, as people copy it: ``watch?v=``, ``youtu.be/``, ``shorts/``, ``embed/``
    """
    if not isinstance(url, str):
        return None
    text = url.strip()
    try:
        parts = urlsplit(text if "//" in text else f"//{text}")
        host = parts.hostname or ""
        asked = parse_qs(parts.query).get("v", [None])[-1]
    except ValueError:
        return None
    if not _HOSTS.fullmatch(host):
        return None
    path = [part for part in parts.path.split("/") if part]
    if host.lower().endswith("youtu.be"):
        found = path[0] if path else None
    elif len(path) > 1 and path[0].lower() in _BEFORE_ID:
        found = path[1]
    else:
        found = asked
    with suppress(RecordError):
        return check_video_uid(found)
    return None


def names_of(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields what a sample's video may be asked for by: its id, and the id in its address.

    Args:
        document: the sample, as MongoDB has it
    """
    uid, url = document.get(fields.VIDEO_UID), document.get(fields.URL)
    if isinstance(uid, str) and uid:
        yield uid
    if isinstance(url, str) and url:
        yield uid_in_url(url) or url


def uid_of(document: Mapping[str, Any]) -> tuple[str, str | None]:
    """Returns a safe id of a sample's video, and a note where it is not the recorded one.

    Args:
        document: the sample, as MongoDB has it
    """
    for value, note in (
        (document.get(fields.VIDEO_UID), None),
        (uid_in_url(document.get(fields.URL)), "uid-from-url"),
        (PurePath(document.get("filepath") or "").stem, "uid-from-file"),
    ):
        with suppress(RecordError):  # the next is asked then
            return check_video_uid(value), note
    return str(document["_id"]), "uid-from-sample"
