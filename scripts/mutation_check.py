"""Breaks lines of the core one at a time and checks that the tests fail for each.

    .venv/bin/python scripts/mutation_check.py             # twenty lines, drawn with seed 0
    .venv/bin/python scripts/mutation_check.py -n 5 --seed 3 core/tree.py
    .venv/bin/python scripts/mutation_check.py --tests tests/test_review.py -- views/review*.py

Each mutant is written into a copy of the checkout, so the checkout itself never changes. The tests
that import the mutated module run first (those of ``--tests`` if given; the quick tests if none
imports it); a mutant that survives them faces every test that needs no browser, unless ``--near``.
The exit code is 1 if a mutant survives.
"""

from __future__ import annotations

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "fiftyone_action100m"

_COMPARED: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(), ast.LtE: ast.Lt(), ast.Gt: ast.GtE(), ast.GtE: ast.Gt(),
    ast.Eq: ast.NotEq(), ast.NotEq: ast.Eq(), ast.In: ast.NotIn(), ast.NotIn: ast.In(),
    ast.Is: ast.IsNot(), ast.IsNot: ast.Is(),
}  # fmt: skip
_COMPUTED: dict[type[ast.operator], ast.operator] = {
    ast.Add: ast.Sub(), ast.Sub: ast.Add(), ast.Mult: ast.Add(), ast.Div: ast.Mult(),
    ast.BitAnd: ast.BitOr(), ast.BitOr: ast.BitAnd(),
}  # fmt: skip


class Mutant(NamedTuple):
    """A file with one expression replaced."""

    path: Path
    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}: {self.before}  ->  {self.after}"


def mutated(node: ast.AST) -> ast.expr | None:
    """Returns a broken variant of an expression, or None if there is none."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        other = _COMPARED.get(type(node.ops[0]))
        return ast.Compare(node.left, [other], node.comparators) if other else None
    if isinstance(node, ast.BinOp) and not _has_text(node):
        operator = _COMPUTED.get(type(node.op))
        return ast.BinOp(node.left, operator, node.right) if operator else None
    if isinstance(node, ast.BoolOp):
        swapped = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        return ast.BoolOp(swapped, node.values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return node.operand
    return None


def _has_text(node: ast.BinOp) -> bool:
    return any(isinstance(n, ast.Constant) and isinstance(n.value, str) for n in ast.walk(node))


def mutants(path: Path) -> Iterator[Mutant]:
    """Yields the mutants of a file, at most one per line; annotations stay as they are."""
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    skipped = {id(n) for part in _annotations(tree) for n in ast.walk(part)}
    lines = text.splitlines(keepends=True)
    seen: set[int] = set()
    for node in ast.walk(tree):
        if id(node) in skipped or not isinstance(node, ast.expr):
            continue
        broken = mutated(node)
        if broken is None or node.end_lineno != node.lineno or node.lineno in seen:
            continue
        before = ast.get_source_segment(text, node)
        if before is None:
            continue
        seen.add(node.lineno)
        after = f"({ast.unparse(ast.fix_missing_locations(broken))})"
        line = lines[node.lineno - 1].encode()
        changed = line[: node.col_offset] + after.encode() + line[node.end_col_offset :]
        source = "".join([*lines[: node.lineno - 1], changed.decode(), *lines[node.lineno :]])
        yield Mutant(path, node.lineno, before, after, source)


def _annotations(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            yield from (a.annotation for a in every if a.annotation)
            if node.returns:
                yield node.returns
        elif isinstance(node, ast.AnnAssign):
            yield node.annotation


def tests_of(path: Path) -> list[str]:
    """Returns the test files that import a module, the shortest first."""
    *packages, module = path.relative_to(ROOT).with_suffix("").parts
    package = ".".join(packages)
    found = [
        test
        for test in (ROOT / "tests").glob("test_*.py")
        if "browser" not in test.name and _imports(test, package, module)
    ]
    return [str(t.relative_to(ROOT)) for t in sorted(found, key=lambda t: t.stat().st_size)]


def _imports(test: Path, package: str, module: str) -> bool:
    text = test.read_text("utf-8")
    return f"{package}.{module} import" in text or f"{package} import {module}" in text


class Copy:
    """A copy of the checkout's tracked and new files, whose package the tests import."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        for name in filter(None, listed.split("\0")):
            if (ROOT / name).is_file():
                (self.root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, self.root / name)
        if (ROOT / ".venv").is_dir():  # some tests run its commands
            (self.root / ".venv").symlink_to(ROOT / ".venv")
        (folder / "src").mkdir()
        (folder / "src" / PACKAGE).symlink_to(self.root)
        self._env = os.environ | {"PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}

    def passes(self, tests: Sequence[str], quiet: bool = True) -> bool:
        """Runs tests until one fails; returns whether all pass."""
        command = [
            sys.executable, "-m", "pytest", "-x", "-q", "-m", "not browser", "-p",
            "no:cacheprovider", *tests,
        ]  # fmt: skip
        done = subprocess.run(command, cwd=self.root, env=self._env, capture_output=quiet)
        return done.returncode in (0, 5)

    def survives(self, mutant: Mutant, near: Sequence[str], everything: bool) -> bool:
        """Returns whether the tests pass with a mutant in place of the original.

        Args:
            mutant: the mutant
            near: the tests to run first
            everything: whether to run all others if those pass
        """
        place = self.root / mutant.path.relative_to(ROOT)
        original = place.read_text("utf-8")
        place.write_text(mutant.source, "utf-8")
        try:
            return self.passes(near) and (not everything or self.passes([]))
        finally:
            place.write_text(original, "utf-8")


def main() -> int:
    """Runs the check; returns 1 if a mutant survives."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path, help="files to mutate; default: core/*.py")
    parser.add_argument("-n", type=int, default=20, help="mutants to try; default %(default)d")
    parser.add_argument("--seed", type=int, default=0, help="default %(default)d")
    parser.add_argument("--near", action="store_true", help="run only those first tests")
    parser.add_argument("--tests", nargs="+", help="the first tests; default: see above")
    args = parser.parse_args()
    files = [f.resolve() for f in args.files] or sorted((ROOT / "core").glob("*.py"))
    every = [mutant for path in files for mutant in mutants(path)]
    chosen = random.Random(args.seed).sample(every, min(args.n, len(every)))
    survivors = 0
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Copy(Path(folder))
        first = {m: args.tests or tests_of(m.path) or ["@tests/quick.txt"] for m in chosen}
        if not copy.passes(sorted({t for near in first.values() for t in near}), quiet=False):
            print("The tests fail without any mutant", file=sys.stderr)
            return 2
        for mutant in chosen:
            survived = copy.survives(mutant, first[mutant], everything=not args.near)
            survivors += survived
            print(f"{'SURVIVED' if survived else 'killed  '} {mutant}", flush=True)
    print(f"{len(chosen) - survivors} of {len(chosen)} mutants killed")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
