"""Datasets by name, and the App, for the commands that need them."""

from __future__ import annotations

import argparse
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from .errors import print_error
from .port import bypass_proxy, free_port

if TYPE_CHECKING:
    import fiftyone as fo

#: FiftyOne's default zoom of the grid, and one at which captions do not hide the pictures.
_DEFAULT_ZOOM, _READABLE_ZOOM = 7, 8
#: How long the App's server may take to end, in seconds; it gives its connections 3.
_GRACE_S = 4.0
#: Tells the process that runs the App's server from the one that runs the database.
_SERVER = "--51-service server"


def add_port(parser: argparse.ArgumentParser) -> None:
    """Adds ``--port``."""
    parser.add_argument(
        "--port", type=int, help="the App's port, or the next free one; default: FiftyOne's"
    )


def add_opening(parser: argparse.ArgumentParser) -> None:
    """Adds ``--open`` and ``--port``."""
    parser.add_argument("--open", action="store_true", help="open the dataset in the App")
    add_port(parser)


def find_dataset(name: str) -> fo.Dataset:
    """Returns a dataset.

    Raises:
        ValueError: if there is no dataset of that name
    """
    import fiftyone as fo

    if not fo.dataset_exists(name):
        known = ", ".join(fo.list_datasets()) or "none"
        raise ValueError(f"there is no dataset {name!r}; there are: {known}")
    return fo.load_dataset(name)


def load_collection(name: str, view: str | None) -> fo.Dataset | fo.DatasetView:
    """Returns a dataset, or one of its saved views.

    Raises:
        ValueError: if there is no dataset or no view of that name
    """
    dataset = find_dataset(name)
    return dataset.load_saved_view(view) if view else dataset


def open_app(name: str, port: int | None) -> int:
    """Opens a dataset in the App until Ctrl-C; returns the exit code."""
    import fiftyone as fo

    wanted = fo.config.default_app_port if port is None else port
    try:
        dataset = find_dataset(name)
        port = free_port(wanted, fo.config.default_app_address)
    except ValueError as error:
        return print_error(error)
    if port != wanted:
        print(f"Port {wanted} is in use: the App opens on {port}")
    config = fo.app_config.copy()
    if config.grid_zoom == _DEFAULT_ZOOM:
        config.grid_zoom = _READABLE_ZOOM
    bypass_proxy()
    # Otherwise the App's server parses the files of all plugins for each request.
    os.environ.setdefault("FIFTYONE_PLUGINS_CACHE_ENABLED", "true")
    session = fo.launch_app(dataset, port=port, config=config)
    url = session.url.replace("//0.0.0.0:", "//localhost:")  # where to look, not where it listens
    print(f"The App is at {url} - stop it with Ctrl-C", flush=True)
    try:
        with suppress(KeyboardInterrupt):
            session.wait(-1)
    finally:
        print("\nClosing the App", flush=True)
        _close_app()  # otherwise its server would outlive the database
    return 0


def _close_app() -> None:
    """Closes the App; kills its server if that does not end.

    From Python 3.12.1 on, the server waits without limit until all connections are closed, also
    that of this process (https://github.com/pgjones/hypercorn/issues/308).
    """
    import fiftyone as fo

    timer = threading.Timer(_GRACE_S, _kill_servers)
    timer.daemon = True
    timer.start()
    fo.close_app()
    timer.cancel()


def _kill_servers() -> None:
    """Kills the App's servers that this process has started; its database goes on."""
    for service in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            if _SERVER in " ".join(service.cmdline()):
                for server in service.children(recursive=True):
                    server.kill()
