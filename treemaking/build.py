"""Builds trees for one's own videos: features of their frames, segments, texts, records.

folder/
  features/HASH.npy, HASH.json    of each video, see :mod:`.features`
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
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
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
from ..core.machine import cores
from ..core.option_error import OptionError
from ..core.tree import TreeOfCaptions
from ..core.version import VERSION
from ..meaning.encoders import EncoderError
from ..meaning.files import write_json
from .about import About
from .aggregation import AggregationOptions
from .aggregators import Aggregator
from .calls import ModelDown
from .captioners import Captioner
from .captions import CaptionOptions
from .chain_ward import chain_ward
from .encoders import FrameEncoder, InTurn
from .features import FeatureFolder, FeaturesInfo, encode, windows_at_once
from .options import FEATURES, MANIFEST, RECORDS, VIDEOS, BuildOptions, check
from .records import RecordFiles, record_row
from .report import BUILT, PRESENT, BuildReport
from .segments import SplitRules, edges_of, segment
from .texts import Texts
from .transcribers import Transcriber
from .videos import find_videos, link

logger = logging.getLogger(__name__)


class Made(NamedTuple):
    """One video's outcome: why it is ok, its features and its tree; or the error."""

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
        waiting: whether the run is over but for what is in flight. An interrupt that comes then
            ends :meth:`run`, and leaves that to its threads

    Raises:
        OptionError: if an option cannot be used; nothing is written then
    """

    def __init__(self, options: BuildOptions) -> None:
        self.waiting = False
        self.options, self.out = options, options.folder
        self.encoder = self.opened()
        self.texts = Texts(options)
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
        """Checks the options; returns the encoder."""
        return check(self.options)

    def found(self) -> dict[str, Path]:
        """Returns the videos by their ids."""
        found = find_videos(self.options.videos, self.out)
        return dict(list(found.items())[: self.options.max_videos])

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Keeps other runs out, and removes what killed ones have left."""
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
                pool.shutdown()
                self.waiting = False
                self.report.seconds = self.report.progress.seconds

    def _end_texts(self) -> None:
        if self.texts and self._stopped:
            logger.warning("Waiting for the calls in flight: Ctrl-C again leaves them")
            self.texts.stop()
        self.texts.close()

    def _run(self, pool: ThreadPoolExecutor) -> Iterator[Progress]:
        report = self.report
        for item in self._made(pool):
            if item is None:
                yield report.progress
                continue
            if self._stopped:
                return  # what was in hand has no outcome
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
        """Is told the outcome of each video."""

    def finished(self) -> None:
        """Says what made the records, once they have their names."""
        self.report.seconds = self.report.progress.seconds
        write_json(self.out / MANIFEST, self.manifest())

    def _made(self, pool: ThreadPoolExecutor) -> Iterator[tuple[str, Path, Made] | None]:
        """Works on several videos at once; yields their outcomes in order, and None meanwhile."""
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
        """Makes a video's tree, in a thread of the pool."""
        try:
            key = self._features.key(video)
        except OSError as error:
            return Made("unreadable", message=str(error))
        try:
            with self._locks.setdefault(key, threading.Lock()):  # two files may be the same
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
        """Decodes and encodes a video, and keeps its features."""
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
        """Decodes and encodes a video, ``[T, D]``; the encoder works for one video at a time.

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
        """Returns what made the records, when and how long it took, as plain JSON values."""
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        return {"made": now, **self.made_by(), **self.report.totals()}

    def made_by(self) -> dict[str, Any]:
        """Returns what makes the records: other values would make others."""
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


def build(
    videos: str | Path,
    out: str | Path,
    *,
    encoder: str | FrameEncoder = "colour",
    device: str | None = None,
    window: int | None = None,
    stride: int | None = None,
    every: int = 4,
    min_seconds: float = SplitRules.min_seconds,
    min_gain: float = SplitRules.min_gain,
    max_depth: int | None = None,
    until: str | None = None,
    workers: int | None = None,
    max_videos: int | None = None,
    captioner: str | Captioner | None = None,
    captions: str | list[str] = CaptionOptions.fields,
    frames: int = CaptionOptions.frames,
    prompts: str | Path | None = None,
    requests: int = CaptionOptions.requests,
    call_seconds: float = CaptionOptions.seconds,
    shard_size: int | None = None,
    processes: int | None = None,
    scheduler: str | None = None,
    executor: Executor | None = None,
    leaf_captioner: str | Captioner | None = None,
    llm: str | Aggregator | None = None,
    llm_model: str | None = None,
    llm_chars: int = AggregationOptions.characters,
    speech: str | Transcriber | None = None,
) -> BuildReport:
    """Builds trees for one's own videos, in Action100M's records.

    Each video's frames are decoded once and turned into features; the frames are clustered, each
    with its neighbours in time only; and the clustering is walked from the root to a tree of
    segments (:mod:`.segments` has the rules). A captioner, if there is one, then says what the
    segments show, and an LLM, if there is one, writes texts of ``gpt`` from its captions. The
    records are in ``OUT/records``. Running it again does what is missing.

    Args:
        videos: a folder of videos, searched recursively, or one video
        out: the folder for features, records and manifest
        encoder: ``colour``; ``vjepa2:CHECKPOINT``, a repository on the Hub or a folder;
            ``zoo:NAME`` for an image model of FiftyOne's zoo; or a
            :class:`.encoders.FrameEncoder` of one's own
        device: of models in this process, as PyTorch names it; None for a GPU if there is one
        window: of V-JEPA 2, in frames that are looked at; None for 64
        stride: of its windows; None for 8
        every: one frame of so many is looked at
        min_seconds: the shortest segment, in seconds of the source
        min_gain: the least share, from 0 to 1, of a video's variation that a split, or one further
            down, explains
        max_depth: the deepest level; None for no limit
        until: the last stage to run, ``segments``, ``captions`` or ``aggregation``; None for the
            last one that has its model
        workers: videos worked on at once; None for one per core
        max_videos: maximum number of videos; None for all
        captioner: ``http://host/v1#MODEL`` of an OpenAI-compatible service, whose key is in
            ``ACTION100M_CAPTIONER_KEY``; ``transformers:CHECKPOINT`` or ``zoo:NAME`` for a model in
            this process; ``ocr``, which reads the writing on frames; or a
            :class:`.captioners.Captioner` of one's own
        captions: which texts: ``plm``, ``llama3`` or names of fields
        frames: the pictures that a segment is shown by, at most
        prompts: a folder of prompts that replace ours; None for ours
        requests: the most calls at once
        call_seconds: how long a call may take
        shard_size: maximum number of videos per shard, in which processes or machines work
            (:mod:`.shards`); None for 100
        processes: local processes; None for one, or one per core if there is a ``shard_size``. A
            script that gives it needs ``if __name__ == "__main__":``
        scheduler: the address of a Dask scheduler, or the file that it has written
        executor: any ``concurrent.futures.Executor`` whose workers see the videos and ``out`` under
            the same paths; it is left open
        leaf_captioner: as ``captioner``, of texts of leaves only; None for the same
        llm: ``http://host/v1#MODEL`` of an OpenAI-compatible service, whose key is in
            ``ACTION100M_LLM_KEY``; or an :class:`.aggregators.Aggregator` of one's own
        llm_model: the model, if the address does not name it
        llm_chars: of captions, speech and the like that a question has at most
        speech: ``http://host/v1#MODEL`` of an OpenAI-compatible service that writes down what is
            said in videos without subtitles, whose key is in ``ACTION100M_SPEECH_KEY``; or a
            :class:`.transcribers.Transcriber` of one's own

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
    made_by = CaptionOptions(
        captioner, captions, frames, prompts, requests, call_seconds, leaf_captioner, device
    )
    options = BuildOptions(
        videos, out, encoder, every, rules, until, workers, max_videos, captions=made_by,
        aggregation=AggregationOptions(llm, llm_model, llm_chars), speech=speech,
        device=device, window=window, stride=stride,
    )  # fmt: skip
    made = open_build(
        options,
        shard_size=shard_size,
        processes=processes,
        scheduler=scheduler,
        executor=executor,
    )
    for _ in made.run():
        pass
    return made.report


def open_build(options: BuildOptions, **shards: Any) -> Build:
    """Returns a build, in shards if any option of :class:`.shards.ShardedBuild` is given.

    Raises:
        OptionError: if an option cannot be used
    """
    if all(value is None for value in shards.values()):
        return Build(options)
    from .shards import ShardedBuild

    return ShardedBuild(options, **shards)
