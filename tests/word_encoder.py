"""An encoder without a model: a text's vector is the sum of fixed vectors of its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

#: Words that have the vector of another.
_SYNONYMS = {"whisk": "beat", "stir": "beat", "slice": "chop", "cut": "chop", "automobile": "car"}


class WordEncoder:
    """Encodes words and their synonyms; what it does depends on its name only.

    Attributes:
        encoded: how many texts it has encoded
    """

    def __init__(self, name: str = "words", dimension: int = 64) -> None:
        self.name, self.dimension = name, dimension
        self.digest = blake2b(f"{name} {dimension}".encode()).hexdigest()
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Returns a unit vector per text."""
        self.encoded += len(texts)
        found = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()) or [""]:
                found[row] += _vector(self.name, _SYNONYMS.get(word, word), self.dimension)
        found /= np.linalg.norm(found, axis=1, keepdims=True)
        return found


@cache
def _vector(name: str, word: str, dimension: int) -> npt.NDArray[np.float64]:
    seed = int.from_bytes(blake2b(f"{name} {word}".encode(), digest_size=8).digest(), "big")
    return np.random.default_rng(seed).standard_normal(dimension)
