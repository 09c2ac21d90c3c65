"""A web site on the loopback: it serves videos with ranges, and fails in every way a real one does.

What it does for a path is set with :meth:`WebSite.behave`. It counts the bytes and the requests of
each path, so that a test can say what was fetched.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HTML = b"<!DOCTYPE html><html><head><title>Nothing here</title></head><body><p>Sorry.</body></html>"
TYPES = {".mp4": "video/mp4", ".webm": "video/webm", ".mkv": "video/x-matroska"}

#: Impatient, so that the tests are quick; the rules are the same.
QUICK: dict[str, Any] = {
    "pause": 0.0, "retries": 2, "backoff": 0.05, "throttle_wait": 0.2, "patience": 1.0, "stall": 2.0
}  # fmt: skip


@dataclass(frozen=True)
class Behaviour:
    """What a path does.

    Attributes:
        status: the answer; the rest counts for 200 only
        retry_after: the header of that name
        location: the header of that name
        body: what comes instead of the file, ``html`` for a page
        content_type: of the body, that of the file otherwise
        cut: how many bytes of an answer come before the connection ends
        stall: after how many bytes of an answer nothing more comes
        drip: the bytes a second, None for all at once
        ranges: whether ranges are served
        endless: whether bytes without end follow what is there; no length is told
        times: how many answers are like that before all is well, None for every one
        after: how many answers are well before
    """

    status: int = 200
    retry_after: str | None = None
    location: str | None = None
    body: bytes | None = None
    content_type: str | None = None
    cut: int | None = None
    stall: int | None = None
    drip: float | None = None
    ranges: bool = True
    endless: bool = False
    times: int | None = None
    after: int = 0


GOOD = Behaviour()


def name_of(value: object) -> str | None:
    """Returns what a behaviour is called in a test's name."""
    if isinstance(value, Behaviour):
        shown = [
            f"{k}={getattr(value, k)}"
            for k in ("status", "retry_after", "content_type", "cut", "stall", "drip", "ranges")
            if getattr(value, k) != getattr(Behaviour(), k)
        ]
        return ",".join(shown) or "html"
    return None


@dataclass
class Seen:
    """One request.

    Attributes:
        path: what was asked for
        at: when, on the monotonic clock
        headers: what came along
        status: what was answered
    """

    path: str
    at: float
    headers: dict[str, str]
    status: int = 0
    sent: int = 0


@dataclass
class WebSite:
    """A site that serves a folder.

    Attributes:
        folder: what it serves
        seen: every request, in order
        host: an address of the loopback
    """

    folder: Path
    seen: list[Seen] = field(default_factory=list)
    host: str = "127.0.0.1"

    def __post_init__(self) -> None:
        self._behaviours: dict[str, Behaviour] = {}
        self._default = GOOD
        self._counts: Counter[str] = Counter()
        self._files: dict[Path, tuple[int, memoryview]] = {}
        self._lock = threading.Lock()
        self.ended = threading.Event()
        self._server = _Server((self.host, 0), _Handler)
        self._server.site = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def __enter__(self) -> WebSite:
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def root(self) -> str:
        """The site's address."""
        return f"http://{self.host}:{self._server.server_address[1]}"

    @property
    def template(self) -> str:
        """The address of a video."""
        return f"{self.root}/{{id}}.mp4"

    def behave(self, name: str | None, behaviour: Behaviour) -> None:
        """Says what a file does from now on, or with None what all others do."""
        with self._lock:
            if name is None:
                self._default = behaviour
                self._behaviours.clear()
            else:
                self._behaviours[name] = behaviour
            self._counts.clear()

    def sent(self, name: str) -> int:
        """Returns how many bytes of a file were sent."""
        return sum(seen.sent for seen in self.seen if seen.path == f"/{name}")

    def asked(self, name: str) -> list[Seen]:
        """Returns the requests for a file."""
        return [seen for seen in self.seen if seen.path == f"/{name}"]

    def read(self, file: Path) -> memoryview:
        """Returns what is in a file, which is read again where it was changed."""
        changed = file.stat().st_mtime_ns
        with self._lock:
            if file not in self._files or self._files[file][0] != changed:
                self._files[file] = changed, memoryview(file.read_bytes())
            return self._files[file][1]

    def next(self, path: str) -> Behaviour:
        """Returns what the next answer to a path is like."""
        name = path[1:]
        with self._lock:
            behaviour = self._behaviours.get(name, self._default)
            self._counts[name] += 1
            place = self._counts[name] - 1 - behaviour.after
            good = place < 0 or (behaviour.times is not None and place >= behaviour.times)
            return Behaviour(ranges=behaviour.ranges) if good else behaviour


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    site: WebSite

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A reader that went away is no error of the site's."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        # What is counted as sent is what the reader took, give or take this.
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
        super().setup()

    def do_GET(self) -> None:
        site = self.server.site
        self.record = Seen(self.path, time.monotonic(), dict(self.headers.items()))
        site.seen.append(self.record)
        behaviour = site.next(self.path)
        file = site.folder / self.path[1:]
        if behaviour.status != 200:
            self._refuse(behaviour)
        elif behaviour.body is not None:
            body = memoryview(behaviour.body)
            self._answer(body, behaviour.content_type or "text/html", behaviour)
        elif file.is_file():
            kind = behaviour.content_type or TYPES.get(file.suffix, "application/octet-stream")
            self._answer(site.read(file), kind, behaviour)
        else:
            self._refuse(Behaviour(status=404))

    def _refuse(self, behaviour: Behaviour) -> None:
        self.record.status = behaviour.status
        self.send_response(behaviour.status)
        if behaviour.retry_after is not None:
            self.send_header("Retry-After", behaviour.retry_after)
        if behaviour.location is not None:
            self.send_header("Location", behaviour.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, data: memoryview, kind: str, behaviour: Behaviour) -> None:
        if behaviour.endless:
            self._go_on(data, kind)
            return
        found = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        size = len(data)
        first, status = 0, 200
        if found and behaviour.ranges:
            first = int(found[1])
            if first >= size:
                self._refuse(Behaviour(status=416))
                return
            end = min(size, int(found[2]) + 1) if found[2] else size
            data, status = data[first:end], 206
        self.record.status = status
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{first + len(data) - 1}/{size}")
        if behaviour.ranges:
            self.send_header("Accept-Ranges", "bytes")
        self.end_headers()
        self._send(data, behaviour)

    def _go_on(self, data: memoryview, kind: str) -> None:
        self.record.status = 200
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        while not self.server.site.ended.is_set():
            self.wfile.write(data)
            self.record.sent += len(data)
            data = memoryview(bytes(64 * 1024))

    def _send(self, data: memoryview, behaviour: Behaviour) -> None:
        whole = len(data)
        for limit in (behaviour.cut, behaviour.stall):
            if limit is not None:
                data = data[:limit]
        step = 16 * 1024 if behaviour.drip is None else max(1, int(behaviour.drip / 20))
        for place in range(0, len(data), step):
            piece = data[place : place + step]
            self.wfile.write(piece)
            self.record.sent += len(piece)
            if behaviour.drip is not None and self.server.site.ended.wait(0.05):
                return
        if behaviour.stall is not None:
            self.server.site.ended.wait(60)
        if len(data) < whole:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """The tests look at what was seen."""
