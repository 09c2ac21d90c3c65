"""Small records and small videos that tests convert."""

from __future__ import annotations

import copy
import json
import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m.converters.clips.media import Clip
from fiftyone_action100m.core.records import Record
from fiftyone_action100m.core.schema import RECORD
from fiftyone_action100m.demo import make, render
from fiftyone_action100m.demo.make import Demo, Style
from fiftyone_action100m.demo.palette import Colour
from fiftyone_action100m.demo.records import demo_record, demo_records
from shared import locked
from strategies import float32
from video_sources import pattern


def small_record(uid: str, seconds: float = 6.0, leaves: int = 8, seed: int = 0) -> dict[str, Any]:
    """A record of the real shape: ``gpt`` on inner nodes of 1 s and more, ``plm_action`` on all."""
    rng = random.Random(f"{uid}-{seed}")
    hundredths = round(seconds * 100)
    step = min(20, hundredths // leaves)  # no leaf is shorter than half of it
    places = sorted(rng.sample(range(1, hundredths // step), leaves - 1))
    marks = [0, *(p * step + rng.randrange(step // 2 or 1) for p in places), hundredths]
    nodes: list[dict[str, Any]] = []
    queue: list[tuple[int, int, str | None, int]] = [(0, leaves, None, 0)]
    while queue:
        first, last, parent, level = queue.pop(0)
        node_id = f"{uid}-{len(nodes)}"
        start, end = float32(marks[first] / 100), float32(marks[last] / 100)
        inner = last - first > 1
        no_action = len(nodes) % 7 == 3
        brief = "N/A" if no_action else f"do step {len(nodes)}"
        gpt = {
            "summary": {"brief": f"A person does {node_id}.", "detailed": f"At length: {node_id}."},
            "action": {
                "brief": brief,
                "detailed": "N/A" if no_action else f"Do step {len(nodes)} with care.",
                "actor": "N/A" if no_action else "A person",
            },
        }
        nodes.append(
            {
                "node_id": node_id,
                "parent_id": parent,
                "level": level,
                "start": start,
                "end": end,
                "plm_action": f"act {node_id}",
                "plm_caption": f"Seen in {node_id}." if inner else None,
                "llama3_caption": None if inner else f"The picture of {node_id}.",
                "gpt": gpt if inner and end - start >= 1 else None,
            }
        )
        if inner:
            middle = rng.randint(first + 1, last - 1)
            queue += [(first, middle, node_id, level + 1), (middle, last, node_id, level + 1)]
    return {
        "video_uid": uid,
        "metadata": {
            "title": f"How to {uid}",
            "description": "Line one\nline two",
            "view_count": 100 + len(uid),
            "like_count": 7,
            "duration": round(seconds),
            "upload_date": "20190203",
            "transcript": [
                {"time": str(t / 2), "text": f"word  {t}\nspoken"} for t in range(int(seconds))
            ],
        },
        "nodes": nodes,
    }


def write_parquet(path: Path, rows: list[dict[str, Any]], group: int = 3) -> Path:
    """Writes records as the preview's shards have them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=RECORD), path, row_group_size=group)
    return path


def write_video(
    path: Path, seconds: float = 6.0, fps: str = "25", size: str = "64x48", encode: bool = False
) -> Path:
    """Makes a source video that will be copied or, with ``encode``, must be encoded."""
    codec = (
        ["-c:v", "mpeg4", "-q:v", "8"] if encode else ["-c:v", "libx264", "-preset", "ultrafast"]
    )
    source = f"testsrc2=s={size}:r={fps}:d={seconds}"
    return pattern(path, source, *codec, "-pix_fmt", "yuv420p", "-bf", "0", "-threads", "1")


def changed(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A copy of a record with other values at its top."""
    return {**copy.deepcopy(row), **changes}


def clip_of(path: str, fps: str = "30000/1001", frames: int = 150) -> Clip:
    """Returns what is known of a clip that there is not."""
    rate = Fraction(fps)
    return Clip(
        path=Path(path),
        frame_rate=rate,
        total_frame_count=frames,
        duration=float(frames / rate),
        frame_width=64,
        frame_height=48,
        size_bytes=1234,
        mime_type="video/mp4",
        encoding_str="avc1",
        has_audio=False,
        action="encode",
    )


def same_record(a: Record, b: Record) -> bool:
    """Whether two records say the same."""
    return (a.video_uid, a.info, a.warnings, list(a.tree)) == (
        b.video_uid,
        b.info,
        b.warnings,
        list(b.tree),
    )


@dataclass(frozen=True)
class Converted:
    """A dataset, and what it was converted from.

    Attributes:
        dataset: the dataset; who changes it puts back what was
        report: what the conversion said
        records: the records
        videos: the folder with the source videos
        out: the folder with the clips
    """

    dataset: Any
    report: Any
    records: Path
    videos: Path
    out: Path

    @classmethod
    def make(cls, name: str, records: Path, videos: Path, out: Path, **options: Any) -> Converted:
        """Converts; imports FiftyOne."""
        from fiftyone_action100m import convert

        dataset, report = convert(records, videos, name, out, **options)
        return cls(dataset, report, records, videos, out)


def small(style: Style) -> Style:
    """Returns a format of the demo with the smallest pictures that can be drawn."""
    width, height = (round(side * 48 / min(style.size)) * 2 for side in style.size)
    return replace(style, size=(width, height))


def small_demo(
    directory: Path, formats: Sequence[int] | None = None, seconds: float | None = None
) -> Demo:
    """Makes the demo with small pictures and a sound of few samples.

    Args:
        directory: where to
        formats: the places in ``STYLES`` of the formats, one for each video; all, if left out
        seconds: of each video, which has 12 leaves then; as many as ever, if left out
    """
    styles = tuple(make.STYLES if formats is None else [make.STYLES[i] for i in formats])

    def short(videos: int, seed: int) -> list[dict[str, Any]]:
        return [demo_record(i, seed=seed, seconds=seconds, leaves=12) for i in range(videos)]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "STYLES", tuple(map(small, styles)))
        patch.setitem(render._VIDEO_OPTIONS, "libx264", ("-preset", "ultrafast", "-crf", "20"))
        patch.setattr(render, "_SAMPLE_RATE", 8000)
        if seconds is not None:
            patch.setattr(make, "demo_records", short)
        return make.make_demo(directory, videos=len(styles))


def demo_as_rendered(directory: Path) -> None:
    """Fills a demo's directory as if its videos had been rendered there, with the small ones."""
    with locked("demo") as folder:
        demo = small_demo(folder)
        shutil.copytree(demo.videos, directory / "videos")
        shutil.copytree(folder / "stamps", directory / "stamps")
        shutil.copy(demo.records, directory)
    for record, style in zip(demo_records(len(make.STYLES)), make.STYLES, strict=True):
        stamp = directory / "stamps" / f"{record['video_uid']}.json"
        made = json.loads(stamp.read_text()) | {"key": make._key([record, asdict(style)])}
        stamp.write_text(json.dumps(made))


def nearest_leaf(colour: Sequence[float], colours: Mapping[str, Colour]) -> str:
    """Returns the leaf whose colour is nearest to a measured one, such as the mean of an area."""
    ids = list(colours)
    away = np.asarray([colours[i] for i in ids], dtype=float) - np.asarray(colour, dtype=float)
    return ids[int((away**2).sum(axis=1).argmin())]
