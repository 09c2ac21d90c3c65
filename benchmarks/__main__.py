"""``python benchmarks``: prints the project's figures, each as a ratio measured in one run.

Starts a mongod of its own and works in a temporary folder, which it removes.
"""

from __future__ import annotations

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import services

PARTS = ("ingest", "clip", "memory", "overview", "navigate", "panel", "cluster")
#: What takes long, and is run only if asked for.
LONG = ("scale", "kills", "mutate")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the parts that are asked for."""
    parser = _parser()
    args = parser.parse_args(argv)
    parts = args.parts or list(PARTS)
    known = (*PARTS, *LONG)
    if unknown := set(parts) - set(known):
        parser.error(f"no part {', '.join(sorted(unknown))}: choose from {', '.join(known)}")
    equal = True
    folder = Path(tempfile.mkdtemp(prefix="action100m-bench-"))
    pid = _fiftyone(folder)
    if "ingest" in parts:
        _ingest(folder, pid, args)
    if "clip" in parts:
        _clip(folder, args)
    if "memory" in parts:
        _memory(folder, args)
    if "overview" in parts:
        _overview(folder, pid, args)
    if "navigate" in parts:
        _navigate(folder, pid, args)
    if "panel" in parts:
        _panel(folder, args)
    if "cluster" in parts:
        _cluster(folder, pid, args)
    if "scale" in parts:
        _scale(folder, pid, args)
    if "kills" in parts:
        equal = _kills(folder, args)
    if "mutate" in parts:
        equal = _mutate(folder, args) and equal
    return 0 if equal else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python benchmarks",
        description="Prints the figures of ingest, clip, memory, overview and navigation.",
    )
    parts = f"{', '.join(PARTS)}: all of them by default; and {', '.join(LONG)}"
    parser.add_argument("parts", nargs="*", metavar="PART", help=parts)
    parser.add_argument("--repeat", type=_count, default=3, help="rounds (default 3)")
    group = parser.add_argument_group("ingest and memory")
    group.add_argument("--records", type=Path, help="a Parquet file of records; default generated")
    group.add_argument(
        "--captions",
        action="append",
        help="as for `action100m convert`; may be repeated (default gpt, then gpt,plm_action)",
    )
    group.add_argument("--videos", type=_count, default=5000, help="for ours (default 5000)")
    group.add_argument("--samples", type=_count, default=60, help="for add_samples (default 60)")
    group.add_argument(
        "--memory-videos",
        type=_count,
        default=2000,
        help="the smaller of the two inputs; the other is ten times as large (default 2000)",
    )
    group = parser.add_argument_group("overview")
    group.add_argument(
        "--overview-videos",
        type=_count,
        nargs="+",
        default=[1000, 10_000],
        help="how many, for each data set (default 1000 10000)",
    )
    group = parser.add_argument_group("navigate")
    group.add_argument(
        "--navigate-videos",
        type=_count,
        default=10_000,
        help="for the larger data set; the other has a tenth (default 10000)",
    )
    group = parser.add_argument_group("panel")
    group.add_argument(
        "--nodes",
        type=_count,
        nargs="+",
        default=[500, 2000, 5570],
        help="of each tree, about (default 500 2000 5570: the largest known)",
    )
    group = parser.add_argument_group("cluster")
    group.add_argument(
        "--cluster-videos", type=_count, default=2000, help="in shards of 100 (default 2000)"
    )
    group = parser.add_argument_group("clip")
    group.add_argument("--seconds", type=_count, default=30, help="of the source (default 30)")
    group = parser.add_argument_group("scale, with --captions and --samples")
    group.add_argument(
        "--scale-videos",
        type=_count,
        nargs="+",
        default=[12_000, 120_000],
        help="how many, for each data set, ascending (default 12000 120000)",
    )
    group = parser.add_argument_group("kills")
    group.add_argument("--kills", type=_count, default=100, help="how many (default 100)")
    group.add_argument(
        "--kill-videos", type=_count, default=210, help="of each data set (default 210)"
    )
    group.add_argument(
        "--fork", action="store_true",
        help="fork the conversions off one process that has imported FiftyOne: some times as fast",
    )  # fmt: skip
    group.add_argument(
        "--seed", type=int, default=1, help="of the moments, and of mutate's records (default 1)"
    )
    group = parser.add_argument_group("mutate, with --records and --seed")
    group.add_argument(
        "--mutants", type=_count, default=10_000, help="records with a fault (default 10000)"
    )
    return parser


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
    # What is registered before FiftyOne is imported runs after what FiftyOne registers, which would
    # wait half a minute for a database that is gone.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(mongod.stop if mongod is not None else _drop_database)
    return mongod.process.pid if mongod else None


def _cache_gb() -> float:
    """What mongod takes by default, half of the memory, but no more than 4 GB."""
    import psutil

    return float(min(max(psutil.virtual_memory().total / 2**31, 0.25), 4))


def _drop_database() -> None:
    import pymongo

    with pymongo.MongoClient(os.environ["FIFTYONE_DATABASE_URI"]) as client:
        client.drop_database(os.environ["FIFTYONE_DATABASE_NAME"])


def _ingest(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import ingest

    sizes = ingest.Sizes(args.videos, args.samples, args.repeat)
    for captions in args.captions or ["gpt", "gpt,plm_action"]:
        ingest.run(folder, pid, sizes, captions, args.records)


def _clip(folder: Path, args: argparse.Namespace) -> None:
    import clip

    clip.run(folder, args.seconds, args.repeat)


def _memory(folder: Path, args: argparse.Namespace) -> None:
    import memory

    captions = (args.captions or ["gpt,plm_action"])[-1]
    memory.run(folder, args.memory_videos, captions, args.records)


def _overview(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import overview

    overview.run(folder, pid, tuple(args.overview_videos), args.repeat)


def _navigate(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import navigate

    navigate.run(folder, pid, args.navigate_videos, args.repeat)


def _panel(folder: Path, args: argparse.Namespace) -> None:
    import panel

    panel.run(folder, tuple(args.nodes), args.repeat)


def _cluster(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import cluster

    cluster.run(folder, pid, args.cluster_videos, args.repeat)


def _scale(folder: Path, pid: int | None, args: argparse.Namespace) -> None:
    import scale

    sizes = tuple(sorted(args.scale_videos))
    scale.run(folder, pid, sizes, args.samples, (args.captions or ["gpt"])[0])


def _kills(folder: Path, args: argparse.Namespace) -> bool:
    import kills

    return kills.run(folder, args.kills, args.kill_videos, args.seed, args.fork)


def _mutate(folder: Path, args: argparse.Namespace) -> bool:
    import mutate

    return mutate.run(folder, args.mutants, args.seed, args.records)


if __name__ == "__main__":
    sys.exit(main())
