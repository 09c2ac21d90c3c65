"""Semantic resampling of a made long tail: CPU of k-means and draws, and what becomes even."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from fiftyone_action100m.core.wording import percent
from fiftyone_action100m.meaning.resample import balance, cluster, draw
from long_tail import zipf_counts
from measure import measured, ratio, table

DIMENSION = 384
_SEED = 51
#: Texts of about the same meaning, and how far they are from it.
_ALIKE, _SPREAD = 10, 0.03


def run(texts: int, segments: int, clusters: tuple[int, ...]) -> None:
    """Prints what k-means and as many draws as segments take, and how even these are.

    Args:
        texts: distinct captions, in groups of alike ones
        segments: their occurrences, by Zipf's law
        clusters: the values of k
    """
    vectors = _vectors(texts)
    counts = zipf_counts(texts, segments)
    members = np.repeat(np.arange(texts), counts)
    before = balance(counts)
    rows = [["before", "", "", f"{before.effective:,.0f}", percent(before.top_share)]]
    best = 0.0
    for k in (k for k in clusters if k <= texts):
        with measured() as divided:
            found = cluster(lambda start, stop: vectors[start:stop], np.arange(texts), k, _SEED)
        with measured() as drawn:
            draws = draw(found.labels[members], len(members), _SEED)
        after = balance(np.bincount(members[draws]))
        best = max(best, after.effective)
        even = [f"{after.effective:,.0f}", percent(after.top_share)]
        rows.append([f"k = {k:,}", f"{divided.cpu:.1f}", f"{drawn.cpu:.2f}", *even])
    head = ["", "k-means, CPU s", "draws, CPU s", "effective actions", "share of the top 50"]
    title = f"Resampling of {len(members):,} segments with {texts:,} distinct captions"
    table(title, head, rows)
    ratio("effective actions, after : before", f"{best / before.effective:.1f}x", "2x")


def _vectors(texts: int) -> npt.NDArray[np.float32]:
    """Returns unit vectors in groups; alike texts are not equally frequent."""
    rng = np.random.default_rng(_SEED)
    centres = rng.standard_normal((max(texts // _ALIKE, 1), DIMENSION), np.float32)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    found = centres[rng.integers(len(centres), size=texts)]
    found += _SPREAD * rng.standard_normal(found.shape, np.float32)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found
