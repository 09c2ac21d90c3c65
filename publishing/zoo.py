"""Action100M as a dataset of FiftyOne's zoo.

``prepare`` makes the clips in the zoo's folder; ``load`` adds them and their records to the zoo's
dataset. Both are conversions (:mod:`..converters.convert`), which resume: a second call, or one for
more videos, makes only the missing clips. Videos that failed are printed with their reasons, and
listed in the dataset's ``info``.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any
from uuid import uuid4

import fiftyone as fo

from ..acquire.options import FetchOptions
from ..converters.convert import convert
from ..converters.manifest import OK
from ..converters.report import Report, count_lines
from ..core.keys import INFO_KEY
from ..core.wording import count
from ..internals.hooks import PreparedZooDataset
from .licence import FAIR

logger = logging.getLogger(__name__)

#: The default source of records: the preview on the Hub.
PREVIEW = "hf://datasets/facebook/action100m-preview"


def prepare(folder: str, **options: Any) -> int:
    """Makes the clips.

    Args:
        folder: the zoo's folder for this dataset
        options: the conversion's options, see :func:`convert_into`

    Returns:
        the number of videos
    """
    name = f"action100m-zoo-{uuid4().hex[:8]}"
    try:
        report = convert_into(name, folder, **options)
        print(_summary(report, "prepared"))
        return report.samples
    finally:
        # Only the clips are kept: the zoo loads them into its own dataset.
        if fo.dataset_exists(name):
            fo.delete_dataset(name)


def load(dataset: fo.Dataset, folder: str, **options: Any) -> None:
    """Adds the videos to a dataset, with schema, saved views and App settings.

    Args:
        dataset: the zoo's empty dataset
        folder: the zoo's folder for this dataset
        options: the conversion's options, see :func:`convert_into`
    """
    persistent = dataset.persistent
    report = convert_into(dataset.name, folder, **options)
    dataset.reload()
    missing = [
        {"status": status, "reason": reason, "videos": number}
        for (status, reason), number in sorted(report.counts.items())
        if status != OK
    ]
    counts = {"videos": report.done, "loaded": report.of(OK), "missing": missing}
    dataset.info[INFO_KEY] = {**dataset.info[INFO_KEY], "report": counts}
    dataset.persistent = persistent
    dataset.save()
    print(_summary(report, "loaded"))


def convert_into(
    name: str,
    folder: str,
    source: str | None = None,
    videos: str | None = None,
    fetch: bool | str | None = None,
    max_samples: int | None = None,
    **options: Any,
) -> Report:
    """Converts records, with the clips in the zoo's folder.

    Args:
        name: the dataset's name
        folder: the zoo's folder for this dataset
        source: records, as ``action100m convert`` takes them; the preview by default
        videos: a folder of source videos
        fetch: whether to fetch missing videos from the web, the default without ``videos``; a URL
            with ``{id}`` says where from
        max_samples: the most videos to convert
        options: further keyword arguments of :func:`..converters.convert.convert`

    Returns:
        the conversion's report

    Raises:
        ValueError: if no video could be converted, or the options are wrong
    """
    wanted = fetch if fetch is not None else videos is None
    how = FetchOptions(url=fetch) if isinstance(fetch, str) else FetchOptions()
    made, report = convert(
        source or PREVIEW,
        videos,
        name,
        Path(folder) / "converted",
        max_samples=max_samples,
        fetch=how if wanted else None,
        append=True,
        **options,
    )
    if made is None or not len(made):
        raise ValueError(f"no video could be converted.\n{report}")
    return report


def _summary(report: Report, verb: str) -> str:
    lines = [f"{report.of(OK):,} of {count(report.done, 'video')} {verb}"]
    if report.stopped:
        lines[0] += f"; stopped early: {report.stopped}"
    return "\n".join([*lines, *count_lines(report.counts, report.examples)])


class Action100M(PreparedZooDataset):
    """The zoo's dataset for installations of this package.

    FiftyOne finds it through the manifest ``zoo.json``, if ``fo.config.dataset_zoo_manifest_paths``
    names it. The arguments are :func:`convert_into`'s.
    """

    def __init__(
        self,
        source: str | None = None,
        videos: str | None = None,
        fetch: bool | str | None = None,
        max_samples: int | None = None,
        captions: str | list[str] | None = None,
        clip_seconds: float | None = None,
        max_height: int | None = None,
        workers: int | None = None,
        revision: str | None = None,
        token: str | None = None,
    ) -> None:
        given = {name: value for name, value in locals().items() if not name.startswith("_")}
        self._options = {k: v for k, v in given.items() if k != "self" and v is not None}

    @property
    def name(self) -> str:
        """The dataset's name in the zoo."""
        return "action100m"

    @property
    def license(self) -> str:
        """Action100M's licence."""
        return FAIR.identifier

    @property
    def supported_splits(self) -> None:
        """None: the dataset has no splits."""

    @property
    def supports_partial_downloads(self) -> bool:
        """Whether a second call adds what is missing."""
        return True

    def prepare(self, folder: str) -> int:
        """Makes the clips; returns the number of videos."""
        return prepare(folder, **self._options)

    def load(self, dataset: fo.Dataset, folder: str) -> None:
        """Converts into the zoo's dataset."""
        load(dataset, folder, **self._options)
