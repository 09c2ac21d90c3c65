"""Builds trees for one's own videos: features of their frames, segments, texts, records.

folder/
  features/HASH.npy, HASH.json    features of each video, see :mod:`.features`
  captions/HASH.jsonl             of each video, see :mod:`.caption_journal`
  aggregation/HASH.jsonl          of each video, as are speech/HASH.jsonl
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
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
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
from ..core.machine import cores, wait_for
from ..core.option_error import OptionError
from ..core.tree import TreeOfCaptions
from ..core.version import VERSION
from ..meaning.encoders import EncoderError
from ..meaning.files import write_json
from .about import About
from .calls import ModelDown
from .chain_ward import chain_ward
from .encoders import FrameEncoder, InTurn
from .features import FeatureFolder, FeaturesInfo, encode, windows_at_once
from .options import FEATURES, MANIFEST, RECORDS, VIDEOS, BuildOptions, check
from .records import RecordFiles, record_row
from .report import BUILT, PRESENT, BuildReport
from .segments import edges_of, segment
from .texts import TextStages
from .videos import find_videos, link

logger = logging.getLogger(__name__)


class Made(NamedTuple):
    """One video's outcome: the reason of ``ok``, its features and its tree; or the error."""

    reason: str
    info: FeaturesInfo | None = None
    tree: TreeOfCaptions | None = None
    about: About | None = None
    seconds: float = 0.0
    message: str = ""


class Build:
    """One run. Iterate over :meth:`run`, then read :attr:`report`.

    Args:
        options: the build's options

    Attributes:
        report: the outcome so far
        waiting: whether only calls in flight are left. An interrupt then ends :meth:`run` and
            leaves them to their threads

    Raises:
        OptionError: if an option cannot be used; nothing is written then
    """

    def __init__(self, options: BuildOptions) -> None:
        self.waiting = False
        self.options, self.out = options, options.folder
        self.encoder = self.opened()
        self.texts = TextStages(options)
        try:
            ffmpeg_exe()
        except NoFfmpegError as error:
            raise OptionError("ffmpeg", str(error)) from None
        self.videos = self.found()
        self.workers = min(options.workers or cores(), len(self.videos))
        self.threads = max(1, cores() // self.workers)
        self.records = RecordFiles(self.out / RECORDS)
        self.report = BuildReport(
            folder=str(self.out), total=len(self.videos), verb="built", dry_run=options.dry_run
        )
        for name, stage in self.texts.stages.items():
            setattr(self.report, name, stage.counts)
        self._features = FeatureFolder(self.out / FEATURES, self.encoder, options.every)
        self._one_at_a_time, self._stopped = threading.Lock(), False
        self._locks: dict[str, threading.Lock] = {}

    def opened(self) -> FrameEncoder:
        """Checks the options, and returns the encoder."""
        return check(self.options)

    def found(self) -> dict[str, Path]:
        """Returns the videos by their ids."""
        found = find_videos(self.options.videos, self.out)
        return dict(list(found.items())[: self.options.max_videos])

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Locks the folder against other runs, and removes what killed ones have left."""
        (self.out / FEATURES).mkdir(parents=True, exist_ok=True)
        with only_writer(self.out / FEATURES):
            self._features.clean()
            yield

    def run(self) -> Generator[Progress, None, None]:
        """Builds; yields the progress after each video, and each second while texts are made.

        Features are kept video by video, texts one by one; the records of an earlier run stay
        until those of this one are whole. Closing the generator early is safe.

        Raises:
            ManifestError: if another run is writing to the same folder
        """
        if self.options.dry_run:
            from .estimate import estimate

            yield from estimate(self)
            return
        with self.claimed():
            pool = ThreadPoolExecutor(self.workers, "build", ffmpeg.set_owner, (self,))
            try:
                with self.records:
                    yield from self._run(pool)
            except ModelDown as error:
                self._stopped, self.report.stopped = True, str(error)
            except BaseException as error:
                self._stopped = True
                if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
                    self.report.stopped = "interrupted"
                raise
            finally:
                pool.shutdown(wait=False, cancel_futures=True)
                if self._stopped:
                    ffmpeg.stop_all(self)
                self.waiting = True
                self._end_texts()
                wait_for(pool.shutdown)
                self.waiting = False
                self.report.seconds = self.report.progress.seconds

    def _end_texts(self) -> None:
        if self.texts and self._stopped:
            logger.warning("Waiting for the calls in flight: Ctrl-C again leaves them")
            self.texts.stop()
        wait_for(self.texts.close)

    def _run(self, pool: ThreadPoolExecutor) -> Iterator[Progress]:
        report = self.report
        for item in self._made(pool):
            if item is None:
                yield report.progress
                continue
            if self._stopped:
                return  # videos in progress have no outcome
            uid, video, made = item
            if made.tree is None or made.info is None or made.about is None:
                report.add(FAILED, made.reason, made.message)
            else:
                self.records.add(record_row(uid, made.about.info, made.tree))
                link(self.out / VIDEOS, uid, video)
                report.add(OK, made.reason)
                report.add_tree(made.info, len(made.tree), made.seconds)
                report.add_about(made.about)
            self.settled(uid, made)
            yield report.progress
        if not report.of(OK):
            return  # the records of an earlier run stay
        self.records.finish()
        self.finished()

    def settled(self, uid: str, made: Made) -> None:
        """Called with the outcome of each video."""

    def finished(self) -> None:
        """Writes the manifest, once the records have their final names."""
        self.report.seconds = self.report.progress.seconds
        write_json(self.out / MANIFEST, self.manifest())

    def _made(self, pool: ThreadPoolExecutor) -> Iterator[tuple[str, Path, Made] | None]:
        """Processes several videos at once; yields outcomes in order, and None while waiting."""
        waiting: deque[tuple[str, Path, Future[Made]]] = deque()
        for uid, video in self.videos.items():
            waiting.append((uid, video, pool.submit(self.make, uid, video)))
            if len(waiting) > 2 * self.workers:
                yield from self._outcome(*waiting.popleft())
        for each in waiting:
            yield from self._outcome(*each)

    def _outcome(
        self, uid: str, video: Path, future: Future[Made]
    ) -> Iterator[tuple[str, Path, Made] | None]:
        while self.texts and not wait([future], timeout=1.0).done:
            yield None
        yield uid, video, future.result()

    def make(self, uid: str, video: Path) -> Made:
        """Builds a video's tree, in a thread of the pool."""
        try:
            key = self._features.key(video)
        except OSError as error:
            return Made("unreadable", message=str(error))
        try:
            with self._locks.setdefault(key, threading.Lock()):  # two files may be equal
                info, reason = self._features.info(key), PRESENT
                if info is None:
                    info, reason = self._encode(key, video), BUILT
                begun = time.perf_counter()
                tree = self._tree(key, info, uid)
                took = time.perf_counter() - begun
                about = self.texts.about(video)
                if self.texts.captions is not None:
                    sampled = open_video(video, self.options.every)
                    tree = self.texts.add(sampled, tree, info, about, self.threads)
        except (ClipError, EncoderError) as error:
            logger.debug("%s", video, exc_info=True)
            name = error.reason if isinstance(error, ClipError) else "encoder-failed"
            return Made(name, message=str(error))
        return Made(reason, info, tree, about, took)

    def _encode(self, key: str, video: Path) -> FeaturesInfo:
        """Decodes and encodes a video, and stores its features."""
        begun = time.perf_counter()
        sampled = open_video(video, self.options.every)
        features = self.encode(sampled, threads=self.threads)
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

    def _tree(self, key: str, info: FeaturesInfo, uid: str) -> TreeOfCaptions:
        features = self._features.read(key)
        edges = edges_of(len(features), info.every, info.exact_rate, info.seconds)
        made_by = f"{info.digest} {info.every}"
        return segment(chain_ward(features), edges, self.options.rules, uid, made_by)

    def encode(
        self, video: SampledVideo, threads: int, seconds: float | None = None
    ) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Decodes and encodes a video, ``[T, D]``; one video at a time uses the encoder.

        Args:
            video: the video
            threads: ffmpeg's threads
            seconds: where to stop; None for the end
        """
        encoder = self.encoder
        batch = encoder.batch  # of frames; or the new ones in the next windows
        if encoder.window > 1:
            batch = encoder.stride * windows_at_once(encoder)
        frames = video.read(batch, encoder.size, encoder.crop, seconds, threads)
        with closing(frames):
            return encode(self._until_stopped(frames), InTurn(encoder, self._one_at_a_time))

    def _until_stopped(self, batches: Iterable[Frames]) -> Iterator[Frames]:
        for batch in batches:
            if self._stopped:
                raise EncoderError("the run was stopped")
            yield batch

    def manifest(self) -> dict[str, Any]:
        """Describes how the records were made, when, and how long it took, as JSON values."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        return {"made": now, **self.made_by(), **self.report.totals()}

    def made_by(self) -> dict[str, Any]:
        """Returns everything that the records depend on."""
        encoder, rules = self.encoder, self.options.rules
        return {
            "until": self.options.stage,
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
            **self.texts.manifest(),
            "versions": {"fiftyone_action100m": VERSION, "numpy": np.__version__},
        }
