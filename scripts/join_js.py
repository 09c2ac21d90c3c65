"""Joins the sources in ``js/`` into ``dist/index.umd.js``, the one file that FiftyOne loads.

    .venv/bin/python scripts/join_js.py

Nothing is translated or shortened: the files follow each other in one function. Run it after any
change to a source; a test holds the two together.
"""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "dist" / "index.umd.js"

#: The sources, in the order in which they need each other.
SOURCES = (
    "player", "seek", "landing", "beside",
    "dom", "model", "viewport", "colours", "timeline",
    "card", "search", "hidden", "settings", "bar", "keyboard", "mouse", "style",
    "follower", "selection", "panel",
    "component", "main",
)  # fmt: skip

_HEAD = """\
// Action100M for FiftyOne, in the browser. Joined from js/ by scripts/join_js.py: edit there.
(function () {
"use strict";
"""


def joined() -> str:
    """Returns what the bundle should hold."""
    parts = [f"// ---- js/{name}.js ----\n\n" + source(name) for name in SOURCES]
    return _HEAD + "\n" + "\n".join(parts) + "\n})();\n"


def source(name: str) -> str:
    """Returns one source."""
    return (ROOT / "js" / f"{name}.js").read_text("utf-8")


if __name__ == "__main__":
    BUNDLE.parent.mkdir(exist_ok=True)
    BUNDLE.write_text(joined(), "utf-8")
    print(f"{BUNDLE.relative_to(ROOT)}: {BUNDLE.stat().st_size:,} bytes")
