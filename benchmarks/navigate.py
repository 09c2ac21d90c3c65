"""The cost of views of the tree: building one and reading its first page.

On datasets of two sizes, with and without what the plugin offers to store (numbers for the cut,
words and gaps for the search); and the cost of a search by words and by meaning. The fields have
some 40 detections per video, ``plm_action`` has 134.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fiftyone as fo
from bson import ObjectId
from fiftyone_action100m import (
    by_level,
    coverage,
    cut,
    delete_index,
    drop_words,
    find,
    index,
    missing,
    path,
    same_action,
    search,
    segments,
    store_cut,
    store_words,
    subtree,
    uncovered,
)
from fiftyone_action100m.core.fields import DEFAULT_CAPTIONS, select_captions
from fiftyone_action100m.internals.views import aggregate
from fiftyone_action100m.views.search import Mode
from generated import generated_dataset
from measure import Usage, measured, median, ratio, table

from meaning import RandomEncoder

PAGE = 20
SUMMARY, ACTION, WIDEST = "gpt_summary_brief", "gpt_action_brief", "plm_action"
FIELDS = [c.name for c in select_captions(list(DEFAULT_CAPTIONS))]
#: A word in the last video's caption only, and one that no caption has.
RARE, NOWHERE = "quokka", "zyzzyva"

Make = Callable[[fo.Dataset], Any]


@dataclass
class Timed:
    """Times of one view, by round.

    Attributes:
        built: building it
        shown: reading its first page
    """

    built: list[Usage] = field(default_factory=list)
    shown: list[Usage] = field(default_factory=list)


def run(folder: Path, pid: int | None, sizes: tuple[int, ...], repeat: int) -> None:
    """Prints the tables of datasets of two sizes.

    Args:
        folder: for the records
        pid: the database's process, None if it cannot be measured
        sizes: videos of the datasets; the smallest and the largest count
        repeat: number of rounds
    """
    least, most = min(sizes), max(sizes)
    found = {size: _measure(folder, pid, size, repeat) for size in (least, most)}
    small, (plain, prepared, searched) = found[least], found[most]
    rows = []
    for name, timed in plain.items():
        built = [_ms(t.built) for t in (small[0][name], timed)]
        shown = [_ms(t.shown) for t in (small[0][name], timed, prepared[name])]
        rows.append([name, *built, *shown])
    few, many = f"{least:,}", f"{most:,}"
    head = ["ms: wall (CPU)", f"build {few}", many, f"page {few}", many, f"{many} prepared"]
    table(f"Views of {few} and of {many} videos, first page of {PAGE}", head, rows)
    rows = [[name, _ms(small[2][name]), _ms(usages)] for name, usages in searched.items()]
    table("Search of brief actions, the best 20", ["ms: wall (CPU)", few, many], rows)
    views = [name for name in plain if name not in _makes_clips(plain)]
    grows = sum(_wall(plain[n].built) for n in views) / sum(_wall(small[0][n].built) for n in views)
    ratio(f"building all views but clips, {many} videos : {few}, wall", f"{grows:.1f}x", "1.0x")
    for name, timed in (("as they are", plain), ("prepared", prepared)):
        bounded = [n for n in timed if n.startswith(("level", "cut", "find", "videos"))]
        slowest = max(bounded, key=lambda n: _cpu(timed[n].shown))
        ratio(
            f"slowest level, cut, search or gaps of {many} videos, {name}, CPU",
            f"{_cpu(timed[slowest].shown):.2f} s ({slowest})",
            "1 s",
        )
    slowest = max(searched, key=lambda n: _cpu(searched[n]))
    ratio(
        f"slowest search of {many} videos, CPU",
        f"{_cpu(searched[slowest]):.2f} s ({slowest})",
        "1 s",
    )


Found = tuple[dict[str, Timed], dict[str, Timed], dict[str, list[Usage]]]


def _measure(folder: Path, pid: int | None, videos: int, repeat: int) -> Found:
    dataset = generated_dataset(folder, videos)
    try:
        return measure_dataset(dataset, pid, repeat)
    finally:
        delete_index(dataset)
        drop_words(dataset)
        dataset.delete()


def measure_dataset(dataset: fo.Dataset, pid: int | None, repeat: int) -> Found:
    """Measures views of a dataset, the same once they are prepared, and searches."""
    _mark(dataset)
    ways = _ways(dataset)
    plain = _timed(dataset, ways, pid, repeat)
    rows = [[f"coverage, {f}", _total(dataset, f, pid)] for f in (ACTION, WIDEST)]
    once: dict[str, Callable[[], Any]] = {
        "store_cut": lambda: store_cut(dataset),
        "store_words": lambda: store_words(dataset),
        "index, random vectors": lambda: index(dataset, ACTION, RandomEncoder()),
    }
    for name, do in once.items():
        with measured(pid) as usage:
            do()
        rows.append([name, _text(usage)])
    table(f"Once, {len(dataset):,} videos", ["ms: wall (CPU)", ""], rows)
    return plain, _timed(dataset, ways, pid, repeat), _searched(dataset, pid, repeat)


def _searched(dataset: fo.Dataset, pid: int | None, repeat: int) -> dict[str, list[Usage]]:
    action = dataset.first()[ACTION].detections[-1]
    of_one = dataset.match({"_id": {"$in": [ObjectId(dataset.first().id)]}})
    asked: dict[str, tuple[Any, Mode]] = {
        "words": (dataset, "words"),
        "meaning": (dataset, "meaning"),
        "both": (dataset, "both"),
        "both, level 2": (by_level(dataset, 2), "both"),
        "both, cut at 10 s": (cut(dataset, 10, [ACTION]), "both"),
        "both, one video": (of_one, "both"),
    }
    results: dict[str, list[Usage]] = {name: [] for name in asked}
    encoder = RandomEncoder()
    search(dataset, action.label, encoder=encoder)
    for _ in range(repeat):
        for name, (view, mode) in asked.items():
            with measured(pid) as usage:
                search(view, action.label, mode=mode, encoder=encoder)
            results[name].append(usage)
    return results


def _mark(dataset: fo.Dataset) -> None:
    sample = dataset.last()
    label = sample[SUMMARY].detections[-1]
    label.label += f" A {RARE} looks on."
    sample.save()
    some = dataset.limit(200)
    of_each = [some.count(f"{name}.detections") / len(some) for name in FIELDS]
    print(
        f"\n{len(dataset):,} videos, {min(of_each):.0f} to {max(of_each):.0f} detections per field"
    )


def _ways(dataset: fo.Dataset) -> dict[str, Make]:
    sample = dataset.first()
    action = sample[ACTION].detections[-1]
    word = max(action.label.rstrip(".").split(), key=len)
    node = sample[ACTION].detections[1].node_id
    return {
        "level 2, all fields": lambda d: by_level(d, 2),
        f"cut at 10 s, {WIDEST}": lambda d: cut(d, 10, [WIDEST]),
        "cut at 10 s, all fields": lambda d: cut(d, 10),
        f"cut at 10 s, {ACTION}, holes covered": lambda d: cut(d, 10, [ACTION], holes="cover"),
        "find a frequent word": lambda d: find(d, word),
        "find a frequent word, with its path": lambda d: find(d, word, keep="ancestors"),
        "find a word of one video": lambda d: find(d, RARE),
        "find a word that is nowhere": lambda d: find(d, NOWHERE),
        "find an expression that is nowhere": lambda d: find(d, "zyz+[yi]va", regex=True),
        "segments without an action": lambda d: missing(d, ACTION, SUMMARY),
        "videos with uncovered stretches": lambda d: uncovered(d, WIDEST, 1e6),
        "path": lambda d: path(d, sample.id, node),
        "subtree": lambda d: subtree(d, sample.id, node),
        "the same action, clips": lambda d: same_action(d, action.label),
        "segments of a word's, clips": lambda d: segments(find(d, RARE, SUMMARY), SUMMARY),
        "segments of level 2, clips": lambda d: segments(by_level(d, 2), ACTION),
    }


def _makes_clips(names: Sequence[str] | dict[str, Any]) -> list[str]:
    return [name for name in names if name.endswith("clips")]


def _timed(
    dataset: fo.Dataset, ways: dict[str, Make], pid: int | None, repeat: int
) -> dict[str, Timed]:
    results = {name: Timed() for name in ways}
    # Otherwise the collector would look through the dataset's objects while a view is timed.
    gc.collect()
    gc.freeze()
    for _ in range(repeat):
        for name, make in ways.items():
            with measured(pid) as usage:
                view = make(dataset)
            results[name].built.append(usage)
            with measured(pid) as usage:
                _first_page(view)
            results[name].shown.append(usage)
    return results


def _first_page(view: Any) -> list[dict[str, Any]]:
    """Reads the first page of the App's grid."""
    return aggregate(view.limit(PAGE), [])


def _total(dataset: fo.Dataset, name: str, pid: int | None) -> str:
    with measured(pid) as usage:
        coverage(dataset, name)
    return _text(usage)


def _cpu(usages: Sequence[Usage]) -> float:
    return median([u.cpu + u.mongod for u in usages])


def _wall(usages: Sequence[Usage]) -> float:
    return median([u.wall for u in usages])


def _ms(usages: Sequence[Usage]) -> str:
    return f"{1000 * _wall(usages):.0f} ({1000 * _cpu(usages):.0f})"


def _text(usage: Usage) -> str:
    return _ms([usage])
