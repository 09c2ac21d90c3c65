"""Made-up actions, and how often each occurs, as in a long tail."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt


def zipf_counts(actions: int, segments: int) -> npt.NDArray[np.int64]:
    """Returns how many of some segments have each action, as in Zipf's law: the n-th, 1/n."""
    shares = 1 / np.arange(1, actions + 1)
    counts: npt.NDArray[np.int64] = (segments * shares / shares.sum()).astype(np.int64)
    return np.maximum(counts, 1)


def made_actions(verbs: Iterable[str], things: int) -> list[str]:
    """Returns actions, each of a verb and one of some things."""
    return [f"{verb} thing{i}" for i in range(things) for verb in verbs]
