"""An OpenAI-compatible service on the loopback that says what it was shown, or was told."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

Fault = tuple[int, dict[str, str], bytes]

#: No answer at all, until the client hangs up.
SILENCE: Fault = (0, {}, b"")


@dataclass
class Question:
    """A request that is as OpenAI's schema says.

    Attributes:
        headers: of the request
        body: the same, parsed
        model: that is asked
        prompt: the text after the pictures, or alone
        pictures: their sizes, width first; none if a text was sent alone
        digest: of the prompt and the pictures
    """

    headers: dict[str, str]
    body: dict[str, Any]
    model: str
    prompt: str
    pictures: list[tuple[int, int]]
    digest: str


def read_question(headers: dict[str, str], body: dict[str, Any]) -> Question:
    """Parses a request; fails if it is not as the schema says."""
    assert set(body) - {"response_format"} == {"model", "messages", "max_tokens", "temperature"}
    assert isinstance(body["max_tokens"], int) and body["temperature"] == 0
    (message,) = body["messages"]
    assert set(message) == {"role", "content"} and message["role"] == "user"
    if isinstance(message["content"], str):
        return _read_text(headers, body, message["content"])
    assert "response_format" not in body
    *images, text = message["content"]
    assert text.keys() == {"type", "text"} and text["type"] == "text" and images
    digest, sizes = hashlib.sha256(text["text"].encode()), []
    for image in images:
        assert image.keys() == {"type", "image_url"} and image["type"] == "image_url"
        kind, data = image["image_url"]["url"].split(",")
        assert kind == "data:image/jpeg;base64"
        file = base64.b64decode(data, validate=True)
        picture = Image.open(io.BytesIO(file))
        assert picture.format == "JPEG"
        picture.load()
        sizes.append(picture.size)
        digest.update(file)
    return Question(headers, body, body["model"], text["text"], sizes, digest.hexdigest())


def _read_text(headers: dict[str, str], body: dict[str, Any], text: str) -> Question:
    wanted = body.get("response_format")
    if wanted is not None:
        assert wanted.keys() == {"type", "json_schema"} and wanted["type"] == "json_schema"
        named = wanted["json_schema"]
        assert named.keys() == {"name", "strict", "schema"} and named["strict"] is True
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Question(headers, body, body["model"], text, [], digest)


def answer_of(question: Question) -> str:
    """Returns what the service says: of pictures a caption, of a text JSON as the schema wants."""
    if not question.pictures:
        return json.dumps(annotation_of(question.digest), ensure_ascii=False)
    return f"{len(question.pictures)} pictures {question.digest[:12]}"


def annotation_of(digest: str) -> dict[str, dict[str, str]]:
    """Returns the annotation that a question gets; one of four has no action."""
    texts = {name: f"{name} {digest[:12]}" for name in ("brief", "detailed", "actor")}
    action = dict.fromkeys(texts, "N/A") if digest[0] in "0123" else texts
    return {"summary": {name: texts[name] for name in ("brief", "detailed")}, "action": action}


@dataclass
class ChatServer:
    """Use it as a context manager.

    Attributes:
        asked: the requests
        answered: the digests of those that got a good answer
        wrong: what was wrong with requests that are not as the schema says
        fault: tells from a request whether another answer comes instead of a good one
        say: makes the text of an answer
        release: set, a :data:`SILENCE` ends
    """

    asked: list[Question] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    fault: Callable[[Question], Fault | None] = lambda question: None
    say: Callable[[Question], Any] = answer_of
    release: threading.Event = field(default_factory=threading.Event)

    @property
    def address(self) -> str:
        """What a captioner is given, without the model."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> ChatServer:
        service = self
        lock = threading.Lock()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    assert self.path == "/v1/chat/completions"
                    question = read_question(dict(self.headers), json.loads(body))
                except Exception as error:
                    service.wrong.append(repr(error))
                    self.answer(400, {}, b'{"error": {"message": "not as the schema says"}}')
                    return
                with lock:
                    if self.has_hung_up():  # killed, before a busy machine came to its request
                        self.close_connection = True
                        return
                    service.asked.append(question)
                    fault = service.fault(question)
                    if fault is None:
                        service.answered.append(question.digest)
                if fault is SILENCE:
                    service.release.wait(600)
                    self.close_connection = True
                elif fault is not None:
                    self.answer(*fault)
                else:
                    message = {"role": "assistant", "content": service.say(question)}
                    choice = {"index": 0, "finish_reason": "stop", "message": message}
                    good = {"object": "chat.completion", "choices": [choice]}
                    self.answer(200, {}, json.dumps(good).encode())

            def has_hung_up(self) -> bool:
                try:
                    return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
                except BlockingIOError:
                    return False
                except OSError:
                    return True

            def answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # the client was killed
                    self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.release.set()
        self._server.shutdown()
        self._server.server_close()
