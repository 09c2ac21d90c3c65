"""Outcomes of fetching a video, and the table that classifies messages into them.

The table maps patterns of yt-dlp's or a site's messages to outcomes. The first match counts, so
temporary outcomes come before final ones that sound alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

#: Removed, private, terminated, taken down.
GONE = "gone"
#: Not available to this client: country, age, membership, payment.
BLOCKED = "blocked"
#: The site throttles; the video itself may be fine.
THROTTLED = "throttled"
#: The request failed, or the transfer broke off.
NETWORK = "network"
#: There is no media, or yt-dlp does not find it.
NO_FORMAT = "no-format"
#: The data is not a video, or is a broken one.
BAD_MEDIA = "bad-media"
DISK_FULL = "disk-full"
#: The run ended first.
CANCELLED = "cancelled"

OUTCOMES = (GONE, BLOCKED, THROTTLED, NETWORK, NO_FORMAT, BAD_MEDIA, DISK_FULL, CANCELLED)

#: Outcomes that later runs only retry on request.
PERMANENT = frozenset({GONE, BLOCKED, BAD_MEDIA})

#: The table. Patterns ignore case; ``.`` matches either kind of apostrophe.
MESSAGES: tuple[tuple[str, str], ...] = (
    (r"no space left on device|disk quota exceeded", DISK_FULL),
    # About the session, not the video. YouTube words several as if the video were gone.
    (r"confirm you.?.?re not a bot", THROTTLED),
    (r"rate.?limited|exceeded the rate.?limit", THROTTLED),
    (r"your ip (address )?is (likely being blocked|blocked|unable)", THROTTLED),
    (r"content isn.t available", THROTTLED),
    (r"captcha", THROTTLED),
    (r"anti-bot challenge", THROTTLED),
    (r"unusual traffic", THROTTLED),
    (r"too many requests", THROTTLED),
    (r"http error 429", THROTTLED),
    # About yt-dlp's client; another version or setting may help.
    (r"(not|disabled) .{0,20}\bon this (app|device)|playback on other websites", NO_FORMAT),
    (r"tls fingerprint", NO_FORMAT),
    (r"private video|video is private", GONE),
    # Blocked. Before "gone", as some name copyright or "video unavailable" too.
    (r"(not|blocked it|available) .{0,40}\b(in|from) your (country|location|region)", BLOCKED),
    (r"geo.?restrict", BLOCKED),
    (r"confirm your age|age.restricted|inappropriate for some users", BLOCKED),
    (r"members.only|channel.s members|music premium members|join this channel", BLOCKED),
    (r"requires payment|rent or (buy|purchase)|purchase this", BLOCKED),
    (r"google workspace admin|network administrator|video is restricted", BLOCKED),
    (r"only available for registered users|login required|log in to|use --cookies", BLOCKED),
    (r"please sign in|suicide or self-harm", BLOCKED),
    # Gone.
    (r"(has been|was) (removed|deleted|terminated)|been taken down", GONE),
    (r"account .{0,60}\bterminated|closed their youtube account", GONE),
    (r"copyright (claim|infringement|grounds)", GONE),
    (r"video (does not|doesn.t) exist|no longer available|available anymore", GONE),
    # It has not begun, or was never there to fetch.
    (r"premieres? (in|will begin)|live event (will begin|has ended)|not currently live", NO_FORMAT),
    (r"live stream recording is not available|we.re processing this video", NO_FORMAT),
    (r"drm protected", NO_FORMAT),
    (r"requested format is not available|no video formats found|only images are", NO_FORMAT),
    (r"video (is )?(unavailable|not available)", GONE),
    # The network: messages of the system or the peer, as yt-dlp passes them on.
    (r"timed out|timeout|\[errno|\[winerror|connection (refused|reset|aborted|broken)", NETWORK),
    (r"name resolution|name or service not known|getaddrinfo|failed to resolve", NETWORK),
    (r"remote end closed|incomplete ?read|bytes read|(ssl|tls)\W|certificate|proxy", NETWORK),
    (r"page needs to be reloaded|incomplete data|unable to connect|network is unreach", NETWORK),
    # Not a video.
    (r"unsupported url|is not a valid url|unsafe file extension", BAD_MEDIA),
)  # fmt: skip

#: Outcomes of HTTP statuses, where no message matches. 5xx means ``network``, any other
#: ``no-format``.
STATUSES: Mapping[int, str] = {
    401: BLOCKED, 402: BLOCKED, 403: BLOCKED, 404: GONE, 407: NETWORK, 408: NETWORK, 410: GONE,
    425: NETWORK, 429: THROTTLED, 451: BLOCKED,
}  # fmt: skip

_MESSAGES = tuple((re.compile(pattern, re.IGNORECASE), outcome) for pattern, outcome in MESSAGES)
_STATUS = re.compile(r"HTTP Error (\d{3})", re.IGNORECASE)


class FetchError(Exception):
    """A video that could not be fetched.

    Attributes:
        outcome: one of :data:`OUTCOMES`
        status: the HTTP status, None without a response
        retry_after: seconds that the server asked to wait, None if it did not
        tried: whether all retries are used up
        later: whether the same run is to retry it after other videos
    """

    def __init__(
        self,
        outcome: str,
        message: str,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        if outcome not in OUTCOMES:
            raise ValueError(f"unknown outcome {outcome!r}: choose from {', '.join(OUTCOMES)}")
        super().__init__(message)
        self.outcome = outcome
        self.status = status
        self.retry_after = retry_after
        self.tried = False
        self.later = False


def classify(message: str, status: int | None = None, retry_after: float | None = None) -> str:
    """Returns the outcome that a message means.

    Args:
        message: yt-dlp's message
        status: the HTTP status behind it, if known; else the one that the message names
        retry_after: seconds that the server asked to wait, if it did
    """
    for pattern, outcome in _MESSAGES:
        if pattern.search(message):
            return outcome
    named = _STATUS.search(message)
    if status is None and named:
        status = int(named[1])
    if status is None:
        return NO_FORMAT
    if status == 503 and retry_after is not None:
        return THROTTLED
    return STATUSES.get(status, NETWORK if status >= 500 else NO_FORMAT)


def parse_retry_after(value: str | None) -> float | None:
    """Returns a ``Retry-After``, a number or a date, in seconds; None if it is neither."""
    if value is None:
        return None
    try:
        return max(0.0, float(value)) if value.strip().isdigit() else _until(value)
    except (TypeError, ValueError, IndexError):
        return None


def _until(value: str) -> float:
    then = parsedate_to_datetime(value)
    if then.tzinfo is None:
        then = then.replace(tzinfo=timezone.utc)
    return max(0.0, (then - datetime.now(timezone.utc)).total_seconds())
