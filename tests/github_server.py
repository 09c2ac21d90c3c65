"""A GitHub on the loopback: what FiftyOne asks of its API to fetch a repository, over real TLS.

FiftyOne names ``api.github.com`` itself; but it asks with ``requests``, which goes through the
proxy and believes the certificates that the environment names. So this is a proxy that answers in
GitHub's place, for one repository.
"""

from __future__ import annotations

import io
import json
import ssl
import subprocess
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

HOST, REPO = "api.github.com", "someone/explorer"


class GitHub:
    """The server, running while it is entered.

    Args:
        root: the checkout of the repository, served as it stands
        folder: where the certificate of its authority is kept

    Attributes:
        asked: the paths that were asked for, in order
    """

    def __init__(self, root: Path, folder: Path) -> None:
        authority = trustme.CA()
        self.bundle = folder / "authority.pem"
        authority.cert_pem.write_to_path(str(self.bundle))
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(self.context)
        self.archive = zip_of(root)
        self.asked: list[str] = []

    def __enter__(self) -> GitHub:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.github = self  # type: ignore[attr-defined]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What leads a process here."""
        proxy = f"http://127.0.0.1:{self._server.server_address[1]}"
        return {"HTTPS_PROXY": proxy, "https_proxy": proxy, "REQUESTS_CA_BUNDLE": str(self.bundle)}


def zip_of(root: Path) -> bytes:
    """Returns a checkout's files as GitHub packs them, in one folder; without the bulky ones."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in listed:
            bulky = path.startswith(("tests/", "docs/", "js/", "benchmarks/"))
            if path and not bulky and (root / path).is_file():
                archive.write(root / path, f"{REPO.replace('/', '-')}-0123abc/{path}")
    return packed.getvalue()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_CONNECT(self) -> None:
        """Answers as the host that is asked for, if it is GitHub's."""
        if self.path != f"{HOST}:443":
            self.send_error(403)
            return
        self.send_response(200)
        self.end_headers()
        github: GitHub = self.server.github  # type: ignore[attr-defined]
        self.close_connection = False  # though it was asked for in HTTP/1.0
        self.connection = github.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", buffering=0)

    def do_GET(self) -> None:
        """Answers what FiftyOne asks: whether there is such a branch, and the archive."""
        github: GitHub = self.server.github  # type: ignore[attr-defined]
        github.asked.append(self.path)
        if self.path == f"/repos/{REPO}/git/ref/heads/main":
            self._send(200, json.dumps({"ref": "refs/heads/main"}).encode(), "application/json")
        elif self.path in (f"/repos/{REPO}/zipball", f"/repos/{REPO}/zipball/main"):
            self._send(200, github.archive, "application/zip")
        else:
            self._send(404, b'{"message": "Not Found"}', "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""
