"""The check of trees: silent on what the converter writes, exact on each fault."""

from __future__ import annotations

import copy
import csv
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
from fiftyone_action100m import TreeOfCaptions, convert, trees
from fiftyone_action100m.core.findings import CODES, ClipFacts, Finding, VideoCheck
from fiftyone_action100m.publishing.upgrade import apply, plan
from fiftyone_action100m.views.check import TreeCheck, check_trees, clear_check_tags
from fiftyone_action100m.views.hierarchy import (
    NoHierarchyError,
    find_hierarchy,
    frame_rate,
)
from material import small_record, write_parquet, write_video
from subset import SUBSET_FIELDS, subset_dataset

Detections = dict[str, list[dict[str, Any]]]
CLIP = ClipFacts(100, 25.0, 4.0, 4.0)


def node(
    node_id: str, parent: str | None, level: int, first: int, last: int, tier: str
) -> dict[str, Any]:
    return {
        "_id": f"{node_id}-label", "node_id": node_id, "parent_id": parent, "level": level,
        "support": [first, last], "tier": tier, "start": (first - 1) / 25, "end": last / 25,
        "truncated": False,
    }  # fmt: skip


def sound() -> Detections:
    """Two fields; the second has holes."""
    nodes = [
        node("r", None, 0, 1, 100, "root"),
        node("a", "r", 1, 1, 60, "mid"),
        node("b", "r", 1, 61, 100, "leaf"),
        node("a1", "a", 2, 1, 20, "leaf"),
        node("a2", "a", 2, 21, 60, "leaf"),
    ]
    return {"whole": nodes, "holes": [copy.deepcopy(nodes[i]) for i in (0, 3)]}


def change(index: int, **values: Any) -> Callable[[Detections], None]:
    def apply(detections: Detections) -> None:
        detections["whole"][index].update(values)
        detections["holes"] = []

    return apply


def remove(*indices: int) -> Callable[[Detections], None]:
    def apply(detections: Detections) -> None:
        kept = [n for i, n in enumerate(detections["whole"]) if i not in indices]
        detections["whole"], detections["holes"] = kept, []

    return apply


def duplicate(detections: Detections) -> None:
    detections["whole"].append({**detections["whole"][4], "_id": "again"})


def disagree(detections: Detections) -> None:
    detections["holes"][1]["support"] = [1, 19]


def check_video(detections: Detections, clip: ClipFacts) -> list[Finding]:
    return list(VideoCheck(detections, clip).findings())


def codes(detections: Detections, clip: ClipFacts = CLIP) -> set[str]:
    return {f.code for f in check_video(detections, clip)}


def test_nothing_is_wrong_with_a_sound_tree_or_its_holes() -> None:
    assert check_video(sound(), CLIP) == []
    assert check_video({"none": []}, CLIP) == []


@pytest.mark.parametrize("gone", [(0,), (1,), (2,), (3,), (4,), (1, 2), (0, 1, 2), (3, 4)])
def test_holes_are_no_faults(gone: tuple[int, ...]) -> None:
    detections = sound()
    remove(*gone)(detections)
    assert check_video(detections, CLIP) == []


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (duplicate, {"duplicate-id"}),
        (disagree, {"fields-disagree"}),
        (change(1, node_id=None), {"no-node-id"}),
        (change(3, support=[20, 1], start=None), {"bad-support", "not-a-partition"}),
        (change(3, support="x", start=None), {"bad-support", "outside-parent", "not-a-partition"}),
        (change(2, support=[61, 101]), {"outside-clip", "outside-parent"}),
        (change(0, parent_id="b", tier="mid"), {"no-root", "cycle", "wrong-tier"}),
        (change(2, parent_id=None, level=0, tier="root"), {"two-roots"}),
        (change(2, parent_id="elsewhere"), {"orphan"}),
        (change(4, level=3), {"wrong-level"}),
        (change(4, level="deep"), {"wrong-level"}),
        (change(4, support=[20, 60], start=None), {"not-a-partition"}),
        (change(4, support=[24, 60], start=None), {"not-a-partition"}),
        (change(4, support=[21, 61], start=None), {"outside-parent"}),
        (change(1, tier="leaf"), {"wrong-tier"}),
        (change(0, tier="mid"), {"wrong-tier"}),
        (change(4, start=1.0), {"times-disagree"}),
        (change(2, truncated=True, end=3.5), {"times-disagree"}),
        (change(0, end=9.0, truncated=True), {"wrong-duration"}),
    ],
)
def test_each_fault_has_its_code(fault: Callable[[Detections], None], expected: set[str]) -> None:
    detections = sound()
    fault(detections)
    assert codes(detections) == expected and expected <= set(CODES)
    # The tree's own check finds the same of what it looks at, be it by seconds or by frames.
    shape = {"no-root", "two-roots", "orphan", "cycle", "wrong-level", "outside-parent"}
    good = {k: [d for d in v if d["node_id"]] for k, v in detections.items()}
    levels = {d["level"] for found in good.values() for d in found}
    other = {"bad-support", "times-disagree", "fields-disagree"}
    if not other & expected and "deep" not in levels:
        for found in good.values():
            for label in found:
                label["start"] = label["end"] = None
        tree = TreeOfCaptions.from_detections(good, Fraction(25))
        assert {i.code for i in tree.check()} & shape == expected & shape


def test_a_gap_in_a_node_that_goes_on_is_found_all_the_same() -> None:
    """Only the end of the clip excuses children that do not fill their parent."""
    detections = sound()
    for index in (0, 2):  # the root and its last child
        detections["whole"][index].update(end=9.0, truncated=True)
    tree = TreeOfCaptions.from_detections(detections)
    assert tree.check() == [] and tree.is_valid()
    detections["whole"][2].update(start=2.6)
    (issue,) = TreeOfCaptions.from_detections(detections).check()
    assert (issue.code, issue.node_id) == ("not-a-partition", "r")
    assert issue.message == "the children of r leave a gap of 0.2 s"
    detections["whole"][2].update(start=2.4, end=4.0, truncated=False)
    (issue,) = TreeOfCaptions.from_detections(detections).check()
    assert issue.message == "the children of r leave a gap of 5 s"


def test_only_a_conversion_knows_of_children_that_are_not_here() -> None:
    detections = sound()
    change(2, tier="mid")(detections)
    assert codes(detections) == set()
    for each in detections["whole"]:
        del each["truncated"]
    (found,) = check_video(detections, CLIP)
    assert found.code == "tier-is-depth" and found.labels == (("whole", "b-label"),)
    change(2, tier="leaf")(detections)
    assert codes(detections) == set()
    change(1, tier="leaf")(detections)
    assert codes(detections) == {"wrong-tier"}


def test_a_hole_has_what_is_below_it() -> None:
    detections = sound()
    remove(1)(detections)
    detections["whole"] += [node("c", "gone", 3, 21, 40, "leaf"), node("d", "b", 2, 61, 70, "leaf")]
    for each in detections["whole"]:
        del each["truncated"]
    tiers = VideoCheck(detections, CLIP).right_tiers
    assert tiers == {"r": "root", "b": "mid", "a1": "leaf", "a2": "mid", "c": "leaf", "d": "leaf"}


def test_the_clips_metadata_are_checked() -> None:
    assert codes(sound(), ClipFacts(None, None, None, None)) == {"no-metadata"}
    assert codes(sound(), ClipFacts(100, 25.0, 5.0, 4.0)) == {"metadata-disagrees"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check")
    write_parquet(folder / "rows.parquet", [small_record("aa", 12.0, 16), small_record("bb")])
    write_video(folder / "videos" / "aa.mp4", seconds=12.0, fps="30000/1001")
    write_video(folder / "videos" / "bb.mp4", seconds=6.0)
    return folder


@pytest.mark.parametrize("captions", ["gpt,plm_action", "gpt", "gpt_action_brief", "all"])
@pytest.mark.parametrize("seconds", [90.0, 7.3])
def test_nothing_is_wrong_with_what_the_converter_writes(
    folder: Path, tmp_path: Path, dataset_name: str, captions: str, seconds: float
) -> None:
    dataset, _ = convert(
        folder / "rows.parquet", folder / "videos", dataset_name, tmp_path,
        captions=captions, clip_seconds=seconds,
    )  # fmt: skip
    report = check_trees(dataset, tag=True)
    assert report.findings == [] and report.videos == 2 and report.detections > 10
    upgrade = plan(dataset)
    assert (upgrade.tiers, upgrade.supports, upgrade.uids) == (0, 0, 0)
    assert dataset is not None and dataset.distinct("tags") == []
    for sample in dataset:
        finds_nothing(sample)


def finds_nothing(sample: fo.Sample) -> None:
    """The tree's own check agrees, on all fields and some, with and without ``truncated``."""
    fields = [name for name in ("gpt_action_brief", "plm_action") if sample.has_field(name)]
    for chosen in (None, fields, fields[:1]):
        assert trees(sample, chosen).check() == []
        labels = {
            name: [d.to_dict() for d in sample[name].detections]
            for name in (chosen or find_hierarchy(sample.dataset).fields)
        }
        assert TreeOfCaptions.from_detections(labels).check() == []
        for found in labels.values():
            for label in found:
                del label["truncated"]
        assert TreeOfCaptions.from_detections(labels).check() == []
        assert TreeOfCaptions.from_detections(labels, frame_rate(sample)).check() == []


@pytest.mark.slow
def test_nothing_is_wrong_with_the_six_real_records(
    shared_records: Path, tmp_path: Path, dataset_name: str
) -> None:
    import pyarrow.parquet as pq

    for uid in pq.read_table(shared_records, columns=["video_uid"])["video_uid"].to_pylist():
        write_video(tmp_path / "videos" / f"{uid}.mp4", seconds=95.0, fps="30")
    dataset, _ = convert(shared_records, tmp_path / "videos", dataset_name, tmp_path / "out")
    report = check_trees(dataset)
    assert report.videos == 6 and report.findings == []
    for sample in dataset:
        finds_nothing(sample)


@pytest.fixture
def subset(dataset_name: str) -> fo.Dataset:
    return subset_dataset(dataset_name)


def test_the_published_subsets_faults_are_found_and_tagged(subset: fo.Dataset) -> None:
    before = subset.values("gpt_summary_brief.detections[].support")
    report = check_trees(subset, tag=True)
    assert set(report.counts) == {"outside-clip", "not-a-partition", "tier-is-depth"}
    # In each video the root, and whatever else is cut by the clip, lies one frame past it.
    past = [
        d.id
        for sample in subset
        for d in sample.gpt_summary_brief.detections
        if d.support[1] > sample.metadata.total_frame_count
    ]
    tagged = subset.select_labels(tags="check:outside-clip", fields="gpt_summary_brief")
    assert sorted(tagged.values("gpt_summary_brief.detections[].id", unwind=True)) == sorted(past)
    assert set(subset.distinct("tags")) == {f"check:{code}" for code in report.counts}
    assert subset.values("gpt_summary_brief.detections[].support") == before
    again = check_trees(subset, tag=True)
    assert again.counts == report.counts
    assert subset.count_sample_tags()["check:outside-clip"] == 3
    subset.tag_samples("mine")
    assert clear_check_tags(subset) == 3
    assert subset.distinct("tags") == ["mine"] and subset.count_label_tags() == {}


def test_the_check_and_the_upgrade_agree_about_tiers(subset: fo.Dataset) -> None:
    sample = subset.last()
    for field in SUBSET_FIELDS:
        sample[field].detections[0].tier = "leaf"
    sample.save()
    before = check_trees(subset)
    assert {"tier-is-depth", "wrong-tier"} <= set(before.counts)
    labels = {
        label
        for _, finding in before.findings
        if finding.code in ("tier-is-depth", "wrong-tier")
        for label in finding.labels
    }
    assert plan(subset).tiers == len(labels) > 3
    apply(subset)
    assert set(check_trees(subset).counts) <= {"not-a-partition"}
    assert not plan(subset).tiers


def test_a_tag_whose_fault_is_mended_goes_with_the_next_check(subset: fo.Dataset) -> None:
    check_trees(subset, tag=True)
    sample = subset.first()
    sample.metadata.total_frame_count += 1
    sample.metadata.duration += 1 / sample.metadata.frame_rate
    sample.save()
    check_trees(subset, tag=True)
    assert sample.id not in subset.match_tags("check:outside-clip").values("id")
    assert subset.select(sample.id).count_label_tags().get("check:outside-clip") is None
    assert len(subset.match_tags("check:outside-clip")) == 2


def test_a_view_checks_its_videos_whole(subset: fo.Dataset) -> None:
    one = subset.limit(1).filter_labels("gpt_summary_brief", fo.ViewField("level") > 2)
    whole = check_trees(subset.limit(1))
    assert check_trees(one).to_dict() == whole.to_dict() and whole.videos == 1
    clips = subset.limit(1).to_clips("gpt_summary_brief")
    assert check_trees(clips).counts == whole.counts
    assert check_trees(subset.limit(0)).videos == 0


def test_it_says_how_far_it_is(subset: fo.Dataset) -> None:
    assert [str(step) for step in TreeCheck(subset).run()] == ["Checking: 3 of 3 videos"]


def test_the_report_can_be_read_and_written(subset: fo.Dataset, tmp_path: Path) -> None:
    report = check_trees(subset, ["gpt_summary_brief"])
    assert str(report).startswith("3 videos, ") and "outside-clip: " in str(report)
    report.write(tmp_path / "report.json")
    read = json.loads((tmp_path / "report.json").read_text())
    assert read["counts"]["tier-is-depth"]["videos"] == 3
    assert len(read["findings"]) == sum(report.counts.values()) and read["not_listed"] == 0
    report.write(tmp_path / "report.csv")
    with (tmp_path / "report.csv").open() as f:
        rows = list(csv.DictReader(f))
    assert [r["message"] for r in rows] == [f["message"] for f in read["findings"]]
    assert report.to_dict(most=2)["not_listed"] == len(rows) - 2


def test_without_a_tree_it_says_so(dataset_name: str) -> None:
    with pytest.raises(NoHierarchyError):
        check_trees(fo.Dataset(dataset_name))
