"""Reads and writes the file of a resampling's clusters, beside the index.

A row is a cluster: its centroid, the caption that is nearest to it, and the number of captions and
segments in it. The schema's metadata says how evenly the segments and the draws are spread.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from ..core.keys import CLUSTERS_KEY
from ..internals.views import source_dataset
from ..meaning.resample import Balance, Clusters, Floats
from .hierarchy import DatasetOrView
from .same import BRIEF

_BEFORE, _AFTER = b"action100m_before", b"action100m_after"
_LARGEST = 15


@dataclass(frozen=True)
class StoredResampling:
    """A resampling, as stored in its file.

    Attributes:
        field: the field of the segments
        clusters: the number of clusters
        before: how evenly the segments are spread over the distinct captions
        after: how evenly the draws are spread
        largest: the clusters with the most segments, the largest first: number, caption nearest to
            the centroid, and number of segments
    """

    field: str
    clusters: int
    before: Balance
    after: Balance
    largest: tuple[tuple[int, str, int], ...]


def write_clusters(
    file: Path,
    found: Clusters,
    names: list[str],
    segments: npt.NDArray[np.int64],
    before: Balance,
    after: Balance,
) -> None:
    """Writes clusters.

    Args:
        file: the path; an earlier file is replaced
        found: the clusters of the captions
        names: [k], the caption nearest to each centroid
        segments: [k], the number of segments in each
        before: how evenly the segments are spread
        after: how evenly the draws are
    """
    k, width = found.centroids.shape
    values = pa.array(found.centroids.ravel())
    table = pa.table(
        {
            "centroid": pa.FixedSizeListArray.from_arrays(values, width),
            "name": pa.array(names, pa.large_string()),
            "texts": np.bincount(found.labels, minlength=k),
            "segments": segments,
        }
    )
    table = table.replace_schema_metadata({_BEFORE: _json(before), _AFTER: _json(after)})
    part = file.with_name(f"{file.name}.part")
    pq.write_table(table, part)
    part.replace(file)


def read_centroids(file: Path) -> Floats | None:
    """Returns the centroids in a file; None if there is no such file, or it is another."""
    try:
        column = pq.read_table(file, columns=["centroid"])["centroid"].combine_chunks()
        found: Floats = column.values.to_numpy(zero_copy_only=False)
        return found.reshape(len(column), -1)
    except (OSError, ValueError, AttributeError):
        return None


def stored_resampling(dataset: DatasetOrView) -> StoredResampling | None:
    """Returns the resampling of a dataset; of several, that of brief actions.

    Args:
        dataset: a dataset, or a view, which stands for its dataset

    Returns:
        the resampling; None if there is none, or its file is missing or of an earlier version
    """
    stored = source_dataset(dataset).info.get(CLUSTERS_KEY, {})
    for field in sorted(stored, key=lambda name: (name != BRIEF, name)):
        try:
            table = pq.read_table(stored[field]["file"], columns=["name", "segments"])
            known = table.schema.metadata or {}
            before, after = _balance(known[_BEFORE]), _balance(known[_AFTER])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        sizes = table["segments"].to_numpy()
        order = np.argsort(-sizes, kind="stable")[:_LARGEST]
        names = table["name"].take(pa.array(order)).to_pylist()
        largest = tuple(zip(order.tolist(), names, sizes[order].tolist(), strict=True))
        return StoredResampling(field, len(table), before, after, largest)
    return None


def _json(found: Balance) -> bytes:
    return json.dumps(asdict(found)).encode()


def _balance(text: bytes) -> Balance:
    found = json.loads(text)
    return Balance(**{**found, "curve": tuple((rank, n) for rank, n in found["curve"])})
