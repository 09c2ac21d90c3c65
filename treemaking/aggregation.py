"""Writes the refined texts (``gpt``) of inner nodes of 4 s and more with an LLM.

As in Action100M, an answer is revised twice. A node's prompt depends on captions only, not on the
answers for other nodes, so that all nodes can be processed at once. Each answer is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from concurrent.futures import wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ..core.option_error import OptionError
from ..core.records import VideoInfo
from ..core.tree import TreeOfCaptions, text_at
from .aggregators import FIELDS, MAX_TOKENS, Aggregator, ChatAggregator, read_answer
from .calls import CallError, Calls
from .caption_counts import CallCounts
from .caption_journal import CaptionJournal
from .evidence import Evidence
from .features import digest_of_file
from .prompts import ROUNDS, digest_of

#: The version of the answers: increased when earlier ones can no longer be used.
FORMAT = 1

#: The shortest node that gets these texts, in seconds, as in Action100M's trees.
LEAST_SECONDS = 4.0

#: The least and the greatest number of characters of captions, speech and so on in a prompt.
_CHARACTERS = (2_000, 1_000_000)


@dataclass(frozen=True)
class AggregationOptions:
    """How captions are aggregated.

    Attributes:
        llm: ``http://host/v1#MODEL``, a custom :class:`.aggregators.Aggregator`, or None
        model: the model, if the address does not name it
        characters: the most characters of captions, speech and so on in a prompt
    """

    llm: str | Aggregator | None = None
    model: str | None = None
    characters: int = 32_000


class Aggregation:
    """The stage that writes the refined texts (``gpt``).

    Args:
        options: the options of this stage
        prompts: the prompts by name, including those of :data:`.prompts.ROUNDS`
        requests: the most concurrent calls
        seconds: the timeout of a call
        folder: the folder of the journals; created with the first answer

    Attributes:
        counts: the calls so far

    Raises:
        OptionError: if an option cannot be used
    """

    def __init__(
        self,
        options: AggregationOptions,
        prompts: dict[str, str],
        requests: int,
        seconds: float,
        folder: Path,
    ) -> None:
        self.options, self.folder, self.prompts = options, folder, prompts
        least, most = _CHARACTERS
        if not least <= options.characters <= most:
            raise OptionError(
                "llm_chars", f"llm_chars is {options.characters}: give {least:,} to {most:,}"
            )
        self.aggregator = _opened(options, requests, seconds)
        self.counts = CallCounts("answer", " of the LLM")
        self._calls = Calls("LLM", requests, self.counts)

    @staticmethod
    def nodes(tree: TreeOfCaptions) -> list[int]:
        """Returns the positions of the nodes that get these texts."""
        # Times are hundredths of a second in single precision.
        long = np.round(tree.ends - tree.starts, 2) >= LEAST_SECONDS
        found: list[int] = np.flatnonzero(tree.has_children & long).tolist()
        return found

    def add(
        self, video: Path, tree: TreeOfCaptions, info: VideoInfo, missing: Collection[int] = ()
    ) -> TreeOfCaptions:
        """Adds the texts to a tree; a node whose call fails stays without them.

        Args:
            video: the video
            tree: its tree, with captions
            info: its title, description and transcript
            missing: the positions of nodes whose captions failed and may succeed in another run:
                they and their ancestors are left to that run

        Raises:
            ModelDown: if the LLM fails at every call
            OSError: if an answer cannot be written
        """
        waiting = _above(tree, missing)
        asked = [i for i in self.nodes(tree) if i not in waiting]
        evidence = Evidence(tree, info, self.options.characters)
        texts: dict[str, list[str | None]] = {field.name: [None] * len(tree) for field in FIELDS}
        nodes = list(tree)
        with CaptionJournal(self.folder / f"{digest_of_file(video)[:32]}.jsonl") as journal:

            def refine(i: int) -> str | None:
                about, (start, end) = evidence.of(nodes[i]), (nodes[i].start, nodes[i].end)
                answers = self._known(journal, about)
                for name in ROUNDS[len(answers) :]:
                    question = self._question(name, about, answers)
                    answer = self._calls.ask(partial(self._answer, question))
                    if isinstance(answer, CallError):
                        return None
                    journal.add(_key(question, self.aggregator), name, start, end, answer)
                    self.counts.answer(0)
                    answers.append(answer)
                return answers[-1]

            known = sum(len(self._known(journal, evidence.of(nodes[i]))) for i in asked)
            self.counts.plan(len(asked) * len(ROUNDS), known)
            self.counts.wait(len(self.nodes(tree)) - len(asked))
            futures = {i: self._calls.pool.submit(refine, i) for i in asked}
            try:
                for i, future in futures.items():
                    answer = future.result()
                    found = {"gpt": json.loads(answer)} if answer else {}
                    for field in FIELDS:
                        texts[field.name][i] = text_at(found, field.path)
            finally:
                # The journal is open until all answers are kept.
                wait([future for future in futures.values() if not future.cancel()])
        return TreeOfCaptions(
            tree.node_ids, tree.parent_ids, tree.levels, tree.starts, tree.ends,
            {**tree.texts, **texts},
        )  # fmt: skip

    def stop(self) -> None:
        """Makes no more calls; those in flight finish and are kept."""
        self._calls.stop()

    def close(self) -> None:
        """Ends the threads."""
        self._calls.close()

    def manifest(self) -> dict[str, Any]:
        """Describes the models and prompts of this stage as JSON values."""
        return {
            "llm": self.aggregator.name,
            "digest": self.aggregator.digest,
            "json_schema": getattr(self.aggregator, "by_schema", True),
            "characters": self.options.characters,
            "max_tokens": MAX_TOKENS,
            "prompts": {name: digest_of(self.prompts[name]) for name in ROUNDS},
        }

    def _known(self, journal: CaptionJournal, about: str) -> list[str]:
        """Returns the kept answers of a node's rounds."""
        answers: list[str] = []
        for name in ROUNDS:
            question = self._question(name, about, answers)
            answer = journal.get(_key(question, self.aggregator))
            if answer is None:
                break
            answers.append(answer)
        return answers

    def _question(self, name: str, about: str, answers: list[str]) -> str:
        draft = f"\n\n# The draft\n\n{answers[-1]}" if answers else ""
        return f"{self.prompts[name]}\n\n{about}{draft}"

    def _answer(self, question: str) -> str:
        answer = read_answer(self.aggregator.answer(question))
        if not getattr(self.aggregator, "by_schema", True):
            self.counts.note = (
                "The LLM's service does not support JSON schemas: the prompt had it instead"
            )
        return answer


def _key(question: str, aggregator: Aggregator) -> str:
    """Returns a digest of what an answer depends on."""
    of = f"{FORMAT} {aggregator.digest} {question}"
    return hashlib.sha256(of.encode()).hexdigest()[:32]


def _above(tree: TreeOfCaptions, nodes: Collection[int]) -> Collection[int]:
    """Returns nodes and their ancestors; all nodes if the root is one: each prompt has it."""
    found: set[int] = set()
    for i in nodes:
        if tree.parents[i] < 0:
            return range(len(tree))
        at = i
        while at >= 0 and at not in found:
            found.add(at)
            at = int(tree.parents[at])
    return found


def _opened(options: AggregationOptions, requests: int, seconds: float) -> Aggregator:
    llm = options.llm
    if llm is None:
        raise OptionError("llm", "there is no LLM: give http://host/v1#MODEL")
    if not isinstance(llm, str):
        return llm
    if options.model and "#" in llm:
        message = f"llm names a model, and llm_model is {options.model}: give one of them"
        raise OptionError("llm", message)
    spec = f"{llm}#{options.model}" if options.model else llm
    try:
        return ChatAggregator.open(spec, requests, seconds)
    except CallError as error:
        raise OptionError("llm", str(error)) from None
