"""What FiftyOne does when the process ends. Imports no FiftyOne: it may not even have started."""

from __future__ import annotations

import atexit
import sys


def skip_cleanup() -> None:
    """Keeps FiftyOne from waiting half a minute at exit for a database that is gone."""
    database = sys.modules.get("fiftyone.core.odm.database")
    cleanup = getattr(database, "_delete_non_persistent_datasets_if_allowed", None)
    if cleanup is not None:
        atexit.unregister(cleanup)
