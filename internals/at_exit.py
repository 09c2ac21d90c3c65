"""Adapts FiftyOne's clean-up at exit, without importing FiftyOne, which may not be loaded."""

from __future__ import annotations

import atexit
import sys


def skip_cleanup() -> None:
    """Keeps FiftyOne from waiting half a minute at exit for a database that no longer runs."""
    database = sys.modules.get("fiftyone.core.odm.database")
    cleanup = getattr(database, "_delete_non_persistent_datasets_if_allowed", None)
    if cleanup is not None:
        atexit.unregister(cleanup)
