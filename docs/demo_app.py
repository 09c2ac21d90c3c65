"""Serves a demo of its own, of which the documentation's pictures are taken.

FiftyOne connects to any database service that runs on the machine, whatever its configuration says.
So this one has its own mongod, and neither sees nor changes what the user has in FiftyOne.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests")]

import services  # noqa: E402

NAME = "action100m-demo"


@contextmanager
def demo_app() -> Iterator[str]:
    """Converts the demo and starts the App; yields the address of the demo's grid.

    Call it before FiftyOne is imported. The first call renders the demo's videos, which are kept in
    the user's cache.
    """
    exe = services.find_mongod()
    if exe is None:
        raise SystemExit("FiftyOne's mongod is missing: run `make setup-dev`")
    home = Path(tempfile.mkdtemp(prefix="action100m-docs-"))
    # At exit FiftyOne still needs its database; what is registered first is called last.
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    mongod, uri = services.start_mongod(exe, home)
    atexit.register(mongod.stop)
    (home / "plugins").mkdir()
    (home / "plugins" / "action100m-explorer").symlink_to(ROOT)
    os.environ |= {
        "FIFTYONE_APP_CONFIG_PATH": str(home / "app_config.json"),
        "FIFTYONE_APP_GRID_ZOOM": "8",  # as in `action100m open`
        "FIFTYONE_CONFIG_PATH": str(home / "config.json"),
        "FIFTYONE_DATABASE_NAME": "action100m-docs",
        "FIFTYONE_DATABASE_URI": uri,
        "FIFTYONE_DO_NOT_TRACK": "true",
        "FIFTYONE_PLUGINS_DIR": str(home / "plugins"),
    }
    command = str(Path(sys.executable).with_name("action100m"))
    subprocess.run([command, "demo", "--name", NAME], check=True)
    app = services.AppServer(home / "app.log")
    try:
        yield app.url(NAME)
    finally:
        app.stop()
