"""The App panels, as ``register`` registers them and ``fiftyone.yml`` lists them."""

from __future__ import annotations

from .overview import Overview
from .search import SearchPanel
from .tree_of_captions import TreeOfCaptionsPanel

PANELS: tuple[type, ...] = (TreeOfCaptionsPanel, SearchPanel, Overview)
