"""Tells a whole video from a part of one, and from what only has its name."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import av
import av.error

from .media import ClipError
from .probe import open_media, probe

logger = logging.getLogger(__name__)

#: How much before its end a video is looked into, in seconds.
_BEFORE_END = 2.0


def first_complete(paths: Sequence[Path]) -> Path:
    """Returns the first file that is a whole video; without one, the first that is a video.

    Args:
        paths: at least one; the first of them if none is a video, so that its conversion says why
    """
    opened = None
    for path in paths:
        try:
            end = probe(path).end
            if end is None or _reaches(path, end - _BEFORE_END):
                return path
        except (ClipError, av.error.FFmpegError, ValueError) as error:
            logger.info("%s is passed over: %s", path, error)
            continue
        logger.info("%s is passed over: it ends before its header says", path)
        opened = opened or path
    return opened or paths[0]


def _reaches(path: Path, seconds: float) -> bool:
    """Tells whether a file has pictures or sound near its end."""
    if seconds <= 0:
        return True
    with open_media(path) as container:
        opened = (container.start_time or 0) / av.time_base
        container.seek(int((opened + seconds) * av.time_base))
        for packet in container.demux():
            if packet.pts is None or packet.is_corrupt or not packet.size:
                continue
            if packet.pts * packet.time_base - opened >= seconds:
                return True
    return False
