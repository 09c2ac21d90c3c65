"""The table of outcomes, on what yt-dlp and the sites really say."""

# ruff: noqa: E501
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from fiftyone_action100m.acquire.outcomes import (
    BAD_MEDIA,
    BLOCKED,
    DISK_FULL,
    GONE,
    MESSAGES,
    NETWORK,
    NO_FORMAT,
    OUTCOMES,
    PERMANENT,
    THROTTLED,
    classify,
    parse_retry_after,
)

#: Words, their class, and where they were seen: yt-dlp's own source, or a report to it or its kin.
REAL = [
    ("[youtube] x: Sign in to confirm you’re not a bot. Use --cookies-from-browser or --cookies for "
     "the authentication.", THROTTLED),  # yt-dlp 10128
    ("[youtube] x: Sign in to confirm you're not a bot. This helps protect our community. Learn more",
     THROTTLED),  # yt-dlp 10631
    ("[youtube] x: Video unavailable. This content isn't available, try again later. The current "
     "session has been rate-limited by YouTube for up to an hour. It is recommended to use `-t "
     "sleep` to add a delay between video requests to avoid exceeding the rate limit.", THROTTLED),
    ("[youtube] x: Video unavailable. This content isn’t available.", THROTTLED),  # yt-dlp 14095
    ("[youtube] x: Video unavailable. YouTube is requiring a captcha challenge before playback",
     THROTTLED),
    ("[youtube] x: Unable to download API page: HTTP Error 429: Too Many Requests (caused by "
     "<HTTPError 429: Too Many Requests>)", THROTTLED),
    ("[generic] Got HTTP Error 403 caused by Cloudflare anti-bot challenge; try again with  "
     "--extractor-args \"generic:impersonate\"", THROTTLED),
    ("[youtube] x: Video unavailable", GONE),  # yt-dlp 17702
    ("[youtube] x: Private video. Sign in if you've been granted access to this video. Use "
     "--cookies-from-browser or --cookies for the authentication.", GONE),  # yt-dlp 2692
    ("[youtube] x: Video unavailable. This video has been removed by the uploader", GONE),
    ("[youtube] x: This video has been removed for violating YouTube's policy on hate speech.", GONE),
    ("[youtube] x: Video unavailable. This video is no longer available because the YouTube account "
     "associated with this video has been terminated.", GONE),
    ("[youtube] x: Video unavailable. This video is no longer available because the uploader has "
     "closed their YouTube account.", GONE),
    ("[youtube] x: Video unavailable. This video is no longer available due to a copyright claim by "
     "Somebody", GONE),
    ("[youtube] x: This video does not exist.", GONE),
    ("[youtube] x: This video is not available.", GONE),
    ("[generic] Unable to download webpage: HTTP Error 404: Not Found (caused by <HTTPError 404: Not "
     "Found>)", GONE),
    ("[generic] Unable to download webpage: HTTP Error 410: Gone (caused by <HTTPError 410: Gone>)",
     GONE),
    ("[youtube] x: Video unavailable. This video contains content from WMG, who has blocked it in "
     "your country on copyright grounds", BLOCKED),  # yt-dlp 2692
    ("[youtube] x: Video unavailable. The uploader has not made this video available in your "
     "country", BLOCKED),
    ("[x] x: This video is not available from your location due to geo restriction", BLOCKED),
    ("[youtube] x: Sign in to confirm your age. This video may be inappropriate for some users. Use "
     "--cookies-from-browser or --cookies for the authentication.", BLOCKED),
    ("[youtube] x: Join this channel to get access to members-only content like this video, and "
     "other exclusive perks.", BLOCKED),
    ("[youtube] x: This video is available to this channel's members on level: Gold (or any higher "
     "level). Join this channel to get access to members-only content.", BLOCKED),
    ("[youtube] x: This video requires payment to watch", BLOCKED),
    ("[x] x: This video is only available for registered users. Use --username and --password",
     BLOCKED),
    ("[generic] Unable to download webpage: HTTP Error 403: Forbidden (caused by <HTTPError 403: "
     "Forbidden>)", BLOCKED),
    ("[youtube] x: Requested format is not available. Use --list-formats for a list of available "
     "formats", NO_FORMAT),
    ("[x] x: No video formats found!; please report this issue on  https://github.com/", NO_FORMAT),
    ("[youtube] x: This video is DRM protected", NO_FORMAT),
    ("[youtube] x: Premieres in 3 days", NO_FORMAT),
    ("[youtube] x: This live event will begin in 2 hours.", NO_FORMAT),
    ("[youtube] x: This live stream recording is not available.", NO_FORMAT),
    ("[x] x: Unable to extract title; please report this issue on  https://github.com/", NO_FORMAT),
    ("[generic] Unable to download webpage: HTTP Error 502: Bad Gateway (caused by <HTTPError 502: "
     "Bad Gateway>)", NETWORK),
    ("[generic] Unable to download webpage: HTTPConnection(host='127.0.0.1', port=9): Failed to "
     "establish a new connection: [Errno 111] Connection refused", NETWORK),
    ("[youtube] x: Unable to download API page: The read operation timed out", NETWORK),
    ("[youtube] x: Unable to download webpage: [Errno -3] Temporary failure in name resolution",
     NETWORK),
    ("[x] Unable to download webpage: ('Connection aborted.', RemoteDisconnected('Remote end closed "
     "connection without response'))", NETWORK),
    ("[x] x: Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
     NETWORK),
    ("[generic] Unsupported URL: http://127.0.0.1/page", BAD_MEDIA),
    ("unable to write data: [Errno 28] No space left on device", DISK_FULL),
]  # fmt: skip


@pytest.mark.parametrize(("words", "outcome"), REAL, ids=range(len(REAL)))
def test_real_words(words: str, outcome: str) -> None:
    assert classify(words) == outcome
    assert classify("ERROR: " + words.upper()) == outcome


def test_the_status_counts_where_the_words_say_nothing() -> None:
    known = {
        401: BLOCKED, 403: BLOCKED, 404: GONE, 410: GONE, 429: THROTTLED, 451: BLOCKED,
        500: NETWORK, 503: NETWORK, 599: NETWORK, 400: NO_FORMAT,
    }  # fmt: skip
    assert {status: classify("no", status) for status in known} == known
    assert classify("no", 503, retry_after=10.0) == THROTTLED
    assert classify("Private video", 200) == GONE


def test_the_table_is_whole() -> None:
    assert {outcome for _, outcome in MESSAGES} | {"cancelled"} == set(OUTCOMES)
    assert set(OUTCOMES) >= PERMANENT
    assert PERMANENT.isdisjoint({THROTTLED, NETWORK, DISK_FULL, "cancelled"})


def test_retry_after() -> None:
    assert parse_retry_after("120") == 120.0
    soon = datetime.now(timezone.utc) + timedelta(seconds=90)
    waited = parse_retry_after(format_datetime(soon, usegmt=True))
    assert waited is not None and 85 < waited <= 90
    assert parse_retry_after("Fri, 31 Dec 1999 23:59:59 GMT") == 0.0
    assert [parse_retry_after(v) for v in (None, "", "soon", "-5")] == [None] * 4
