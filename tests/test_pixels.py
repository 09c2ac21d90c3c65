"""Supports in the dataset against the pictures in the clips: no frame shows another leaf."""

from __future__ import annotations

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
from fiftyone_action100m import convert
from fiftyone_action100m.demo.layout import lay_out
from fiftyone_action100m.demo.make import STYLES
from fiftyone_action100m.demo.palette import leaf_colours, leaves_of
from fiftyone_action100m.demo.records import demo_record
from fiftyone_action100m.demo.render import render
from material import nearest_leaf, small, write_parquet

SIZE = (192, 108)
RATES = ["24", "25", "30000/1001", "30", "50", "60", "variable"]


def shown_leaves(path, record, size, wanted):
    """Decodes a clip and returns, for the frames wanted (1-based), the leaf that each shows."""
    colours = leaf_colours(record)
    box = np.asarray(lay_out(size).colour, dtype=float).reshape(2, 2) / size
    shown = {}
    with av.open(path) as container:
        for number, frame in enumerate(container.decode(video=0), start=1):
            if number in wanted:
                x, y = (box * (frame.width, frame.height)).T.astype(int)
                area = frame.to_ndarray(format="rgb24")[y[0] + 2 : y[1] - 2, x[0] + 2 : x[1] - 2]
                shown[number] = nearest_leaf(area.reshape(-1, 3).mean(axis=0), colours)
    return shown


def check_leaves(sample, record, size):
    """Holds every leaf's first and last frame against its colour; returns how many leaves."""
    supports = {
        d.node_id: d.support for d in sample.plm_action.detections if d.tier == "leaf"
    }  # fmt: skip
    wanted = {frame for support in supports.values() for frame in support}
    shown = shown_leaves(sample.filepath, record, size, wanted)
    assert set(shown) == wanted
    for node_id, (first, last) in supports.items():
        assert (shown[first], shown[last]) == (node_id, node_id), (sample.video_uid, first, last)
    end = sample.metadata.duration
    inside = [n for n in leaves_of(record) if n["start"] < end - 1 / sample.metadata.frame_rate]
    assert {n["node_id"] for n in inside} <= set(supports)
    return len(supports)


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """The same story as a video of each rate, and of none in particular."""
    folder = tmp_path_factory.mktemp("pixels")
    records = {}
    for i, rate in enumerate(RATES):
        uid = f"rate-{i}"
        record = {**demo_record(i, seconds=7, leaves=12), "video_uid": uid}
        variable = rate == "variable"
        path = folder / "videos" / f"{uid}.mp4"
        path.parent.mkdir(exist_ok=True)
        render(record, path, fps="20" if variable else rate, size=SIZE, variable_rate=variable)
        records[uid] = record
    write_parquet(folder / "records.parquet", list(records.values()))
    return folder, records


@pytest.mark.parametrize("height", [480, 90], ids=["as they are", "scaled down"])
def test_every_leaf_is_on_screen_when_its_label_says_so(sources, dataset_name, tmp_path, height):
    folder, records = sources
    dataset, report = convert(
        folder / "records.parquet", folder / "videos", dataset_name, tmp_path,
        clip_seconds=5.0, max_height=height,
    )  # fmt: skip
    assert report.of("ok") == len(RATES)
    if height == 480:
        assert report.counts["ok", "encode"] < len(RATES)  # some were only cut
    for sample in dataset:
        assert check_leaves(sample, records[sample.video_uid], SIZE) >= 6
    by_uid = dict(zip(*dataset.values(["video_uid", "metadata.frame_rate"]), strict=True))
    assert by_uid["rate-2"] == pytest.approx(30000 / 1001, rel=1e-12)


def test_a_label_that_is_a_frame_late_is_noticed(sources, dataset_name, tmp_path):
    """The check above can fail: it does when the labels are moved by one frame."""
    folder, records = sources
    dataset, _ = convert(
        folder / "records.parquet", folder / "videos", dataset_name, tmp_path,
        clip_seconds=5.0, max_samples=1,
    )  # fmt: skip
    sample = dataset.first()
    for d in sample.plm_action.detections:
        d.support = [d.support[0], min(d.support[1] + 1, sample.metadata.total_frame_count)]
    with pytest.raises(AssertionError):
        check_leaves(sample, records[sample.video_uid], SIZE)


def test_the_demo_itself(converted_demo):
    """The demo's videos, whole, in small pictures."""
    assert converted_demo.report.exit_code == 0
    assert set(converted_demo.report.warnings) <= {"wrong-duration"}
    rows = {row["video_uid"]: row for row in pq.read_table(converted_demo.records).to_pylist()}
    for i, sample in enumerate(converted_demo.dataset):
        record = rows[sample.video_uid]
        assert check_leaves(sample, record, small(STYLES[i]).size) >= 30
        end = max(leaf["end"] for leaf in leaves_of(record))
        assert sample.metadata.duration == pytest.approx(min(end, 90), abs=0.1)
