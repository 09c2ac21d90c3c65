"""What an export may replace: its own files, and nothing else, whenever it is killed."""

from __future__ import annotations

import json
import os
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
from fiftyone import ViewField as F
from fiftyone_action100m import export
from fiftyone_action100m.cli import main
from fiftyone_action100m.exporters.export import Export
from fiftyone_action100m.exporters.place import PlaceError
from subset import subset_dataset

#: What changes the disk, as Python announces it.
_CHANGES = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.truncate")


@pytest.fixture(scope="module")
def subset() -> Iterator[fo.Dataset]:
    made = subset_dataset(f"test-{uuid.uuid4().hex[:10]}", 3)
    yield made
    made.delete()


def content(folder: Path) -> dict[str, bytes]:
    """Every file below a folder that no link leads to."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(p.is_symlink() for p in (path, *path.parents))
    }


def put(path: Path, text: str = "mine") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_files_of_others_stay_and_the_exports_own_go(subset: fo.Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(subset.limit(2), out, "webvtt")
    mine = [put(out / name) for name in ("notes.txt", "aa/notes.txt", "of/mine/c.vtt", ".hidden")]
    said = str(export(subset.skip(1), out, "webvtt", overwrite=True, dry_run=True))
    count = sum(1 for path in out.rglob("*") if path.is_file()) - len(mine)
    assert f"{count} files of the earlier export to replace" in said
    assert "4 other files in the folder kept" in said
    assert len(list(out.glob("aa/*.vtt"))) > 1
    report = export(subset.skip(1), out, "webvtt", overwrite=True)
    assert report.replaces == count and report.stay == 4
    assert all(path.read_text() == "mine" for path in mine)
    assert sorted(p.name for p in (out / "aa").iterdir()) == ["notes.txt"]  # the rest was ours
    export(subset.skip(1), tmp_path / "calm", "webvtt")
    calm = content(tmp_path / "calm")
    assert {name: content(out)[name] for name in calm} == calm
    assert set(content(out)) - set(calm) == {p.relative_to(out).as_posix() for p in mine}
    assert export(subset.skip(1), out, "webvtt").already


def test_another_format_takes_the_place_of_all_files(subset: fo.Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(subset, out, "webvtt")
    put(out / "notes.txt")
    export(subset, out, "jsonl", overwrite=True)
    assert sorted(p.name for p in out.iterdir()) == ["notes.txt", "segments.jsonl"]


def test_a_file_that_was_changed_is_not_replaced(subset: fo.Dataset, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(subset.limit(2), out, "eaf")
    before = content(out)
    edited = out / "aa.eaf"
    edited.write_text(edited.read_text().replace("A person", "Somebody"))
    work = edited.read_text()
    for dry_run in (True, False):
        with pytest.raises(PlaceError, match=r"aa\.eaf was changed after it was exported"):
            export(subset, out, "eaf", overwrite=True, dry_run=dry_run)
    assert edited.read_text() == work and set(content(out)) == set(before)
    edited.rename(tmp_path / "my-aa.eaf")
    assert export(subset, out, "eaf", overwrite=True).videos == 3
    assert (tmp_path / "my-aa.eaf").read_text() == work


def test_a_file_in_the_way_is_named_and_the_export_goes_on_later(
    subset: fo.Dataset, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export(subset.limit(2), out, "eaf")
    before = content(out)
    mine = put(out / "cc.eaf")
    with pytest.raises(PlaceError, match=r"cc\.eaf exists and does not belong to the export"):
        export(subset, out, "eaf", overwrite=True)
    assert content(out) == {**before, "cc.eaf": b"mine"}
    mine.rename(tmp_path / "mine.eaf")
    assert export(subset, out, "eaf", overwrite=True).videos == 3
    assert set(content(out)) == {"aa.eaf", "bb.eaf", "cc.eaf"}


@pytest.mark.parametrize("name", [".out.part", ".out.part/a.json", ".out.part/sub/mine.txt"])
def test_what_is_called_like_an_export_in_the_making_stays(
    subset: fo.Dataset, tmp_path: Path, name: str
) -> None:
    mine = put(tmp_path / name)
    with pytest.raises(PlaceError, match=r"\.out\.part exists and does not belong to an export"):
        export(subset, tmp_path / "out", "json")
    assert mine.read_text() == "mine" and not (tmp_path / "out").exists()


def test_a_file_beside_a_begun_export_stays(subset: fo.Dataset, tmp_path: Path) -> None:
    steps = Export(subset, tmp_path / "out", "json").run()
    next(steps)
    steps.close()
    mine = put(tmp_path / ".out.part" / "thesis.txt")
    with pytest.raises(PlaceError, match=r"\.out\.part exists"):
        export(subset, tmp_path / "out", "jsonl")
    assert mine.read_text() == "mine"
    mine.unlink()
    assert export(subset, tmp_path / "out", "jsonl").videos == 3
    assert sorted(content(tmp_path)) == ["out.EXPORT.txt", "out/segments.jsonl"]


def test_old_folders_and_reports_of_others_stay(subset: fo.Dataset, tmp_path: Path) -> None:
    old = put(tmp_path / ".out.old" / "thesis.txt")
    export(subset.limit(1), tmp_path / "out", "json")
    export(subset, tmp_path / "out", "json", overwrite=True)
    assert old.read_text() == "mine"
    report = put(tmp_path / "other.EXPORT.txt", "mine\n{}")
    with pytest.raises(PlaceError, match=r"other\.EXPORT\.txt exists"):
        export(subset, tmp_path / "other", "json")
    assert report.read_text() == "mine\n{}" and not (tmp_path / "other").exists()


def test_nothing_is_deleted_or_written_through_a_link(subset: fo.Dataset, tmp_path: Path) -> None:
    out, away = tmp_path / "out", tmp_path / "away"
    export(subset.limit(2), away / "real", "webvtt")
    out.symlink_to(away / "real")
    (tmp_path / "out.EXPORT.txt").write_bytes((away / "real.EXPORT.txt").read_bytes())
    before = content(away)
    with pytest.raises(PlaceError, match="is a link: give the folder that it leads to"):
        export(subset, out, "webvtt", overwrite=True)
    with pytest.raises(PlaceError, match="is a link"):
        export(subset, out, "webvtt")
    assert content(away) == before and out.is_symlink()
    # A folder of the export that was moved, and is a link now.
    real = away / "real"
    shutil.move(real / "aa", away / "aa")
    (real / "aa").symlink_to(away / "aa")
    (real / "mine").symlink_to(tmp_path)
    moved = content(away / "aa")
    with pytest.raises(PlaceError, match="was changed"):
        export(subset, real, "webvtt", overwrite=True)
    assert content(away / "aa") == moved
    (real / "aa").unlink()
    export(subset.skip(1), real, "webvtt", overwrite=True)
    assert content(away / "aa") == moved and (real / "mine").is_symlink()
    (tmp_path / ".part.part").symlink_to(away)
    with pytest.raises(PlaceError, match=r"\.part\.part exists"):
        export(subset, tmp_path / "part", "webvtt")
    assert content(away / "aa") == moved


def test_a_report_that_names_files_elsewhere_is_no_report(
    subset: fo.Dataset, tmp_path: Path
) -> None:
    out, report = tmp_path / "out", tmp_path / "out.EXPORT.txt"
    export(subset.limit(1), out, "json")
    mine = put(tmp_path / "thesis.txt")
    *lines, last = report.read_text().splitlines()
    for name in ("../thesis.txt", str(mine)):
        facts = json.loads(last)
        facts["files"][name] = [4, "0"]
        report.write_text("\n".join([*lines, json.dumps(facts)]) + "\n")
        with pytest.raises(PlaceError, match="is not the report of an export"):
            export(subset, out, "json", overwrite=True)
    assert mine.read_text() == "mine" and list(out.iterdir()) == [out / "aa.json"]


def test_a_folder_without_a_report_beside_it_is_no_export(
    subset: fo.Dataset, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    export(subset.limit(2), out, "webvtt")
    (tmp_path / "out.EXPORT.txt").unlink()
    before = content(out)
    for overwrite in (False, True):
        with pytest.raises(PlaceError, match="exists and is not an export"):
            export(subset, out, "json", overwrite=overwrite)
    assert content(out) == before


@pytest.mark.parametrize(
    "name", ["a\0b", "x" * 5000, "x" * 250, "file/below", "/", "..", "~no-such-user/x"]
)
def test_no_such_folder_is_said_in_a_line(
    subset: fo.Dataset, tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path / "file")
    out = name if name[0] in "/~" else f"{tmp_path}/{name}"
    for more in ([], ["--overwrite"], ["--dry-run"]):
        assert main(["export", subset.name, out, "--format", "json", *more]) == 2
        said = capsys.readouterr().err
        assert said.startswith("action100m: ") and said.count("\n") == 1 and len(said) < 400, said
    assert sorted(content(tmp_path)) == ["file"]


class Killed(BaseException):
    """Stands for a kill: nothing changes on the disk after it."""


class Killer:
    """Ends everything before the n-th change of the disk; counts them otherwise."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.below = ""
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self.left is None or not (event in _CHANGES or (event == "open" and _writes(args))):
            return
        if not str(args[0]).startswith(self.below):
            return
        if self.left == 0:
            raise Killed
        self.left -= 1


def _writes(args: tuple[Any, ...]) -> bool:
    return isinstance(args[2], int) and bool(args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


KILLER = Killer()


@pytest.mark.parametrize(
    ("before", "after"), [("webvtt", "webvtt"), ("json", "parquet"), (None, "json")]
)
def test_killed_at_any_change_of_the_disk_it_goes_on_and_others_files_stay(
    subset: fo.Dataset, tmp_path: Path, before: str | None, after: str
) -> None:
    shown = subset.filter_labels("gpt_summary_brief", F("level") < 2)
    start, out = tmp_path / "start", tmp_path / "work" / "out"
    mine = {"notes.txt": b"mine", "aa/notes.txt": b"mine", "of/mine/d.vtt": b"mine"}
    start.mkdir()
    if before is not None:
        export(shown.limit(2), start / "out", before)
        for name in mine:
            put(start / "out" / name)
        (start / "out" / "link").symlink_to(tmp_path)
    else:
        mine = {}
    export(shown.skip(1), tmp_path / "calm", after)
    expected = {**content(tmp_path / "calm"), **mine}
    overwrite, killed, kills = before is not None, True, 0
    while killed:
        shutil.rmtree(out.parent, ignore_errors=True)
        shutil.copytree(start, out.parent, symlinks=True)
        KILLER.left, KILLER.below = kills, str(out.parent)
        try:
            export(shown.skip(1), out, after, overwrite=overwrite)
            killed = False
        except Killed:
            kills += 1
        finally:
            KILLER.left = None
        there = content(out) if out.exists() else {}
        assert {name: there.get(name) for name in mine} == mine, kills
        assert export(shown.skip(1), out, after, overwrite=overwrite and killed).videos == 2
        assert content(out) == expected, kills
        assert sorted(p.name for p in out.parent.iterdir()) == ["out", "out.EXPORT.txt"], kills
        assert export(shown.skip(1), out, after).already
    assert kills > (10 if before else 5)
