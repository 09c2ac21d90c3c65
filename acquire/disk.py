"""Checks that the disk has room for the clips of a run."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..core.wording import count
from .outcomes import DISK_FULL, FetchError

#: The bytes per second of a clip with 480 lines: busy pictures took 92,000, usual ones take half.
CLIP_RATE = 60_000


def clip_bytes(seconds: float, height: int) -> int:
    """Estimates the size of a clip of a length in seconds and a height in pixels, in bytes."""
    return round(seconds * CLIP_RATE * (height / 480) ** 2)


def check_room(folder: Path, videos: int, each: int, reserve: int) -> None:
    """Checks that the disk has room for the clips and the reserve.

    Args:
        folder: where the clips go; it need not exist yet
        videos: number of clips planned
        each: bytes per clip
        reserve: bytes to leave free

    Raises:
        FetchError: ``disk-full`` if there is too little
    """
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    needed = videos * each + reserve
    if free < needed:
        raise FetchError(
            DISK_FULL,
            f"{place} has {_size(free)} free, but {count(videos, 'video')} and the reserve need "
            f"about {_size(needed)}: make room, choose another --out, or convert fewer videos with "
            "--max-samples",
        )


def _size(size: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:,.1f} GB"
