"""Views by level and by time scale: as the tree says, on every shape of dataset."""

from __future__ import annotations

import itertools
from fractions import Fraction

import fiftyone as fo
import pytest
from fiftyone import ViewField as F
from fiftyone_action100m import convert
from fiftyone_action100m.core import cut as core
from fiftyone_action100m.core import fields as names
from fiftyone_action100m.core.missing import nearest_parents
from fiftyone_action100m.core.tree import TreeOfCaptions
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.internals.views import (
    aggregate,
    build_view,
    serialize_view,
    source_dataset,
)
from fiftyone_action100m.views import cut_expressions as expressions
from fiftyone_action100m.views import granularity
from fiftyone_action100m.views.cut_store import drop_cut, has_stored_cut, stale_cuts, store_cut
from fiftyone_action100m.views.expressions import let, map_each
from fiftyone_action100m.views.hierarchy import NoHierarchyError, find_hierarchy
from material import small_record, write_parquet, write_video
from subset import subset_dataset

SCALES = (0, 0.5, 0.96, 1, 2, 3.3, 6, 100)


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    """Three videos of 12 s, the clips of 9 s; one at 29.97 frames a second."""
    folder = tmp_path_factory.mktemp("granularity")
    uids = ("aa", "bb", "cc")
    write_parquet(folder / "rows.parquet", [small_record(uid, 12.0, 16) for uid in uids])
    for uid in uids:
        fps = "30000/1001" if uid == "bb" else "25"
        write_video(folder / "videos" / f"{uid}.mp4", seconds=12.0, fps=fps)
    dataset, _ = convert(
        folder / "rows.parquet",
        folder / "videos",
        f"granularity-{folder.name}",
        folder / "out",
        clip_seconds=9.0,
    )
    yield dataset
    dataset.delete()


@pytest.fixture(scope="module")
def subset():
    dataset = subset_dataset("granularity-subset")
    yield dataset
    dataset.delete()


@pytest.fixture(scope="module")
def with_holes():
    dataset = subset_dataset("granularity-holes")
    for sample in dataset:
        for k, field in enumerate(find_hierarchy(dataset).fields):
            labels = sample[field].detections
            # One node in no field at all, others in some.
            left = [d for i, d in enumerate(labels) if d.node_id[-2:] != "-1" and i % 4 != k]
            sample[field] = fo.TemporalDetections(detections=left)
        sample.save()
    yield dataset
    dataset.delete()


@pytest.fixture(params=["converted", "subset", pytest.param("with_holes", id="holes")])
def dataset(request):
    """Each shape: complete trees, the published subset's, and trees that lack inner nodes.

    Shared: who changes it puts back what was.
    """
    return request.getfixturevalue(request.param)


def tree_of(sample, fields):
    """The tree of a sample's supports: frames, as the views count them."""
    total = sample.metadata.total_frame_count
    rows = {
        field: [
            {
                "node_id": d.node_id,
                "parent_id": d.parent_id,
                "level": d.level,
                "label": d.label,
                "support": [d.support[0], min(d.support[1], total)],
            }
            for d in sample[field].detections
        ]
        for field in fields
    }
    rate = Fraction(sample.metadata.frame_rate).limit_denominator(1001)
    return TreeOfCaptions.from_detections(rows, rate)


def trees_of(dataset):
    fields = find_hierarchy(dataset).fields
    return [tree_of(sample, fields) for sample in dataset]


def expected(trees, field, seconds, holes):
    result = []
    for tree in trees:
        nodes = core.cut(tree, seconds, field=field, holes=holes)
        result.append({n.node_id for n in nodes if field in n.texts})
    return [ids for ids in result if ids]


def node_ids(view, field):
    return [{d["node_id"] for d in document[field]["detections"]} for document in shown(view)]


def shown(view):
    """What MongoDB gives for a view: FiftyOne's `values` copies such stages hundreds of times."""
    return aggregate(view, [])


def again(view):
    """The view as its URL gives it."""
    return build_view(source_dataset(view), serialize_view(view))


@pytest.mark.parametrize("holes", ["show", "cover"])
def test_a_cut_is_what_the_tree_says(dataset, holes):
    trees = trees_of(dataset)
    for field in find_hierarchy(dataset).fields:
        for seconds in SCALES:
            view = granularity.cut(dataset, seconds, [field], holes=holes)
            found = node_ids(view, field)
            assert found == expected(trees, field, seconds, holes), (field, seconds)
            assert len(view) == len(found)


def test_an_orphan_hangs_on_the_same_node_in_python_and_in_mongodb(dataset):
    found = find_hierarchy(dataset)
    for field in found.fields:
        parent = let({"p": expressions._parent("$$n")}, f"$$p.{names.NODE_ID}")
        pair = [f"$$n.{names.NODE_ID}", {"$ifNull": [parent, None]}]
        pairs = expressions._with_tree(found, field, {}, map_each("$$own", "n", pair))
        rows = list(aggregate(dataset, [{"$project": {"pairs": pairs}}]))
        for sample, row in zip(dataset, rows, strict=True):
            tree = tree_of(sample, expressions.lookup_fields(found, field))
            above = dict(zip(tree.node_ids, nearest_parents(tree).tolist(), strict=True))
            for node_id, found_id in row["pairs"]:
                assert found_id == (tree.node_ids[above[node_id]] if above[node_id] >= 0 else None)


def test_a_complete_field_is_partitioned_at_every_scale(converted):
    before = None
    for seconds in SCALES:
        view = granularity.cut(converted, seconds, ["plm_action"])
        count = view.count("plm_action.detections")
        assert before is None or count <= before
        before = count
        assert len(view) == 3
        for sample in view:
            supports = sorted(d.support for d in sample.plm_action.detections)
            assert supports[0][0] == 1
            assert supports[-1][1] == sample.metadata.total_frame_count
            assert all(a[1] + 1 == b[0] for a, b in itertools.pairwise(supports))
    assert before == 3


@pytest.mark.parametrize("field", ["gpt_summary_brief", "gpt_action_actor"])
def test_covered_holes_leave_no_frame_without_text(dataset, field):
    # Where the root has no text there is nothing to cover with.
    whole = dataset.match_labels(fields=field, filter=F("level") == 0)
    assert len(whole) or field == "gpt_summary_brief"
    for seconds in SCALES:
        view = granularity.cut(whole, seconds, [field], holes="cover")
        totals = whole.values("metadata.total_frame_count")
        spans = view.values(f"{field}.detections.support")
        assert len(spans) == len(totals)
        for total, of in zip(totals, spans, strict=True):
            assert set(range(1, total + 1)) <= {f for a, z in of for f in range(a, z + 1)}


def test_all_fields_at_once(converted):
    view = granularity.cut(converted, 2)
    trees = trees_of(converted)
    for field in find_hierarchy(converted).fields:
        assert [ids for ids in node_ids(view, field) if ids] == expected(trees, field, 2, "show")
    assert view.values("transcript_segments.detections.label") == converted.values(
        "transcript_segments.detections.label"
    )


def test_by_level(dataset):
    field = "gpt_summary_brief"
    levels = dataset.values(f"{field}.detections.level")
    view = granularity.by_level(dataset, 1, 2, [field])
    found = [v for v in view.values(f"{field}.detections.level") if v]
    assert found == [kept for v in levels if (kept := [x for x in v if 1 <= x <= 2])]
    assert set(granularity.by_level(dataset, 2).distinct(f"{field}.detections.level")) == {2}
    assert len(granularity.by_level(dataset, 40)) == 0


@pytest.mark.parametrize("make", [
    lambda d: granularity.cut(d, 2),
    lambda d: granularity.cut(d, 2, ["gpt_summary_brief"], holes="cover"),
    lambda d: granularity.by_level(d, 1, 3),
])  # fmt: skip
def test_views_survive_saving_and_the_url(dataset, make):
    view = make(dataset)
    field = "gpt_summary_brief"
    assert 0 < view.count(f"{field}.detections") < dataset.count(f"{field}.detections")
    assert node_ids(again(view), field) == node_ids(view, field)
    dataset.save_view("kept", view)
    try:
        assert node_ids(dataset.load_saved_view("kept"), field) == node_ids(view, field)
    finally:
        dataset.delete_saved_view("kept")


def test_a_granularity_replaces_another_and_keeps_the_rest(dataset):
    field = "gpt_summary_brief"
    words = dataset.match(F("title") != "How to bb").filter_labels(
        field, F("label").contains_str("does")
    )
    once = granularity.cut(words, 2, [field])
    twice = granularity.cut(again(granularity.by_level(granularity.cut(words, 6), 0)), 2, [field])
    assert node_ids(twice, field) == node_ids(once, field) == [
        ids for title, ids in zip(
            dataset.values("title"), node_ids(granularity.cut(dataset, 2, [field]), field),
            strict=True,
        ) if title != "How to bb"
    ]  # fmt: skip
    assert granularity.without_granularity(twice) == words


def test_a_cut_of_what_was_found_is_of_the_whole_tree(converted):
    field = "plm_action"
    wanted = set(converted.values(f"{field}.detections.label", unwind=True)[::3])
    found = converted.filter_labels(field, F("label").is_in(sorted(wanted)))
    view = granularity.cut(found, 2, [field])
    whole = granularity.cut(converted, 2, [field])
    assert [set(v) for v in view.values(f"{field}.detections.label")] == [
        set(v) & wanted for v in whole.values(f"{field}.detections.label")
    ]


def test_saving_a_sample_of_a_cut_view_deletes_nothing(dataset):
    copy = dataset.clone()
    try:
        field = "gpt_summary_brief"
        total = copy.count(f"{field}.detections")
        for sample in again(granularity.cut(copy, 2, [field])):
            for detection in sample[field].detections:
                detection.tags.append("seen")
            sample.save()
        assert copy.count(f"{field}.detections") == total
        shown = granularity.cut(copy, 2, [field]).count(f"{field}.detections")
        assert 0 < copy.count_label_tags()["seen"] == shown < total
    finally:
        copy.delete()


def test_of_clips_it_is_of_their_videos(dataset):
    clips = dataset.limit(1).to_clips("gpt_summary_brief")
    view = granularity.cut(clips, 2, ["gpt_summary_brief"])
    assert view == granularity.cut(dataset.limit(1), 2, ["gpt_summary_brief"])
    assert len(view) == 1


def cuts(dataset, fields):
    """The nodes of each field at each scale, all fields cut at once."""
    found = [shown(granularity.cut(dataset, seconds)) for seconds in SCALES]
    return [
        [{d["node_id"] for d in (document[field] or {}).get("detections", ())} for document in view]
        for view in found
        for field in fields
    ]


def test_stored_numbers_give_the_same_views(dataset):
    fields = find_hierarchy(dataset).fields
    computed = cuts(dataset, fields)
    assert not has_stored_cut(dataset, fields[0])
    texts = dataset.values(f"{fields[0]}.detections.label")
    assert store_cut(dataset) == len(dataset)
    try:
        assert all(has_stored_cut(dataset, f) for f in fields)
        view = granularity.cut(dataset, 2)
        assert not any("$set" in step for s in serialize_view(view) for step in _pipeline(s))
        assert cuts(dataset, fields) == computed
        path = f"{fields[0]}.detections.cut_until"
        assert dataset.get_field(path).description.startswith("The time scale, in seconds")
        ends = [dataset.bounds(f"{f}.detections.cut_until")[1] for f in fields]
        assert max(ends) == core.FOREVER
        assert dataset.values(f"{fields[0]}.detections.label") == texts
        # What is added later has no numbers, so these are not used.
        dataset.add_sample(dataset.first().copy())
        assert not has_stored_cut(dataset, fields[0])
        assert len(granularity.cut(dataset, 2)) == len(texts) + 1
        dataset.delete_samples(dataset.last())
    finally:
        drop_cut(dataset)
    assert not has_stored_cut(dataset, fields[0])
    assert dataset.get_field(path) is None
    raw = samples_of(dataset).find_one()
    assert "cut_from" not in raw[fields[0]]["detections"][0]


def _pipeline(stage):
    return dict(stage["kwargs"]).get("pipeline", [])


def test_stored_numbers_are_not_used_once_they_are_wrong(dataset):
    copy = dataset.clone()
    try:
        field = "gpt_summary_brief"
        store_cut(copy)
        sample = copy.first()
        sample.tags.append("seen")  # a change, but none of the tree
        sample.save()
        assert has_stored_cut(copy, field) and stale_cuts(copy) == []
        leaf = min(sample[field].detections, key=lambda d: d.support[1] - d.support[0])
        leaf.support[1] = leaf.support[0]
        parent = next(d for d in sample[field].detections if d.node_id == leaf.parent_id)
        parent.support = [parent.support[0], parent.support[0] + 30]
        sample.save()
        assert not has_stored_cut(copy, field) and field in stale_cuts(copy)
        trees = trees_of(copy)
        for seconds in SCALES:
            found = node_ids(granularity.cut(copy, seconds, [field]), field)
            assert found == expected(trees, field, seconds, "show")
        store_cut(copy)
        assert has_stored_cut(copy, field) and stale_cuts(copy) == []
    finally:
        copy.delete()


def test_stored_numbers_are_those_of_the_tree(converted):
    store_cut(converted, ["plm_action"])
    try:
        for sample in converted:
            tree = tree_of(sample, ["plm_action"])
            begin, until = core.cut_ranges(tree)
            assert [
                (d.cut_from, d.cut_until) for d in sample.plm_action.detections
            ] == list(zip(begin, until, strict=True))  # fmt: skip
    finally:
        drop_cut(converted)


def test_other_names_missing_metadata_and_videos_without_the_field(dataset_name):
    dataset = fo.Dataset(dataset_name)
    rows = [("r", None, 0, [1, 100]), ("a", "r", 1, [1, 40]), ("b", "r", 1, [41, 100])]
    steps = fo.TemporalDetections(
        detections=[
            fo.TemporalDetection(label=i, node_id=i, parent_id=p, level=n, support=s)
            for i, p, n, s in [*rows, (None, None, None, [1, 5])]
        ]
    )
    metadata = fo.VideoMetadata(frame_rate=10, total_frame_count=100)
    dataset.add_samples(
        [
            fo.Sample("/1.mp4", steps=steps, metadata=metadata),
            fo.Sample("/2.mp4", steps=steps.copy()),
            fo.Sample("/3.mp4", metadata=metadata),
        ]
    )
    assert node_ids(granularity.cut(dataset, 9), "steps") == [{"a", "b"}]
    assert node_ids(granularity.cut(dataset, 10, holes="cover"), "steps") == [{"r"}]
    store_cut(dataset)
    assert node_ids(granularity.cut(dataset, 9), "steps") == [{"a", "b"}]
    assert dataset.last().steps is None


def test_what_cannot_be_is_refused(converted, dataset_name):
    with pytest.raises(NoHierarchyError, match="holds no tree"):
        granularity.cut(converted, 2, ["transcript_segments"])
    plain = fo.Dataset(dataset_name)
    for make in (lambda: granularity.cut(plain, 2), lambda: granularity.by_level(plain, 1)):
        with pytest.raises(NoHierarchyError, match="has no tree"):
            make()
    for wrong in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="time scale"):
            granularity.cut(converted, wrong)
    with pytest.raises(ValueError, match="levels from 3 to 1"):
        granularity.by_level(converted, 3, 1)
    with pytest.raises(ValueError, match="holes"):
        granularity.cut(converted, 2, holes="mend")  # type: ignore[arg-type]


def test_an_empty_view_stays_empty(converted):
    assert len(granularity.cut(converted.limit(3).match(F("title") == "x"), 2)) == 0
