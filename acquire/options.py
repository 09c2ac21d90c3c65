"""Options for fetching videos: addresses, pace, waits and credentials, checked before a run."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from optparse import OptParseError
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from ..core.option_error import OptionError

YOUTUBE = "https://www.youtube.com/watch?v={id}"

_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


@dataclass(frozen=True)
class FetchOptions:
    """How videos are fetched.

    Attributes:
        url: a video's http or https address, with ``{id}`` in place of its id
        pause: average seconds between two requests for a video, over all workers; each pause is
            drawn between half and one and a half of it
        rate_limit: most bytes per second, over all workers; None for no limit
        cookies: a cookie file in Netscape's format
        cookies_from_browser: a browser whose cookies are used, in yt-dlp's syntax: ``firefox``,
            ``chrome:Profile 1``
        proxy: the address of a proxy
        extractor_args: arguments for yt-dlp's extractors, in its syntax:
            ``youtube:player_client=web``
        retries: how often a run retries one video
        backoff: seconds before the first retry; each further wait is twice as long
        throttle_wait: seconds without requests after the site's first throttle; twice as long after
            each further one, up to an hour, or as long as a longer ``Retry-After`` says
        patience: seconds of throttling in a row, without a video in between, that end the run
        refusals: number of different videos in a row, refused with 403, that count as a throttle
        stall: seconds without progress after which a transfer is aborted
        reserve: bytes to leave free on the disk

    Raises:
        OptionError: if an option is invalid
    """

    url: str = YOUTUBE
    pause: float = 1.0
    rate_limit: int | None = None
    cookies: Path | str | None = None
    cookies_from_browser: str | None = None
    proxy: str | None = None
    extractor_args: Sequence[str] = ()
    retries: int = 3
    backoff: float = 2.0
    throttle_wait: float = 300.0
    patience: float = 6 * 3600.0
    refusals: int = 5
    stall: float = 20.0
    reserve: int = 256 * 1024**2

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        good = parts.scheme in ("http", "https") and parts.netloc and "{id}" in self.url
        checks = (
            ("url", good, "an http or https address with {id} in it"),
            ("url", "{id}" not in parts.netloc, "an address whose host has no {id} in it"),
            ("pause", 0 <= self.pause < math.inf, "0 or more seconds"),
            ("rate_limit", self.rate_limit is None or self.rate_limit > 0, "more than 0"),
            ("retries", self.retries >= 0, "0 or more"),
            ("backoff", 0 <= self.backoff < math.inf, "0 or more seconds"),
            ("throttle_wait", 0 < self.throttle_wait < math.inf, "more than 0 seconds"),
            ("patience", self.patience > 0, "more than 0 seconds"),
            ("refusals", self.refusals >= 1, "1 or more"),
            ("stall", 0 < self.stall < math.inf, "more than 0 seconds"),
            ("reserve", self.reserve >= 0, "0 or more bytes"),
            ("cookies", not self.cookies or Path(self.cookies).is_file(), "an existing file"),
        )
        for name, holds, wanted in checks:
            if not holds:
                value = getattr(self, name)
                raise OptionError(name, f"{name} is {value!r}: it must be {wanted}")
        self.for_ytdlp()

    def address(self, uid: str) -> str:
        """Returns a video's address, with the untrusted id percent-encoded."""
        return self.url.replace("{id}", quote(uid, safe=""))

    def for_ytdlp(self) -> dict[str, Any]:
        """Returns these options as parameters of a ``YoutubeDL``.

        Raises:
            OptionError: if yt-dlp does not accept one
        """
        from yt_dlp import parse_options

        arguments = ["--ignore-config"]
        for value in self.extractor_args:
            arguments += ["--extractor-args", value]
        if self.cookies_from_browser:
            arguments += ["--cookies-from-browser", self.cookies_from_browser]
        try:
            parsed = parse_options(arguments).ydl_opts
        except (SystemExit, OptParseError) as error:
            option = "extractor_args" if self.extractor_args else "cookies_from_browser"
            reason = str(error).rpartition("error: ")[2].strip()
            raise OptionError(
                option, f"yt-dlp does not understand {' '.join(arguments[1:])!r}: {reason}"
            ) from None
        chosen = {k: parsed[k] for k in ("extractor_args", "cookiesfrombrowser")}
        chosen["cookiefile"] = str(self.cookies) if self.cookies else None
        chosen["proxy"] = self.proxy
        chosen["socket_timeout"] = self.stall
        # YouTube's player needs a JavaScript runtime; by default yt-dlp only looks for deno.
        runtimes: dict[str, Any] = {
            name: {} for name in ("deno", "node", "bun") if shutil.which(name)
        }
        chosen["js_runtimes"] = runtimes or {"deno": {}}
        return chosen


def parse_bytes(text: str) -> int:
    """Parses a number of bytes, such as ``500k``, ``2M`` or ``1.5G``.

    Raises:
        ValueError: if it is not a positive number of bytes
    """
    cleaned = text.strip().lower().removesuffix("b").removesuffix("i")
    unit = cleaned[-1:] if cleaned[-1:] in "kmg" else ""
    number = float(cleaned.removesuffix(unit)) * _UNITS[unit]
    if not 0 < number < math.inf:
        raise ValueError(f"{text!r} is not a number of bytes: give one such as 500k, 2M or 1.5G")
    return int(number)
