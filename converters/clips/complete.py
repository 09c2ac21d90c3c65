"""Distinguishes complete videos from truncated ones and from other files."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import av
import av.error

from .media import ClipError
from .opening import open_media
from .probe import probe

logger = logging.getLogger(__name__)

#: How long before its end a video must have data, in seconds.
_BEFORE_END = 2.0


def first_complete(paths: Sequence[Path]) -> Path:
    """Returns the first file that is a complete video, else the first that is a video.

    Args:
        paths: at least one; if none is a video, the first is returned, so that its conversion
            reports the reason
    """
    opened = None
    for path in paths:
        try:
            end = probe(path).end
            if end is None or _reaches(path, end - _BEFORE_END):
                return path
        except (ClipError, av.error.FFmpegError, ValueError) as error:
            logger.info("%s is skipped: %s", path, error)
            continue
        logger.info("%s is skipped: it ends before the end in its header", path)
        opened = opened or path
    return opened or paths[0]


def _reaches(path: Path, seconds: float) -> bool:
    """Returns whether a file has pictures or sound near its end."""
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
