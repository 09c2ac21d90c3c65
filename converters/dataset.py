"""Creates, resumes, replaces or appends to the data set of a conversion."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import fiftyone as fo

from ..core.fields import CaptionField
from ..core.version import VERSION
from .schema import declare_schema, make_readable

logger = logging.getLogger(__name__)

#: The key in ``dataset.info`` under which a conversion keeps what it was made with.
INFO_KEY = "action100m"

_CITATION = (
    "@article{chen2026action100m, title={Action100M: A Large-scale Video Action Dataset}, "
    "author={Chen, Delong and Kasarla, Tejaswi and Bang, Yejin and Shukor, Mustafa and "
    "Chung, Willy and Yu, Jade and Bolourchi, Allen and Moutakanni, Th{\\'e}o and Fung, Pascale}, "
    "journal={arXiv preprint arXiv:2601.10592}, year={2026}}"
)


class DatasetError(ValueError):
    """A data set that must not be touched, or cannot be used."""


@dataclass(frozen=True)
class Provenance:
    """Where a data set's content comes from, and on what terms."""

    description: str
    license: str
    citation: str
    homepage: str
    paper: str
    tags: tuple[str, ...]


ACTION100M = Provenance(
    "Clips of instructional videos with Action100M's Tree-of-Captions: every video is split into a "
    "tree of segments, coarse to fine, each with its own captions. All annotations are made by "
    "machines (V-JEPA 2, PerceptionLM-3B, Llama-3.2-Vision-11B, GPT-OSS-120B).",
    "FAIR Noncommercial Research License: no commercial use, no redistribution",
    _CITATION,
    "https://github.com/facebookresearch/Action100M",
    "https://arxiv.org/abs/2601.10592",
    ("action100m", "video", "tree-of-captions"),
)

DEMO = Provenance(
    "A stand-in for Action100M: drawn videos whose pictures show their annotation. Each leaf of "
    "the Tree-of-Captions has a colour of its own, and each frame names its step and its time.",
    "Apache-2.0; generated, with nothing of Action100M's in it",
    _CITATION,
    "https://github.com/facebookresearch/Action100M",
    "https://arxiv.org/abs/2601.10592",
    ("action100m", "demo", "video", "tree-of-captions"),
)


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
