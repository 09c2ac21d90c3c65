"""What runs in the browser: its bundle, its types, and what it decides without a browser."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import javascript
import pytest
import setup_venv
from fiftyone_action100m import __version__


@pytest.fixture(scope="module")
def node_packages() -> None:
    """Skips where esbuild and TypeScript could not be installed; on a CI, fails."""
    if not javascript.is_installed():
        if os.environ.get("CI") == "true":
            pytest.fail(javascript.MISSING)
        pytest.skip(javascript.MISSING)


@pytest.mark.usefixtures("node_packages")
def test_the_bundle_is_built_from_the_sources(tmp_path: Path) -> None:
    result = javascript.build(tmp_path / "bundle.js")
    assert result.returncode == 0, result.stdout
    built = (tmp_path / "bundle.js").read_text("utf-8")
    committed = javascript.BUNDLE.read_text("utf-8")
    assert committed == built, "run .venv/bin/python scripts/javascript.py build"


@pytest.mark.usefixtures("node_packages")
def test_the_types_are_right() -> None:
    result = javascript.check_types()
    assert result.returncode == 0, result.stdout


def test_the_unit_tests_pass() -> None:
    result = javascript.test()
    assert result.returncode == 0, result.stdout
    assert "fail 0" in result.stdout and "pass 0" not in result.stdout


def test_without_npms_registry_the_set_up_says_so_in_one_line(
    repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    root = tmp_path / "a path with blanks"
    (root / "scripts").mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc", "scripts/javascript.py"):
        shutil.copy(repo_root / name, root / name)
    monkeypatch.setattr(setup_venv, "ROOT", root)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    setup_venv.install_node_packages(Path(sys.executable))
    said = capsys.readouterr().out.strip().splitlines()
    assert len(said) == 2 and "npm failed (" in said[1] and "ECONNREFUSED" in said[1]
    assert not (root / "node_modules" / ".action100m-lock").exists()


def test_the_package_names_the_script_and_ships_it(repo_root: Path) -> None:
    package = json.loads((repo_root / "package.json").read_text())
    assert package["version"] == __version__
    assert (repo_root / package["fiftyone"]["script"]) == javascript.BUNDLE
    project = (repo_root / "pyproject.toml").read_text()
    shipped = project.partition("[tool.setuptools.package-data]")[2].partition("[")[2]
    assert '"package.json"' in shipped and '"dist/index.umd.js"' in shipped


def test_the_lock_names_versions_and_no_registry(repo_root: Path) -> None:
    lock = json.loads((repo_root / "package-lock.json").read_text())["packages"]
    package = json.loads((repo_root / "package.json").read_text())
    assert lock[""]["devDependencies"] == package["devDependencies"]
    assert all(version[0].isdigit() for version in package["devDependencies"].values())
    for name, entry in lock.items():
        assert "resolved" not in entry, name
        assert name == "" or entry["integrity"].startswith("sha512-"), name


@pytest.mark.parametrize("word", ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval(",
                                  "dangerouslySetInnerHTML", "document.write"])  # fmt: skip
def test_no_text_becomes_markup(word: str) -> None:
    assert word not in javascript.BUNDLE.read_text("utf-8")
