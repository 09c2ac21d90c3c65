"""The App operators, as ``register`` registers them and ``fiftyone.yml`` lists them."""

from __future__ import annotations

from .common import BackToPreviousView
from .convert import ConvertAction100M
from .granularity import GRANULARITY_OPERATORS
from .find import FindInCaptions
from .gaps import Gaps
from .same import SameActionElsewhere
from .segments import ClipsBackToVideos, SegmentsAsClips
from .walk import WALK_OPERATORS

OPERATORS = (
    ConvertAction100M,
    BackToPreviousView,
    *GRANULARITY_OPERATORS,
    *WALK_OPERATORS,
    FindInCaptions,
    SameActionElsewhere,
    SegmentsAsClips,
    ClipsBackToVideos,
    Gaps,
)
