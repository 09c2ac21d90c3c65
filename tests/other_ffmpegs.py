"""Other ffmpegs than the bundled one: of older wheels, or the distribution's."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from setup_venv import OTHER_FFMPEGS

#: Those that can be asked for in place of the bundled one.
GOOD = ("7.0", "distribution")

#: One that cannot: it has no ``setts``.
OLD = "4.2"


def other_ffmpeg(name: str, folder: Path) -> str:
    """Returns the path of an ffmpeg by its name here, of a wheel by its version.

    Where it is missing the test is skipped, and on CI it fails.

    Args:
        name: one of those above
        folder: where a script may go that starts it
    """
    if name == "distribution":
        own = Path(sys.prefix) / "bin"
        path = [each for each in os.get_exec_path() if Path(each).absolute() != own]
        found, remedy = shutil.which("ffmpeg", path=os.pathsep.join(path)), "apt-get install ffmpeg"
    else:
        wheel = Path(sys.prefix) / OTHER_FFMPEGS[name][0] / "imageio_ffmpeg" / "binaries"
        found = next((str(path) for path in wheel.glob("ffmpeg-*")), None)
        remedy = "make setup-dev, with a package registry"
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no ffmpeg {name}: {remedy}")
    if name != "7.0":
        return found
    # It is linked statically, and crashes with the system's tables of characters.
    script = folder / "ffmpeg-7.0"
    script.write_text(f'#!/bin/sh\nGCONV_PATH=/nowhere exec "{found}" "$@"\n')
    script.chmod(0o755)
    return str(script)
