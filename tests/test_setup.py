"""The set-up on machines that lack something: no ensurepip, a broken Python, nothing changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import libraries
import pytest
import setup_venv

#: Debian without python3-venv: `python -m venv` fails, `python -m venv --without-pip` does not.
DEBIAN_VENV = """
import importlib.util, sys
if "--without-pip" not in sys.argv:
    sys.exit("ensurepip is not available")
sys.path.pop(0)
del sys.modules["venv"]
import venv
venv.main()
"""


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH without uv, virtualenv or ffmpeg, and a Python whose ``venv`` wants ensurepip."""
    shims = tmp_path / "shims"
    (shims / "venv").mkdir(parents=True)
    (shims / "venv" / "__init__.py").write_text("")
    (shims / "venv" / "__main__.py").write_text(
        DEBIAN_VENV.replace("pop(0)", f"remove({str(shims)!r})")
    )
    monkeypatch.setenv("PYTHONPATH", str(shims))
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    return tmp_path


def test_venv_without_ensurepip(bare: Path) -> None:
    venv = bare / "venv"
    assert subprocess.run([sys.executable, "-m", "venv", str(bare / "x")], check=False).returncode
    setup_venv.make_venv(venv)
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    pip = subprocess.run(
        [str(venv / "bin" / "python"), "-m", "pip", "--version"],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert str(venv) in pip.stdout


def test_no_way_to_make_a_venv_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(setup_venv.sys, "executable", "/bin/false")
    with pytest.raises(setup_venv.SetupError, match="apt-get install python3-venv"):
        setup_venv.make_venv(tmp_path / "venv")
    assert not (tmp_path / "venv").exists()


def test_link_replaces_what_points_elsewhere(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).touch()
    link = tmp_path / "deep" / "link"
    setup_venv.link(link, tmp_path / "a")
    setup_venv.link(link, tmp_path / "b")
    setup_venv.link(link, tmp_path / "b")
    assert link.resolve() == tmp_path / "b"


def test_stamp_survives_rubbish(tmp_path: Path) -> None:
    stamp = tmp_path / "stamp"
    assert setup_venv.read_stamp(stamp) == {}
    stamp.write_text('{"inputs": ')
    assert setup_venv.read_stamp(stamp) == {}


def test_a_model_that_cannot_be_fetched_does_not_end_the_set_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    executable(tmp_path / "python", "#!/bin/sh\necho 'no network' >&2\nexit 1\n")
    setup_venv.fetch_minilm(tmp_path / "python")
    assert capsys.readouterr().out == "set-up: search by meaning is not possible: no network\n"


def test_a_reader_of_text_that_cannot_be_installed_does_not_end_the_set_up(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = (
        f"case $* in *purelib*) echo '{tmp_path}';; *) echo \"$*\" >>'{tmp_path}/pip';; esac; "
        "case $* in *rapidocr*) exit 1;; esac"
    )
    executable(tmp_path / "python", f"#!/bin/sh\n{fake}\n")
    setup_venv.install_ocr(tmp_path / "python")
    said = capsys.readouterr().out
    assert said.startswith("set-up: text on frames cannot be read, because rapidocr-onnxruntime")
    needed, reader = (tmp_path / "pip").read_text().splitlines()
    assert all(wheel in needed for wheel in setup_venv.OCR_NEEDS)
    # Those must suit this Python; it runs with more than it says.
    assert "--ignore-requires-python" in reader and "--ignore-requires-python" not in needed
    assert "--no-deps" in reader and setup_venv.OCR in reader
    (tmp_path / "rapidocr_onnxruntime").mkdir()
    setup_venv.install_ocr(tmp_path / "python")
    assert capsys.readouterr().out == ""


def find_python(root: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(root / "scripts" / "find_python.sh")],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


def executable(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def test_python_that_does_not_run_is_passed_over(tmp_path: Path, repo_root: Path) -> None:
    executable(tmp_path / "python3.12", "#!/bin/sh\necho 'command not found' >&2\nexit 127\n")
    (tmp_path / "python3.11").symlink_to("nowhere")
    executable(tmp_path / "python3", f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n")
    found = find_python(repo_root, PATH=str(tmp_path))
    assert (found.returncode, found.stdout.strip()) == (0, sys.executable)


def test_named_python_is_the_only_one(tmp_path: Path, repo_root: Path) -> None:
    executable(tmp_path / "old", "#!/bin/sh\nexit 1\n")
    found = find_python(repo_root, PATH=os.environ["PATH"], PYTHON=str(tmp_path / "old"))
    assert found.returncode == 1
    assert found.stdout == ""
    assert "is not Python 3.10 to 3.13" in found.stderr


def test_a_named_python_may_have_blanks_in_its_path(tmp_path: Path, repo_root: Path) -> None:
    (tmp_path / "my pythons").mkdir()
    python = tmp_path / "my pythons" / "python"
    executable(python, f"#!/bin/sh\nexec '{sys.executable}' \"$@\"\n")
    found = find_python(repo_root, PATH=os.environ["PATH"], PYTHON=str(python))
    assert (found.returncode, found.stdout.strip()) == (0, sys.executable)


@pytest.mark.parametrize("minor", range(9, 15))
def test_which_pythons_are_taken(tmp_path: Path, repo_root: Path, minor: int) -> None:
    lie = f"import sys; sys.version_info = (3, {minor}, 0, 'final', 0); exec(sys.argv[1])"
    executable(
        tmp_path / "python3",
        f'#!/bin/sh\n[ $1 = -c ] && exec \'{sys.executable}\' -c "{lie}" "$2"\n'
        f"echo Python 3.{minor}.0\n",
    )
    found = find_python(repo_root, PATH=str(tmp_path))
    assert (found.returncode == 0) == (10 <= minor <= 13)
    assert (f"(python3 is Python 3.{minor}.0)" in found.stderr) == (not 10 <= minor <= 13)


def test_a_python_of_uv_is_found(tmp_path: Path, repo_root: Path) -> None:
    executable(tmp_path / "uv", f"#!/bin/sh\n[ $2 = find ] && echo '{sys.executable}'\n")
    found = find_python(repo_root, PATH=str(tmp_path))
    assert (found.returncode, found.stdout.strip()) == (0, sys.executable)


def test_no_python_says_what_to_do(tmp_path: Path, repo_root: Path) -> None:
    found = find_python(repo_root, PATH=str(tmp_path))
    assert (found.returncode, found.stdout) == (1, "")
    for words in ("apt-get install python3 python3-venv", "uv python install", "make PYTHON="):
        assert words in found.stderr
    executable(tmp_path / "uv", "#!/bin/sh\nexit 2\n")  # there, with no Python of its own
    found = find_python(repo_root, PATH=str(tmp_path))
    assert "https://docs.astral.sh/uv" not in found.stderr and "uv python install" in found.stderr


def test_what_is_said_of_pythons_agrees(repo_root: Path) -> None:
    for name in ("README.md", "docs/setup.md", "Makefile", ".ci/run"):
        assert "3.10 to 3.13" in (repo_root / name).read_text(), name
    assert 'requires-python = ">=3.10,<3.14"' in (repo_root / "pyproject.toml").read_text()


@pytest.mark.skipif(
    not (setup_venv.ROOT / ".venv" / "action100m-setup.json").is_file(), reason="no set-up here"
)
def test_mongod_runs() -> None:
    mongod = setup_venv.site_packages(Path(sys.executable)) / "fiftyone" / "db" / "bin" / "mongod"
    assert setup_venv.runs([mongod, "--version"])


DEBIAN_12 = {"ID": "debian", "VERSION_ID": "12"}
RELEASES = [
    (DEBIAN_12, "apt-get update && apt-get install libcurl4"),
    ({"ID": "debian", "VERSION_ID": "13"}, "apt-get update && apt-get install libcurl4t64"),
    ({"ID": "ubuntu", "VERSION_ID": "22.04"}, "apt-get update && apt-get install libcurl4"),
    ({"ID": "ubuntu", "VERSION_ID": "24.04"}, "apt-get update && apt-get install libcurl4t64"),
    ({"ID": "debian"}, "apt-get update && apt-get install libcurl4t64"),  # unstable has no number
    ({"ID": "linuxmint", "ID_LIKE": "ubuntu debian", "VERSION_ID": "21"}, "install libcurl4"),
    ({"ID": "rocky", "ID_LIKE": "rhel centos fedora"}, "dnf install libcurl"),
    ({"ID": "arch"}, "install libcurl.so.4 (Debian: libcurl4, Fedora: libcurl)"),
    ({}, "install libcurl.so.4 (Debian: libcurl4, Fedora: libcurl)"),
]


@pytest.mark.parametrize(("release", "command"), RELEASES)
def test_the_package_of_a_library_is_named(release: dict[str, str], command: str) -> None:
    assert libraries.remedy(["libcurl.so.4"], release).endswith(command)


def test_a_library_that_nobody_knows_is_searched_for() -> None:
    said = libraries.remedy(["libssl.so.3", "libfoo.so.7", "libcurl.so.4"], DEBIAN_12)
    assert said == (
        "apt-get update && apt-get install libssl3 libcurl4; "
        "apt-file search libfoo.so.7 names the package of libfoo.so.7"
    )


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_a_mongod_without_its_library_says_which(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real program that a real loader refuses, as it does mongod in a bare container."""
    library, mongod, source = (tmp_path / name for name in ("libgone.so.4", "mongod", "source.c"))
    source.write_text("int here(void) { return 0; }\n")
    build = ["cc", "-shared", "-Wl,-soname,libgone.so.4", "-o", str(library), str(source)]
    subprocess.run(build, check=True)
    source.write_text("int here(void);\nint main(void) { return here(); }\n")
    subprocess.run(["cc", str(source), "-o", str(mongod), str(library)], check=True)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(tmp_path))
    assert libraries.missing_libraries(mongod) == []
    library.unlink()
    assert libraries.missing_libraries(mongod) == ["libgone.so.4"]
    assert f"{mongod} needs libgone.so.4, which this system lacks" in setup_venv.no_mongod(mongod)


def test_a_mongod_that_does_not_run_says_what_it_said(tmp_path: Path) -> None:
    executable(tmp_path / "mongod", "#!/bin/sh\necho 'no AVX here' >&2\nexit 132\n")
    assert f"{tmp_path / 'mongod'} ends with: no AVX here" in setup_venv.no_mongod(
        tmp_path / "mongod"
    )
    assert "its download failed" in setup_venv.no_mongod(tmp_path / "nowhere")


def test_a_checkout_that_cannot_be_written_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # Root may write everywhere but here.
    assert setup_venv.main(["--venv", "/proc/no/.venv"]) == 1
    said = capsys.readouterr().err.strip()
    assert "/proc/no cannot be written" in said and "\n" not in said


@pytest.mark.parametrize("home", ["relative", "/proc/nobody"])
def test_a_home_that_cannot_be_written_is_refused_in_one_line(
    home: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", home)
    assert setup_venv.main(["--venv", str(tmp_path / ".venv")]) == 1
    said = capsys.readouterr().err.strip()
    assert "HOME=/tmp/home make run" in said and "\n" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_is_not_there_yet_is_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "new" / "home"))
    setup_venv.check_places(tmp_path / ".venv")
