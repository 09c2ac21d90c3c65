"""Holds the nodes and transcripts of several records as columns, to check and write them together.

A record has hundreds of nodes, and processing them one by one takes longer than reading them. So a
:class:`Block` holds the nodes of consecutive records in Arrow and NumPy columns; :class:`BlockTree`
and :class:`BlockSpeech` present one record's part of it as the usual objects, built on first
access.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .speech import Speech
from .text_columns import bounds
from .times import SourceSeconds, SourceTimes
from .tree import ROOT, IntArray, TreeOfCaptions

#: The codes of tiers; :data:`.tree.TIERS` has their names.
LEAF, MID, TOP = range(3)


class FieldTexts(NamedTuple):
    """One field's captions: the nodes' positions in the block, ascending, and the texts."""

    places: IntArray
    values: pa.StringArray


@dataclass(frozen=True, eq=False)
class Transcripts:
    """The transcripts of a block's records, each in order of time.

    Attributes:
        offsets: the position of each record's first entry, and the total number
        starts: in seconds of the source
        ends: in seconds of the source
        texts: with single blanks
    """

    offsets: IntArray
    starts: SourceTimes
    ends: SourceTimes
    texts: pa.StringArray


@dataclass(frozen=True, eq=False)
class Block:
    """The checked nodes of several records.

    Attributes:
        offsets: the position of each record's first node, and the total number
        node_ids: the nodes' ids
        parent_ids: their parents' ids, null for a root
        parents: their parents' positions in the block, or :data:`.tree.ROOT`
        levels: their depths
        starts: in seconds of the source
        ends: in seconds of the source
        texts: captions by field name
        spoken: the records' transcripts
    """

    offsets: IntArray
    node_ids: pa.StringArray
    parent_ids: pa.StringArray
    parents: IntArray
    levels: IntArray
    starts: SourceTimes
    ends: SourceTimes
    texts: Mapping[str, FieldTexts]
    spoken: Transcripts

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def rows(self) -> IntArray:
        """The record that each node belongs to, by position."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    @cached_property
    def tiers(self) -> npt.NDArray[np.int8]:
        """Each node's tier, as a code."""
        codes = np.full(len(self.parents), LEAF, dtype=np.int8)
        codes[self.parents[self.parents >= 0]] = MID
        codes[self.parents == ROOT] = TOP
        return codes

    @cached_property
    def depths(self) -> list[int]:
        """Each record's deepest level, 0 for one without nodes."""
        deepest = np.zeros(len(self), dtype=np.int64)
        some = np.diff(self.offsets) > 0
        if some.any():
            deepest[some] = np.maximum.reduceat(self.levels, self.offsets[:-1][some])
        depths: list[int] = np.maximum(deepest, 0).tolist()
        return depths

    @cached_property
    def ends_of_trees(self) -> list[SourceSeconds | None]:
        """The end of each record's longest root, in seconds of the source; None without a root."""
        longest: list[SourceSeconds | None] = [None] * len(self)
        spans = [0.0] * len(self)
        roots = np.flatnonzero(self.parents == ROOT)
        ends = self.ends[roots]
        columns = self.rows[roots].tolist(), ends.tolist(), (ends - self.starts[roots]).tolist()
        for row, end, span in zip(*columns, strict=True):
            if longest[row] is None or span > spans[row]:
                longest[row], spans[row] = SourceSeconds(end), span
        return longest

    @cached_property
    def text_bytes(self) -> IntArray:
        """The bytes of captions and transcript of each record."""
        total = _bytes_between(self.spoken.texts, self.spoken.offsets)
        for texts in self.texts.values():
            total += _bytes_between(texts.values, np.searchsorted(texts.places, self.offsets))
        return total

    @cached_property
    def id_bytes(self) -> IntArray:
        """The bytes of each record's node ids and parent ids."""
        ids, above = self.node_ids, self.parent_ids
        return _bytes_between(ids, self.offsets) + _bytes_between(above, self.offsets)


def _bytes_between(texts: pa.StringArray, offsets: IntArray) -> IntArray:
    """Returns the bytes of the texts between consecutive offsets."""
    at = bounds(texts)[offsets].astype(np.int64)
    lengths: IntArray = at[1:] - at[:-1]
    return lengths


class BlockTree(TreeOfCaptions):
    """One record's tree in a block; its Python objects are built on first access.

    Args:
        block: the block
        row: the record's position in it
    """

    _BUILT = frozenset(
        ("node_ids", "parent_ids", "levels", "starts", "ends", "texts", "parents", "_index")
    )

    def __init__(self, block: Block, row: int) -> None:
        self.block = block
        self.row = row

    @property
    def spans(self) -> tuple[SourceTimes, SourceTimes]:
        """The nodes' starts and ends, in seconds of the source."""
        first, last = self.block.offsets[self.row : self.row + 2]
        starts, ends = self.block.starts[first:last], self.block.ends[first:last]
        return SourceTimes(starts), SourceTimes(ends)

    def __getattr__(self, name: str) -> Any:
        # Called only for attributes that do not exist yet.
        if name not in self._BUILT:
            raise AttributeError(name)
        block, first = self.block, int(self.block.offsets[self.row])
        last = int(block.offsets[self.row + 1])
        super().__init__(
            block.node_ids[first:last].to_pylist(),
            block.parent_ids[first:last].to_pylist(),
            block.levels[first:last],
            block.starts[first:last],
            block.ends[first:last],
            {name: _spread(texts, first, last) for name, texts in block.texts.items()},
        )
        return self.__dict__[name]

    def __len__(self) -> int:
        return int(self.block.offsets[self.row + 1] - self.block.offsets[self.row])

    @property
    def depth(self) -> int:
        """The deepest level."""
        return self.block.depths[self.row]

    @property
    def end(self) -> SourceSeconds | None:
        """The end of the root, in seconds of the source."""
        return self.block.ends_of_trees[self.row]


def _spread(texts: FieldTexts, first: int, last: int) -> list[str | None]:
    """Returns the texts of consecutive nodes, None for missing ones."""
    begin, end = np.searchsorted(texts.places, (first, last)).tolist()
    found: list[str | None] = [None] * (last - first)
    places = (texts.places[begin:end] - first).tolist()
    for i, text in zip(places, texts.values[begin:end].to_pylist(), strict=True):
        found[i] = text
    return found


class BlockSpeech(Sequence[Speech]):
    """One record's transcript in a block; equals any sequence of the same entries.

    Args:
        block: the block
        row: the record's position in it
    """

    def __init__(self, block: Block, row: int) -> None:
        self.block = block
        self.row = row

    @cached_property
    def _entries(self) -> tuple[Speech, ...]:
        spoken = self.block.spoken
        part = slice(int(spoken.offsets[self.row]), int(spoken.offsets[self.row + 1]))
        columns = (spoken.starts[part].tolist(), spoken.ends[part].tolist(), spoken.texts[part])
        return tuple(
            Speech(SourceSeconds(start), SourceSeconds(end), text)
            for start, end, text in zip(*columns[:2], columns[2].to_pylist(), strict=True)
        )

    def __len__(self) -> int:
        offsets = self.block.spoken.offsets
        return int(offsets[self.row + 1] - offsets[self.row])

    @overload
    def __getitem__(self, index: int) -> Speech: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Speech]: ...
    def __getitem__(self, index: int | slice) -> Speech | Sequence[Speech]:
        return self._entries[index]

    def __iter__(self) -> Iterator[Speech]:
        return iter(self._entries)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._entries == tuple(other)

    def __hash__(self) -> int:
        return hash(self._entries)

    def __repr__(self) -> str:
        return repr(self._entries)


def block_of(parts: Sequence[tuple[TreeOfCaptions, Sequence[Speech]]]) -> Block:
    """Makes a block of trees and transcripts that are Python objects.

    Args:
        parts: each record's tree and transcript; all trees have texts of the same fields
    """
    trees = [tree for tree, _ in parts]
    offsets = _offsets([len(tree) for tree in trees])
    firsts = offsets[:-1].tolist()
    parents = [
        np.where(t.parents >= 0, t.parents + first, t.parents)
        for t, first in zip(trees, firsts, strict=True)
    ]
    entries = [speech for _, transcript in parts for speech in transcript]
    return Block(
        offsets,
        pa.array([i for tree in trees for i in tree.node_ids], pa.string()),
        pa.array([i for tree in trees for i in tree.parent_ids], pa.string()),
        _joined(parents, np.int64),
        _joined([tree.levels for tree in trees], np.int64),
        SourceTimes(_joined([tree.starts for tree in trees], np.float64)),
        SourceTimes(_joined([tree.ends for tree in trees], np.float64)),
        {name: _gathered(trees, firsts, name) for name in (trees[0].texts if trees else ())},
        Transcripts(
            _offsets([len(transcript) for _, transcript in parts]),
            SourceTimes(np.array([s.start for s in entries], dtype=np.float64)),
            SourceTimes(np.array([s.end for s in entries], dtype=np.float64)),
            pa.array([s.text for s in entries], pa.string()),
        ),
    )


def _gathered(trees: Sequence[TreeOfCaptions], firsts: Sequence[int], name: str) -> FieldTexts:
    found = [
        (first + i, text)
        for tree, first in zip(trees, firsts, strict=True)
        for i, text in enumerate(tree.texts[name])
        if text is not None
    ]
    places = np.array([place for place, _ in found], dtype=np.int64)
    return FieldTexts(places, pa.array([text for _, text in found], pa.string()))


def _offsets(lengths: Sequence[int]) -> IntArray:
    return np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))


def _joined(parts: Sequence[npt.NDArray[Any]], kind: Any) -> Any:
    return np.concatenate([np.zeros(0, dtype=kind), *parts])
