"""The repository as a FiftyOne plugin and as a pip package, both from the same files."""

from __future__ import annotations

import functools
import http.server
import os
import re
import subprocess
import sys
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import fiftyone as fo
import fiftyone.plugins as fop
import forks
import pytest
import yaml
from fiftyone.plugins.context import PluginContext
from github_server import REPO, GitHub

NAME = "@action100m/explorer"
#: FiftyOne's own command line.
FIFTYONE = "from fiftyone.core.cli import main; main()"

LOADS = f"""
import fiftyone.plugins as fop
from fiftyone.plugins.context import PluginContext
context = PluginContext(fop.get_plugin("{NAME}"))
context.register_all()
assert context.errors == [], context.errors
print(*sorted(i.name for i in context.instances))
"""


@pytest.fixture(scope="module")
def declared(repo_root: Path) -> dict[str, object]:
    """What ``fiftyone.yml`` says."""
    definition = yaml.safe_load((repo_root / "fiftyone.yml").read_text())
    assert isinstance(definition, dict)
    return definition


def run(command: list[str], **env: str) -> str:
    """Returns what a command prints on stdout; fails with all of it if the command does."""
    result = subprocess.run(
        command, env=os.environ | env, capture_output=True, text=True, check=False, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def run_python(code: str, *arguments: str, **env: str) -> str:
    """Returns what code prints in a process that has FiftyOne; fails with all of it if it does."""
    result = forks.run(code, *arguments, env=os.environ | env)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def tracked_files(root: Path) -> list[Path]:
    """Returns the files that git knows; skips where this is no clone."""
    if not (root / ".git").exists():
        pytest.skip("not a git clone")
    listed = run(["git", "-C", str(root), "ls-files", "-z"])
    return [root / name for name in listed.split("\0") if name and (root / name).is_file()]


def test_registers_what_it_declares(declared: dict[str, list[str]]) -> None:
    context = PluginContext(fop.get_plugin(NAME))
    context.register_all()
    assert context.errors == []
    names = [*declared.get("operators", []), *declared.get("panels", [])]
    assert sorted(i.name for i in context.instances) == sorted(names)


def test_everything_listed_is_declared(declared: dict[str, list[str]]) -> None:
    # FiftyOne drops an operator that fiftyone.yml does not list without a word.
    from fiftyone_action100m.operators import OPERATORS
    from fiftyone_action100m.panels import PANELS

    assert sorted(c().name for c in OPERATORS) == sorted(declared.get("operators", []))
    assert sorted(c().name for c in PANELS) == sorted(declared.get("panels", []))


def test_definition_can_also_be_a_zoo_dataset(declared: dict[str, object]) -> None:
    assert declared["name"] == NAME
    assert "type" not in declared
    fop.ensure_plugin_compatibility(NAME, error_level=0)


def test_one_version(declared: dict[str, object], repo_root: Path) -> None:
    import fiftyone_action100m

    written = re.search(r'^version = "(.+)"$', (repo_root / "pyproject.toml").read_text(), re.M)
    assert written is not None
    assert written[1] == declared["version"] == fiftyone_action100m.__version__


def test_package_imports_without_fiftyone() -> None:
    code = (
        "import sys, fiftyone_action100m as a; a.TreeOfCaptions; print('fiftyone' in sys.modules)"
    )
    assert run([sys.executable, "-c", code]).strip() == "False"


def test_requirements_are_the_dependencies(repo_root: Path) -> None:
    block = re.search(
        r"^dependencies = \[\n(.*?)^\]", (repo_root / "pyproject.toml").read_text(), re.M | re.S
    )
    assert block is not None
    dependencies = re.findall(r'^\s*"([^"]+)"', block[1], re.M)
    assert fop.load_plugin_requirements(NAME) == dependencies


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Keeps the tests' output to the tests."""


@pytest.fixture
def archive_url(repo_root: Path, tmp_path: Path) -> Iterator[str]:
    """The address of a zip of the last commit, on this machine."""
    tracked_files(repo_root)
    served = tmp_path / "served"
    served.mkdir()
    archive = ["git", "-C", str(repo_root), "archive", "--format=zip", "--prefix=explorer/"]
    run([*archive, f"--output={served / 'explorer.zip'}", "HEAD"])
    handler = functools.partial(_Quiet, directory=str(served))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/explorer.zip"
        server.shutdown()
        thread.join()


def test_download_from_an_archive(
    archive_url: str, tmp_path: Path, declared: dict[str, list[str]]
) -> None:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    download = f"import fiftyone.plugins as fop\nfop.download_plugin({archive_url!r})\n"
    printed = run_python(download + LOADS, FIFTYONE_PLUGINS_DIR=str(plugins))
    found = [p.parent for p in plugins.rglob("fiftyone.yml")]
    assert len(found) == 1
    assert not (found[0] / "tests").exists()
    names = [*declared["operators"], *declared.get("panels", [])]
    assert printed.splitlines()[-1].split() == sorted(names)


def test_download_from_github(
    repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = tmp_path / "plugins"
    plugins.mkdir()
    with GitHub(repo_root, tmp_path) as github:
        surroundings = {**github.environment, "FIFTYONE_PLUGINS_DIR": str(plugins)}
        address = f"https://github.com/{REPO}/tree/main"
        run_python(FIFTYONE, "plugins", "download", address, **surroundings)
        assert github.asked[-1] == f"/repos/{REPO}/zipball/main"
    monkeypatch.setattr(fo.config, "plugins_dir", str(plugins))
    assert fop.list_downloaded_plugins() == [NAME]


def test_fiftyone_lists_it_also_in_a_hidden_directory(
    tmp_path: Path, repo_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # `make run` has it in .venv; FiftyOne skips hidden directories only below that directory.
    plugins = tmp_path / ".hidden" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "action100m-explorer").symlink_to(repo_root)
    monkeypatch.setattr(fo.config, "plugins_dir", str(plugins))
    assert fop.list_downloaded_plugins() == [NAME]


def test_runs_on_a_database_of_its_own() -> None:
    assert fo.config.database_name.startswith("action100m-tests-")
    assert str(fo.config.database_uri) == os.environ["FIFTYONE_DATABASE_URI"]


def private_words() -> list[str]:
    """Returns what no file may name: places of a machine, and where this one's pip looks."""
    words = ["/" + place + "/" for place in ("work", "root", "opt")]
    listed = run([sys.executable, "-m", "pip", "config", "list"])
    addresses = re.findall(r"\w+://[^\s'\"]+", listed + os.environ.get("PIP_INDEX_URL", ""))
    hosts = {urllib.parse.urlsplit(a).hostname for a in addresses} - {None}
    return [*words, *(h for h in hosts if h)]


def test_one_module_sets_views(repo_root: Path) -> None:
    # Else a view would have no way back; tests/executor.py holds each one that is set to it.
    others = "clear_view|clear_all_stages|view_from_json|show_samples|show_selected_samples"
    setting = re.compile(rf"\b(set_view|{others}|set_extended_selection)\b['\"(]")
    found = {
        path.relative_to(repo_root).as_posix()
        for folder in ("operators", "panels", "js")
        for path in (repo_root / folder).glob("*.*")
        if setting.search(path.read_text("utf-8"))
    }
    assert found == {"operators/show.py", "js/show_and_open.js"}


def test_no_file_names_a_private_place(repo_root: Path) -> None:
    words = private_words()
    found = [
        f"{path.relative_to(repo_root)}: {word}"
        for path in tracked_files(repo_root)
        for word in words
        if word.encode() in path.read_bytes()
    ]
    assert found == []
