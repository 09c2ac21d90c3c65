"""Action100M for FiftyOne: convert, navigate and visualise the Tree-of-Captions.

This directory is both a FiftyOne plugin (``@action100m/explorer``) and the Python package
``fiftyone_action100m``, so all of it uses relative imports, and public names are imported on use.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import lazy_loader

# FiftyOne's dataset zoo imports this as "@action100m.explorer"; relative imports need that parent
# package, which does not exist.
for _name in [__name__.rsplit(".", _k)[0] for _k in range(1, __name__.count(".") + 1)]:
    if _name not in sys.modules:
        sys.modules[_name] = ModuleType(_name)
        sys.modules[_name].__path__ = []

from .core.version import VERSION as __version__  # noqa: E402, F401

# The public names are listed in public.pyi, for the package and for type checkers.
if TYPE_CHECKING:
    import fiftyone as fo
    from fiftyone.plugins.context import PluginContext

    from .public import *  # noqa: F403
else:
    __getattr__, __dir__, __all__ = lazy_loader.attach_stub(
        __name__, str(Path(__file__).with_name("public.py"))
    )


def register(plugin: PluginContext) -> None:
    """Registers the operators and panels; FiftyOne calls this when it loads the plugin."""
    from .operators import OPERATORS
    from .panels import PANELS

    for cls in (*OPERATORS, *PANELS):
        plugin.register(cls)


# FiftyOne passes on only the keyword arguments that these two signatures name.


def download_and_prepare(
    dataset_dir: str,
    source: str | None = None,
    videos: str | None = None,
    fetch: bool | str | None = None,
    max_samples: int | None = None,
    captions: str | list[str] | None = None,
    clip_seconds: float = 90.0,
    max_height: int = 480,
    workers: int | None = None,
    revision: str | None = None,
    token: str | None = None,
) -> tuple[None, int, None]:
    """Makes the clips; FiftyOne's dataset zoo calls this when it loads the repository.

    Args:
        dataset_dir: the zoo's folder of this dataset
        source: records, as for ``action100m convert``; by default the preview on the Hub
        videos: a folder of source videos
        fetch: whether to fetch missing videos, or the address to fetch them from, with ``{id}`` in
            it; by default, from YouTube if there is no ``videos``
        max_samples: the number of videos; by default all
        captions: groups or names of caption fields
        clip_seconds: the longest clip, in seconds; 0 for whole videos
        max_height: the height to scale larger videos to, in pixels
        workers: clips to make at once
        revision: of a repository on the Hub
        token: of the Hub
    """
    options = _given(locals(), "dataset_dir")
    from .publishing.zoo import prepare

    return None, prepare(dataset_dir, **options), None  # no importer and no classes


def load_dataset(
    dataset: fo.Dataset,
    dataset_dir: str,
    source: str | None = None,
    videos: str | None = None,
    fetch: bool | str | None = None,
    max_samples: int | None = None,
    captions: str | list[str] | None = None,
    clip_seconds: float = 90.0,
    max_height: int = 480,
    workers: int | None = None,
    revision: str | None = None,
    token: str | None = None,
) -> None:
    """Fills the zoo's dataset from its folder; options as for :func:`download_and_prepare`."""
    options = _given(locals(), "dataset", "dataset_dir")
    from .publishing.zoo import load

    load(dataset, dataset_dir, **options)


def _given(arguments: dict[str, Any], *positional: str) -> dict[str, Any]:
    """Returns the options that have a value, without positional arguments."""
    return {k: v for k, v in arguments.items() if v is not None and k not in positional}
