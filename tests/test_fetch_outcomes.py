"""The table of outcomes, on what yt-dlp and the sites really say."""

# ruff: noqa: E501
from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from importlib.util import find_spec
from pathlib import Path

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
    ("[youtube] x: Video unavailable. This content isn't available, try again later. Your account has "
     "been rate-limited by YouTube for up to an hour.", THROTTLED),
    ("[youtube] x: All player responses are invalid. Your IP is likely being blocked by Youtube",
     THROTTLED),
    ("[x] x: You are rate-limited. Try again later.", THROTTLED),
    ("[x] x: You have exceeded the rate limit. Try again later", THROTTLED),
    ("[x] x: Your IP address is blocked from accessing this post", THROTTLED),
    ("[youtube] x: Video unavailable", GONE),  # yt-dlp 17702
    ("[youtube] x: Video unavailable. This video has been removed for violating YouTube's Terms of "
     "Service", GONE),
    ("[youtube] x: Video unavailable. This video is no longer available due to a trademark claim by a "
     "third party", GONE),
    ("[youtube] x: Video unavailable. This video contains content from SME, who has blocked it on "
     "copyright grounds", GONE),
    ("[youtube] x: This is a private video. If the owner of this video has granted you access, please "
     "sign in.", GONE),
    ("[youtube] x: This video isn't available anymore", GONE),
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
    ("[generic] Unable to download webpage: HTTP Error 404: Not SourceRecord (caused by <HTTPError 404: Not "
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
    ("[youtube] x: This video is only available to Music Premium members", BLOCKED),
    ("[youtube] x: This video is age-restricted and only available on YouTube. Learn more", BLOCKED),
    ("[youtube] x: Please sign in. Use --cookies-from-browser or --cookies for the authentication.",
     BLOCKED),
    ("[youtube] x: The following content may contain suicide or self-harm topics. Viewer discretion is "
     "advised.", BLOCKED),
    ("[youtube] x: Video unavailable. This video is restricted. Please check the Google Workspace "
     "administrator and/or the network administrator restrictions.", BLOCKED),
    ("[youtube] x: The uploader has not made this video available in your country. You might want to "
     "use a VPN or a proxy server (with --proxy) to workaround.", BLOCKED),
    ("[x] x: This video is only available for registered users. Use --username and --password",
     BLOCKED),
    ("[generic] Unable to download webpage: HTTP Error 403: Forbidden (caused by <HTTPError 403: "
     "Forbidden>)", BLOCKED),
    ("[youtube] x: Requested format is not available. Use --list-formats for a list of available "
     "formats", NO_FORMAT),
    ("[x] x: No video formats found!; please report this issue on  https://github.com/", NO_FORMAT),
    ("[youtube] x: This video is DRM protected", NO_FORMAT),
    ("[youtube] x: Premieres in 3 days", NO_FORMAT),
    ("[youtube] x: Premiere will begin shortly", NO_FORMAT),
    ("[youtube] x: This live event will begin in a few moments.", NO_FORMAT),
    ("[youtube] x: This live event has ended.", NO_FORMAT),
    ("[x] x: The channel is not currently live", NO_FORMAT),
    ("[youtube] x: We're processing this video. Check back later.", NO_FORMAT),
    ("[youtube] x: The following content is not available on this app.. Watch on the latest version of "
     "YouTube.", NO_FORMAT),  # yt-dlp 13969
    ("[youtube] x: This video is not available on this device", NO_FORMAT),
    ("[youtube] x: Video unavailable. Playback on other websites has been disabled by the video owner",
     NO_FORMAT),
    ("[youtube] x: This video is DRM protected and only images are available for download", NO_FORMAT),
    ("[x] x: This request has been blocked due to its TLS fingerprint.", NO_FORMAT),
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
    ("[x] Unable to download webpage: ('Connection aborted.', RemoteDisconnected('RemoteVideo end closed "
     "connection without response'))", NETWORK),
    ("[x] x: Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed",
     NETWORK),
    ("[youtube] x: Incomplete data received", NETWORK),
    ("[youtube] x: The page needs to be reloaded.", NETWORK),  # yt-dlp 17389
    ("[generic] Unsupported URL: http://127.0.0.1/page", BAD_MEDIA),
    ("unable to write data: [Errno 28] No space left on device", DISK_FULL),
]  # fmt: skip


@pytest.mark.parametrize(("words", "outcome"), REAL, ids=range(len(REAL)))
def test_real_words(words: str, outcome: str) -> None:
    assert classify(words) == outcome
    assert classify("ERROR: " + words.upper()) == outcome


#: What yt-dlp says in words of its own, where a site's would not do: file, words, class.
OWN = [
    (
        "extractor/youtube/_video.py",
        "has been rate-limited by YouTube for up to an hour",
        THROTTLED,
    ),
    ("extractor/youtube/_video.py", "YouTube is requiring a captcha challenge before", THROTTLED),
    ("extractor/youtube/_video.py", "Your IP is likely being blocked by Youtube", THROTTLED),
    ("extractor/common.py", "This video is not available from your location due to geo", BLOCKED),
    ("extractor/common.py", "This video is only available for registered users", BLOCKED),
    ("extractor/common.py", "This video is DRM protected", NO_FORMAT),
    ("YoutubeDL.py", "Requested format is not available", NO_FORMAT),
    ("YoutubeDL.py", "No video formats found!", NO_FORMAT),
    ("YoutubeDL.py", "only images are available for download", NO_FORMAT),
    ("utils/_utils.py", "Unsupported URL: ", BAD_MEDIA),
    ("utils/_utils.py", "The channel is not currently live", NO_FORMAT),
]


@pytest.mark.parametrize(("file", "words", "outcome"), OWN)
def test_the_installed_ytdlp_still_says_so(file: str, words: str, outcome: str) -> None:
    installed = find_spec("yt_dlp")
    assert installed is not None and installed.origin is not None
    source = Path(installed.origin).parent / file
    assert words in source.read_text(encoding="utf-8"), "reworded: look at MESSAGES again"
    assert classify(f"[x] x: {words}") == outcome


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
