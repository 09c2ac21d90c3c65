"""A dataset in the published subset's shape gets what it lacks, and gives it back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
from fiftyone_action100m import convert, review_node, trees
from fiftyone_action100m.cli import main
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.publishing import upgrade, upgrade_samples
from fiftyone_action100m.publishing.upgrade import UpgradeError, apply, plan, undo
from fiftyone_action100m.views.review_progress import reviewers
from material import small_record, write_parquet, write_video
from subset import SUBSET_FIELDS, subset_dataset


@pytest.fixture
def subset(dataset_name: str) -> fo.Dataset:
    return subset_dataset(dataset_name)


def state(dataset: fo.Dataset) -> dict[str, Any]:
    """Everything but when it was changed."""
    dataset.reload()
    samples = [dict(d) for d in samples_of(dataset).find({})]
    for sample in samples:
        sample.pop("last_modified_at")
    schema = dataset.get_field_schema(flat=True)
    return {
        "samples": samples,
        "schema": {path: (type(f), f.description) for path, f in schema.items()},
        "app": dataset.app_config.to_dict(),
        "views": dataset.list_saved_views(),
        "indexes": sorted(dataset.get_index_information()),
    }


def test_the_plan_lists_what_is_wrong_and_changes_nothing(subset: fo.Dataset) -> None:
    before = state(subset)
    found = plan(subset)
    assert found.uids and found.app and found.view and found.tiers
    assert f"{next(iter(SUBSET_FIELDS))}.detections.level" in found.declared
    past = sum(
        d.support[1] > sample.metadata.total_frame_count
        for sample in subset
        for name in (*SUBSET_FIELDS, "transcript_segments")
        for d in sample[name].detections
    )
    assert found.supports == past > 0
    assert "correct the tier" in str(found)
    assert state(subset) == before


def test_an_upgrade_corrects_it_and_undo_puts_everything_back(subset: fo.Dataset) -> None:
    before = state(subset)
    apply(subset)
    assert not plan(subset)
    schema = subset.get_field_schema(flat=True)
    for sample in subset.iter_samples():
        tree = trees(sample)
        assert sample.video_uid in sample.full_video_url
        for name in SUBSET_FIELDS:
            assert f"{name}.detections.tier" in schema
            for d in sample[name].detections:
                assert d.support[1] <= sample.metadata.total_frame_count
                assert d.tier == tree.tier(d.node_id)
    assert subset.app_config.color_scheme.fields
    roots = subset.load_saved_view("whole videos").values("gpt_action_brief.detections.level")
    assert {level for levels in roots for level in levels or []} <= {0}
    assert "video_uid" in subset.get_index_information()
    assert undo(subset).videos == 3
    assert state(subset) == before
    with pytest.raises(UpgradeError, match="was not upgraded"):
        undo(subset)


def test_a_review_in_the_meantime_is_kept(
    subset: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = upgrade_samples.sample_changes
    field, video = next(iter(SUBSET_FIELDS)), subset.first().id

    def with_a_reviewer(*asked: Any) -> Iterator[Any]:
        for changes in found(*asked):
            if not reviewers(subset):  # the sample is read, and not written
                review_node(subset, video, "aa-0", "text", "Ada", text="mended", field=field)
            yield changes

    monkeypatch.setattr(upgrade_samples, "sample_changes", with_a_reviewer)
    apply(subset)
    assert not plan(subset)
    for keeps in (lambda: None, lambda: undo(subset)):
        keeps()
        (root,) = (d for d in subset[video][field].detections if d.node_id == "aa-0")
        assert root.label == "mended" and root.review["who"] == "Ada"


@pytest.mark.parametrize("step", ["change_samples", "describe_fields", "_make_readable"])
def test_what_was_interrupted_is_undone_too(
    subset: fo.Dataset, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = state(subset)
    with monkeypatch.context() as patch:
        patch.setattr(upgrade, step, interrupt)
        with pytest.raises(KeyboardInterrupt):
            apply(subset)
        with pytest.raises(UpgradeError, match="undo that first"):
            apply(subset)
    subset.reload()
    with monkeypatch.context() as patch:
        patch.setattr(upgrade, "_undeclare", interrupt)
        with pytest.raises(KeyboardInterrupt):
            undo(subset)
    subset.reload()
    undo(subset)
    assert state(subset) == before


def test_what_was_deleted_meanwhile_stays_so(subset: fo.Dataset) -> None:
    apply(subset)
    subset.delete_saved_views()
    subset.delete_sample_field("video_uid")
    subset.delete_samples(subset.first())
    done = undo(subset)
    assert (done.videos, done.gone) == (3, 1)
    assert "No longer in the dataset: 1 of 3 upgraded videos" in str(done)
    assert len(subset) == 2 and "video_uid" not in subset.get_field_schema()


def test_undoing_leaves_what_was_changed_after_the_upgrade(subset: fo.Dataset) -> None:
    apply(subset)
    other = subset.first().copy()
    other.filepath, other.video_uid = "/other.mp4", "zz"
    subset.add_sample(other)
    sample = subset.first()
    sample.video_uid = "mine"
    sample.gpt_summary_brief.detections[0].support = [1, 7]
    sample.gpt_summary_brief.detections[1].label = "by hand"
    sample.gpt_summary_brief.detections[1].tags = ["good"]
    sample.save()
    subset.app_config.active_fields = fo.ActiveFields(paths=["title"])
    subset.save()
    subset.save_view("whole videos", subset.limit(2), overwrite=True)
    before = samples_of(subset).find_one({"_id": other._id})
    text = "What somebody says of it"
    field = subset.get_field("gpt_summary_brief")
    field.description = text
    field.save()
    done = undo(subset)
    assert subset.values("video_uid") == ["mine", None, None, "zz"]
    first = subset.first().gpt_summary_brief.detections
    assert first[0].support == [1, 7] and (first[1].label, first[1].tags) == ("by hand", ["good"])
    assert subset.app_config.active_fields.paths == ["title"]
    assert len(subset.load_saved_view("whole videos")) == 2
    assert subset.get_field("gpt_summary_brief").description == text
    assert samples_of(subset).find_one({"_id": other._id}) == before
    assert "active fields" in str(done) and "the view 'whole videos'" in str(done)
    assert "values of 1 video" in str(done)


@pytest.mark.parametrize("empty", [None, ""])
def test_an_id_that_is_empty_is_filled_in_and_only_that_is_taken_back(
    subset: fo.Dataset, empty: str | None
) -> None:
    subset.add_sample_field("video_uid", fo.StringField)
    subset.set_values("video_uid", ["mine", empty, empty])
    subset.set_values("full_video_url", ["https://youtu.be/x?t=1", "youtu.be/bb-1?si=2", None])
    before = state(subset)
    assert plan(subset).uids == 2
    apply(subset)
    assert subset.values("video_uid") == ["mine", "bb-1", "cc"] and not plan(subset)
    undo(subset)
    assert state(subset) == before


def test_ids_of_another_kind_are_left_alone(subset: fo.Dataset) -> None:
    subset.add_sample_field("video_uid", fo.IntField)
    before = state(subset)
    assert not plan(subset).uids
    apply(subset)
    undo(subset)
    assert state(subset) == before


def test_levels_that_are_floats_are_declared_as_such(subset: fo.Dataset) -> None:
    for document in list(samples_of(subset).find({})):
        for each in document["gpt_action_brief"]["detections"]:
            each["level"] = float(each["level"])
        samples_of(subset).replace_one({"_id": document["_id"]}, document)
    apply(subset)
    assert isinstance(subset.get_field("gpt_action_brief.detections.level"), fo.FloatField)


def test_what_a_conversion_has_added_since_stays_declared(
    subset: fo.Dataset, tmp_path: Path
) -> None:
    apply(subset)
    record = small_record("dd", 12.0, 16)
    write_parquet(tmp_path / "dd.parquet", [record])
    write_video(tmp_path / "videos" / "dd.mp4", seconds=12.0)
    convert(
        tmp_path / "dd.parquet", tmp_path / "videos", subset.name, tmp_path / "out", append=True
    )
    new = samples_of(subset).find_one({"video_uid": "dd"})
    done = undo(subset)
    assert samples_of(subset).find_one({"video_uid": "dd"}) == new
    assert subset.values("video_uid") == [None, None, None, "dd"]
    assert "gpt_summary_brief.detections.tier" in subset.get_field_schema(flat=True)
    assert "a conversion has added to" in str(done)


def test_the_command_line_lists_changes_and_puts_back(
    subset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(subset)
    assert main(["upgrade", subset.name]) == 0
    said = capsys.readouterr().out
    assert "correct the tier" in said and "--apply makes these changes" in said
    assert state(subset) == before
    assert main(["upgrade", subset.name, "--apply"]) == 0
    assert f"action100m upgrade {subset.name} --undo" in capsys.readouterr().out
    assert main(["upgrade", subset.name]) == 0
    assert "lacks nothing" in capsys.readouterr().out
    assert main(["upgrade", subset.name, "--undo"]) == 0
    assert "3 videos" in capsys.readouterr().out and state(subset) == before
    assert main(["upgrade", subset.name, "--undo"]) == 2
    assert "was not upgraded" in capsys.readouterr().err
