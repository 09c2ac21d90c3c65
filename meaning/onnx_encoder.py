"""Runs a text encoder in ONNX on all cores, without PyTorch."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from ..core.machine import cores
from .encoders import EncoderError, UnfitModelError, readable, unit_rows

#: The tokens, padding included, per run of the model. With 2,048, their values exceed the
#: processor's cache, and a text takes a tenth more time.
RUN_TOKENS = 512

#: The output of models that include the pooling.
SENTENCE_OUTPUT = "sentence_embedding"

Pool = Callable[[NDArray[np.float32], NDArray[np.int64]], NDArray[np.float32]]


def _mean(hidden: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    weights = mask[..., None].astype(np.float32)
    means: NDArray[np.float32] = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
    return means


def _first(hidden: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    return hidden[:, 0]


def _last(hidden: NDArray[np.float32], mask: NDArray[np.int64]) -> NDArray[np.float32]:
    last: NDArray[np.float32] = hidden[np.arange(len(hidden)), mask.sum(axis=1) - 1]
    return last


#: The poolings of a text's token vectors, by their names in sentence-transformers.
POOLS: dict[str, Pool] = {"mean": _mean, "cls": _first, "lasttoken": _last}


@dataclass(frozen=True)
class OnnxModel:
    """A text encoder's files and settings.

    Attributes:
        model: an ONNX file
        tokenizer: ``tokenizer.json``
        name: a readable name
        max_tokens: the most tokens of a text, special tokens included
        pool: one of :data:`POOLS`; ignored for a model with an output ``sentence_embedding``
        prompt: a prefix of each text
    """

    model: Path
    tokenizer: Path
    name: str
    max_tokens: int
    pool: str = "mean"
    prompt: str = ""

    def digest(self) -> str:
        """Returns a SHA-256 of everything that the vectors depend on."""
        data = self.model.with_name(self.model.name + "_data")  # of models larger than 2 GB
        files = [self.model, *([data] if data.exists() else []), self.tokenizer]
        rules = f"{self.max_tokens} {self.pool} {self.prompt}"
        return hashlib.sha256(" ".join([*map(sha256, files), rules]).encode()).hexdigest()


class OnnxEncoder:
    """A :class:`~.encoders.TextEncoder` of one ONNX file and one file of its tokenizer.

    Several threads run the model, each on one core with its own batch. ONNX Runtime's own threads
    wait for each other at every layer, and take up to twice the CPU time for the same texts.

    Args:
        what: the model
        threads: concurrent batches; by default one per core

    Raises:
        EncoderError: if it cannot be run
        UnfitModelError: if its pooling is none of :data:`POOLS`
    """

    def __init__(self, what: OnnxModel, threads: int | None = None) -> None:
        self.name, self.digest = what.name, what.digest()
        self._prompt = what.prompt
        self._threads = threads or cores()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(what.model), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(what.tokenizer))
            self._tokenizer.no_padding()
            self._tokenizer.enable_truncation(what.max_tokens)
            self._inputs = {value.name for value in self._session.get_inputs()}
            outputs = [value.name for value in self._session.get_outputs()]
            own = SENTENCE_OUTPUT in outputs
            self._output = SENTENCE_OUTPUT if own else outputs[0]
            self._pool = None if own else _pool(what)
            self.dimension = self._run([[0]]).shape[1]
        except EncoderError:
            raise
        except Exception as error:  # the errors of both libraries have no common base
            raise EncoderError(f"{what.model.parent} has no model that runs: {error}") from None

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns one vector of unit length per text, ``[texts, dimension]``."""
        tokens = [self._tokenizer.encode(self._prompt + readable(text)).ids for text in texts]
        vectors = np.empty((len(tokens), self.dimension), np.float32)

        def run(batch: list[int]) -> None:
            vectors[batch] = self._run([tokens[i] for i in batch])

        with ThreadPoolExecutor(self._threads) as pool:
            for _ in pool.map(run, _batches([len(ids) for ids in tokens], self._threads)):
                pass
        return vectors

    def _run(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        """Returns the vectors of one batch of texts."""
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        fed = {name: given[name] for name in self._inputs & given.keys()}
        (found,) = self._session.run([self._output], fed)
        values: NDArray[np.float32] = found.astype(np.float32, copy=False)
        return unit_rows(self._pool(values, mask) if self._pool else values)


def _pool(what: OnnxModel) -> Pool:
    if what.pool not in POOLS:
        raise UnfitModelError(
            f"{what.name} makes a vector of its tokens' by {what.pool}, not by one of "
            f"{', '.join(POOLS)}"
        )
    return POOLS[what.pool]


def _batches(lengths: Sequence[int], threads: int) -> Iterator[list[int]]:
    """Yields the positions of texts of similar length, the longest first.

    Args:
        lengths: the lengths in tokens
        threads: the number of threads, each of which gets a batch if possible
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    share = -(-len(order) // threads)
    start = 0
    while start < len(order):
        size = max(1, min(RUN_TOKENS // max(1, lengths[order[start]]), share))
        yield order[start : start + size]
        start += size


def sha256(path: Path) -> str:
    """Returns the SHA-256 of a file, as hex.

    Raises:
        EncoderError: if it cannot be read
    """
    h = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                h.update(block)
    except OSError as error:
        raise EncoderError(f"{path} cannot be read: {error.strerror or error}") from None
    return h.hexdigest()
