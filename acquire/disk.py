"""Whether there is room for what is planned."""

from __future__ import annotations

import shutil
from pathlib import Path

from .outcomes import DISK_FULL, FetchError

#: What a second of a clip takes at 480 lines, in bytes; a busy picture took 92,000, a usual one
#: takes half of it.
CLIP_RATE = 60_000


def clip_bytes(seconds: float, height: int) -> int:
    """Returns about how many bytes a clip takes: its length times its area, next to 480 lines."""
    return round(seconds * CLIP_RATE * (height / 480) ** 2)


def check_room(folder: Path, videos: int, each: int, reserve: int) -> None:
    """Checks that there is room for so many clips, and the reserve.

    Args:
        folder: where they go; it, or what it will be in, is there
        videos: how many are planned
        each: the bytes of one
        reserve: the bytes that stay free

    Raises:
        FetchError: ``disk-full`` if there is not
    """
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    needed = videos * each + reserve
    if free < needed:
        raise FetchError(
            DISK_FULL,
            f"{place} has {_text(free)} free, and {_count(videos)} and a reserve need about "
            f"{_text(needed)}: make room, choose another --out, or take fewer with --max-samples",
        )


def _count(videos: int) -> str:
    return "1 video" if videos == 1 else f"{videos:,} videos"


def _text(count: float) -> str:
    for unit in ("bytes", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}"
        count /= 1000
    return f"{count:,.1f} GB"
