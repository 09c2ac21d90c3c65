"""Creates or updates an index. After a kill, the next call continues.

Texts and vectors are kept as they are added (:mod:`.texts`). Everything else is written into a new
folder, which ``index.json`` names once it is complete.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .encoders import TextEncoder, can_compare, describe
from .files import Appended, read_column, sync_folder, write_column, write_json
from .store import COLUMNS, IndexInfo, IntArray, Kind, Mask, Occurrences, TextIndex, read_info
from .texts import StoredTexts, TextsWriter, made_by
from .words import write_words

#: Occurrences per block that is moved.
_ROWS = 1 << 20
#: The greatest difference between the clocks of machines that save samples, in milliseconds.
_CLOCKS_MS = 10_000


class IndexWriter:
    """Writes an index of the texts of some samples.

    The samples are those of the last index that are kept, and those that are added. Hold
    :func:`.files.locked` while writing.

    Args:
        folder: the index's folder
        encoder: the encoder of the texts
        fields: the fields that texts are read from, at most 16
        dataset_id: the dataset that owns the files
        kind: what the texts are
        group: returns a key; only texts with the same key are embedded in one batch; by default,
            any texts are

    Attributes:
        previous: the index that is updated; None if there is none with the same fields, encoder and
            dataset
    """

    def __init__(
        self,
        folder: Path,
        encoder: TextEncoder,
        fields: Sequence[str],
        dataset_id: str,
        kind: Kind = "texts",
        group: Callable[[str], str] | None = None,
    ) -> None:
        self.folder, self.encoder = folder, encoder
        self.fields, self.dataset_id = list(fields), dataset_id
        self._kind, self._group = kind, group
        self._since = time.time_ns() // 1_000_000 - _CLOCKS_MS
        current = self._current = read_info(folder)
        self._made_by = describe(encoder)
        same = current is not None and can_compare(current.encoder, self._made_by)
        self.previous = None
        if current is not None and same and current.fields == self.fields:
            self.previous = TextIndex(folder, current)
        self._clear(same)
        self.texts = TextsWriter(self._texts_folder(same), encoder)
        generation = 1 + (current.generation if current else 0)
        self._uses = folder / f"uses-{generation}"
        self._uses.mkdir()
        self._generation = generation
        self._samples: list[bytes] = []
        self._modified: list[int] = []
        self._kept: Mask = np.zeros(self.previous.info.samples if self.previous else 0, bool)
        self._raw = {
            key: Appended(self._uses / f"raw.{name}", 0) for key, (name, _, _) in _RAW.items()
        }
        self._count = 0

    def _texts_folder(self, same: bool) -> Path:
        """Returns the folder of the texts: the current one, or one of an interrupted run."""
        if same and self._current is not None:
            return self.folder / self._current.texts_folder
        begun = [
            folder
            for folder in self.folder.glob("texts-*")
            if can_compare(made_by(folder), self._made_by)
        ]
        return begun[0] if begun else self.folder / f"texts-{1 + _last(self.folder, 'texts')}"

    def _clear(self, same: bool) -> None:
        """Deletes what killed runs left behind."""
        keep = {self._current.texts_folder, self._current.uses_folder} if self._current else set()
        for path in self.folder.glob("uses-*"):
            if path.name not in keep:
                shutil.rmtree(path)
        for path in self.folder.glob("texts-*"):
            if path.name not in keep and (same or not can_compare(made_by(path), self._made_by)):
                shutil.rmtree(path)

    def keep(self, kept: Mask) -> None:
        """Keeps samples of the previous index; one flag per sample."""
        self._kept = kept

    def add(
        self,
        samples: Sequence[tuple[bytes, int]],
        texts: Sequence[str],
        occurrences: Occurrences,
    ) -> None:
        """Adds new or changed samples.

        Args:
            samples: the id, 12 bytes, and the time of the last change of each
            texts: the text of each occurrence
            occurrences: the occurrences, with positions in ``samples`` as samples; their texts are
                ignored
        """
        rows = self.texts.add(texts)
        first = len(self._samples)
        self._samples += [sample for sample, _ in samples]
        self._modified += [modified for _, modified in samples]
        filled = occurrences._replace(
            text=rows.astype(np.int32), sample=occurrences.sample + np.int32(first)
        )
        for key, file in self._raw.items():
            file.append(getattr(filled, key).astype(_RAW[key][1]))
        self._count += len(rows)

    def embed(self) -> Iterator[tuple[int, int]]:
        """Embeds the texts without a vector; yields the number done and the total."""
        yield from self.texts.embed(self._group)

    def finish(self) -> IndexInfo:
        """Makes the new index current."""
        for file in self._raw.values():
            file.sync()
            file.close()
        number = self.texts.texts
        info_texts = self.texts.folder
        order, text = self._sorted()
        counts = np.bincount(text, minlength=number)
        if 3 * np.count_nonzero(counts == 0) > number:
            info_texts, text = self._without_gone(counts > 0, text)
            counts = counts[counts > 0]
            number = len(counts)
        self._write_uses(order, text, counts)
        texts = StoredTexts(info_texts, number, self.encoder.dimension)
        same_rows = self.previous is not None and info_texts == self._previous_texts()
        previous = self.folder / self.previous.info.uses_folder if self.previous else None
        worded = texts.texts
        if self._kind == "clips":  # keys of segments have no words
            worded = pa.repeat(pa.scalar("", pa.large_string()), number)
        write_words(self._uses, worded, previous if same_rows else None)
        sync_folder(self._uses)
        info = IndexInfo(
            encoder=made_by(info_texts) or self._made_by,
            fields=self.fields,
            dataset_id=self.dataset_id,
            at=datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            generation=self._generation,
            texts=number,
            alive=int(np.count_nonzero(counts)),
            occurrences=len(text),
            samples=int(self._kept.sum()) + len(self._samples),
            texts_folder=info_texts.name,
            uses_folder=self._uses.name,
            kind=self._kind,
            since=self._since,
        )
        write_json(self.folder / "index.json", asdict(info))
        self.texts.close()
        self._delete_old(info)
        return info

    def _previous_texts(self) -> Path | None:
        return self.folder / self.previous.info.texts_folder if self.previous else None

    def _delete_old(self, info: IndexInfo) -> None:
        for kind, current in (("texts", info.texts_folder), ("uses", info.uses_folder)):
            for path in self.folder.glob(f"{kind}-*"):
                if path.name != current:
                    shutil.rmtree(path)

    def _sorted(self) -> tuple[IntArray, npt.NDArray[np.int32]]:
        """Returns the order of all occurrences by text, and their texts in this order.

        Positions are those of the kept occurrences, followed by those of the added ones.
        """
        added = read_column(self._uses / "raw.text.i32", np.int32, self._count)
        kept = self._kept_rows()
        text = np.concatenate((self._kept_texts(kept), added))
        order = np.argsort(text, kind="stable")
        return order, text[order]

    def _kept_rows(self) -> IntArray:
        if self.previous is None:
            return np.empty(0, np.int64)
        return np.flatnonzero(self._kept[self.previous.column("sample")])

    def _kept_texts(self, kept: IntArray) -> npt.NDArray[np.int32]:
        if self.previous is None:
            return np.empty(0, np.int32)
        rows = np.arange(len(self.previous), dtype=np.int32)
        return np.repeat(rows, self.previous.counts)[kept]

    def _write_uses(self, order: IntArray, text: npt.NDArray[np.int32], counts: IntArray) -> None:
        kept = self._kept_rows()
        renumbered = (np.cumsum(self._kept) - 1).astype(np.int32)
        first = int(self._kept.sum())
        in_fields = np.zeros(len(counts), np.uint16)
        for key, (name, dtype, width) in COLUMNS.items():
            raw = read_column(self._uses / f"raw.{name}", dtype, self._count, width)
            old = self.previous.column(key) if self.previous else raw[:0]
            file = Appended(self._uses / name, 0)
            for at in range(0, len(order), _ROWS):
                places = order[at : at + _ROWS]
                new = places >= len(kept)
                values = np.empty((len(places), *raw.shape[1:]), dtype)
                values[new] = raw[places[new] - len(kept)]
                values[~new] = old[kept[places[~new]]]
                if key == "sample":
                    values[new] += first
                    values[~new] = renumbered[values[~new]]
                if key == "field":
                    for field in np.unique(values).tolist():
                        in_fields[text[at : at + _ROWS][values == field]] |= np.uint16(1 << field)
                file.append(values)
            file.sync()
            file.close()
        write_column(self._uses / "starts.i64", np.concatenate(([0], np.cumsum(counts))))
        write_column(self._uses / "in_fields.u16", in_fields)
        self._write_samples()
        for name, _, _ in _RAW.values():
            (self._uses / f"raw.{name}").unlink()

    def _write_samples(self) -> None:
        ids = np.frombuffer(b"".join(self._samples), np.uint8).reshape(-1, 12)
        modified = np.array(self._modified, np.int64)
        if self.previous is not None:
            ids = np.concatenate((self.previous.sample_ids[self._kept], ids))
            modified = np.concatenate((self.previous.modified[self._kept], modified))
        write_column(self._uses / "samples.id", ids)
        write_column(self._uses / "samples.modified", modified)

    def _without_gone(
        self, alive: Mask, text: npt.NDArray[np.int32]
    ) -> tuple[Path, npt.NDArray[np.int32]]:
        """Copies the texts that still occur; returns their folder and the occurrences' new rows."""
        source = StoredTexts(self.texts.folder, self.texts.texts, self.encoder.dimension)
        folder = self.folder / f"texts-{1 + _last(self.folder, 'texts')}"
        writer = TextsWriter(folder, self.encoder)
        writer.copy(source, np.flatnonzero(alive))
        writer.close()
        return folder, (np.cumsum(alive) - 1).astype(np.int32)[text]


#: Columns in the order of addition, in files ``raw.NAME``.
_RAW: dict[str, tuple[str, Any, int | None]] = {"text": ("text.i32", np.int32, None), **COLUMNS}


def _last(folder: Path, kind: str) -> int:
    """Returns the highest number of the folders of a kind, 0 if there is none."""
    found = (re.fullmatch(rf"{kind}-(\d+)", path.name) for path in folder.iterdir())
    return max((int(match[1]) for match in found if match), default=0)
