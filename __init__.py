"""Action100M for FiftyOne: convert, navigate and see the Tree-of-Captions.

This directory is a FiftyOne plugin (``@action100m/explorer``) and the Python package
``fiftyone_action100m`` at once, so everything in it imports relatively, and nothing heavy is
imported before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .core.version import VERSION as __version__

if TYPE_CHECKING:
    from .converters.convert import convert
    from .core.records import Record, parse_record
    from .core.tree import Node, TreeOfCaptions

_PUBLIC = {
    "convert": ".converters.convert",
    "Record": ".core.records",
    "parse_record": ".core.records",
    "Node": ".core.tree",
    "TreeOfCaptions": ".core.tree",
    "by_level": ".views.granularity",
    "cut": ".views.granularity",
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
    "match_counts": ".views.find",
    "same_action": ".views.same",
    "segments": ".views.segments",
    "videos_of": ".views.segments",
    "missing": ".views.gaps",
    "uncovered": ".views.gaps",
    "coverage": ".views.gaps",
}

__all__ = ["Node", "Record", "TreeOfCaptions", "__version__", "convert", "parse_record"]


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
