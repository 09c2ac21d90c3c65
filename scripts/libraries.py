"""Finds the shared libraries that a program lacks, and the packages that contain them."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

#: The packages of the libraries that mongod links to: in Debian, in Debian since its transition to
#: 64-bit times (Debian 13, Ubuntu 24.04), and in Fedora.
PACKAGES = {
    "libcrypto.so.1.1": ("libssl1.1", "libssl1.1", "openssl1.1"),
    "libcrypto.so.3": ("libssl3", "libssl3t64", "openssl-libs"),
    "libcurl.so.4": ("libcurl4", "libcurl4t64", "libcurl"),
    "libgcc_s.so.1": ("libgcc-s1", "libgcc-s1", "libgcc"),
    "liblzma.so.5": ("liblzma5", "liblzma5", "xz-libs"),
    "libssl.so.1.1": ("libssl1.1", "libssl1.1", "openssl1.1"),
    "libssl.so.3": ("libssl3", "libssl3t64", "openssl-libs"),
    "libstdc++.so.6": ("libstdc++6", "libstdc++6", "libstdc++"),
}


def missing_libraries(program: Path) -> list[str]:
    """Returns the libraries of a program that the dynamic loader does not find.

    It asks the loader directly, as ``ldd`` does, which a bare system may lack.
    """
    try:
        listed = subprocess.run(
            [program], env={**os.environ, "LD_TRACE_LOADED_OBJECTS": "1"}, capture_output=True,
            text=True, errors="replace", check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except OSError:
        return []
    lines = (line.partition("=>") for line in listed.stdout.splitlines())
    return [name.strip() for name, _, place in lines if place.strip() == "not found"]


def remedy(libraries: list[str], release: Mapping[str, str] | None = None) -> str:
    """Returns the command that installs libraries.

    Args:
        libraries: the file names that the loader searches for
        release: the contents of ``/etc/os-release``; this machine's by default
    """
    release = _release() if release is None else release
    family = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    known = [PACKAGES[name] for name in libraries if name in PACKAGES]
    unknown = [name for name in libraries if name not in PACKAGES]
    if family & {"fedora", "rhel", "centos"}:
        install, search, which = "dnf install", "dnf provides '*/{}'", 2
    elif family & {"debian", "ubuntu"}:
        install, search = "apt-get update && apt-get install", "apt-file search {}"
        which = 1 if _has_64_bit_times(release) else 0
    else:
        names = [f"{name} (Debian: {debian}, Fedora: {fedora})" for name, debian, _, fedora in
                 ((each, *PACKAGES[each]) for each in libraries if each in PACKAGES)]  # fmt: skip
        return f"install {', '.join([*names, *unknown])}"
    packages = " ".join(dict.fromkeys(each[which] for each in known))
    commands = [f"{install} {packages}"] if packages else []
    commands += [f"{search.format(name)} names the package of {name}" for name in unknown]
    return "; ".join(commands)


def _has_64_bit_times(release: Mapping[str, str]) -> bool:
    first = {"debian": 13.0, "ubuntu": 24.04}.get(release.get("ID", ""))
    try:
        return first is not None and float(release.get("VERSION_ID", "inf")) >= first
    except ValueError:
        return False


def _release() -> Mapping[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}
