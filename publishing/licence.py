"""On what terms a data set may be shared, and what has to be accepted before it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..converters.storing.provenance import ACTION100M, DEMO
from ..core.keys import INFO_KEY

FAIR_LINK = "https://github.com/facebookresearch/Action100M/blob/main/LICENSE"


@dataclass(frozen=True)
class Terms:
    """A licence, as a data set card has it.

    Attributes:
        identifier: what the card's header says
        text: what it means, in a line
        notice: what must be accepted before anything is pushed; empty where nothing must
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
    "belong to those who made them. Pushing this data set copies both to the Hub: keep it in a "
    "private repository that only you, or those who may have the data from Meta, can read. Whoever "
    "makes it public redistributes it, and answers for that.",
    True,
)
GENERATED = Terms("apache-2.0", DEMO.license, "", False)


def terms_of(dataset: Any) -> Terms:
    """Returns a data set's terms: Action100M's, unless it was generated here."""
    known = (getattr(dataset, "info", None) or {}).get(INFO_KEY) or {}
    return GENERATED if known.get("license") == DEMO.license else FAIR
