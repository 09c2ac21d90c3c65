"""Estimates the calls to an LLM, and their tokens, from the trees of a sample."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.records import VideoInfo
from ..core.tree import TreeOfCaptions
from ..core.wording import count
from .aggregation import Aggregation
from .captions import OF_LEAVES
from .evidence import Evidence
from .prompts import ROUNDS

#: The mean length of Action100M's captions and of the five texts as JSON, in characters (measured
#: on six of its records).
_LENGTHS = {"plm_action": 32, "plm_caption": 426, "llama3_caption": 870}
_ANSWER = 963

#: The approximate number of characters per token of English.
_PER_TOKEN = 4


def expected_calls(
    aggregation: Aggregation,
    fields: Sequence[str],
    sample: Sequence[TreeOfCaptions],
    lengths: Sequence[float],
) -> str:
    """Describes the calls that an aggregation would make, in a sentence.

    Counts the sample's nodes, with captions as long as Action100M's. Videos that are longer than
    the sample have further nodes above these, each of which doubles the span.

    Args:
        aggregation: the stage
        fields: the caption fields that there would be
        sample: trees of the first seconds of videos
        lengths: the lengths of all videos, in seconds
    """
    most = aggregation.options.characters
    nodes = characters = densest = covered = 0.0
    for tree in sample:
        full, length = _with_captions(tree, fields), float(tree.end or 0)
        evidence, whole = Evidence(full, VideoInfo(), most), list(full)
        told = [len(evidence.of(whole[i])) for i in aggregation.nodes(full)]
        nodes, characters, covered = nodes + len(told), characters + sum(told), covered + length
        densest += len(Evidence(full, VideoInfo(), 100 * most).of(whole[0]))
    total = sum(lengths)
    nodes, characters = nodes / covered * total, characters / covered * total
    for length in lengths:
        span = covered / len(sample)
        while span < 0.99 * length:
            span = min(2 * span, length)
            nodes += length / span
            characters += length / span * min(most, densest / covered * span)
    prompts = sum(len(aggregation.prompts[name]) for name in ROUNDS)
    calls = len(ROUNDS) * round(nodes)
    asked = len(ROUNDS) * characters + nodes * (prompts + (len(ROUNDS) - 1) * _ANSWER)
    return (
        f"About {count(calls, 'call')} to the LLM with {asked / _PER_TOKEN:,.0f} tokens and "
        f"{calls * _ANSWER / _PER_TOKEN:,.0f} of answers, if captions and answers are as long as "
        "Action100M's; their time is not measured"
    )


def _with_captions(tree: TreeOfCaptions, fields: Sequence[str]) -> TreeOfCaptions:
    texts = {
        field: [
            None if field == OF_LEAVES and inner else "x" * _LENGTHS[field]
            for inner in tree.has_children.tolist()
        ]
        for field in fields
    }
    return TreeOfCaptions(
        tree.node_ids, tree.parent_ids, tree.levels, tree.starts, tree.ends, texts
    )
