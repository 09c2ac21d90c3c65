"""Whatever a run writes is never its input, nor another run's."""

from __future__ import annotations

import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
from fiftyone_action100m import convert
from fiftyone_action100m.cli import main
from fiftyone_action100m.converters.clips.media import ClipSettings
from fiftyone_action100m.converters.clips.videos import VideoFolder
from fiftyone_action100m.converters.options import ConvertOptions
from fiftyone_action100m.converters.reading.sources import SourceError, find_files
from fiftyone_action100m.converters.shards.run import convert_shards
from fiftyone_action100m.converters.written import TooLargeError, files_below, is_conversion
from fiftyone_action100m.core.option_error import OptionError
from material import small_record, write_parquet, write_video

UIDS = ("one", "two")


@pytest.fixture(scope="session")
def wide_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_video(tmp_path_factory.mktemp("wide") / "wide.mp4", seconds=1.0, size="160x120")


@pytest.fixture
def folder(tmp_path: Path, wide_video: Path) -> Path:
    """Records and their videos, in one folder."""
    folder = tmp_path / "all"
    write_parquet(folder / "records.parquet", [small_record(uid, leaves=2) for uid in UIDS])
    (folder / "more").mkdir()
    for uid in UIDS:
        shutil.copy(wide_video, folder / "more" / f"{uid}.mp4")
    return folder


def digests(folder: Path) -> dict[str, str]:
    """The user's own files."""
    own = [folder / "records.parquet", *(folder / "more" / f"{uid}.mp4" for uid in UIDS)]
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in own}


def run(folder: Path, name: str, out: Path, sharded: bool = False, **options: Any) -> Any:
    source, videos = options.pop("source", folder), options.pop("videos", folder)
    if not sharded:
        return convert(source, videos, name, out, **options)
    clip = ClipSettings(max_height=options.pop("max_height", 480))
    with ThreadPoolExecutor(1) as executor:
        asked = ConvertOptions(source, videos, name, out, clip=clip, **options)
        return convert_shards(asked, executor=executor)


@pytest.mark.parametrize(
    ("place", "sharded"), [("out", True), (".", False), ("more/deep/out", False), ("more", True)]
)
def test_out_may_lie_where_the_input_is(
    folder: Path, dataset_name: str, sharded: bool, place: str
) -> None:
    before, out = digests(folder), folder / place
    for _ in range(3):
        dataset, report = run(folder, dataset_name, out, sharded)
        assert report.done == report.of("ok") == len(UIDS) and len(dataset) == len(UIDS)
    assert is_conversion(out) and digests(folder) == before
    # Another height is made of the sources, not of the clips that are there.
    for height, other in ((48, folder / "small"), (90, folder / "larger" / "out")):
        name = f"{dataset_name}-{height}"
        made, report = run(folder, name, other, sharded, max_height=height)
        assert report.of("ok") == len(UIDS)
        assert {s.metadata.frame_height for s in made} == {height}
        fo.delete_dataset(name)
    again, report = run(folder, dataset_name, out, sharded)
    assert report.done == report.of("ok") == len(UIDS)
    assert {s.metadata.frame_height for s in again} == {120} and digests(folder) == before


def test_other_ways_to_the_same_folders(
    folder: Path, dataset_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(folder, dataset_name, folder / "out")
    (folder / "link").symlink_to(folder / "out" / "clips")
    (folder / "above").symlink_to(folder)
    (folder / "a.mp4").symlink_to(folder / "out" / "clips" / "one.mp4")
    (folder / "b.json").symlink_to(folder / "out" / "report.json")
    monkeypatch.chdir(folder / "more")
    for place in (folder, Path("..")):
        assert {p.name for p in files_below(place)} == {"records.parquet", "one.mp4", "two.mp4"}
        assert [f.name for f in find_files(place)] == ["records.parquet"]
        videos = VideoFolder(place)
        assert {videos.find(uid).parent.name for uid in UIDS} == {"more"}  # type: ignore[union-attr]
    assert [f.name for f in find_files("../**/*.*")] == ["records.parquet"]
    with pytest.raises(SourceError, match="was written by a conversion"):
        find_files(folder / "out" / "manifest.jsonl")
    assert main(["inspect", str(folder)]) == 0


def test_a_copy_without_its_lock_is_known_by_its_manifest(folder: Path, dataset_name: str) -> None:
    run(folder, dataset_name, folder / "out")
    (folder / "out" / ".action100m.lock").unlink()
    (folder / "out").rename(folder / "copy")
    assert [f.name for f in find_files(folder)] == ["records.parquet"]
    assert VideoFolder(folder).find("one") == folder / "more" / "one.mp4"


def test_a_users_own_folders_of_such_names_are_read(folder: Path, tmp_path: Path) -> None:
    own = folder / "own"
    for name in ("clips", "shards", "data"):
        (own / name).mkdir(parents=True)
        (own / name / f"{name}-video.mp4").touch()
        (own / name / "rows.jsonl").write_text(json.dumps(small_record(name)))
    (own / "manifest.jsonl").write_text(json.dumps(small_record("listed")))
    (own / "report.json").write_text(json.dumps(small_record("reported")))
    assert len(find_files(own)) == 5
    assert VideoFolder(own).find("clips-video") is not None


def test_exports_and_loaded_data_sets_are_read_where_they_are_named_only(folder: Path) -> None:
    names = []
    for name, report in (("old", "old/EXPORT.txt"), ("new", "new.EXPORT.txt")):
        write_parquet(folder / name / "records.parquet", [small_record(name)])
        (folder / name / "one.mp4").touch()
        (folder / report).touch()
        names.append(folder / name)
    for name in ("data/one.mp4", "samples.json", "metadata.json", "notes.jsonl"):
        (folder / "loaded" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "loaded" / name).touch()
    found = [f.relative_to(folder).as_posix() for f in find_files(folder)]
    assert found == ["loaded/notes.jsonl", "records.parquet"]
    assert VideoFolder(folder).find("one") == folder / "more" / "one.mp4"
    for name in names:
        assert find_files(name) == [name / "records.parquet"]
        assert find_files(f"{name}/*.parquet") == [name / "records.parquet"]


@pytest.mark.parametrize("where", ["clips", "clips/deeper"])
def test_no_clip_takes_the_place_of_a_users_video(
    folder: Path, dataset_name: str, where: str
) -> None:
    videos = folder / where
    videos.parent.mkdir(exist_ok=True)
    (folder / "more").rename(videos)
    with pytest.raises(OptionError, match="contains --videos"):
        run(folder, dataset_name, folder, videos=videos)
    if where == "clips":
        with pytest.raises(OptionError, match="is not a conversion's"):
            run(folder, dataset_name, folder)
    assert len(list(videos.iterdir())) == 2 and not (folder / "manifest.jsonl").exists()


def test_looking_ends_where_there_is_too_much(tmp_path: Path) -> None:
    for i in range(40):
        (tmp_path / f"{i}").mkdir()
        (tmp_path / f"{i}" / "a.json").touch()
    assert len(find_files(tmp_path, most=200)) == len(find_files(f"{tmp_path}/**", most=200)) == 40
    with pytest.raises(TooLargeError):
        list(files_below(tmp_path, most=50))
    for source in (str(tmp_path), f"{tmp_path}/*/*.json", f"{tmp_path}/**/*.json"):
        with pytest.raises(SourceError, match=r"more than 50 .* narrower"):
            find_files(source, most=50)


def test_globs_name_what_the_standard_librarys_do(tmp_path: Path) -> None:
    import glob

    from fiftyone_action100m.converters.reading.globs import matches

    for name in ("a/b/c.json", "a/d.json", "a/.hidden/e.json", "[x]/f.json", "g.json", "a/b/h.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    for pattern in ("*.json", "**/*.json", "a/*", "a/?.json", "[[]x]/*.json", "**/b/*", "*/*/c.*",
                    "a/.*/*.json", "a/b/c.json", "none/*", "**/[!c].json"):  # fmt: skip
        expected = {Path(p) for p in glob.glob(f"{tmp_path}/{pattern}", recursive=True)}  # noqa: PTH207
        assert set(matches(f"{tmp_path}/{pattern}")) == expected, pattern
