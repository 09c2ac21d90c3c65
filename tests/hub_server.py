"""A Hugging Face Hub on the loopback: what `huggingface_hub` reads from one and pushes to one.

It keeps repositories in memory, each a list of commits, and speaks the Hub's own HTTP: the
repository, its tree and its paths at a revision, files with ranges and ETags, and for a push the
creation, the preupload, LFS and the commit. A private repository is not there without its owner's
token. :meth:`Hub.fail` makes it answer 429 or 5xx, and :attr:`Hub.seen` says what was asked.

Use it as a context manager, in a subprocess that has :attr:`Hub.environment`: the client reads
``HF_ENDPOINT`` when it is imported.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

OWNER, TOKEN = "someone", "hf_loopback"
#: Files of these kinds go through LFS, as the Hub's `.gitattributes` has it; so does what is large.
LFS_SUFFIXES = (".mp4", ".webm", ".gif", ".png", ".parquet", ".zip", ".npy")
LFS_BYTES = 10_000_000


@dataclass(frozen=True)
class Blob:
    """A file's content.

    Attributes:
        data: its bytes
        lfs: whether it came through LFS
    """

    data: bytes
    lfs: bool

    @property
    def sha256(self) -> str:
        """What LFS knows it by."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def oid(self) -> str:
        """What git knows it by."""
        head = f"blob {len(self.data)}\0".encode()
        return hashlib.sha1(head + self.data, usedforsecurity=False).hexdigest()

    @property
    def etag(self) -> str:
        """What tells it from others in an answer."""
        return self.sha256 if self.lfs else self.oid


@dataclass
class Repo:
    """A dataset repository: its commits, the last one being `main`."""

    private: bool = False
    commits: list[tuple[str, str, dict[str, Blob]]] = field(default_factory=list)
    refs: dict[str, str] = field(default_factory=dict)

    def commit(self, message: str, files: dict[str, Blob]) -> str:
        """Adds a commit of these files, and returns its id."""
        names = "".join(f"{path}:{blob.oid}\n" for path, blob in sorted(files.items()))
        text = f"{len(self.commits)}\n{message}\n{names}"
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.commits.append((sha, message, files))
        return sha

    def at(self, revision: str) -> tuple[str, dict[str, Blob]] | None:
        """Returns a revision's id and files, None where there is no such revision."""
        revision = self.refs.get(revision, revision)
        for sha, _, files in reversed(self.commits):
            if revision in ("main", sha):
                return sha, files
        return None


@dataclass
class Failure:
    """An answer that comes instead of another, some times."""

    pattern: str
    status: int
    times: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"not now"


@dataclass
class Hub:
    """The Hub, running while it is entered."""

    repos: dict[str, Repo] = field(default_factory=dict)
    storage: dict[str, bytes] = field(default_factory=dict)
    #: Method, path and status of each answer, in order.
    seen: list[tuple[str, str, int]] = field(default_factory=list)
    #: Bytes of the answers' bodies, by path.
    sent: Counter[str] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Hub:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._server.hub = self  # type: ignore[attr-defined]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def endpoint(self) -> str:
        """Its address, for ``HF_ENDPOINT``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to use this Hub as its owner, and no other."""
        return {
            "HF_ENDPOINT": self.endpoint,
            "HF_TOKEN": TOKEN,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_XET": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        }

    def add(self, repo_id: str, files: Mapping[str, bytes | Path], private: bool = False) -> str:
        """Commits files to a repository, which is made if needed; returns the commit's id."""
        repo = self.repos.setdefault(repo_id, Repo(private))
        known = dict(repo.commits[-1][2]) if repo.commits else {}
        for path, content in files.items():
            data = content if isinstance(content, bytes) else content.read_bytes()
            known[path] = Blob(data, _is_lfs(path, len(data)))
        return repo.commit("add", known)

    def files(self, repo_id: str) -> dict[str, bytes]:
        """Returns the files of a repository's `main`."""
        return {path: blob.data for path, blob in self.repos[repo_id].commits[-1][2].items()}

    def fail(
        self, pattern: str, status: int, times: int, body: bytes = b"not now", **headers: str
    ) -> None:
        """Answers ``status`` to the next requests whose "METHOD path" the pattern finds.

        Underscores in the headers' names are dashes: ``Retry_After="1"``.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.failures.append(Failure(pattern, status, times, named, body))

    def asked(self, pattern: str, status: int | None = None) -> int:
        """Returns how many requests the pattern finds, of those that ended in ``status``."""
        found = (code for method, path, code in self.seen if re.search(pattern, f"{method} {path}"))
        return sum(1 for code in found if status in (None, code))

    def take_failure(self, request: str) -> Failure | None:
        """Returns the failure that is due for a request."""
        with self.lock:
            for failure in self.failures:
                if failure.times > 0 and re.search(failure.pattern, request):
                    failure.times -= 1
                    return failure
        return None


def _is_lfs(path: str, size: int) -> bool:
    return path.endswith(LFS_SUFFIXES) or size > LFS_BYTES


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: :attr:`Hub.seen` has it."""

    @property
    def hub(self) -> Hub:
        return self.server.hub  # type: ignore[attr-defined, no-any-return]

    def _answer(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        self.query = parse_qs(parts.query)
        failure = self.hub.take_failure(f"{self.command} {unquote(parts.path)}")
        if failure is not None:
            self._send(failure.status, failure.body, dict(failure.headers))
            return
        path = unquote(parts.path).strip("/")
        for pattern, handle in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match:
                with self.hub.lock:
                    answer = handle(self, **match.groupdict())
                self._send(*answer)
                return
        self._send(404, b"nothing here")

    def _send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        path = unquote(urlsplit(self.path).path)
        self.hub.seen.append((self.command, path, status))
        if self.command != "HEAD":
            self.hub.sent[path] += len(body)
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _allowed(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def repo(self, repo_id: str) -> Repo | None:
        found = self.hub.repos.get(repo_id)
        return found if found and (self._allowed() or not found.private) else None


Answer = tuple[int, bytes, dict[str, str]]


def _json(value: Any, status: int = 200) -> Answer:
    return status, json.dumps(value).encode(), {"Content-Type": "application/json"}


def _missing(what: str) -> Answer:
    return 404, b"not found", {"X-Error-Code": what, "X-Error-Message": what}


def _whoami(request: _Handler) -> Answer:
    if not request._allowed():
        return _json({"error": "Invalid credentials"}, 401)
    return _json({"type": "user", "name": OWNER, "orgs": [{"name": "an-org"}]})


def _create(request: _Handler) -> Answer:
    asked = json.loads(request.body)
    repo_id = f"{asked.get('organization') or OWNER}/{asked['name']}"
    if not request._allowed():
        return _json({"error": "Invalid credentials"}, 401)
    url = {"url": f"{request.hub.endpoint}/datasets/{repo_id}", "name": repo_id}
    if repo_id in request.hub.repos:
        return _json(url | {"error": "You already created this dataset repo"}, 409)
    private = asked.get("private") or asked.get("visibility") == "private"
    repo = request.hub.repos[repo_id] = Repo(bool(private))
    rules = "".join(f"*{suffix} filter=lfs diff=lfs merge=lfs -text\n" for suffix in LFS_SUFFIXES)
    repo.commit("initial commit", {".gitattributes": Blob(rules.encode(), False)})
    return _json(url)


def _info(request: _Handler, repo_id: str, revision: str | None = None) -> Answer:
    repo = request.repo(repo_id)
    if repo is None:
        return _missing("RepoNotFound")
    found = repo.at(revision or "main")
    if found is None:
        return _missing("RevisionNotFound")
    sha, files = found
    siblings = [{"rfilename": path} for path in files]
    about: dict[str, Any] = {
        "gated": False,
        "disabled": False,
        "downloads": 0,
        "likes": 0,
        "tags": [],
    }
    return _json(
        {"id": repo_id, "sha": sha, "private": repo.private, "siblings": siblings, **about}
    )


def _tree(request: _Handler, repo_id: str, revision: str, path: str | None = None) -> Answer:
    repo = request.repo(repo_id)
    found = repo.at(revision) if repo else None
    if found is None:
        return _missing("RevisionNotFound" if repo else "RepoNotFound")
    entries = _entries(found[1])
    folder = f"{path.strip('/')}/" if path else ""
    if folder and not any(name.startswith(folder) for name in entries):
        return _missing("EntryNotFound")
    deep = request.query.get("recursive", ["false"])[0].lower() == "true"
    below = [name for name in entries if name.startswith(folder)]
    return _json([entries[n] for n in below if deep or "/" not in n[len(folder) :]])


def _paths(request: _Handler, repo_id: str, revision: str) -> Answer:
    repo = request.repo(repo_id)
    found = repo.at(revision) if repo else None
    if found is None:
        return _missing("RevisionNotFound" if repo else "RepoNotFound")
    entries = _entries(found[1])
    if "json" in request.headers.get("Content-Type", ""):
        wanted = json.loads(request.body)["paths"]
    else:
        wanted = parse_qs(request.body.decode()).get("paths", [])
    return _json([entries[path] for path in wanted if path in entries])


def _entries(files: Mapping[str, Blob]) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    for path, blob in sorted(files.items()):
        for parent in list(Path(path).parents)[-2::-1]:
            entries[str(parent)] = {"type": "directory", "path": str(parent), "oid": "0", "size": 0}
        size = len(blob.data)
        entries[path] = {"type": "file", "path": path, "oid": blob.oid, "size": size}
        if blob.lfs:
            entries[path]["lfs"] = {"oid": blob.sha256, "size": size, "pointerSize": 130}
    return entries


def _resolve(request: _Handler, repo_id: str, revision: str, path: str) -> Answer:
    repo = request.repo(repo_id)
    found = repo.at(revision) if repo else None
    if found is None:
        return _missing("RevisionNotFound" if repo else "RepoNotFound")
    sha, files = found
    if path not in files:
        status, body, headers = _missing("EntryNotFound")
        return status, body, headers | {"X-Repo-Commit": sha}
    blob = files[path]
    headers = {"X-Repo-Commit": sha, "ETag": f'"{blob.etag}"', "Accept-Ranges": "bytes"}
    if blob.lfs:
        headers |= {"X-Linked-Etag": f'"{blob.etag}"', "X-Linked-Size": str(len(blob.data))}
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
    if asked is None:
        return 200, blob.data, headers
    first, last = int(asked[1]), min(int(asked[2] or len(blob.data)), len(blob.data) - 1)
    if first > last:
        return 416, b"", headers | {"Content-Range": f"bytes */{len(blob.data)}"}
    headers["Content-Range"] = f"bytes {first}-{last}/{len(blob.data)}"
    return 206, blob.data[first : last + 1], headers


def _preupload(request: _Handler, repo_id: str, revision: str) -> Answer:
    repo = request.repo(repo_id)
    if repo is None or not request._allowed():
        return _missing("RepoNotFound")
    files = repo.commits[-1][2]
    modes = []
    for asked in json.loads(request.body)["files"]:
        path = asked["path"]
        mode: dict[str, Any] = {"path": path, "shouldIgnore": False}
        mode["uploadMode"] = "lfs" if _is_lfs(path, asked["size"]) else "regular"
        if path in files:
            mode["oid"] = files[path].etag
        modes.append(mode)
    return _json({"files": modes})


def _lfs(request: _Handler, repo_id: str) -> Answer:
    if request.repo(repo_id) is None or not request._allowed():
        return _missing("RepoNotFound")
    objects = []
    for asked in json.loads(request.body)["objects"]:
        each: dict[str, Any] = {"oid": asked["oid"], "size": asked["size"]}
        if asked["oid"] not in request.hub.storage:
            each["actions"] = {"upload": {"href": f"{request.hub.endpoint}/lfs/{asked['oid']}"}}
        objects.append(each)
    return _json({"transfer": "basic", "objects": objects})


def _store(request: _Handler, oid: str) -> Answer:
    if hashlib.sha256(request.body).hexdigest() != oid:
        return 400, b"not what it says it is", {}
    request.hub.storage[oid] = request.body
    return 200, b"", {}


def _commit(request: _Handler, repo_id: str, revision: str) -> Answer:
    repo = request.repo(repo_id)
    if repo is None or not request._allowed():
        return _missing("RepoNotFound")
    files, message = dict(repo.commits[-1][2]), ""
    for line in request.body.splitlines():
        row = json.loads(line)
        key, value = row["key"], row["value"]
        if key == "header":
            message = value["summary"]
        elif key == "file":
            files[value["path"]] = Blob(base64.b64decode(value["content"]), False)
        elif key == "lfsFile":
            if value["oid"] not in request.hub.storage:
                return _json({"error": f"{value['path']} was not uploaded"}, 400)
            files[value["path"]] = Blob(request.hub.storage[value["oid"]], True)
        elif key == "deletedFile":
            del files[value["path"]]
        else:
            return _json({"error": f"what is {key}?"}, 400)
    sha = repo.commit(message, files)
    url = f"{request.hub.endpoint}/datasets/{repo_id}/commit/{sha}"
    return _json({"success": True, "commitOid": sha, "commitUrl": url})


def _validate(request: _Handler) -> Answer:
    return _json({"errors": [], "warnings": []})


_REPO = r"(?P<repo_id>[^/]+/[^/]+)"
_REVISION = r"(?P<revision>[^/]+)"
_ROUTES: tuple[tuple[str, Any], ...] = (
    ("api/whoami-v2", _whoami),
    ("api/repos/create", _create),
    ("api/validate-yaml", _validate),
    (f"api/datasets/{_REPO}", _info),
    (f"api/datasets/{_REPO}/revision/{_REVISION}", _info),
    (f"api/datasets/{_REPO}/tree/{_REVISION}(/(?P<path>.+))?", _tree),
    (f"api/datasets/{_REPO}/paths-info/{_REVISION}", _paths),
    (f"api/datasets/{_REPO}/preupload/{_REVISION}", _preupload),
    (f"api/datasets/{_REPO}/commit/{_REVISION}", _commit),
    (f"datasets/{_REPO}/resolve/{_REVISION}/(?P<path>.+)", _resolve),
    (f"api/models/{_REPO}/revision/{_REVISION}", _info),
    (f"api/models/{_REPO}/tree/{_REVISION}(/(?P<path>.+))?", _tree),
    (f"{_REPO}/resolve/{_REVISION}/(?P<path>.+)", _resolve),  # of a model
    (f"datasets/{_REPO}\\.git/info/lfs/objects/batch", _lfs),
    ("lfs/(?P<oid>[0-9a-f]{64})", _store),
)
