"""Seconds of the source and of the clip, mixed as no program may mix them.

Nothing runs this: ``make types`` checks it. Each ignored error is one that mypy must find, because
an ignore without an error is an error itself.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from fiftyone_action100m.core.cut import cut
from fiftyone_action100m.core.frames import boundary, frame_times, to_clip
from fiftyone_action100m.core.labels import ClipFrames, map_frames
from fiftyone_action100m.core.times import ClipSeconds, ClipTimes, SourceSeconds
from fiftyone_action100m.core.tree import TreeOfCaptions


def right(tree: TreeOfCaptions, fps: Fraction, clips: ClipFrames) -> None:
    """Seconds are converted before they are used on the other clock."""
    boundary(to_clip(tree["r"].start), fps)
    tree.at(SourceSeconds(3.0))
    cut(tree, 10, to_clip(tree["r"].end))
    map_frames(tree.starts, tree.ends, np.zeros(1, np.int64), clips)


def wrong(tree: TreeOfCaptions, fps: Fraction, clips: ClipFrames, moment: ClipSeconds) -> None:
    """They are not, or are of no clock."""
    boundary(tree["r"].start, fps)  # type: ignore[arg-type]
    boundary(3.0, fps)  # type: ignore[arg-type]
    tree.at(moment)  # type: ignore[arg-type]
    tree.at(frame_times(1, 2, fps)[0])  # type: ignore[arg-type]
    cut(tree, 10, tree["r"].end)  # type: ignore[arg-type]
    moment = tree["r"].end  # type: ignore[assignment]
    starts = ClipTimes(np.zeros(1))
    map_frames(starts, tree.ends, np.zeros(1, np.int64), clips)  # type: ignore[arg-type]
