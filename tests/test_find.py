"""Search in the trees: what a view keeps, against the trees themselves."""

from __future__ import annotations

import uuid

import fiftyone as fo
import pytest
from fiftyone_action100m.core.search import QueryError
from fiftyone_action100m.internals.views import build_view, serialize_view
from fiftyone_action100m.views import find as find_module
from fiftyone_action100m.views.clips import segments, videos_of
from fiftyone_action100m.views.find import find, match_counts
from fiftyone_action100m.views.gaps import coverage, missing, uncovered
from fiftyone_action100m.views.hierarchy import NoHierarchyError, trees
from fiftyone_action100m.views.same import count_segments, same_action
from material import small_record, write_parquet, write_video
from subset import subset_dataset

BRIEF, SUMMARY = "gpt_action_brief", "gpt_summary_brief"


@pytest.fixture(scope="module", params=["converted", "subset"])
def dataset(request, tmp_path_factory):
    from fiftyone_action100m import convert

    name = f"test-{uuid.uuid4().hex[:10]}"
    if request.param == "subset":
        made = subset_dataset(name)
    else:
        folder = tmp_path_factory.mktemp("find")
        rows = [small_record(uid, 12.0, 16) for uid in ("aa", "bb", "cc")]
        write_parquet(folder / "rows.parquet", rows)
        for uid in ("aa", "bb", "cc"):
            write_video(folder / "videos" / f"{uid}.mp4", seconds=9.0)
        made, _ = convert(folder / "rows.parquet", folder / "videos", name, folder / "out")
    yield made
    made.delete()


@pytest.fixture
def bare(dataset_name):
    made = fo.Dataset(dataset_name)
    made.add_sample(fo.Sample(filepath="/a.mp4", tags=["x"]))
    return made


def labels(view, field):
    return [d.label for sample in view for d in (sample[field].detections if sample[field] else [])]


def nodes(sample, field):
    return {d.node_id for d in sample[field].detections} if sample[field] else set()


def a_deep_one(sample, field):
    """The caption of a deepest node in a field."""
    return max(sample[field].detections, key=lambda d: d.level)


def survives(dataset, view):
    """What the view holds after a round through the database and through the App's URL."""
    name = f"v-{uuid.uuid4().hex[:6]}"
    dataset.save_view(name, view)
    saved = dataset.load_saved_view(name)
    built = build_view(dataset, serialize_view(view))
    dataset.delete_saved_view(name)
    return [v.values("id") for v in (saved, built)]


def test_words_are_found_in_the_fields_asked(dataset):
    wanted = [t for t in labels(dataset, BRIEF) if "step 1" in t.lower()]
    view = find(dataset, "STEP 1", fields=BRIEF)
    assert sorted(labels(view, BRIEF)) == sorted(t for t in labels(dataset, BRIEF) if "1" in t)
    assert set(wanted) <= set(labels(view, BRIEF)) != set(labels(dataset, BRIEF))
    assert labels(view, SUMMARY) == labels(dataset.select(view.values("id")), SUMMARY)
    whole = find(dataset, '"step 1"', fields=BRIEF, whole_words=True)
    assert set(labels(whole, BRIEF)) <= {"do step 1"}
    assert len(find(dataset, "nowhere")) == 0


def test_ancestors_are_the_path_from_the_root(dataset):
    sample = dataset.first()
    deep = a_deep_one(sample, BRIEF)
    view = find(dataset, f'"{sample[SUMMARY].detections[0].label}"', fields=SUMMARY)
    assert view.values("id") == [sample.id]
    text = next(d.label for d in sample[SUMMARY].detections if d.node_id == deep.node_id)
    view = find(dataset, f'"{text}"', keep="ancestors")
    tree = trees(sample)
    path = {n.node_id for n in tree.path(deep.node_id)}
    assert len(path) > 2 and view.values("id") == [sample.id]
    for field in (BRIEF, SUMMARY):
        assert nodes(view.first(), field) == path & nodes(sample, field), field


def test_the_subtree_is_all_below(dataset):
    sample = dataset.first()
    tree = trees(sample)
    deep = a_deep_one(sample, SUMMARY)
    middle = tree.path(deep.node_id)[1]
    text = next(d.label for d in sample[SUMMARY].detections if d.node_id == middle.node_id)
    kept = find(dataset, f'"{text}"', keep="subtree").first()
    below = {n.node_id for n in tree.subtree(middle.node_id)}
    for field in (BRIEF, SUMMARY):
        assert nodes(kept, field) == below & nodes(sample, field), field


def test_a_view_of_some_fields_is_searched_in_those(dataset):
    label = a_deep_one(dataset.first(), BRIEF).label
    found = find(dataset.select_fields(BRIEF), label, keep="matches")
    assert label in labels(found, BRIEF)
    with pytest.raises(NoHierarchyError, match="none of the fields"):
        find(dataset.select_fields("title" if dataset.has_field("title") else "filepath"), label)
    with pytest.raises(NoHierarchyError, match=SUMMARY):
        find(dataset.select_fields(BRIEF), label, fields=[SUMMARY])


@pytest.mark.parametrize("keep", ["matches", "ancestors", "subtree"])
def test_the_view_survives_and_leaves_the_data_alone(dataset, keep):
    view = find(dataset, "step", keep=keep)
    assert len(view) == 3
    assert survives(dataset, view) == [view.values("id")] * 2
    sample = view.first()
    sample[BRIEF].detections[0].tags.append("seen")
    before = dataset.count(f"{BRIEF}.detections")
    sample.save()
    assert dataset.count(f"{BRIEF}.detections") == before
    dataset.untag_labels("seen")
    assert not any("found" in str(k) for k in sample.to_mongo_dict())


def test_expressions_are_used_or_refused(dataset):
    assert set(labels(find(dataset, "step [12]$", BRIEF, regex=True), BRIEF)) <= {
        "do step 1", "do step 2",
    }  # fmt: skip
    assert len(find(dataset, "$", BRIEF, regex=True)) == 3  # not the name of a field
    assert len(find(dataset, "$", BRIEF)) == 0
    for odd in ("step (1|2)+$", r"(.)\1", "(?s)step.1", "(st)?ep"):
        assert len(find(dataset, odd, BRIEF, regex=True)) > 0
    for wrong in (r"\u0061", "[", "(a", "*"):
        with pytest.raises(QueryError, match="MongoDB"):
            find(dataset, wrong, regex=True)


@pytest.mark.parametrize(
    "slow",
    [
        r"\w+\w+\w+\w+x", "(a+)+b", "(ab|abab)*c", r"(\w+\s?)*$", r"(\d+)*x", "(x+x+)+y",
        ".*.*.*.*.*x", "((a|b)*)*c", "(.*a){20}", r"^(([a-z])+.)+[A-Z]([a-z])+$",
    ],
)  # fmt: skip
def test_an_expression_that_backtracks_too_much_is_refused(dataset, slow):
    with pytest.raises(QueryError, match="too long"):
        find(dataset, slow, regex=True)


def test_accents_and_case_are_folded_by_the_database(dataset_name):
    made = fo.Dataset(dataset_name)
    for text in ("Torch the CRÈME BRÛLÉE", "cre\u0300me", "ecru"):
        node = fo.TemporalDetection(
            label=text, support=[1, 9], node_id="n", parent_id=None, level=0
        )
        made.add_sample(
            fo.Sample(
                filepath=f"/{len(made)}.mp4", my_text=fo.TemporalDetections(detections=[node])
            )
        )
    assert len(find(made, "crème")) == 2 and len(find(made, "creme brulee")) == 1
    assert len(find(made, "ru", whole_words=True)) == 0 and len(find(made, "ru")) == 2


def test_counts_are_by_field_and_level(dataset):
    counts = match_counts(dataset, "step", fields=[BRIEF])
    levels: dict[int, int] = {}
    for sample in dataset:
        for detection in sample[BRIEF].detections:
            levels[detection.level] = levels.get(detection.level, 0) + 1
    assert counts.levels == {BRIEF: levels} and counts.videos == 3
    assert str(counts) == f"{sum(levels.values())} captions in 3 videos"


def test_a_count_that_takes_too_long_is_of_the_first_videos(dataset, monkeypatch):
    monkeypatch.setattr(find_module, "PREVIEW_VIDEOS", 2)
    slow = dataset.mongo(
        [
            {"$match": {"$expr": {"$gte": [{"$size": {"$range": [0, 5_000_000]}}, 0]}}},
        ]
    )
    counts = match_counts(slow, "step", max_ms=1)
    assert counts.looked_at == 2 and "among the first 2" in str(counts)


def test_segments_are_clips_with_attributes_and_lead_back(dataset):
    view = find(dataset, "step", fields=BRIEF)
    clips = segments(view, BRIEF)
    assert len(clips) == count_segments(view, BRIEF)[0] == len(labels(view, BRIEF))
    clip = clips.first()
    assert clip[BRIEF].node_id and clip[BRIEF].level is not None and clip[BRIEF].label
    assert videos_of(clips, [clip.id]).values("id") == [clip.sample_id]
    assert len(videos_of(clips)) == 3
    narrowed = find(clips, clip[BRIEF].label, whole_words=True)
    assert {c[BRIEF].label for c in narrowed} == {clip[BRIEF].label}
    with pytest.raises(NoHierarchyError, match="no ancestors"):
        find(clips, "step", keep="ancestors")
    with pytest.raises(NoHierarchyError, match="clips already"):
        segments(clips, BRIEF)
    assert survives(dataset, clips) == [clips.values("id")] * 2


def test_the_same_action_is_found_everywhere(dataset):
    clips = same_action(dataset.limit(1), "  Do THE step 1!")
    assert {c[BRIEF].label for c in clips} == {"do step 1"} and len(clips) == 3
    durations = [c.support[1] - c.support[0] for c in clips]
    assert durations == sorted(durations, reverse=True)
    assert len(same_action(dataset, "do", by="verb", sort="video")) == len(labels(dataset, BRIEF))
    assert len(same_action(dataset, "make step 1", by="object")) == 3
    assert survives(dataset, clips) == [clips.values("id")] * 2


def test_segments_without_an_action_are_gaps(dataset):
    gaps = missing(dataset, BRIEF, among=SUMMARY, min_seconds=0)
    for sample in dataset:
        lacking = nodes(sample, SUMMARY) - nodes(sample, BRIEF)
        kept = nodes(gaps[sample.id], SUMMARY) if sample.id in gaps.values("id") else set()
        assert kept == lacking
    assert len(labels(gaps, SUMMARY)) > 0
    long = missing(dataset, BRIEF, among=SUMMARY, min_seconds=5)
    assert len(labels(long, SUMMARY)) < len(labels(gaps, SUMMARY))
    with pytest.raises(NoHierarchyError, match="with itself"):
        missing(dataset, BRIEF, among=BRIEF)


def covered_frames(sample, field):
    """The frames in segments that hold no finer one, counted one by one."""
    dets = sample[field].detections
    frames = set()
    for d in dets:
        if not any(
            e.level > d.level and d.support[0] <= e.support[0] and e.support[1] <= d.support[1]
            for e in dets
        ):
            frames |= set(range(d.support[0], d.support[1] + 1))
    return frames & set(range(1, sample.metadata.total_frame_count + 1))


def test_what_no_segment_covers_is_added_up(dataset):
    rates = {s.id: s.metadata.frame_rate for s in dataset}
    want = {s.id: len(covered_frames(s, BRIEF)) / rates[s.id] for s in dataset}
    gaps = {s.id: s.metadata.total_frame_count / rates[s.id] - want[s.id] for s in dataset}
    total = coverage(dataset, BRIEF)
    assert total.covered == pytest.approx(sum(want.values())) and total.videos == 3
    limit = sorted(gaps.values())[1]
    view = uncovered(dataset, BRIEF, limit - 1e-6)
    assert set(view.values("id")) == {i for i, gap in gaps.items() if gap >= limit - 1e-6}
    assert survives(dataset, view) == [view.values("id")] * 2


def test_a_data_set_without_trees_says_so(bare):
    for attempt in (
        lambda: find(bare, "x"),
        lambda: same_action(bare, "x"),
        lambda: segments(bare, "tags"),
        lambda: missing(bare, "tags"),
        lambda: coverage(bare, "tags"),
    ):
        with pytest.raises(NoHierarchyError):
            attempt()


def test_an_empty_view_gives_nothing(dataset):
    empty = dataset.limit(1).match(fo.ViewField("filepath") == "")
    assert len(find(empty, "step", keep="ancestors")) == 0
    assert match_counts(empty, "step").segments == 0
    assert coverage(empty, BRIEF).videos == 0 and str(coverage(empty, BRIEF))
    assert len(missing(empty, BRIEF, SUMMARY)) == 0
