"""The script that runs in the browser: joined from its sources, shipped, of the same version."""

from __future__ import annotations

import json
from pathlib import Path

import join_js
import pytest
from fiftyone_action100m import __version__


def test_the_bundle_is_its_sources() -> None:
    assert join_js.BUNDLE.read_text("utf-8") == join_js.joined(), "run scripts/join_js.py"


def test_every_source_is_in_the_bundle(repo_root: Path) -> None:
    assert {path.stem for path in (repo_root / "js").glob("*.js")} == set(join_js.SOURCES)


def test_the_package_names_the_script_and_ships_it(repo_root: Path) -> None:
    package = json.loads((repo_root / "package.json").read_text())
    assert package["version"] == __version__
    assert (repo_root / package["fiftyone"]["script"]) == join_js.BUNDLE
    project = (repo_root / "pyproject.toml").read_text()
    shipped = project.partition("[tool.setuptools.package-data]")[2].partition("[")[2]
    assert '"package.json"' in shipped and '"dist/index.umd.js"' in shipped


@pytest.mark.parametrize("word", ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval(",
                                  "dangerouslySetInnerHTML", "document.write"])  # fmt: skip
def test_no_text_becomes_markup(word: str) -> None:
    assert word not in join_js.joined()
