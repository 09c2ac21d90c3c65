"""Where the App listens, and that it is reached."""

from __future__ import annotations

import errno
import os
import socket

#: How many ports are tried, from the one that is wanted on.
_TRIES = 100

_LOOPBACK = ("127.0.0.1", "localhost", "0.0.0.0")


def app_port(wanted: int, address: str | None = None) -> int:
    """Returns the port for the App: the one that is wanted, or the next that nobody listens on.

    An App that is open already is left alone: it would be shown whatever it is that it shows, and
    it would go when its own owner ends it.

    Args:
        wanted: the first to try
        address: where the App is to listen; the loopback by default

    Raises:
        ValueError: if none is free
    """
    for port in range(wanted, min(wanted + _TRIES, 65_536)):
        if not _taken(port, address or _LOOPBACK[0]):
            return port
    raise ValueError(f"--port {wanted}: it is taken, or is no port; choose another")


def _taken(port: int, address: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def spare_loopback() -> None:
    """Keeps what FiftyOne asks of its own App from a proxy that the environment names."""
    spared = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if spared.strip() != "*":
        names = [*filter(None, spared.split(",")), *_LOOPBACK]
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(dict.fromkeys(names))
