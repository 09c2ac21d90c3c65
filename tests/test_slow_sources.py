"""Sources with few pictures: short nodes have frames, and those that cannot are counted."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fiftyone_action100m import convert, convert_shards
from fiftyone_action100m.converters.clips.make import ClipSettings, make_clip
from fiftyone_action100m.core import frames
from material import write_parquet
from rowwise import support
from shard_material import Inline, options_of
from video_sources import numbered, read_numbers

LOST = "node-without-frame"


def slides(path: Path, fps: str, seconds: int = 6, codec: str = "mpeg4") -> Path:
    """Writes a video that shows the number of each of its pictures."""
    rate = Fraction(fps)
    path.parent.mkdir(parents=True, exist_ok=True)
    return numbered(path, [i / rate for i in range(int(seconds * rate))], 1 / rate, rate, codec)


def record(uid: str, *marks: float) -> dict[str, Any]:
    """A record of a root and of leaves from each mark to the next."""
    spans = [(0, None, marks[0], marks[-1])]
    spans += [(1, "n-0", a, b) for a, b in itertools.pairwise(marks)]
    nodes = [
        {
            "node_id": f"n-{i}",
            "parent_id": parent,
            "level": level,
            "start": start,
            "end": end,
            "plm_action": f"act {i}",
        }
        for i, (level, parent, start, end) in enumerate(spans)
    ]
    metadata = {"title": uid, "duration": round(marks[-1])}
    return {"video_uid": uid, "metadata": metadata, "nodes": nodes}


@pytest.mark.parametrize(
    ("fps", "finest", "max_fps", "rate"),
    [
        ("1", None, 60, "4"),
        ("1", 0.5, 60, "4"),
        ("1", 0.11, 60, "10"),
        ("1", 0.001, 60, "24"),  # the first multiple that is no slow rate
        ("1/2", 0.3, 60, "4"),
        ("3/2", None, 60, "9/2"),
        ("15", 0.1, 60, "15"),
        ("15", 0.05, 60, "30"),
        ("1", 0.1, 3, "3"),  # not above what is the highest
        ("10", 0.01, 12, "10"),
        ("24000/1001", 0.01, 60, "24000/1001"),
        ("25", 0.001, 60, "25"),
    ],
)
def test_a_slow_source_is_raised_by_a_whole_multiple(
    tmp_path: Path, fps: str, finest: float | None, max_fps: int, rate: str
) -> None:
    source = slides(tmp_path / "s.mp4", fps)
    settings = ClipSettings(clip_seconds=5.0, max_fps=max_fps)
    clip = make_clip(source, tmp_path / "c.mp4", settings, finest)
    assert clip.frame_rate == Fraction(rate)
    assert clip.total_frame_count == frames.frame_count(5.0, clip.frame_rate)
    times = clip.frame_rate / Fraction(fps)
    assert times.denominator == 1
    assert read_numbers(clip.path) == [i // times for i in range(clip.total_frame_count)]


def test_a_slow_source_that_complies_is_still_copied_where_its_rate_will_do(tmp_path: Path) -> None:
    source = slides(tmp_path / "s.mp4", "10", codec="libx264")
    settings = ClipSettings(clip_seconds=10)
    assert make_clip(source, tmp_path / "c.mp4", settings, finest=0.1).action == "copy"
    clip = make_clip(source, tmp_path / "c.mp4", settings, finest=0.09)
    assert (clip.action, clip.frame_rate) == ("encode", 20)


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Slides under leaves of half a second and less, and a video whose leaves are too short."""
    folder = tmp_path_factory.mktemp("slow")
    halves = [i / 2 for i in range(13)]
    tiny = [0, 0.01, 0.015, 0.018, 2, 5.999, 6]  # the short ones hold no frame's centre
    rows = [
        record("slides", *halves),
        record("quick-slides", 0, 0.1, 0.5, 6),
        record("tiny", *tiny),
        record("beyond", 0, 6, 100, 100.01),  # not in the clip, and none that it has lost
    ]
    write_parquet(folder / "records.parquet", rows, group=2)
    for uid, fps in (("slides", "1"), ("quick-slides", "2"), ("tiny", "25"), ("beyond", "25")):
        slides(folder / "videos" / f"{uid}.mp4", fps)
    return folder


def lost_in(marks: list[float], fps: Fraction) -> int:
    return sum(support(a, b, fps, 10_000) is None for a, b in itertools.pairwise(marks))


@pytest.mark.parametrize("sharded", [False, True], ids=["plain", "in shards"])
def test_every_leaf_has_a_frame_or_is_counted(
    material: Path, dataset_name: str, tmp_path: Path, sharded: bool
) -> None:
    if sharded:
        options = options_of(material, dataset_name, tmp_path)
        dataset, report = convert_shards(options, executor=Inline(), shard_size=2)
    else:
        source = material / "records.parquet"
        dataset, report = convert(
            source, material / "videos", dataset_name, tmp_path, clip_seconds=4
        )
    by_uid = {s.video_uid: s for s in dataset}
    assert len(by_uid) == 4
    leaves = {
        uid: [d for d in s.plm_action.detections if d.tier == "leaf"] for uid, s in by_uid.items()
    }
    assert by_uid["slides"].metadata.frame_rate == 4
    assert [d.support for d in leaves["slides"]] == [[2 * i + 1, 2 * i + 2] for i in range(8)]
    assert by_uid["quick-slides"].metadata.frame_rate == 10
    assert [d.support for d in leaves["quick-slides"]] == [[1, 1], [2, 5], [6, 40]]
    lost = lost_in([0, 0.01, 0.015, 0.018, 2], Fraction(25))
    assert lost == 3 and len(leaves["tiny"]) == 1 + 1
    assert report.warnings[LOST] == lost
    assert f"{LOST} {lost}" in str(report)


def test_a_record_with_shorter_leaves_gets_another_clip_until_it_has_a_sample(
    material: Path, dataset_name: str, tmp_path: Path
) -> None:
    source = tmp_path / "records.parquet"

    def rate(*marks: float) -> tuple[float, str]:
        write_parquet(source, [record("slides", *marks)])
        dataset, report = convert(
            source, material / "videos", dataset_name, tmp_path / "out", clip_seconds=4
        )
        (reason,) = (reason for _, reason in report.counts)
        return dataset.first().metadata.frame_rate, reason

    import fiftyone as fo

    assert rate(0, 0.5, 6) == (4, "encode")
    assert rate(0, 0.1, 6) == (4, "already there")
    fo.load_dataset(dataset_name).clear()
    assert rate(0, 0.1, 6) == (10, "encode")
    fo.load_dataset(dataset_name).clear()
    assert rate(0, 0.5, 6) == (10, "already there")
