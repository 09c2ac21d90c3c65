"""Makes what `make screens` shows besides the demo: large trees, and videos unlike others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from demo_app import NAME, ROOT

#: The numbers of nodes of the large trees; the largest of the published examples has the first.
LARGE, HUGE = 917, 5_000
#: A dataset of videos that are unlike others, and each one's place in the grid.
ODD = "screens-odd"
PORTRAIT, LONG, MISSING, PLAIN = range(4)
_SECONDS = 24.0


def large(nodes: int) -> str:
    """Returns the name of the dataset that has a tree of so many nodes."""
    return f"panel-{nodes}"


def make_datasets(folder: Path) -> None:
    """Makes the datasets, and a resampling of the demo where its captions are indexed."""
    sys.path.append(str(ROOT / "benchmarks"))
    from panel import make_dataset

    for nodes in (LARGE, HUGE):
        make_dataset(folder, nodes)
    _make_odd(folder / "odd")
    command = str(Path(sys.executable).with_name("action100m"))
    subprocess.run([command, "resample", NAME, "--k", "12", "--size", "1000"], check=False)


def _make_odd(folder: Path) -> None:
    """Makes a portrait video, long captions, a video without a tree, and one that is missing.

    The words of all captions are in another order than their levels.
    """
    import fiftyone as fo
    from fiftyone_action100m import convert
    from material import write_parquet, write_video
    from real_shape import real_record

    records = [real_record(name, _SECONDS, 20) for name in ("portrait", "long", "missing")]
    _lengthen(records[LONG])
    source = write_parquet(folder / "records.parquet", records)
    videos = folder / "videos"
    write_video(videos / "portrait.mp4", _SECONDS, size="360x640")
    for name in ("long", "missing", "plain"):
        write_video(videos / f"{name}.mp4", _SECONDS, size="640x360")
    dataset, _ = convert(source, videos, ODD, folder / "out", captions="all")
    if dataset is None:
        raise RuntimeError("the videos were not converted")
    Path(dataset.skip(MISSING).first().filepath).unlink()
    plain = fo.Sample(filepath=str(videos / "plain.mp4"), title="A video without annotations")
    plain.compute_metadata()
    dataset.add_sample(plain)
    dataset.persistent = True


def _lengthen(record: dict[str, Any]) -> None:
    """Makes a record's captions some 300 letters long; the title is one long word."""
    tail = ", in the large bowl with the blue rim that was on the table since the beginning"
    record["metadata"]["title"] = 12 * "Unbroken"
    for node in record["nodes"]:
        node["plm_action"] += 3 * tail
        for part in (node["gpt"] or {}).values():
            part.update({key: text + 4 * tail for key, text in part.items() if text != "N/A"})
