"""Reads an index of texts from its files: distinct texts, their vectors and occurrences.

A folder holds ``index.json``, which names the current ``texts-N`` (see :mod:`.texts`) and
``uses-N``. ``uses-N`` holds, besides the words (:mod:`.words`),

- ``samples.id`` and ``samples.modified``: the ids of the samples that were read, 12 bytes each, and
  the time of the last change of each, in milliseconds since 1970;
- one row per occurrence, sorted by text: ``sample.i32`` (the row of its sample), ``label.id``,
  ``field.u8``, ``level.i16`` and ``duration.f32``; ``starts.i64`` is the first row of each text;
- ``in_fields.u16``: the fields in which a text occurs, one bit each.

All files are memory-mapped, so opening an index reads almost nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .encoders import TextEncoder, can_compare, describe
from .files import read_column
from .texts import StoredTexts, encode_text
from .words import Words

#: The version of the files.
FORMAT = 1

#: The kinds of indexes: of distinct captions, or of distinct segments of videos, whose "texts" are
#: their keys.
Kind = Literal["texts", "clips"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class NoIndexError(ValueError):
    """There is no index; the message says how to create one."""


class OtherEncoderError(ValueError):
    """The encoder differs from that of the index; the message names both."""


class Occurrences(NamedTuple):
    """Occurrences of texts, one row each.

    Attributes:
        text: the row of the text
        sample: the row of the sample in the index
        label: the label's id, 12 bytes
        field: the position of the field in :attr:`TextIndex.fields`
        level: the node's level; -1 if it has none
        duration: seconds
    """

    text: npt.NDArray[np.int32]
    sample: npt.NDArray[np.int32]
    label: npt.NDArray[np.uint8]
    field: npt.NDArray[np.uint8]
    level: npt.NDArray[np.int16]
    duration: npt.NDArray[np.float32]


#: The files of :class:`Occurrences` besides the text: name, type and numbers per row.
COLUMNS: dict[str, tuple[str, npt.DTypeLike, int | None]] = {
    "sample": ("sample.i32", np.int32, None),
    "label": ("label.id", np.uint8, 12),
    "field": ("field.u8", np.uint8, None),
    "level": ("level.i16", np.int16, None),
    "duration": ("duration.f32", np.float32, None),
}


@dataclass(frozen=True)
class IndexInfo:
    """The contents of ``index.json``.

    Attributes:
        encoder: the name, digest and dimension of the encoder
        fields: the indexed fields
        dataset_id: the indexed dataset, which owns the files
        at: the time of the last update, in ISO format
        generation: the number of updates, including the first
        texts: the number of distinct texts, including those that no longer occur
        alive: the number of distinct texts that occur
        occurrences: the number of occurrences
        samples: the number of samples read
        texts_folder: the folder of the texts
        uses_folder: the folder of the occurrences
        format: the version of the files
        kind: one of the kinds of indexes
        since: a time before the samples were read, in milliseconds since 1970: samples that changed
            afterwards were saved later; -1 if unknown
    """

    encoder: dict[str, Any]
    fields: list[str]
    dataset_id: str
    at: str
    generation: int
    texts: int
    alive: int
    occurrences: int
    samples: int
    texts_folder: str
    uses_folder: str
    format: int = FORMAT
    kind: Kind = "texts"
    since: int = -1


def read_info(folder: Path) -> IndexInfo | None:
    """Reads a folder's ``index.json``; returns None if there is none.

    Raises:
        ValueError: if a newer version of this package has written it
    """
    try:
        found = json.loads((folder / "index.json").read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    if found.get("format") != FORMAT:
        raise ValueError(
            f"the index in {folder} has format {found.get('format')}, this version reads {FORMAT}: "
            "delete the folder and index the dataset again"
        )
    return IndexInfo(**found)


class TextIndex:
    """An index, opened for reading.

    Use :func:`open_folder`.

    Attributes:
        folder: the index's folder
        info: the contents of its ``index.json``
        texts: all N distinct texts, a ``pyarrow`` array, in the order in which they were first seen
        codes: [N, dimension], their vectors in 8 bits
        scales: [N], the factor of each row of ``codes``; 0 for a text without a vector
        sample_ids: [samples, 12], the ids of the samples that were read
        modified: [samples], the time when each was last saved, in milliseconds since 1970
        in_fields: [N], a bit for each field that has the text
        words: the words of the texts
        elsewhere: queries a backend that has the vectors too: returns the rows of the k texts
            nearest to a query; None to compare the query with all vectors in the files
    """

    def __init__(self, folder: Path, info: IndexInfo) -> None:
        self.folder, self.info = folder, info
        self.elsewhere: Callable[[FloatArray, int], IntArray] | None = None
        stored = self._texts = StoredTexts(
            folder / info.texts_folder, info.texts, info.encoder["dimension"]
        )
        self.texts: pa.LargeStringArray = stored.texts
        self.codes, self.scales = stored.codes, stored.scales
        uses = folder / info.uses_folder
        self._starts = read_column(uses / "starts.i64", np.int64, info.texts + 1)
        self._uses = {
            key: read_column(uses / name, dtype, info.occurrences, width)
            for key, (name, dtype, width) in COLUMNS.items()
        }
        self.sample_ids = read_column(uses / "samples.id", np.uint8, info.samples, 12)
        self.modified = read_column(uses / "samples.modified", np.int64, info.samples)
        self.in_fields = read_column(uses / "in_fields.u16", np.uint16, info.texts)
        self.words = Words(uses, info.texts)

    def __len__(self) -> int:
        return self.info.texts

    @property
    def fields(self) -> tuple[str, ...]:
        """The indexed fields."""
        return tuple(self.info.fields)

    @property
    def kind(self) -> Kind:
        """What has vectors."""
        return self.info.kind

    @property
    def encoder(self) -> str:
        """The name of the encoder of the texts."""
        return str(self.info.encoder["name"])

    @property
    def digest(self) -> str:
        """The digest of the encoder of the texts."""
        return str(self.info.encoder["digest"])

    @property
    def dimension(self) -> int:
        """The length of a vector."""
        return int(self.info.encoder["dimension"])

    @property
    def generation(self) -> int:
        """The number of updates of the index, including the first."""
        return self.info.generation

    @cached_property
    def counts(self) -> IntArray:
        """The number of occurrences of each text; 0 if it no longer occurs."""
        return np.diff(self._starts)

    @property
    def alive(self) -> Mask:
        """Whether each text occurs."""
        found: Mask = self._starts[1:] > self._starts[:-1]
        return found

    def vectors(self, start: int, stop: int) -> FloatArray:
        """Returns the unit vectors of some texts, one row each."""
        return self._texts.vectors(start, stop)

    def exact(self, rows: IntArray) -> FloatArray:
        """Returns the unit vectors of some texts, one row each, in any order."""
        found: FloatArray = self._texts.exact[rows].astype(np.float32)
        return found

    def encode(self, encoder: TextEncoder, texts: Sequence[str]) -> FloatArray:
        """Returns the vectors of queries, one row each.

        Raises:
            OtherEncoderError: if the index has another encoder
        """
        if not can_compare(describe(encoder), self.info.encoder):
            raise OtherEncoderError(
                f"the index was made by {self.encoder}, not by {encoder.name}: query it with the "
                "first, or index the dataset again with the second"
            )
        return encoder.encode([encode_text(text).decode() for text in texts])

    def counts_of(self, texts: IntArray) -> IntArray:
        """Returns the number of occurrences of each of some texts."""
        found: IntArray = self._starts[texts + 1] - self._starts[texts]
        return found

    def occurrences(self, texts: Sequence[int] | IntArray) -> Occurrences:
        """Returns the occurrences of texts, text by text in the given order."""
        rows, places = self.places(texts)
        return Occurrences(
            rows.astype(np.int32), **{key: column[places] for key, column in self._uses.items()}
        )

    def places(
        self,
        texts: Sequence[int] | IntArray,
        fields: Sequence[str] | None = None,
        kept: Mask | None = None,
    ) -> tuple[IntArray, IntArray]:
        """Returns the occurrences of texts.

        Args:
            texts: the rows of the texts
            fields: the fields to look in; by default all
            kept: one flag per occurrence, whether it counts; by default all do

        Returns:
            the text of each occurrence, and its position in :meth:`column`
        """
        rows = np.asarray(texts, np.int64)
        starts, sizes = self._starts[rows], self.counts_of(rows)
        before = np.cumsum(sizes) - sizes
        of = np.repeat(np.arange(len(rows)), sizes)
        places = starts[of] + np.arange(len(of)) - before[of]
        some = np.ones(len(of), bool) if fields is None else self.of_fields(fields, places)
        if kept is not None:
            some &= kept[places]
        return rows[of[some]], places[some]

    def column(self, name: str) -> npt.NDArray[Any]:
        """Returns a column of :class:`Occurrences`, memory-mapped."""
        return self._uses[name]

    def of_fields(self, names: Iterable[str], places: IntArray | slice = slice(None)) -> Mask:
        """Returns one flag per occurrence, whether it is in some fields; by default in any."""
        numbers = [self.fields.index(name) for name in names]
        found: Mask = np.isin(self._uses["field"][places], numbers)
        return found

    def texts_in(self, fields: Iterable[str], kept: Mask | None) -> Mask:
        """Returns one flag per text, whether some fields have it in an occurrence that is kept.

        Args:
            fields: the fields
            kept: one flag per occurrence; None for all
        """
        bits = sum(1 << self.fields.index(name) for name in fields)
        found: Mask = self.alive & (self.in_fields & np.uint16(bits) > 0)
        return found if kept is None else found & self.texts_of(kept)

    def texts_of(self, kept: Mask) -> Mask:
        """Returns one flag per text, whether it has an occurrence that is kept."""
        found = self.alive
        if found.any():
            found[found] = np.logical_or.reduceat(kept, self._starts[:-1][found])
        return found

    def rows_of(self, texts: Sequence[str]) -> IntArray:
        """Returns the row of each text, -1 for those that are not in the index."""
        return self._texts.rows_of(texts)


def open_folder(folder: Path) -> TextIndex:
    """Opens the index in a folder.

    Raises:
        NoIndexError: if there is none
        ValueError: if a newer version of this package has written it
        OSError: if its files cannot be read
    """
    for attempt in range(3):
        info = read_info(folder)
        if info is None:
            raise NoIndexError(f"there is no index in {folder}")
        try:
            return TextIndex(folder, info)
        except FileNotFoundError:  # another process has just replaced it
            if attempt == 2:
                raise
    raise AssertionError
