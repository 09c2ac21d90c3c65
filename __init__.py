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
    from .exporters.export import export
    from .views.check import check_trees, clear_check_tags
    from .views.cut_store import drop_cut, store_cut
    from .views.find import find, match_counts
    from .views.gaps import coverage, missing, stretches, uncovered
    from .views.granularity import by_level, compare, cut
    from .views.hierarchy import trees
    from .views.same import same_action
    from .views.segments import segments, videos_of
    from .views.walk import children, leaves_under, path, step, subtree
    from .views.word_store import drop_words, store_words

_PUBLIC = {
    "convert": ".converters.convert",
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
    "segments": ".views.segments",
    "videos_of": ".views.segments",
    "missing": ".views.gaps",
    "uncovered": ".views.gaps",
    "stretches": ".views.gaps",
    "coverage": ".views.gaps",
}

__all__ = [
    "Node",
    "Record",
    "TreeOfCaptions",
    "__version__",
    "by_level",
    "check_trees",
    "children",
    "clear_check_tags",
    "compare",
    "convert",
    "coverage",
    "cut",
    "drop_cut",
    "drop_words",
    "export",
    "find",
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
