"""Queries of an index of captions: time, memory, size and recall, beside NumPy on all vectors."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from fiftyone_action100m.meaning.building import IndexWriter
from fiftyone_action100m.meaning.files import locked
from fiftyone_action100m.meaning.ranking import ranked_texts
from fiftyone_action100m.meaning.store import Occurrences, TextIndex, open_folder
from measure import Usage, alternating, measured, median, ratio, spread, table

DIMENSION = 384
_AT_ONCE = 20_000
_QUERIES = 20
_WORDS = 20_000
NUMPY = "NumPy, float32"


class RandomEncoder:
    """Encodes the n-th text that it is given as the n-th row of one fixed random matrix."""

    name, digest, dimension = "random", "random", DIMENSION

    def __init__(self) -> None:
        self._rng = np.random.default_rng(51)

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Returns the next rows."""
        found = self._rng.standard_normal((len(texts), DIMENSION), np.float32)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found


def run(folder: Path, sizes: tuple[int, ...], repeat: int) -> None:
    """Prints what queries take.

    Random vectors are the hardest case for recall: no text is clearly nearer than the others.

    Args:
        folder: for the indexes
        sizes: distinct texts per index
        repeat: number of rounds of 20 queries
    """
    rows = []
    for texts in sizes:
        with measured() as built:
            index = _index(folder / f"index-{texts}", texts)
        opened = _fresh(index.folder)
        found = _queries(index, repeat)
        recall = _recall(index)
        size = sum(file.stat().st_size for file in index.folder.rglob("*"))
        wall = {way: [u.wall * 1000 / _QUERIES for u in usages] for way, usages in found.items()}
        rows.append(
            [f"{texts:,} texts", f"{built.cpu:.0f}", f"{size / 2**20:,.0f}"]
            + [f"{opened['open_ms']:.1f}", f"{opened['memory_mb']:,.0f}", f"{recall:.3f}"]
            + [spread(values, 1) for values in wall.values()]
        )
    head = ["", "build, CPU s", "disk, MB", "open, ms", "memory, MB", "recall@10"]
    table("Queries of captions", [*head, *(f"{way}, ms" for way in found)], rows)
    last = f"{sizes[-1]:,} texts"
    cpu = {way: median([u.cpu * 1000 / _QUERIES for u in usages]) for way, usages in found.items()}
    beside = f"{cpu['meaning']:.0f} ms, NumPy's {cpu[NUMPY]:.0f} ms"
    ratio(f"CPU of a query by meaning of {last}", beside, "NumPy's")
    ratio(f"a query by meaning of {last}", f"{min(wall['meaning']):.0f} ms", "300 ms at 1,000,000")
    ratio(f"memory of {last}", f"{opened['memory_mb']:,.0f} MB", "450 MB at 1,000,000")
    ratio(f"recall@10 of {last}", f"{recall:.3f}", "0.98")


def _index(folder: Path, texts: int) -> TextIndex:
    rng = np.random.default_rng(51)
    with locked(folder):
        writer = IndexWriter(folder, RandomEncoder(), ["gpt_action_brief"], "0" * 24)
        for first in range(0, texts, _AT_ONCE):
            count = min(_AT_ONCE, texts - first)
            words = rng.zipf(1.3, (count, 4)) % _WORDS
            lines = [
                f"{a} {b} {c} {d} {first + i}" for i, (a, b, c, d) in enumerate(words.tolist())
            ]
            sample = (f"{first:012d}".encode(), 0)
            writer.add([sample], lines, _occurrences(count))
        for _ in writer.embed():
            pass
        writer.finish()
    return open_folder(folder)


def _occurrences(count: int) -> Occurrences:
    return Occurrences(
        text=np.zeros(count, np.int32),
        sample=np.zeros(count, np.int32),
        label=np.zeros((count, 12), np.uint8),
        field=np.zeros(count, np.uint8),
        level=np.zeros(count, np.int16),
        duration=np.ones(count, np.float32),
    )


def _vectors() -> npt.NDArray[np.float32]:
    found = np.random.default_rng(7).standard_normal((_QUERIES, DIMENSION), np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def _queries(index: TextIndex, repeat: int) -> dict[str, list[Usage]]:
    """Measures 20 queries of each kind, in turn."""
    everything = index.vectors(0, len(index))
    allowed = index.alive
    text = "12 345 6"

    def numpy(vector: npt.NDArray[np.float32]) -> None:
        np.argpartition(-(everything @ vector), 10)[:10]

    def meaning(vector: npt.NDArray[np.float32]) -> None:
        next(ranked_texts(index, 20, allowed, vector))

    def words(_: npt.NDArray[np.float32]) -> None:
        next(ranked_texts(index, 20, allowed, words=text))

    def both(vector: npt.NDArray[np.float32]) -> None:
        next(ranked_texts(index, 20, allowed, vector, text, (0.7, 0.3)))

    def all_of(ask: Callable[[npt.NDArray[np.float32]], None]) -> Callable[[], Usage]:
        def ask_all() -> Usage:
            with measured() as usage:
                for vector in _vectors():
                    ask(vector)
            return usage

        return ask_all

    kinds = {NUMPY: numpy, "meaning": meaning, "words": words, "both": both}
    return alternating([(name, all_of(ask)) for name, ask in kinds.items()], repeat)


def _recall(index: TextIndex) -> float:
    """Returns the share of the ten nearest in 16 bits that are found."""
    everything = index.vectors(0, len(index))
    found = []
    for vector in _vectors():
        nearest = np.argsort(-(everything @ vector), kind="stable")[:10]
        rows, _ = next(ranked_texts(index, 10, index.alive, vector))
        found.append(len(set(nearest.tolist()) & set(rows[:10].tolist())))
    return sum(found) / (10 * _QUERIES)


_FRESH = """
import json, sys, time
from pathlib import Path
import numpy as np
from fiftyone_action100m.meaning.ranking import ranked_texts
from fiftyone_action100m.meaning.store import open_folder
def memory():
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024
before = memory()
start = time.perf_counter()
index = open_folder(Path(sys.argv[1]))
opened = time.perf_counter() - start
vector = np.zeros(index.dimension, np.float32)
vector[0] = 1
next(ranked_texts(index, 20, index.alive, vector, "12 345 6", (0.7, 0.3)))
print(json.dumps({"open_ms": opened * 1000, "memory_mb": memory() - before}))
"""


def _fresh(folder: Path) -> dict[str, float]:
    """Opens an index in a process of its own and asks once; memory includes what is mapped."""
    command = [sys.executable, "-c", _FRESH, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
