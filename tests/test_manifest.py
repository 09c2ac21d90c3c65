"""The manifest: appended to, torn, read while written, written by one."""

from __future__ import annotations

import threading

import pytest
from fiftyone_action100m.converters.manifest import Manifest, ManifestError, ManifestRow
from fiftyone_action100m.converters.written import MANIFEST


def test_the_last_row_of_a_video_counts_also_after_opening_again(tmp_path):
    with Manifest(tmp_path) as manifest:
        manifest.append(ManifestRow("a", "failed", "bad-clip", "broken\nhere"))
        manifest.append(ManifestRow("b", "ok", clip={"frames": 3}))
        manifest.append(ManifestRow("a", "ok"))
        assert manifest.get("a").status == "ok"
    with Manifest(tmp_path, write=False) as manifest:
        assert [(r.key, r.status) for r in manifest] == [("b", "ok"), ("a", "ok")]
        assert manifest.get("b").clip == {"frames": 3} and manifest.get("c") is None
        assert manifest.counts() == {("ok", ""): 2} and len(manifest) == 2


def test_a_line_torn_by_a_kill_is_passed_over_and_the_next_is_whole(tmp_path):
    with Manifest(tmp_path) as manifest:
        manifest.append(ManifestRow("a", "ok"))
        manifest.append(ManifestRow("b", "ok", message="x" * 50))
    path = tmp_path / MANIFEST
    path.write_bytes(path.read_bytes()[:-20])
    with Manifest(tmp_path) as manifest:
        assert manifest.get("b") is None
        manifest.append(ManifestRow("c", "ok"))
        assert manifest.get("c").status == "ok"
    with Manifest(tmp_path, write=False) as manifest:
        assert [r.key for r in manifest] == ["a", "c"]


@pytest.mark.parametrize(
    "line",
    [b"{}", b"[]", b"null", b'{"key": 3, "status": "ok"}', b'{"key":"x","status":"?"}', b"\xff"],
)
def test_lines_that_are_no_rows_are_passed_over(tmp_path, line):
    (tmp_path / MANIFEST).write_bytes(line + b'\n{"key":"a","status":"ok","later":1}\n')
    with Manifest(tmp_path) as manifest:
        assert [r.key for r in manifest] == ["a"]


def test_only_one_writes_but_others_read(tmp_path):
    with Manifest(tmp_path) as manifest:
        manifest.append(ManifestRow("a", "ok"))
        with pytest.raises(ManifestError, match="another run"):
            Manifest(tmp_path)
        with Manifest(tmp_path, write=False) as reader:
            assert len(reader) == 1
    Manifest(tmp_path).close()


def test_a_folder_without_a_manifest_is_read_as_empty(tmp_path):
    with Manifest(tmp_path / "nowhere", write=False) as manifest:
        assert len(manifest) == 0 and manifest.get("a") is None and list(manifest) == []
    assert not (tmp_path / "nowhere").exists()


def test_several_threads_append(tmp_path):
    with Manifest(tmp_path) as manifest:
        threads = [
            threading.Thread(
                target=lambda t=t: [
                    manifest.append(ManifestRow(f"{t}-{i}", "ok")) for i in range(50)
                ]
            )
            for t in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(manifest) == 200
    with Manifest(tmp_path, write=False) as manifest:
        assert len(list(manifest)) == 200
