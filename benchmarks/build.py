"""One video's frames clustered: by ours, and by scikit-learn with a chain as its connectivity."""

from __future__ import annotations

import multiprocessing
import resource
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection

import numpy as np
from fiftyone_action100m.treemaking.chain_ward import chain_ward
from measure import measured, median, ratio, spread, table

OURS, THEIRS = "ours", "scikit-learn"
#: Numbers per frame: of a small image model, and of V-JEPA 2's ViT-g.
WIDTHS = (384, 1408)


def run(frames: Sequence[int], repeat: int) -> None:
    """Measures and prints the table.

    Args:
        frames: sampled frames per video, ascending
        repeat: number of rounds
    """
    rows, cpu = [], {}
    for width in WIDTHS:
        for number in frames:
            for name, cluster in ((OURS, _ours), (THEIRS, _theirs)):
                found = [_apart(cluster, number, width) for _ in range(repeat)]
                cpu[name, number, width] = median([seconds for seconds, _ in found])
                peak = max(megabytes for _, megabytes in found)
                shown = spread([seconds for seconds, _ in found])
                rows.append((name, f"{number:,} x {width:,}", shown, f"{peak:,.0f}"))
    table("One video's frames clustered", ("", "frames", "CPU s", "peak MB"), rows)
    for width in WIDTHS:
        fewer = frames[max(0, len(frames) - 2)]
        few, many = cpu[OURS, fewer, width], cpu[OURS, frames[-1], width]
        times = f"{frames[-1]:,} : {fewer:,} frames of {width:,}"
        ratio(f"ours, {times}, CPU", f"{many / few:.1f}x", "15x for ten times the frames")
        theirs = cpu[THEIRS, frames[-1], width]
        ratio(f"ours : scikit-learn, {frames[-1]:,} of {width:,}", f"{many / theirs:.2f}x", "1.2x")


def _apart(cluster: Callable[[np.ndarray], object], frames: int, width: int) -> tuple[float, float]:
    """Clusters in a fresh process; returns its CPU seconds, and its peak memory in MB."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_measure, args=(sender, cluster, frames, width))
    process.start()
    sender.close()
    found: tuple[float, float] = receiver.recv()
    process.join()
    return found


def _measure(
    sender: Connection, cluster: Callable[[np.ndarray], object], frames: int, width: int
) -> None:
    generator = np.random.default_rng(frames)
    features = np.empty((frames, width), np.float16)  # as they are on disk
    for row in features:
        row[:] = generator.standard_normal(width)
    cluster(features[:2])  # imports what it needs
    with measured() as usage:
        cluster(features)
    sender.send((usage.cpu, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000))


def _ours(features: np.ndarray) -> None:
    chain_ward(features)


def _theirs(features: np.ndarray) -> None:
    from scipy.sparse import diags
    from sklearn.cluster import AgglomerativeClustering

    chain = diags([np.ones(len(features) - 1)] * 2, [-1, 1])
    AgglomerativeClustering(
        n_clusters=None, distance_threshold=0, linkage="ward", connectivity=chain
    ).fit(features)
