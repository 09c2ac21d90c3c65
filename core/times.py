"""Types of times in seconds, with which mypy distinguishes source times from clip times.

A record's times count from the source video's first picture, a clip's from its first frame. A clip
starts with its source, so the two clocks agree; but a time of the source need not be in the clip,
nor on one of its frames.

- A function that takes or returns a time says which: :data:`SourceSeconds`, :data:`ClipSeconds` or,
  for arrays, :data:`SourceTimes`, :data:`ClipTimes`. NumPy's results are plain arrays, so they
  are marked again where they are returned.
- Durations belong to no clock: they are plain floats.
- Only :mod:`.frames` and :mod:`.labels` convert one into the other. Marking an external number
  (``SourceSeconds(row["start"])``) states its clock and converts nothing.

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
