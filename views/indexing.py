"""Indexes the texts of caption fields, or clips, for searches by meaning and by words.

:func:`index` reads the distinct texts of a dataset, embeds them, and stores them in files
(:mod:`..meaning.store`). A later call only reads samples that were added or changed since, and only
embeds new texts. ``dataset.info`` has the path of the files. An index of clips is the same, with
the key of each distinct segment as its text (:mod:`.clip_keys`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import fiftyone as fo
import fiftyone.core.models as fom

from ..core.keys import INDEX_KEY
from ..core.wording import count
from ..internals.database import dataset_id
from ..internals.views import source_dataset
from ..meaning.building import IndexWriter
from ..meaning.encoders import EncoderError, TextEncoder
from ..meaning.files import locked
from ..meaning.store import Kind, TextIndex, open_folder, read_info
from ..meaning.texts import encode_text, text_keys
from .clip_keys import sample_of
from .hierarchy import DatasetOrView, find_hierarchy
from .index_state import IndexState as IndexState
from .index_state import check_index as check_index
from .index_state import is_readable, unit
from .indexed_texts import find_changes, read_batches
from .indexes import CLIPS_KEY, DEFAULT_KEY, chosen_encoder, described, forget, root_folder
from .indexes import open_index as open_index
from .progress import StageProgress
from .similarity import check_key, save_run

if TYPE_CHECKING:
    from .clip_encoder import ClipEncoder

logger = logging.getLogger(__name__)

#: The fields that are indexed by default, if the dataset has them.
DEFAULT_FIELDS = ("gpt_action_brief", "gpt_summary_brief", "plm_action")


def index(
    dataset: DatasetOrView,
    fields: str | Sequence[str] | None = None,
    encoder: TextEncoder | fom.Model | str | None = None,
    brain_key: str | None = None,
    progress: Callable[[StageProgress], None] | None = None,
    clips: bool = False,
    backend: str | None = None,
) -> TextIndex:
    """Indexes a dataset's captions or clips, or updates its index.

    Each distinct text, or each distinct segment, is embedded once; for segments, each video is
    decoded once. An interrupted run continues where it stopped. Example::

        index(dataset)
        search(dataset, "whisk the eggs")
        dataset.sort_by_similarity("whisk the eggs", k=20, brain_key="meaning")

    Args:
        dataset: a dataset, or a view, which stands for its dataset
        fields: the caption fields; by default those of the existing index, else
            ``gpt_action_brief``, ``gpt_summary_brief`` and ``plm_action``, if they exist
        encoder: an encoder or its name (see ``action100m index --help``); by default that of the
            existing index, else ``all-MiniLM-L6-v2``. For clips, a FiftyOne model that embeds
            pictures and texts, or ``zoo:NAME``
        brain_key: the name of the index and of its brain run; by default ``meaning``, or ``clips``
            for clips
        progress: called with each step
        clips: whether to index the segments' pictures instead of their captions
        backend: a similarity backend of FiftyOne Brain that stores and searches the vectors as
            well, such as ``lancedb``; ``files`` for none; by default that of the existing index

    Returns:
        the index

    Raises:
        NoHierarchyError: if there is no such field
        IndexInUseError: if another process indexes the dataset under the same key
        EncoderError: if the encoder cannot be used; the message says what to do
        OtherEncoderError: if none is given and that of the existing index is not available
        BackendError: if the backend cannot be used
        ValueError: if the key cannot be used, or there is no such backend
    """
    key = brain_key or (CLIPS_KEY if clips else DEFAULT_KEY)
    for step in indexing(dataset, fields, encoder, key, clips, backend):
        if progress is not None:
            progress(step)
    return open_index(dataset, key)


def indexing(
    dataset: DatasetOrView,
    fields: str | Sequence[str] | None = None,
    encoder: TextEncoder | fom.Model | str | None = None,
    brain_key: str = DEFAULT_KEY,
    clips: bool = False,
    backend: str | None = None,
) -> Iterator[StageProgress]:
    """Like :func:`index`, with the same arguments and errors, but yields its progress."""
    dataset = source_dataset(dataset)
    check_key(dataset, brain_key)
    if backend is not None:
        from .backends import check_backend

        check_backend(backend)
    known = described(dataset, brain_key)
    kind: Kind = "clips" if clips else "texts"
    _check_kind(known, brain_key, kind)
    chosen = _chosen_fields(dataset, fields, known)
    opened, spec = _opened(encoder, known, clips)
    of_clips = _clip_encoder(opened, dataset) if clips else None
    folder = _own_folder(dataset, brain_key, known)
    with locked(folder):
        group, owner = sample_of if clips else None, str(dataset_id(dataset))
        writer = IndexWriter(folder, of_clips or opened, chosen, owner, kind, group)
        changes = find_changes(dataset, writer.previous)
        writer.keep(changes.kept)
        done = 0
        readable = of_clips.can_encode if of_clips else None
        for batch in read_batches(dataset, chosen, changes.todo, kind, readable):
            writer.add(batch.samples, batch.texts, batch.occurrences)
            done += len(batch.samples)
            yield StageProgress("Reading", done, len(changes.todo))
        for embedded, total in writer.embed():
            yield StageProgress("Embedding", embedded, total, f"new {unit(kind)}")
        info = writer.finish()
        entry = {
            "folder": str(folder),
            "encoder": info.encoder,
            "spec": spec,
            "fields": chosen,
            "texts": info.alive,
            "at": info.at,
            "kind": kind,
            "backend": None,
        }
        before = known.get("backend") if _owns(dataset, known) else None
        yield from _noting(dataset, brain_key, entry, backend, before)
        save_run(dataset, brain_key, chosen)
    if of_clips and of_clips.failed:
        number, first = len(of_clips.failed), next(iter(of_clips.failed.values()))
        logger.warning("%s cannot be read, such as %s", count(number, "video"), first)


def _opened(
    encoder: TextEncoder | fom.Model | str | None, known: Mapping[str, Any], clips: bool
) -> tuple[TextEncoder, str | None]:
    """Like :func:`chosen_encoder`, but also accepts a FiftyOne model."""
    if clips and encoder is None and not known:
        raise EncoderError("name what embeds pictures and texts, such as zoo:clip-vit-base32-torch")
    if isinstance(encoder, fom.Model):
        from .zoo_encoder import ZooEncoder

        encoder = ZooEncoder(type(encoder).__name__, encoder)
    return chosen_encoder(encoder, known)


def _noting(
    dataset: fo.Dataset,
    brain_key: str,
    entry: dict[str, Any],
    backend: str | None,
    before: Mapping[str, Any] | None,
) -> Iterator[StageProgress]:
    """Writes an index's vectors to its backend, if any, and then its description to the dataset."""
    from .backends import FILES, write_vectors

    found = open_folder(Path(entry["folder"]))
    name = backend or (before["name"] if before else FILES)
    for entry["backend"], done in write_vectors(dataset, found, name, before):
        _note(dataset, brain_key, entry)
        yield StageProgress("Writing", done, len(found), unit(entry["kind"]))
    _note(dataset, brain_key, entry)


def _note(dataset: fo.Dataset, brain_key: str, entry: dict[str, Any]) -> None:
    """Writes the description of an index to ``dataset.info``."""
    dataset.info[INDEX_KEY] = {**dataset.info.get(INDEX_KEY, {}), brain_key: dict(entry)}
    dataset.save()


def _owns(dataset: fo.Dataset, known: Mapping[str, Any]) -> bool:
    """Whether a dataset owns the files of its index; a clone reads those of the original."""
    info = read_info(Path(known["folder"])) if known else None
    return info is not None and info.dataset_id == str(dataset_id(dataset))


def _check_kind(known: Mapping[str, Any], brain_key: str, kind: Kind) -> None:
    """Checks that an existing index is of the same kind.

    Raises:
        ValueError: if it is not
    """
    if known and known.get("kind", "texts") != kind:
        raise ValueError(
            f"the index {brain_key!r} is of {'captions' if kind == 'clips' else 'clips'}: give "
            "another key, or delete it first"
        )


def _clip_encoder(opened: TextEncoder, dataset: fo.Dataset) -> ClipEncoder:
    from .clip_encoder import ClipEncoder  # imports PyAV
    from .zoo_encoder import ZooEncoder

    if not isinstance(opened, ZooEncoder):
        raise EncoderError(
            f"{opened.name} embeds texts only: name a model that embeds pictures as well, such as "
            "zoo:clip-vit-base32-torch"
        )
    opened.check_pictures()
    return ClipEncoder(opened, dataset)


def _chosen_fields(
    dataset: fo.Dataset, fields: str | Sequence[str] | None, known: Mapping[str, Any]
) -> list[str]:
    if fields is not None:
        chosen = [fields] if isinstance(fields, str) else list(fields)
        return list(find_hierarchy(dataset, chosen).fields)
    there = find_hierarchy(dataset).fields
    for wanted in (known.get("fields", ()), DEFAULT_FIELDS):
        if found := [field for field in there if field in wanted]:
            return found
    return list(there)


def _own_folder(dataset: fo.Dataset, brain_key: str, known: Mapping[str, Any]) -> Path:
    """Returns the folder of an index: the existing one if the dataset owns it, else a new one."""
    if _owns(dataset, known):
        return Path(known["folder"])
    return root_folder() / str(dataset_id(dataset)) / brain_key


def preview_index(
    dataset: DatasetOrView,
    fields: str | Sequence[str] | None = None,
    brain_key: str = DEFAULT_KEY,
    clips: bool = False,
) -> IndexState:
    """Returns the changes that :func:`index` would make, without an encoder and without writing.

    Arguments and errors are those of :func:`index`.
    """
    dataset = source_dataset(dataset)
    known = described(dataset, brain_key)
    kind: Kind = "clips" if clips else "texts"
    _check_kind(known, brain_key, kind)
    chosen = _chosen_fields(dataset, fields, known)
    if known.get("fields") == chosen and read_info(Path(known["folder"])) is not None:
        return check_index(dataset, brain_key)
    todo = find_changes(dataset, None).todo
    texts: set[int] = set()
    readable = is_readable if clips else None
    for batch in read_batches(dataset, chosen, todo, kind, readable):
        texts.update(text_keys(map(encode_text, batch.texts)).tolist())
    return IndexState(new_texts=len(texts), new_samples=len(todo), kind=kind)


def delete_index(dataset: DatasetOrView, brain_key: str = DEFAULT_KEY) -> None:
    """Deletes an index with its brain run, and its files if the dataset owns them.

    >>> delete_index(dataset)

    Args:
        dataset: a dataset, or a view, which stands for its dataset
        brain_key: the name of the index
    """
    dataset = source_dataset(dataset)
    if dataset.has_brain_run(brain_key):
        dataset.delete_brain_run(brain_key)
    forget(dataset, brain_key)
