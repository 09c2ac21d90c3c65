"""Creates, resumes, replaces or appends to the data set of a conversion."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import fiftyone as fo

from ..core.fields import CaptionField
from ..core.version import VERSION
from .provenance import ACTION100M, Provenance
from .schema import declare_schema, make_readable

logger = logging.getLogger(__name__)

#: The key in ``dataset.info`` under which a conversion keeps what it was made with.
INFO_KEY = "action100m"


class DatasetError(ValueError):
    """A data set that must not be touched, or cannot be used."""


def open_dataset(
    name: str,
    captions: Sequence[CaptionField],
    parameters: Mapping[str, Any],
    provenance: Provenance = ACTION100M,
    *,
    overwrite: bool = False,
    append: bool = False,
) -> fo.Dataset:
    """Returns the data set to convert into, ready to be written to.

    A data set that an earlier run with the same parameters has begun is resumed.

    Args:
        name: the data set's name
        captions: the texts that become fields
        parameters: what identifies the run; of plain JSON values
        provenance: where the content comes from
        overwrite: whether to delete a data set of this name first
        append: whether to add to a data set of this name although it is of another run

    Raises:
        DatasetError: if there is a data set of this name and neither was asked for
    """
    check_name(name)
    wanted = dict(parameters)
    if fo.dataset_exists(name) and overwrite:
        fo.delete_dataset(name)
    if not fo.dataset_exists(name):
        dataset = fo.Dataset(name, persistent=True)
    else:
        dataset = fo.load_dataset(name)
        _check_resumable(dataset, wanted, append)
    known = dataset.info.get(INFO_KEY, {})
    if known.get("ready") and known.get("parameters") == wanted:
        return dataset
    fresh = not known.get("ready")
    dataset.persistent = True
    declare_schema(dataset, captions)
    runs = [*known.get("runs", []), wanted]
    dataset.info[INFO_KEY] = {
        "converter": f"fiftyone_action100m {VERSION}",
        "parameters": wanted,
        "runs": runs,
        "source": wanted.get("source"),
        "license": provenance.license,
        "citation": provenance.citation,
        "homepage": provenance.homepage,
        "paper": provenance.paper,
        "ready": True,
    }
    if fresh and not len(dataset):
        dataset.description = provenance.description
        dataset.tags = list(provenance.tags)
        make_readable(dataset, captions)
    dataset.save()
    return dataset


def check_name(name: str) -> None:
    """Checks that a data set may be called so.

    Raises:
        DatasetError: if FiftyOne would refuse the name
    """
    try:
        fo.core.utils.to_slug(name)
    except ValueError as error:
        raise DatasetError(f"{name!r} cannot be a data set's name: {error}") from None


def describe_existing(name: str) -> str | None:
    """Returns a sentence about the data set of a name, None if there is none."""
    if not fo.dataset_exists(name):
        return None
    return f"there is a data set {name!r} already, with {len(fo.load_dataset(name))} samples"


def _check_resumable(dataset: fo.Dataset, wanted: Mapping[str, Any], append: bool) -> None:
    if append or not len(dataset):
        return
    known = dataset.info.get(INFO_KEY, {}).get("parameters")
    if known == wanted:
        logger.info("Resuming data set %r with %d samples", dataset.name, len(dataset))
        return
    raise DatasetError(
        f"there is a data set {dataset.name!r} already, with {len(dataset)} samples, "
        + ("converted with other parameters" if known else "which no conversion has made")
        + ": append to it (--append), replace it (--overwrite) or choose another --name"
    )
