"""Stores which videos have which words, and some numbers per video, in two memory-mapped files.

``videos-N.arrow`` has a row per video, ``words-N.arrow`` a row per word, with the rows of its
videos. Both are written once and never changed. A process that has mapped them can read them after
they are deleted.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .store import IntArray, Mask

#: A part of a word with more pairs of words and videos than this does not narrow a search.
_MANY = 5_000_000


class VideoWords:
    """The words of videos.

    Args:
        folder: the folder of the files
        number: the number of the files

    Attributes:
        sample_ids: the id of each video's sample, 12 bytes
        numbers: further numbers of each video by name; NaN if missing

    Raises:
        FileNotFoundError: if the files do not exist
    """

    def __init__(self, folder: Path, number: int) -> None:
        videos = _read(folder / f"videos-{number}.arrow")
        words = _read(folder / f"words-{number}.arrow")
        ids = videos["id"].buffers()[1]
        self.sample_ids = np.frombuffer(ids or b"", np.uint8)[: 12 * len(videos)].reshape(-1, 12)
        self._paths: pa.LargeStringArray = videos["path"]
        self.numbers: dict[str, npt.NDArray[np.float64]] = {
            name: videos[name].to_numpy() for name in videos.schema.names[2:]
        }
        self._words: pa.StringArray = words["word"]
        self._starts: IntArray = words["videos"].offsets.to_numpy()
        self._rows: npt.NDArray[np.int32] = words["videos"].values.to_numpy()

    def __len__(self) -> int:
        return len(self.sample_ids)

    def paths(self, rows: IntArray) -> list[str]:
        """Returns the paths of some videos."""
        found: list[str] = self._paths.take(rows).to_pylist()
        return found

    def with_words(self, parts: Iterable[str], most: int) -> IntArray | None:
        """Returns the videos with words that contain each part; None if more than ``most``.

        Args:
            parts: letters and digits, in lower case and without accents
            most: the most videos to return
        """
        found: Mask | None = None
        for part in parts:
            words = np.flatnonzero(pc.match_substring(self._words, part).to_numpy(False))
            sizes = self._starts[words + 1] - self._starts[words]
            total = int(sizes.sum())
            if total > _MANY:
                continue
            places = np.repeat(self._starts[words] - np.cumsum(sizes) + sizes, sizes)
            have = np.zeros(len(self), bool)
            have[self._rows[places + np.arange(total)]] = True
            found = have if found is None else found & have
        if found is None or np.count_nonzero(found) > most:
            return None
        return np.flatnonzero(found)

    def pairs(self) -> tuple[list[str], IntArray, npt.NDArray[np.int32]]:
        """Returns the words, and all pairs of word and video."""
        words: list[str] = self._words.to_pylist()
        return words, np.repeat(np.arange(len(words)), np.diff(self._starts)), self._rows


class VideoWordsWriter:
    """Writes the words of videos.

    Args:
        numbers: the names of further numbers
    """

    def __init__(self, numbers: Sequence[str] = ()) -> None:
        self._known: dict[str, int] = {}
        self._words, self._sizes = array("i"), array("i")
        self._ids: list[bytes] = []
        self._paths: list[str] = []
        self._numbers: dict[str, list[float]] = {name: [] for name in numbers}
        self._pairs: list[npt.NDArray[np.uint64]] = [np.empty(0, np.uint64)]

    def keep(self, before: VideoWords, kept: Mask) -> None:
        """Keeps videos of the previous files; one flag per video. Call it first."""
        words, of, rows = before.pairs()
        self._known = {word: number for number, word in enumerate(words)}
        some = kept[rows]
        renumbered = np.cumsum(kept) - 1
        self._pairs = [_as_pairs(of[some], renumbered[rows[some]])]
        places = np.flatnonzero(kept)
        self._ids = [i.tobytes() for i in before.sample_ids[places]]
        self._paths = before.paths(places)
        for name, values in self._numbers.items():
            values += before.numbers[name][places].tolist()

    def add(self, identity: bytes, path: str, words: set[str], numbers: Sequence[float]) -> None:
        """Adds a video."""
        known = self._known
        self._ids.append(identity)
        self._paths.append(path)
        for values, number in zip(self._numbers.values(), numbers, strict=True):
            values.append(number)
        self._words.extend(known.setdefault(word, len(known)) for word in words)
        self._sizes.append(len(words))

    def write(self, folder: Path, number: int) -> None:
        """Writes the files."""
        first = len(self._ids) - len(self._sizes)
        rows = np.repeat(np.arange(first, len(self._ids)), np.asarray(self._sizes))
        pairs = np.concatenate((*self._pairs, _as_pairs(np.asarray(self._words), rows)))
        pairs.sort()
        sizes = np.bincount((pairs >> np.uint64(32)).astype(np.int64), minlength=len(self._known))
        used = sizes > 0
        starts = np.concatenate(([0], np.cumsum(sizes[used])))
        videos = (pairs & np.uint64(0xFFFFFFFF)).astype(np.int32)
        words = {
            "word": pa.array(list(self._known), pa.string()).filter(pa.array(used)),
            "videos": pa.LargeListArray.from_arrays(starts, videos),
        }
        columns: dict[str, Any] = {
            "id": pa.array(self._ids, pa.binary(12)),
            "path": pa.array(self._paths, pa.large_string()),
            **{name: np.array(values, float) for name, values in self._numbers.items()},
        }
        _write(folder / f"videos-{number}.arrow", columns)
        _write(folder / f"words-{number}.arrow", words)


def _as_pairs(words: npt.NDArray[Any], rows: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    return (words.astype(np.uint64) << np.uint64(32)) | rows.astype(np.uint64)


def _write(path: Path, columns: dict[str, Any]) -> None:
    batch = pa.record_batch(columns)
    with path.open("wb") as file:
        with pa.ipc.new_file(file, batch.schema) as writer:
            writer.write_batch(batch)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> pa.RecordBatch:
    return pa.ipc.open_file(pa.memory_map(str(path))).get_batch(0)
