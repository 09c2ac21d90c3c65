"""Trees of one's own videos from end to end: built, converted, shown, exported, published."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fiftyone as fo
import pyarrow.parquet as pq
import pytest
from executor import TREE, ask, tree_sent
from fiftyone_action100m import build, compare_trees, convert, export, find, trees
from fiftyone_action100m.converters.reading.built import build_of
from fiftyone_action100m.core.fields import CAPTIONS
from fiftyone_action100m.core.keys import INFO_KEY
from fiftyone_action100m.core.wording import clock
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from fiftyone_action100m.panels.payload import ANNOTATED, BARE
from fiftyone_action100m.publishing.card import card_of
from fiftyone_action100m.publishing.facts import facts_of
from fiftyone_action100m.publishing.licence import FAIR, terms_of
from fiftyone_action100m.publishing.publish import Publication, PublishError
from fiftyone_action100m.views.clips import segments
from fiftyone_action100m.views.comparison import compare_with, datasets_with
from fiftyone_action100m.views.granularity import by_level
from fiftyone_action100m.views.hierarchy import find_hierarchy
from fiftyone_action100m.views.overview import count_texts
from fiftyone_action100m.views.sample_tree import NoTreeError
from hub_client import REPO, Client, publish
from hub_server import Hub
from material import Converted

GAIN = 0.005
TEXTS = ("plm_action", "plm_caption", "llama3_caption")


@dataclass(frozen=True)
class Namer:
    """A captioner that says how many pictures it was shown."""

    name: str = "/models/namer-7b"
    digest: str = "1"

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        return f"show {len(pictures)} pictures"


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two videos, not to be changed."""
    folder = tmp_path_factory.mktemp("own")
    for n, name in enumerate(("first.mp4", "my second.mp4")):
        record = demo_record(n, seconds=8, leaves=6)
        render(record, folder / name, size=(128, 96), audio=False, fps="20")
    return folder


@pytest.fixture(scope="module")
def bare(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Converted]:
    """A dataset of coarse trees without texts; change nothing."""
    yield from _made("bare", videos, tmp_path_factory.mktemp("bare"), min_seconds=1.0)


@pytest.fixture(scope="module")
def captioned(videos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Converted]:
    """A dataset of trees with captions; change nothing."""
    folder = tmp_path_factory.mktemp("captioned")
    yield from _made("captioned", videos, folder, captioner=Namer())


def _made(name: str, videos: Path, folder: Path, **options: Any) -> Iterator[Converted]:
    assert build(videos, folder / "built", min_gain=GAIN, **options).exit_code == 0
    records, links = folder / "built" / "records", folder / "built" / "videos"
    made = Converted.make(f"test-own-{name}", records, links, folder / "out", clip_seconds=0)
    assert made.report.exit_code == 0, made.report
    yield made
    made.dataset.delete()


def test_trees_without_texts_are_shown(bare: Converted) -> None:
    dataset = bare.dataset
    schema = dataset.get_field_schema()
    assert "segments" in schema and not {c.name for c in CAPTIONS} & schema.keys()
    sample = dataset.first()
    labels = sample.segments.detections
    assert len(labels) > 3 and {d.level for d in labels} == set(range(sample.tree_depth + 1))
    assert all(d.label == f"{clock(d.start)} – {clock(d.end)}" for d in labels)

    sent = tree_sent("on_load", dataset, current_sample=sample.id)
    assert sent["ids"] == [d.node_id for d in labels]
    assert set(sent["states"]) == {BARE}  # the labels are no captions
    assert sent["labels"][0] == labels[0].label and not sent["verbs"]["names"]

    leaves = [d for d in labels if d.tier == "leaf"]
    clips = segments(dataset.select(sample.id), "segments")
    assert len(clips) == len(labels) and len(leaves) < len(labels)
    finest = by_level(dataset, 1, None, ["segments"]).first()
    assert 0 < len(finest.segments.detections) < len(labels)
    texts = count_texts(dataset.view(), find_hierarchy(dataset), len(dataset))
    assert not texts.words and not texts.actions.total


def test_records_with_captions_have_the_fields_of_these(captioned: Converted) -> None:
    schema = captioned.dataset.get_field_schema()
    assert "plm_action" in schema and "segments" not in schema
    assert not [name for name in schema if name.startswith("gpt_")]
    assert "by namer-7b, unrefined" in schema["plm_action"].description
    sample = captioned.dataset.first()
    sent = tree_sent("on_load", captioned.dataset, current_sample=sample.id)
    assert set(sent["states"]) == {ANNOTATED}
    assert sent["fields"][0]["description"] == schema["plm_action"].description


def test_captions_may_be_chosen_and_segments_added(
    captioned: Converted, dataset_name: str, tmp_path: Path
) -> None:
    chosen = [*TEXTS, "segments"]
    dataset, report = convert(
        captioned.records, captioned.videos, dataset_name, tmp_path, captions=chosen
    )
    assert report.exit_code == 0 and set(chosen) <= set(dataset.get_field_schema())
    counts = [dataset.count(f"{name}.detections") for name in chosen]
    assert counts[0] == counts[1] == counts[3] > counts[2] > 0


def test_videos_of_ones_own_have_no_address(bare: Converted, captioned: Converted) -> None:
    for made in (bare, captioned):
        assert made.dataset.values("full_video_url") == [None, None]
        first, second = made.dataset.values("video_uid")
        assert first == "first" and second.startswith("my-second-")


def test_the_dataset_says_what_made_its_annotations(captioned: Converted) -> None:
    dataset = captioned.dataset
    (made_by,) = dataset.info[INFO_KEY]["builds"]
    manifest = json.loads((captioned.records.parent / "manifest.json").read_text())
    assert made_by["captions_by"] == manifest["captions_by"] | {"captioner": "namer-7b"}
    assert made_by["encoder"] == manifest["encoder"] and made_by["parameters"]["min_gain"] == GAIN
    assert str(captioned.records.parent) not in json.dumps(made_by)
    assert "by the encoder colour, the captions were made by namer-7b" in dataset.description
    assert not terms_of(dataset).ours


def test_a_build_again_is_noted_when_it_is_converted_again(
    captioned: Converted, dataset_name: str, tmp_path: Path
) -> None:
    dataset, _ = convert(captioned.records, captioned.videos, dataset_name, tmp_path)
    manifest = captioned.records.parent / "manifest.json"
    before = manifest.read_text()
    try:
        manifest.write_text(json.dumps(json.loads(before) | {"made": "2031-01-01"}))
        convert(captioned.records, captioned.videos, dataset_name, tmp_path)
    finally:
        manifest.write_text(before)
    dataset.reload()
    (made_by,) = dataset.info[INFO_KEY]["builds"]
    assert made_by["made"] == "2031-01-01"


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"encoder": 1}', "[" * 100_000, '{"until": "segments"}']
)
def test_a_file_that_is_no_manifest_says_nothing(content: str, tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "manifest.json").write_text(content)
    assert build_of(tmp_path / "records" / "records-00000.parquet") is None


def test_the_card_says_what_made_the_annotations_and_no_licence_of_others(
    bare: Converted, captioned: Converted
) -> None:
    card = card_of(facts_of(captioned.dataset), "me/own", "0" * 24)
    assert "license: unknown" in card and "FAIR" not in card.split("## Citation")[0]
    assert "| `captions_by.captioner` | `namer-7b` |" in card
    assert "| `encoder.name` | `colour` |" in card and "`parameters.min_gain`" in card
    assert "by namer-7b, unrefined" in card and "PLM-3B" not in card
    assert str(captioned.records.parent) not in card
    card = card_of(facts_of(bare.dataset), "me/own", "0" * 24)
    assert "there are no captions" in card and "each segment has no captions" in card


def test_the_licence_of_ones_own_annotations_is_stated_by_their_owner(captioned: Converted) -> None:
    dataset = captioned.dataset
    with pytest.raises(PublishError, match="state the licence"):
        Publication(dataset, "me/own", private=False, dry_run=True)
    job = Publication(dataset, "me/own", private=False, license="cc-by-4.0", dry_run=True)
    list(job.run())
    assert "PUBLIC" in str(job.report) and "cc-by-4.0" in job.report.licence
    card = card_of(facts_of(dataset, job.terms), "me/own", "0" * 24)
    assert "license: cc-by-4.0" in card
    with pytest.raises(ValueError, match="identifier"):
        terms_of(dataset, "My own: terms")
    theirs = fo.Dataset()
    try:
        assert terms_of(theirs) is FAIR
        with pytest.raises(ValueError, match="only for annotations of one's own"):
            terms_of(theirs, "cc-by-4.0")
    finally:
        theirs.delete()


@pytest.mark.parametrize("which", ["bare", "captioned"])
def test_what_was_built_is_exported_published_and_loaded(
    which: str, request: pytest.FixtureRequest, hub: Hub, client: Client, tmp_path: Path
) -> None:
    made: Converted = request.getfixturevalue(which)
    field = "segments" if which == "bare" else "plm_action"
    built = {row["video_uid"]: row for row in pq.read_table(made.records).to_pylist()}

    def spans(nodes: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
        names = ("node_id", "parent_id", "level", "start", "end", "plm_action")
        return [tuple(node[name] for name in names) for node in nodes]

    assert export(made.dataset, tmp_path, "parquet").exit_code == 0
    rows = [row for path in tmp_path.glob("*.parquet") for row in pq.read_table(path).to_pylist()]
    assert {row["video_uid"]: spans(row["nodes"]) for row in rows} == {
        uid: spans(row["nodes"]) for uid, row in built.items()
    }
    name = f"{made.dataset.name}-loaded"
    publish(client, made.dataset.name, license="cc-by-4.0")
    try:
        assert client.command("load", REPO, "--name", name)[0] == 0
        loaded = fo.load_dataset(name)
        for old, new in zip(made.dataset, loaded, strict=True):
            assert list(trees(new)) == list(trees(old)) and len(trees(new)) > 3
        assert loaded.info[INFO_KEY]["builds"] == made.dataset.info[INFO_KEY]["builds"]
        word = loaded.first()[field].detections[0].label.split()[0]
        assert find(loaded, word, [field]).count() == find(made.dataset, word, [field]).count() > 0
    finally:
        if fo.dataset_exists(name):
            fo.delete_dataset(name)


def test_two_trees_of_a_video_are_compared(bare: Converted, captioned: Converted) -> None:
    here, there = captioned.dataset, bare.dataset
    sample, other = here.first(), there.first()
    asked = {"sample": sample.id}
    names = ask(TREE, "others", here, params=asked).result["names"]
    assert there.name in names and here.name not in names
    assert tree_sent("on_load", here, current_sample=sample.id)["dataset"] == here.name

    found = ask(TREE, "compare", here, params={**asked, "other": there.name}).result
    mine, theirs = trees(sample), trees(other)
    expected = compare_trees(mine, theirs)
    assert found["nodes"] == len(mine) > len(theirs) == len(found["levels"])
    assert not found["annotated"] and found["labels"] == [
        d.label for d in other.segments.detections
    ]
    assert dict(found["boundaries"]) == pytest.approx(
        {k: b.f1 for k, b in expected.boundaries.items()}, abs=1e-3
    )
    assert dict(found["recall"]) == pytest.approx(expected.recall, abs=1e-3)
    assert dict(found["overlap"]) == pytest.approx(expected.mean_iou, abs=1e-3)
    leaves = {n.start for n in mine.leaves()} - {n.start for n in theirs.leaves()}
    assert 0 < len(found["missing"]) <= len(leaves)
    assert all(min(abs(at - start) for start in leaves) < 0.01 for at in found["missing"])


@pytest.mark.parametrize("other", ["", "no such dataset", 7])
def test_a_dataset_without_the_video_is_named(captioned: Converted, other: Any) -> None:
    dataset = captioned.dataset
    asked = {"sample": dataset.first().id, "other": other}
    assert "There is no dataset" in ask(TREE, "compare", dataset, params=asked).result["problem"]


def test_videos_of_other_datasets_are_others(captioned: Converted, dataset_name: str) -> None:
    copy = captioned.dataset.clone(dataset_name)
    copy.set_values("video_uid", ["x", "y"])
    sample_id = captioned.dataset.first().id
    assert dataset_name not in datasets_with(captioned.dataset, sample_id)
    with pytest.raises(NoTreeError, match="does not have this video"):
        compare_with(captioned.dataset, sample_id, dataset_name)
