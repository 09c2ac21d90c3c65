"""A dataset goes to a Hub and comes back, over HTTP, through the real client."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import fiftyone as fo
import pytest
import yaml
from fiftyone_action100m import review_node, trees
from fiftyone_action100m.core.keys import CLUSTERS_KEY, WORDS_KEY
from fiftyone_action100m.internals.database import dataset_id
from fiftyone_action100m.publishing.card import card_of, mark_of
from fiftyone_action100m.publishing.facts import facts_of
from fiftyone_action100m.publishing.licence import GENERATED
from fiftyone_action100m.publishing.publish import Publication, PublishError
from fiftyone_action100m.publishing.stage import stage
from fiftyone_action100m.views.hierarchy import find_hierarchy
from fiftyone_action100m.views.indexing import delete_index, index
from fiftyone_action100m.views.word_store import drop_words, store_words
from hub_client import PUBLISH, REPO, Client, HubFailure, publish
from hub_server import Hub
from material import Converted, small_record, write_parquet, write_video
from subset import subset_dataset
from word_encoder import WordEncoder

LOAD = """
from fiftyone.utils.huggingface import load_from_hub
load_from_hub(repo, name=name, persistent=True)
"""


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Converted]:
    """Three videos of 12 s, cut at 9 s; the client takes the name of one for a glob."""
    folder = tmp_path_factory.mktemp("publish")
    rows = [small_record(uid, seconds=12.0, leaves=10) for uid in ("aa", "bb", "cc")]
    for row in rows:
        write_video(folder / "videos" / f"{row['video_uid']}.mp4", seconds=12.0)
    records = write_parquet(folder / "records.parquet", rows)
    made = Converted.make(
        "test-publish", records, folder / "videos", folder / "out", captions="all", clip_seconds=9.0
    )
    sample = made.dataset.first()
    odd = folder / "out" / "clips" / "Steps [aa] #1.mp4"
    Path(sample.filepath).rename(odd)
    sample.filepath = str(odd)
    sample.save()
    yield made
    made.dataset.delete()


def test_a_published_data_set_loads_in_one_line_as_it_was(
    converted: Converted, hub: Hub, client: Client, dataset_name: str
) -> None:
    before = converted.dataset
    report = publish(client, before.name)
    assert hub.repos[REPO].private and report["private"]
    assert report["videos"] == len(before) == 3
    client.run(LOAD, repo=REPO, name=dataset_name)
    after = fo.load_dataset(dataset_name)
    assert after.get_field_schema(flat=True).keys() == before.get_field_schema(flat=True).keys()
    for path, field in before.get_field_schema(flat=True).items():
        if path.split(".")[0] != "metadata":  # FiftyOne's import makes this field anew
            assert after.get_field(path).description == field.description, path
    assert after.app_config.to_dict() == before.app_config.to_dict()
    assert after.list_saved_views() == before.list_saved_views()
    for view in before.list_saved_views():
        assert len(after.load_saved_view(view)) == len(before.load_saved_view(view)), view
    assert (after.description, after.tags) == (before.description, before.tags)
    for old, new in zip(before.sort_by("video_uid"), after.sort_by("video_uid"), strict=True):
        assert Path(new.filepath).read_bytes() == Path(old.filepath).read_bytes()
        assert [(n.node_id, n.parent_id, n.start, n.end, n.texts) for n in trees(new)] == [
            (n.node_id, n.parent_id, n.start, n.end, n.texts) for n in trees(old)
        ]
        name = "gpt_action_brief"
        assert [d.support for d in new[name].detections] == [
            d.support for d in old[name].detections
        ]
    # What a dataset was made from is named, but not the folders of this machine.
    metadata = hub.files(REPO)["metadata.json"].decode()
    assert str(converted.out) not in metadata and str(converted.videos) not in metadata


def test_an_index_stays_on_this_machine(
    converted: Converted, dataset_name: str, tmp_path: Path
) -> None:
    dataset = converted.dataset.clone(dataset_name)
    folder = index(dataset, "plm_action", WordEncoder()).folder
    dataset.info[CLUSTERS_KEY] = {"plm_action": {"file": str(folder / "clusters.parquet")}}
    dataset.save()
    store_words(dataset)
    words = dataset.info[WORDS_KEY]["folder"]
    staged = stage(dataset, tmp_path / "staged")
    metadata = (staged.folder / "metadata.json").read_text()
    assert not [text for text in (str(folder), words, "CaptionSimilarity") if text in metadata]
    assert not list(staged.folder.glob("brain/*"))
    assert dataset.has_brain_run("meaning") and CLUSTERS_KEY in dataset.info
    delete_index(dataset)
    drop_words(dataset)


def test_the_card_says_what_is_in_the_data_set(
    converted: Converted, hub: Hub, client: Client
) -> None:
    dataset = converted.dataset
    publish(client, dataset.name)
    card = hub.files(REPO)["README.md"].decode()
    header = yaml.safe_load(card.split("---")[1])
    assert header["license"] == "fair-noncommercial-research-license"
    assert "fiftyone" in header["tags"]
    assert f"**{len(dataset)} videos**" in card
    assert f'load_from_hub("{REPO}"' in card
    count = dataset.count("plm_action.detections")
    assert f"| `plm_action` | {count:,} of " in card
    described = dataset.get_field("gpt_action_brief").description
    assert described in card
    assert "first 9 s" in card and "`chapters`" in card
    assert mark_of(card) == str(dataset_id(dataset))
    assert hub.files(REPO)["preview.png"].startswith(b"\x89PNG")


FACTS = (
    # Who, what of, where: the paper's and the published subset's card's facts.
    "Delong Chen, Tejaswi Kasarla, Yejin Bang", "Théo Moutakanni and Pascale Fung",
    "Meta FAIR, HKUST, University of Amsterdam, Sorbonne Université", "**Shared by:** someone",
    "https://huggingface.co/datasets/facebook/action100m-preview", "HowTo100M", "Miech et al.",
    "https://github.com/facebookresearch/Action100M", "https://arxiv.org/abs/2601.10592", "English",
    "1,199,096 videos", "14.6 years", "147 million segments", "21.3 billion English words",
    # What for, and what not.
    "**Direct use.**", "**Out of scope.**", "text-to-video retrieval", "3 videos are too few",
    "Commercial use", "redistribution", "12 categories of WikiHow", "all human activities",
    # How it was made.
    "V-JEPA 2 (ViT-g-384)", "Ward", "0.5 s", "Llama-3.2-Vision-11B", "PerceptionLM-3B", "32 of its",
    "320²", "1,024 tokens", "GPT-OSS-120B", "Self-Refine", "under 4 s",
    "1.3 million GPU hours on V100s", "0.3 million on H100s and H200s", "72 % of them",
    "No human has written",
    # What to mind.
    "cooking", "2.13 million", "7.58 million", "141.8 million", "3.23 %",
    "relationships and finance", "faces are blurred", "Prefer the refined captions (`gpt_*`)",
    "Resample", "section 5.4",
    # This dataset's own.
    "no action (`N/A`): 1 of 23 (4.35 %)", "with a transcript: 3 of 3 (100 %)",
    # How to name it.
    "@article{chen2026action100m,", "APA: Chen, D., Kasarla, T., Bang, Y., Shukor, M., Chung, W., "
    "Yu, J., Bolourchi, A., Moutakanni, T., & Fung, P. (2026).",
)  # fmt: skip


def test_the_card_has_the_facts_of_the_reference(converted: Converted) -> None:
    facts = facts_of(converted.dataset)
    card = card_of(facts, REPO, "0" * 24)
    assert [fact for fact in FACTS if fact not in card] == []
    # A private repository needs a token, and its card says how to give one; a public one does not.
    assert "`hf auth login`" in card and "`HF_TOKEN`" in card
    assert "HF_TOKEN" not in card_of(facts, REPO, "0" * 24, private=False)
    # An example of each caption field, all of one segment as far as it has them.
    sample = converted.dataset.first()
    examples = {
        row.split(" | ")[0].strip("| `"): row.split(" | ")[-1].removesuffix(" |")
        for row in card.splitlines()
        if row.startswith("| `")
    }
    for field in find_hierarchy(converted.dataset).fields:
        assert examples[field].strip() in {d.label for d in sample[field].detections}, field
    assert examples["title"] == sample.title and examples["view_count"] == f"`{sample.view_count}`"
    # Nothing of it is said of a dataset that is not Action100M's.
    generated = card_of(replace(facts, terms=GENERATED), REPO, "0" * 24)
    assert "HowTo100M" not in generated and "GPU hours" not in generated


def test_lengths_are_true_medians(converted: Converted) -> None:
    facts = facts_of(converted.dataset)
    lengths: dict[int, list[float]] = {}
    for sample in converted.dataset:
        for node in trees(sample):
            lengths.setdefault(node.level, []).append(node.end - node.start)
    assert any(len(found) % 2 == 0 for found in lengths.values())
    card = card_of(facts, REPO, "0" * 24)
    for level in facts.levels:
        expected = statistics.median(lengths[level.level])
        assert level.quartiles is not None and level.nodes == len(lengths[level.level])
        assert level.quartiles[1] == pytest.approx(expected, abs=1e-5)
        assert f"| {level.level} | {level.nodes} | {expected:.1f} s (" in card


def test_what_answers_429_or_5xx_is_asked_again_and_a_second_push_sends_nothing(
    converted: Converted, hub: Hub, client: Client
) -> None:
    hub.fail("POST /api/repos/create", 503, 1)
    hub.fail(f"POST /api/datasets/{REPO}/commit", 429, 1, Retry_After="0")
    hub.fail("PUT /lfs/", 500, 1)
    report = publish(client, converted.dataset.name)
    assert report["repeats"] >= 2 and not any(f.times for f in hub.failures)
    files = hub.files(REPO)
    assert len([path for path in files if path.startswith("data/")]) == 3
    hub.seen.clear()
    again = publish(client, converted.dataset.name)
    assert (again["present"], hub.asked("PUT /lfs/")) == (3, 0)
    assert {p: b for p, b in hub.files(REPO).items() if p.startswith("data/")} == {
        p: b for p, b in files.items() if p.startswith("data/")
    }


def test_an_unchanged_data_set_is_not_pushed_again(
    converted: Converted, hub: Hub, client: Client, capfd: pytest.CaptureFixture[str]
) -> None:
    dataset = converted.dataset
    publish(client, dataset.name)
    commits = len(hub.repos[REPO].commits)
    hub.seen.clear()
    # What looking at it changes is no change: it is loaded anew, and so is a view of it.
    fo.load_dataset(dataset.name).load_saved_view(dataset.list_saved_views()[0])
    again = publish(client, dataset.name)
    assert (again["sent"], again["removed"], again["present"]) == (0, 0, 3)
    assert len(hub.repos[REPO].commits) == commits and not hub.asked("POST .*(commit|lfs)|PUT")
    sample = dataset.last()  # the card's examples are of the first
    was, sample["title"] = sample["title"], "Another title"
    sample.save()
    changed = publish(client, dataset.name)
    sample["title"] = was
    sample.save()
    assert changed["sent"] == 1 and len(hub.repos[REPO].commits) == commits + 1
    assert b"Another title" in hub.files(REPO)["samples.json"]
    list(Publication(dataset, REPO, dry_run=True).run())
    assert "will be merged" not in "".join(capfd.readouterr())


def test_an_interrupted_push_is_no_data_set_and_goes_on(
    converted: Converted, hub: Hub, client: Client
) -> None:
    # After the card and the clips, before what makes it a dataset.
    code = PUBLISH.replace("    pass", "    raise SystemExit(3)")
    with pytest.raises(HubFailure, match="SystemExit"):
        client.run(code, name=converted.dataset.name, repo=REPO, options={})
    assert "README.md" in hub.files(REPO) and "fiftyone.yml" not in hub.files(REPO)
    report = publish(client, converted.dataset.name)
    assert report["present"] == 3 and "fiftyone.yml" in hub.files(REPO)


def test_a_repository_of_something_else_or_a_public_one_is_left_alone(
    converted: Converted, hub: Hub, client: Client
) -> None:
    name = converted.dataset.name
    hub.add(REPO, {"README.md": b"mine", "data/old.mp4": b"old"}, private=True)
    with pytest.raises(HubFailure, match="of something else"):
        publish(client, name)
    assert hub.files(REPO)["README.md"] == b"mine"
    publish(client, name, overwrite=True)
    assert "data/old.mp4" not in hub.files(REPO)
    hub.repos[REPO].private = False
    with pytest.raises(HubFailure, match="is public"):
        publish(client, name)


def test_the_licence_must_be_accepted_and_a_dry_run_asks_nothing(
    converted: Converted, hub: Hub, client: Client, dataset_name: str
) -> None:
    with pytest.raises(PublishError, match="FAIR Noncommercial"):
        Publication(converted.dataset, REPO)
    job = Publication(converted.dataset, REPO, dry_run=True)
    assert list(job.run()) == [] and job.report.bytes > 0
    with pytest.raises(PublishError, match="clips missing"):
        Publication(subset_dataset(dataset_name), REPO, dry_run=True)
    for name in ("../x", "a/b/c", "a b", "", "a/-x"):
        with pytest.raises(ValueError, match="is not the name of a repository"):
            Publication(converted.dataset, name, dry_run=True)
    assert hub.seen == []


def test_a_dry_run_says_whose_reviews_go_along(converted: Converted, dataset_name: str) -> None:
    dataset = converted.dataset.clone(dataset_name)
    assert "reviewer" not in str(Publication(dataset, REPO, dry_run=True).report)
    video = dataset.first().id
    root = trees(dataset.first()).root.node_id
    review_node(dataset, video, root, "accept", "Ada")
    review_node(dataset, video, root, "note", "Ben", text="Look again")
    report = str(Publication(dataset, REPO, dry_run=True).report)
    assert "with the reviews and names of 2 reviewers: Ada, Ben" in report


def test_nothing_in_a_data_set_becomes_markup_in_its_card(converted: Converted) -> None:
    text = "# Title <script>alert(1)</script> [here](http://x) | `a`\n\n---\n# Next ![p](q)"
    facts = facts_of(converted.dataset)
    facts = replace(
        facts, description=text, actions=[(text, 1)], tags={text: 1}, views=[(text, text)]
    )
    card = card_of(facts, REPO, "0" * 24)
    assert card.count("alert(1)") == 5
    shown = re.sub(
        r"(`+)(?!`).+?(?<!`)\1(?!`)", "", card.partition("## Load it")[2]
    )  # without code
    shown += card.partition("---\n\n")[2].partition("## Load it")[0]
    assert "<script" not in shown and not re.search(r"(?<!\\)\]\((http://x|q)", shown)
    assert not re.search(r"^#+ (Title|Next)", card, re.MULTILINE)
    row = next(line for line in card.splitlines() if line.startswith("|") and "alert" in line)
    assert len(re.findall(r"(?<!\\)\|", row)) == 3
