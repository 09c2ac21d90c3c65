"""Datasets by name, and the App, for the commands that need them."""

from __future__ import annotations

import argparse
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from .errors import print_error
from .port import bypass_proxy, free_port

if TYPE_CHECKING:
    import fiftyone as fo

#: FiftyOne's default zoom of the grid, and one at which captions do not hide the pictures.
_DEFAULT_ZOOM, _READABLE_ZOOM = 7, 8


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
        fo.close_app()  # otherwise its server would outlive the database
    return 0
