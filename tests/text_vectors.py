"""Texts with vectors that no model is needed for: those of the same words are alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

DIMENSION = 32


def vectors_of(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Returns a unit vector for each text: the mean of those of its words, which are random."""
    found = np.zeros((len(texts), DIMENSION), dtype=np.float32)
    for row, text in zip(found, texts, strict=True):
        for word in text.split() or [""]:
            seed = int.from_bytes(blake2b(word.encode("utf-8", "replace"), digest_size=8).digest())
            row += np.random.default_rng(seed).normal(size=DIMENSION)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found


def zipf_counts(actions: int, segments: int) -> npt.NDArray[np.int64]:
    """Returns how many of some segments have each action, as in Zipf's law: the n-th, 1/n."""
    shares = 1 / np.arange(1, actions + 1)
    counts: npt.NDArray[np.int64] = (segments * shares / shares.sum()).astype(np.int64)
    return np.maximum(counts, 1)


def made_actions(verbs: Iterable[str], things: int) -> list[str]:
    """Returns actions, each of a verb and one of some things."""
    return [f"{verb} thing{i}" for i in range(things) for verb in verbs]
