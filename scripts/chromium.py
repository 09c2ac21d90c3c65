"""Finds the Chromium that the browser tests and the screenshots drive.

``python scripts/chromium.py`` prints its path, or says what to install and exits with 1.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: What a headless Chromium needs to run as root, without a GPU and without calling home. Drawn by
#: Skia on the CPU: a GL in software (SwiftShader) takes 130 to 230 ms of CPU for each screen of the
#: App's open sample, even where nothing moves, and Skia 1.
ARGS = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--disable-gpu",
)

MISSING = (
    "no Chromium: install one (apt-get install chromium, or playwright install chromium), "
    "or name it in CHROMIUM"
)


def find_chromium() -> str | None:
    """Returns the path of ``$CHROMIUM``, the system's browser or Playwright's own, or ``None``."""
    for name in (os.environ.get("CHROMIUM"), *NAMES):
        found = shutil.which(name) if name else None
        if found:
            return found
    cache = os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright"
    own = sorted(Path(cache).glob("chromium-*/chrome-linux*/chrome"))
    return str(own[-1]) if own else None


def main() -> int:
    """Prints the browser's path; returns 1 where there is none."""
    found = find_chromium()
    print(found or MISSING, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    raise SystemExit(main())
