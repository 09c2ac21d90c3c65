"""Groups nested hits of a search, which mostly have similar captions, into moments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from ..core.search import QueryError
from .hits import Hit

#: Which segment represents a branch.
Nested = Literal["best", "outermost", "finest", "all"]

_FIRST: dict[Nested, Callable[[Hit], tuple[float, ...]]] = {
    "best": lambda _: (),
    "outermost": lambda hit: (hit.level, hit.start),
    "finest": lambda hit: (-hit.level, hit.start),
}


@dataclass(frozen=True)
class Moment:
    """Segments of one branch.

    Attributes:
        shown: the segment that represents them
        hits: all of them, including ``shown``, in the order of the hits
    """

    shown: Hit
    hits: tuple[Hit, ...]


def moments(hits: Sequence[Hit], nested: Nested = "best") -> list[Moment]:
    """Groups hits with those above and below them in the tree, the best group first.

    A root is above all other nodes of its video: with ``best``, it is a moment of its own.

    Args:
        hits: the hits, the best first
        nested: which hit represents a branch: the ``best``, the ``outermost`` or the ``finest``; or
            ``all``, for a moment per hit

    Raises:
        QueryError: if ``nested`` is unknown
    """
    if nested not in get_args(Nested):
        raise QueryError(f"nested is {nested!r}: choose from {', '.join(get_args(Nested))}")
    if nested == "all":
        return [Moment(hit, (hit,)) for hit in hits]
    groups: dict[
        str, list[list[int]]
    ] = {}  # by sample; the first position of each group is the shown hit
    for place in sorted(range(len(hits)), key=lambda place: _FIRST[nested](hits[place])):
        of_video = groups.setdefault(hits[place].sample_id, [])
        for group in of_video:
            if _belongs(hits[group[0]], hits[place], nested):
                group.append(place)
                break
        else:
            of_video.append([place])
    ordered = sorted((group for found in groups.values() for group in found), key=min)
    return [Moment(hits[g[0]], tuple(hits[place] for place in sorted(g))) for g in ordered]


def _belongs(shown: Hit, hit: Hit, nested: Nested) -> bool:
    if nested == "best" and 0 in (shown.level, hit.level) and shown.node_id != hit.node_id:
        return False
    return shown.same_branch(hit)


def count_found_nodes(hits: Sequence[Hit]) -> int:
    """Returns the number of segments: a node counts once, however many captions it has."""
    return len({(hit.sample_id, hit.node_id or hit.label_id) for hit in hits})
