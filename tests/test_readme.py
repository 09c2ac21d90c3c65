"""What the README shows runs, and what it links to is there."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
import services
from fiftyone_action100m import delete_index, index
from fiftyone_action100m.cli import main
from fiftyone_action100m.meaning import minilm_files
from material import Converted, demo_as_rendered, small_record, write_parquet, write_video

UIDS = ("aa", "bb", "cc")


@pytest.fixture(scope="module")
def readme(repo_root: Path) -> str:
    return (repo_root / "README.md").read_text()


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the README's ``shards/`` and ``videos/``."""
    folder = tmp_path_factory.mktemp("readme")
    for i, uid in enumerate(UIDS):
        write_parquet(folder / "shards" / f"{i}.parquet", [small_record(uid)])
        write_video(folder / "videos" / f"Title [{uid}].mp4")
    return folder


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_its_commands_and_its_python_run(
    readme: str, workplace: Path, converted_demo: Converted, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(workplace)
    _, shell = blocks(readme, "bash")
    said = []
    for command, *arguments in map(shlex.split, shell.splitlines()):
        assert command == "action100m"
        capsys.readouterr()
        assert main(arguments) == 0
        said.append(capsys.readouterr().out)
    assert "3 of 3 videos would be converted" in said[0]
    assert "3 of 3 videos have their clip" in said[3]
    _, see_the_tree, convert_your_own = blocks(readme, "python")
    names: dict[str, Any] = {"dataset": converted_demo.dataset}
    exec(see_the_tree, names)
    assert len(names["tree"]) > 100 and len(names["steps"]) == 6
    try:
        exec(convert_your_own, names)
        assert names["report"].counts == {("ok", "already there"): 3}
    finally:
        fo.delete_dataset("a100m")


@pytest.mark.usefixtures("minilm")
def test_its_search_finds_what_is_said_in_other_words(
    readme: str, converted_demo: Converted, capsys: pytest.CaptureFixture[str]
) -> None:
    dataset = converted_demo.dataset
    command, python = (
        blocks(readme, language)[0].replace("action100m-demo", dataset.name)
        for language in ("bash", "python")
    )
    index(dataset, ["gpt_action_brief", "gpt_summary_brief"])
    capsys.readouterr()
    try:
        assert main(shlex.split(command)[1:]) == 0
        first, *_ = capsys.readouterr().out.splitlines()
        assert "Fold a paper boat" in first
        exec(python, {})
        found = capsys.readouterr().out.splitlines()
        assert len(found) == 5 and any("coffee" in line for line in found)
    finally:
        delete_index(dataset)


def test_it_is_short(readme: str) -> None:
    assert len(readme.splitlines()) < 120


def test_its_links_lead_somewhere(readme: str, repo_root: Path) -> None:
    for document in [*repo_root.glob("*.md"), *sorted((repo_root / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text()):
            if not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_its_targets_are_in_the_makefile(readme: str, repo_root: Path) -> None:
    makefile = (repo_root / "Makefile").read_text()
    assert set(re.findall(r"^    make (\w+)", readme, re.MULTILINE)) == {"run", "test"}
    for target in ("run", "test"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def make_run(repo_root: Path, tmp_path: Path, port: int) -> services.Service:
    """Starts it with another cache, and where the environment names a dead proxy.

    Trees are found in its videos by a test of ``action100m demo``.
    """
    env = os.environ | {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "FIFTYONE_DEFAULT_APP_PORT": str(port),
        "FIFTYONE_DEFAULT_APP_ADDRESS": "127.0.0.1",
        "BROWSER": "true",
    }
    env |= dict.fromkeys(("http_proxy", "HTTP_PROXY"), "http://127.0.0.1:9")
    command = ["make", "-C", str(repo_root), "run", "DEMO=--videos 2 --found 0"]
    return services.Service(command, tmp_path / "run.log", env)


def wait_for_app(run: services.Service, seconds: float) -> str:
    """Waits for the line that says where the App is, and returns the address."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = re.search(r"The App is at (\S+)", run.log.read_text())
        if found:
            with urllib.request.urlopen(found[1], timeout=30) as answer:
                assert answer.status == 200
            return found[1]
        run.check()
        time.sleep(0.5)
    raise AssertionError(run.log.read_text()[-2000:])


def stop(run: services.Service) -> None:
    """Stops it as Ctrl-C does: the shell's processes, which have to end all that they started."""
    import psutil

    made = psutil.Process(run.process.pid)
    family = [made, *made.children(recursive=True)]
    group = os.getpgid(made.pid)
    for process in reversed(family):
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            if os.getpgid(process.pid) == group:
                process.send_signal(signal.SIGINT)
    _, alive = psutil.wait_procs(family, 30)
    for process in alive:
        process.kill()
    run.stop()
    assert not alive


needs_setup = pytest.mark.skipif(
    not (Path(__file__).parent.parent / ".venv" / "action100m-setup.json").is_file(),
    reason="make has not set up .venv here",
)


@needs_setup
@pytest.mark.slow
def test_make_run_opens_the_app_on_the_demo(
    repo_root: Path, tmp_path: Path, converted_demo: Converted
) -> None:
    """Also where another program has the App's port. Its videos are rendered and cut already."""
    demo = tmp_path / "cache" / "fiftyone_action100m" / "demo"
    demo_as_rendered(demo)
    shutil.copytree(converted_demo.out, demo / "converted" / "action100m-demo")
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    run = make_run(repo_root, tmp_path, port)
    try:
        with taken:
            assert f":{port}/" not in wait_for_app(run, 400)
        assert len(fo.load_dataset("action100m-demo")) == 2
        said = run.log.read_text()
        assert f"Port {port} is in use: the App opens on" in said
        assert "2 of 2 videos converted" in said
        assert "captions in 2 videos are indexed by " in said or minilm_files.FETCH in said
    finally:
        stop(run)
        if fo.dataset_exists("action100m-demo"):
            fo.delete_dataset("action100m-demo")


def test_make_run_converts_what_it_is_given(
    repo_root: Path, workplace: Path, tmp_path: Path, dataset_name: str
) -> None:
    """What make would run is run here, but for the App."""
    given = {"SOURCE": workplace / "shards", "VIDEOS": workplace / "videos", "MAX": 2}
    given |= {"NAME": dataset_name, "OUT": tmp_path / "out"}
    command = ["make", "-n", "-C", str(repo_root), "run", *(f"{k}={v}" for k, v in given.items())]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    printed = printed.replace("\\\n", " ")
    (line,) = re.findall(r"^PATH=.* (action100m convert .*) --open$", printed, re.MULTILINE)
    assert main(shlex.split(line)[1:]) == 0
    assert fo.load_dataset(dataset_name).values("video_uid") == ["aa", "bb"]
    assert len(list((tmp_path / "out" / "clips").glob("*.mp4"))) == 2


def test_the_changelog_has_the_version(repo_root: Path) -> None:
    from fiftyone_action100m import __version__

    text = (repo_root / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[{re.escape(__version__)}\] - \d{{4}}-\d\d-\d\d$", text, re.MULTILINE)
    assert set(re.findall(r"^## \[(.+?)\]", text, re.MULTILINE)) == set(
        re.findall(r"^\[(.+?)\]: https://", text, re.MULTILINE)
    )
    citation = (repo_root / "CITATION.cff").read_text()
    assert f"\nversion: {__version__}\n" in citation
