"""Reads one Parquet file, on disk or on the Hub, in as few and as small pieces as needed.

The columns of a row group are adjacent, so a few ranges hold what is needed of it. Small groups are
fetched together; if few rows of a large group are needed, its columns are fetched piece by piece.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from .hub_client import HubError
from .remote import HubFile

#: Records per Arrow batch: about 10 MB of annotations. Half as many cost a tenth more per record.
BATCH_ROWS = 100

#: Compressed bytes that are fetched together and kept in memory.
_AT_ONCE = 16 << 20

#: Compressed bytes up to which row groups are always fetched in whole.
_WHOLE = 1 << 20

#: The smallest and the largest piece of a column that is fetched piece by piece, in bytes.
_LEAST_PIECE, _MOST_PIECE = 32 << 10, 4 << 20


class ParquetShard:
    """An open Parquet file.

    Attributes:
        metadata: its footer
        schema: its Arrow schema
        rows: number of records per row group
        leaves: its columns in order, nested ones as dotted paths

    Args:
        path: on disk or on the Hub

    Raises:
        OSError: if it cannot be read
        pa.ArrowException: if it is not Parquet
    """

    def __init__(self, path: Path | HubFile) -> None:
        self._handle = path.open_ranges() if isinstance(path, HubFile) else None
        self._path = path
        # Arrow would keep all that it has pre-buffered until the file is closed.
        self._file = pq.ParquetFile(self._handle or path, pre_buffer=False)
        self.metadata: pq.FileMetaData = self._file.metadata
        self.schema: pa.Schema = self._file.schema_arrow
        self.rows = [self.metadata.row_group(i).num_rows for i in range(self.groups)]
        self._firsts = [0, *accumulate(self.rows)]
        size = path.size if isinstance(path, HubFile) else path.stat().st_size
        if min(self.rows, default=0) < 0 or self._firsts[-1] > size:
            raise pa.ArrowInvalid(f"its footer says {self._firsts[-1]} rows, its size {size} bytes")
        self.leaves = [self._file.schema.column(i).path for i in range(len(self._file.schema))]

    def __enter__(self) -> ParquetShard:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        if self._handle:
            self._handle.close()

    @property
    def groups(self) -> int:
        """Number of row groups."""
        return int(self.metadata.num_row_groups)

    def numbers(self, group: int) -> range:
        """Returns the row numbers of a row group."""
        return range(self._firsts[group], self._firsts[group + 1])

    def size(self, group: int, columns: Sequence[str]) -> int:
        """Returns the size of columns of a row group, in compressed bytes."""
        wanted = set(columns)
        found = self.metadata.row_group(group)
        return sum(
            found.column(i).total_compressed_size
            for i, name in enumerate(self.leaves)
            if name in wanted
        )

    def portions(
        self, groups: Sequence[int], columns: Sequence[str], row_hint: int | None = None
    ) -> Iterator[list[int]]:
        """Yields the row groups to read together; of a file on disk, all at once.

        Args:
            groups: the row groups, in order
            columns: the columns that will be read
            row_hint: number of records that will do; None for all
        """
        if self._handle is None:
            yield list(groups)
            return
        portion: list[int] = []
        size = rows = 0
        for group in groups:
            added = self.size(group, columns)
            if portion and (
                size + added > _AT_ONCE or rows >= (row_hint or self.metadata.num_rows)
            ):
                yield portion
                portion, size, rows = [], 0, 0
            portion.append(group)
            size += added
            rows += self.rows[group]
        if portion:
            yield portion

    def batches(
        self, groups: Sequence[int], columns: Sequence[str], row_hint: int | None = None
    ) -> Iterator[tuple[Sequence[int], pa.RecordBatch | Exception]]:
        """Yields row numbers and their records, batch by batch.

        Groups that fail together are read one by one, and a group that fails, row by row: Arrow
        cannot combine nested dictionaries of several groups in one batch, and damage is mostly in
        one page. For rows that cannot be read, the error is yielded in place of a batch.

        Args:
            groups: from :meth:`portions`
            columns: as in :attr:`leaves`
            row_hint: number of records that will do; more are read only if more batches are needed

        Raises:
            HubError: if the Hub cannot be read
        """
        rows = min(BATCH_ROWS, row_hint or BATCH_ROWS)
        file, piece = self._file, self._piece(groups, columns, row_hint)
        if piece:
            file = pq.ParquetFile(
                self._handle, metadata=self.metadata, pre_buffer=False, buffer_size=piece
            )
        elif self._handle:
            self._handle.prefetch(self._ranges(groups, columns))
        yield from self._read(file, groups, columns, rows)

    def _read(
        self,
        file: pq.ParquetFile,
        groups: Sequence[int],
        columns: Sequence[str],
        rows: int,
        next_row: int = 0,
    ) -> Iterator[tuple[Sequence[int], pa.RecordBatch | Exception]]:
        """Reads groups from a row of the file on, in batches of ``rows`` rows."""
        numbers = chain.from_iterable(map(self.numbers, groups))
        try:
            for batch in file.iter_batches(rows, groups, columns, use_threads=False):
                held = list(islice(numbers, batch.num_rows))
                given = bisect_right(held, next_row - 1)
                if given < len(held):
                    yield held[given:], batch.slice(given, len(held) - given)
                    next_row = held[-1] + 1
        except HubError:
            raise
        except Exception as error:  # a file may hold anything; other rows may be valid
            for part in [[g] for g in groups] if len(groups) > 1 else []:
                if self.numbers(part[0]).stop > next_row:
                    yield from self._read(file, part, columns, rows, next_row)
            if len(groups) == 1 and rows > 1:
                yield from self._read(file, groups, columns, 1, next_row)
            elif len(groups) == 1:
                left = self.numbers(groups[0])
                yield range(max(next_row, left.start), left.stop), error

    def _ranges(self, groups: Sequence[int], columns: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yields the byte ranges of columns of row groups, as start and exclusive end."""
        wanted = set(columns)
        for group in groups:
            found = self.metadata.row_group(group)
            for i, name in enumerate(self.leaves):
                if name in wanted:
                    column = found.column(i)
                    first = column.dictionary_page_offset or column.data_page_offset
                    start = min(first, column.data_page_offset)
                    yield start, start + column.total_compressed_size

    def _piece(
        self, groups: Sequence[int], columns: Sequence[str], row_hint: int | None
    ) -> int | None:
        """Returns the bytes of a column to fetch at once; None for all of it."""
        if self._handle is None:
            return None
        size = sum(self.size(group, columns) for group in groups)
        rows = sum(self.rows[group] for group in groups)
        wanted = size if row_hint is None else size * min(row_hint, rows) // max(rows, 1)
        if size <= _WHOLE or (size <= _AT_ONCE and wanted * 2 >= size):
            return None
        return min(max(wanted // max(len(columns), 1), _LEAST_PIECE), _MOST_PIECE)
