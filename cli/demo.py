"""The command ``demo``: renders a small dataset to try things on, and converts it."""

from __future__ import annotations

import argparse
from pathlib import Path

from .app import add_opening
from .convert import EXIT_CODES, run_conversion
from .errors import print_error
from .exit_codes import FAILED, REFUSED
from .parser import Commands, add_command


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "demo",
        run,
        help="make a small dataset to try things on",
        description="Renders a few instructional videos whose pictures show their annotations, and "
        "converts them. Nothing in them is from Action100M. They are rendered once, then kept.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("--dir", metavar="DIR", help="where to keep it; default: the user's cache")
    parser.add_argument(
        "--name", default="action100m-demo", help="the dataset's name; default %(default)s"
    )
    parser.add_argument(
        "--videos", type=int, default=6, metavar="N", help="how many videos; default %(default)d"
    )
    parser.add_argument(
        "--seed", type=int, default=51, help="of the random content; default %(default)d"
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="delete a dataset of this name first"
    )
    add_opening(parser)


def run(args: argparse.Namespace) -> int:
    """Makes the demo; returns the exit code."""
    if args.videos < 1:
        return print_error(f"--videos is {args.videos}: give 1 or more")
    from ..converters.clips.ffmpeg import NoFfmpegError
    from ..converters.options import ConvertOptions
    from ..converters.storing.provenance import DEMO
    from ..demo.make import default_directory, make_demo
    from ..demo.render import RenderError
    from .progress import counted

    folder = Path(args.dir).expanduser() if args.dir else default_directory()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return print_error(error, REFUSED)
    try:
        with counted("Rendering", args.videos) as advance:
            demo = make_demo(folder, videos=args.videos, seed=args.seed, progress=advance)
    except NoFfmpegError as error:
        return print_error(error)
    except (RenderError, OSError) as error:
        return print_error(f"the demo was not made in {folder}: {error}", FAILED)
    options = ConvertOptions(
        source=demo.records,
        videos=demo.videos,
        name=args.name,
        out=folder / "converted" / args.name,
        captions="all",
        overwrite=args.overwrite,
        provenance=DEMO,
    )
    return run_conversion(options, args)
