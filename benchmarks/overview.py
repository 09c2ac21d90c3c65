"""The overview's counts, computed and cached, on datasets of two sizes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fiftyone_action100m.core.keys import OVERVIEW_STORE
from generated import generated_dataset
from measure import Usage, alternating, measured, median, ratio, spread, table

COLD, KEPT, ALL = "counted", "kept", "all counted"


def run(folder: Path, pid: int | None, sizes: tuple[int, ...], repeat: int) -> None:
    """Prints how long the overview's counts take, as its panel asks for them.

    Args:
        folder: for the records
        pid: the database's process, None if it cannot be measured
        sizes: videos per dataset
        repeat: number of rounds
    """
    rows, found = [], {}
    for videos in sizes:
        found = _measure(folder, pid, videos, repeat)
        for way, usages in found.items():
            wall = spread([u.wall for u in usages])
            rows.append([f"{videos:,} videos, {way}", wall, spread([u.mongod for u in usages])])
    table("Overview", ["", "wall, s", "mongod's CPU, s"], rows)
    for way, target in ((COLD, "3 s at 10,000, 10 s at 120,000"), (KEPT, "0.3 s")):
        wall = median([u.wall for u in found[way]])
        ratio(f"overview of {sizes[-1]:,} videos, {way}, wall", f"{wall:.2f} s", target)


def _measure(folder: Path, pid: int | None, videos: int, repeat: int) -> dict[str, list[Usage]]:
    from fiftyone.operators.store import ExecutionStore
    from fiftyone_action100m.internals.database import dataset_id
    from fiftyone_action100m.views.hierarchy import find_hierarchy
    from fiftyone_action100m.views.overview_cache import PARTS, clear_counts, next_counts
    from fiftyone_action100m.views.overview_videos import MOST_VIDEOS

    dataset = generated_dataset(folder, videos)
    store = ExecutionStore.create(OVERVIEW_STORE, dataset_id(dataset))
    view, found = dataset.view(), find_hierarchy(dataset)

    def counted(every: bool = False) -> Usage:
        clear_counts(store)
        return kept(every)

    def kept(every: bool = False) -> Usage:
        with measured(pid) as usage:
            next_counts(store, view, found, len(PARTS), every)
        return usage

    ways: list[tuple[str, Callable[[], Usage]]] = [(COLD, counted), (KEPT, kept)]
    if videos > MOST_VIDEOS:  # of more, some are counted unless all are asked for
        ways.append((ALL, lambda: counted(every=True)))
    try:
        return alternating(ways, repeat)
    finally:
        dataset.delete()
