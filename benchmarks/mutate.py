"""Converts faulty records: none may end a run, and each must be counted once.

Every tenth record is a good one, and all of those must arrive. No clips are made: the test covers
everything from the files of records to the dataset.
"""

from __future__ import annotations

import copy
import json
import logging
import random
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import fiftyone as fo
from fiftyone_action100m.cli.description import describe_source
from fiftyone_action100m.cli.inspection import inspect_source
from fiftyone_action100m.converters import pipeline
from fiftyone_action100m.converters.clips.media import Clip
from fiftyone_action100m.converters.convert import Conversion
from fiftyone_action100m.converters.options import ConvertOptions
from fiftyone_action100m.converters.reading.sources import Failure, read_records
from fiftyone_action100m.converters.report import Report
from fiftyone_action100m.converters.shards.run import convert_shards
from fiftyone_action100m.core.fields import CAPTIONS
from fiftyone_action100m.core.records import parse_record
from measure import table
from mutants import arrow_file, base_records, json_line
from shards import clip_of

#: Records per file; every tenth is a good one, in the file or in one that follows it.
_IN_FILE = 20
_GOOD = 10


@dataclass
class Mutants:
    """The records that were written.

    Attributes:
        folder: holds ``records`` and ``videos``
        count: number of records, good ones included
        expected: number of videos that a report must count
        good: ids of the good records
        faults: the failures found
    """

    folder: Path
    count: int = 0
    expected: int = 0
    good: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)


def run(folder: Path, count: int, seed: int, records: Path | None) -> bool:
    """Converts faulty records in every way there is, and prints the outcomes.

    Args:
        folder: for the records and the output
        count: number of faulty records
        seed: for the faults
        records: a Parquet file of records to change, None for generated ones

    Returns:
        whether none ended a run, each was counted once, and the good ones arrived
    """
    logging.getLogger("fiftyone_action100m").setLevel(logging.ERROR)
    mutants = _write(folder / "mutants", count, random.Random(seed), base_records(records))
    made = pipeline.make_clip
    pipeline.make_clip = _made_up
    try:
        found = {
            "a run": _tried(mutants, _plain, "plain"),
            "the same again": _tried(mutants, _plain, "plain"),
            "a dry run": _tried(mutants, _plain, "dry", dry_run=True),
            "in shards": _tried(mutants, _sharded, "shards"),
        }
        _inspect(mutants)
    finally:
        pipeline.make_clip = made
    _print(found, mutants, seed)
    return not mutants.faults


def _write(folder: Path, count: int, rng: random.Random, base: list[dict[str, Any]]) -> Mutants:
    """Writes the records, half of them as JSON Lines and half as Parquet, and their videos."""
    mutants = Mutants(folder)
    (folder / "records").mkdir(parents=True)
    (folder / "videos").mkdir()
    numbers = iter(range(2 * count + 2 * _IN_FILE))

    def another(kind: str) -> dict[str, Any]:
        row = copy.deepcopy(rng.choice(base))
        row["video_uid"] = f"{kind}-{next(numbers):06d}"
        (folder / "videos" / f"{row['video_uid']}.mp4").touch()
        if kind == "good":
            mutants.good.add(row["video_uid"])
        mutants.count += 1
        return row

    for first in range(0, count, _IN_FILE):
        wrong = [another("wrong") for _ in range(min(_IN_FILE, count - first))]
        path = folder / "records" / f"{first:06d}"
        if first // _IN_FILE % 2:
            arrow_file(path.with_suffix(".parquet"), wrong, rng)
            mutants.expected -= (len(wrong) - 1) * _is_refused(path.with_suffix(".parquet"))
            good = [another("good") for _ in range(_IN_FILE // _GOOD)]
            lines = [json.dumps(row).encode() for row in good]
            path = path.with_name(f"{path.name}-good")
        else:
            lines = [json_line(row, rng) for row in wrong]
            for at in range(0, len(wrong), _GOOD):
                lines.insert(at, json.dumps(another("good")).encode())
        path.with_suffix(".jsonl").write_bytes(b"\n".join(lines) + b"\n")
    mutants.expected += mutants.count
    return mutants


def _made_up(_source: Path, target: Path, *_others: Any) -> Clip:
    """Stands in for :func:`make_clip`: a clip of 90 s that does not exist."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.touch()
    clip = clip_of(parse_record({"video_uid": "a", "nodes": [_NODE]}, ()))
    return replace(clip, path=target, size_bytes=0)


_NODE = {"node_id": "a", "level": 0, "start": 0.0, "end": 90.0}


def _tried(
    mutants: Mutants, way: Callable[..., Report], name: str, **options: Any
) -> Report | None:
    """Converts and checks the outcome."""
    try:
        report = way(mutants, f"mutants-{name}", mutants.folder / "out" / name, **options)
    except Exception:
        mutants.faults.append(f"{name}: ended by {traceback.format_exc(limit=-6)}")
        return None
    if report.done != mutants.expected:
        mutants.faults.append(f"{name}: {report.done} of {mutants.expected} were counted")
    if not options.get("dry_run"):
        held = Counter(fo.load_dataset(f"mutants-{name}").values("video_uid"))
        missing, twice = mutants.good - held.keys(), [u for u, n in held.items() if n > 1]
        if missing or twice:
            mutants.faults.append(f"{name}: missing {sorted(missing)[:9]}, twice {twice[:9]}")
    return report


def _is_refused(path: Path) -> bool:
    """Returns whether a Parquet file is unusable as a whole, and so counts once."""
    items = list(read_records([path], ()))
    return isinstance(items[0], Failure) and items[0].where == str(path)


def _options(mutants: Mutants, name: str, out: Path, **options: Any) -> ConvertOptions:
    folder = mutants.folder
    captions = [caption.name for caption in CAPTIONS]
    return ConvertOptions(
        folder / "records", folder / "videos", name, out, captions=captions, **options
    )


def _plain(mutants: Mutants, name: str, out: Path, **options: Any) -> Report:
    conversion = Conversion(_options(mutants, name, out, **options))
    for _ in conversion.run():
        pass
    return conversion.report


def _sharded(mutants: Mutants, name: str, out: Path) -> Report:
    with ThreadPoolExecutor(1) as executor:
        return convert_shards(_options(mutants, name, out), executor=executor)[1]


def _inspect(mutants: Mutants) -> None:
    try:
        describe_source(inspect_source(mutants.folder / "records", CAPTIONS, sample=mutants.count))
    except Exception:
        mutants.faults.append(f"inspect: ended by {traceback.format_exc(limit=-6)}")


def _print(found: dict[str, Report | None], mutants: Mutants, seed: int) -> None:
    kinds = sorted({key for report in found.values() if report for key in report.counts})
    rows = [
        (
            f"{status} {reason}",
            *(str(r.counts[status, reason]) if r else "-" for r in found.values()),
        )
        for status, reason in kinds
    ]
    wrong = mutants.count - len(mutants.good)
    table(f"{wrong} faulty records, seed {seed}", ("", *found), rows)
    for fault in mutants.faults:
        print(f"  FAULT: {fault}", flush=True)
    verdict = "FAILED" if mutants.faults else "none ended a run, each counted once"
    print(f"  {wrong} faulty records, {len(mutants.good)} good ones between: {verdict}", flush=True)
