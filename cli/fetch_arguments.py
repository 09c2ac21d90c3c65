"""The command line's options about the web. Nothing heavy is imported before one is used."""

from __future__ import annotations

import argparse

from ..acquire.options import YOUTUBE, FetchOptions, parse_bytes


def add_fetch_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds ``--fetch`` and what belongs to it."""
    web = parser.add_argument_group("videos from the web")
    web.add_argument(
        "--fetch",
        nargs="?",
        const=YOUTUBE,
        metavar="URL",
        help="ask for videos that are not in --videos; URL has {id} where a video's id goes, "
        f"{YOUTUBE} without it",
    )
    web.add_argument(
        "--pause", type=float, default=1.0, metavar="S",
        help="seconds between two videos, give or take a half; default %(default)g",
    )  # fmt: skip
    web.add_argument(
        "--rate-limit", type=parse_bytes, metavar="N", help="bytes a second in all, as 500k or 2M"
    )
    cookies = web.add_mutually_exclusive_group()
    cookies.add_argument("--cookies", metavar="FILE", help="cookies, in Netscape's format")
    cookies.add_argument(
        "--cookies-from-browser", metavar="BROWSER", help="firefox, chrome:Profile and so on"
    )
    web.add_argument("--proxy", metavar="URL", help="http, https or socks5")
    web.add_argument(
        "--extractor-args",
        action="append",
        default=[],
        metavar="ARGS",
        help="as yt-dlp takes them: youtube:player_client=web_safari",
    )
    web.add_argument(
        "--fetch-retries", type=int, default=3, metavar="N",
        help="how often a video is asked for again in a run; default %(default)d",
    )  # fmt: skip
    web.add_argument(
        "--throttle-wait", type=float, default=300.0, metavar="S",
        help="seconds of silence after the site's first refusal, then twice as long each time; "
        "default %(default)g",
    )  # fmt: skip
    web.add_argument(
        "--patience", type=float, default=6 * 3600.0, metavar="S",
        help="seconds of such silence in a row that end the run; default %(default)g",
    )  # fmt: skip


def fetch_options(args: argparse.Namespace) -> FetchOptions | None:
    """Returns what the arguments ask for, None where nothing comes from the web.

    Raises:
        FetchOptionError: if an option cannot be used
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
