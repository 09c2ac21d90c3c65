"""The sdist and the wheel: what they hold, and that an installed wheel works on its own."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from email.message import Message
from email.parser import Parser
from pathlib import Path

import fiftyone as fo
import pytest
import setuptools
import yaml
from material import demo_as_rendered
from packaging.requirements import Requirement

#: What setuptools adds to an sdist.
GENERATED = re.compile(r"PKG-INFO|setup\.cfg|[^/]+\.egg-info/.*")
LOADS = """
import fiftyone.plugins as fop
from fiftyone.plugins.context import PluginContext
context = PluginContext(fop.get_plugin("@action100m/explorer"))
context.register_all()
assert context.errors == [], context.errors
print(*sorted(i.name for i in context.instances))
"""
DEMO = """
import sys
from fiftyone_action100m.cli import main
sys.exit(main())
"""


def run(command: list[str], cwd: Path, **env: str) -> str:
    """Returns what a command prints; fails with all of it if the command does."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | env, capture_output=True, text=True, check=False,
        timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def files(repo_root: Path) -> list[str]:
    """The files of this checkout that git tracks, or would."""
    if not (repo_root / ".git").exists():
        pytest.skip("not a git clone")
    listed = run(["git", "ls-files", "-coz", "--exclude-standard"], repo_root)
    return [name for name in listed.split("\0") if name and (repo_root / name).is_file()]


@pytest.fixture(scope="module")
def built(
    repo_root: Path, files: list[str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The sdist, and the wheel that is built from it, of a clean copy of this checkout."""
    folder = tmp_path_factory.mktemp("packaging")
    for name in files:
        target = folder / "checkout" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(repo_root / name, target)
    made = folder / "dist"
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(made)]
    run([*command, str(folder / "checkout")], folder)
    (sdist,), (wheel,) = made.glob("*.tar.gz"), made.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def metadata(built: tuple[Path, Path]) -> Message:
    """The wheel's METADATA."""
    with zipfile.ZipFile(built[1]) as wheel:
        (name,) = [n for n in wheel.namelist() if n.endswith(".dist-info/METADATA")]
        return Parser().parsestr(wheel.read(name).decode())


@pytest.fixture(scope="module")
def bare(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel; its dependencies are those of the tests' environment."""
    folder = tmp_path_factory.mktemp("bare") / "venv"
    run([sys.executable, "-m", "venv", "--without-pip", str(folder)], folder.parent)
    python = str(folder / "bin" / "python")
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    run([*pip, "--no-index", "--no-deps", str(built[1])], folder.parent)
    # A path in a .pth file is searched last, and its own .pth files, of which one leads to this
    # checkout, are not read. That of setuptools stands in for distutils, which Python 3.12 dropped.
    (site,) = folder.glob("lib/python3.*/site-packages")
    packages = Path(sysconfig.get_path("purelib"))
    (site / "dependencies.pth").write_text(f"{packages}\n")
    for shim in packages.glob("distutils-precedence.pth"):
        shutil.copy(shim, site)
    return folder


def test_pyproject_lists_every_package(repo_root: Path, files: list[str]) -> None:
    declared = re.search(
        r"^packages = \[\n(.*?)^\]", (repo_root / "pyproject.toml").read_text(), re.M | re.S
    )
    assert declared is not None
    elsewhere = ("tests", "benchmarks", "docs", "scripts")
    folders = {Path(name).parent for name in files if Path(name).suffix == ".py"}
    there = [".".join(("fiftyone_action100m", *f.parts)) for f in folders
             if not f.parts or f.parts[0] not in elsewhere]  # fmt: skip
    assert sorted(re.findall(r'"(.+?)"', declared[1])) == sorted(there)


def test_the_sdist_holds_the_repository(built: tuple[Path, Path], files: list[str]) -> None:
    with tarfile.open(built[0]) as sdist:
        names = [m.name.partition("/")[2] for m in sdist.getmembers() if m.isfile()]
    assert sorted(n for n in names if not GENERATED.fullmatch(n)) == sorted(files)


def test_the_wheel_holds_the_package_alone(
    built: tuple[Path, Path], files: list[str], repo_root: Path
) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        names = [n.removeprefix("fiftyone_action100m/") for n in wheel.namelist()
                 if ".dist-info/" not in n]  # fmt: skip
    elsewhere = ("tests/", "benchmarks/", "docs/", "scripts/", "setup.py")
    modules = [n for n in files if n.endswith((".py", ".pyi")) and not n.startswith(elsewhere)]
    data = ["LICENSE", "dist/index.umd.js", "fiftyone.yml", "package.json", "py.typed", "zoo.json"]
    data += [n for n in files if n.startswith("treemaking/prompts/")]
    assert sorted(names) == sorted([*modules, *data])


def test_the_metadata_says_what_an_index_shows(metadata: Message, repo_root: Path) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    assert metadata["Author"]
    urls = dict(line.split(", ") for line in metadata.get_all("Project-URL", []))
    assert {"Source", "Documentation", "Changelog", "Issues"} <= urls.keys()
    pythons = {f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 14)}
    assert pythons <= set(metadata.get_all("Classifier", []))
    assert metadata["Description-Content-Type"] == "text/markdown"
    # Other files use the one address.
    named = set(re.findall(r"https://github\.com/action100m/\w+", read_all(repo_root)))
    assert named == {urls["Source"]}


def read_all(root: Path) -> str:
    """Returns the documents that may name the project's address."""
    pages = [*root.glob("*.md"), *root.glob("*.cff"), *root.glob("*.toml"), *root.glob("*.yml"),
             *root.glob("docs/*.md"), *root.glob(".github/**/*.*")]  # fmt: skip
    return "".join(page.read_text() for page in pages)


def test_the_long_description_has_absolute_links_only(metadata: Message, repo_root: Path) -> None:
    text = metadata.get_payload()
    assert isinstance(text, str)
    links = re.findall(r"\]\(([^)\s]+)", text)
    assert len(links) > 10
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    source = "https://github.com/action100m/explorer/blob/main/"
    for link in links:
        if link.startswith(source):
            assert (repo_root / link.removeprefix(source).partition("#")[0]).exists(), link


def test_its_dependencies_are_installed_here(metadata: Message) -> None:
    """So what the tests run with lies within the bounds that the package declares."""
    required = [Requirement(line) for line in metadata.get_all("Requires-Dist", [])]
    assert len(required) >= 12
    for each in required:
        if each.marker is None or each.marker.evaluate({"extra": "cluster"}):
            assert importlib.metadata.version(each.name) in each.specifier, each
    assert int(setuptools.__version__.partition(".")[0]) >= 77


@pytest.mark.slow
def test_an_installed_wheel_works_and_is_a_plugin(
    bare: Path, tmp_path: Path, repo_root: Path, dataset_name: str
) -> None:
    python, command = (str(bare / "bin" / name) for name in ("python", "action100m"))
    where = run(
        [python, "-c", "import fiftyone_action100m as a; a.TreeOfCaptions; print(a.__file__)"],
        tmp_path,
    )
    assert Path(where.strip()).is_relative_to(bare)
    assert "convert" in run([command, "--help"], tmp_path)
    demo_as_rendered(tmp_path / "demo")
    (package,) = bare.glob("lib/python3.*/site-packages/fiftyone_action100m")
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "action100m-explorer").symlink_to(package)
    # One process for both, as FiftyOne takes long to import.
    demo = ["demo", "--dir", str(tmp_path / "demo"), "--videos", "1", "--found", "0"]
    demo += ["--name", dataset_name]
    said = run(
        [python, "-c", LOADS + DEMO, *demo], tmp_path,
        FIFTYONE_PLUGINS_DIR=str(tmp_path / "plugins"),
    )  # fmt: skip
    declared = yaml.safe_load((repo_root / "fiftyone.yml").read_text())
    names = sorted([*declared["operators"], *declared["panels"]])
    assert " ".join(names) in said.splitlines()
    assert "1 of 1 video " in said
    assert len(fo.load_dataset(dataset_name)) == 1
