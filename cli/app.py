"""What several commands do: refuse, and open the App."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress

from .faults import REFUSED, one_line
from .port import app_port, spare_loopback

#: FiftyOne's own zoom of the grid, and one at which captions leave some of the picture to be seen.
_DEFAULT_ZOOM, _READABLE_ZOOM = 7, 8


def add_opening(parser: argparse.ArgumentParser) -> None:
    """Adds ``--open`` and ``--port``."""
    parser.add_argument("--open", action="store_true", help="open the data set in the App")
    parser.add_argument(
        "--port", type=int, help="the App's port, or the next free one; default: FiftyOne's"
    )


def no_dataset(name: str) -> ValueError:
    """Returns what to say of a data set that is not there."""
    import fiftyone as fo

    known = ", ".join(fo.list_datasets()) or "none"
    return ValueError(f"there is no data set {name!r}; there are: {known}")


def open_app(name: str, port: int | None) -> int:
    """Opens a data set in the App until Ctrl-C; returns the exit code."""
    import fiftyone as fo

    if not fo.dataset_exists(name):
        return refuse(no_dataset(name))
    config = fo.app_config.copy()
    if config.grid_zoom == _DEFAULT_ZOOM:
        config.grid_zoom = _READABLE_ZOOM
    wanted = fo.config.default_app_port if port is None else port
    try:
        port = app_port(wanted, fo.config.default_app_address)
    except ValueError as error:
        return refuse(error)
    if port != wanted:
        print(f"Port {wanted} is taken: the App opens on {port}")
    spare_loopback()
    session = fo.launch_app(fo.load_dataset(name), port=port, config=config)
    url = session.url.replace("//0.0.0.0:", "//localhost:")  # where to look, not where it listens
    print(f"The App is at {url} - stop it with Ctrl-C", flush=True)
    try:
        with suppress(KeyboardInterrupt):
            session.wait(-1)
    finally:
        fo.close_app()  # or its server would live on without a database
    return 0


def refuse(error: Exception) -> int:
    """Says why nothing was done; returns the exit code."""
    print(f"action100m: {one_line(error)}", file=sys.stderr)
    return REFUSED
