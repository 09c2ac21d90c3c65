"""Captions the nodes of trees: one call per caption, each kept as soon as it is answered.

As in Action100M, ``plm_action`` and ``plm_caption`` describe evenly spaced frames of a node, and
``llama3_caption`` the middle frame of a leaf.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from ..converters.clips.samples import SampledVideo
from ..core.fields import LEAVES, select_captions
from ..core.option_error import OptionError
from ..core.tree import TreeOfCaptions
from ..meaning.encoders import EncoderError
from .calls import CallError, Calls
from .caption_counts import CallCounts
from .caption_frames import MIDDLE_SIDE, SEGMENT_SIDE, Call, even_frames, read_calls
from .caption_journal import CaptionJournal
from .captioners import MAX_TOKENS, Captioner, open_captioner, tidy_caption
from .features import FeaturesInfo, digest_of_file
from .prompts import ASKED, digest_of, read_prompts

#: The version of the captions: increased when earlier ones can no longer be used.
FORMAT = 1

#: The field that only leaves have, from one frame.
OF_LEAVES = LEAVES


@dataclass(frozen=True)
class CaptionOptions:
    """The options of the captions.

    Attributes:
        captioner: a name (see :func:`.captioners.open_captioner`), a custom
            :class:`.captioners.Captioner`, or None for no captions
        fields: the texts to make, named as for ``convert --captions``
        frames: the most pictures per segment
        prompts: a folder of prompts that replace the default ones; None for the defaults
        requests: the most concurrent calls
        seconds: the timeout of a call to a service
        leaf_captioner: as ``captioner``, for the texts of leaves only; None for the same
        device: the PyTorch device of models in this process; None for a GPU if there is one
    """

    captioner: str | Captioner | None = None
    fields: str | list[str] = "plm,llama3"
    frames: int = 32
    prompts: str | Path | None = None
    requests: int = 4
    seconds: float = 300.0
    leaf_captioner: str | Captioner | None = None
    device: str | None = None


class _Asking(NamedTuple):
    """A captioner and its calls."""

    captioner: Captioner
    calls: Calls


class Captions:
    """The stage that makes captions.

    Args:
        options: the options of this stage
        folder: the folder of the journals; created with the first caption

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
        self.counts = CallCounts()
        self._of_all = self._of_leaves = self._asking(options.captioner)
        if options.leaf_captioner is not None:
            self._of_leaves = self._asking(options.leaf_captioner)

    def _asking(self, captioner: str | Captioner | None) -> _Asking:
        opened, most = _opened(captioner, self.options), self.options.requests
        at_once = min(most, getattr(opened, "at_once", most))
        return _Asking(opened, Calls("captioner", at_once, self.counts))

    def opened(self) -> CaptionOptions:
        """Returns the options with opened captioners."""
        own_leaves = self.options.leaf_captioner is not None
        return replace(
            self.options,
            captioner=self._of_all.captioner,
            leaf_captioner=self._of_leaves.captioner if own_leaves else None,
        )

    def _by(self, field: str) -> _Asking:
        return self._of_leaves if field == OF_LEAVES else self._of_all

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
            if field == OF_LEAVES:
                count, side = 1, MIDDLE_SIDE
            for i, node in enumerate(tree):
                if field == OF_LEAVES and node.node_id in parents:
                    continue
                frames = even_frames(node.start, node.end, rate, count, info.frames)
                span = (round(node.start, 2), round(node.end, 2), info.every, frames, side)
                of = [FORMAT, field, self.prompts[field], self._by(field).captioner.digest, *span]
                key = hashlib.sha256(json.dumps(of).encode()).hexdigest()[:32]
                made.append(Call(i, field, frames, side, key))
        return made

    def add(
        self, video: SampledVideo, tree: TreeOfCaptions, info: FeaturesInfo, threads: int = 1
    ) -> tuple[TreeOfCaptions, set[int]]:
        """Adds captions to a tree; a node whose call fails stays without one.

        Args:
            video: the video
            tree: its tree
            info: the features that it was found in
            threads: ffmpeg's threads

        Returns:
            the tree, and the positions of nodes whose failed caption another run may make: all
            failures except refusals by the captioner

        Raises:
            ClipError: if the video cannot be decoded
            ModelDown: if the captioner fails at every call
            OSError: if a caption cannot be written
        """
        texts: dict[str, list[str | None]] = {field: [None] * len(tree) for field in self.fields}
        waiting: set[int] = set()
        with CaptionJournal(self.folder / f"{digest_of_file(video.path)[:32]}.jsonl") as journal:
            missing = []
            calls = self.calls(tree, info)
            for call in calls:
                texts[call.field][call.node] = text = journal.get(call.key)
                if text is None:
                    missing.append(call)
            self.counts.plan(len(calls), len(calls) - len(missing))

            def ask(call: Call, pictures: list[bytes]) -> str | CallError:
                (captioner, calls), prompt = self._by(call.field), self.prompts[call.field]
                text = calls.ask(lambda: tidy_caption(captioner.caption(pictures, prompt)))
                if not isinstance(text, CallError):
                    start, end = float(tree.starts[call.node]), float(tree.ends[call.node])
                    journal.add(call.key, call.field, start, end, text)
                    self.counts.answer(len(pictures))
                return text

            for call, answer in self._answers(video, missing, threads, ask):
                if not isinstance(answer, CallError):
                    texts[call.field][call.node] = answer
                elif answer.reason != "refused":
                    waiting.add(call.node)
        made = TreeOfCaptions(
            tree.node_ids, tree.parent_ids, tree.levels, tree.starts, tree.ends, texts
        )
        return made, waiting

    def stop(self) -> None:
        """Makes no more calls; those in flight finish and are kept."""
        for _, calls in {self._of_all, self._of_leaves}:
            calls.stop()

    def close(self) -> None:
        """Ends the threads."""
        for _, calls in {self._of_all, self._of_leaves}:
            calls.close()

    def manifest(self) -> dict[str, Any]:
        """Describes the captioners and prompts as JSON values."""
        made_by, of_leaves = self._of_all.captioner, self._of_leaves.captioner
        apart = {"leaf_captioner": of_leaves.name, "leaf_digest": of_leaves.digest}
        return {
            "captioner": made_by.name,
            "digest": made_by.digest,
            **({} if of_leaves is made_by else apart),
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
        ask: Callable[[Call, list[bytes]], str | CallError],
    ) -> Iterator[tuple[Call, str | CallError]]:
        """Makes calls while the video is decoded, and waits when too many are pending."""
        pending: deque[tuple[Call, Future[str | CallError]]] = deque()
        try:
            with closing(read_calls(video, calls, threads)) as ready:
                for call, pictures in ready:
                    pool = self._by(call.field).calls.pool
                    pending.append((call, pool.submit(ask, call, pictures)))
                    while len(pending) > 2 * self.options.requests:
                        first, future = pending.popleft()
                        yield first, future.result()
            while pending:
                first, future = pending.popleft()
                yield first, future.result()
        finally:
            left = [future for _, future in pending if not future.cancel()]
            wait(left)  # the journal stays open until all are kept


def _fields(names: str | list[str]) -> tuple[str, ...]:
    """Returns the names of the fields that captions are made for.

    Raises:
        OptionError: if there is none, or a captioner does not fill one
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


def _opened(captioner: str | Captioner | None, options: CaptionOptions) -> Captioner:
    if not isinstance(captioner, str):
        if captioner is None:
            message = "there is no captioner: give http://host/v1#MODEL, or ocr"
            raise OptionError("captioner", message)
        return captioner
    try:
        return open_captioner(captioner, options.requests, options.seconds, options.device)
    except (CallError, EncoderError) as error:
        raise OptionError("captioner", str(error)) from None
