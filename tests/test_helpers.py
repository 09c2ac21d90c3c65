"""Rules of the tests themselves: what they share lives in helper modules."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parent


def imported(path: Path) -> Iterator[str]:
    """Yields the modules that a file imports, at its top or inside."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_no_module_imports_a_test_module() -> None:
    for path in TESTS.glob("*.py"):
        found = [name for name in imported(path) if name.startswith("test_")]
        assert not found, f"{path.name} imports {found}: move what is shared to a helper"


def test_only_one_helper_drives_the_executor() -> None:
    for path in TESTS.glob("*.py"):
        if path.name not in ("executor.py", "test_internals.py"):
            text = path.read_text()
            for name in ("prepare_operator_" + "executor", "Execution" + "Context("):
                assert name not in text, f"{path.name} uses {name}: use tests/executor.py"


def test_the_quick_tests_are_there() -> None:
    for line in (TESTS / "quick.txt").read_text().splitlines():
        path, _, name = line.partition("::")
        text = (TESTS.parent / path).read_text()
        assert not name or f"def {name}(" in text, f"tests/quick.txt: there is no {line}"


def test_modules_that_run_beside_the_browser_tests_are_marked_as_a_whole() -> None:
    for path in TESTS.glob("test_*.py"):
        text = path.read_text()
        if "mark." + "patient" in text:
            assert "\npytestmark = pytest.mark." + "patient\n" in text, path.name
            for name in ("mark." + "browser", "App" + "Server"):
                assert name not in text, f"{path.name} has {name}"


def test_what_runs_at_leisure_has_a_session_and_the_lowest_priority() -> None:
    command = [sys.executable, str(TESTS.parent / "scripts" / "at_leisure.py"), sys.executable]
    code = "import os; print(os.nice(0), os.getsid(0) == os.getpid())"
    done = subprocess.run([*command, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["19", "True"]
