"""Reviews in the panel "Tree of Captions": judgements, edits and navigation.

The panel inherits these methods. They return plain values, and send the tree again if times or
captions of nodes have changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fiftyone as fo
import fiftyone.operators as foo

from ..core.reviews import STATUSES, ReviewError, ReviewUnchanged, checked_name
from ..internals.views import source_dataset
from ..views.hierarchy import NoHierarchyError
from ..views.review import Outcome, ReviewConflict, redo_review, review_node, undo_review
from ..views.review_progress import next_to_review, review_progress
from ..views.sample_tree import NoTreeError, shown_part

#: The methods that the component may call.
REVIEW_METHODS = (
    "review_edit",
    "review_undo",
    "review_redo",
    "review_next",
    "review_progress",
    "reload",
)


class ReviewMethods:
    """The review methods of the panel."""

    def review_edit(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Judges or edits a node and returns the outcome, a problem or a conflict.

        ``params``: ``sample``, ``node``, ``kind``, ``who``, ``version`` and, depending on the kind,
        ``field`` and ``text``, ``edge`` and ``frame``, or ``with``.
        """
        params = ctx.params
        return self._answer(
            ctx,
            lambda: review_node(
                ctx.dataset,
                _text(params, "sample"),
                _text(params, "node"),
                params.get("kind"),
                _text(params, "who"),
                text=_text(params, "text"),
                field=_text(params, "field") or None,
                frame=_whole(params.get("frame")),
                edge="end" if params.get("edge") == "end" else "start",
                other=_text(params, "with"),
                version=_version(ctx),
            ),
        )

    def review_undo(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Undoes the reviewer's last step; ``params``: ``sample``, ``who``, ``version``."""
        return self._answer(ctx, lambda: undo_review(*_reviewer(ctx), version=_version(ctx)))

    def review_redo(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Redoes the reviewer's last undone step; ``params`` as for undoing."""
        return self._answer(ctx, lambda: redo_review(*_reviewer(ctx), version=_version(ctx)))

    def review_next(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Returns the next node that is not reviewed and how many are left.

        In the review sample, nodes count that this reviewer has not judged, even if others have.

        ``params``: ``sample`` and ``node`` to start from, ``who``, and ``scope``: ``video``,
        ``view`` or ``sample``.
        """
        sample_id, node_id = _text(ctx.params, "sample"), _text(ctx.params, "node")
        try:
            collection, who, sampled = _scope(ctx, sample_id)
            found = next_to_review(collection, sample_id, node_id, who, sampled)
            if found is None:
                return {"sample": None, "node": None, "left": 0}
            counted = review_progress(collection, who, sampled)
        except (ReviewError, NoHierarchyError) as error:
            return _problem(error)
        left = counted.total - counted.reviewed
        return {"sample": found.sample_id, "node": found.node_id, "left": left}

    def review_progress(self, ctx: foo.ExecutionContext) -> dict[str, Any]:
        """Returns how many nodes are reviewed; ``params``: ``who``, ``scope``, ``sample``."""
        try:
            sample_id = _text(ctx.params, "sample") or _open_sample(ctx)
            counted = review_progress(*_scope(ctx, sample_id))
        except (ReviewError, NoHierarchyError, NoTreeError) as error:
            return _problem(error)
        return {**counted.to_dict(), "text": str(counted)}

    def reload(self, ctx: foo.ExecutionContext) -> None:
        """Sends the tree again, with the changes of others."""
        self.send_tree(ctx, always=True)

    def send_tree(self, ctx: foo.ExecutionContext, always: bool = False) -> None:
        """Sends the tree to the browser unless the browser has it; with ``always``, in any case."""
        raise NotImplementedError

    def _answer(self, ctx: foo.ExecutionContext, do: Callable[[], Outcome]) -> dict[str, Any]:
        try:
            done = do()
        except ReviewConflict as conflict:
            return {"conflict": {"who": conflict.who, "when": conflict.when, "what": conflict.what}}
        except ReviewUnchanged as same:
            return {"same": _sentence(same)}
        except (ReviewError, NoHierarchyError) as error:
            return _problem(error)
        self.send_tree(ctx, always=done.moved)
        return {
            "done": done.words,
            "undo": done.undo,
            "redo": done.redo,
            "version": done.version,
            "node": done.node,
            "moved": done.moved,
            "changed": {node: _code(status) for node, status in done.statuses.items()},
            "reviewers": dict(done.reviewers),
            "notes": dict(done.notes),
        }


def _problem(error: Exception) -> dict[str, Any]:
    return {"problem": _sentence(error)}


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


def _reviewer(ctx: foo.ExecutionContext) -> tuple[fo.Dataset, str, str]:
    """Returns the dataset, the sample's id and the reviewer's name."""
    return ctx.dataset, _text(ctx.params, "sample"), _text(ctx.params, "who")


def _version(ctx: foo.ExecutionContext) -> str | None:
    """Returns the version that the reviewer has seen."""
    return _text(ctx.params, "version") or None


def _scope(
    ctx: foo.ExecutionContext, sample_id: str
) -> tuple[fo.Dataset | fo.DatasetView, str | None, bool]:
    """Returns the videos in scope, whose judgements count, and whether only the sample is meant.

    Raises:
        ReviewError: if the scope is the review sample and there is no name
    """
    scope = ctx.params.get("scope")
    dataset = source_dataset(ctx.dataset)
    if scope == "sample":
        return dataset, checked_name(_text(ctx.params, "who")), True
    return (ctx.view if scope == "view" else dataset.select([sample_id])), None, False


def _open_sample(ctx: foo.ExecutionContext) -> str:
    """Returns the id of the sample that is open, or the only selected one."""
    shown = [ctx.current_sample or "", *(ctx.selected or ())]
    return shown_part(ctx.view, next((each for each in shown if each), ""))[0]


def _code(status: str | None) -> int:
    """Returns a status's code in the payload: 0 for a node that is not reviewed."""
    return 0 if status is None else STATUSES.index(status) + 1


def _text(params: Any, name: str) -> str:
    value = params.get(name)
    return "" if value is None else str(value)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
