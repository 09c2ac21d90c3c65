"""Finding a video's file."""

from __future__ import annotations

import pytest
from fiftyone_action100m.converters.clips.videos import VideoFolder
from fiftyone_action100m.converters.options import ConvertOptions, resolve
from material import small_record, write_parquet


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return path


def test_names_that_count(tmp_path):
    plain = touch(tmp_path / "abc.mp4")
    deep = touch(tmp_path / "x" / "y" / "-dash_1.webm")
    titled = touch(tmp_path / "Some [odd] title [id-42_Z].mkv")
    for name in ("note.txt", ".hidden.mp4", "abc.mp4.part", "abc.info.json"):
        touch(tmp_path / name)
    touch(tmp_path / ".cache" / "zzz.mp4")
    videos = VideoFolder(tmp_path)
    assert videos.find("abc") == plain and videos.find("-dash_1") == deep
    assert videos.find("id-42_Z") == titled
    assert [videos.find(i) for i in ("note", "zzz", "odd", "")] == [None] * 4
    assert len(videos) == 3


def test_of_several_the_better_container_counts(tmp_path):
    touch(tmp_path / "a" / "x.webm")
    best = touch(tmp_path / "b" / "x.mp4")
    touch(tmp_path / "c" / "Title [x].mkv")
    assert VideoFolder(tmp_path).find("x") == best


def test_links_are_followed_but_not_in_circles(tmp_path):
    real = touch(tmp_path / "real" / "a.mp4")
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "link").symlink_to(real.parent)
    (tmp_path / "real" / "back").symlink_to(tmp_path / "videos")
    assert VideoFolder(tmp_path / "videos").find("a").samefile(real)


def test_a_video_is_found_without_counting_them_all(tmp_path, monkeypatch):
    video = touch(tmp_path / "videos" / "a.mp4")
    write_parquet(tmp_path / "rows.parquet", [small_record("a")])
    what = resolve(
        ConvertOptions(tmp_path / "rows.parquet", tmp_path / "videos", "none", tmp_path / "out")
    )
    monkeypatch.setattr(VideoFolder, "__len__", lambda videos: pytest.fail("counted"))
    assert what.find("a") == video and what.find("b") is None


def test_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="--videos"):
        VideoFolder(tmp_path / "nowhere")
