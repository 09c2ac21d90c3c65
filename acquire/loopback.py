"""Serves transfers to ffmpeg over HTTP on the loopback, with ranges.

ffmpeg connects to this process only. yt-dlp and :mod:`.transfer` handle cookies, proxies,
certificates, pauses and limits, and ffmpeg can open no address that a crafted file names.
"""

from __future__ import annotations

import logging
import re
import secrets
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .outcomes import FetchError
from .transfer import Transfer

logger = logging.getLogger(__name__)

_RANGE = re.compile(r"bytes=(\d+)-(\d*)")

#: The send buffer of a connection, in bytes: small, as what waits in it may never be read.
_BUFFER = 64 * 1024


class LoopbackServer:
    """An HTTP server on a loopback port. Each transfer has an address that cannot be guessed."""

    def __init__(self) -> None:
        self._transfers: dict[str, Transfer] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.transfers = self._transfers
        self._server.connections = set()
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="loopback", daemon=True
        )
        self._thread.start()

    def add(self, transfer: Transfer) -> str:
        """Serves a transfer; returns its address."""
        token = secrets.token_urlsafe(24)
        self._transfers[token] = transfer
        return f"http://127.0.0.1:{self._server.server_address[1]}/{token}"

    def remove(self, address: str) -> None:
        """Stops serving a transfer and closes it."""
        transfer = self._transfers.pop(address.rpartition("/")[2], None)
        if transfer is not None:
            transfer.close()

    def close_connections(self) -> None:
        """Closes all client connections."""
        for connection in list(self._server.connections):
            with suppress(OSError):  # already closed
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Stops the server and closes its transfers."""
        self.close_connections()
        self._server.shutdown()
        self._server.server_close()
        for transfer in list(self._transfers.values()):
            transfer.close()
        self._transfers.clear()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    transfers: dict[str, Transfer]
    connections: set[socket.socket]

    def handle_error(self, request: object, client_address: object) -> None:
        logger.debug("a client of the loopback server is gone", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self.server.connections.add(self.request)
        super().setup()

    def finish(self) -> None:
        self.server.connections.discard(self.request)
        super().finish()

    def do_GET(self) -> None:
        """Sends a range, or all, of a transfer."""
        self.close_connection = True
        transfer = self.server.transfers.get(self.path[1:])
        if transfer is None:
            self.send_error(404)
            return
        found = _RANGE.fullmatch(self.headers.get("Range", ""))
        first = int(found[1]) if found else 0
        try:
            data = transfer.read(first, _BUFFER)
        except FetchError:
            self.send_error(502)
            return
        size = transfer.size
        if found and not data and size is not None:
            self.send_response(416)
            self.send_header("Content-Range", f"bytes */{size}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        end = self._begin(first, int(found[2]) + 1 if found and found[2] else None, size, found)
        try:
            while data:
                if end is not None:
                    data = data[: end - first]
                self.wfile.write(data)
                first += len(data)
                if first == end:
                    return
                data = transfer.read(first, _BUFFER)
        except FetchError as error:
            logger.debug("a transfer broke off at byte %d: %s", first, error)

    def _begin(self, first: int, end: int | None, size: int | None, ranged: object) -> int | None:
        """Sends the headers; returns the end of the bytes to send, exclusive."""
        if size is None:
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            return end
        end = size if end is None else min(end, size)
        self.send_response(206 if ranged else 200)
        self.send_header("Accept-Ranges", "bytes")
        if ranged:
            self.send_header("Content-Range", f"bytes {first}-{end - 1}/{size}")
        self.send_header("Content-Length", str(end - first))
        self.send_header("Connection", "close")
        self.end_headers()
        return end

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing: the addresses are secret."""
