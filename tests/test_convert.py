"""The whole conversion: records and videos to a dataset, resumed, killed, and given bad input."""

from __future__ import annotations

import json
import os
import shutil
from fractions import Fraction
from pathlib import Path

import fiftyone as fo
import pytest
from fiftyone_action100m import convert
from fiftyone_action100m.converters.convert import Conversion, ConvertOptions
from fiftyone_action100m.converters.manifest import Manifest
from fiftyone_action100m.converters.status import read_status
from fiftyone_action100m.converters.storing.dataset import DatasetError
from fiftyone_action100m.core.fields import CAPTIONS, DEFAULT_CAPTIONS, select_captions
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.core.records import parse_record
from fiftyone_action100m.internals.database import samples_of
from material import changed, small_record, write_parquet, write_video
from rowwise import map_labels
from video_sources import h264, pattern

UIDS = [f"video-{i}" for i in range(5)]


@pytest.fixture(scope="session")
def material(tmp_path_factory):
    """Five records and their videos: some are copied, one is encoded."""
    folder = tmp_path_factory.mktemp("material")
    write_parquet(folder / "records.parquet", [small_record(uid) for uid in UIDS], group=2)
    for i, uid in enumerate(UIDS):
        write_video(
            folder / "videos" / f"{uid}.mp4", fps=["25", "30000/1001"][i % 2], encode=i == 3
        )
    return folder


def run(material, name, out, **options):
    options.setdefault("clip_seconds", 4.0)
    source = options.pop("source", material / "records.parquet")
    videos = options.pop("videos", material / "videos")
    return convert(source, videos, name, out, **options)


def reasons(report):
    return {(status, reason): n for (status, reason), n in report.counts.items()}


def test_every_segment_that_starts_in_the_clip_and_has_a_text_is_a_detection(
    material, dataset_name, tmp_path
):
    dataset, report = run(material, dataset_name, tmp_path, captions="all")
    assert report.exit_code == 0 and report.samples == len(dataset) == 5
    assert dataset.values("video_uid") == UIDS
    assert dataset.persistent and dataset.media_type == "video"
    for sample in dataset:
        check_sample(sample, parse_record(small_record(sample.video_uid)), CAPTIONS)


def check_sample(sample, record, captions):
    """Holds a sample against its record."""
    total = sample.metadata.total_frame_count
    rate = Fraction(sample.metadata.frame_rate).limit_denominator(1001)
    expected = map_labels(record, rate, total, captions)
    clip_end = total / sample.metadata.frame_rate
    for caption in captions:
        found = sample[caption.name].detections
        by_id = {d.node_id: d for d in found}
        assert len(by_id) == len(found)
        tree = record.tree
        for node in tree:
            text = node.texts.get(caption.name)
            wanted = text is not None and not (caption.action and text.strip().upper() == "N/A")
            # A segment may begin so near the clip's end that no frame is its own.
            if wanted and node.start < clip_end - 1 / rate:
                assert node.node_id in by_id, (caption.name, node)
        for d in found:
            node = tree[d.node_id]
            assert d.label == node.texts[caption.name] and d.parent_id == node.parent_id
            assert (d.level, d.start, d.end) == (node.level, node.start, node.end)
            assert d.tier == tree.tier(d.node_id)
            assert 1 <= d.support[0] <= d.support[1] <= total
            assert d.truncated == (node.end * rate + Fraction(1, 2) >= total + 1)
        assert len(found) == len(expected.captions[caption.name])
    supports = {s.node_id: (s.first, s.last) for s in expected.segments}
    for node_id, (first, last) in supports.items():
        children = [supports[c.node_id] for c in record.tree.children(node_id)
                    if c.node_id in supports]  # fmt: skip
        if children:
            frames = [f for a, b in children for f in range(a, b + 1)]
            assert frames == list(range(first, last + 1))


def test_the_samples_own_fields(material, dataset_name, tmp_path):
    dataset, _ = run(material, dataset_name, tmp_path)
    sample = dataset.first()
    record = parse_record(small_record(UIDS[0]))
    assert sample.title == "How to video-0" and sample.full_video_url == record.url
    assert sample.upload_date.date().isoformat() == "2019-02-03"
    assert (sample.view_count, sample.like_count, sample.full_video_duration) == (107, 7, 6.0)
    assert sample.tree_depth == record.tree.depth
    assert sample.transcript.startswith("word 0 spoken word 1")
    assert len(sample.transcript_segments.detections) == 6
    assert Path(sample.filepath) == tmp_path / "clips" / "video-0.mp4"
    probed = fo.VideoMetadata.build_for(sample.filepath) if shutil.which("ffprobe") else None
    meta = sample.metadata
    assert meta.total_frame_count == 100 and meta.duration == 4.0 and meta.frame_rate == 25.0
    assert meta.size_bytes == Path(sample.filepath).stat().st_size
    assert probed is None or probed.total_frame_count == meta.total_frame_count
    assert (sample.gpt_action_brief is not None) and not dataset.has_sample_field("plm_caption")


def test_the_data_set_opens_readable(material, dataset_name, tmp_path):
    dataset, _ = run(material, dataset_name, tmp_path)
    config = dataset.app_config
    assert config.active_fields.paths == ["title", "metadata.duration", "gpt_action_brief"]
    grouped = [p for g in config.sidebar_groups for p in g.paths]
    assert {c.name for c in select_captions(DEFAULT_CAPTIONS)} <= set(grouped)
    assert len(grouped) == len(set(grouped))
    assert {f["colorByAttribute"] for f in config.color_scheme.fields} == {"level"}
    info = dataset.info["action100m"]
    assert info["parameters"]["clip_seconds"] == 4.0 and "Noncommercial" in info["license"]
    assert "Chen, Delong" in info["citation"] and info["converter"].startswith(
        "fiftyone_action100m"
    )
    assert dataset.description and "action100m" in dataset.tags
    for name in dataset.list_saved_views():
        dataset.load_saved_view(name).count()
    roots = dataset.load_saved_view("whole videos").values("gpt_action_brief.detections.tier")
    assert {t for found in roots for t in found or []} <= {"root"}
    steps = dataset.load_saved_view("steps").values("gpt_action_brief.detections.end")
    assert any(steps)


def test_a_second_run_does_nothing_and_a_third_what_is_missing(material, dataset_name, tmp_path):
    dataset, _ = run(material, dataset_name, tmp_path)
    ids, stamps = dataset.values("id"), clip_stamps(tmp_path)
    _, report = run(material, dataset_name, tmp_path)
    assert reasons(report) == {("ok", "already there"): 5}
    assert dataset.values("id") == ids and clip_stamps(tmp_path) == stamps
    (tmp_path / "clips" / "video-1.mp4").unlink()
    dataset.delete_samples(dataset[ids[2]])
    _, report = run(material, dataset_name, tmp_path)
    assert reasons(report) == {("ok", "already there"): 4, ("ok", "cut"): 1}
    assert len(dataset) == 5 and len(clip_stamps(tmp_path)) == 5


def clip_stamps(out):
    return {p.name: p.stat().st_mtime_ns for p in (out / "clips").iterdir()}


def test_a_changed_source_is_converted_again_where_that_is_asked_for(
    material, dataset_name, tmp_path
):
    videos = shutil.copytree(material / "videos", tmp_path / "videos")
    dataset, _ = run(material, dataset_name, tmp_path / "out", videos=videos)
    before, stamps = plain(dataset), clip_stamps(tmp_path / "out")
    write_video(videos / "video-2.mp4", seconds=3.0)
    _, report = run(material, dataset_name, tmp_path / "out", videos=videos)
    assert reasons(report) == {("ok", "already there"): 4, ("ok", "already in the dataset"): 1}
    assert "--replace" in report.examples["ok", "already in the dataset"]
    assert plain(dataset) == before and clip_stamps(tmp_path / "out") == stamps
    _, report = run(material, dataset_name, tmp_path / "out", videos=videos, replace=True)
    assert reasons(report) == {("ok", "replaced"): 5} and dataset.values("id") == list(before)
    counts = dict(zip(*dataset.values(["video_uid", "metadata.total_frame_count"]), strict=True))
    assert len(dataset) == 5 and counts["video-2"] == 75
    assert report.warnings == {"video-shorter-than-tree": 1}


def plain(dataset):
    """Everything that a dataset's samples have, by their ids."""
    return {str(d["_id"]): dict(d) for d in samples_of(dataset).find().sort("_id", 1)}


def test_a_run_that_was_killed_while_it_replaced_goes_on(material, dataset_name, tmp_path):
    videos = shutil.copytree(material / "videos", tmp_path / "videos")
    dataset, _ = run(material, dataset_name, tmp_path / "out", videos=videos)
    ids = dataset.values("id")
    write_video(videos / "video-2.mp4", seconds=3.0)
    # As a run that is killed before it stores its samples: the clip is another's.
    other, _ = run(material, f"{dataset_name}-other", tmp_path / "out", videos=videos)
    other.delete()
    dataset, report = run(material, dataset_name, tmp_path / "out", videos=videos, replace=True)
    assert reasons(report) == {("ok", "replaced"): 5} and dataset.values("id") == ids
    counts = dict(zip(*dataset.values(["video_uid", "metadata.total_frame_count"]), strict=True))
    assert len(dataset) == 5 and counts["video-2"] == 75


def test_an_existing_data_set_is_not_touched_unasked(material, dataset_name, tmp_path):
    mine = fo.Dataset(dataset_name)
    mine.add_sample(fo.Sample(filepath="/mine.mp4"))
    with pytest.raises(DatasetError, match="--append"):
        run(material, dataset_name, tmp_path)
    assert mine.values("filepath") == ["/mine.mp4"]
    dataset, _ = run(material, dataset_name, tmp_path, append=True)
    assert len(dataset) == 6
    with pytest.raises(DatasetError, match="other parameters"):
        run(material, dataset_name, tmp_path / "else", clip_seconds=3.0)
    dataset, _ = run(material, dataset_name, tmp_path / "else", clip_seconds=3.0, overwrite=True)
    assert len(dataset) == 5 and dataset.bounds("metadata.duration")[1] < 3.1


def test_max_samples_counts_samples(material, dataset_name, tmp_path):
    videos = shutil.copytree(material / "videos", tmp_path / "videos")
    (videos / "video-0.mp4").unlink()
    dataset, report = run(material, dataset_name, tmp_path, videos=videos, max_samples=2)
    assert dataset.values("video_uid") == ["video-1", "video-2"]
    assert reasons(report) == {("skipped", "no-video"): 1, ("ok", "cut"): 2}
    assert report.exit_code == 3
    dataset, report = run(material, dataset_name, tmp_path, videos=videos, max_samples=3)
    assert len(dataset) == 3


def test_a_dry_run_touches_nothing(material, dataset_name, tmp_path):
    out = tmp_path / "out"
    dataset, report = run(material, dataset_name, out, dry_run=True)
    assert dataset is None and not out.exists() and not fo.dataset_exists(dataset_name)
    assert reasons(report) == {("ok", "to do"): 5} and "would be" in str(report)


def test_samples_keep_the_sources_order_whatever_is_ready_first(material, dataset_name, tmp_path):
    dataset, _ = run(material, dataset_name, tmp_path, workers=4)
    assert dataset.values("video_uid") == UIDS


@pytest.mark.parametrize(
    ("options", "option"),
    [
        ({"source": "nowhere.parquet"}, "source"),
        ({"videos": "nowhere"}, "videos"),
        ({"captions": "gtp"}, "captions"),
        ({"max_samples": 0}, "max_samples"),
        ({"workers": -1}, "workers"),
        ({"clip_seconds": -1.0}, "clip"),
        ({"append": True, "overwrite": True}, "append"),
        ({"replace": True, "overwrite": True}, "replace"),
        ({"name": "!!!"}, "name"),
        ({"name": " "}, "name"),
    ],
)
def test_bad_options_are_named_before_anything_is_touched(
    material, dataset_name, tmp_path, options, option
):
    name = options.get("name", dataset_name)
    with pytest.raises(OptionError) as error:
        run(material, name, tmp_path / "out", **{k: v for k, v in options.items() if k != "name"})
    assert error.value.option == option
    assert not (tmp_path / "out").exists() and not fo.dataset_exists(dataset_name)


def test_bad_input_is_reported_and_the_rest_converted(material, dataset_name, tmp_path):
    rows = [small_record(uid) for uid in UIDS]
    broken_tree = changed(rows[1])
    broken_tree["nodes"][5]["parent_id"] = "gone"
    broken_tree["nodes"][2]["level"] = 9
    source = tmp_path / "source"
    write_parquet(source / "a.parquet", [rows[0], changed(rows[0]), broken_tree])
    write_parquet(source / "b.parquet", [changed(rows[2], video_uid="../../x"), rows[2]])
    (source / "c.parquet").write_bytes(b"not a shard")
    (source / "d.json").write_text(json.dumps(changed(rows[3], metadata=None, nodes=[])))
    (source / "e.jsonl").write_text("{torn\n" + json.dumps(rows[4]) + "\n")
    videos = shutil.copytree(material / "videos", tmp_path / "videos")
    (videos / "video-2.mp4").write_text("<!doctype html><title>429</title>")
    dataset, report = run(material, dataset_name, tmp_path / "out", source=source, videos=videos)
    assert dataset.values("video_uid") == ["video-0", "video-1", "video-4"]
    assert {r: n for (s, r), n in reasons(report).items() if s == "failed"} == {
        "duplicate-video": 1,
        "bad-id": 1,
        "not-a-video": 1,
        "corrupt-shard": 1,
        "no-nodes": 1,
        "bad-json": 1,
    }
    assert report.repaired == 1 and report.warnings["orphan"] >= 1
    assert report.warnings["wrong-level"] == 1
    assert report.exit_code == 3
    written = json.loads((tmp_path / "out" / "report.json").read_text())
    assert written["repaired_records"] == 1 and written["exit_code"] == 3
    assert not list(tmp_path.glob("**/x.mp4"))
    with Manifest(tmp_path / "out", write=False) as manifest:
        assert manifest.get("video-2").reason == "not-a-video"
    # The page is still there: nothing is tried again, unless asked for.
    _, again = run(material, dataset_name, tmp_path / "out", source=source, videos=videos)
    assert again.counts["failed", "not-a-video"] == 1
    shutil.copy(material / "videos" / "video-2.mp4", videos)
    _, again = run(material, dataset_name, tmp_path / "out", source=source, videos=videos)
    assert ("failed", "not-a-video") not in again.counts and len(dataset) == 4


def test_every_kind_of_bad_media_is_named_and_the_rest_converted(material, dataset_name, tmp_path):
    videos, good = tmp_path / "videos", material / "videos" / "video-0.mp4"
    videos.mkdir()
    (videos / "empty.mp4").touch()
    (videos / "page.mp4").write_text("<!doctype html><title>not here</title>")
    pattern(videos / "sound.mp4", "sine=d=1", "-c:a", "aac")
    whole = h264(tmp_path / "whole.mp4", options=("-movflags", "+faststart"))
    (videos / "torn.mp4").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (videos / "list.mp4").write_text(f"#EXTM3U\n#EXTINF:6,\n{good}\n#EXT-X-ENDLIST\n")
    write_video(videos / "short.mp4", seconds=1.0)
    shutil.copy(good, videos / "good.mp4")
    uids = ["empty", "page", "sound", "torn", "list", "short", "good", "none"]
    source = write_parquet(tmp_path / "rows.parquet", [small_record(uid) for uid in uids])
    dataset, report = run(material, dataset_name, tmp_path / "out", source=source, videos=videos)
    assert dataset.values("video_uid") == ["short", "good"]
    with Manifest(tmp_path / "out", write=False) as manifest:
        assert {row.key: row.reason for row in manifest if row.status != "ok"} == {
            "empty": "empty-file",
            "page": "not-a-video",
            "sound": "no-video-stream",
            "torn": "truncated-source",
            "list": "not-a-video",
            "none": "no-video",
        }
    assert report.warnings == {"video-shorter-than-tree": 1}
    short = dataset.first()
    assert short.metadata.total_frame_count == 25
    assert all(1 <= d.support[0] <= d.support[1] <= 25 for d in short.plm_action.detections)
    assert sorted(p.name for p in (tmp_path / "out" / "clips").iterdir()) == [
        "good.mp4",
        "short.mp4",
    ]


def test_retry_tries_failures_again(material, dataset_name, tmp_path):
    videos = shutil.copytree(material / "videos", tmp_path / "videos")
    bad = videos / "video-0.mp4"
    bad.write_text("<html>")
    _, report = run(material, dataset_name, tmp_path / "out", videos=videos)
    assert report.counts["failed", "not-a-video"] == 1
    before = (tmp_path / "out" / "manifest.jsonl").read_text().count("\n")
    run(material, dataset_name, tmp_path / "out", videos=videos)
    assert (tmp_path / "out" / "manifest.jsonl").read_text().count("\n") == before
    run(material, dataset_name, tmp_path / "out", videos=videos, retry=("failed",))
    run(material, dataset_name, tmp_path / "out", videos=videos, retry=("not-a-video",))
    assert (tmp_path / "out" / "manifest.jsonl").read_text().count("\n") == before + 2


def test_a_sample_too_large_is_not_tried_again(material, dataset_name, tmp_path):
    rows = [small_record("video-0"), small_record("video-1")]
    rows[0]["metadata"]["description"] = "x" * 17_000_000
    source = write_parquet(tmp_path / "rows.parquet", rows)
    out = tmp_path / "out"
    for retry, videos_made in ((), 2), ((), 0), (("too-large",), 1):
        before = (out / "manifest.jsonl").read_text().count('"ok"') if videos_made < 2 else 0
        dataset, report = run(material, dataset_name, out, source=source, retry=retry)
        assert report.counts["failed", "too-large"] == 1 and len(dataset) == 1
        assert (out / "manifest.jsonl").read_text().count('"ok"') - before == videos_made


def test_a_run_that_is_left_early_keeps_what_it_did(material, dataset_name, tmp_path):
    options = ConvertOptions(
        material / "records.parquet", material / "videos", dataset_name, tmp_path, workers=1
    )
    conversion = Conversion(options)
    steps = conversion.run()
    next(steps)
    steps.close()
    assert conversion.report.stopped == "interrupted" and conversion.report.exit_code == 130
    dataset = fo.load_dataset(dataset_name)
    assert dataset.values("video_uid") == UIDS[: len(dataset)] and len(dataset) >= 1
    status = read_status(tmp_path)
    assert len(dataset) <= status.ok < 5 and (status.total, status.exit_code) == (5, 3)
    assert "The last run ended early (interrupted)" in str(status)
    dataset, _ = convert(material / "records.parquet", material / "videos", dataset_name, tmp_path)
    assert dataset.values("video_uid") == UIDS


def test_what_an_orphan_of_a_killed_run_writes_meanwhile_is_removed(
    material, dataset_name, tmp_path
):
    late = tmp_path / "clips" / ".video-0.mp4.1-0123abcd.tmp.mp4"
    run(material, dataset_name, tmp_path, progress=lambda step: late.touch())
    assert sorted(clip_stamps(tmp_path)) == [f"{uid}.mp4" for uid in UIDS]


def test_status_counts_the_clips_that_are_there(material, dataset_name, tmp_path):
    run(material, dataset_name, tmp_path)
    (tmp_path / "clips" / "video-1.mp4").unlink()
    with (tmp_path / "clips" / "video-2.mp4").open("ab") as file:
        file.write(b"more")
    status = read_status(tmp_path)
    assert str(status).startswith("3 of 5 videos have their clip") and status.exit_code == 3
    assert status.counts["failed", "no-clip"] == 2
    _, report = run(material, dataset_name, tmp_path)
    assert report.exit_code == 0 and read_status(tmp_path).exit_code == 0


def test_status_says_what_a_killed_run_has_not_reached(material, dataset_name, tmp_path):
    options = ConvertOptions(
        material / "records.parquet", material / "videos", dataset_name, tmp_path, workers=1
    )
    steps = Conversion(options).run()
    next(steps)
    status = read_status(tmp_path)
    assert "A run is in progress" in str(status) and status.total == 5 and status.exit_code == 3
    left = tmp_path / "left"
    shutil.copytree(tmp_path / "clips", left / "clips")
    for name in ("manifest.jsonl", "report.json"):  # as a kill leaves them
        shutil.copy(tmp_path / name, left / name)
    steps.close()
    status = read_status(left)
    assert "The last run ended early (killed): the same command resumes it" in str(status)
    assert f"{5 - status.counts.total()} videos not reached yet" in str(status)


def test_a_full_disk_stops_the_run_and_the_next_one_goes_on(material, dataset_name, small_disk):
    filler = small_disk / "filler"
    with pytest.raises(OSError, match="No space"), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)
    os.truncate(filler, filler.stat().st_size - 40_000)  # room for a clip or two
    dataset, report = run(material, dataset_name, small_disk)
    assert report.stopped == "disk-full" and report.exit_code in (3, 4)
    assert len(dataset) < 5
    clips = len(list((small_disk / "clips").glob("*.mp4")))
    status = read_status(small_disk)
    assert str(status).startswith(f"{clips} of 5 videos have their clip")
    assert "The last run ended early" in str(status) and status.exit_code in (3, 4)
    filler.unlink()
    dataset, report = run(material, dataset_name, small_disk)
    assert report.exit_code == 0 and sorted(dataset.values("video_uid")) == UIDS
    status = read_status(small_disk)
    assert (status.ok, status.total, status.stopped, status.exit_code) == (5, 5, "", 0)


def test_the_six_real_records(shared_records, dataset_name, tmp_path):
    import pyarrow.parquet as pq

    rows = {row["video_uid"]: row for row in pq.read_table(shared_records).to_pylist()}
    for uid, row in rows.items():
        end = max(n["end"] for n in row["nodes"])
        write_video(tmp_path / "videos" / f"{uid}.mp4", seconds=min(end, 95.0), fps="30000/1001")
    dataset, report = convert(shared_records, tmp_path / "videos", dataset_name, tmp_path / "out")
    assert report.of("ok") == 6 and set(report.warnings) <= {"video-shorter-than-tree"}
    assert dataset.values("video_uid") == list(rows)
    for sample in dataset:
        record = parse_record(rows[sample.video_uid])
        check_sample(sample, record, select_captions(DEFAULT_CAPTIONS))
        assert sample.metadata.total_frame_count == 2697
