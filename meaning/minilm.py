"""``all-MiniLM-L6-v2`` on ONNX Runtime: English sentences to 384 numbers, on all cores.

PyTorch is not needed. As in sentence-transformers, the model reads 256 tokens, some 200 words.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from .encoders import EncoderError, readable, unit_rows
from .minilm_files import KNOWN, MODEL, TOKENIZER, Files, find_files, sha256

#: How many tokens of a text the model reads, its two marks included.
MAX_TOKENS = 256

#: How many tokens, padding included, one run of the model takes. With 2,048, their values leave the
#: processor's cache, and a text takes a tenth more time.
RUN_TOKENS = 512


def open_minilm() -> MiniLM:
    """Opens the model, wherever its files are.

    Raises:
        EncoderError: if they are nowhere, or damaged
    """
    return MiniLM(find_files())


class MiniLM:
    """A :class:`~.encoders.TextEncoder` of one ONNX file and one file of its tokenizer.

    Several threads run the model, each on one core and a batch of its own. ONNX Runtime's own
    threads wait for each other at every layer, and take up to twice the CPU for the same texts.

    Args:
        files: the model's files
        threads: how many batches run at once; by default one per core

    Raises:
        EncoderError: if a file cannot be read
    """

    def __init__(self, files: Files, threads: int | None = None) -> None:
        model, tokenizer = sha256(files.model), sha256(files.tokenizer)
        self.digest = hashlib.sha256(f"{model} {tokenizer} {MAX_TOKENS}".encode()).hexdigest()
        self.name = KNOWN.get(model, files.model.parent.name)
        self._threads = threads or cores()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(files.model), options, providers=["CPUExecutionProvider"]
            )
            self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
            self._inputs = {value.name for value in self._session.get_inputs()}
            self.dimension = self._run([[0]]).shape[1]
        except Exception as error:  # both raise their own, without a common base
            raise EncoderError(
                f"{files.model.parent} does not hold a model that can be run: {error}; it must "
                f"have {MODEL} and {TOKENIZER}"
            ) from None
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_TOKENS)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Returns one vector of unit length per text, ``[texts, dimension]``."""
        tokens = [self._tokenizer.encode(readable(text)).ids for text in texts]
        vectors = np.empty((len(tokens), self.dimension), np.float32)

        def run(batch: list[int]) -> None:
            vectors[batch] = self._run([tokens[i] for i in batch])

        with ThreadPoolExecutor(self._threads) as pool:
            for _ in pool.map(run, _batches([len(ids) for ids in tokens], self._threads)):
                pass
        return vectors

    def _run(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        """Returns the mean of the tokens' vectors, of unit length, for each text of a batch."""
        ids = np.zeros((len(tokens), max(map(len, tokens))), np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(tokens):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {k: v for k, v in given.items() if k in self._inputs})[0]
        weights = mask[..., None].astype(np.float32)
        means = (hidden * weights).sum(axis=1) / weights.sum(axis=1)
        return unit_rows(means)


def _batches(lengths: Sequence[int], threads: int) -> Iterator[list[int]]:
    """Yields the positions of texts of similar length, the longest first.

    Args:
        lengths: in tokens
        threads: that all get something to do
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    share = -(-len(order) // threads)
    start = 0
    while start < len(order):
        size = max(1, min(RUN_TOKENS // lengths[order[start]], share))
        yield order[start : start + size]
        start += size


def cores() -> int:
    """Returns how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
