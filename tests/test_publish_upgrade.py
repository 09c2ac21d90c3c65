"""A data set in the published subset's shape gets what it lacks, and gives it back."""

from __future__ import annotations

from typing import Any

import fiftyone as fo
import pytest
from fiftyone_action100m import trees
from fiftyone_action100m.cli import main
from fiftyone_action100m.publishing import upgrade
from fiftyone_action100m.publishing.upgrade import UpgradeError, apply, plan, undo
from subset import SUBSET_FIELDS, subset_dataset


@pytest.fixture
def subset(dataset_name: str) -> fo.Dataset:
    return subset_dataset(dataset_name)


def state(dataset: fo.Dataset) -> dict[str, Any]:
    """Everything but when it was changed."""
    dataset.reload()
    samples = [dict(d) for d in dataset._sample_collection.find({})]
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
    assert undo(subset) == 3
    assert state(subset) == before
    with pytest.raises(UpgradeError, match="was not upgraded"):
        undo(subset)


@pytest.mark.parametrize("step", ["_change_samples", "_add_uids", "_make_readable"])
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
    undo(subset)
    assert len(subset) == 2 and "video_uid" not in subset.get_field_schema()


def test_the_command_line_lists_changes_and_puts_back(
    subset: fo.Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    before = state(subset)
    assert main(["upgrade", subset.name]) == 0
    assert "correct the tier" in (said := capsys.readouterr().out) and "--apply does" in said
    assert state(subset) == before
    assert main(["upgrade", subset.name, "--apply"]) == 0
    assert f"action100m upgrade {subset.name} --undo" in capsys.readouterr().out
    assert main(["upgrade", subset.name]) == 0
    assert "lacks nothing" in capsys.readouterr().out
    assert main(["upgrade", subset.name, "--undo"]) == 0
    assert "3 videos" in capsys.readouterr().out and state(subset) == before
    assert main(["upgrade", subset.name, "--undo"]) == 2
    assert "was not upgraded" in capsys.readouterr().err
