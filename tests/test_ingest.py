"""Batches are stored by a thread: in order, all of them, and what fails there is raised here."""

from __future__ import annotations

import gc
import threading

import fiftyone as fo
import pytest
from fiftyone_action100m.converters.storing.ingest import Ingest
from fiftyone_action100m.converters.storing.schema import declare_schema
from fiftyone_action100m.core.fields import select_captions
from fiftyone_action100m.core.records import parse_record
from material import clip_of, small_record

CAPTIONS = select_captions("plm_action")


@pytest.fixture
def dataset(dataset_name):
    dataset = fo.Dataset(dataset_name)
    declare_schema(dataset, CAPTIONS)
    return dataset


def add(ingest, *uids):
    for uid in uids:
        ingest.add(parse_record(small_record(uid)), clip_of(f"/clips/{uid}.mp4"))


def test_samples_are_stored_in_the_order_added(dataset):
    uids = [f"video-{i}" for i in range(11)]
    ingest = Ingest(dataset, CAPTIONS, batch=2)
    add(ingest, *uids)
    ingest.flush()
    assert dataset.values("video_uid") == uids
    assert ingest.inserted == 11
    ingest.flush()
    assert ingest.inserted == len(dataset) == 11


def test_what_the_thread_meets_is_raised_and_the_next_batch_is_stored(dataset):
    dataset.drop_index("video_uid")
    dataset.create_index("video_uid", unique=True)
    ingest = Ingest(dataset, CAPTIONS, batch=2)
    add(ingest, "a", "b", "b", "c")
    with pytest.raises(ValueError, match="duplicate key"):
        ingest.flush()
    add(ingest, "d")
    ingest.flush()
    assert dataset.values("video_uid") == ["a", "b", "c", "d"]


def test_an_error_stops_a_run_that_goes_on_adding(dataset):
    dataset.drop_index("video_uid")
    dataset.create_index("video_uid", unique=True)
    ingest = Ingest(dataset, CAPTIONS, batch=1)
    add(ingest, "a", "a")
    with pytest.raises(ValueError, match="duplicate key"):
        add(ingest, "b", "c", "d", "e")
    ingest.flush()
    # It is raised before another batch is handed over than the two that wait.
    assert dataset.values("video_uid") == ["a", "b", "c", "d"]


def test_the_thread_ends_with_its_ingest(dataset):
    ingest = Ingest(dataset, CAPTIONS)
    add(ingest, "a")
    ingest.flush()
    names = [t.name for t in threading.enumerate() if t.name.startswith("ingest")]
    del ingest
    gc.collect()  # those of other tests, too, whose threads have the same names
    for thread in threading.enumerate():
        if thread.name in names:
            thread.join(10)
            assert not thread.is_alive()
