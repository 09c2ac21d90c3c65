"""Makes clips of videos on the web: requests are paced, and only the clip's part is downloaded.

::

    gate ──> yt-dlp finds the media ──> relay on the loopback ──> make_clip ──> clip
      ^                                    │
      └── throttled: closed for all ◄──────┴── other failures: retried, or classified

Only the finished clip gets a name on the disk.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from ..acquire.disk import check_room
from ..acquire.gate import Gate, RateLimit
from ..acquire.loopback import LoopbackServer
from ..acquire.options import FetchOptions
from ..acquire.outcomes import (
    BAD_MEDIA,
    BLOCKED,
    CANCELLED,
    DISK_FULL,
    NETWORK,
    THROTTLED,
    FetchError,
)
from ..acquire.resolve import Media, Session
from ..acquire.segmented import SegmentedTransfer
from ..acquire.transfer import Transfer
from .clips.make import make_clip
from .clips.media import Clip, ClipError, ClipSettings, RemoteVideo

logger = logging.getLogger(__name__)

#: Refusals in a row after which other videos are tried before this one.
_REFUSALS = 3

#: Outcomes of clips that fail for other reasons than bad media.
_OUTCOMES = {"disk-full": DISK_FULL, "timeout": NETWORK}


class WebVideos:
    """The videos of a site, by id. Thread-safe; each thread has a session of its own.

    Args:
        options: how to fetch
        settings: how clips are made
        folder: folder of the nameless files that hold bytes while a clip is made
    """

    def __init__(self, options: FetchOptions, settings: ClipSettings, folder: Path) -> None:
        self.options = options
        self.settings = settings
        self.folder = folder
        self.gate = Gate(options)
        self._limit = RateLimit(options.rate_limit, self.gate)
        self._local = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[Session] = []
        self._open: set[Transfer] = set()
        self._relay: LoopbackServer | None = None
        # Number of the site's answers when a video was first refused; which were postponed.
        self._refused: dict[str, int] = {}
        self._postponed: set[str] = set()

    def __enter__(self) -> WebVideos:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def make(self, uid: str, target: Path, finest: float | None = None) -> Clip:
        """Makes the clip of a video.

        Args:
            uid: its id
            target: the clip's path
            finest: the shortest span that should have a frame, in seconds

        Returns:
            the clip's properties

        Raises:
            FetchError: if there is no clip; ``later`` is set if the video was refused several
                times and others should be tried first
        """
        address = self.options.address(uid)
        self._session()  # before the gate: opening one takes a second, which would blur the pauses
        failures = refusals = 0
        try:
            while True:
                self.gate.enter(uid)
                try:
                    check_room(self.folder, 1, 0, self.options.reserve)
                    clip = self._attempt(uid, address, target, finest)
                except FetchError as error:
                    if error.outcome == THROTTLED:
                        refusals += 1
                        self._refused.setdefault(uid, self.gate.answers)
                        self.gate.report_throttled(uid, str(error), error.retry_after)
                        if refusals < _REFUSALS and not self.gate.exhausted:
                            continue
                        error.later = self._is_later(uid)
                        raise
                    failures += 1
                    if error.outcome != NETWORK or error.tried:
                        raise
                    if failures > self.options.retries:
                        raise
                    logger.debug("%s: %s; retrying", address, error)
                    self.gate.release(uid)
                    self.gate.pause(self.options.backoff * 2 ** (failures - 1))
                else:
                    return clip
        finally:
            self.gate.release(uid)

    def _is_later(self, uid: str) -> bool:
        """Returns whether a refused video may succeed later in this run.

        It may, once, and while the site refuses everything. If the site has answered requests for
        others since the video was first refused, the refusal is about this video.
        """
        with self._lock:
            again = uid in self._postponed
            self._postponed.add(uid)
        answered = self.gate.answers != self._refused[uid]
        return not self.gate.exhausted and not (again and answered)

    def stop(self) -> None:
        """Ends all transfers, in every thread, and allows no new ones."""
        self.gate.stop()
        with self._lock:
            transfers, relay = list(self._open), self._relay
        for transfer in transfers:
            transfer.close()
        if relay:
            relay.close_connections()

    def close(self) -> None:
        """Stops, and closes all connections."""
        self.stop()
        with self._lock:
            relay, self._relay = self._relay, None
            sessions, self._sessions = self._sessions, []
        if relay:
            relay.close()
        for session in sessions:
            session.close()

    def _attempt(self, uid: str, address: str, target: Path, finest: float | None) -> Clip:
        session = self._session()
        try:
            media = session.resolve(address)
        except FetchError as error:
            self._weigh(uid, error)
            raise
        with self._served(session, media) as (remote, transfers):
            try:
                clip = make_clip(remote, target, self.settings, finest)
            except ClipError as error:
                for transfer in transfers:
                    if transfer.error is not None:
                        raise self._in_transfer(uid, transfer.error) from error
                self.gate.report_success(uid)
                raise self._of_clip(error) from error
            except FetchError as error:
                raise self._in_transfer(uid, error) from error
        self.gate.report_success(uid)
        return clip

    def _weigh(self, uid: str, error: FetchError) -> None:
        """Reports an answer to the gate; treats repeated refusals as throttling."""
        if error.outcome == BLOCKED and error.status == 403:
            if self.gate.report_refused(uid):
                error.outcome = THROTTLED
        elif error.outcome not in (THROTTLED, NETWORK, CANCELLED, DISK_FULL):
            self.gate.report_success(uid)

    def _in_transfer(self, uid: str, error: FetchError) -> FetchError:
        """Classifies a failure after the site's answer: an address may have expired."""
        if error.status in (403, 404, 410):
            outcome = THROTTLED if self.gate.report_refused(uid) else NETWORK
            return FetchError(outcome, str(error), error.status, error.retry_after)
        return error

    def _of_clip(self, error: ClipError) -> FetchError:
        if self.gate.stopped:
            return FetchError(CANCELLED, "the run ended while the clip was made")
        return FetchError(_OUTCOMES.get(error.reason, BAD_MEDIA), f"{error.reason}: {error}")

    @contextmanager
    def _served(
        self, session: Session, media: Media
    ) -> Iterator[tuple[RemoteVideo, list[Transfer]]]:
        """Serves a video's files on the loopback while its clip is made."""
        transfers: list[Transfer] = []
        urls: list[str] = []
        try:
            for part in media.parts:
                kind = SegmentedTransfer if part.segments else Transfer
                transfer = kind(session, part, self.options, self.gate, self._limit, self.folder)
                transfers.append(transfer)
                with self._lock:
                    self._open.add(transfer)
                urls.append(self._open_relay().add(transfer))
            if self.gate.stopped:
                raise FetchError(CANCELLED, "the run ended before the video was fetched")
            yield (
                RemoteVideo(
                    name=media.address,
                    pictures=urls[0],
                    sound=urls[1] if len(urls) > 1 else None,
                    check=partial(_check, transfers),
                    head=partial(transfers[0].read, 0, 512),
                    seconds=media.parts[0].seconds,
                ),
                transfers,
            )
        finally:
            relay = self._relay
            if relay:
                for url in urls:
                    relay.remove(url)
            with self._lock:
                self._open.difference_update(transfers)
            for transfer in transfers:
                transfer.close()

    def _open_relay(self) -> LoopbackServer:
        with self._lock:
            if self._relay is None:
                self._relay = LoopbackServer()
            return self._relay

    def _session(self) -> Session:
        session: Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = Session(
                self.options, self.settings.max_height, self.settings.longest
            )
            with self._lock:
                self._sessions.append(session)
        return session


def _check(transfers: list[Transfer]) -> None:
    for transfer in transfers:
        if transfer.error is not None:
            raise transfer.error
