"""The command line: its help, its refusals, its output and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import fiftyone as fo
import forks
import pytest
from fiftyone_action100m.cli import build_parser, main
from material import small_record, write_parquet, write_video
from web_server import Behaviour, WebSite


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    write_parquet(folder / "rows.parquet", [small_record(uid) for uid in ("aa", "bb", "cc")])
    for uid in ("aa", "bb"):
        write_video(folder / "videos" / f"{uid}.mp4", seconds=2.0)
    return folder


def convert_arguments(folder, name, out, *more):
    return [
        "convert", str(folder / "rows.parquet"), "--videos", str(folder / "videos"),
        "--name", name, "--out", str(out), *more,
    ]  # fmt: skip


def test_convert_reports_and_exits_with_what_came_of_it(folder, dataset_name, tmp_path, capsys):
    assert main(convert_arguments(folder, dataset_name, tmp_path, "--dry-run")) == 3
    shown = capsys.readouterr()
    assert (
        "2 of 3 videos would be converted\n" in shown.out and " s" not in shown.out.split("\n")[0]
    )
    assert "2  plan    to do" in shown.out and "  ok " not in shown.out
    assert shown.err == "Dry run: 3/3 videos checked, 2 usable, 1 skipped\n"
    assert main(convert_arguments(folder, dataset_name, tmp_path)) == 3
    shown = capsys.readouterr()
    assert "2 of 3 videos converted" in shown.out
    assert "skipped no-video: e.g. no video of cc" in shown.out
    assert "Converting: 3/3 videos, 2 ok, 1 skipped" in shown.err
    assert fo.load_dataset(dataset_name).values("video_uid") == ["aa", "bb"]
    assert main(convert_arguments(folder, dataset_name, tmp_path, "--dry-run")) == 3
    shown = capsys.readouterr()
    assert "2 of 3 videos would be converted (2 clips already there)" in shown.out
    assert main(convert_arguments(folder, dataset_name, tmp_path, "--max-samples", "2")) == 0


def test_nothing_converted(folder, dataset_name, tmp_path):
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos" / "other.mp4").touch()
    arguments = convert_arguments(folder, dataset_name, tmp_path / "out")
    arguments[3] = str(tmp_path / "videos")
    assert main(arguments) == 4


def test_ctrl_c_while_the_source_is_listed(dataset_name, tmp_path):
    with WebSite(tmp_path) as hub:
        hub.behave(None, Behaviour(body=b"{}", content_type="application/json", stall=1))
        process = forks.start(
            forks.CLI, "convert", "org/records", "--videos", str(tmp_path), "--name", dataset_name,
            "--out", str(tmp_path / "out"),
            env=os.environ | {"HF_ENDPOINT": hub.root, "HF_HUB_OFFLINE": "0"},
        )  # fmt: skip
        while not hub.seen and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert said.startswith("Interrupted: ") and "Traceback" not in errors
    assert not (tmp_path / "out").exists()


def test_status_reads_the_manifest_out(folder, dataset_name, tmp_path, capsys):
    main(convert_arguments(folder, dataset_name, tmp_path))
    capsys.readouterr()
    assert main(["status", str(tmp_path)]) == 3
    assert "2 of 3 videos have their clip" in capsys.readouterr().out
    assert main(["status", str(tmp_path), "--list", "no-video"]) == 0
    assert capsys.readouterr().out.startswith("cc\tskipped\tno-video\tno video of cc")
    assert main(["status", str(tmp_path / "nowhere")]) == 2
    assert "manifest.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--captions", "gtp"], "unknown captions gtp"),
        (["--clip-seconds", "-1"], "clip_seconds is -1"),
        (["--preset", "warp"], "preset"),
        (["--workers", "0"], "workers is 0"),
        (["--max-samples", "0"], "max_samples is 0"),
    ],
)
def test_what_cannot_be_used_is_refused(folder, dataset_name, tmp_path, capsys, more, message):
    assert main(convert_arguments(folder, dataset_name, tmp_path / "out", *more)) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_existing_data_set_is_refused(folder, dataset_name, tmp_path, capsys):
    fo.Dataset(dataset_name).add_sample(fo.Sample(filepath="/mine.mp4"))
    assert main(convert_arguments(folder, dataset_name, tmp_path)) == 2
    error = capsys.readouterr().err
    assert dataset_name in error and "--append" in error and "--overwrite" in error


def test_open_names_what_there_is(capsys):
    assert main(["open", "no-such-data-set"]) == 2
    assert "no dataset 'no-such-data-set'" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["convert", "inspect", "demo", "status", "open"])
def test_help_explains_every_option(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert capsys.readouterr().out
    (commands,) = (a for a in build_parser()._actions if a.dest == "command")
    undocumented = [
        a.dest for a in commands.choices[command]._actions
        if not a.help and a.dest not in ("verbose",)
    ]  # fmt: skip
    assert undocumented == []


#: What each command ends with, in its own words.
CODES = {
    "index": "3    --check: the index is stale",
    "search": "0    the hits are printed, or there are none",
    "map": "the map is stored, or deleted",
    "evaluate": "0    the figures are printed",
    "review": "0    the figures are printed",
    "resample": "the clusters are stored, and the draws saved and exported",
    "convert": "some videos are in the dataset",
    "demo": "some videos are in the dataset",
    "ingest": "some videos are in the dataset",
    "export": "some videos are in the folder",
    "status": "some videos have their clip",
    "inspect": "some records were read",
    "open": "the App was closed",
    "publish": "the dataset is on the Hub",
    "load": "the dataset is loaded",
    "build": "some videos have a tree",
    "upgrade": "what is lacking is listed",
}


def test_each_command_has_its_own_exit_codes():
    (commands,) = (a for a in build_parser()._actions if a.dest == "command")
    assert set(CODES) == set(commands.choices)
    for name, parser in commands.choices.items():
        _, codes = parser.format_help().split("exit codes:\n")
        assert CODES[name] in codes
        assert ("Hub" in codes) == (name in ("publish", "load"))
        assert ("in the dataset" in codes) == (name in ("convert", "demo", "ingest"))
        found = [int(line.split()[0]) for line in codes.splitlines()]
        assert found == sorted(found) and {0, 1, 2} <= set(found)


@pytest.mark.parametrize(
    ("more", "total"),
    [
        ([], "3/3 videos"),
        (["--max-samples", "2"], "2/2 videos"),
        (["--max-samples", "9"], "3/3 videos"),
        (["--title", "how"], "3/3 videos at most"),
        (["--title", "to aa"], "1/3 videos at most"),
        (["--title", "to aa", "--max-samples", "2"], "1/2 videos at most"),
        (["--ids", "aa,bb"], "2/2 videos"),
    ],
    ids=str,
)
@pytest.mark.parametrize("suffix", ["parquet", "jsonl"])
def test_the_total_is_known_before_all_is_read(
    folder, dataset_name, tmp_path, capsys, suffix, more, total
):
    arguments = convert_arguments(folder, dataset_name, tmp_path / "out", "--dry-run", *more)
    if suffix == "jsonl":
        lines = [json.dumps(small_record(uid)) for uid in ("aa", "bb", "cc")]
        (tmp_path / "rows.jsonl").write_text("\n".join(lines) + "\n\n")
        arguments[1] = str(tmp_path / "rows.jsonl")
    main(arguments)
    assert f"Dry run: {total} checked" in capsys.readouterr().err


def test_help_is_quick_because_it_imports_no_fiftyone():
    code = (
        "import sys; from fiftyone_action100m.cli import main\n"
        "try: main(['convert', '--help'])\n"
        "except SystemExit: pass\n"
        "assert 'fiftyone' not in sys.modules and 'pyarrow' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "examples:" in done.stdout and "exit codes:" in done.stdout


def test_an_id_that_begins_with_a_dash(folder, dataset_name, tmp_path, capsys):
    arguments = convert_arguments(folder, dataset_name, tmp_path, "--dry-run")
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--ids", "-abcdefghij"])
    assert (
        ended.value.code == 2
        and "give one that starts with - as --ids=-…" in capsys.readouterr().err
    )
    assert main([*arguments, "--ids=-abcdefghij,aa"]) == 0
    assert "1 of 1 video " in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["inspect", "--help"])
    assert "--ids=-abc" in capsys.readouterr().out
