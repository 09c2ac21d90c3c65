"""Gives the nodes of trees their captions: one call per caption, each kept when it is answered.

As in Action100M, ``plm_action`` and ``plm_caption`` are of even frames of a node, and
``llama3_caption`` is of the frame in the middle of a leaf.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..converters.clips.samples import SampledVideo
from ..core.fields import select_captions
from ..core.option_error import OptionError
from ..core.tree import TreeOfCaptions
from .caption_counts import CallCounts
from .caption_frames import MIDDLE_SIDE, SEGMENT_SIDE, Call, even_frames, read_calls
from .caption_journal import CaptionJournal
from .captioners import MAX_TOKENS, Captioner, CaptionError, open_captioner, tidy
from .features import FeaturesInfo, fingerprint
from .prompts import ASKED, digest_of, read_prompts

logger = logging.getLogger(__name__)

#: Raised when captions of before cannot be used any more.
FORMAT = 1

#: The field of leaves only, of one frame.
_OF_LEAVES = "llama3_caption"

#: How often a call is made whose answers are nonsense.
_TRIES = 3

#: Failures that all other calls would have, too.
_LASTING = ("unauthorized", "unknown")

#: How many calls fail one after the other, at least, before no more are made.
GIVE_UP = 8


class CaptionerDown(Exception):
    """The captioner fails at every call, so that no more are made."""


@dataclass(frozen=True)
class CaptionOptions:
    """How captions are made.

    Attributes:
        captioner: ``http://host/v1#MODEL``, a :class:`.captioners.Captioner` of one's own, or None
            for no captions
        fields: which texts, as ``convert --captions`` names them
        frames: the pictures that a segment is shown by, at most
        prompts: a folder of prompts that replace ours; None for ours
        requests: the most calls at once
        seconds: how long a call may take
    """

    captioner: str | Captioner | None = None
    fields: str | list[str] = "plm,llama3"
    frames: int = 32
    prompts: str | Path | None = None
    requests: int = 4
    seconds: float = 300.0


class Captions:
    """The stage that makes captions.

    Args:
        options: how
        folder: of the journals; made with the first caption

    Attributes:
        counts: the calls so far

    Raises:
        OptionError: if an option cannot be used
    """

    def __init__(self, options: CaptionOptions, folder: Path) -> None:
        self.options, self.folder = options, folder
        self.fields = _fields(options.fields)
        for name, value, most in (
            ("frames", options.frames, 1000),
            ("requests", options.requests, 256),
        ):
            if not 1 <= value <= most:
                raise OptionError(name, f"{name} is {value}: give 1 to {most}")
        if not options.seconds > 0:
            raise OptionError("seconds", f"seconds is {options.seconds}: give a positive number")
        self.prompts = read_prompts(options.prompts)
        self.captioner = _opened(options)
        self.counts = CallCounts()
        self._pool = ThreadPoolExecutor(options.requests, "captions")
        self._stopped, self._in_a_row = threading.Event(), 0
        self._down = ""

    def calls(self, tree: TreeOfCaptions, info: FeaturesInfo) -> list[Call]:
        """Returns the calls for a tree, field by field.

        Args:
            tree: the tree
            info: the features that it was found in
        """
        rate, parents = float(info.exact_rate / info.every), set(tree.parent_ids)
        made = []
        for field in self.fields:
            count, side = self.options.frames, SEGMENT_SIDE
            if field == _OF_LEAVES:
                count, side = 1, MIDDLE_SIDE
            for i, node in enumerate(tree):
                if field == _OF_LEAVES and node.node_id in parents:
                    continue
                frames = even_frames(node.start, node.end, rate, count, info.frames)
                span = (round(node.start, 2), round(node.end, 2), info.every, frames, side)
                of = [FORMAT, field, self.prompts[field], self.captioner.digest, *span]
                key = hashlib.sha256(json.dumps(of).encode()).hexdigest()[:32]
                made.append(Call(i, field, frames, side, key))
        return made

    def add(
        self, video: SampledVideo, tree: TreeOfCaptions, info: FeaturesInfo, threads: int = 1
    ) -> TreeOfCaptions:
        """Returns a tree with captions; a call that fails leaves its node without one.

        Args:
            video: the video
            tree: its tree
            info: the features that it was found in
            threads: ffmpeg's threads

        Raises:
            ClipError: if the video cannot be decoded
            CaptionerDown: if the captioner fails at every call
            OSError: if a caption cannot be written
        """
        texts: dict[str, list[str | None]] = {field: [None] * len(tree) for field in self.fields}
        with CaptionJournal(self.folder / f"{fingerprint(video.path)[:32]}.jsonl") as journal:
            missing = []
            calls = self.calls(tree, info)
            for call in calls:
                texts[call.field][call.node] = text = journal.get(call.key)
                if text is None:
                    missing.append(call)
            self.counts.plan(len(calls), len(calls) - len(missing))

            def ask(call: Call, pictures: list[bytes]) -> str | None:
                text = self._ask(call, pictures)
                if text is not None:
                    start, end = float(tree.starts[call.node]), float(tree.ends[call.node])
                    journal.add(call.key, call.field, start, end, text)
                    self.counts.answer(len(pictures))
                return text

            for call, text in self._answers(video, missing, threads, ask):
                texts[call.field][call.node] = text
        return TreeOfCaptions(
            tree.node_ids, tree.parent_ids, tree.levels, tree.starts, tree.ends, texts
        )

    def stop(self) -> None:
        """Makes no more calls; those in flight are finished and kept."""
        self._stopped.set()

    def close(self) -> None:
        """Ends the threads that make calls."""
        self._pool.shutdown(cancel_futures=True)

    def manifest(self) -> dict[str, Any]:
        """Returns what makes the captions, as plain JSON values."""
        return {
            "captioner": self.captioner.name,
            "digest": self.captioner.digest,
            "frames": self.options.frames,
            "sides": {"segment": SEGMENT_SIDE, "middle": MIDDLE_SIDE},
            "max_tokens": MAX_TOKENS,
            "prompts": {field: digest_of(self.prompts[field]) for field in self.fields},
        }

    def _answers(
        self,
        video: SampledVideo,
        calls: list[Call],
        threads: int,
        ask: Callable[[Call, list[bytes]], str | None],
    ) -> Iterator[tuple[Call, str | None]]:
        """Makes calls while the video is decoded; waits for some before too many are pending."""
        pending: deque[tuple[Call, Future[str | None]]] = deque()
        try:
            with closing(read_calls(video, calls, threads)) as ready:
                for call, pictures in ready:
                    pending.append((call, self._pool.submit(ask, call, pictures)))
                    while len(pending) > 2 * self.options.requests:
                        first, future = pending.popleft()
                        yield first, future.result()
            while pending:
                first, future = pending.popleft()
                yield first, future.result()
        finally:
            left = [future for _, future in pending if not future.cancel()]
            wait(left)  # the journal is open until they are kept

    def _ask(self, call: Call, pictures: list[bytes]) -> str | None:
        """Returns a call's caption, None if it fails."""
        error = CaptionError("nonsense", "")
        for _ in range(_TRIES):
            if self._stopped.is_set():
                raise CaptionerDown(self._down or "interrupted")
            try:
                text = tidy(self.captioner.caption(pictures, self.prompts[call.field]))
            except CaptionError as failure:
                error = failure
            except Exception as failure:  # of a captioner of one's own
                logger.debug("a captioner failed", exc_info=True)
                error = CaptionError("captioner-failed", f"{type(failure).__name__}: {failure}")
            else:
                self._in_a_row = 0
                return text
            if error.reason != "nonsense":
                break
        self._failed(error)
        return None

    def _failed(self, error: CaptionError) -> None:
        self.counts.fail(error.reason, str(error))
        self._in_a_row += 1
        if error.reason in _LASTING or self._in_a_row >= max(GIVE_UP, 2 * self.options.requests):
            self._down = self._down or f"the captioner fails: {error}"
            self._stopped.set()
            raise CaptionerDown(self._down)


def _fields(names: str | list[str]) -> tuple[str, ...]:
    """Returns the names of the fields that captions are made for.

    Raises:
        OptionError: if there is none, or one that a captioner does not fill
    """
    try:
        fields = tuple(field.name for field in select_captions(names))
    except ValueError as error:
        raise OptionError("fields", str(error)) from None
    if other := [field for field in fields if field not in ASKED]:
        raise OptionError(
            "fields",
            f"a captioner does not make {', '.join(other)}: give any of {', '.join(ASKED)}",
        )
    return fields


def _opened(options: CaptionOptions) -> Captioner:
    if not isinstance(options.captioner, str):
        if options.captioner is None:
            raise OptionError("captioner", "there is no captioner: give http://host/v1#MODEL")
        return options.captioner
    try:
        return open_captioner(options.captioner, options.requests, options.seconds)
    except CaptionError as error:
        raise OptionError("captioner", str(error)) from None
