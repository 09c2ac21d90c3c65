"""Reads files of dataset repositories on the Hugging Face Hub by ranges, without storing them.

huggingface_hub's filesystem lists and reads them, so ``HF_ENDPOINT``, ``HF_TOKEN`` and a stored
login apply, and it retries timeouts, broken connections and responses of 429 and 5xx, with growing
pauses. A revision is resolved once: a run reads one commit, whatever is pushed meanwhile.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, BinaryIO

from .hub_client import UNREADABLE, HubError, watched
from .hub_names import wrong_with
from .items import error_text

if TYPE_CHECKING:
    from huggingface_hub import HfFileSystem

logger = logging.getLogger(__name__)

SCHEME = "hf://"
_DATASETS = "datasets/"
_NAME = r"[A-Za-z0-9][\w.-]{0,95}"
_REPO = re.compile(rf"{_NAME}/{_NAME}", re.ASCII)
#: A branch, a tag, a commit, or what the Hub keeps under ``refs/``.
_REVISION = re.compile(r"refs/(?:convert|pr)/[\w.-]+|[A-Za-z0-9][\w.%-]*", re.ASCII)
#: A revision given by itself: a branch's name may then contain slashes.
_REVISION_ALONE = re.compile(r"[A-Za-z0-9](?!.*(?:\.\.|//))[\w./-]*", re.ASCII)

#: Bytes that a line-by-line reader fetches at once.
_BLOCK = 1 << 20

#: The largest gap between two ranges that is fetched along with them, and the largest request, both
#: in bytes.
_GAP, _MOST = 128 << 10, 16 << 20

#: Reasons of a :class:`HubError` where a later run may succeed, and all reasons. They are about
#: files, not about videos.
TRANSIENT = frozenset({"hub-network", "hub-throttled"})
REASONS = TRANSIENT | {"hub-denied", "hub-missing", "hub-offline", "hub-refused"}


@dataclass(frozen=True)
class HubSource:
    """A dataset repository, or a part of one.

    Attributes:
        repo: its id, ``organisation/name``
        revision: a branch, tag or commit; None for the default branch
        pattern: a file, a folder or a glob in it; empty for all of it
    """

    repo: str
    revision: str | None = None
    pattern: str = ""

    def __str__(self) -> str:
        at = f"@{self.revision}" if self.revision else ""
        return f"{SCHEME}{_DATASETS}{self.repo}{at}" + (f"/{self.pattern}" if self.pattern else "")


@dataclass(frozen=True)
class HubFile:
    """One file of a repository at one commit; used like a local ``Path``.

    Attributes:
        source: the repository, as the user named it
        path: the file's path in it
        commit: the commit to read
        size: in bytes
        token: the access token; None for the one that huggingface_hub finds
    """

    source: HubSource
    path: str
    commit: str
    size: int
    token: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return str(HubSource(self.source.repo, self.source.revision, self.path))

    @property
    def suffix(self) -> str:
        """The file name's last suffix, with its dot."""
        return PurePosixPath(self.path).suffix

    def open_ranges(self) -> HubReader:
        """Opens the file for reads of exactly the requested ranges.

        Raises:
            HubError: if it cannot be opened
        """
        address = f"{_DATASETS}{self.source.repo}@{self.commit}/{self.path}"
        with _named(str(self)):
            handle = _filesystem(self.token).open(
                address, "rb", cache_type="none", size=self.size, expand_info=False
            )
        return HubReader(handle, str(self), self.size)

    def open(self) -> BinaryIO:
        """Opens the file for reading from its start to its end.

        Raises:
            HubError: if it cannot be opened
        """
        return io.BufferedReader(self.open_ranges(), _BLOCK)


class HubReader(io.RawIOBase):
    """Reads a file of the Hub; each read is one request, unless its range was prefetched.

    Attributes:
        fetched: bytes fetched so far
    """

    def __init__(self, handle: Any, name: str, size: int) -> None:
        super().__init__()
        self.fetched = 0
        self._prefetched: list[tuple[int, bytes]] = []
        self._handle, self._name, self._size, self._at = handle, name, size, 0

    def readable(self) -> bool:
        """Returns True."""
        return True

    def seekable(self) -> bool:
        """Returns True."""
        return True

    def tell(self) -> int:
        """Returns the offset of the next read, in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Changes the offset; fetches nothing."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def read(self, size: int | None = -1) -> bytes:
        """Reads up to ``size`` bytes.

        Raises:
            HubError: if they cannot be fetched
        """
        left = max(0, self._size - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        if not wanted:
            return b""
        data = self._from_prefetched(self._at, wanted) or self._fetch(self._at, wanted)
        self._at += wanted
        return data

    def prefetch(self, ranges: Iterable[tuple[int, int]]) -> None:
        """Fetches ranges that will be read, and drops those prefetched before.

        Ranges close to each other are fetched in one request, which is faster than two; the gaps
        never take more bytes than the ranges before them. pyarrow's own ``pre_buffer`` only merges
        over gaps of 8 kB, which takes 20 times the requests for small row groups; and a request to
        the Hub is two round trips and counts towards its rate limit.

        Args:
            ranges: the start and the exclusive end of each, in order

        Raises:
            HubError: if one cannot be fetched
        """
        self._prefetched = []
        merged: list[tuple[int, int]] = []
        wanted = 0
        for start, end in ranges:
            first, last = merged[-1] if merged else (0, start + 1)
            gap = start - last
            if 0 <= gap <= min(_GAP, wanted) and end - first <= _MOST:
                merged[-1] = (first, end)
                wanted += end - start
            else:
                merged.append((start, end))
                wanted = end - start
        self._prefetched = [(start, self._fetch(start, end - start)) for start, end in merged]

    def _from_prefetched(self, start: int, size: int) -> bytes:
        for first, data in self._prefetched:
            if first <= start and start + size <= first + len(data):
                return data[start - first : start - first + size]
        return b""

    def _fetch(self, start: int, size: int) -> bytes:
        with _named(self._name):
            self._handle.seek(start)
            data: bytes = self._handle.read(size)
        if len(data) != size:
            raise HubError(
                "hub-network",
                f"{self._name}: the server sent {len(data)} bytes in place of {size} from byte "
                f"{start} on: it may not support ranges",
            )
        self.fetched += size
        return data

    def readinto(self, buffer: Any) -> int:
        """Reads into a buffer."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Closes the file and logs how much was fetched."""
        if not self.closed:
            logger.debug("%s: %d of %d bytes fetched", self._name, self.fetched, self._size)
            self._handle.close()
        super().close()


def parse_source(source: str, revision: str | None = None) -> HubSource | None:
    """Returns the repository that a source names, None if it does not look like one.

    Args:
        source: ``organisation/name``, or ``hf://datasets/organisation/name``, optionally with
            ``@revision`` and a file, a folder or a glob
        revision: a branch, tag or commit, if the source names none

    Raises:
        ValueError: if an address that begins with ``hf://``, or the revision, is invalid
    """
    if revision is not None and not _REVISION_ALONE.fullmatch(revision):
        raise ValueError(f"{revision!r} is not the name of a branch, tag or commit")
    if not source.startswith(SCHEME):
        return HubSource(source, revision) if _REPO.fullmatch(source) else None
    rest = source[len(SCHEME) :].removeprefix(_DATASETS).rstrip("/")
    found = re.fullmatch(rf"({_REPO.pattern})(?:@({_REVISION.pattern}))?(?:/(.*))?", rest)
    pattern = (found[3] or "") if found else ".."
    if not found or ".." in PurePosixPath(pattern).parts:
        raise ValueError(
            f"{source} is not an address in a dataset repository: give "
            "hf://datasets/ORGANISATION/NAME, optionally with @REVISION and /FOLDER/*.parquet"
        )
    named = found[2].replace("%2F", "/").replace("%2f", "/") if found[2] else None
    if named and revision and named != revision:
        raise ValueError(
            f"{source} names the revision {named}, but the revision given is {revision}"
        )
    return HubSource(found[1], named or revision, pattern)


def list_files(source: HubSource, token: str | None = None) -> list[HubFile]:
    """Returns the files of a repository that a source names, sorted.

    Args:
        source: from :func:`parse_source`
        token: an access token; None for the one in the environment or of a login

    Raises:
        HubError: if the Hub does not answer, or has no such repository or revision
    """
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    matches = _pattern(source.pattern)
    with _named(str(source)):
        api = HfApi(token=token)
        commit = check_commit(api.dataset_info(source.repo, revision=source.revision).sha)
        tree = api.list_repo_tree(source.repo, recursive=True, revision=commit, repo_type="dataset")
        found = [(e.path, int(e.size)) for e in tree if isinstance(e, RepoFile) and matches(e.path)]
        for path, size in found:
            if (wrong := wrong_with(path)) or size < 0:
                raise ValueError(f"it lists {path!r}, which {wrong or 'has no size'}")
    return [HubFile(source, path, commit, size, token) for path, size in sorted(found)]


def check_commit(commit: object) -> str:
    """Returns a commit id from the Hub.

    Raises:
        ValueError: if it is not one
    """
    if not isinstance(commit, str) or not re.fullmatch(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", commit):
        raise ValueError(f"it names {commit!r:.100} as its commit, which is not a commit id")
    return commit


def _pattern(pattern: str) -> Callable[[str], object]:
    """Returns a predicate for paths that match a pattern or lie below a match."""
    parts = []
    for piece in re.split(r"(\*\*/|\*\*|\*|\?|\[[^/\]]+\])", pattern):
        known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
        is_set = piece.startswith("[") and piece.endswith("]")
        kept = piece.replace("\\", "\\\\").replace("[!", "[^", 1) if is_set else re.escape(piece)
        parts.append(known.get(piece, kept))
    try:
        return re.compile("".join(parts) + r"(?:/.*)?" if pattern else ".*", re.DOTALL).fullmatch
    except re.error as error:
        raise HubError("hub-missing", f"{pattern} is not a valid glob: {error}") from None


@cache
def _filesystem(token: str | None) -> HfFileSystem:
    from huggingface_hub import HfFileSystem

    return HfFileSystem(token=token, skip_instance_cache=True)


@contextmanager
def _named(what: str) -> Iterator[None]:
    """Turns huggingface_hub's errors into :class:`HubError`, with a name in front."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    # The HTTP client's own error differs between versions.
    known: tuple[type[Exception], ...] = (
        OSError,
        *(base for base in HfHubHTTPError.__bases__ if issubclass(base, Exception)),
    )
    try:
        with watched():
            yield
    except HubError as error:
        if what in str(error):
            raise
        raise HubError(error.reason, f"{what}: {error}") from error
    except OfflineModeIsEnabled as error:
        message = f"{what}: HF_HUB_OFFLINE is set; unset it to read from the Hub"
        raise HubError("hub-offline", message) from error
    except known as error:
        cause = error if isinstance(error, HfHubHTTPError) else error.__cause__ or error
        status = getattr(getattr(cause, "response", None), "status_code", None)
        raise HubError(_reason(status), f"{what}: {error_text(cause)}") from error
    except UNREADABLE as error:
        message = f"{what}: the Hub's response is invalid: {error_text(error)}"
        raise HubError("hub-refused", message) from error


def _reason(status: int | None) -> str:
    if status is None or status >= 500:
        return "hub-network"
    known = {429: "hub-throttled", 401: "hub-denied", 403: "hub-denied", 404: "hub-missing"}
    return known.get(status, "hub-refused")
