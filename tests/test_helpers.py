"""Rules of the tests themselves: what they share lives in helper modules."""

from __future__ import annotations

import ast
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
