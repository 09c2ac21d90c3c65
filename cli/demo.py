"""The command ``demo``: renders, converts and indexes a small demo dataset."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from .app import add_opening
from .convert import EXIT_CODES, run_conversion
from .demo_trees import FOUND, find_trees
from .errors import print_error, printable
from .exit_codes import FAILED, REFUSED
from .index import print_index
from .parser import Commands, add_command

if TYPE_CHECKING:
    import fiftyone as fo


def add_parser(commands: Commands) -> None:
    """Adds the command."""
    parser = add_command(
        commands,
        "demo",
        run,
        help="make a small demo dataset",
        description="Renders a few instructional videos whose pictures show their annotations, and "
        "converts them. Nothing in them is from Action100M. They are rendered once, then kept. "
        "Their captions are indexed for `action100m search`, if this machine has the text model. "
        f"A second dataset, NAME{FOUND}, has the first of the videos with trees that are found in "
        "their pictures alone, as `action100m build` finds them in your own.",
        epilog=EXIT_CODES,
    )
    parser.add_argument(
        "--dir", metavar="DIR", help="the folder of its files; default: in the user's cache"
    )
    parser.add_argument(
        "--name", default="action100m-demo", help="the dataset's name; default %(default)s"
    )
    parser.add_argument(
        "--videos", type=int, default=6, metavar="N", help="how many videos; default %(default)d"
    )
    parser.add_argument(
        "--seed", type=int, default=51, help="the seed of the random content; default %(default)d"
    )
    parser.add_argument(
        "--found", type=int, default=2, metavar="N",
        help=f"how many videos of NAME{FOUND}; default %(default)d, 0 for no such dataset",
    )  # fmt: skip
    parser.add_argument(
        "--overwrite", action="store_true",
        help=f"delete the dataset NAME first, and NAME{FOUND} if the demo has made it",
    )  # fmt: skip
    parser.add_argument(
        "--no-index", action="store_true", help="do not index the captions for search by meaning"
    )
    add_opening(parser)


def run(args: argparse.Namespace) -> int:
    """Makes the demo; returns the exit code."""
    if args.videos < 1:
        return print_error(f"--videos is {args.videos}: give 1 or more")
    if args.found < 0:
        return print_error(f"--found is {args.found}: give 0 or more")
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
        return print_error(error, REFUSED)
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

    def then(dataset: fo.Dataset) -> None:
        if not args.no_index:
            _index_captions(dataset)
        if args.found:
            find_trees(options, args.found, folder / "found" / args.name)

    return run_conversion(options, args, then)


def _index_captions(dataset: fo.Dataset) -> None:
    """Indexes the captions if necessary. The index is optional, so errors are only printed."""
    from ..views.indexing import indexing, open_index
    from .progress import show_each_stage

    try:
        if not _is_indexed(dataset):
            show_each_stage(indexing(dataset))
            print_index(dataset.name, open_index(dataset), "origami ship")
    except ConnectionError:  # the terminal or the database is gone
        raise
    except (ValueError, RuntimeError, OSError) as error:  # RuntimeError: EncoderError
        print(
            f"The captions are not indexed: {printable(error)}. Then run `action100m index "
            f"{dataset.name}`"
        )


def _is_indexed(dataset: fo.Dataset) -> bool:
    """Returns whether the index is current for every sample."""
    from ..meaning.store import NoIndexError
    from ..views.indexing import IndexState, check_index

    try:
        return check_index(dataset) == IndexState()
    except NoIndexError:
        return False
