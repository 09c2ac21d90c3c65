"""Makes clips of videos on the web: asked for politely, read in part, cut in the same pass.

::

    gate ──> yt-dlp: where is it ──> relay on the loopback ──> make_clip ──> clip
      ^                                    │
      └── throttled: closed for all ◄──────┴── anything else: again, or its class

Nothing but the finished clip gets a name on the disk.
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

#: How many refusals in a row one video waits for before others are asked for.
_REFUSALS = 3

#: What a failed clip says of its source, where it is not the video that is bad.
_OUTCOMES = {"disk-full": DISK_FULL, "timeout": NETWORK}


class WebVideos:
    """The videos of a site, by id. Safe from several threads, of which each asks by itself.

    Args:
        options: how to ask
        settings: how clips are made
        folder: where bytes are kept while a clip is made, in files without a name
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
        # How often the site had answered when a video was first put off.
        self._put_off: dict[str, int] = {}

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
            what the clip is

        Raises:
            FetchError: if there is no clip, with the class of why; ``later`` if the video was
                refused several times and others are to be asked for before it
        """
        address = self.options.address(uid)
        self._session()  # before the gate: it takes a second, which would blur the pauses
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
                    logger.debug("%s: %s; again", address, error)
                    self.gate.release(uid)
                    self.gate.pause(self.options.backoff * 2 ** (failures - 1))
                else:
                    return clip
        finally:
            self.gate.release(uid)

    def _is_later(self, uid: str) -> bool:
        """Tells whether a refused video may do better later in this run.

        It may while the site refuses everything. Where it has answered others since the video was
        first put off, it means this one.
        """
        with self._lock:
            first = self._put_off.setdefault(uid, self.gate.answers)
        return not self.gate.exhausted and self.gate.answers == first

    def stop(self) -> None:
        """Ends what is under way, in every thread, and lets nothing new begin."""
        self.gate.stop()
        with self._lock:
            transfers, relay = list(self._open), self._relay
        for transfer in transfers:
            transfer.close()
        if relay:
            relay.close_connections()

    def close(self) -> None:
        """Stops, and gives every connection up."""
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
        """Tells the gate what an answer says of the site; turns many refusals into a throttle."""
        if error.outcome == BLOCKED and error.status == 403:
            if self.gate.report_refused(uid):
                error.outcome = THROTTLED
        elif error.outcome not in (THROTTLED, NETWORK, CANCELLED, DISK_FULL):
            self.gate.report_success(uid)

    def _in_transfer(self, uid: str, error: FetchError) -> FetchError:
        """Returns what a failure after the site's answer means: an address may have run out."""
        if error.status in (403, 404, 410):
            outcome = THROTTLED if self.gate.report_refused(uid) else NETWORK
            return FetchError(outcome, str(error), error.status, error.retry_after)
        return error

    def _of_clip(self, error: ClipError) -> FetchError:
        if self.gate.stopped:
            return FetchError(CANCELLED, "the run ended while its clip was made")
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
                urls.append(self._serving().add(transfer))
            if self.gate.stopped:
                raise FetchError(CANCELLED, "the run ended before it was fetched")
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

    def _serving(self) -> LoopbackServer:
        with self._lock:
            if self._relay is None:
                self._relay = LoopbackServer()
            return self._relay

    def _session(self) -> Session:
        session: Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = Session(
                self.options, self.settings.max_height, self.settings.clip_seconds
            )
            with self._lock:
                self._sessions.append(session)
        return session


def _check(transfers: list[Transfer]) -> None:
    for transfer in transfers:
        if transfer.error is not None:
            raise transfer.error
