"""Makes the demo's second dataset: trees built from some of its videos, without their records."""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.fields import DEFAULT_CAPTIONS, VIDEO_UID
from ..core.option_error import OptionError
from ..core.wording import count
from .convert import run_conversion
from .errors import printable
from .exit_codes import DONE, PARTLY

if TYPE_CHECKING:
    from ..converters.options import ConvertOptions
    from ..treemaking.run import Build

#: The suffix of the second dataset's name.
FOUND = "-found"

#: The least share of a video's variation that a split must explain, to avoid splits of noise.
_GAIN = 0.001

#: The field for the text on frames, which names the action.
_FIELD = "plm_action"


def find_trees(known: ConvertOptions, videos: int, folder: Path) -> None:
    """Builds trees for the first of the demo's videos, and converts them with the existing clips.

    Does what is missing, and nothing if the dataset has these videos. The dataset is optional, so
    errors are only printed.

    Args:
        known: the options of the demo's conversion
        videos: the number of its videos
        folder: the folder for links to the videos, and for the build
    """
    import pyarrow.parquet as pq

    from ..converters.manifest import OK, ManifestError
    from ..converters.storing.provenance import DEMO_FOUND

    name = known.name + FOUND
    try:
        column = pq.read_table(known.source, columns=[VIDEO_UID])[VIDEO_UID]
        uids = column.to_pylist()[:videos]
        if not known.overwrite and _has(name, uids):
            return
        if _is_of_others(name, DEMO_FOUND.description):
            raise OptionError(
                "name", "a dataset of this name is kept, which the demo has not made: give another "
                "--name, or --found 0",
            )  # fmt: skip
        build = _build(_links(Path(known.videos or ""), uids, folder / "videos"), folder / "built")
        if build.report.stopped or not build.report.of(OK):
            return
        options = dataclasses.replace(
            known,
            source=build.out / "records",
            name=name,
            captions=DEFAULT_CAPTIONS,  # the existing captions; else the segments alone
            provenance=DEMO_FOUND,
        )
        if run_conversion(options, argparse.Namespace(open=False)) in (DONE, PARTLY):
            print(
                f"The dataset {name} has {count(len(uids), 'video')} again, with trees that are "
                "found in the pictures alone: Compare in the Tree of Captions shows both"
            )
    except ConnectionError:  # the terminal or the database is gone
        raise
    except (OptionError, ManifestError, OSError) as error:
        print(f"The dataset {name} is not made: {printable(error)}")


def _has(name: str, uids: Sequence[str]) -> bool:
    """Whether there is a dataset with these videos."""
    import fiftyone as fo

    if not fo.dataset_exists(name):
        return False
    dataset = fo.load_dataset(name)
    return dataset.has_field(VIDEO_UID) and set(uids) <= set(dataset.distinct(VIDEO_UID))


def _is_of_others(name: str, description: str) -> bool:
    """Whether there is a dataset that the demo has not made, by its description."""
    import fiftyone as fo

    return bool(fo.dataset_exists(name) and fo.load_dataset(name).description != description)


def _links(videos: Path, uids: Sequence[str], folder: Path) -> Path:
    """Returns a folder of links to some of the videos."""
    from ..treemaking.videos import link

    for uid in uids:
        for video in videos.glob(f"{uid}.*"):
            link(folder, uid, video)
    for other in folder.iterdir():
        if other.is_symlink() and other.stem not in uids:
            other.unlink()
    return folder


def _build(videos: Path, out: Path) -> Build:
    """Builds the trees, with the text on frames as captions if it can be read."""
    from ..treemaking.captions import CaptionOptions
    from ..treemaking.options import BuildOptions
    from ..treemaking.run import Build
    from ..treemaking.segments import SplitRules
    from .progress import show

    options = BuildOptions(
        videos, out, rules=SplitRules(min_gain=_GAIN), captions=CaptionOptions("ocr", _FIELD)
    )
    try:
        build = Build(options)
    except OptionError as error:
        if error.option != "captioner":
            raise
        print(
            f"The trees that are found have no captions: {printable(error)}, then `action100m demo "
            "--overwrite`"
        )
        build = Build(dataclasses.replace(options, captions=CaptionOptions()))
    try:
        show(build.run(), "Finding trees")
    finally:
        print(build.report)
    return build
