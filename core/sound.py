"""Which of many trees are sound, all looked at at once.

The same question as :meth:`.tree.TreeOfCaptions.is_sound`, asked of a whole batch's columns: only
what fails here has to be looked at record by record.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .repair import LONGEST
from .tree import ABSENT, ROOT, FloatArray, IntArray, badly_split

#: The largest table of ids by record; more is looked up record by record.
_MOST_PLACES = 2**26

BoolArray = npt.NDArray[np.bool_]


def sound_rows(
    offsets: IntArray,
    node_ids: pa.StringArray,
    parent_ids: pa.StringArray,
    levels: IntArray,
    starts: FloatArray,
    ends: FloatArray,
) -> tuple[IntArray, BoolArray]:
    """Checks the trees of several records.

    Args:
        offsets: where each record's nodes begin in the columns, and where the last's end
        node_ids: the nodes' ids, valid UTF-8
        parent_ids: their parents' ids, null for a root
        levels: their depths, -1 for none
        starts: in seconds, NaN for none
        ends: in seconds, NaN for none

    Returns:
        where each node's parent is in the columns (:data:`.tree.ROOT`, :data:`.tree.ABSENT`), and
        which records are sound. The parents are right where a record is sound
    """
    records = len(offsets) - 1
    good = np.diff(offsets) > 0
    rows = np.repeat(np.arange(records), np.diff(offsets))
    roots = parent_ids.is_null().to_numpy(zero_copy_only=False)

    def refuse(nodes: BoolArray | IntArray) -> None:
        good[rows[nodes]] = False

    if node_ids.null_count:
        refuse(node_ids.is_null().to_numpy(zero_copy_only=False))
    parents, unique = _find_parents(rows, records, node_ids, parent_ids)
    parents[roots] = ROOT
    refuse(~unique)
    refuse(parents == ABSENT)
    good &= np.bincount(rows[roots], minlength=records) == 1

    above = np.where(parents >= 0, levels[np.maximum(parents, 0)], -1)
    refuse(levels != above + 1)
    # Comparisons with NaN are false, so these stand for "finite" as well.
    refuse(~((starts >= 0) & (ends > starts) & (ends < LONGEST)))
    inner = np.flatnonzero((parents >= 0) & good[rows])
    refuse(badly_split(inner, parents, starts, ends))
    return parents, good


def _find_parents(
    rows: IntArray, records: int, node_ids: pa.StringArray, parent_ids: pa.StringArray
) -> tuple[IntArray, BoolArray]:
    """Returns each node's parent, and which ids stand for one node of their record only."""
    encoded = node_ids.dictionary_encode()
    different = len(encoded.dictionary)
    wanted = pc.index_in(parent_ids, encoded.dictionary).fill_null(-1).to_numpy()
    wanted = wanted.astype(np.int64)
    if different == len(node_ids):
        # No id occurs twice in the batch, and codes are given in order: they are the places.
        elsewhere = (wanted < 0) | (rows[wanted] != rows)
        return np.where(elsewhere, ABSENT, wanted), np.ones(len(rows), dtype=bool)
    if records * (different + 1) > _MOST_PLACES:
        return np.full(len(rows), ABSENT), np.zeros(len(rows), dtype=bool)
    codes = encoded.indices.fill_null(different).to_numpy().astype(np.int64)
    first = rows * (different + 1)
    # Of a table of ids by record few places are used, so it is not cleared: whether what is read
    # has been written is seen from where it leads.
    places = np.empty(records * (different + 1), dtype=np.int32)
    everywhere = np.arange(len(rows), dtype=np.int32)
    places[first + codes] = everywhere
    found = places[first + np.maximum(wanted, 0)]
    found[(found < 0) | (found >= len(rows))] = 0
    good = (wanted >= 0) & (rows[found] == rows) & (codes[found] == wanted)
    return np.where(good, found, ABSENT).astype(np.int64), places[first + codes] == everywhere
