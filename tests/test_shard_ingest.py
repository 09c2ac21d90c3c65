"""Finished shards are added by several processes at once; killed, late or twice, each once."""

from __future__ import annotations

import json
import os
import signal
import threading
import time

import fiftyone as fo
import forks
import pytest
from fiftyone_action100m import convert_shards, ingest_shards
from fiftyone_action100m.cli import main
from fiftyone_action100m.converters.shards.ingest import open_ingest
from fiftyone_action100m.converters.shards.leases import COLLECTION, Leases, alone, forget_deleted
from fiftyone_action100m.converters.storing.dataset import DatasetError
from fiftyone_action100m.converters.storing.ingest import Ingest
from fiftyone_action100m.converters.storing.schema import declare_schema
from fiftyone_action100m.core.fields import select_captions
from fiftyone_action100m.core.option_error import OptionError
from fiftyone_action100m.core.records import parse_record
from fiftyone_action100m.internals.database import dataset_id, named_collection
from material import clip_of, small_record, write_video
from shard_material import Inline, options_of, wait_for

UIDS = [f"clip-{i}" for i in range(8)]


@pytest.fixture
def converted(tmp_path, dataset_name):
    """Four shards of two videos, each with a file of records of its own, all clips made."""
    (tmp_path / "records").mkdir()
    for i in range(4):
        lines = [json.dumps(small_record(uid)) for uid in UIDS[2 * i : 2 * i + 2]]
        (tmp_path / "records" / f"{i}.jsonl").write_text("\n".join(lines) + "\n")
    made = write_video(tmp_path / "videos" / f"{UIDS[0]}.mp4")
    for uid in UIDS[1:]:
        os.link(made, made.with_name(f"{uid}.mp4"))
    _, report = convert_shards(
        options_of(tmp_path, dataset_name, tmp_path / "out", source=tmp_path / "records"),
        executor=Inline(), shard_size=2, ingest=False,
    )  # fmt: skip
    assert report.exit_code == 0 and report.of("ok") == 8
    return tmp_path / "out"


def claimed():
    """The shards that are claimed and not finished."""
    query = {"until": {"$ne": None}, "finished": {"$exists": False}, "dataset": {"$ne": None}}
    return [d["shard"] for d in named_collection(COLLECTION).find(query)]


def test_two_share_the_shards_and_who_is_killed_is_replaced(converted, dataset_name, tmp_path):
    # Who reads a pipe waits until something is written: so it is known what a process is doing.
    records = [tmp_path / "records" / f"{i}.jsonl" for i in (0, 3)]
    texts = [path.read_text() for path in records]
    for path in records:
        path.unlink()
        os.mkfifo(path)
    late = converted / "shards" / "00003" / "done.json"
    late.rename(late.with_name("later"))
    command = ["ingest", str(converted), "--name", dataset_name, "--follow", "--lease", "3"]
    (converted / "shards" / "run.json").unlink()  # the conversion goes on
    other = forks.start(forks.CLI, *command)
    try:
        wait_for(lambda: claimed() == [0], other)
        dataset, report = ingest_shards(converted, dataset_name, lease=3)
        assert sorted(dataset.values("video_uid")) == UIDS[2:6] and report.of("ok") == 4
        late.with_name("later").rename(late)
        records[0].write_text(texts[0])
        wait_for(lambda: claimed() == [3], other)
        assert sorted(dataset.values("video_uid")) == UIDS[:6]
        os.kill(other.pid, signal.SIGKILL)
    finally:
        other.kill()
        other.wait()
    records[1].unlink()
    records[1].write_text(texts[1])
    dataset, report = ingest_shards(converted, dataset_name)
    assert report.done == 0 and len(dataset) == 6, "its lease has not run out"
    dataset, report = ingest_shards(converted, dataset_name, follow=True, lease=3)
    assert report.of("ok") == 2 and report.exit_code == 0
    assert sorted(dataset.values("video_uid")) == UIDS
    _, report = ingest_shards(converted, dataset_name)
    assert report.done == 0 and len(dataset) == 8


def test_what_one_process_has_added_half_another_completes(converted, dataset_name):
    ingest_shards(converted, dataset_name)
    dataset = fo.load_dataset(dataset_name)
    ids = dict(zip(*dataset.values(["video_uid", "id"]), strict=True))
    dataset.delete_samples([ids["clip-3"], ids["clip-6"]])
    named_collection(COLLECTION).update_many({}, {"$unset": {"finished": 1}})
    _, report = ingest_shards(converted, dataset_name)
    assert report.counts == {("ok", "already there"): 6, ("ok", "copy"): 2} or report.of("ok") == 8
    assert sorted(dataset.values("video_uid")) == UIDS
    assert dict(zip(*dataset.values(["video_uid", "id"]), strict=True)) == ids


def test_a_sample_is_added_once_whoever_wakes_up_late(dataset_name):
    captions = select_captions("plm_action")
    dataset = fo.Dataset(dataset_name)
    declare_schema(dataset, captions)
    paused, other = (Ingest(dataset, captions, shared=True) for _ in range(2))
    assert paused.existing(["a", "b"]) == other.existing(["a", "b"]) == {}
    for ingest, uids in ((paused, "ab"), (other, "acb")):
        for uid in uids:
            ingest.add(parse_record(small_record(uid)), clip_of(f"/clips/{uid}.mp4"))
    other.flush()
    paused.flush()
    assert dataset.values("video_uid") == ["a", "c", "b"]
    assert (other.inserted, paused.inserted) == (3, 0)


def test_a_claim_is_one_holders_until_its_lease_runs_out(dataset_name):
    first, second = Leases(dataset_name, lease=1.0), Leases(dataset_name, lease=1.0)
    with first.hold(7) as held:
        assert held is not None
        with second.hold(7) as refused, second.hold(8) as another:
            assert refused is None and another is not None
        time.sleep(1.5)  # renewed meanwhile
        with second.hold(7) as refused:
            assert refused is None
        held._over.set()  # as if it had been stopped
        held._thread.join()
        taken = []

        def take():
            with second.hold(7) as claim:
                taken.append(claim)
                return claim is not None

        wait_for(take)
    with first.hold(7) as again:
        again.finish(123)
    assert second.finished() == {7: 123}


def test_who_has_lost_a_claim_notices(dataset_name):
    first = Leases(dataset_name, lease=0.6)
    with first.hold(1) as held:
        first._collection.update_one({"_id": held._key}, {"$set": {"owner": "another"}})
        wait_for(lambda: held.lost)
        held.finish(5)
    assert first.finished() == {}
    assert first._collection.find_one({"_id": held._key})["owner"] == "another"


def test_one_at_a_time_opens_a_data_set(dataset_name):
    inside, most = [], []

    def work():
        with alone(dataset_name):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.05)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1, 1]


def test_claims_go_with_their_data_set(converted, dataset_name):
    ingest_shards(converted, dataset_name)
    claims = named_collection(COLLECTION)
    identity = str(dataset_id(fo.load_dataset(dataset_name)))
    assert claims.count_documents({"dataset": identity}) == 4
    fo.delete_dataset(dataset_name)
    forget_deleted()
    assert claims.count_documents({"dataset": identity}) == 0
    dataset, report = ingest_shards(converted, dataset_name)
    assert report.of("ok") == len(dataset) == 8


def test_what_cannot_be_added_to_is_refused(converted, dataset_name, tmp_path):
    with pytest.raises(OptionError, match="holds no conversion in shards"):
        open_ingest(tmp_path, dataset_name)
    with pytest.raises(OptionError, match="cannot be a dataset's name"):
        open_ingest(converted, "!!!")
    fo.Dataset(dataset_name).add_sample(fo.Sample(filepath="/mine.mp4"))
    with pytest.raises(DatasetError, match="--append"):
        open_ingest(converted, dataset_name)
    dataset, _ = ingest_shards(converted, dataset_name, append=True)
    assert len(dataset) == 9


def test_the_commands(converted, dataset_name, tmp_path, capsys):
    (converted / "clips" / "clip-5.mp4").unlink()
    assert main(["ingest", str(converted), "--name", dataset_name]) == 3
    shown = capsys.readouterr()
    assert "7 of 8 videos added" in shown.out and "no-clip: e.g. the clip of clip-5" in shown.out
    assert main(["status", str(converted)]) == 3
    shown = capsys.readouterr().out
    assert "7 of 8 videos have their clip" in shown and "4 of 4 shards complete" in shown
    assert main(["status", str(converted), "--list", "no-clip"]) == 0
    assert capsys.readouterr().out.startswith("clip-5\tfailed\tno-clip")
    convert = [
        "convert", str(tmp_path / "records"), "--videos", str(tmp_path / "videos"), "--name",
        dataset_name, "--out", str(converted), "--clip-seconds", "4",
    ]  # fmt: skip
    assert main([*convert, "--no-ingest"]) == 2 and "a sharded run" in capsys.readouterr().err
    assert main([*convert, "--processes", "1", "--scheduler", "tcp://127.0.0.1:1"]) == 2
    assert "one of processes and scheduler" in capsys.readouterr().err
    assert main([*convert, "--processes", "1", "--retry", "all"]) == 0
    shown = capsys.readouterr()
    assert "8 of 8 videos converted" in shown.out and "4/4 shards" in shown.err
    assert sorted(fo.load_dataset(dataset_name).values("video_uid")) == UIDS
    assert main(["ingest", str(tmp_path), "--name", dataset_name]) == 2
