"""``python benchmarks``: prints the project's figures, each as a ratio measured in one run.

Starts a mongod of its own, works in a temporary folder and removes it.
"""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import services


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the requested parts; returns 1 if a verdict is negative."""
    parser = _parser()
    args = parser.parse_args(argv)
    parts = args.parts or USUAL
    if unknown := set(parts) - set(PARTS):
        parser.error(f"unknown part {', '.join(sorted(unknown))}: choose from {', '.join(PARTS)}")
    folder = Path(tempfile.mkdtemp(prefix="action100m-bench-"))
    pid = _fiftyone(folder)
    verdicts = [run(folder, pid, args) for part, run in PARTS.items() if part in parts]
    return 1 if False in verdicts else 0


# Each part is imported only when it runs, because FiftyOne reads its settings on import.


def _ingest(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import ingest

    sizes = ingest.Sizes(args.videos, args.samples, args.repeat)
    for captions in args.captions or ["gpt", "gpt,plm_action"]:
        ingest.run(folder, pid, sizes, captions, args.records)


def _clip(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import clip

    clip.run(folder, args.seconds, args.repeat)


def _overview(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import overview

    overview.run(folder, pid, tuple(args.overview_videos), args.repeat)


def _navigate(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import navigate

    navigate.run(folder, pid, tuple(args.navigate_videos), args.repeat)


def _panel(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import panel

    panel.run(folder, tuple(args.nodes), args.repeat)


def _memory(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import panel_memory

    panel_memory.run(folder, args.minutes, args.visits)


def _meaning(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import encoding
    import pictures
    import recall
    import resample

    import meaning

    sizes = tuple(sorted(args.texts))
    encoding.run(min(sizes[-1], 1024), args.repeat)
    meaning.run(folder, sizes, args.repeat)
    resample.run(min(sizes[-1], 30_000), 100_000, (100, 1000, 10_000))
    nodes = min(sizes[-1], 60)
    pictures.run(folder, nodes, 90 if nodes == 60 else 3)
    if args.records:
        recall.run(args.records)


def _build(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import build

    build.run(tuple(sorted(args.frames)), args.repeat)
    if find_spec("torch") and find_spec("transformers"):
        import encoders

        encoders.run(folder, args.encoders, args.encoder_seconds, args.repeat)
    else:
        print("\nNo V-JEPA 2: pip install 'fiftyone_action100m[models]'")


def _scale(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import scale

    captions = (args.captions or ["gpt"])[0]
    scale.run(folder, pid, tuple(sorted(args.scale_videos)), args.samples, captions, args.records)


def _kills(folder: Path, pid: int | None, args: argparse.Namespace) -> bool:
    import index_kills
    import kills

    equal = kills.run(folder, args.kills, args.kill_videos, args.seed, args.fork)
    of_index = min(args.kills, 20), args.kill_videos, args.seed
    return index_kills.run(folder / "index-kills", *of_index) and equal


def _mutate(folder: Path, pid: int | None, args: argparse.Namespace) -> bool:
    import mutate

    return mutate.run(folder, args.mutants, args.seed, args.records)


#: The parts: each returns False if its verdict is negative.
PARTS: dict[str, Callable[[Path, int | None, argparse.Namespace], bool | None]] = {
    "ingest": _ingest,
    "clip": _clip,
    "overview": _overview,
    "navigate": _navigate,
    "panel": _panel,
    "memory": _memory,
    "meaning": _meaning,
    "build": _build,
    "scale": _scale,
    "kills": _kills,
    "mutate": _mutate,
}
#: The parts that run by default; the others take long.
USUAL = ("ingest", "clip", "overview", "navigate", "panel")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python benchmarks",
        description="Prints the figures of ingest, clip, overview, navigation and panel.",
    )
    parts = f"{', '.join(PARTS)}; default: {', '.join(USUAL)}"
    parser.add_argument("parts", nargs="*", metavar="PART", help=parts)
    _add_count(parser, "--repeat", "rounds", 3)
    group = parser.add_argument_group("ingest")
    group.add_argument("--records", type=Path, help="a Parquet file of records; default generated")
    group.add_argument(
        "--captions",
        action="append",
        help="as for `action100m convert`; may be repeated (default gpt, then gpt,plm_action)",
    )
    _add_count(group, "--videos", "for ours", 5000)
    _add_count(group, "--samples", "for add_samples", 60)
    group = parser.add_argument_group("overview")
    _add_count(group, "--overview-videos", "videos per dataset", 1000, 10_000)
    group = parser.add_argument_group("navigate")
    _add_count(group, "--navigate-videos", "videos per dataset", 1000, 10_000)
    group = parser.add_argument_group("panel")
    _add_count(group, "--nodes", "approximate nodes per tree, up to the largest", 500, 2000, 5570)
    group = parser.add_argument_group("memory: of the browser")
    _add_count(group, "--minutes", "of play", 10)
    _add_count(group, "--visits", "samples opened", 50)
    group = parser.add_argument_group("meaning; with --records, the recall of these")
    _add_count(group, "--texts", "distinct texts per index, ascending", 10_000, 100_000, 1_000_000)
    group = parser.add_argument_group("build")
    _add_count(group, "--frames", "sampled frames per video, ascending", 1000, 10_000, 100_000)
    group.add_argument(
        "--encoders",
        nargs="+",
        default=["small-96"],
        choices=("small-96", "vitl-256", "vitg-384"),
        help="sizes of V-JEPA 2 with random weights (default small-96, for a CPU)",
    )
    _add_count(group, "--encoder-seconds", "of each video that they see", 12)
    group = parser.add_argument_group("clip")
    _add_count(group, "--seconds", "of the source", 30)
    group = parser.add_argument_group("scale, with --captions, --samples and --records")
    _add_count(group, "--scale-videos", "videos per dataset, ascending", 12_000, 120_000)
    group = parser.add_argument_group("kills")
    _add_count(group, "--kills", "number of kills", 100)
    _add_count(group, "--kill-videos", "videos per dataset", 210)
    group.add_argument(
        "--fork",
        action="store_true",
        help="fork the conversions off one process that has imported FiftyOne, which is faster",
    )
    seed = "for the moments of the kills and for mutate's records (default 1)"
    group.add_argument("--seed", type=int, default=1, help=seed)
    group = parser.add_argument_group("mutate, with --records and --seed")
    _add_count(group, "--mutants", "faulty records", 10_000)
    return parser


def _add_count(group: Any, flag: str, text: str, *defaults: int) -> None:
    """Adds an option that takes a number, or several where there are several defaults."""
    shown = " ".join(map(str, defaults))
    several: dict[str, Any] = {"nargs": "+", "default": list(defaults)}
    kind = several if len(defaults) > 1 else {"default": defaults[0]}
    group.add_argument(flag, type=_count, help=f"{text} (default {shown})", **kind)


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return value


def _fiftyone(folder: Path) -> int | None:
    """Gives this process a FiftyOne of its own, before anything imports it.

    Returns:
        the id of its mongod, None where ``FIFTYONE_DATABASE_URI`` names the database
    """
    exe = services.find_mongod()
    mongod = None
    if exe is not None:
        mongod, os.environ["FIFTYONE_DATABASE_URI"] = services.start_mongod(
            exe, folder, cache_gb=_cache_gb()
        )
    elif "FIFTYONE_DATABASE_URI" not in os.environ:
        sys.exit("no mongod: run `make setup`, or set FIFTYONE_DATABASE_URI")
    os.environ |= {
        "FIFTYONE_DATABASE_NAME": f"action100m-benchmarks-{os.getpid()}",
        "FIFTYONE_CONFIG_PATH": str(folder / "config.json"),
        "FIFTYONE_APP_CONFIG_PATH": str(folder / "app_config.json"),
        "FIFTYONE_DEFAULT_DATASET_DIR": str(folder / "datasets"),
        "FIFTYONE_DO_NOT_TRACK": "true",
        "FIFTYONE_SHOW_PROGRESS_BARS": "false",
        "HF_HUB_OFFLINE": "1",
    }
    # FiftyOne's exit handlers, registered later, run first: they would wait half a minute for a
    # database that is gone.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(mongod.stop if mongod is not None else _drop_database)
    return mongod.process.pid if mongod else None


def _cache_gb() -> float:
    """Returns mongod's default cache, half of the memory, but no more than 4 GB."""
    import psutil

    return float(min(max(psutil.virtual_memory().total / 2**31, 0.25), 4))


def _drop_database() -> None:
    import pymongo

    with pymongo.MongoClient(os.environ["FIFTYONE_DATABASE_URI"]) as client:
        client.drop_database(os.environ["FIFTYONE_DATABASE_NAME"])


if __name__ == "__main__":
    sys.exit(main())
