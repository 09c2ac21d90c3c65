"""The effects of the operators of reviews."""

from __future__ import annotations

import executor
from effects import WIDEST, Stage, effect, shown
from effects_changes import copied
from fiftyone_action100m import review_node, review_progress
from fiftyone_action100m.core.reviews import SAMPLE_TAG
from fiftyone_action100m.internals.views import build_view


@effect("review_next")
def review_next(stage: Stage) -> None:
    video = stage.video
    told = stage.run("review_next", current_sample=video.id)
    root = next(node for node, d in video.fields[WIDEST].items() if d["parent_id"] is None)
    opened = told["@action100m/explorer/show_and_open"]
    assert (opened["sample_id"], opened["segment"]["node"]) == (video.id, root)
    asked = {"current_sample": video.id, "selected_labels": [video.label(root)]}
    child = stage.run("review_next", **asked)["@action100m/explorer/show_and_open"]
    assert child["segment"]["node"] == video.children(root)[0]


@effect("review_by_status")
def review_by_status(stage: Stage) -> None:
    none = stage.run("review_by_status", params={"status": "rejected"})
    assert none["notify"]["variant"] == "warning" and "set_view" not in none
    node = stage.inner()
    with copied(stage) as copy:
        sample_id = stage.video.id
        review_node(copy, sample_id, node, "reject", "Ada")
        params = {"status": "rejected", "field": WIDEST}
        told = stage.run("review_by_status", dataset=copy, params=params)
        assert shown(build_view(copy, told["set_view"]["view"])) == {stage.video.uid: {node}}
        left = stage.run("review_by_status", dataset=copy, params={"status": "open"})
        still = shown(build_view(copy, left["set_view"]["view"]))
        assert still[stage.video.uid] == set(stage.video.fields[WIDEST]) - {node}


@effect("review_sample")
def review_sample(stage: Stage) -> None:
    with copied(stage) as copy:
        told = stage.run("review_sample", dataset=copy, params={"size": 15, "seed": 2})
        view = build_view(copy, told["set_view"]["view"])
        assert sum(map(len, shown(view).values())) == 15
        assert view.count_label_tags(label_fields=[WIDEST]) == {SAMPLE_TAG: 15}
        assert review_progress(copy, sampled=True).total == 15


@effect("review_agreement")
def review_agreement(stage: Stage) -> None:
    assert "refused" in executor.run("review_agreement", stage.dataset)
    node, sample_id = stage.inner(), stage.video.id
    with copied(stage) as copy:
        review_node(copy, sample_id, node, "reject", "Ada")
        review_node(copy, sample_id, node, "accept", "Bea")
        told = stage.run("review_agreement", dataset=copy)
        assert shown(build_view(copy, told["set_view"]["view"])) == {stage.video.uid: {node}}
        assert "1 segment on which reviewers differ" in told["notify"]["message"]
