"""Files that a test run makes once, for all of its processes.

The process that pytest is started in makes a folder and names it in the environment, which
pytest-xdist's workers inherit.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_VARIABLE = "ACTION100M_TESTS_SHARED"


def begin() -> Path | None:
    """Makes the run's folder, which the caller deletes; None if another process has made it."""
    if _VARIABLE in os.environ:
        return None
    folder = Path(tempfile.mkdtemp(prefix="action100m-tests-shared-"))
    os.environ[_VARIABLE] = str(folder)
    return folder


@contextmanager
def locked(name: str) -> Iterator[Path]:
    """Yields a folder of the run that no other process uses meanwhile; it is empty at first."""
    folder = Path(os.environ[_VARIABLE]) / name
    folder.mkdir(exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def made_once(path: Path, key: object, make: Callable[[Path], object]) -> Path:
    """Writes a file that depends on nothing but a key; the run's first caller makes it.

    Args:
        path: where to; its suffix is part of the key
        key: what the file depends on; its ``repr`` is compared
        make: writes the file to a path with the same suffix
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if _VARIABLE not in os.environ:  # a helper is used without pytest
        make(path)
        return path
    name = hashlib.sha256(repr(key).encode()).hexdigest()[:24]
    with locked(name) as folder:
        kept = folder / f"made{path.suffix}"
        if not kept.exists():
            part = folder / f"part{path.suffix}"
            make(part)
            part.rename(kept)
    shutil.copyfile(kept, path)
    return path
