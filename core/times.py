"""Types of times in seconds, which let mypy tell the source's clock from the clip's.

A record's times count from the source video's first picture, a clip's from its first frame. A clip
begins where its source does, so the two clocks run alike; but what is at a time in the source need
not be in the clip, nor on a frame of it.

- A function that takes or returns a time says which: :data:`SourceSeconds`, :data:`ClipSeconds`,
  or, of arrays, :data:`SourceTimes`, :data:`ClipTimes`. Whatever NumPy computes of an array is a
  plain array: the result is marked again where it is returned.
- Lengths and durations belong to no clock: they are plain floats.
- One is turned into the other in :mod:`.frames` and :mod:`.labels` only. Marking a number that
  came from outside (``SourceSeconds(row["start"])``) says whose it is; it converts nothing.

At run time they are plain floats and arrays.
"""

from __future__ import annotations

import math
from typing import NewType

import numpy as np
import numpy.typing as npt

#: Seconds of the source video, as a record has them.
SourceSeconds = NewType("SourceSeconds", float)

#: Later than every time of a source.
NO_CUTOFF = SourceSeconds(math.inf)

#: Seconds of the clip, from the start of its first frame.
ClipSeconds = NewType("ClipSeconds", float)

#: An array of seconds of the source video.
SourceTimes = NewType("SourceTimes", npt.NDArray[np.float64])

#: An array of seconds of a clip.
ClipTimes = NewType("ClipTimes", npt.NDArray[np.float64])
