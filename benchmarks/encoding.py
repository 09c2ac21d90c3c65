"""Texts embedded a second: ours, and a bare ONNX session that is given tokens in batches."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import onnxruntime
from fiftyone_action100m.core.machine import cores
from fiftyone_action100m.meaning.encoders import EncoderError
from fiftyone_action100m.meaning.minilm_files import find_minilm
from fiftyone_action100m.meaning.onnx_encoder import RUN_TOKENS, OnnxEncoder, OnnxModel
from measure import Usage, alternating, measured, median, ratio, spread, table
from tokenizers import Tokenizer

OURS = "ours, from texts to unit vectors"
BARE = "bare sessions, one thread each, tokens ready"
USUAL = "a bare session, its own threads, tokens ready, 32 texts at once"

Batch = dict[str, np.ndarray]

_VERBS = ("whisk", "pour", "cut", "fold", "press", "hold", "lift", "turn", "knead", "stir", "open")
_THINGS = (
    "the dough",
    "a wooden board",
    "the metal bowl",
    "a piece of paper",
    "some water",
    "the red wire",
    "a large onion",
    "the front wheel",
    "the left sleeve",
    "two screws",
    "the back of the chair",
)


def run(texts: int, repeat: int) -> None:
    """Measures and prints one table for brief actions, and one for summaries of some 80 tokens.

    Args:
        texts: how many brief actions, and four times as many as there are summaries
        repeat: number of rounds
    """
    try:
        model = find_minilm()
    except EncoderError as error:
        print(f"\nTexts embedded: not measured, as {error}")
        return
    _compare(model, f"{texts:,} brief actions", _texts(texts, 1), repeat)
    summaries = max(1, texts // 4)
    _compare(model, f"{summaries:,} summaries", _texts(summaries, 12), repeat)


def _compare(model: OnnxModel, name: str, texts: Sequence[str], repeat: int) -> None:
    encoder, tokens = OnnxEncoder(model), _tokens(model, texts)
    usual, single = _session(model, 0), _session(model, 1)
    ours, fixed = _batches(tokens, RUN_TOKENS, len(texts)), _batches(tokens, 1 << 30, 32)
    ways: list[tuple[str, Callable[[], Usage]]] = [
        (OURS, partial(_measured, partial(encoder.encode, texts))),
        (BARE, partial(_measured, partial(_run_in_threads, single, ours))),
        (USUAL, partial(_measured, partial(_run_in_turn, usual, fixed))),
    ]
    results = alternating(ways, repeat)
    rows = [
        (
            way,
            spread([len(texts) / u.wall for u in usages], 0),
            spread([len(texts) / u.cpu for u in usages], 0),
        )
        for way, usages in results.items()
    ]
    table(f"{name} embedded, {model.name}", ("", "texts/s", "texts/CPU s"), rows)

    taken = {way: median([u.cpu for u in usages]) for way, usages in results.items()}
    for way, bare in ((BARE, "bare sessions"), (USUAL, "a bare session")):
        value = f"{taken[way] / taken[OURS]:.0%}"
        ratio(f"ours : {bare}, {name}, texts per CPU second", value, "90 %")


def _texts(count: int, actions: int) -> list[str]:
    rng = random.Random(51)
    return [
        ", then ".join(f"{rng.choice(_VERBS)} {rng.choice(_THINGS)}" for _ in range(actions))
        + f" {rng.choice(('with', 'beside', 'under'))} {rng.choice(_THINGS)}"
        for _ in range(count)
    ]


def _tokens(model: OnnxModel, texts: Sequence[str]) -> list[list[int]]:
    """Returns each text's tokens, the shortest text first."""
    tokenizer = Tokenizer.from_file(str(model.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(model.max_tokens)
    return sorted((tokenizer.encode(text).ids for text in texts), key=len)


def _batches(tokens: Sequence[list[int]], most_tokens: int, most_texts: int) -> list[Batch]:
    """Returns what the session is given, padded."""
    batches, rest = [], list(tokens)
    while rest:
        size = max(1, min(most_texts, most_tokens // len(rest[-1])))
        taken, rest = rest[-size:], rest[:-size]
        ids = np.zeros((len(taken), len(taken[-1])), np.int64)
        mask = np.zeros_like(ids)
        for row, text in enumerate(taken):
            ids[row, : len(text)], mask[row, : len(text)] = text, 1
        batches.append(
            {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        )
    return batches


def _session(model: OnnxModel, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(
        str(model.model), options, providers=["CPUExecutionProvider"]
    )


def _run_in_threads(session: onnxruntime.InferenceSession, batches: Sequence[Batch]) -> None:
    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(partial(session.run, None), batches))


def _run_in_turn(session: onnxruntime.InferenceSession, batches: Sequence[Batch]) -> None:
    for batch in batches:
        session.run(None, batch)


def _measured(work: Callable[[], object]) -> Usage:
    with measured() as usage:
        work()
    return usage
