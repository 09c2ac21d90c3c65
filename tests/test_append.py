"""Appending leaves every sample as it is, however it is asked for; replacing keeps what is added.

The dataset is one that somebody has worked on: tags, label tags, fields and attributes of theirs.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
from bson import ObjectId
from executor import call
from fiftyone_action100m import (
    ConvertOptions,
    convert,
    convert_shards,
    cut,
    ingest_shards,
    review_node,
)  # fmt: skip
from fiftyone_action100m.cli import main
from fiftyone_action100m.converters.storing.dataset import DatasetError
from fiftyone_action100m.core.identity import uid_in_url
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.internals.database import samples_of
from fiftyone_action100m.publishing.upgrade import apply
from material import small_record, write_parquet, write_video
from shard_material import Inline
from subset import subset_dataset

UIDS = ["aa", "bb", "cc", "dd"]
#: Of the four, the first three are in the dataset.
DONE = {("ok", "already in the dataset"): 3, ("ok", "copy"): 1}


@pytest.fixture(scope="session")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("append")
    rows = [small_record(uid, 12.0, 8) for uid in UIDS]
    write_parquet(folder / "records.parquet", rows)
    write_parquet(folder / "three.parquet", rows[:3])
    made = write_video(folder / "videos" / "aa.mp4", seconds=12.0)
    for uid in UIDS[1:]:
        shutil.copy(made, folder / "videos" / f"{uid}.mp4")
    return folder


def options(sources: Path, name: str, out: Path, **more: Any) -> ConvertOptions:
    records = sources / "records.parquet"
    return ConvertOptions(records, sources / "videos", name=name, out=out, **more)


@pytest.fixture(scope="module")
def first(sources: Path) -> Iterator[fo.Dataset]:
    """Three converted videos, to which somebody has added; not to be changed."""
    name = f"test-append-{uuid.uuid4().hex[:8]}"
    dataset, _ = convert(sources / "three.parquet", sources / "videos", name, sources / "first")
    add_to(dataset)
    yield dataset
    dataset.delete()


@pytest.fixture(scope="module")
def subset(sources: Path) -> Iterator[fo.Dataset]:
    """The published subset's shape, to which somebody has added; not to be changed."""
    dataset = subset_dataset(f"test-append-{uuid.uuid4().hex[:8]}", folder=sources / "published")
    add_to(dataset)
    yield dataset
    dataset.delete()


@pytest.fixture
def worked_on(first: fo.Dataset, dataset_name: str) -> fo.Dataset:
    """A copy of three converted videos, whose clips are not to be changed."""
    return first.clone(dataset_name, persistent=True)


@pytest.fixture
def resumed(sources: Path, dataset_name: str, tmp_path: Path) -> fo.Dataset:
    """The same, converted into the folder ``first``, where the conversion may be resumed."""
    three = sources / "three.parquet"
    dataset, _ = convert(three, sources / "videos", dataset_name, tmp_path / "first")
    add_to(dataset)
    return dataset


@pytest.fixture
def published(subset: fo.Dataset, dataset_name: str) -> fo.Dataset:
    """A copy of the published subset, whose clips are not to be changed."""
    return subset.clone(dataset_name, persistent=True)


def add_to(dataset: fo.Dataset) -> None:
    for number, sample in enumerate(dataset):
        sample.tags.append("seen")
        sample["rating"] = number
        sample.gpt_summary_brief.detections[0].tags.append("good")
        sample.gpt_summary_brief.detections[0]["note"] = "mine"
        own = fo.TemporalDetection(label="by hand", support=[3, 9])
        sample.gpt_action_brief.detections.append(own)
        sample.save()
    dataset.save_view("steps", dataset.limit(1), description="mine", overwrite=True)
    dataset.info["mine"] = {"a": 1}
    dataset.description, dataset.tags = "Mine", ["mine"]
    dataset.app_config.sidebar_groups = [fo.SidebarGroupDocument(name="mine", paths=["rating"])]
    dataset.save()


def whole(dataset: fo.Dataset) -> dict[str, Any]:
    """All that is in a dataset's samples, and what somebody has set of the dataset itself."""
    dataset.reload()
    return {
        "samples": {str(d["_id"]): dict(d) for d in samples_of(dataset).find()},
        "view": dataset.get_saved_view_info("steps"),
        "loaded": dataset.load_saved_view("steps").values("id"),
        "about": (dataset.info["mine"], dataset.description, dataset.tags),
        "sidebar": dataset.app_config.to_dict()["sidebar_groups"],
    }


def appended(before: dict[str, Any], dataset: fo.Dataset) -> list[str]:
    """Holds what was there against what is there; returns the videos that are new."""
    after = whole(dataset)
    new = [d for i, d in after["samples"].items() if i not in before["samples"]]
    after["samples"] = {i: d for i, d in after["samples"].items() if i in before["samples"]}
    view = after["view"].pop("last_loaded_at", None), before["view"].pop("last_loaded_at", None)
    assert view and after == before
    return [d["video_uid"] for d in new]


Way = Callable[[ConvertOptions], dict[tuple[str, str], int]]


def plainly(asked: ConvertOptions) -> dict[tuple[str, str], int]:
    _, report = convert(
        asked.source, asked.videos, asked.name, asked.out, append=asked.append,
        replace=asked.replace, dry_run=asked.dry_run,
    )  # fmt: skip
    return dict(report.counts)


def in_shards(asked: ConvertOptions) -> dict[tuple[str, str], int]:
    return dict(convert_shards(asked, executor=Inline(), shard_size=2)[1].counts)


def ingested(asked: ConvertOptions) -> dict[tuple[str, str], int]:
    """Clips are made of all before anybody asks the dataset; then they are added."""
    with_none = replace(asked, replace=False)
    convert_shards(with_none, executor=Inline(), shard_size=2, ingest=False)
    _, report = ingest_shards(asked.out, asked.name, append=True, replace=asked.replace)
    found = dict(report.counts)
    found["ok", "copy"] = found.pop(("ok", "already there"), 0)
    return {key: n for key, n in found.items() if n}


def in_the_app(asked: ConvertOptions) -> dict[tuple[str, str], int]:
    params = {
        "source": str(asked.source), "videos": str(asked.videos), "name": asked.name,
        "out": str(asked.out), "existing": "replace" if asked.replace else "append",
    }  # fmt: skip
    call("convert_action100m", params=params)
    counts = json.loads((Path(asked.out) / "report.json").read_text())["counts"]
    return {(c["status"], c["reason"]): c["videos"] for c in counts}


WAYS = [plainly, in_shards, ingested, in_the_app]

#: Shapes differ to who looks videos up: before clips are made, or where shards are ingested.
SHAPES = [("worked_on", way) for way in WAYS]
SHAPES += [(shape, way) for shape in ("published", "upgraded") for way in (plainly, ingested)]


@pytest.mark.parametrize(("shape", "way"), SHAPES)
def test_what_is_there_is_left_as_it_is(
    request: pytest.FixtureRequest, sources: Path, tmp_path: Path, shape: str, way: Way
) -> None:
    dataset = request.getfixturevalue("published" if shape == "upgraded" else shape)
    if shape == "upgraded":
        apply(dataset)
    before = whole(dataset)
    asked = options(sources, dataset.name, tmp_path / "second", append=True)
    assert way(asked) == DONE
    assert appended(before, dataset) == ["dd"]
    clips = sorted(p.name for p in (tmp_path / "second" / "clips").iterdir())
    assert clips == ["dd.mp4"] or way is ingested, "no work for nothing"
    again = way(asked)
    assert again.get(("ok", "already in the dataset"), 0) in (0, 3)
    assert len(dataset) == 4


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("replace", [False, True])
def test_a_dry_run_counts_what_the_run_counts(
    published: fo.Dataset, sources: Path, tmp_path: Path, sharded: bool, replace: bool
) -> None:
    before = whole(published)
    out = tmp_path / "second"
    dry = options(sources, published.name, out, append=True, replace=replace, dry_run=True)
    asked = options(sources, published.name, out, append=True, replace=replace)
    way = in_shards if sharded else plainly
    said = way(dry)
    assert whole(published) == before and not out.exists()
    names = {"to do": "copy", "to replace": "replaced"}
    assert {(s, names.get(r, r)): n for (s, r), n in said.items()} == way(asked)


@pytest.mark.parametrize(("shape", "way"), [each for each in SHAPES if each[0] != "upgraded"])
def test_replacing_keeps_the_id_and_what_somebody_has_added(
    request: pytest.FixtureRequest, sources: Path, tmp_path: Path, shape: str, way: Way
) -> None:
    dataset = request.getfixturevalue(shape)
    before = {s.id: s.gpt_summary_brief.detections[0].id for s in dataset}
    asked = options(sources, dataset.name, tmp_path / "second", append=True, replace=True)
    assert way(asked) == {("ok", "replaced"): 3, ("ok", "copy"): 1}
    dataset.reload()
    assert dataset.values("id")[:3] == list(before) and len(dataset) == 4
    for number, (sample, label) in enumerate(zip(dataset, before.values(), strict=False)):
        assert sample.filepath == str(tmp_path / "second" / "clips" / f"{UIDS[number]}.mp4")
        assert sample.metadata.total_frame_count == 300
        assert sample.tags == ["seen"] and sample.rating == number
        root = sample.gpt_summary_brief.detections[0]
        assert (root.id, root.tags, root.note) == (label, ["good"], "mine")
        assert root.support == [1, 300] and root.end == 12.0
        own = sample.gpt_action_brief.detections[-1]
        assert own.label == "by hand" and own.support == [3, 9]
    assert way(asked) in ({("ok", "replaced"): 4}, {("ok", "replaced"): 4, ("ok", "copy"): 0})
    sample_id = dataset.first().id
    review_node(dataset, sample_id, "aa-0", "text", "Ada", text="mended", field="gpt_summary_brief")
    before_it = samples_of(dataset).find_one({"_id": ObjectId(sample_id)})
    source, clip = sources / "videos" / "aa.mp4", Path(dataset.first().filepath)
    changed, made = source.stat().st_mtime_ns, clip.stat()
    try:
        os.utime(source, ns=(changed, changed + 10**9))  # an unreviewed video gets a new clip
        said = way(replace(asked, dry_run=True)) if way in (plainly, in_shards) else {}
        found = way(asked)
    finally:
        os.utime(source, ns=(changed, changed))
    assert found["ok", "replaced"] == 3
    if said:
        assert said == {("ok", "to replace"): 3, ("ok", "already in the dataset"): 1}
    assert samples_of(dataset).find_one({"_id": ObjectId(sample_id)}) == before_it
    assert way is ingested or clip.stat() == made, "the frames are those that were reviewed"
    with pytest.raises(DatasetError, match=r"1 video of the dataset .* reviews would be lost"):
        convert(asked.source, asked.videos, asked.name, tmp_path / "o", overwrite=True)


def test_the_report_and_the_command_line_say_so(
    worked_on: fo.Dataset, sources: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = [
        "convert", str(sources / "records.parquet"), "--videos", str(sources / "videos"),
        "--name", worked_on.name, "--out", str(tmp_path / "second"), "--append",
    ]  # fmt: skip
    assert main([*line, "--dry-run", "--replace"]) == 0
    assert "would replace 3" in capsys.readouterr().out
    assert main([*line, "--dry-run"]) == 0
    assert "3 already in the dataset and left unchanged" in capsys.readouterr().out
    assert main(line) == 0
    said = capsys.readouterr().out
    assert said.startswith("1 of 4 videos converted")
    assert "3  ok      already in the dataset" in said


def test_the_first_conversion_resumes_after_another_was_appended(
    resumed: fo.Dataset, sources: Path, tmp_path: Path
) -> None:
    convert(
        sources / "records.parquet", sources / "videos", resumed.name, tmp_path / "second",
        append=True,
    )  # fmt: skip
    three = sources / "three.parquet"
    _, report = convert(three, sources / "videos", resumed.name, tmp_path / "first")
    assert report.counts == {("ok", "already there"): 3}


def test_a_clip_that_is_gone_is_made_again_and_its_sample_left(
    resumed: fo.Dataset, sources: Path, tmp_path: Path
) -> None:
    before = whole(resumed)
    (tmp_path / "first" / "clips" / "bb.mp4").unlink()
    three = sources / "three.parquet"
    _, report = convert(three, sources / "videos", resumed.name, tmp_path / "first")
    assert report.counts == {("ok", "already there"): 2, ("ok", "copy"): 1}
    assert Path(resumed.skip(1).first().filepath).exists()
    assert appended(before, resumed) == []


def test_clips_that_another_dataset_shows_are_not_made_anew(
    sources: Path, resumed: fo.Dataset, dataset_name: str, tmp_path: Path
) -> None:
    """Two datasets may share a folder's clips; other settings would change both."""
    before = {p.name: p.read_bytes() for p in (tmp_path / "first" / "clips").iterdir()}
    other = f"{dataset_name}-other"
    given = sources / "three.parquet", sources / "videos", other, tmp_path / "first"
    try:
        for dry_run in (True, False):
            with pytest.raises(OptionError, match=f"clips of the dataset '{dataset_name}'"):
                convert(*given, max_height=48, dry_run=dry_run)
        assert not fo.dataset_exists(other)
        shared, report = convert(*given)
        assert report.counts == {("ok", "already there"): 3} and shared is not None
        assert shared.values("filepath") == resumed.values("filepath")
    finally:
        if fo.dataset_exists(other):
            fo.delete_dataset(other)
    assert {p.name: p.read_bytes() for p in (tmp_path / "first" / "clips").iterdir()} == before


@pytest.mark.parametrize("seconds", [12, 12.5])
def test_whole_seconds_stay_whole_and_others_are_left_out_and_counted(
    published: fo.Dataset, sources: Path, tmp_path: Path, seconds: float
) -> None:
    import json

    row = small_record("dd", 12.0, 16)
    row["metadata"]["duration"] = seconds
    (tmp_path / "row.json").write_text(json.dumps(row))
    before = whole(published)
    _, report = convert(
        tmp_path / "row.json", sources / "videos", published.name, tmp_path / "out", append=True
    )
    assert appended(before, published) == ["dd"]
    assert isinstance(published.get_field("full_video_duration"), fo.IntField)
    new = published.last()
    assert new.full_video_duration == (12 if seconds == 12 else None)
    assert report.warnings.get("duration-not-whole", 0) == (seconds != 12)
    published.compute_metadata()
    assert published.bounds("full_video_duration") == (12, 12)


def replaced_field(name: str, value: Any) -> Callable[[fo.Dataset], None]:
    def change(dataset: fo.Dataset) -> None:
        if dataset.has_sample_field(name):
            dataset.delete_sample_field(name)
        dataset.set_values(name, [value] * len(dataset))

    return change


def attribute(name: str, value: Any, declared: bool) -> Callable[[fo.Dataset], None]:
    def change(dataset: fo.Dataset) -> None:
        path = f"gpt_summary_brief.detections.{name}"
        for document in list(samples_of(dataset).find({})):
            for each in document["gpt_summary_brief"]["detections"]:
                each[name] = value
            where = {"_id": document["_id"]}
            labels = document["gpt_summary_brief"]
            samples_of(dataset).update_one(where, {"$set": {"gpt_summary_brief": labels}})
        dataset.reload()
        if declared:
            dataset.add_dynamic_sample_fields(fields=["gpt_summary_brief"])
            assert path in dataset.get_field_schema(flat=True)

    return change


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (replaced_field("view_count", "many"), "view_count is StringField, not IntField"),
        (replaced_field("title", 4), "title is IntField, not StringField"),
        (replaced_field("video_uid", 17), "video_uid is IntField, not StringField"),
        (replaced_field("upload_date", "20190203"), "upload_date is StringField"),
        (replaced_field("full_video_duration", "12 s"), "full_video_duration is StringField"),
        (replaced_field("plm_action", fo.Detections()), "plm_action is Detections"),
        (replaced_field("plm_action", ["act"]), "plm_action is ListField"),
        (replaced_field("transcript_segments", "said"), "transcript_segments is StringField"),
        (attribute("level", "two", False), "level is StringField, not IntField"),
        (attribute("level", "two", True), "level is StringField, not IntField"),
        (attribute("start", 1, True), "start is IntField, not FloatField"),
        (attribute("tier", 1, False), "tier is IntField, not StringField"),
        (attribute("truncated", 1, True), "truncated is IntField, not BooleanField"),
        (attribute("node_id", ["a"], False), "node_id is ListField, not StringField"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_a_line_and_nothing_is_declared(
    published: fo.Dataset,
    sources: Path,
    tmp_path: Path,
    change: Callable[[fo.Dataset], None],
    named: str,
) -> None:
    change(published)
    before, schema = whole(published), published.get_field_schema(flat=True).keys()
    indexes = published.list_indexes()
    for dry_run in (True, False):
        with pytest.raises(DatasetError) as error:
            plainly(
                options(sources, published.name, tmp_path / "out", append=True, dry_run=dry_run)
            )
        said = str(error.value)
        assert named in said and "\n" not in said and "choose another --name" in said
    assert whole(published) == before and published.list_indexes() == indexes
    assert published.get_field_schema(flat=True).keys() == schema
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["image", "group"])
def test_another_kind_of_media_is_refused(
    dataset_name: str, sources: Path, tmp_path: Path, kind: str
) -> None:
    dataset = fo.Dataset(dataset_name)
    sample = fo.Sample(filepath="/a.png")
    if kind == "group":
        dataset.add_group_field("group", default="left")
        sample["group"] = fo.Group().element("left")
    dataset.add_sample(sample)
    schema = dataset.get_field_schema(flat=True).keys()
    with pytest.raises(DatasetError, match=f"holds {kind} samples, not videos"):
        plainly(options(sources, dataset_name, tmp_path / "out", append=True))
    assert dataset.get_field_schema(flat=True).keys() == schema


def test_levels_that_are_floats_are_declared_as_such(
    published: fo.Dataset, sources: Path, tmp_path: Path
) -> None:
    attribute("level", 1.0, False)(published)
    assert plainly(options(sources, published.name, tmp_path / "out", append=True)) == DONE
    field = published.get_field("gpt_summary_brief.detections.level")
    assert isinstance(field, fo.FloatField)
    assert published.last().gpt_summary_brief.detections[0].level == 0


def test_the_videos_that_were_there_are_cut_as_before(
    published: fo.Dataset, sources: Path, tmp_path: Path
) -> None:
    def leaves() -> list[Any]:
        view = cut(published.limit(3), 0.5, ["gpt_summary_brief"])
        return view.values("gpt_summary_brief.detections.node_id")

    before = leaves()
    assert any(map(len, before))
    assert plainly(options(sources, published.name, tmp_path / "out", append=True)) == DONE
    assert leaves() == before


@pytest.mark.parametrize(
    ("url", "uid"),
    [
        ("https://www.youtube.com/watch?v=aB-_0123456", "aB-_0123456"),
        ("http://youtube.com/watch?app=desktop&v=aB-_0123456&t=4s#x", "aB-_0123456"),
        ("https://m.youtube.com/watch?feature=share&v=aB-_0123456", "aB-_0123456"),
        ("https://youtu.be/aB-_0123456?si=abc&t=3", "aB-_0123456"),
        ("youtu.be/aB-_0123456", "aB-_0123456"),
        ("https://www.youtube.com/shorts/aB-_0123456?feature=share", "aB-_0123456"),
        ("https://www.youtube.com/embed/aB-_0123456?start=4", "aB-_0123456"),
        ("https://www.youtube-nocookie.com/embed/aB-_0123456", "aB-_0123456"),
        ("https://music.youtube.com/watch?v=aB-_0123456&list=x", "aB-_0123456"),
        ("https://vimeo.com/123456", None),
        ("https://example.org/watch?v=aB-_0123456", None),
        ("https://notyoutube.com/watch?v=aB-_0123456", None),
        ("https://www.youtube.com/watch?v=../../etc", None),
        ("https://www.youtube.com/", None),
        ("https://[", None),
        ("", None),
        (None, None),
    ],
)
def test_a_video_is_known_by_its_address(url: str | None, uid: str | None) -> None:
    assert uid_in_url(url) == uid


@pytest.mark.parametrize("uid", [None, "", "number-1"])
def test_whichever_tells_the_video_it_is_known(
    published: fo.Dataset, sources: Path, tmp_path: Path, uid: str | None
) -> None:
    published.add_sample_field("video_uid", fo.StringField)
    published.set_values("video_uid", [uid] * 3)
    forms = ["https://youtu.be/{}?t=3", "https://www.youtube.com/shorts/{}", "youtube.com/embed/{}"]
    published.set_values("full_video_url", [f.format(u) for f, u in zip(forms, UIDS, strict=False)])
    before = whole(published)
    assert plainly(options(sources, published.name, tmp_path / "out", append=True)) == DONE
    assert appended(before, published) == ["dd"]
