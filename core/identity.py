"""Identifies a sample's source video: by its ``video_uid``, or by the id in its address.

Conversions write ``video_uid``; the published subset only has ``full_video_url``. Either is used to
look up samples and to fill in ids.
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
_YOUTUBE_LENGTH = 11
#: Path segments before the id in an address.
_BEFORE_ID = frozenset({"shorts", "embed", "live", "v", "e"})


def uid_in_url(url: object) -> str | None:
    """Returns the video id in a YouTube address, None if there is none.

    >>> uid_in_url("https://youtu.be/abc-DEF_123?t=4")
    'abc-DEF_123'

    Args:
        url: the address in any usual form: ``watch?v=``, ``youtu.be/``, ``shorts/``, ``embed/``
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


def youtube_id(url: object) -> str | None:
    """Returns the id in a YouTube address if it has the eleven characters of YouTube's ids.

    Args:
        url: the address, in any form of :func:`uid_in_url`
    """
    found = uid_in_url(url)
    return found if found is not None and len(found) == _YOUTUBE_LENGTH else None


def names_of(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields the names of a sample's video: its id, and the id in its address.

    Args:
        document: the sample's MongoDB document
    """
    uid, url = document.get(fields.VIDEO_UID), document.get(fields.URL)
    if isinstance(uid, str) and uid:
        yield uid
    if isinstance(url, str) and url:
        yield uid_in_url(url) or url


def uid_of(document: Mapping[str, Any]) -> tuple[str, str | None]:
    """Returns a safe id of a sample's video, and a note if it is not the recorded one.

    Args:
        document: the sample's MongoDB document
    """
    for value, note in (
        (document.get(fields.VIDEO_UID), None),
        (uid_in_url(document.get(fields.URL)), "uid-from-url"),
        (PurePath(document.get("filepath") or "").stem, "uid-from-file"),
    ):
        with suppress(RecordError):  # the next one is tried
            return check_video_uid(value), note
    return str(document["_id"]), "uid-from-sample"
