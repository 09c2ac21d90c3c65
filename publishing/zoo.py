"""What FiftyOne's dataset zoo calls when it loads this repository as a data set.

``prepare`` makes the clips in the zoo's folder; ``load`` puts them and their records into the data
set that the zoo has made. Both are a conversion (:mod:`..converters.convert`), which takes up what
an earlier one has left: a second call, or one for more videos, makes what is missing only. What
could not be made is printed with its reason, as ``convert`` does, and kept in the data set's
``info``.
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
from ..internals.hooks import PreparedZooDataset
from .licence import FAIR

logger = logging.getLogger(__name__)

#: Where records come from unless told otherwise: the preview, on the Hub.
PREVIEW = "hf://datasets/facebook/action100m-preview"


def prepare(folder: str, **options: Any) -> tuple[None, int, None]:
    """Makes the clips.

    Args:
        folder: the zoo's, for this data set
        options: of the conversion, see :func:`convert_into`

    Returns:
        what the zoo asks for: no importer, how many videos there are, and no classes
    """
    name = f"action100m-zoo-{uuid4().hex[:8]}"
    try:
        report = convert_into(name, folder, **options)
        print(_summary(report, "prepared"))
        return None, report.samples, None
    finally:
        # What counts are the clips: the zoo loads them into a data set of its own.
        if fo.dataset_exists(name):
            fo.delete_dataset(name)


def load(dataset: fo.Dataset, folder: str, **options: Any) -> None:
    """Puts the videos into a data set, with schema, saved views and App settings.

    Args:
        dataset: the zoo's, empty
        folder: the zoo's, for this data set
        options: of the conversion, see :func:`convert_into`
    """
    persistent = dataset.persistent
    report = convert_into(dataset.name, folder, **options)
    dataset.reload()
    missing = [
        {"status": status, "reason": reason, "videos": count}
        for (status, reason), count in sorted(report.counts.items())
        if status != OK
    ]
    asked = {"videos": report.done, "loaded": report.of(OK), "missing": missing}
    dataset.info[INFO_KEY] = {**dataset.info[INFO_KEY], "report": asked}
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
    """Converts, with the clips in a zoo's folder.

    Args:
        name: the data set's
        folder: the zoo's
        source: records, as ``action100m convert`` takes them; the preview's by default
        videos: a folder of source videos
        fetch: whether videos that are not there come from the web; by default, where ``videos``
            is not given. An address with ``{id}`` in it says from where
        max_samples: how many videos
        options: further keyword arguments of :func:`..converters.convert.convert`

    Returns:
        what became of each video

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
    lines = [f"{report.of(OK):,} of {report.done:,} videos {verb}"]
    if report.stopped:
        lines[0] += f"; stopped early: {report.stopped}"
    return "\n".join([*lines, *count_lines(report.counts, report.examples)])


class Action100M(PreparedZooDataset):
    """The data set of the zoo in an environment that has this package: no download of the code.

    FiftyOne finds it by the manifest ``zoo.json`` beside the package, which
    ``fo.config.dataset_zoo_manifest_paths`` names. The arguments are :func:`convert_into`'s.
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
        """Its name in the zoo."""
        return "action100m"

    @property
    def license(self) -> str:
        """Action100M's, not this code's."""
        return FAIR.identifier

    @property
    def supported_splits(self) -> None:
        """None: there are no splits."""

    @property
    def supports_partial_downloads(self) -> bool:
        """A second call makes what is missing."""
        return True

    def prepare(self, folder: str) -> int:
        """Makes the clips; returns how many videos there are."""
        return prepare(folder, **self._options)[1]

    def load(self, dataset: fo.Dataset, folder: str) -> None:
        """Converts into the zoo's dataset."""
        load(dataset, folder, **self._options)
