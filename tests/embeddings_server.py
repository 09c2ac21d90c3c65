"""An OpenAI-compatible service on the loopback, which embeds texts by their letters."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

DIMENSION = 26


def vector(text: str) -> list[float]:
    """Returns how often each letter is in a text, and one."""
    return [text.lower().count(chr(97 + i)) + 1.0 for i in range(DIMENSION)]


@dataclass
class Seen:
    """A request: its path, its headers and its texts."""

    path: str
    headers: dict[str, str]
    model: str
    texts: list[str]


@dataclass
class EmbeddingsServer:
    """Use it as a context manager.

    Attributes:
        seen: the requests
        faults: answers that come first: status, headers and body
        change: makes another answer of a good one
        drip: whether an answer comes byte by byte, without end
    """

    seen: list[Seen] = field(default_factory=list)
    faults: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    change: Any = None
    drip: bool = False

    @property
    def address(self) -> str:
        """What an encoder is given."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> EmbeddingsServer:
        service = self
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    seen = Seen(self.path, dict(self.headers), body["model"], body["input"])
                    service.seen.append(seen)
                    fault = service.faults.pop(0) if service.faults else None
                if service.drip:
                    self.drip()
                elif fault is not None:
                    self.answer(*fault)
                else:
                    rows = [
                        {"object": "embedding", "index": i, "embedding": vector(text)}
                        for i, text in enumerate(body["input"])
                    ]
                    # Last first: the index counts, not the order.
                    good = {"object": "list", "model": body["model"], "data": rows[::-1]}
                    answer = service.change(good) if service.change else good
                    sent = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                    self.answer(200, {}, sent)

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def drip(self) -> None:
                self.send_response(200)
                self.send_header("Connection", "close")
                self.end_headers()
                try:
                    while service.drip:
                        self.wfile.write(b" ")
                        time.sleep(0.01)
                except OSError:
                    pass

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.drip = False
        self._server.shutdown()
        self._server.server_close()
