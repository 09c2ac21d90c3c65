"""The licence of a dataset, and what must be accepted before it is published."""

from __future__ import annotations

from dataclasses import dataclass

import fiftyone as fo

from ..converters.storing.provenance import ACTION100M, DEMO
from ..core.keys import INFO_KEY

FAIR_LINK = "https://github.com/facebookresearch/Action100M/blob/main/LICENSE"


@dataclass(frozen=True)
class Terms:
    """A licence.

    Attributes:
        identifier: its identifier in a dataset card's header
        text: its terms in one line
        notice: what must be accepted before a push, empty if nothing must
        ours: whether the annotations are Action100M's
    """

    identifier: str
    text: str
    notice: str
    ours: bool


FAIR = Terms(
    "fair-noncommercial-research-license",
    ACTION100M.license,
    "Action100M's annotations are under the FAIR Noncommercial Research License: they may be used "
    f"for noncommercial research only, and may not be redistributed ({FAIR_LINK}). The videos "
    "belong to their makers. Pushing this dataset copies both to the Hub: keep it in a private "
    "repository that only you, or people who may have the data from Meta, can read. Making it "
    "public redistributes it, and you are responsible for that.",
    True,
)
GENERATED = Terms("apache-2.0", DEMO.license, "", False)


def terms_of(dataset: fo.Dataset) -> Terms:
    """Returns a dataset's terms: Action100M's, unless it is the generated demo."""
    known = (dataset.info or {}).get(INFO_KEY) or {}
    return GENERATED if known.get("license") == DEMO.license else FAIR
