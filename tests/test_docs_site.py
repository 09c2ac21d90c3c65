"""The site of docs/ builds without a warning, and its generated pages hold what they must."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import fiftyone_action100m
import pytest
import yaml
from docs_docstrings import markdown
from fiftyone_action100m.cli import build_parser


@pytest.fixture(scope="module")
def site(repo_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built strictly."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir"]
    done = subprocess.run(
        [*command, str(folder)], cwd=repo_root, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def page(site: Path, name: str) -> str:
    return (site / name / "index.html").read_text()


def test_every_public_name_is_in_the_reference(site: Path) -> None:
    text = page(site, "reference/python")
    for name in fiftyone_action100m.__all__:
        module = getattr(fiftyone_action100m, name).__module__
        assert f'id="{module}.{name}"' in text, name
    assert ":func:" not in text and ":class:" not in text


def test_every_command_and_option_is_in_the_reference(site: Path) -> None:
    text = page(site, "reference/command-line")
    (commands,) = (a for a in build_parser()._actions if a.dest == "command")
    assert commands.choices
    for name, parser in dict(commands.choices).items():
        assert f"action100m {name}" in text
        for option in (o for a in parser._actions for o in a.option_strings):
            assert option in text, f"{name} {option}"


def test_every_operator_and_panel_is_in_the_reference(site: Path, repo_root: Path) -> None:
    text = page(site, "reference/operators")
    declared = yaml.safe_load((repo_root / "fiftyone.yml").read_text())
    for name in (*declared["operators"], *declared["panels"]):
        assert f"@action100m/explorer/{name}</code>" in text


def test_links_from_the_readme_lead_to_pages(site: Path) -> None:
    home = (site / "index.html").read_text()
    assert 'href="navigate/"' in home
    assert 'src="images/tree.webp"' in home
    assert "/blob/main/LICENSE" in home


def test_roles_become_code() -> None:
    said = "See :func:`~.views.find.find`, :data:`.FORMATS` and::\n\n    x"
    assert markdown(said) == "See `find`, `FORMATS` and:\n\n    x"
