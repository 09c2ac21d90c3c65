"""How videos are asked for: where, how often, with how long waits; checked before a run."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from optparse import OptParseError
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

YOUTUBE = "https://www.youtube.com/watch?v={id}"

_UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


class FetchOptionError(ValueError):
    """An option that cannot be used.

    Attributes:
        option: its name, as in :class:`FetchOptions`
    """

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


@dataclass(frozen=True)
class FetchOptions:
    """How videos are asked for.

    Attributes:
        url: a video's address, with ``{id}`` where its id goes; http or https
        pause: the seconds between two requests for a video, on average, over all workers; each
            pause is between half of it and one and a half of it
        rate_limit: the most bytes a second, over all workers; None for no limit
        cookies: a file of cookies in Netscape's format
        cookies_from_browser: a browser whose cookies are used, as yt-dlp writes it:
            ``firefox``, ``chrome:Profile 1``
        proxy: the address of a proxy
        extractor_args: arguments for yt-dlp's extractors, as it writes them:
            ``youtube:player_client=web``
        retries: how often one video is asked for again in a run
        backoff: the seconds before the first of those; each next wait is twice as long
        throttle_wait: the seconds for which nothing is asked after the site's first refusal; twice
            as long after each next one, up to an hour; a longer ``Retry-After`` counts
        patience: the seconds of waiting in a row, without a video in between, that end the run
        refusals: how many different videos in a row, refused with a 403, count as one throttle
        stall: the seconds without progress after which a transfer is broken off
        reserve: the bytes that stay free on the disk

    Raises:
        FetchOptionError: if one cannot be used
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
            ("cookies", not self.cookies or Path(self.cookies).is_file(), "a file that is there"),
        )
        for name, holds, wanted in checks:
            if not holds:
                value = getattr(self, name)
                raise FetchOptionError(name, f"{name} is {value!r}: it must be {wanted}")
        self.for_ytdlp()

    def address(self, uid: str) -> str:
        """Returns a video's address. The id is untrusted: all but plain characters is escaped."""
        return self.url.replace("{id}", quote(uid, safe=""))

    def for_ytdlp(self) -> dict[str, Any]:
        """Returns the parameters of a ``YoutubeDL`` that these options set.

        Raises:
            FetchOptionError: if yt-dlp does not understand one
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
            said = str(error).rpartition("error: ")[2].strip()
            raise FetchOptionError(
                option, f"yt-dlp does not understand {' '.join(arguments[1:])!r}: {said}"
            ) from None
        chosen = {k: parsed[k] for k in ("extractor_args", "cookiesfrombrowser")}
        chosen["cookiefile"] = str(self.cookies) if self.cookies else None
        chosen["proxy"] = self.proxy
        chosen["socket_timeout"] = self.stall
        # YouTube's player needs one; yt-dlp looks for deno alone unless it is told.
        runtimes: dict[str, Any] = {
            name: {} for name in ("deno", "node", "bun") if shutil.which(name)
        }
        chosen["js_runtimes"] = runtimes or {"deno": {}}
        return chosen


def parse_bytes(text: str) -> int:
    """Returns the bytes that ``500k``, ``2M`` or ``1.5G`` means.

    Raises:
        ValueError: if it means none
    """
    cleaned = text.strip().lower().removesuffix("b").removesuffix("i")
    unit = cleaned[-1:] if cleaned[-1:] in "kmg" else ""
    number = float(cleaned.removesuffix(unit)) * _UNITS[unit]
    if not 0 < number < math.inf:
        raise ValueError(f"{text!r} is no number of bytes")
    return int(number)
