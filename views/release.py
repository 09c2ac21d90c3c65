"""The figures of the full Action100M release, to compare a dataset with.

Source: Chen et al., "Action100M: A Large-scale Video Action Dataset", arXiv:2601.10592 (2026);
means per video are quotients of its totals. Durations are of whole source videos, not of clips.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ..core.fields import CAPTIONS

SOURCE = "arXiv:2601.10592"

VIDEOS = 1_199_096
NODES = 147_092_653
#: 14.6 years.
HOURS = 14.6 * 365.25 * 24
NODES_PER_VIDEO = NODES / VIDEOS

#: Words in all annotations.
ANNOTATION_WORDS = 21.3e9
#: The share of videos with a transcript.
TRANSCRIBED = 0.72
#: GPU hours of the annotations: segmenting and captioning on V100s, refining on H100s and H200s.
GPU_HOURS = (1_300_000, 300_000)

#: The share of annotated segments whose action is ``N/A``: introductions, advertisements and such.
NO_ACTION = 0.0323

_WORDS = {
    ("gpt", "action", "brief"): 3.2,
    ("gpt", "action", "detailed"): 27.8,
    ("gpt", "summary", "brief"): 19.2,
    ("gpt", "summary", "detailed"): 95.3,
}
#: The mean number of words per caption, by field.
WORDS: Mapping[str, float] = MappingProxyType(
    {c.name: _WORDS[c.path] for c in CAPTIONS if c.path in _WORDS}
)

#: The paper's bins of durations, in seconds, and the share of segments in each.
DURATION_EDGES = (0.0, 3.0, 10.0, 60.0, float("inf"))
DURATION_SHARES = (0.64, 0.238, 0.102, 0.02)
