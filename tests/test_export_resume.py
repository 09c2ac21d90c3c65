"""Exports that end early go on where they were, and whole ones are left as they are."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path

import fiftyone as fo
import forks
import pytest
from fiftyone_action100m import cut, export, segments
from fiftyone_action100m.cli import main
from fiftyone_action100m.exporters import journal
from fiftyone_action100m.exporters.export import Export
from fiftyone_action100m.exporters.formats import FORMATS
from fiftyone_action100m.exporters.journal import InUseError
from fiftyone_action100m.exporters.place import PlaceError
from fiftyone_action100m.exporters.segments import ParquetSegments
from fiftyone_action100m.exporters.writer import ShardWriter
from material import Converted

#: The command line, which stands still after its first checkpoint.
COMMAND = """
import sys, time
from fiftyone_action100m.cli import main
from fiftyone_action100m.exporters import journal

checkpoint, stood = journal.Journal.checkpoint, []

def stand(*arguments):
    checkpoint(*arguments)
    if not stood:
        stood.append(True)
        time.sleep(600)

journal._EVERY_VIDEOS, journal.Journal.checkpoint = 1, stand
sys.exit(main())
"""


@pytest.fixture
def demo(converted_demo: Converted) -> fo.Dataset:
    dataset: fo.Dataset = converted_demo.dataset
    return dataset


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Notes what is done after two videos, and ends a shard after two."""
    monkeypatch.setattr(journal, "_EVERY_VIDEOS", 2)
    monkeypatch.setattr(journal, "_EVERY_SECONDS", 3600.0)
    monkeypatch.setattr(ShardWriter, "shard_videos", 2)
    monkeypatch.setattr(ParquetSegments, "group_rows", 10)


def content(folder: Path) -> dict[str, bytes]:
    """An export's files, without the time that ELAN's have."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    drop = re.compile(rb'DATE="[^"]*"')
    return {str(p.relative_to(folder)): drop.sub(b"", p.read_bytes()) for p in files}


def give_up(dataset: fo.Dataset, out: Path, format: str, after: int) -> Export:
    job = Export(dataset, out, format)
    steps = job.run()
    for _ in range(after):
        next(steps)
    steps.close()
    return job


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_one_that_is_given_up_goes_on_and_becomes_the_same(
    demo: fo.Dataset, tmp_path: Path, often: None, format: str
) -> None:
    calm = export(demo, tmp_path / "calm", format)
    out = tmp_path / "out"
    for _ in range(2):
        give_up(demo, out, format, 3)  # the third is written, but not noted
    with (tmp_path / ".out.part" / journal.FILE_NAME).open("ab") as file:
        file.write(b'{"samples": ["torn')
    assert not out.exists()
    job = Export(demo, out, format)
    done = [step.done for step in job.run()]
    assert job.report.resumed == 4 and done == [5, 6]
    assert content(out) == content(tmp_path / "calm")
    assert job.report.counted() == calm.counted()
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "calm", "calm.EXPORT.txt", "out", "out.EXPORT.txt",
    ]  # fmt: skip


def test_a_second_run_does_nothing_unless_something_has_changed(
    demo: fo.Dataset, tmp_path: Path, dataset_name: str
) -> None:
    mine = demo.clone(dataset_name)
    out = tmp_path / "out"
    first = export(mine, out, "json")
    stamps = {p: p.stat().st_mtime_ns for p in out.iterdir()}
    again = export(mine, out, "json")
    assert again.already and again.counted() == first.counted() and again.exit_code == 0
    assert {p: p.stat().st_mtime_ns for p in out.iterdir()} == stamps
    victim = min(out.glob("*.json"))
    whole = victim.read_text()
    victim.write_text(whole[:-20])
    with pytest.raises(PlaceError, match="overwrite"):
        export(mine, out, "json")
    victim.write_text(whole)
    sample = mine.first()
    sample["title"] = "Another"
    sample.save()
    with pytest.raises(PlaceError, match="earlier state"):
        export(mine, out, "json")
    assert not export(mine, out, "json", overwrite=True).already
    assert "Another" in (out / f"{sample.video_uid}.json").read_text()


def test_a_view_that_is_made_again_is_the_same_export(demo: fo.Dataset, tmp_path: Path) -> None:
    for number, make in enumerate((lambda: cut(demo, 10), lambda: segments(demo, "plm_action"))):
        out = tmp_path / str(number)
        assert not export(make(), out, "jsonl").already
        assert export(make(), out, "jsonl").already


def test_what_is_left_of_another_export_is_not_used(
    demo: fo.Dataset, tmp_path: Path, often: None
) -> None:
    give_up(demo, tmp_path / "out", "json", 3)
    report = export(demo.skip(4), tmp_path / "out", "json")
    assert report.resumed == 0 and report.videos == 2
    assert len(list((tmp_path / "out").glob("*.json"))) == 2


def test_one_that_is_whole_but_for_its_name_gets_it(demo: fo.Dataset, tmp_path: Path) -> None:
    export(demo, tmp_path / "out", "json")
    expected = content(tmp_path / "out")
    (tmp_path / "out").rename(tmp_path / ".out.part")
    job = Export(demo, tmp_path / "out", "json")
    assert [step.done for step in job.run()] == [6]
    assert content(tmp_path / "out") == expected and job.report.videos == 6


def test_two_at_once_do_not_write_into_each_other(demo: fo.Dataset, tmp_path: Path) -> None:
    steps = Export(demo, tmp_path / "out", "jsonl").run()
    next(steps)
    with pytest.raises(InUseError, match="another export"):
        export(demo, tmp_path / "out", "jsonl")
    assert main(["export", demo.name, str(tmp_path / "out"), "--format", "jsonl"]) == 2
    assert len(list(steps)) == 5
    assert export(demo, tmp_path / "out", "jsonl").already


@pytest.mark.slow
def test_the_command_goes_on_after_ctrl_c_and_after_a_kill(
    demo: fo.Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    export(demo, tmp_path / "calm", "jsonl")
    arguments = ["export", demo.name, str(tmp_path / "out"), "--format", "jsonl"]
    written = tmp_path / ".out.part" / journal.FILE_NAME
    process = forks.start(COMMAND, *arguments)
    wait_for(lambda: lines(written) >= 2, process)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 130, out + error
    assert "the same command continues" in out
    before = lines(written)
    process = forks.start(COMMAND, *arguments)
    wait_for(lambda: lines(written) > before, process)
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    assert main(arguments) == 0
    assert "from an earlier, interrupted run" in capsys.readouterr().out
    assert content(tmp_path / "out") == content(tmp_path / "calm")


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for(condition: Callable[[], bool], process: forks.Started) -> None:
    end = time.monotonic() + 120
    while not condition() and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)


def test_a_full_disk_leaves_nothing_half_and_the_next_run_goes_on(
    demo: fo.Dataset, tmp_path: Path
) -> None:
    size = 4 * sum(Path(p).stat().st_size for p in demo.values("filepath")) // 6
    script = (
        "import resource, signal, sys\n"
        "from fiftyone_action100m.cli import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "import fiftyone\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))\n"
        f"sys.exit(main(['export', {demo.name!r}, {str(tmp_path / 'out')!r}, '--format', "
        "'webdataset']))"
    )
    done = forks.run(script)
    assert done.returncode == 4 and "the same command continues" in done.stderr, done.stderr
    assert not (tmp_path / "out").exists()
    assert export(demo, tmp_path / "out", "webdataset").videos == len(demo)
    export(demo, tmp_path / "calm", "webdataset")
    assert content(tmp_path / "out") == content(tmp_path / "calm")
