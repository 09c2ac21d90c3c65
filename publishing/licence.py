"""The licence of a dataset, and the terms to accept before publishing."""

from __future__ import annotations

import re
from dataclasses import dataclass

import fiftyone as fo

from ..converters.storing.provenance import ACTION100M, DEMO, OWN_LICENSE
from ..core.keys import INFO_KEY

FAIR_LINK = "https://github.com/facebookresearch/Action100M/blob/main/LICENSE"


@dataclass(frozen=True)
class Terms:
    """A licence.

    Attributes:
        identifier: its identifier in a dataset card's header
        text: its terms in one line
        notice: the terms to accept before a push, empty if there are none
        ours: whether the annotations are Action100M's
        is_open: whether a licence must be stated before others may see the dataset
    """

    identifier: str
    text: str
    notice: str
    ours: bool
    is_open: bool = False


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

#: An identifier as a card's header has it, such as ``cc-by-4.0``.
_IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")


def terms_of(dataset: fo.Dataset, license: str | None = None) -> Terms:
    """Returns a dataset's terms: Action100M's, unless it is the demo or of the user's own videos.

    Args:
        dataset: the dataset
        license: the identifier of the licence of the user's own annotations; None if not stated

    Raises:
        ValueError: if the licence is not an identifier, or the dataset is Action100M's or the demo
    """
    known = (dataset.info or {}).get(INFO_KEY) or {}
    if known.get("license") == OWN_LICENSE:
        return _own(license)
    if license is not None:
        raise ValueError(
            f"{dataset.name!r} has a licence ({known.get('license') or FAIR.identifier}): one is "
            "stated only for annotations of one's own videos"
        )
    return GENERATED if known.get("license") == DEMO.license else FAIR


def _own(license: str | None) -> Terms:
    if license is None:
        text = f"{OWN_LICENSE}. The videos belong to their makers"
        return Terms("unknown", text, "", False, is_open=True)
    if not _IDENTIFIER.fullmatch(license):
        raise ValueError(f"{license!r} is not a licence's identifier: give cc-by-4.0, for example")
    return Terms(license, f"{license}, as stated by who pushed the dataset", "", False)
