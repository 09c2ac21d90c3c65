"""Steps through a video's tree, and parts of it as views, with and without holes."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import fiftyone as fo
import pytest
from fiftyone_action100m import convert
from fiftyone_action100m.core.missing import reattach_orphans
from fiftyone_action100m.core.tree import TreeOfCaptions
from fiftyone_action100m.internals.views import build_view, serialize_view
from fiftyone_action100m.views.hierarchy import NoHierarchyError, trees
from fiftyone_action100m.views.walk import (
    children,
    leaves_under,
    path,
    step,
    subtree,
)
from material import small_record, write_parquet, write_video
from subset import subset_dataset


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> fo.Dataset:
    folder = tmp_path_factory.mktemp("walk")
    write_parquet(folder / "rows.parquet", [small_record("aa", 12.0, 16), small_record("bb")])
    write_video(folder / "videos" / "aa.mp4", seconds=12.0)
    write_video(folder / "videos" / "bb.mp4", seconds=6.0)
    name = f"test-walk-{folder.name}"
    dataset, _ = convert(folder / "rows.parquet", folder / "videos", name, folder / "out")
    assert dataset is not None
    return dataset


@pytest.fixture(scope="module")
def subset() -> Iterator[fo.Dataset]:
    made = subset_dataset(f"test-walk-{uuid.uuid4().hex[:10]}")
    yield made
    made.delete()


def by_node(sample: fo.Sample, field: str) -> dict[str, fo.TemporalDetection]:
    return {d.node_id: d for d in sample[field].detections}


def nodes_of(view: fo.DatasetView, field: str) -> set[str]:
    return set(view.values(f"{field}.detections[].node_id", unwind=True))


def kept(dataset: fo.Dataset, view: fo.DatasetView) -> fo.DatasetView:
    """The view after it was saved and loaded, which must show what it showed."""
    dataset.save_view("kept", view, overwrite=True)
    loaded = dataset.load_saved_view("kept")
    rebuilt = build_view(dataset, serialize_view(view))
    for field in trees(dataset.first()).texts:
        assert nodes_of(loaded, field) == nodes_of(view, field) == nodes_of(rebuilt, field)
    return loaded


def test_on_a_whole_tree_every_step_is_exact(converted: fo.Dataset) -> None:
    for sample in converted:
        tree = trees(sample)
        for node_id, label in by_node(sample, "plm_action").items():
            up = step(sample, "plm_action", label, "parent")
            parent = tree.parent(node_id)
            assert up.node_id == (parent.node_id if parent else None)
            below = step(sample, "plm_action", label.id, "child")
            first = next(iter(tree.children(node_id)), None)
            assert below.node_id == (first.node_id if first else None)
            assert step(sample, "plm_action", label, "root").node_id == tree.root.node_id
            beside = tree.next_sibling(node_id)
            after = step(sample, "plm_action", label, "next")
            assert after.exact == (beside is not None)
            if beside:
                assert after.node_id == beside.node_id
                back = step(sample, "plm_action", after.label_id, "previous")
                assert (back.node_id, back.exact) == (node_id, True)


def test_going_on_covers_the_video_without_turning_back(converted: fo.Dataset) -> None:
    sample = converted.first()
    tree = trees(sample)
    at = tree.leaves()[0].node_id
    seen = [at]
    while (on := step(sample, "plm_action", by_node(sample, "plm_action")[at], "next")).label_id:
        at = str(on.node_id)
        seen.append(at)
    starts = [tree[node_id].start for node_id in seen]
    assert starts == sorted(set(starts)) and tree[at].end == tree.root.end
    assert "No segment after this one" in on.message
    assert all(tree[a].end == tree[b].start for a, b in pairwise(seen))


@pytest.mark.parametrize("field", ["gpt_action_brief", "gpt_summary_brief"])
def test_in_a_field_with_holes_the_nearest_relative_stands_for_it(
    subset: fo.Dataset, field: str
) -> None:
    inexact = 0
    for sample in subset:
        tree = trees(sample)
        known = by_node(sample, field)
        for node_id, label in known.items():
            above = [n.node_id for n in tree.ancestors(node_id)]
            up = step(sample, field, label, "parent")
            annotated = [a for a in above if a in known]
            assert up.node_id == (annotated[0] if annotated else None)
            assert up.exact == (bool(annotated) and annotated[0] == label.parent_id)
            below = step(sample, field, label, "child")
            under = {n.node_id for n in tree.descendants(node_id)} & set(known)
            assert (below.node_id in under) if under else below.label_id is None
            if up.label_id and not up.exact:
                inexact += 1
                assert f"has no text in {field}; this is the nearest" in up.message
    assert (inexact > 0) == (field == "gpt_action_brief")


def test_a_parent_that_no_field_has_is_bridged_by_time() -> None:
    tree = TreeOfCaptions(
        ["root", "a", "b1", "b2"], [None, "root", "lost", "lost"], [0, 1, 2, 2],
        [0, 0, 4, 6], [8, 4, 6, 8],
    )  # fmt: skip
    whole = reattach_orphans(tree)
    assert [n.node_id for n in whole.path("b2")] == ["root", "b2"]
    assert [n.node_id for n in whole.children("root")] == ["a", "b1", "b2"]
    assert reattach_orphans(whole) is whole


@pytest.mark.parametrize("name", ["converted", "subset"])
def test_parts_of_the_tree_as_views(name: str, request: pytest.FixtureRequest) -> None:
    dataset = request.getfixturevalue(name)
    sample = dataset.first()
    tree = trees(sample)
    for node in [n for n in tree if not tree.is_leaf(n.node_id)][:3]:
        way = kept(dataset, path(dataset, sample.id, node.node_id))
        leaves = leaves_under(dataset, sample.id, node.node_id)
        direct = {n.node_id for n in tree.children(node.node_id)}
        next_below = children(dataset, sample.id, node.node_id)
        for field in tree.texts:
            known = set(by_node(sample, field))
            assert nodes_of(way, field) == {n.node_id for n in tree.path(node.node_id)} & known
            below = {n.node_id for n in tree.subtree(node.node_id)} & known
            view = subtree(dataset, sample.id, node.node_id, [field])
            assert nodes_of(view, field) == below and view.values("id") == [sample.id]
            finest = nodes_of(leaves, field)
            assert finest <= below
            for leaf in finest:
                assert {n.node_id for n in tree.descendants(leaf)} & known == set()
            shown = nodes_of(next_below, field)
            assert direct & known <= shown <= below - {node.node_id}


def test_what_is_not_there_is_an_error_with_a_reason(
    converted: fo.Dataset, dataset_name: str
) -> None:
    sample = converted.first()
    with pytest.raises(ValueError, match="no node 'nowhere'"):
        path(converted, sample.id, "nowhere")
    with pytest.raises(ValueError, match="unknown direction 'up'"):
        step(sample, "plm_action", None, "up")
    with pytest.raises(ValueError, match="has no detection"):
        step(sample, "plm_action", "5f" * 12, "parent")
    with pytest.raises(NoHierarchyError, match="transcript_segments"):
        step(sample, "transcript_segments", None, "root")
    flat = fo.Dataset(dataset_name)
    flat.add_sample(fo.Sample(filepath="/nowhere/a.mp4"))
    with pytest.raises(NoHierarchyError):
        subtree(flat, flat.first().id, "any")


def test_a_view_of_clips_leads_to_the_whole_video(converted: fo.Dataset, tmp_path: Path) -> None:
    clips = converted.to_clips("gpt_action_brief")
    sample = converted.first()
    root = trees(sample).root
    assert root is not None
    view = subtree(clips, sample.id, root.node_id)
    assert view.values("id") == [sample.id]
