"""The origin of a dataset's content, and its terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...core.fields import LEAVES
from ...core.wording import shorten

_CITATION = (
    "@article{chen2026action100m, title={Action100M: A Large-scale Video Action Dataset}, "
    "author={Chen, Delong and Kasarla, Tejaswi and Bang, Yejin and Shukor, Mustafa and "
    "Chung, Willy and Yu, Jade and Bolourchi, Allen and Moutakanni, Th{\\'e}o and Fung, Pascale}, "
    "journal={arXiv preprint arXiv:2601.10592}, year={2026}}"
)

#: The same in APA style, as Markdown.
CITATION_APA = (
    "Chen, D., Kasarla, T., Bang, Y., Shukor, M., Chung, W., Yu, J., Bolourchi, A., Moutakanni, "
    "T., & Fung, P. (2026). Action100M: A Large-scale Video Action Dataset. *arXiv preprint "
    "arXiv:2601.10592*."
)
AUTHORS = (
    "Delong Chen, Tejaswi Kasarla, Yejin Bang, Mustafa Shukor, Willy Chung, Jade Yu, Allen "
    "Bolourchi, Théo Moutakanni and Pascale Fung (Meta FAIR, HKUST, University of Amsterdam, "
    "Sorbonne Université)"
)
#: A tenth of the annotations, on the Hub.
PREVIEW_PAGE = "https://huggingface.co/datasets/facebook/action100m-preview"


@dataclass(frozen=True)
class Provenance:
    """The origin of a dataset's content, and its terms.

    Attributes:
        description: of the dataset
        license: the terms in one line
        citation: of the paper, in BibTeX
        homepage: of the annotations
        paper: its address
        tags: of the dataset
        builds: the manifests of the builds that made some of the annotations, or all
    """

    description: str
    license: str
    citation: str
    homepage: str
    paper: str
    tags: tuple[str, ...]
    builds: tuple[Mapping[str, Any], ...] = ()


ACTION100M = Provenance(
    "Clips of instructional videos with Action100M's Tree-of-Captions: every video is split into a "
    "tree of segments, coarse to fine, each with its own captions. All annotations are made by "
    "machines (V-JEPA 2, PerceptionLM-3B, Llama-3.2-Vision-11B, GPT-OSS-120B).",
    "FAIR Noncommercial Research License: no commercial use, no redistribution",
    _CITATION,
    "https://github.com/facebookresearch/Action100M",
    "https://arxiv.org/abs/2601.10592",
    ("action100m", "video", "tree-of-captions"),
)

DEMO = Provenance(
    "A stand-in for Action100M: drawn videos whose pictures show their annotation. Each leaf of "
    "the Tree-of-Captions has a colour of its own, and each frame names its step and its time.",
    "Apache-2.0; generated, with nothing of Action100M's in it",
    _CITATION,
    "https://github.com/facebookresearch/Action100M",
    "https://arxiv.org/abs/2601.10592",
    ("action100m", "demo", "video", "tree-of-captions"),
)

#: The terms of annotations of the user's own videos.
OWN_LICENSE = "Not stated: annotations of one's own videos, made by fiftyone_action100m"

#: The licences, the strictest first: content under two is under the stricter one.
LICENSES = (ACTION100M.license, OWN_LICENSE, DEMO.license)

#: The parts of a manifest that differ in each run.
_OF_A_RUN = ("made", "seconds", "counts", "captions", "videos", "nodes", "frames")


def with_builds(provenance: Provenance, builds: Sequence[Mapping[str, Any] | None]) -> Provenance:
    """Returns the provenance of records of which builds have made some or all.

    Args:
        provenance: that of the conversion without the builds
        builds: the manifests, with None if there are other records too
    """
    made = tuple(build for build in builds if build is not None)
    if made and None not in builds and provenance == ACTION100M:
        return Provenance(
            "Clips of one's own videos with Trees-of-Captions: every video is split into a tree of "
            f"segments, coarse to fine. {' '.join(map(making, made))}",
            OWN_LICENSE,
            _CITATION,
            ACTION100M.homepage,
            ACTION100M.paper,
            ("own-videos", "video", "tree-of-captions"),
            made,
        )
    return replace(provenance, builds=made)


def strictest(licenses: Sequence[str | None]) -> str:
    """Returns the licence of content under several licences: the strictest."""
    first = licenses[0]
    if first is not None and set(licenses) == {first}:
        return first
    known = [LICENSES.index(one) if one in LICENSES else 0 for one in licenses]
    return LICENSES[min(known)]


def making(build: Mapping[str, Any]) -> str:
    """Returns a sentence about how a build's annotations were made."""
    by = list(dict.fromkeys(captioners_of(build).values()))
    parts = [f"The segments were found by the encoder {_name(build, 'encoder', 'name')}"]
    if by:
        parts.append(f"the captions were made by {' and '.join(by)}")
    if llm := _name(build, "aggregation_by", "llm"):
        parts.append(f"refined by {llm}")
    if heard := _name(build, "speech_by", "transcriber"):
        parts.append(f"what is said was written down by {heard}")
    return ", ".join(parts) + ("." if by else "; there are no captions.")


def captioners_of(build: Mapping[str, Any]) -> dict[str, str]:
    """Returns the model of each caption field, from a build's manifest."""
    made = build.get("captions_by")
    prompts = made.get("prompts") if isinstance(made, Mapping) else None
    if not isinstance(prompts, Mapping):
        return {}
    found = dict.fromkeys(map(str, prompts), _name(build, "captions_by", "captioner"))
    if (of_leaves := _name(build, "captions_by", "leaf_captioner")) and LEAVES in found:
        found[LEAVES] = of_leaves
    return found


def _name(build: Mapping[str, Any], part: str, key: str) -> str:
    """Returns the name of a model in a part of a manifest; empty if missing."""
    made = build.get(part)
    name = made.get(key) if isinstance(made, Mapping) else None
    return "" if name is None else shorten(str(name), 100)


def captioners(builds: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Returns the models of each caption field, from the manifests of builds."""
    found: dict[str, list[str]] = {}
    for build in builds:
        for field, name in captioners_of(build).items():
            known = found.setdefault(field, [])
            if name not in known:
                known.append(name)
    return {field: " or ".join(names) for field, names in found.items()}


def merged_builds(
    known: Sequence[Mapping[str, Any]], more: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Merges the manifests of a dataset's builds: newer ones replace those of the same build."""
    found = {_key(build): dict(build) for build in [*known, *more]}
    return list(found.values())


def _key(build: Mapping[str, Any]) -> str:
    return repr(sorted((k, v) for k, v in build.items() if k not in _OF_A_RUN))


DEMO_FOUND = Provenance(
    "Videos of the demo, with trees that `action100m build` found in their pictures alone: the "
    "segments by the pictures' colours, and captions, if any, by reading what is written on them.",
    DEMO.license,
    DEMO.citation,
    DEMO.homepage,
    DEMO.paper,
    DEMO.tags,
)
