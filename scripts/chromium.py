"""Finds the Chromium that the browser tests and the screenshots drive.

``python scripts/chromium.py`` prints its path, or says what to install and exits with 1.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

#: Chromium without the interface of a desktop, a package of Debian: the same pages for less CPU.
SHELL = "chromium-headless-shell"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

MAC = sys.platform == "darwin"

#: Runs a headless Chromium as root, without a GPU and without calling home. Skia draws on
#: the CPU: software GL (SwiftShader) takes 130 to 230 ms of CPU per frame of the App's open
#: sample, even where nothing moves; Skia takes 1.
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
    "no Chromium: install one (apt-get install chromium, brew install --cask chromium, or "
    "playwright install chromium), or name it in CHROMIUM"
)


#: macOS keeps browsers out of PATH, and Playwright keeps its own in a folder for each system.
MAC_APPS = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            "/Applications/Chromium.app/Contents/MacOS/Chromium")  # fmt: skip
PLAYWRIGHT = {
    "linux": ("~/.cache/ms-playwright", "chromium-*/chrome-linux*/chrome"),
    "darwin": ("~/Library/Caches/ms-playwright", "chromium-*/chrome-mac*/*.app/Contents/MacOS/*"),
}


def find_chromium(*preferred: str) -> str | None:
    """Returns the path of ``$CHROMIUM``, the system's browser or Playwright's own, or ``None``.

    Args:
        *preferred: names of programs that are preferred to the system's browser
    """
    names = (*preferred, *NAMES, *(MAC_APPS if MAC else ()))
    candidates: list[str | None] = [os.environ.get("CHROMIUM"), *names]
    for name in candidates:
        found = shutil.which(name) if name else None
        if found:
            return found
    cache, pattern = PLAYWRIGHT["darwin" if MAC else "linux"]
    folder = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or cache).expanduser()
    own = sorted(folder.glob(pattern))
    return str(own[-1]) if own else None


def main() -> int:
    """Prints the browser's path; returns 1 where there is none."""
    found = find_chromium()
    print(found or MISSING, file=sys.stdout if found else sys.stderr)
    return 0 if found else 1


if __name__ == "__main__":
    raise SystemExit(main())
