"""Builds trees for one's own videos: features of their frames, segments, records.

folder/
  features/HASH.npy, HASH.json    of each video, see :mod:`.features`
  records/records-00000.parquet   in Action100M's schema
  videos/ID.mp4                   links to the videos, by the ids in the records
  manifest.json                   what made the records, with what parameters, and how long it took
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..converters.clips import ffmpeg
from ..converters.clips.ffmpeg import NoFfmpegError, ffmpeg_exe
from ..converters.clips.media import ClipError
from ..converters.clips.samples import Frames, SampledVideo, open_video
from ..converters.manifest import FAILED, OK, only_writer
from ..converters.report import Progress
from ..core.machine import cores
from ..core.option_error import OptionError
from ..core.tree import TreeOfCaptions
from ..core.version import VERSION
from ..meaning.encoders import EncoderError
from ..meaning.files import write_json
from .chain_ward import chain_ward
from .encoders import FrameEncoder
from .features import FeatureFolder, FeaturesInfo, encode
from .options import FEATURES, MANIFEST, RECORDS, VIDEOS, BuildOptions, check
from .records import RecordFiles, record_row
from .report import BUILT, PRESENT, BuildReport
from .segments import SplitRules, edges_of, segment
from .videos import find_videos, link

logger = logging.getLogger(__name__)


class _Made(NamedTuple):
    """One video's outcome: why it is ok, its features and its tree; or the error."""

    reason: str
    info: FeaturesInfo | None = None
    tree: TreeOfCaptions | None = None
    seconds: float = 0.0
    message: str = ""


class Build:
    """One run. Iterate over :meth:`run`, then read :attr:`report`.

    Args:
        options: the build's options

    Attributes:
        report: the outcome so far

    Raises:
        OptionError: if an option cannot be used; nothing is written then
    """

    def __init__(self, options: BuildOptions) -> None:
        self.options, self.out = options, options.folder
        self.encoder = check(options)
        try:
            ffmpeg_exe()
        except NoFfmpegError as error:
            raise OptionError("ffmpeg", str(error)) from None
        found = find_videos(options.videos, self.out)
        self.videos = dict(list(found.items())[: options.max_videos])
        self.workers = min(options.workers or cores(), len(self.videos))
        self.report = BuildReport(
            folder=str(self.out), total=len(self.videos), verb="built", dry_run=options.dry_run
        )
        self._features = FeatureFolder(self.out / FEATURES, self.encoder, options.every)
        self._one_at_a_time, self._stopped = threading.Lock(), False
        self._locks: dict[str, threading.Lock] = {}

    def run(self) -> Generator[Progress, None, None]:
        """Builds; yields the progress after each video.

        Features are kept video by video; the records of an earlier run stay until those of this
        one are whole. Closing the generator early is safe.

        Raises:
            ManifestError: if another run is writing to the same folder
        """
        if self.options.dry_run:
            from .estimate import estimate

            yield from estimate(self)
            return
        (self.out / FEATURES).mkdir(parents=True, exist_ok=True)
        with only_writer(self.out / FEATURES):
            self._features.clean()
            pool = ThreadPoolExecutor(self.workers, "build", ffmpeg.set_owner, (self,))
            try:
                with RecordFiles(self.out / RECORDS) as records:
                    yield from self._run(pool, records)
            except BaseException as error:
                self._stopped = True
                if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
                    self.report.stopped = "interrupted"
                raise
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                if self._stopped:
                    ffmpeg.stop_all(self)
                pool.shutdown()
                self.report.seconds = self.report.progress.seconds

    def _run(self, pool: ThreadPoolExecutor, records: RecordFiles) -> Iterator[Progress]:
        report = self.report
        for uid, video, made in self._made(pool):
            if made.tree is None or made.info is None:
                report.add(FAILED, made.reason, made.message)
            else:
                records.add(record_row(uid, video.stem, made.tree))
                link(self.out / VIDEOS, uid, video)
                report.add(OK, made.reason)
                report.add_tree(made.info, len(made.tree), made.seconds)
            yield report.progress
        if not report.of(OK):
            return  # the records of an earlier run stay
        records.finish()
        report.seconds = report.progress.seconds
        write_json(self.out / MANIFEST, self.manifest())

    def _made(self, pool: ThreadPoolExecutor) -> Iterator[tuple[str, Path, _Made]]:
        """Works on several videos at once; yields their outcomes in order."""
        waiting: deque[tuple[str, Path, Future[_Made]]] = deque()
        for uid, video in self.videos.items():
            waiting.append((uid, video, pool.submit(self._make, uid, video)))
            if len(waiting) > 2 * self.workers:
                first = waiting.popleft()
                yield *first[:2], first[2].result()
        for uid, video, future in waiting:
            yield uid, video, future.result()

    def _make(self, uid: str, video: Path) -> _Made:
        try:
            key = self._features.key(video)
        except OSError as error:
            return _Made("unreadable", message=str(error))
        try:
            with self._locks.setdefault(key, threading.Lock()):  # two files may be the same
                info, reason = self._features.info(key), PRESENT
                if info is None:
                    info, reason = self._encode(key, video), BUILT
        except (ClipError, EncoderError) as error:
            logger.debug("%s", video, exc_info=True)
            name = error.reason if isinstance(error, ClipError) else "encoder-failed"
            return _Made(name, message=str(error))
        begun = time.perf_counter()
        tree = tree_of(self._features.read(key), info, self.options.rules, uid)
        return _Made(reason, info, tree, time.perf_counter() - begun)

    def _encode(self, key: str, video: Path) -> FeaturesInfo:
        """Decodes and encodes a video, and keeps its features."""
        begun = time.perf_counter()
        sampled = open_video(video, self.options.every)
        features = self.encode(sampled, threads=max(1, cores() // self.workers))
        info = FeaturesInfo(
            self.encoder.name,
            self.encoder.digest,
            self.options.every,
            str(sampled.rate),
            sampled.seconds(len(features)),
            len(features),
            self.encoder.dimension,
            round(time.perf_counter() - begun, 3),
        )
        self._features.write(key, features, info)
        return info

    def encode(
        self, video: SampledVideo, threads: int, seconds: float | None = None
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Decodes and encodes a video, ``[T, D]``; the encoder works for one video at a time.

        Args:
            video: the video
            threads: ffmpeg's threads
            seconds: where to stop; None for the end
        """
        encoder = self.encoder
        batch = encoder.batch if encoder.window == 1 else encoder.stride
        frames = video.read(batch, encoder.size, encoder.crop, seconds, threads)
        with closing(frames):
            return encode(self._until_stopped(frames), _InTurn(encoder, self._one_at_a_time))

    def _until_stopped(self, batches: Iterable[Frames]) -> Iterator[Frames]:
        for batch in batches:
            if self._stopped:
                raise EncoderError("the run was stopped")
            yield batch

    def manifest(self) -> dict[str, Any]:
        """Returns what made the records, as plain JSON values."""
        encoder, rules, report = self.encoder, self.options.rules, self.report
        return {
            "until": self.options.until,
            "made": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "encoder": {
                "name": encoder.name,
                "digest": encoder.digest,
                "size": list(encoder.size),
                "window": encoder.window,
                "stride": encoder.stride,
                "dimension": encoder.dimension,
            },
            "parameters": {
                "every": self.options.every,
                "min_seconds": rules.min_seconds,
                "min_gain": rules.min_gain,
                "max_depth": rules.max_depth,
            },
            "versions": {"fiftyone_action100m": VERSION, "numpy": np.__version__},
            **report.totals(),
        }


class _InTurn:
    """An encoder that several threads share: one encodes, the others wait or decode."""

    def __init__(self, encoder: FrameEncoder, lock: threading.Lock) -> None:
        self._encoder, self._lock = encoder, lock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)

    def encode(self, frames: Frames) -> Any:
        with self._lock:
            return self._encoder.encode(frames)


def tree_of(
    features: np.ndarray[Any, Any], info: FeaturesInfo, rules: SplitRules, uid: str
) -> TreeOfCaptions:
    """Returns the tree of a video's features.

    Args:
        features: ``[T, D]``
        info: what they are of
        rules: when a segment is split
        uid: the video's id
    """
    edges = edges_of(len(features), info.every, info.exact_rate, info.seconds)
    made_by = f"{info.digest} {info.every}"
    return segment(chain_ward(features), edges, rules, uid, made_by)


def build(
    videos: str | Path,
    out: str | Path,
    *,
    encoder: str | FrameEncoder = "colour",
    every: int = 4,
    min_seconds: float = SplitRules.min_seconds,
    min_gain: float = SplitRules.min_gain,
    max_depth: int | None = None,
    until: str = "segments",
    workers: int | None = None,
    max_videos: int | None = None,
) -> BuildReport:
    """Builds trees for one's own videos, in Action100M's records.

    Each video's frames are decoded once and turned into features; the frames are clustered, each
    with its neighbours in time only; and the clustering is walked from the root to a tree of
    segments (:mod:`.segments` has the rules). The records, in ``OUT/records``, have no texts yet.
    Running it again does what is missing.

    Args:
        videos: a folder of videos, searched recursively, or one video
        out: the folder for features, records and manifest
        encoder: ``colour``, ``zoo:NAME`` for an image model of FiftyOne's zoo, or a
            :class:`.encoders.FrameEncoder` of one's own
        every: one frame of so many is looked at
        min_seconds: the shortest segment, in seconds of the source
        min_gain: the least share, from 0 to 1, of a video's variation that a split, or one further
            down, explains
        max_depth: the deepest level; None for no limit
        until: the last stage to run: ``segments``
        workers: videos worked on at once; None for one per core
        max_videos: maximum number of videos; None for all

    Returns:
        the outcome, with counts by status and reason

    Raises:
        OptionError: if an option cannot be used
        ManifestError: if another run is writing to the same folder
        OSError: if the disk is full, or cannot be written

    Example::

        from fiftyone_action100m import build

        report = build("videos/", "built/")
        print(report)
    """
    try:
        rules = SplitRules(min_seconds, min_gain, max_depth)
    except ValueError as error:
        raise OptionError("rules", str(error)) from None
    options = BuildOptions(videos, out, encoder, every, rules, until, workers, max_videos)
    made = Build(options)
    _run_all(made.run())
    return made.report


def _run_all(steps: Iterable[Progress]) -> None:
    for _ in steps:
        pass
