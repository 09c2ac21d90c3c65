"""Makes the demo: records and videos in a directory, each made only once.

directory/
  records.parquet      the records, in several row groups
  videos/<uid>.mp4     one video per record, in several formats
  stamps/<uid>.json    what a video was made from; if it does not match, the video is made again
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..core.machine import cores
from ..core.schema import RECORD
from .records import demo_records
from .render import render

logger = logging.getLogger(__name__)

#: The renderer's version. Increase it when the pictures change, so that cached videos are rendered
#: again.
RENDERER = 2


@dataclass(frozen=True)
class Style:
    """The format that a video is rendered in, see :func:`.render.render`."""

    suffix: str
    fps: str
    size: tuple[int, int]
    codec: str = "libx264"
    variable_rate: bool = False


#: The formats, used in turn; each takes another path through the converter. The third video is
#: shorter than 90 s and has a clip's format, so it is copied.
STYLES: tuple[Style, ...] = (
    Style(".mp4", "25", (640, 360)),
    Style(".mp4", "30000/1001", (360, 640)),
    Style(".mp4", "30", (854, 480)),
    Style(".mp4", "20", (640, 360), variable_rate=True),
    Style(".webm", "24", (640, 360), codec="libvpx-vp9"),
    Style(".mp4", "15", (960, 540)),
)


@dataclass(frozen=True)
class Demo:
    """The paths of the demo.

    Attributes:
        records: the Parquet file of records
        videos: the directory of videos, each named by its record's ``video_uid``
    """

    records: Path
    videos: Path


def default_directory() -> Path:
    """Returns the demo's directory in the user's cache."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not cache.is_absolute():
        cache = Path.home() / ".cache"
    return cache / "fiftyone_action100m" / "demo"


def make_demo(
    directory: str | Path,
    videos: int = 6,
    seed: int = 51,
    progress: Callable[[int, int], object] | None = None,
    workers: int | None = None,
) -> Demo:
    """Makes the demo in a directory, or what is missing of it.

    If two processes use the same directory, the second waits for the first. Videos of other seeds
    stay.

    Args:
        directory: the directory; created if missing
        videos: the number of videos
        seed: the seed of the random content
        progress: called after each video, rendered or found, with the number of videos done and the
            total
        workers: videos to render at once; by default one per core

    Returns:
        the paths of the records and the videos

    Raises:
        ValueError: if ``videos`` is less than 1
        RenderError: if ffmpeg fails
        OSError: if the directory cannot be written to
    """
    if videos < 1:
        raise ValueError(f"videos is {videos}: make 1 or more")
    directory = Path(directory)
    demo = Demo(directory / "records.parquet", directory / "videos")
    stamps = directory / "stamps"
    for folder in (demo.videos, stamps):
        folder.mkdir(parents=True, exist_ok=True)
    records = demo_records(videos, seed)
    with _locked(directory):
        _clean(demo.videos)
        _make(
            stamps / "records.json",
            demo.records,
            _key(records),
            lambda path: _write_records(records, path),
        )
        _render_all(records, demo.videos, stamps, progress, workers or cores())
        _clean(demo.videos)
    return demo


def _clean(videos: Path) -> None:
    """Removes what a killed run left; its ffmpeg may have created a file after it."""
    for partial in videos.glob(".*.part.*"):
        partial.unlink(missing_ok=True)


def _render_all(
    records: Sequence[Mapping[str, Any]],
    videos: Path,
    stamps: Path,
    progress: Callable[[int, int], object] | None,
    workers: int,
) -> None:
    """Renders several videos at once, mostly in ffmpeg's processes."""
    stop = threading.Event()
    jobs = [(record, STYLES[i % len(STYLES)]) for i, record in enumerate(records)]
    # The largest first, so that the cores finish at about the same time.
    jobs.sort(key=lambda job: _pixels(*job), reverse=True)
    with ThreadPoolExecutor(min(workers, len(records)), "render") as pool:
        futures = [
            pool.submit(_render_one, record, style, videos, stamps, stop) for record, style in jobs
        ]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                future.result()
                if progress is not None:
                    progress(done, len(records))
        except BaseException:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _pixels(record: Mapping[str, Any], style: Style) -> float:
    """Returns the number of pixels to render."""
    width, height = style.size
    return float(record["nodes"][0]["end"] * Fraction(style.fps) * width * height)


def _render_one(
    record: Mapping[str, Any], style: Style, videos: Path, stamps: Path, stop: threading.Event
) -> None:
    uid = record["video_uid"]
    path = videos / f"{uid}{style.suffix}"

    def make(path: Path) -> None:
        render(
            record,
            path,
            fps=style.fps,
            size=style.size,
            codec=style.codec,
            variable_rate=style.variable_rate,
            stop=stop,
        )

    if _make(stamps / f"{uid}.json", path, _key([record, asdict(style)]), make):
        logger.info("rendered %s", path)
        for other in videos.glob(f"{uid}.*"):
            if other != path:
                other.unlink()


def _make(stamp: Path, path: Path, key: str, make: Callable[[Path], None]) -> bool:
    """Makes a file unless its stamp matches; returns whether it was made."""
    if path.is_file() and _read_stamp(stamp) == {"key": key, "bytes": path.stat().st_size}:
        return False
    stamp.unlink(missing_ok=True)
    make(path)
    _write_text(stamp, json.dumps({"key": key, "bytes": path.stat().st_size}))
    return True


def _read_stamp(stamp: Path) -> object:
    """Returns the content of a stamp, None if it is missing or damaged."""
    try:
        return json.loads(stamp.read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _key(made_from: object) -> str:
    """Returns a digest of what a file is made from, including the renderer's version."""
    text = json.dumps([RENDERER, made_from], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _write_records(records: Sequence[Mapping[str, Any]], path: Path) -> None:
    table = pa.Table.from_pylist(list(records), schema=RECORD)
    partial = path.with_name(f".{path.name}.part")
    try:
        pq.write_table(table, partial, row_group_size=max(1, min(3, len(records) // 2)))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _write_text(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.part")
    partial.write_text(text, "utf-8")
    partial.replace(path)


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Locks a directory against other processes; the system unlocks it if this one dies."""
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
