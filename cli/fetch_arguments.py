"""The options that fetch videos from the web."""

from __future__ import annotations

import argparse

from ..acquire.options import YOUTUBE, FetchOptions, parse_bytes


def add_fetch_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds ``--fetch`` and related options."""
    web = parser.add_argument_group("videos from the web")
    web.add_argument(
        "--fetch",
        nargs="?",
        const=YOUTUBE,
        metavar="URL",
        help="fetch videos that are not in --videos; URL has {id} in place of a video's id; "
        f"default: {YOUTUBE}",
    )
    web.add_argument(
        "--pause", type=float, default=1.0, metavar="S",
        help="seconds between two videos, varied at random by up to a half; default %(default)g",
    )  # fmt: skip
    web.add_argument(
        "--rate-limit",
        type=parse_bytes,
        metavar="N",
        help="bytes per second in all, such as 500k or 2M",
    )
    cookies = web.add_mutually_exclusive_group()
    cookies.add_argument("--cookies", metavar="FILE", help="a cookie file in Netscape format")
    cookies.add_argument(
        "--cookies-from-browser",
        metavar="BROWSER",
        help="read the cookies of a browser: firefox, chrome:Profile",
    )
    web.add_argument("--proxy", metavar="URL", help="a proxy: http, https or socks5")
    web.add_argument(
        "--extractor-args",
        action="append",
        default=[],
        metavar="ARGS",
        help="as for yt-dlp, such as youtube:player_client=web_safari",
    )
    web.add_argument(
        "--fetch-retries", type=int, default=3, metavar="N",
        help="retries per video and run; default %(default)d",
    )  # fmt: skip
    web.add_argument(
        "--throttle-wait", type=float, default=300.0, metavar="S",
        help="seconds to wait when the site first throttles, then doubled; default %(default)g",
    )  # fmt: skip
    web.add_argument(
        "--patience", type=float, default=6 * 3600.0, metavar="S",
        help="end the run after this many consecutive seconds of such waiting; default %(default)g",
    )  # fmt: skip


def fetch_options(args: argparse.Namespace) -> FetchOptions | None:
    """Returns how to fetch videos, None without ``--fetch``.

    Raises:
        OptionError: if an option cannot be used
    """
    if args.fetch is None:
        return None
    return FetchOptions(
        url=args.fetch,
        pause=args.pause,
        rate_limit=args.rate_limit,
        cookies=args.cookies,
        cookies_from_browser=args.cookies_from_browser,
        proxy=args.proxy,
        extractor_args=tuple(args.extractor_args),
        retries=args.fetch_retries,
        throttle_wait=args.throttle_wait,
        patience=args.patience,
    )
