"""Finds a port for the App, and bypasses the proxy for it."""

from __future__ import annotations

import errno
import os
import socket

#: How many ports are tried.
_TRIES = 100

_LOOPBACK = ("127.0.0.1", "localhost", "0.0.0.0")


def free_port(wanted: int, address: str | None = None) -> int:
    """Returns the wanted port, or the next one on which nothing listens.

    A running App is not reused: it would show another dataset, and close with its owner.

    Args:
        wanted: the first port to try
        address: where the App is to listen; the loopback by default

    Raises:
        ValueError: if no port is free
    """
    for port in range(wanted, min(wanted + _TRIES, 65_536)):
        if not _in_use(port, address or _LOOPBACK[0]):
            return port
    raise ValueError(f"--port {wanted} is in use or is not a port: choose another")


def _in_use(port: int, address: str) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


def bypass_proxy() -> None:
    """Makes FiftyOne's requests to its own App bypass the environment's proxy."""
    spared = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    if spared.strip() != "*":
        names = [*filter(None, spared.split(",")), *_LOOPBACK]
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(dict.fromkeys(names))
