"""Runs ``make run`` and ``make test`` in bare Debian systems with only make and Python.

``python3 scripts/bare_debian.py bookworm trixie --under /var/tmp/bare`` needs root, debootstrap,
and the package sources that apt and pip are configured for. Each system is created once, in a
folder (a tree), and kept. The commands run in a copy of this checkout, as a user without root.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

#: The README's requirements.
PACKAGES = ("make", "python3", "python3-venv")

#: The additional requirements of the tests.
TEST_PACKAGES = ("git", "chromium", "ffmpeg")

#: Settings of pip that select package sources.
PIP_KEYS = ("index-url", "extra-index-url", "trusted-host", "proxy", "cert", "default-timeout")

#: Environment variables for reaching package sources: certificates (copied), proxies.
CARRIED = ("PIP_CERT", "SSL_CERT_FILE", "http_proxy", "https_proxy", "no_proxy",
           "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")  # fmt: skip

USER = 1000
HOME = "/home/user"


def main(arguments: Sequence[str] | None = None) -> int:
    """Tests each suite and returns the number of failures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suites", nargs="+", metavar="SUITE", help="bookworm, trixie, ...")
    parser.add_argument("--under", type=Path, required=True, help="the folder for the trees")
    parser.add_argument("--with", dest="extra", nargs="*", default=[], metavar="PACKAGE",
                        help="packages to install as well")  # fmt: skip
    parser.add_argument(
        "--tests", metavar="WHAT", help="arguments of pytest; by default, all tests run"
    )
    parser.add_argument("--no-tests", action="store_true", help="`make run` alone")
    args = parser.parse_args(arguments)
    failed = 0
    for suite in args.suites:
        tree = Tree(suite, args.under.absolute() / suite)
        try:
            tree.make([*PACKAGES, *args.extra])
            tree.copy_checkout()
            tree.make_run()
            if not args.no_tests:
                tree.install(TEST_PACKAGES)
                tree.make_test(args.tests)
        except TreeError as error:
            print(f"{suite}: {error}", file=sys.stderr)
            failed += 1
        else:
            print(f"{suite}: passed")
    return failed


class TreeError(Exception):
    """A command failed in a tree."""


class Tree:
    """A Debian system in a folder.

    Args:
        suite: Debian's name of the release
        folder: where the system is created
    """

    def __init__(self, suite: str, folder: Path) -> None:
        self.suite = suite
        self.folder = folder

    def make(self, packages: Sequence[str]) -> None:
        """Creates the tree unless it exists, configures its network, and installs packages."""
        done = self.folder / ".made"
        if not done.exists():
            _run(["debootstrap", "--variant=minbase", self.suite, str(self.folder)])
            done.touch()
        shutil.copy("/etc/resolv.conf", self.folder / "etc/resolv.conf")
        (self.folder / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
        lines = subprocess.run(
            ["python3", "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
        ).stdout.splitlines()
        (self.folder / "etc/pip.conf").write_text(pip_config(lines))
        self.install(packages)
        # After the packages, because one of them overwrites this file.
        certificates = Path("/etc/ssl/certs/ca-certificates.crt")
        if certificates.is_file():
            target = self.folder / certificates.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(certificates, target)
        if not (self.folder / HOME[1:]).exists():
            self.run("useradd", "--uid", str(USER), "--create-home", "--home-dir", HOME, "user")

    def install(self, packages: Sequence[str]) -> None:
        """Installs packages of the distribution."""
        options = "-o APT::Sandbox::User=root"
        command = f"apt-get {options} update -q && DEBIAN_FRONTEND=noninteractive apt-get {options}"
        self.run("sh", "-c", f"{command} install -yq --no-install-recommends {' '.join(packages)}")

    def copy_checkout(self) -> None:
        """Copies the files of this checkout that git does not ignore; the environment stays."""
        target = self.folder / HOME[1:] / "action100m"
        listed = subprocess.run(
            ["git", "-C", str(ROOT), "ls-files", "-coz", "--exclude-standard"],
            capture_output=True,
            check=True,
        ).stdout
        for name in filter(None, listed.decode().split("\0")):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
        self.run("chown", "-R", f"{USER}:{USER}", f"{HOME}/action100m")

    def make_run(self, patience: float = 1500) -> None:
        """Runs ``make run`` until the App answers, then interrupts it."""
        log = self.folder / "make-run.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                self._command(["make", "-C", "action100m", "run"], user=True),
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        try:
            end = time.monotonic() + patience
            while time.monotonic() < end and process.poll() is None:
                found = log.read_text(errors="replace").rpartition("The App is at ")[2]
                if found.startswith("http"):
                    with urllib.request.urlopen(found.split()[0], timeout=60) as answer:
                        print(f"{self.suite}: make run: the App answers with {answer.status}")
                    return
                time.sleep(1)
            raise TreeError(f"make run, see {log}:\n{_tail(log)}")
        finally:
            first = _children(process.pid)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            # Changing the user inside has undone --kill-child. Ending the tree's first process ends
            # everything that it has started.
            for pid in first:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            process.kill()
            process.wait()

    def make_test(self, what: str | None) -> None:
        """Runs ``make test``, or selected tests."""
        command = "make -C action100m test"
        if what is not None:
            command = (
                "cd action100m && make setup-dev && "
                f'PATH="$PWD/.venv/bin:$PATH" .venv/bin/python -m pytest {what}'
            )
        log = self.folder / "make-test.log"
        with log.open("wb") as file:
            done = subprocess.run(
                self._command(["sh", "-c", command], user=True), stdin=subprocess.DEVNULL,
                stdout=file, stderr=subprocess.STDOUT, check=False,
            )  # fmt: skip
        if done.returncode:
            raise TreeError(f"make test, see {log}:\n{_tail(log)}")
        print(f"{self.suite}: make test: {_tail(log, 1)}")

    def run(self, *command: str) -> None:
        """Runs a command in the tree, as root."""
        _run(self._command(list(command)))

    def _command(self, command: list[str], user: bool = False) -> list[str]:
        """Returns a command that runs in the tree; its mounts and processes end with it."""
        who = ["--userspec", f"{USER}:{USER}"] if user else []
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        settings = {"PATH": path, "LANG": "C.UTF-8", "HOME": HOME if user else "/root"}
        settings |= {name: os.environ[name] for name in CARRIED if name in os.environ}
        inside = ["env", "-i", "-C", HOME if user else "/",
                  *(f"{key}={value}" for key, value in settings.items()), *command]  # fmt: skip
        at = shlex.quote(str(self.folder))
        script = (
            f"mount -t proc proc {at}/proc && mount --rbind /dev {at}/dev && "
            f"exec chroot {shlex.join(who)} {at} {shlex.join(inside)}"
        )
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script]


def _children(pid: int) -> list[int]:
    """Returns the child processes of a process."""
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def pip_config(lines: Sequence[str]) -> str:
    """Returns a pip.conf with the package sources of ``pip config list``."""
    kept: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition("=")
        key = name.rpartition(".")[2]
        words = value.strip("'\"").split()
        if key != "cert":  # folders of this machine do not exist in the tree
            words = [word for word in words if not word.startswith(("file:", "/"))]
        if key in PIP_KEYS and words:
            kept[key] = " ".join(words)
    return "\n".join(["[global]", *(f"{key} = {value}" for key, value in kept.items()), ""])


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-5:]
        raise TreeError(f"{shlex.join(command)} ended with {done.returncode}:\n" + "\n".join(said))


def _tail(log: Path, lines: int = 25) -> str:
    return "\n".join(log.read_text(errors="replace").strip().splitlines()[-lines:])


if __name__ == "__main__":
    raise SystemExit(main())
