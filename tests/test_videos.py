"""Finding a video's file."""

from __future__ import annotations

import pytest
from fiftyone_action100m.converters.clips.probe import probe
from fiftyone_action100m.converters.clips.videos import VideoFolder
from fiftyone_action100m.converters.options import ConvertOptions, resolve
from material import small_record, write_parquet, write_video


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


@pytest.mark.parametrize(
    "name",
    [
        "{}.mp4", "{}.MTS", "{}.m2ts", "{}.m4v", "{}.ts", "{}.3gp", "{}.flv", "{}.wmv", "{}.mpg",
        "{}.ogv", "Title [{}].mp4.mkv", "{}.webm.mp4", "A - title [x] [{}].mp4",
        "Title [{}].f137.mp4", "Title-{}.f137.mp4", "Title-{}.mp4", "A - title-{}.webm.mkv",
        "v_{}.mp4", "v_{}.avi",
    ],
)  # fmt: skip
@pytest.mark.parametrize("uid", ["abcDEF_-123", "-_starts_so", "ends_so-_-_", "v_abcdefghi"])
def test_names_of_downloaders_and_data_sets(tmp_path, name, uid):
    path = touch(tmp_path / name.format(uid))
    videos = VideoFolder(tmp_path)
    assert videos.find(uid) == path
    assert videos.find(uid.swapcase()) is None and videos.find(uid[1:]) is None


def test_ids_that_end_like_others_are_not_mixed_up(tmp_path):
    whole = touch(tmp_path / "a-bcdefghij.mp4")
    touch(tmp_path / "my-cat.mp4")
    touch(tmp_path / "Title [xx-abc].mp4")
    titled = touch(tmp_path / "Title-a-bcdefghi-.mp4")
    videos = VideoFolder(tmp_path)
    assert videos.find("a-bcdefghij") == whole and videos.find("a-bcdefghi-") == titled
    assert [videos.find(i) for i in ("bcdefghij", "cat", "abc", "bcdefghi-")] == [None] * 4


@pytest.fixture(scope="module")
def video(tmp_path_factory):
    """Two seconds of video, of which some tests want a part."""
    return write_video(tmp_path_factory.mktemp("video") / "v.mp4", 6).read_bytes()


def write(path, data):
    path.write_bytes(data)
    return path


def test_of_several_the_first_whole_video_counts(tmp_path, video):
    mp4, mkv, avi = (tmp_path / f"x.{suffix}" for suffix in ("mp4", "mkv", "avi"))
    write(tmp_path / "x.mp4.part", video)
    write(tmp_path / "x.mkv.ytdl", video)
    write(avi, video)
    for broken in (b"", b"<html>", video[: len(video) // 2]):
        write(mp4, broken)
        assert VideoFolder(tmp_path).find("x") == avi
        write(mkv, video)
        assert VideoFolder(tmp_path).find("x") == mkv
        mkv.unlink()
    write(mp4, video)
    assert VideoFolder(tmp_path).find("x") == mp4


def test_of_several_that_are_none_the_first_says_why(tmp_path):
    first = write(tmp_path / "x.mp4", b"<html>")
    write(tmp_path / "x.mkv", b"")
    assert VideoFolder(tmp_path).find("x") == first


def test_a_format_that_was_never_merged_is_the_last_choice(tmp_path, video):
    part = write(tmp_path / "Title [x].f137.mp4", video)
    assert VideoFolder(tmp_path).find("x") == part
    assert "never merged" in probe(part).warnings[0]
    whole = write(tmp_path / "Title [x].mkv", video)
    assert VideoFolder(tmp_path).find("x") == whole
    assert probe(whole).warnings == ()


def test_certain_names_come_before_others(tmp_path, video):
    write(tmp_path / "Title-abcdefghijk.mp4", video)
    write(tmp_path / "v_abcdefghijk.mp4", video)
    certain = write(tmp_path / "Title [abcdefghijk].avi", video)
    assert VideoFolder(tmp_path).find("abcdefghijk") == certain


@pytest.mark.parametrize(
    "name",
    [
        "foo {} bar.mp4", "{}.mp4.part", "{} (1).mp4", "foo-{}_000001_000011.mp4", "{}.en.vtt",
        "Title [{}].temp.mp4", "{}_h264.mp4",
    ],
)  # fmt: skip
def test_a_name_that_holds_an_id_is_told(tmp_path, name):
    touch(tmp_path / "deep" / name.format("-bcd_fghij_"))
    touch(tmp_path / "other.mp4")
    videos = VideoFolder(tmp_path)
    assert videos.find("-bcd_fghij_") is None
    assert videos.holding("-bcd_fghij_") == name.format("-bcd_fghij_")
    assert videos.holding("bcd_fghij_-") is None and videos.holding("-bcd_fghi") is None


def test_lookups_take_no_longer_in_a_large_folder(tmp_path, monkeypatch):
    from fiftyone_action100m.converters.clips import videos as module

    names = [f"Title {i} {i:011d} x.mp4" for i in range(20_000)]
    listed = []
    monkeypatch.setattr(
        module, "files_below", lambda *_: (listed.append(n) or tmp_path / n for n in names)
    )
    videos = VideoFolder(tmp_path)
    for i, name in enumerate(names):
        assert videos.find(f"{i:011d}") is None and videos.holding(f"{i:011d}") == name
    assert len(listed) == len(names)


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
