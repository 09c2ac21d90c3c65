"""Converting with videos from a site: local files first, classes in the manifest, going on."""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import forks
import pytest
from fiftyone_action100m import convert
from fiftyone_action100m.acquire.gate import Gate
from fiftyone_action100m.acquire.options import FetchOptions
from fiftyone_action100m.cli import main
from fiftyone_action100m.converters.manifest import Manifest
from fiftyone_action100m.converters.report import Progress
from fiftyone_action100m.core.option_error import OptionError
from material import small_record, write_parquet, write_video
from shard_material import wait_for
from web_server import HTML, Behaviour, WebSite

UIDS = ("aa", "bb", "cc", "dd")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fetch")
    write_parquet(folder / "rows.parquet", [small_record(uid) for uid in UIDS])
    for uid in UIDS:
        write_video(folder / "site" / f"{uid}.mp4")
    write_video(folder / "local" / "aa.mp4", size="96x64")
    return folder


@pytest.fixture
def site(folder: Path) -> Iterator[WebSite]:
    with WebSite(folder / "site") as site:
        yield site


def fetch(site: WebSite, **options: Any) -> FetchOptions:
    quick = {"pause": 0.0, "retries": 1, "backoff": 0.05, "throttle_wait": 0.2, "patience": 0.5}
    return FetchOptions(**{"url": site.template, "stall": 5.0} | quick | options)


def rows(out: Path) -> dict[str, tuple[str, str]]:
    with Manifest(out, write=False) as manifest:
        return {row.key: (row.status, row.reason) for row in manifest}


def test_local_files_win_and_the_rest_comes_from_the_web(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path
) -> None:
    dataset, report = convert(
        folder / "rows.parquet", folder / "local", dataset_name, tmp_path, fetch=fetch(site)
    )
    assert report.exit_code == 0 and dataset is not None
    assert dataset.values("video_uid") == list(UIDS)
    assert dataset.values("metadata.frame_width") == [96, 64, 64, 64]
    assert site.asked("aa.mp4") == [] and len(site.asked("bb.mp4")) >= 2
    assert sorted(p.name for p in tmp_path.iterdir() if p.suffix != ".lock") == [
        "clips", "manifest.jsonl", "report.json"
    ]  # fmt: skip
    assert sorted(p.name for p in (tmp_path / "clips").iterdir()) == [f"{u}.mp4" for u in UIDS]


def test_each_class_is_in_the_manifest_and_only_what_may_change_is_asked_again(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path
) -> None:
    site.behave("aa.mp4", Behaviour(status=410))
    site.behave("bb.mp4", Behaviour(status=500))
    site.behave("cc.mp4", Behaviour(body=HTML))
    arguments = (folder / "rows.parquet", None, dataset_name, tmp_path)
    dataset, report = convert(*arguments, fetch=fetch(site))
    assert report.exit_code == 3 and dataset is not None
    expected = {
        "aa": ("failed", "gone"), "bb": ("failed", "network"), "cc": ("failed", "bad-media"),
        "dd": ("ok", ""),
    }  # fmt: skip
    assert rows(tmp_path) == expected
    with Manifest(tmp_path, write=False) as manifest:
        row = manifest.get("aa")
        assert row is not None and "HTTP Error 410" in row.message
        assert row.source == f"{site.root}/aa.mp4"

    site.behave(None, Behaviour())
    site.seen.clear()
    convert(*arguments, fetch=fetch(site))
    assert {seen.path for seen in site.seen} == {"/bb.mp4"}
    assert rows(tmp_path) == expected | {"bb": ("ok", "")}
    convert(*arguments, fetch=fetch(site), retry=["gone"])
    assert rows(tmp_path)["aa"] == ("ok", "") and rows(tmp_path)["cc"][0] == "failed"
    dataset, report = convert(*arguments, fetch=fetch(site), retry=["failed"])
    assert report.exit_code == 0 and dataset is not None
    assert sorted(dataset.values("video_uid")) == list(UIDS)


def test_a_site_that_refuses_ends_the_run_with_the_list_unburnt(
    site: WebSite, dataset_name: str, tmp_path: Path
) -> None:
    records = [small_record(f"v{i}") for i in range(40)]
    write_parquet(tmp_path / "many.parquet", records)
    site.behave(None, Behaviour(status=429))
    arguments = (tmp_path / "many.parquet", None, dataset_name, tmp_path / "out")
    _, report = convert(*arguments, fetch=fetch(site), workers=2)
    assert report.stopped == "throttled" and report.exit_code in (3, 4)
    assert len(site.seen) < 8
    assert {reason for _, reason in rows(tmp_path / "out").values()} == {"throttled"}
    assert len(rows(tmp_path / "out")) < 20


def test_while_the_site_throttles_it_says_how_long(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path
) -> None:
    site.behave(None, Behaviour(status=429))
    said: list[Progress] = []

    def note(step: Progress) -> None:
        if step.throttled is not None and not said:
            site.behave(None, Behaviour())
        said.append(step)

    _, report = convert(
        folder / "rows.parquet", None, dataset_name, tmp_path, progress=note,
        fetch=fetch(site, throttle_wait=2.5, patience=60.0),
    )  # fmt: skip
    assert report.exit_code == 0 and report.of("ok") == len(UIDS)
    waits = [step.throttled for step in said if step.throttled is not None]
    assert waits == sorted(waits, reverse=True) and len(waits) >= 2 and waits[0] <= 2.5 * 1.25
    words = r"0/4 videos, 0 ok; the site throttles, asked again in [0-3]\.\d s"
    assert re.fullmatch(words, str(said[0]))
    assert [step.done for step in said if step.throttled is None] == [1, 2, 3, 4]


def test_a_throttled_site_is_waited_for_as_long_as_patience_lasts(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path
) -> None:
    site.behave("aa.mp4", Behaviour(status=429, times=7))
    _, report = convert(
        folder / "rows.parquet", None, dataset_name, tmp_path, max_samples=1,
        fetch=fetch(site, throttle_wait=0.01, patience=60.0),
    )  # fmt: skip
    assert report.exit_code == 0 and report.of("ok") == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_video_that_alone_is_throttled_does_not_hold_the_others_up(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path, workers: int
) -> None:
    site.behave("aa.mp4", Behaviour(status=429))
    said: list[Progress] = []
    dataset, report = convert(
        folder / "rows.parquet", None, dataset_name, tmp_path, workers=workers,
        fetch=fetch(site, throttle_wait=0.01, patience=60.0), progress=said.append,
    )  # fmt: skip
    assert dataset is not None and dataset.values("video_uid") == ["bb", "cc", "dd"]
    assert report.counts["failed", "throttled"] == 1 and report.stopped == ""
    assert len(site.asked("aa.mp4")) <= 9
    assert "throttles" not in str(said[-1])  # nothing will be asked again


def test_a_throttled_video_is_given_up_though_the_others_came_before_it_was_postponed(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left that could be answered meanwhile, and the run is not ended for it."""
    site.behave("aa.mp4", Behaviour(status=429))
    report_throttled, made = Gate.report_throttled, tmp_path / "manifest.jsonl"

    def late(gate: Gate, uid: str, *words: Any) -> None:
        report_throttled(gate, uid, *words)
        wait_for(lambda: uid != "aa" or made.read_text().count('"ok"') == 3)  # its worker is slow

    monkeypatch.setattr(Gate, "report_throttled", late)
    dataset, report = convert(
        folder / "rows.parquet", None, dataset_name, tmp_path, workers=2,
        fetch=fetch(site, throttle_wait=0.01, patience=60.0),
    )  # fmt: skip
    assert dataset is not None and dataset.values("video_uid") == ["bb", "cc", "dd"]
    assert report.counts["failed", "throttled"] == 1 and report.stopped == ""
    assert len(site.asked("aa.mp4")) == 6


def test_no_room_is_said_before_anything_is_asked(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path
) -> None:
    full = fetch(site, reserve=10**18)
    with pytest.raises(
        OptionError, match="free, but 4 videos and the reserve need about"
    ) as refused:
        convert(folder / "rows.parquet", None, dataset_name, tmp_path, fetch=full)
    assert refused.value.option == "out" and site.seen == []


def test_a_dry_run_asks_nothing(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path
) -> None:
    _, report = convert(
        folder / "rows.parquet", None, dataset_name, tmp_path, fetch=fetch(site), dry_run=True
    )
    assert report.of("ok") == 4 and site.seen == []


def test_the_command_line(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    command = ["convert", str(folder / "rows.parquet"), "--name", dataset_name, "--out"]
    assert main([*command, str(tmp_path / "none")]) == 2
    assert "--fetch" in capsys.readouterr().err
    assert main([*command, str(tmp_path / "bad"), "--fetch", "file:///etc/{id}"]) == 2
    assert "http" in capsys.readouterr().err
    options = ["--fetch", site.template, "--pause", "0", "--rate-limit", "4M"]
    assert main([*command, str(tmp_path / "out"), *options]) == 0
    assert fo.load_dataset(dataset_name).values("video_uid") == list(UIDS)


def slow(site: WebSite, folder: Path, name: str, out: Path) -> list[str]:
    """Returns the command of a run whose third video comes slowly."""
    site.behave("cc.mp4", Behaviour(drip=4000))
    return [
        "convert", str(folder / "rows.parquet"), "--name", name, "--out", str(out),
        "--fetch", site.template, "--pause", "0",
    ]  # fmt: skip


def is_fetching(site: WebSite) -> bool:
    return any("Range" in seen.headers for seen in site.asked("cc.mp4"))


def finish(site: WebSite, folder: Path, name: str, out: Path) -> None:
    """Runs it again, on a site that is well."""
    assert not (out / "clips" / "cc.mp4").exists()
    site.behave(None, Behaviour())
    dataset, report = convert(folder / "rows.parquet", None, name, out, fetch=fetch(site))
    assert report.exit_code == 0 and dataset is not None
    assert sorted(dataset.values("video_uid")) == list(UIDS)
    assert sorted(p.name for p in (out / "clips").iterdir()) == [f"{u}.mp4" for u in UIDS]


def test_a_run_that_is_killed_while_it_fetches_is_finished_by_the_next(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path
) -> None:
    command = slow(site, folder, dataset_name, tmp_path)
    process = forks.start(forks.CLI, *command)
    try:
        wait_for(lambda: is_fetching(site), process)
    finally:
        process.kill()
        process.wait()
    finish(site, folder, dataset_name, tmp_path)


def test_a_run_that_is_terminated_while_it_fetches_is_finished_by_the_next(
    folder: Path, site: WebSite, dataset_name: str, tmp_path: Path
) -> None:
    def terminate() -> None:
        wait_for(lambda: is_fetching(site))
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the run has to set its own
    try:
        thread = threading.Thread(target=terminate)
        thread.start()
        assert main(slow(site, folder, dataset_name, tmp_path)) == 130
        thread.join()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert rows(tmp_path)["cc"] == ("failed", "cancelled")
    finish(site, folder, dataset_name, tmp_path)
