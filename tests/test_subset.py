"""The stand-in for the published subset has that dataset's shape, and its faults."""

from __future__ import annotations

import fiftyone as fo
import pytest
from fiftyone_action100m.views.hierarchy import find_hierarchy, trees
from subset import SUBSET_FIELDS, subset_dataset


@pytest.fixture
def subset(dataset_name: str) -> fo.Dataset:
    return subset_dataset(dataset_name)


def test_its_trees_are_found_though_nothing_is_declared(subset: fo.Dataset) -> None:
    declared = subset.get_field_schema(flat=True)
    assert "gpt_summary_brief.detections.node_id" not in declared
    found = find_hierarchy(subset)
    assert found.fields == tuple(SUBSET_FIELDS)
    assert set(found.carried["gpt_summary_brief"]) == {"tier"}
    assert not set(declared) & {"video_uid", "plm_action", "plm_caption", "llama3_caption"}


def test_it_has_the_published_faults(subset: fo.Dataset) -> None:
    sample = subset.first()
    by_id = {d.node_id: d for d in sample.gpt_summary_brief.detections}
    assert by_id["aa-0"].support[1] == sample.metadata.total_frame_count + 1
    children = sorted(
        (d for d in by_id.values() if d.parent_id == "aa-0"), key=lambda d: d.support[0]
    )
    assert children[0].support[1] == children[1].support[0]
    tree = trees(sample)
    # Only the deepest of all nodes are "leaf", and refined captions do not go so deep.
    assert set(subset.distinct("gpt_summary_brief.detections.tier")) == {"root", "mid"}
    assert tree.depth < sample.tree_depth and isinstance(sample.full_video_duration, int)
    first = min(by_id.values(), key=lambda d: (d.support[0], -d.support[1]))
    assert first.support[0] == 1
    assert "N/A" in sample.gpt_action_actor.detections[3].label
    actions = {d.node_id for d in sample.gpt_action_brief.detections}
    assert actions < set(by_id)  # holes
