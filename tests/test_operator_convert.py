"""The operator that converts: its form, its run, its refusals, through the real executor."""

from __future__ import annotations

import re
import sys

import fiftyone as fo
import fiftyone.operators as foo
import pytest
from executor import CLOSE, PROGRESS, URI, call, delegated, form, run
from fiftyone.operators.executor import ExecutionError
from fiftyone_action100m.acquire.options import YOUTUBE
from fiftyone_action100m.converters.manifest import Manifest
from fiftyone_action100m.operators.convert_params import options_of
from fiftyone_action100m.operators.params import Params
from material import small_record, write_parquet, write_video
from web_server import Behaviour, WebSite

NAME = "convert_action100m"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("operator")
    write_parquet(folder / "rows.parquet", [small_record(uid) for uid in ("aa", "bb", "cc")])
    for uid in ("aa", "bb"):
        write_video(folder / "videos" / f"{uid}.mp4", seconds=2.0)
    return folder


@pytest.fixture
def params(folder, dataset_name, tmp_path):
    return {
        "source": str(folder / "rows.parquet"),
        "videos": str(folder / "videos"),
        "name": dataset_name,
        "out": str(tmp_path / "out"),
    }


def problems(params):
    return {
        name: prop.error_message or prop.view.label
        for name, prop in form(NAME, params=params).items()
        if prop.invalid
    }


def refusal(params):
    """What the operator says, as its code's caller gets it; nothing is raised."""
    told = call(NAME, params=params)
    assert set(told) == {"notify"} and told["notify"]["variant"] == "error"
    return told["notify"]["message"]


def test_an_empty_form_asks_and_complains_of_nothing_that_is_typed():
    properties = form(NAME, params={})
    assert {"source", "videos", "name", "captions", "max_samples"} <= set(properties)
    needed = "Name the records, the folder of the videos and the dataset to go on"
    assert problems({}) == {"needed": needed}
    assert not any(prop.required for prop in properties.values())
    assert properties["captions"].default[-1] == "plm_action"


def test_the_form_says_what_was_found(params):
    properties = form(NAME, params=params)
    assert properties["source_found"].view.label == "1 file, 3 records"
    assert "existing" not in properties and problems(params) == {}


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ({"source": "/nowhere.parquet"}, "source", "does not exist"),
        ({"videos": "/nowhere"}, "videos", "is not a folder"),
        ({"name": "!!!"}, "name", "cannot be a dataset's name"),
        ({"max_height": 0.5}, "problem", "max_height"),
        ({"clip_seconds": -3}, "problem", "clip_seconds"),
    ],
)
def test_the_form_says_what_is_wrong_and_where(params, change, where, message):
    found = problems({**params, **change})
    assert message in found[where]


def test_an_existing_data_set_has_to_be_dealt_with(params, dataset_name):
    fo.Dataset(dataset_name).add_sample(fo.Sample(filepath="/mine.mp4"))
    assert "with 1 sample" in form(NAME, params=params)["existing"].view.label
    assert "--append" in refusal(params)
    assert len(fo.load_dataset(dataset_name)) == 1
    call(NAME, params={**params, "existing": "append"})
    assert len(fo.load_dataset(dataset_name)) == 3
    call(NAME, params={**params, "existing": "overwrite"})
    assert len(fo.load_dataset(dataset_name)) == 2


def test_it_converts_shows_progress_and_opens_the_data_set(params, dataset_name):
    told = run(NAME, params=params)
    assert fo.load_dataset(dataset_name).values("video_uid") == ["aa", "bb"]
    progress = told.every(PROGRESS)
    assert [name for name, _ in told.messages][3:] == [CLOSE, "notify", "open_dataset"]
    assert [round(p["progress"], 2) for p in progress] == [0.33, 0.67, 1.0]
    assert "3/3 videos, 2 ok, 1 skipped" in progress[-1]["label"]
    assert "2 of 3 videos converted" in told["notify"]["message"]
    assert told["notify"]["variant"] == "warning"  # one was skipped
    assert told["open_dataset"] == {"dataset": dataset_name}


def test_delegated_it_returns_the_report(params, dataset_name):
    report = delegated(NAME, params=params)
    assert report["samples"] == 2 and report["exit_code"] == 3
    assert len(fo.load_dataset(dataset_name)) == 2


def test_a_folder_without_videos_is_an_error_with_a_message(params, tmp_path):
    (tmp_path / "empty").mkdir()
    said = refusal({**params, "videos": str(tmp_path / "empty")})
    assert "holds no video file" in said and "Traceback" not in said


def test_a_repository_on_the_hub_is_not_asked_while_somebody_types(params):
    asked = form(NAME, params={**params, "source": " someone/records "})
    assert "someone/records on http" in asked["source_found"].view.label
    assert "revision" in asked and problems({**params, "source": "someone/records"}) == {}
    assert "revision" not in form(
        NAME, params={**params, "source": "hf://datasets/someone/records@v1"}
    )
    assert "not an address" in problems({**params, "source": "hf://datasets/x"})["source"]


def test_a_source_that_cannot_be_had_is_refused_with_the_reason(params):
    # The tests' own HF_HUB_OFFLINE stands for a Hub that is out of reach.
    assert "HF_HUB_OFFLINE is set" in refusal({**params, "source": "someone/records"})
    assert not fo.dataset_exists(params["name"])


def test_only_some_of_the_records(params):
    assert "title" not in form(NAME, params=params)
    some = {**params, "select": True, "title": "TO BB", "duration": "5:7"}
    assert {"ids", "text", "views", "uploaded", "shards", "random"} <= form(
        NAME, params=some
    ).keys()
    assert problems(some) == {} and "seed" not in form(NAME, params=some)
    assert "seed" in form(NAME, params={**some, "random": 1})
    assert "give LEAST:MOST" in problems({**some, "views": "lots"})["views"]
    run(NAME, params=some)
    assert fo.load_dataset(params["name"]).values("video_uid") == ["bb"]


def test_ids_are_ids_and_never_a_file_of_the_server(params, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s3cr3t-word!\n")
    found = problems({**params, "select": True, "ids": str(secret)})["ids"]
    assert "s3cr3t" not in found and "is not 1 to 64" in found
    (tmp_path / "bb").write_text("aa\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        chosen = options_of(Params({**params, "select": True, "ids": "bb, -x"})).selection
    assert chosen.ids == {"bb", "-x"}
    with pytest.raises(ExecutionError, match="is not 1 to 64"):
        call(NAME, params={**params, "select": True, "ids": str(secret)})


def test_not_more_is_looked_at_than_can_be_while_somebody_types(params, tmp_path, monkeypatch):
    # FiftyOne has loaded the plugin as a module of its own.
    module = sys.modules[type(foo.get_operator(URI + NAME)).__module__].convert_form.__globals__
    monkeypatch.setitem(module, "_LISTED", 30)
    for i in range(40):
        (tmp_path / "many" / f"{i}.txt").parent.mkdir(exist_ok=True)
        (tmp_path / "many" / f"{i}.txt").touch()
    for source in (tmp_path / "many", "/", "/**/*.parquet", f"{tmp_path}/many/*"):
        assert "name a narrower one" in problems({**params, "source": str(source)})["source"]
    looked = []
    monkeypatch.setitem(module, "_KEPT", 1e9)  # one moment
    monkeypatch.setitem(module, "find_files", lambda *a, **k: looked.append(a) or [])
    for title in ("t", "te", "tea"):
        form(NAME, params={**params, "source": str(tmp_path), "select": True, "title": title})
    assert len(looked) == 1


@pytest.mark.parametrize("source", ["a\x00b", "x" * 5000, "~nobody-here/x", "[", "x" * 300 + "/*"])
def test_a_source_that_no_file_can_be_called(params, source):
    assert {"source", "wrong_source"} & problems({**params, "source": source}).keys()
    with pytest.raises(ExecutionError):
        call(NAME, params={**params, "source": source})


@pytest.fixture
def site(folder):
    with WebSite(folder / "videos") as site:
        yield site


@pytest.fixture
def fetching(params, site):
    """All videos from the site, at once; those of no folder."""
    typed = {"fetch": True, "url": site.template, "pause": 0, "rate_limit": "8M"}
    return {**{k: v for k, v in params.items() if k != "videos"}, **typed}


def test_how_the_web_is_asked_is_shown_where_it_is_to_be(params):
    hidden = {"url", "pause", "rate_limit", "cookies", "cookies_from_browser"}
    assert not hidden & set(form(NAME, params=params))
    needed = form(NAME, params={**params, "videos": ""})["needed"]
    assert needed.invalid and needed.view.label == "Name the folder of the videos to go on"
    shown = form(NAME, params={**params, "fetch": True, "videos": ""})
    assert hidden <= set(shown) and "needed" not in shown
    assert (shown["url"].default, shown["pause"].default) == (YOUTUBE, 1.0)
    assert problems({**params, "fetch": True, "videos": ""}) == {}
    fetch = options_of(Params({**params, "fetch": True})).fetch
    assert (fetch.url, fetch.pause, fetch.rate_limit, fetch.cookies) == (YOUTUBE, 1.0, None, None)
    assert options_of(Params(params)).fetch is None


@pytest.mark.parametrize(
    ("change", "where", "message"),
    [
        ({"url": "file:///etc/{id}"}, "url", "http or https address with {id}"),
        ({"url": "https://site/watch"}, "url", "http or https address with {id}"),
        ({"url": "https://{id}.site/"}, "url", "host has no {id}"),
        ({"pause": -1}, "pause", "0 or more seconds"),
        ({"rate_limit": "fast"}, "rate_limit", "500k or 2M"),
        ({"cookies": "/nowhere.txt"}, "cookies", "an existing file"),
        ({"cookies_from_browser": "mosaic"}, "cookies_from_browser", "does not understand"),
        ({"cookies": "/etc/hostname", "cookies_from_browser": "firefox"}, "cookies", "not both"),
    ],
)
def test_the_form_says_what_is_wrong_with_the_asking(fetching, change, where, message):
    found = problems({**fetching, **change})
    assert message in found[where]
    with pytest.raises(ExecutionError, match=re.escape(message)):
        call(NAME, params={**fetching, **change})


def test_it_fetches_and_shows_progress(fetching, site, dataset_name, tmp_path):
    site.behave("cc.mp4", Behaviour(status=410))
    told = run(NAME, params=fetching)
    assert fo.load_dataset(dataset_name).values("video_uid") == ["aa", "bb"]
    progress = told.every(PROGRESS)
    assert [round(p["progress"], 2) for p in progress] == [0.33, 0.67, 1.0]
    assert "3/3 videos, 2 ok, 1 failed" in progress[-1]["label"]
    assert "2 of 3 videos converted" in told["notify"]["message"]
    assert told["open_dataset"] == {"dataset": dataset_name}
    with Manifest(tmp_path / "out", write=False) as manifest:
        assert {row.key: row.reason for row in manifest} == {"aa": "", "bb": "", "cc": "gone"}


def test_local_files_win(fetching, folder, site, dataset_name, tmp_path):
    local = tmp_path / "local"
    local.mkdir()
    (local / "aa.mp4").symlink_to(folder / "videos" / "aa.mp4")
    run(NAME, params={**fetching, "videos": str(local)})
    assert fo.load_dataset(dataset_name).values("video_uid") == ["aa", "bb"]
    assert site.asked("aa.mp4") == [] and site.asked("bb.mp4")


def test_delegated_it_fetches_with_cookies_and_says_how_far_it_is(
    fetching, site, dataset_name, tmp_path
):
    jar = tmp_path / "cookies.txt"
    jar.write_text(
        "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\tlet-me-in\n"
    )
    steps = []
    params = {**fetching, "cookies": str(jar)}
    report = delegated(
        NAME,
        params=params,
        set_progress=lambda ctx, progress: steps.append((progress.progress, progress.label)),
    )
    assert report["samples"] == 2 and len(fo.load_dataset(dataset_name)) == 2
    assert {seen.headers.get("Cookie") for seen in site.seen} == {"session=let-me-in"}
    assert len(steps) == 3 and steps[-1][0] == 1.0 and "3/3 videos" in steps[-1][1]
