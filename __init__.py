"""Action100M for FiftyOne: convert, navigate and visualise the Tree-of-Captions.

This directory is both a FiftyOne plugin (``@action100m/explorer``) and the Python package
``fiftyone_action100m``, so all of it uses relative imports, and public names are imported on use.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

# FiftyOne's dataset zoo imports this as "@action100m.explorer"; relative imports need that parent
# package, which does not exist.
for _name in [__name__.rsplit(".", _k)[0] for _k in range(1, __name__.count(".") + 1)]:
    if _name not in sys.modules:
        sys.modules[_name] = ModuleType(_name)
        sys.modules[_name].__path__ = []

from .core.version import VERSION as __version__  # noqa: E402

if TYPE_CHECKING:
    from .acquire.options import FetchOptions
    from .converters.clips.media import ClipSettings
    from .converters.convert import convert
    from .converters.options import ConvertOptions
    from .converters.reading.select import Selection
    from .converters.shards.ingest import ingest_shards
    from .converters.shards.run import convert_shards
    from .core.records import Record, parse_record
    from .core.tree import Node, TreeOfCaptions
    from .exporters.export import export
    from .views.check import check_trees, clear_check_tags
    from .views.clips import segments, videos_of
    from .views.cut_store import drop_cut, store_cut
    from .views.find import find, match_counts
    from .views.gaps import coverage, missing, stretches, uncovered
    from .views.granularity import by_level, compare, cut
    from .views.hierarchy import trees
    from .views.same import same_action
    from .views.walk import children, leaves_under, path, step, subtree
    from .views.word_store import drop_words, store_words

_PUBLIC = {
    "convert": ".converters.convert",
    "convert_shards": ".converters.shards.run",
    "ingest_shards": ".converters.shards.ingest",
    "ConvertOptions": ".converters.options",
    "ClipSettings": ".converters.clips.media",
    "Selection": ".converters.reading.select",
    "FetchOptions": ".acquire.options",
    "Record": ".core.records",
    "parse_record": ".core.records",
    "Node": ".core.tree",
    "TreeOfCaptions": ".core.tree",
    "export": ".exporters.export",
    "trees": ".views.hierarchy",
    "by_level": ".views.granularity",
    "cut": ".views.granularity",
    "compare": ".views.granularity",
    "store_cut": ".views.cut_store",
    "drop_cut": ".views.cut_store",
    "path": ".views.walk",
    "children": ".views.walk",
    "subtree": ".views.walk",
    "leaves_under": ".views.walk",
    "step": ".views.walk",
    "check_trees": ".views.check",
    "clear_check_tags": ".views.check",
    "find": ".views.find",
    "store_words": ".views.word_store",
    "drop_words": ".views.word_store",
    "match_counts": ".views.find",
    "same_action": ".views.same",
    "segments": ".views.clips",
    "videos_of": ".views.clips",
    "missing": ".views.gaps",
    "uncovered": ".views.gaps",
    "stretches": ".views.gaps",
    "coverage": ".views.gaps",
}

__all__ = [
    "ClipSettings",
    "ConvertOptions",
    "FetchOptions",
    "Node",
    "Record",
    "Selection",
    "TreeOfCaptions",
    "__version__",
    "by_level",
    "check_trees",
    "children",
    "clear_check_tags",
    "compare",
    "convert",
    "convert_shards",
    "coverage",
    "cut",
    "drop_cut",
    "drop_words",
    "export",
    "find",
    "ingest_shards",
    "leaves_under",
    "match_counts",
    "missing",
    "parse_record",
    "path",
    "same_action",
    "segments",
    "step",
    "store_cut",
    "store_words",
    "stretches",
    "subtree",
    "trees",
    "uncovered",
    "videos_of",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def register(plugin: Any) -> None:
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
        clip_seconds: the longest clip, in seconds
        max_height: the height to scale larger videos to, in pixels
        workers: clips to make at once
        revision: of a repository on the Hub
        token: of the Hub
    """
    options = _given(locals(), "dataset_dir")
    from .publishing.zoo import prepare

    return None, prepare(dataset_dir, **options), None  # no importer and no classes


def load_dataset(
    dataset: Any,
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
