"""Where the App opens when its port is taken, and that no proxy is asked for it."""

from __future__ import annotations

import os
import socket
import urllib.request

import pytest
from fiftyone_action100m.cli.port import bypass_proxy, free_port


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_the_next_free_port_is_taken(address: str) -> None:
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        assert port < free_port(port) <= port + 100
        assert port < free_port(port, "0.0.0.0") <= port + 100
    assert free_port(port) == port


@pytest.mark.parametrize("port", [65_536, 99_999])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match=f"--port {port}"):
        free_port(port)


@pytest.mark.parametrize(("before", "asked"), [("", True), ("example.org", True), ("*", False)])
def test_a_proxy_is_not_asked_for_the_loopback(
    monkeypatch: pytest.MonkeyPatch, before: str, asked: bool
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, before)
    bypass_proxy()
    assert urllib.request.proxy_bypass("127.0.0.1:5151")
    assert urllib.request.proxy_bypass("localhost:5151")
    assert bool(urllib.request.proxy_bypass("elsewhere.example")) == (not asked)
    assert before in os.environ["no_proxy"]
