"""Finds and opens the indexes of a dataset, and their encoders."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import fiftyone as fo

from ..core.keys import INDEX_KEY
from ..internals.database import dataset_id
from ..internals.views import source_dataset
from ..meaning import encoders
from ..meaning.encoders import TextEncoder, can_compare, describe
from ..meaning.files import locked
from ..meaning.store import Kind, NoIndexError, OtherEncoderError, TextIndex, open_folder, read_info
from .hierarchy import DatasetOrView

#: The default brain key of an index.
DEFAULT_KEY = "meaning"
#: The default brain key of an index of clips.
CLIPS_KEY = "clips"


def open_index(dataset: DatasetOrView, brain_key: str = DEFAULT_KEY) -> TextIndex:
    """Opens a dataset's index. Example::

        open_index(dataset).texts.to_pylist()

    Args:
        dataset: a dataset, or a view, which stands for its dataset
        brain_key: the name of the index

    Raises:
        NoIndexError: if it does not exist; the message says what to run
    """
    dataset = source_dataset(dataset)
    known = described(dataset, brain_key)
    try:
        if known:
            found = open_folder(Path(known["folder"]))
            if known.get("backend"):
                from .backends import attach

                attach(dataset, found, known["backend"])
            return found
    except NoIndexError:
        pass
    gone = f" any more ({known['folder']} is gone)" if known else ""
    option, argument = "", ""
    if brain_key == CLIPS_KEY:
        option, argument = " --clips --encoder zoo:NAME", ", clips=True, encoder='zoo:NAME'"
    raise NoIndexError(
        f"{dataset.name!r} has no index {brain_key!r}{gone}: run `action100m index "
        f"{dataset.name}{option}`, or fiftyone_action100m.index(dataset{argument})"
    )


def open_kind(dataset: DatasetOrView, brain_key: str, kind: Kind) -> TextIndex:
    """Opens a dataset's index of the given kind.

    Raises:
        NoIndexError: if it does not exist, or is of the other kind
    """
    index = open_index(dataset, brain_key)
    if index.kind != kind:
        raise NoIndexError(
            f"the index {brain_key!r} is of {'clips' if kind == 'texts' else 'captions'}: give the "
            f"key of an index of {'captions' if kind == 'texts' else 'clips'}"
        )
    return index


def root_folder() -> Path:
    """Returns the folder of all indexes, with one folder per dataset id."""
    return Path(fo.config.default_dataset_dir) / "action100m-index"


def described(dataset: fo.Dataset, brain_key: str) -> dict[str, Any]:
    """Returns the description of an index in ``dataset.info``; empty if there is none."""
    found: dict[str, Any] = dict(dataset.info.get(INDEX_KEY, {}).get(brain_key, {}))
    return found


def forget(dataset: fo.Dataset, brain_key: str) -> None:
    """Deletes an index's files, if this dataset owns them, and its description."""
    known = described(dataset, brain_key)
    if not known:
        return
    folder = Path(known["folder"])
    info = read_info(folder)
    if info is not None and info.dataset_id == str(dataset_id(dataset)):
        if known.get("backend"):
            from .backends import drop

            drop(dataset, open_folder(folder), known["backend"])
        with locked(folder):
            shutil.rmtree(folder)
    left = {key: value for key, value in dataset.info[INDEX_KEY].items() if key != brain_key}
    if left:
        dataset.info[INDEX_KEY] = left
    else:
        del dataset.info[INDEX_KEY]
    dataset.save()


#: The prefix of encoders from FiftyOne's model zoo.
ZOO = "zoo:"

#: The encoders that this process has used, by digest.
_encoders: dict[str, TextEncoder] = {}
_by_name: dict[str | None, TextEncoder] = {}


def encoder_named(spec: str | None = None) -> TextEncoder:
    """Returns an encoder by name; each is loaded once per process.

    Args:
        spec: as for :func:`..meaning.encoders.open_encoder`, or ``zoo:NAME`` for a model of
            FiftyOne's zoo that embeds texts

    Raises:
        EncoderError: if it cannot be used; the message says what to do
    """
    if spec not in _by_name:
        _by_name[spec] = remember(_opened(spec))
    return _by_name[spec]


def _opened(spec: str | None) -> TextEncoder:
    if spec is None or not spec.startswith(ZOO):
        return encoders.open_encoder(spec)
    from .zoo_encoder import ZooEncoder

    return ZooEncoder(spec.removeprefix(ZOO))


def remember(encoder: TextEncoder, *names: str | None) -> TextEncoder:
    """Caches an encoder for queries of its indexes; returns it.

    Args:
        encoder: the encoder
        *names: the names for which :func:`encoder_named` returns it, None for the default
    """
    _encoders[encoder.digest] = encoder
    _by_name.update(dict.fromkeys(names, encoder))
    return encoder


def chosen_encoder(
    encoder: TextEncoder | str | None, known: Mapping[str, Any]
) -> tuple[TextEncoder, str | None]:
    """Returns the encoder for indexing, and the name by which another process can open it.

    Args:
        encoder: an encoder or its name; by default that of the existing index, else MiniLM
        known: the description of the index in ``dataset.info``

    Raises:
        EncoderError: if it cannot be used; the message says what to do
        OtherEncoderError: if none is given and that of the existing index is not available
    """
    if encoder is not None and not isinstance(encoder, str):
        return remember(encoder), None
    spec = known.get("spec") if encoder is None else encoder
    if encoder is None and known and known["encoder"]["digest"] in _encoders:
        return _encoders[known["encoder"]["digest"]], spec
    opened = encoder_named(spec)
    if encoder is None and known and not can_compare(known["encoder"], describe(opened)):
        raise OtherEncoderError(
            f"the index was made by {known['encoder']['name']}, not by {opened.name}: give that "
            "encoder, or delete the index to embed all texts again"
        )
    return opened, spec


def encoder_of(
    dataset: DatasetOrView, found: TextIndex, brain_key: str = DEFAULT_KEY
) -> TextEncoder:
    """Returns the encoder of an index.

    Raises:
        EncoderError: if it cannot be used; the message says what to do
    """
    if found.digest in _encoders:
        return _encoders[found.digest]
    return encoder_named(described(source_dataset(dataset), brain_key).get("spec"))
