"""Trees of one's own videos from end to end: built, converted, shown, exported, published."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fiftyone as fo
import pyarrow.parquet as pq
import pytest
from executor import TREE, ask, tree_sent
from fiftyone_action100m import build, compare_trees, convert, export, trees
from fiftyone_action100m.converters.reading.built import build_of, default_captions
from fiftyone_action100m.core.fields import CAPTIONS, select_captions
from fiftyone_action100m.core.keys import INFO_KEY
from fiftyone_action100m.core.wording import clock
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from fiftyone_action100m.panels.overview_text import has_all_nodes
from fiftyone_action100m.panels.payload import ANNOTATED, BARE
from fiftyone_action100m.publishing.card import card_of
from fiftyone_action100m.publishing.facts import facts_of
from fiftyone_action100m.publishing.licence import FAIR, terms_of
from fiftyone_action100m.publishing.publish import Publication, PublishError
from fiftyone_action100m.views.clips import segments
from fiftyone_action100m.views.comparison import compare_with, datasets_with
from fiftyone_action100m.views.find import find
from fiftyone_action100m.views.granularity import by_level
from fiftyone_action100m.views.hierarchy import find_hierarchy
from fiftyone_action100m.views.overview import count_nodes, count_texts, count_videos
from fiftyone_action100m.views.sample_tree import NoTreeError
from hub_client import REPO, Client, publish
from hub_server import Hub
from material import Converted, write_parquet

GAIN = 0.005
USUAL = ("gpt", "plm_action")
TEXTS = ("plm_action", "plm_caption", "llama3_caption")


@dataclass(frozen=True)
class Namer:
    """A captioner that says how many pictures it was shown."""

    name: str
    digest: str = "1"

    def caption(self, pictures: Sequence[bytes], prompt: str) -> str:
        return f"show {len(pictures)} pictures"


@dataclass(frozen=True)
class Refiner:
    """An aggregator that says the same of each segment."""

    name: str = "refiner-1b"
    digest: str = "1"

    def answer(self, question: str) -> str:
        action = {"brief": "shuffle cards", "detailed": "Shuffle the cards.", "actor": "a hand"}
        summary = {"brief": "A hand shuffles cards.", "detailed": "A hand shuffles coloured cards."}
        return json.dumps({"summary": summary, "action": action})


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
    """A dataset of trees with captions and refined ones; change nothing."""
    folder = tmp_path_factory.mktemp("captioned")
    models = {"captioner": Namer("/models/namer-7b"), "leaf_captioner": Namer("leafer-1b")}
    yield from _made("captioned", videos, folder, llm=Refiner(), **models)


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
    nodes = count_nodes(dataset.view(), find_hierarchy(dataset))
    assert (nodes.total, nodes.annotated) == (dataset.count("segments.detections"), 0)
    videos = count_videos(dataset.view(), find_hierarchy(dataset))
    assert has_all_nodes(videos)


def test_records_with_captions_have_the_fields_of_these(captioned: Converted) -> None:
    schema = captioned.dataset.get_field_schema()
    fields = {c.name for c in CAPTIONS} & schema.keys()
    assert "segments" not in schema and fields == {c.name for c in select_captions(USUAL)}
    assert "by namer-7b, unrefined" in schema["plm_action"].description
    sample = captioned.dataset.first()
    sent = tree_sent("on_load", captioned.dataset, current_sample=sample.id)
    assert set(sent["states"]) == {ANNOTATED, BARE}
    assert sent["fields"][-1]["description"] == schema["plm_action"].description


def test_without_refined_captions_those_that_there_are_are_converted(
    captioned: Converted, tmp_path: Path
) -> None:
    rows = pq.read_table(captioned.records).to_pylist()
    for kept in (("plm_action",), ("plm_caption", "llama3_caption"), ()):
        for row in rows:
            for node in row["nodes"]:
                node.update({name: None for name in ("gpt", *TEXTS) if name not in kept})
        records = tmp_path / "records" / "records-00000.parquet"
        write_parquet(records, copy.deepcopy(rows))
        assert default_captions([records]) == (kept or ("segments",))
        rows = pq.read_table(captioned.records).to_pylist()


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
    assert made_by["aggregation_by"]["llm"] == "refiner-1b"
    assert made_by["encoder"] == manifest["encoder"] and made_by["parameters"]["min_gain"] == GAIN
    assert str(captioned.records.parent) not in json.dumps(made_by)
    said = "by the encoder colour, the captions were made by namer-7b and leafer-1b, refined by"
    assert f"{said} refiner-1b." in dataset.description
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


def test_two_trees_of_a_video_are_compared(bare: Converted, captioned: Converted) -> None:
    here, there = captioned.dataset, bare.dataset
    sample, other = here.first(), there.first()
    asked = {"sample": sample.id}
    names = ask(TREE, "others", here, params=asked).result["names"]
    assert there.name in names and here.name not in names
    assert tree_sent("on_load", here, current_sample=sample.id)["dataset"] == here.name

    found = ask(TREE, "compare", here, params={**asked, "other": there.name}).result
    mine, theirs = trees(sample), trees(other)
    refined = [node.node_id for node in mine if node.texts.get("gpt_summary_brief")]
    expected = compare_trees(mine, theirs, refined)
    assert found["annotated"] and found["nodes"] == len(refined) < len(mine)
    assert len(mine) > len(theirs) == len(found["levels"])
    assert found["labels"] == [d.label for d in other.segments.detections]
    assert dict(found["boundaries"]) == pytest.approx(
        {k: b.f1 for k, b in expected.boundaries.items()}, abs=1e-3
    )
    assert dict(found["recall"]) == pytest.approx(expected.recall, abs=1e-3)
    assert dict(found["overlap"]) == pytest.approx(expected.mean_iou, abs=1e-3)
    leaves = {n.start for n in mine.leaves()} - {n.start for n in theirs.leaves()}
    assert 0 < len(found["missing"]) <= len(leaves)
    assert all(min(abs(at - start) for start in leaves) < 0.01 for at in found["missing"])
    back = ask(TREE, "compare", there, params={"sample": other.id, "other": here.name}).result
    assert not back["annotated"] and back["nodes"] == len(theirs)  # none is: all count
    assert (back["missing"], back["added"]) == (found["added"], found["missing"])


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


def test_built_trees_are_searched_and_exported(captioned: Converted, tmp_path: Path) -> None:
    dataset = captioned.dataset
    found = find(dataset, "shuffle cards", "gpt_action_brief")
    counted = dataset.count("gpt_action_brief.detections")
    assert found.count("gpt_action_brief.detections") == counted > 0
    report = export(dataset, tmp_path / "out", "parquet")
    assert report.exit_code == 0
    again = {row["video_uid"]: row for row in pq.read_table(tmp_path / "out").to_pylist()}
    for row in pq.read_table(captioned.records).to_pylist():
        there = {node["node_id"]: node for node in again[row["video_uid"]]["nodes"]}
        for node in row["nodes"]:
            same = there.pop(node["node_id"])
            assert {k: same[k] for k in same if k not in TEXTS[1:]} == {
                k: node[k] for k in node if k not in TEXTS[1:]
            }
        assert not there


def test_trees_without_texts_are_exported_and_read_again(bare: Converted, tmp_path: Path) -> None:
    assert export(bare.dataset, tmp_path / "out", "json").exit_code == 0
    for path in (tmp_path / "out").glob("*.json"):
        row = json.loads(path.read_text())
        sample = bare.dataset.match({"video_uid": row["video_uid"]}).first()
        assert [node["node_id"] for node in row["nodes"]] == list(trees(sample).node_ids)
        assert not any(node["plm_action"] or node["gpt"] for node in row["nodes"])


def test_a_published_dataset_says_what_built_it(
    captioned: Converted, hub: Hub, client: Client, dataset_name: str
) -> None:
    before = captioned.dataset
    publish(client, before.name, license="cc-by-4.0")
    card = hub.files(REPO)["README.md"].decode()
    assert "license: cc-by-4.0" in card and "`aggregation_by.llm` | `refiner-1b`" in card
    assert str(captioned.records.parent) not in card
    load = "from fiftyone.utils.huggingface import load_from_hub\n"
    client.run(
        f"{load}load_from_hub(repo, name=name, persistent=True)", repo=REPO, name=dataset_name
    )
    after = fo.load_dataset(dataset_name)
    assert after.info[INFO_KEY]["builds"] == before.info[INFO_KEY]["builds"]
    assert after.values("full_video_url") == [None, None]
    sample = before.match({"video_uid": after.first().video_uid}).first()
    assert [*trees(after.first())] == [*trees(sample)]
    sent = tree_sent("on_load", after, current_sample=after.first().id)
    assert sent["labels"] == tree_sent("on_load", before, current_sample=sample.id)["labels"]
