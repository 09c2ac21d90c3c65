"""Which fields hold trees is what the schema says now, also in a process that has looked before."""

from __future__ import annotations

import fiftyone as fo
import pytest
from fiftyone_action100m.core import fields as names
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.views.hierarchy import NoHierarchyError, find_hierarchy, schema_key, trees
from subset import SUBSET_FIELDS, subset_dataset

FIELD = "mine"


@pytest.fixture
def declared(dataset_name: str) -> fo.Dataset:
    """One video, one field, every attribute declared; it has been looked at already."""
    dataset = fo.Dataset(dataset_name)
    node = fo.TemporalDetection(
        label="knead", support=[1, 10], node_id="r", parent_id=None, level=0, tier="root",
        start=0.0, end=0.4, truncated=False,
    )  # fmt: skip
    child = fo.TemporalDetection(
        label="fold", support=[1, 5], node_id="a", parent_id="r", level=1, tier="leaf",
        start=0.0, end=0.2, truncated=False,
    )  # fmt: skip
    sample = fo.Sample(filepath="/nowhere/a.mp4", mine=fo.TemporalDetections())
    sample.mine.detections = [node, child]
    dataset.add_sample(sample)
    dataset.add_dynamic_sample_fields()
    assert find_hierarchy(dataset).carried[FIELD] == {"tier", "start", "end", "truncated"}
    return dataset


@pytest.mark.parametrize("attribute", ["tier", "start", "end", "truncated"])
def test_an_attribute_that_is_deleted_is_carried_no_more(
    declared: fo.Dataset, attribute: str
) -> None:
    before = schema_key(declared)
    declared.delete_sample_fields(f"{FIELD}.detections.{attribute}")
    assert not find_hierarchy(declared).has(FIELD, attribute)
    assert len(find_hierarchy(declared).carried[FIELD]) == 3
    assert schema_key(declared) != before


def test_an_attribute_is_renamed_and_added_again(declared: fo.Dataset) -> None:
    path = f"{FIELD}.detections."
    declared.rename_sample_field(path + names.START, path + "began")
    assert not find_hierarchy(declared).has(FIELD, names.START)
    declared.add_sample_field(path + names.START, fo.FloatField)
    assert find_hierarchy(declared).has(FIELD, names.START)


def test_what_makes_a_node_is_deleted(declared: fo.Dataset) -> None:
    declared.delete_sample_fields(f"{FIELD}.detections.parent_id")
    with pytest.raises(NoHierarchyError, match="mine has no parent_id"):
        find_hierarchy(declared)


def test_fields_are_renamed_cloned_and_deleted(declared: fo.Dataset) -> None:
    declared.rename_sample_field(FIELD, "yours")
    assert find_hierarchy(declared).fields == ("yours",)
    declared.clone_sample_field("yours", "copy")
    assert set(find_hierarchy(declared).fields) == {"yours", "copy"}
    declared.delete_sample_fields("copy.detections.start")
    found = find_hierarchy(declared)
    assert found.has("yours", names.START) and not found.has("copy", names.START)
    declared.delete_sample_fields("yours")
    assert find_hierarchy(declared).fields == ("copy",)


def test_a_clone_has_a_schema_of_its_own(declared: fo.Dataset) -> None:
    clone = declared.clone()
    try:
        clone.delete_sample_fields(f"{FIELD}.detections.start")
        assert not find_hierarchy(clone).has(FIELD, names.START)
        assert find_hierarchy(declared).has(FIELD, names.START)
    finally:
        clone.delete()


def test_undeclared_nodes_that_come_and_go_are_seen(dataset_name: str) -> None:
    """The published subset declares none of its attributes."""
    dataset = subset_dataset(dataset_name, videos=1)
    assert set(find_hierarchy(dataset).fields) == set(SUBSET_FIELDS)
    sample = dataset.first()
    kept = sample.gpt_summary_brief.detections
    sample.gpt_summary_brief.detections = []
    sample.save()
    assert "gpt_summary_brief" not in find_hierarchy(dataset).fields
    sample.gpt_summary_brief.detections = kept
    sample.save()
    assert len(trees(dataset.first(), ["gpt_summary_brief"])) == len(kept)
    dataset.clear()
    with pytest.raises(NoHierarchyError):
        find_hierarchy(dataset)


def test_a_field_is_found_whose_attributes_are_not_declared(declared: fo.Dataset) -> None:
    """Beside one that declares them, and after samples that lack it."""
    for number in range(3):
        labels = fo.TemporalDetections(detections=[fo.TemporalDetection(label="x", support=[1, 2])])
        declared.add_sample(fo.Sample(filepath=f"/{number}.mp4", other=labels))
    assert find_hierarchy(declared).absent["other"].startswith("has no node_id")
    node = {"node_id": "n", "parent_id": None, "level": 0}
    samples_of(declared).update_one(
        {"filepath": "/2.mp4"}, {"$set": {f"other.detections.0.{k}": v for k, v in node.items()}}
    )
    declared.add_sample_field("other.detections.note", fo.StringField)  # the schema has changed
    assert find_hierarchy(declared).fields == (FIELD, "other")
