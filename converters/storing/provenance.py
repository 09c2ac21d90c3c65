"""The origin of a dataset's content, and its terms."""

from __future__ import annotations

from dataclasses import dataclass

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
    """The origin of a dataset's content, and its terms."""

    description: str
    license: str
    citation: str
    homepage: str
    paper: str
    tags: tuple[str, ...]


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
