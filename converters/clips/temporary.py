"""The temporary files that clips are written to.

A converter holds a lock on its file. When it is killed, the kernel drops the lock, and
:func:`clean_stale` recognises the file as stale.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import secrets
from pathlib import Path
from typing import IO

logger = logging.getLogger(__name__)

_TEMPORARY = re.compile(r"\..+\.\d+-[0-9a-f]{8}\.tmp\.mp4")


def temporary_path(target: Path) -> Path:
    """Returns a unique path beside a clip's, hidden and with the same suffix."""
    token = f"{os.getpid()}-{secrets.token_hex(4)}"
    return target.with_name(f".{target.name[:200]}.{token}.tmp.mp4")


def clean_stale(folder: Path | str) -> int:
    """Removes the temporary files that no converter is writing any more.

    Returns:
        the number of files removed
    """
    removed = 0
    for path in Path(folder).glob(".*.tmp.mp4"):
        if _TEMPORARY.fullmatch(path.name):
            removed += _remove_unlocked(path)
    return removed


def _remove_unlocked(path: Path) -> bool:
    """Removes a file if no writer holds its lock."""
    try:
        with path.open("r+b") as f:  # NFS grants this lock to writers only
            fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return False  # another process has removed it
    except OSError as e:
        logger.warning("%s is not removed: %s", path, e)  # a file system without locks
        return False
    return True


def create_locked(path: Path) -> IO[bytes]:
    """Creates a temporary file and holds its lock until the file object is closed."""
    while True:
        file = path.open("wb")
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
            except OSError as e:
                logger.debug("%s is not locked: %s", path, e)  # a file system without locks
            if os.fstat(file.fileno()).st_nlink:
                return file  # else it was removed before it was locked
        except BaseException:
            file.close()
            raise
        file.close()
