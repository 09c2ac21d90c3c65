"""The App operators, as ``register`` registers them and ``fiftyone.yml`` lists them."""

from __future__ import annotations

from .build import BuildTrees
from .check import CheckTrees, ClearCheckTags
from .compare import CompareGranularities
from .convert import ConvertAction100M
from .export import ExportAction100M
from .find import FindInCaptions
from .gaps import Gaps
from .granularity import GRANULARITY_OPERATORS
from .index import IndexCaptions
from .map import MapSegments
from .open_panels import OpenOverview, OpenSearch, OpenTreeOfCaptions, SearchThisVideo
from .prepare_search import PrepareFastSearch
from .publish import PublishAction100M
from .resample import ResampleSegments
from .review import ReviewAgreement, ReviewByStatus, ReviewNext, ReviewSampleOperator
from .same import SameActionElsewhere
from .segments import ClipsBackToVideos, SegmentsAsClips
from .show import BackToPreviousView
from .show_finding import ShowFinding
from .tidy import TidyView
from .walk import WALK_OPERATORS

OPERATORS = (
    ConvertAction100M,
    BuildTrees,
    OpenSearch,
    OpenOverview,
    SearchThisVideo,
    OpenTreeOfCaptions,
    BackToPreviousView,
    *GRANULARITY_OPERATORS,
    CompareGranularities,
    *WALK_OPERATORS,
    CheckTrees,
    ShowFinding,
    ClearCheckTags,
    TidyView,
    FindInCaptions,
    PrepareFastSearch,
    IndexCaptions,
    SameActionElsewhere,
    SegmentsAsClips,
    ClipsBackToVideos,
    Gaps,
    ResampleSegments,
    MapSegments,
    ReviewNext,
    ReviewByStatus,
    ReviewSampleOperator,
    ReviewAgreement,
    ExportAction100M,
    PublishAction100M,
)
