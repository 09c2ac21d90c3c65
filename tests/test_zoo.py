"""The repository is a data set of FiftyOne's zoo: from an archive of it, by its URL."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import fiftyone as fo
import fiftyone.zoo as foz
import pytest
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
