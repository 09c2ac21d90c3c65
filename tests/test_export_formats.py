"""Subtitles, ELAN files and training data, read back by readers that others have written."""

from __future__ import annotations

import html
import itertools
import json
import tarfile
import warnings
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
import webvtt
from fiftyone_action100m import cut, export, trees
from fiftyone_action100m.exporters.elan import eaf, tiers
from fiftyone_action100m.exporters.video import Video, read_video, single_line
from fiftyone_action100m.internals.database import samples_of
from material import Converted
from subset import subset_dataset

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of both, not of ours
    import pympi
    import webdataset

SUMMARY, ACTION, WIDEST = "gpt_summary_brief", "gpt_action_brief", "plm_action"
EVIL = 'Stir --> 00:00:09.000\n\nNOTE <b>&amp; "x"</b> \x00\x0b\ud7ff ]]> \ufffe'


@pytest.fixture(params=["demo", "records"])
def made(request: pytest.FixtureRequest) -> Converted:
    converted: Converted = request.getfixturevalue(f"converted_{request.param}")
    return converted


@pytest.fixture
def evil(dataset_name: str, tmp_path: Path) -> fo.Dataset:
    """A dataset of the published shape whose captions, ids and title try to break out."""
    dataset = subset_dataset(dataset_name, folder=tmp_path / "videos")
    sample = dataset.first()
    sample["title"] = EVIL
    for d in sample[SUMMARY].detections:
        d.label = EVIL
        d.node_id = f"{d.node_id} --> ../<x>\n"
        d.parent_id = d.parent_id and f"{d.parent_id} --> ../<x>\n"
    sample["full_video_url"] = "https://example.org/watch?v=../../etc/passwd"
    sample.save()
    return dataset


def seconds(sample: fo.Sample, d: Any) -> tuple[float, float]:
    end = sample.metadata.total_frame_count / sample.metadata.frame_rate
    return d.start, min(d.end, end)


def in_seconds(stamp: str) -> float:
    hours, minutes, rest = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def test_webvtt_has_the_captions_of_each_level(made: Converted, tmp_path: Path) -> None:
    export(made.dataset, tmp_path / "out", "webvtt", fields=[SUMMARY, WIDEST])
    for sample in made.dataset:
        for field in (SUMMARY, WIDEST):
            levels = {d.level for d in sample[field].detections}
            files = sorted((tmp_path / "out" / sample.video_uid).glob(f"{field}.level-*.vtt"))
            assert [int(f.stem[-2:]) for f in files] == sorted(levels)
            for file in files:
                level = int(file.stem[-2:])
                found = [d for d in sample[field].detections if d.level == level]
                cues = list(webvtt.read(file))
                expected = sorted(found, key=lambda d: d.start)
                assert [html.unescape(c.text) for c in cues] == [
                    single_line(d.label) for d in expected
                ]
                for cue, d in zip(cues, expected, strict=True):
                    start, end = seconds(sample, d)
                    assert in_seconds(cue.start) == pytest.approx(start, abs=0.0006)
                    assert in_seconds(cue.end) == pytest.approx(end, abs=0.0006)
                    assert cue.identifier == d.node_id


def test_chapters_are_the_cut_at_thirty_seconds(made: Converted, tmp_path: Path) -> None:
    export(made.dataset, tmp_path / "out", "webvtt", fields=[WIDEST])
    for sample in cut(made.dataset, 30, [WIDEST]):
        cues = webvtt.read(tmp_path / "out" / sample.video_uid / f"{WIDEST}.chapters.vtt")
        expected = sorted(sample[WIDEST].detections, key=lambda d: d.start)
        assert [c.identifier for c in cues] == [d.node_id for d in expected]
        ends = [in_seconds(c.end) for c in cues]
        assert [in_seconds(c.start) for c in cues] == [0.0, *ends[:-1]]  # no gap, no overlap


def test_what_a_caption_says_cannot_break_subtitles(evil: fo.Dataset, tmp_path: Path) -> None:
    export(evil, tmp_path / "out", "webvtt", fields=[SUMMARY])
    sample = evil.first()
    folder = tmp_path / "out" / "aa"  # the file's name: the id in the address is none
    found = [c for f in sorted(folder.glob("*.level-*.vtt")) for c in webvtt.read(f)]
    assert len(found) == len(sample[SUMMARY].detections)
    assert {html.unescape(c.text) for c in found} == {single_line(EVIL)}
    assert {c.identifier for c in found} == {None} or {c.identifier for c in found} == {""}


def annotations(document: pympi.Eaf, tier: str) -> list[tuple[int, int, str]]:
    found = document.get_annotation_data_for_tier(tier)
    return sorted((start, end, text or "") for start, end, text, *_ in found)


def test_elan_has_a_tier_a_level_and_links_parents(made: Converted, tmp_path: Path) -> None:
    export(made.dataset, tmp_path / "out", "eaf", fields=[ACTION, WIDEST])
    for sample in made.dataset:
        document = pympi.Eaf(str(tmp_path / "out" / f"{sample.video_uid}.eaf"))
        (medium,) = document.media_descriptors
        assert medium["MEDIA_URL"] == Path(sample.filepath).as_uri()
        assert medium["RELATIVE_MEDIA_URL"].startswith("../")
        linked = (tmp_path / "out" / medium["RELATIVE_MEDIA_URL"]).resolve()
        assert linked == Path(sample.filepath).resolve()
        tree = trees(sample)
        for field in (ACTION, WIDEST):
            labels = {d.node_id: d for d in sample[field].detections}
            deepest = max(d.level for d in labels.values())
            above: list[tuple[int, int, str]] = []
            for level in range(deepest + 1):
                tier = f"{field} level {level}"
                parameters = document.get_parameters_for_tier(tier)
                parent = f"{field} level {level - 1}" if level else None
                assert parameters.get("PARENT_REF") == parent
                found = annotations(document, tier)
                inner = {n.node_id for i in labels for n in tree.path(i) if n.level == level}
                expected = sorted(
                    (*(round(1000 * t) for t in seconds(sample, tree[i])), label_of(labels, i))
                    for i in inner
                )
                assert found == expected  # those without a text, too
                assert all(a[1] <= b[0] for a, b in itertools.pairwise(found))
                for start, end, _ in found if level else ():
                    assert any(a <= start and end <= z for a, z, _ in above)
                above = found
        constraint = document.get_parameters_for_linguistic_type("parts")
        assert constraint["CONSTRAINTS"] == "Included_In" in document.constraints


def label_of(labels: dict[str, Any], node_id: str) -> str:
    return single_line(labels[node_id].label) if node_id in labels else ""


def test_elan_bridges_nodes_that_no_field_has() -> None:
    rate = {"frame_rate": 25.0, "total_frame_count": 250, "duration": 10.0}
    rows = [("x", "gone", 3, 1.0, 2.0), ("y", "gone", 3, 2.0, 4.0), ("z", "lost", 1, 5.0, 9.0)]
    keys = ("node_id", "parent_id", "level", "start", "end")
    found = [dict(zip(keys, row, strict=True), label=row[0].upper()) for row in rows]
    document = {"_id": 1, "filepath": "a.mp4", "metadata": rate, "steps": {"detections": found}}
    video = read_video(document, document, ["steps"], ["steps"])
    assert [[tuple(a) for a in level] for level in tiers(video, "steps")] == [
        [(1000, 9000, "")],
        [(1000, 4000, ""), (5000, 9000, "Z")],
        [(1000, 4000, "")],
        [(1000, 2000, "X"), (2000, 4000, "Y")],
    ]


def test_shared_frames_do_not_overlap_in_elan(evil: fo.Dataset, tmp_path: Path) -> None:
    export(evil, tmp_path / "out", "eaf")
    for file in (tmp_path / "out").glob("*.eaf"):
        document = pympi.Eaf(str(file))
        for tier in document.get_tier_names():
            found = annotations(document, tier)
            assert found and all(a[1] <= b[0] for a, b in itertools.pairwise(found))
    text = {c for c in (tmp_path / "out" / "aa.eaf").read_text() if c < " " and c != "\n"}
    assert text == set()
    document = pympi.Eaf(str(tmp_path / "out" / "aa.eaf"))
    assert annotations(document, f"{SUMMARY} level 0")[0][2] == single_line(EVIL).replace(
        "\ufffe", ""
    )


def test_elan_documents_have_the_schemas_order(made: Converted) -> None:
    whole = samples_of(made.dataset).find_one()
    video: Video = read_video(whole, whole, [SUMMARY], [SUMMARY])
    document = ET.fromstring(ET.tostring(eaf(video, (SUMMARY,), "licence")))
    order = ["LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "CONSTRAINT"]
    assert list(dict.fromkeys(child.tag for child in document)) == order
    values = [int(s.get("TIME_VALUE", "")) for s in document.iter("TIME_SLOT")]
    assert values == sorted(values)
    slots = {s.get("TIME_SLOT_ID") for s in document.iter("TIME_SLOT")}
    ids = [a.get("ANNOTATION_ID") for a in document.iter("ALIGNABLE_ANNOTATION")]
    assert len(ids) == len(set(ids)) == len(slots) // 2


def test_activitynet_is_laid_out_as_documented(made: Converted, tmp_path: Path) -> None:
    export(made.dataset, tmp_path / "out", "activitynet")
    whole = json.loads((tmp_path / "out" / f"{SUMMARY}.json").read_text())
    assert set(whole) == {f"v_{uid}" for uid in made.dataset.values("video_uid")}
    for sample in made.dataset:
        entry = whole[f"v_{sample.video_uid}"]
        assert list(entry) == ["duration", "timestamps", "sentences"]
        assert entry["duration"] == pytest.approx(sample.metadata.duration, abs=0.001)
        assert len(entry["timestamps"]) == len(entry["sentences"])
        said = sorted(single_line(d.label) for d in sample[SUMMARY].detections)
        assert sorted(entry["sentences"]) == said
        assert all(0 <= a < b <= entry["duration"] for a, b in entry["timestamps"])


def test_lines_have_the_ancestors_down_from_the_root(made: Converted, tmp_path: Path) -> None:
    export(made.dataset, tmp_path / "out", "jsonl")
    lines = (tmp_path / "out" / "segments.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    assert len(rows) == sum(
        made.dataset.count(f"{name}.detections")
        for name, count in made.dataset.first().iter_fields()
        if isinstance(count, fo.TemporalDetections) and name != "transcript_segments"
    )
    holes = 0
    for sample in made.dataset:
        tree = trees(sample)
        texts = {d.node_id: d.label for d in sample[ACTION].detections}
        of = [r for r in rows if r["video_uid"] == sample.video_uid and r["field"] == ACTION]
        assert {r["node_id"]: r["caption"] for r in of} == texts
        for row in of:
            d = tree[row["node_id"]]
            assert (tmp_path / "out" / row["clip"]).resolve() == Path(sample.filepath).resolve()
            assert not Path(row["clip"]).is_absolute()
            assert (row["start"], row["end"]) == pytest.approx(seconds(sample, d), abs=0.001)
            path = [n.node_id for n in tree.path(row["node_id"])][:-1]
            assert [a["node_id"] for a in row["ancestors"]] == path
            assert [a["caption"] for a in row["ancestors"]] == [texts.get(i) for i in path]
            holes += sum(a["caption"] is None for a in row["ancestors"])
    assert holes


def test_webdataset_reads_its_shards(
    made: Converted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fiftyone_action100m.exporters.writer.ShardWriter.shard_videos", 4)
    export(made.dataset, tmp_path / "out", "webdataset")
    shards = sorted((tmp_path / "out").glob("*.tar"))
    assert [s.name for s in shards] == ["shard-000000.tar", "shard-000001.tar"]
    urls = [str(s) for s in shards]
    loaded = list(webdataset.WebDataset(urls, shardshuffle=False, empty_check=False).decode())
    assert [row["__key__"] for row in loaded] == made.dataset.values("video_uid")
    for row, sample in zip(loaded, made.dataset, strict=True):
        assert row["mp4"] == Path(sample.filepath).read_bytes()
        assert row["json"]["title"] == sample.title
        for name, captions in row["json"]["captions"].items():
            expected = {d.node_id: (d.label, d.parent_id) for d in sample[name].detections}
            assert {c["node_id"]: (c["caption"], c["parent_id"]) for c in captions} == expected


def test_members_of_a_shard_have_safe_names(evil: fo.Dataset, tmp_path: Path) -> None:
    export(evil, tmp_path / "out", "webdataset")
    with tarfile.open(tmp_path / "out" / "shard-000000.tar") as tar:
        members = tar.getmembers()
    names = [f"{uid}.{suffix}" for uid in ("aa", "bb", "cc") for suffix in ("json", "mp4")]
    assert [m.name for m in members] == names and all(m.isreg() for m in members)
