"""The repository is a dataset of FiftyOne's zoo: from an archive of it, by its URL."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import fiftyone as fo
import fiftyone.zoo as foz
import pytest
from github_server import REPO, GitHub
from material import small_record, write_parquet, write_video


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def address(repo_root: Path, tmp_path: Path) -> Iterator[str]:
    """Where an archive of the repository is, as it stands."""
    folder = tmp_path / "site"
    folder.mkdir()
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repo_root, check=True, capture_output=True, text=True,
    ).stdout.split("\0")  # fmt: skip
    wanted = [
        path for path in listed
        if path and not path.startswith(("tests/", "docs/", "js/", "benchmarks/"))
        and (repo_root / path).is_file()
    ]  # fmt: skip
    archive = folder / "explorer.tar.gz"
    pack = ["tar", "-czf", str(archive), "--transform", "s,^,explorer/,", *wanted]
    subprocess.run(pack, cwd=repo_root, check=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/{archive.name}"
    server.shutdown()
    server.server_close()


def test_it_converts_so_many_and_a_second_call_makes_the_rest(
    address: str, tmp_path: Path, dataset_name: str
) -> None:
    rows = [small_record(uid) for uid in ("aa", "bb", "cc")]
    for row in rows:
        write_video(tmp_path / "videos" / f"{row['video_uid']}.mp4")
    options = {
        "source": str(write_parquet(tmp_path / "records.parquet", rows)),
        "videos": str(tmp_path / "videos"),
    }
    first = foz.load_zoo_dataset(address, max_samples=2, dataset_name=dataset_name, **options)
    assert len(first) == 2 and not first.persistent
    assert first.count("plm_action.detections") == sum(
        1 for row in rows[:2] for node in row["nodes"] if node["plm_action"]
    )
    assert first.has_saved_view("whole videos")
    clips = {path: Path(path).stat().st_mtime_ns for path in first.values("filepath")}
    assert all(path.startswith(fo.config.dataset_zoo_dir) for path in clips)
    again = f"{dataset_name}-again"
    try:
        whole = foz.load_zoo_dataset(address, dataset_name=again, **options)
        assert sorted(whole.values("video_uid")) == ["aa", "bb", "cc"]
        for path, made in clips.items():
            assert Path(path).stat().st_mtime_ns == made  # not made anew
        same = foz.load_zoo_dataset(address, dataset_name=again, **options)
        assert same.name == again and len(same) == 3
        assert not [n for n in fo.list_datasets() if n.startswith("action100m-zoo-")]
    finally:
        fo.delete_dataset(again)


def test_what_is_missing_is_said_and_kept(
    repo_root: Path,
    tmp_path: Path,
    dataset_name: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(fo.config, "dataset_zoo_manifest_paths", [str(repo_root / "zoo.json")])
    monkeypatch.setattr(fo.config, "dataset_zoo_dir", str(tmp_path / "zoo"))
    rows = [small_record(uid) for uid in ("aa", "bb", "cc", "dd", "ee")]
    for row in rows[:2]:
        write_video(tmp_path / "videos" / f"{row['video_uid']}.mp4")
    (tmp_path / "videos" / "cc.mp4").write_bytes(b"no video")
    options = {
        "source": str(write_parquet(tmp_path / "records.parquet", rows)),
        "videos": str(tmp_path / "videos"),
    }
    folder = foz.download_zoo_dataset("action100m", **options)[1]
    said = capsys.readouterr().out
    assert folder == str(tmp_path / "zoo" / "action100m")
    assert "2 of 5 videos prepared" in said and re.search(r"2 +skipped +no-video", said), said
    made = foz.load_zoo_dataset("action100m", dataset_name=dataset_name, **options)
    said = capsys.readouterr().out
    assert "2 of 5 videos loaded" in said and re.search(r"2 +skipped +no-video", said), said
    assert len(made) == 2
    kept = fo.load_dataset(dataset_name).info["action100m"]["report"]
    assert (kept["videos"], kept["loaded"]) == (5, 2)
    assert [(row["status"], row["videos"]) for row in kept["missing"]] == [
        ("failed", 1),
        ("skipped", 2),
    ]


@pytest.fixture
def github(repo_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHub]:
    """A GitHub of this process's own, with this repository; the zoo's folder is new."""
    monkeypatch.setattr(fo.config, "dataset_zoo_dir", str(tmp_path / "zoo"))
    with GitHub(repo_root, tmp_path) as github:
        for name, value in github.environment.items():
            monkeypatch.setenv(name, value)
        yield github


def test_it_is_loaded_from_its_address_on_github(
    github: GitHub, tmp_path: Path, dataset_name: str
) -> None:
    rows = [small_record("aa")]
    write_video(tmp_path / "videos" / "aa.mp4")
    options = {
        "source": str(write_parquet(tmp_path / "records.parquet", rows)),
        "videos": str(tmp_path / "videos"),
    }
    address = f"https://github.com/{REPO}"
    made = foz.load_zoo_dataset(address, max_samples=1, dataset_name=dataset_name, **options)
    assert made.values("video_uid") == ["aa"]
    assert github.asked == [f"/repos/{REPO}/zipball"]
    again = f"{dataset_name}-again"
    try:  # by its short name, and by the name that it gives itself: what is there is used
        for name in (REPO, "@action100m/explorer"):
            same = foz.load_zoo_dataset(name, dataset_name=again, **options)
            assert same.values("filepath") == made.values("filepath")
            same.delete()
    finally:
        if fo.dataset_exists(again):
            fo.delete_dataset(again)
    assert len(github.asked) == 1
    # A path is a repository on GitHub to FiftyOne: it cannot be given one.
    with pytest.raises(ValueError, match="Failed to retrieve dataset metadata"):
        foz.load_zoo_dataset(str(tmp_path))
    assert github.asked[1:] and all(p.startswith("/repos/") for p in github.asked)


def test_a_checkout_is_loaded_from_where_it_is(
    repo_root: Path, tmp_path: Path, dataset_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FiftyOne takes no path here; its setting for manifests takes this one's."""
    monkeypatch.setattr(fo.config, "dataset_zoo_manifest_paths", [str(repo_root / "zoo.json")])
    rows = [small_record(uid) for uid in ("aa", "bb")]
    for row in rows:
        write_video(tmp_path / "videos" / f"{row['video_uid']}.mp4")
    options = {
        "source": str(write_parquet(tmp_path / "records.parquet", rows)),
        "videos": str(tmp_path / "videos"),
    }
    assert "action100m" in foz.list_zoo_datasets()
    one = foz.load_zoo_dataset("action100m", max_samples=1, dataset_name=dataset_name, **options)
    assert one.values("video_uid") == ["aa"] and one.has_saved_view("whole videos")
    (clip,) = one.values("filepath")
    made = Path(clip).stat().st_mtime_ns
    assert clip.startswith(fo.config.dataset_zoo_dir)
    again = f"{dataset_name}-again"
    try:
        whole = foz.load_zoo_dataset("action100m", dataset_name=again, **options)
        assert sorted(whole.values("video_uid")) == ["aa", "bb"]
        assert Path(clip).stat().st_mtime_ns == made
        assert foz.find_zoo_dataset("action100m") in clip
    finally:
        fo.delete_dataset(again)
