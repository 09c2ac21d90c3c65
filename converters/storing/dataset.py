"""Creates, resumes, replaces or appends to the dataset of a conversion."""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import platform
import re
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import fiftyone as fo

from ...core.fields import CaptionField
from ...core.keys import INFO_KEY
from ...core.version import VERSION
from ...core.wording import count
from ...internals.database import delete_unloadable, find_datasets, samples_of
from ...internals.documents import name_and_persist
from .compatible import Fit, IncompatibleError
from .present import Present, count_reviewed
from .provenance import ACTION100M, Provenance, captioners, merged_builds, strictest
from .schema import declare_schema, fit_schema, keep_descriptions, make_readable

logger = logging.getLogger(__name__)


#: Prefix of a dataset's name while it is being made.
_UNFINISHED = "action100m-unfinished"


class DatasetError(ValueError):
    """The dataset must not be changed, or cannot be used."""


def open_dataset(
    name: str,
    captions: Sequence[CaptionField],
    parameters: Mapping[str, Any],
    provenance: Provenance = ACTION100M,
    *,
    overwrite: bool = False,
    append: bool = False,
) -> fo.Dataset:
    """Returns the dataset to convert into, ready for samples.

    The dataset of an earlier run with the same parameters is resumed.

    Args:
        name: the dataset's name
        captions: the texts that become fields
        parameters: what identifies the run, as plain JSON values
        provenance: the content's origin and terms
        overwrite: whether to delete a dataset of this name first
        append: whether to add to a dataset of this name even if another run made it

    Raises:
        DatasetError: if a dataset of this name exists and neither is set, or if it cannot store the
            samples; it is unchanged then
    """
    check_name(name)
    wanted = dict(parameters)
    if fo.dataset_exists(name) and overwrite:
        delete_unreviewed(name)
    if not fo.dataset_exists(name):
        _make(name, captions, wanted, provenance)
    dataset = fo.load_dataset(name)
    fitted = _check(dataset, captions, wanted, append)
    known = known_of(dataset)
    if known.get("ready") and not is_foreign(dataset):
        keep_descriptions(dataset)
    builds = merged_builds(known.get("builds", []), provenance.builds)
    is_known = wanted in _runs(known) and builds == known.get("builds", [])
    if not (known.get("ready") and is_known) or fitted.missing:
        _declare(dataset, captions, wanted, provenance)
    return dataset


def check_dataset(
    name: str,
    captions: Sequence[CaptionField],
    parameters: Mapping[str, Any],
    *,
    overwrite: bool = False,
    append: bool = False,
) -> fo.Dataset | None:
    """Raises what :func:`open_dataset` would raise, and changes nothing.

    Returns:
        the dataset that would be added to, None if one would be created

    Raises:
        DatasetError: as :func:`open_dataset`
    """
    check_name(name)
    if not fo.dataset_exists(name):
        return None
    if overwrite:
        check_unreviewed(name)
        return None
    dataset = fo.load_dataset(name)
    _check(dataset, captions, dict(parameters), append)
    return dataset


def _check(
    dataset: fo.Dataset, captions: Sequence[CaptionField], wanted: dict[str, Any], append: bool
) -> Fit:
    if not isinstance(dataset.info.get(INFO_KEY) or {}, dict):
        raise DatasetError(
            f"the info of the dataset {dataset.name!r} has a value {INFO_KEY!r}, where conversions "
            "keep theirs: rename it, or choose another --name"
        )
    _check_resumable(dataset, wanted, append)
    try:
        return fit_schema(dataset, captions)
    except IncompatibleError as error:
        raise DatasetError(str(error)) from None


def known_of(dataset: fo.Dataset) -> dict[str, Any]:
    """Returns the entry of conversions in a dataset's info."""
    return dict(dataset.info.get(INFO_KEY) or {})


def _runs(known: Mapping[str, Any]) -> list[Any]:
    """Returns the parameters of all conversions."""
    return [*known.get("runs", []), known.get("parameters")]


def is_foreign(dataset: fo.Dataset) -> bool:
    """Returns whether a dataset has samples that no conversion made."""
    known = known_of(dataset)
    return bool(known.get("foreign", not known.get("ready") and len(dataset)))


def present_in(dataset: fo.Dataset, reviews: bool = False) -> Present:
    """Returns the lookup of a dataset's videos.

    Args:
        dataset: the dataset
        reviews: whether to find out which somebody has reviewed
    """
    return Present(samples_of(dataset), is_foreign(dataset), reviews)


def _make(
    name: str,
    captions: Sequence[CaptionField],
    parameters: Mapping[str, Any],
    provenance: Provenance,
) -> None:
    """Creates a dataset that gets its name only once everything is declared.

    If another run has created it in the meantime, that dataset stays unchanged.
    """
    dataset = begin_dataset()
    _declare(dataset, captions, parameters, provenance)
    finish_dataset(dataset, name)


def check_unreviewed(name: str) -> None:
    """Checks that nobody has reviewed a dataset that is to be replaced.

    Raises:
        DatasetError: if somebody has
    """
    reviewed = count_reviewed(samples_of(fo.load_dataset(name)))
    if reviewed:
        raise DatasetError(
            f"{count(reviewed, 'video')} of the dataset {name!r} have been reviewed, and the "
            f"reviews would be lost: choose another --name, or delete the dataset yourself "
            f"(`fiftyone datasets delete {name}`)"
        )


def delete_unreviewed(name: str) -> None:
    """Deletes a dataset to replace it.

    Raises:
        DatasetError: if somebody has reviewed it; it stays then
    """
    check_unreviewed(name)
    fo.delete_dataset(name)


def begin_dataset() -> fo.Dataset:
    """Creates an unfinished dataset under a temporary name.

    If this process is killed, the next call on this machine deletes it.
    """
    _clean_unfinished()
    return fo.Dataset(f"{_UNFINISHED}-{_machine()}-{os.getpid()}-{secrets.token_hex(4)}")


def finish_dataset(dataset: fo.Dataset, name: str) -> bool:
    """Gives an unfinished dataset its name, and makes it persistent.

    Returns:
        whether it got the name; if another dataset has it by now, this one is deleted
    """
    try:
        name_and_persist(dataset, name)
    except Exception as error:  # FiftyOne's or MongoDB's, depending on the moment
        logger.info("%r did not get its name %r: %s", dataset.name, name, error)
        dataset.delete()
        if not fo.dataset_exists(name):
            raise
        return False
    return True


def _clean_unfinished() -> None:
    """Deletes unfinished datasets of killed runs on this machine.

    Other machines share the database, and may be creating theirs.
    """
    ours = re.compile(rf"{_UNFINISHED}-{_machine()}-(\d+)-[0-9a-f]{{8}}")
    for name in fo.list_datasets(f"{_UNFINISHED}-*"):
        found = ours.fullmatch(name)
        if found and not _is_running(int(found[1])):
            logger.info("Deleting %r, which a killed run left behind", name)
            drop_dataset(name)


def drop_dataset(name: str) -> None:
    """Deletes an unfinished dataset, even one that FiftyOne cannot load."""
    try:
        fo.delete_dataset(name)
    except Exception as error:  # a failed import may have left anything
        logger.info("%r cannot be loaded, so its documents are deleted: %s", name, error)
        delete_unloadable(name)


@functools.cache
def _machine() -> str:
    """Identifies the scope of process ids: this boot of the machine, and this container."""
    words = [platform.node()]
    with suppress(OSError):  # not Linux
        words.append(Path("/proc/sys/kernel/random/boot_id").read_text())
        words.append(str(Path("/proc/self/ns/pid").readlink()))
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:12]


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:  # another user's process
        return True
    return True


def _declare(
    dataset: fo.Dataset,
    captions: Sequence[CaptionField],
    parameters: Mapping[str, Any],
    provenance: Provenance,
) -> None:
    """Declares the schema and writes the info, which marks the dataset as ready."""
    known, foreign = known_of(dataset), is_foreign(dataset)
    if not dataset.persistent and not dataset.name.startswith(_UNFINISHED):
        dataset.persistent = True
    declare_schema(dataset, captions, captioners(provenance.builds))
    builds = merged_builds(known.get("builds", []), provenance.builds)
    if not known.get("ready") and not len(dataset):
        dataset.description = dataset.description or provenance.description
        dataset.tags = dataset.tags or list(provenance.tags)
        make_readable(dataset, captions)
    runs = [run for run in known.get("runs", []) if run != parameters]
    licences = [provenance.license, *([known.get("license")] if len(dataset) else [])]
    dataset.info[INFO_KEY] = {
        **known,
        "converter": f"fiftyone_action100m {VERSION}",
        "parameters": dict(parameters),
        "runs": [*runs, dict(parameters)],
        "source": parameters.get("source"),
        "license": strictest(licences),
        "citation": provenance.citation,
        "homepage": provenance.homepage,
        "paper": provenance.paper,
        "ready": True,
        **({"foreign": True} if foreign else {}),
        **({"builds": builds} if builds else {}),
    }
    dataset.save()


def check_name(name: str) -> None:
    """Checks that a dataset may have a name.

    Raises:
        DatasetError: if FiftyOne would refuse the name
    """
    try:
        fo.core.utils.to_slug(name)
    except ValueError as error:
        raise DatasetError(f"{name!r} cannot be a dataset's name: {error}") from None


def datasets_in(out: Path, name: str) -> list[str]:
    """Returns the names of other datasets whose clips a conversion keeps in a folder."""
    query = {"info.action100m.runs.out": str(out), "name": {"$ne": name}}
    return find_datasets(query)


def describe_existing(name: str) -> str | None:
    """Returns a sentence about an existing dataset, None if there is none of this name."""
    if not fo.dataset_exists(name):
        return None
    samples = count(len(fo.load_dataset(name)), "sample")
    return f"the dataset {name!r} already exists, with {samples}"


def _check_resumable(dataset: fo.Dataset, wanted: Mapping[str, Any], append: bool) -> None:
    if append or not len(dataset):
        return
    known = known_of(dataset)
    if wanted in _runs(known):
        logger.info("Resuming dataset %r with %s", dataset.name, count(len(dataset), "sample"))
        return
    raise DatasetError(
        f"the dataset {dataset.name!r} already exists, with {count(len(dataset), 'sample')}, "
        + ("converted with other parameters" if known else "which no conversion made")
        + ": append to it (--append), replace it (--overwrite) or choose another --name"
    )
