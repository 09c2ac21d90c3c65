"""Compares a dataset with its index."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import fiftyone as fo
import numpy as np
from bson import ObjectId

from ..core.wording import count
from ..internals.database import Document, count_samples, dataset_id, last_modified
from ..internals.views import source_dataset
from ..meaning.store import Kind, TextIndex
from .hierarchy import DatasetOrView
from .indexed_texts import find_changes, milliseconds, read_batches
from .indexes import DEFAULT_KEY, open_index

logger = logging.getLogger(__name__)

#: The last comparisons of :func:`warn_if_stale`, by dataset and brain key.
_compared: dict[tuple[ObjectId, str], tuple[int, int, int]] = {}


@dataclass(frozen=True)
class IndexState:
    """The changes in a dataset since it was indexed.

    Attributes:
        new_texts: the number of distinct texts that the index lacks
        gone_texts: the number of distinct texts that no longer occur
        new_samples: the number of added samples
        changed_samples: the number of samples that were saved again, for whatever reason
        gone_samples: the number of deleted samples
        kind: ``clips`` if the texts are the keys of segments
    """

    new_texts: int = 0
    gone_texts: int = 0
    new_samples: int = 0
    changed_samples: int = 0
    gone_samples: int = 0
    kind: Kind = "texts"

    @property
    def is_current(self) -> bool:
        """Whether the index has exactly the texts that occur."""
        return not self.new_texts and not self.gone_texts

    def __str__(self) -> str:
        if self.is_current:
            return "the index is current"
        new, gone = self.new_texts, self.gone_texts
        what = unit(self.kind)
        changes = [f"{count(new, what)} {'is' if new == 1 else 'are'} new"] if new else []
        changes += [f"{count(gone, what)} {'is' if gone == 1 else 'are'} gone"] if gone else []
        return f"the index is stale: {' and '.join(changes)}"


def unit(kind: Kind) -> str:
    """Returns the noun for what has a vector, in the singular."""
    return "segment" if kind == "clips" else "text"


def is_readable(document: Document) -> bool:
    """Whether the video of a sample can be decoded."""
    from .clip_encoder import fault  # imports PyAV

    return fault(document) is None


def check_index(dataset: DatasetOrView, brain_key: str = DEFAULT_KEY) -> IndexState:
    """Compares a dataset with its index. Only samples that were saved since are read.

    >>> check_index(dataset).is_current
    True

    Args:
        dataset: a dataset, or a view, which stands for its dataset
        brain_key: the name of the index

    Raises:
        NoIndexError: if there is none
    """
    dataset = source_dataset(dataset)
    found = open_index(dataset, brain_key)
    changes = find_changes(dataset, found)
    if not changes.todo and changes.kept.all():
        return IndexState(kind=found.kind)
    after = np.zeros(len(found), np.int64)
    kept = changes.kept[found.column("sample")]
    np.add.at(after, np.repeat(np.arange(len(found)), found.counts)[kept], 1)
    unknown: set[str] = set()
    readable = is_readable if found.kind == "clips" else None
    for batch in read_batches(dataset, found.fields, changes.todo, found.kind, readable):
        rows = found.rows_of(batch.texts)
        np.add.at(after, rows[rows >= 0], 1)
        unknown.update(batch.texts[i] for i in np.flatnonzero(rows < 0).tolist())
    again = int(np.count_nonzero((found.counts == 0) & (after > 0)))
    return IndexState(
        new_texts=len(unknown) + again,
        gone_texts=int(np.count_nonzero((found.counts > 0) & (after == 0))),
        new_samples=changes.new,
        changed_samples=len(changes.todo) - changes.new,
        gone_samples=changes.gone,
        kind=found.kind,
    )


def glance(dataset: DatasetOrView, brain_key: str = DEFAULT_KEY) -> IndexState:
    """Like :func:`check_index`, but reads no samples if none seem to have changed.

    Two look-ups decide: the number of samples, and the time of the last save.

    Raises:
        NoIndexError: if there is no index
    """
    if is_untouched(source_dataset(dataset), open_index(dataset, brain_key)):
        return IndexState()
    return check_index(dataset, brain_key)


def is_untouched(dataset: fo.Dataset, found: TextIndex) -> bool:
    """Whether no sample seems to have been added, deleted or saved since an index was made."""
    return _samples_now(dataset) == (found.info.samples, int(found.modified.max(initial=-1)))


def warn_if_stale(dataset: fo.Dataset, found: TextIndex, brain_key: str) -> None:
    """Logs a warning if an index is stale, once until the dataset or the index changes."""
    index, now = (dataset_id(dataset), brain_key), (found.generation, *_samples_now(dataset))
    if _compared.get(index) == now:
        return
    state = glance(dataset, brain_key)
    if not state.is_current:
        logger.warning("%s: run `action100m index %s`", state, dataset.name)
    _compared[index] = now


def _samples_now(dataset: fo.Dataset) -> tuple[int, int]:
    """Returns the number of samples, and the time of the last save in milliseconds."""
    return count_samples(dataset), milliseconds(last_modified(dataset))
