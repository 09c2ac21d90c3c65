"""The App operators, as ``register`` registers them and ``fiftyone.yml`` lists them."""

from __future__ import annotations

from .common import BackToPreviousView
from .convert import ConvertAction100M
from .walk import WALK_OPERATORS

OPERATORS = (
    ConvertAction100M,
    BackToPreviousView,
    *WALK_OPERATORS,
)
