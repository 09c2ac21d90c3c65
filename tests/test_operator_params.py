"""Every operator, sent what no form sends: it answers in words, and nothing is made."""

from __future__ import annotations

import itertools
import random
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
import yaml
from executor import call, form_json
from fiftyone.operators.executor import ExecutionError
from fiftyone_action100m.operators.params import Params
from subset import subset_dataset

URI = "@action100m/explorer/"
MANIFEST = yaml.safe_load((Path(__file__).parent.parent / "fiftyone.yml").read_text())
NAMES = MANIFEST["operators"]
NAN, INF = float("nan"), float("inf")
#: What an operator needs so that the parameters in question are looked at.
GIVEN: dict[str, dict[str, Any]] = {
    "check_trees": {"tag": False},  # five times as fast
    "find_in_captions": {"query": "do step"},
    "same_action_elsewhere": {"label": "do step 2"},
    "export_action100m": {"choose_fields": True, "dry_run": True},
    "publish_action100m": {"repo": "me/x", "dry_run": True, "accept_license": True},
    "build_trees": {"videos": "/nowhere", "dry_run": True},
    "convert_action100m": {"select": True, "fetch": True, "videos": "/nowhere"},
}
FLAGS = (
    "regex", "remove", "tag", "tag_doubtful", "choose_fields", "select", "fetch", "public",
    "whole_words",
)  # fmt: skip
LISTS = ("fields", "captions")
NUMBERS = (
    "seconds", "first", "last", "level", "stop", "first_level", "second_seconds", "max_samples",
    "clip_seconds", "max_height", "random", "pause", "min_seconds", "min_gain", "max_videos",
)  # fmt: skip
TEXTS = (
    "field", "format", "scope", "by", "kind", "keep", "sort", "colours", "holes", "label", "query",
    "out", "repo", "source", "videos", "name", "ids", "duration", "uploaded", "rate_limit", "url",
    "first_field", "existing", "revision", "views", "shards", "cookies", "encoder", "captioner",
    "until", "license",
)  # fmt: skip
EVIL = {
    FLAGS: ["yes", 7, [True], {}],
    LISTS: ["plm_action", 5, ["no_such_field"], ["title"], [None], [["x"]], {"a": 1}, ["a\0b"]],
    NUMBERS: [NAN, INF, -INF, -1, 10**30, 1e300, "many", [1], {}, True, -(2**31)],
    TEXTS: [
        "a\0b",
        "x" * 5000,
        "no such",
        "$where",
        "(",
        "../../x",
        5,
        ["x"],
        {"a": "b"},
        True,
        "",
    ],
}
CASES = [
    (name, value)
    for names, values in EVIL.items()
    for name, value in itertools.product(names, values)
]


@pytest.fixture(scope="module")
def subset() -> Iterator[fo.Dataset]:
    made = subset_dataset("params-subset", 2)
    yield made
    made.delete()


@pytest.fixture(scope="module")
def selection(subset: fo.Dataset) -> dict[str, Any]:
    """What is selected and open in the App: a video and a caption of it."""
    sample, field = subset.first(), "gpt_summary_brief"
    label = {"label_id": sample[field].detections[1].id, "sample_id": sample.id, "field": field}
    return {"selected": [sample.id], "selected_labels": [label], "current_sample": sample.id}


def asked(subset: fo.Dataset, selection: dict[str, Any], name: str, params: dict[str, Any]) -> str:
    """What an operator answers: the error of the call, or what it tells the App."""
    surroundings = {**selection, "params": {**GIVEN.get(name, {}), **params}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            told = call(name, subset, **surroundings)
        except ExecutionError as error:
            return str(error)
    return f"{told.error} {told.messages}"


@pytest.mark.parametrize("name", NAMES)
def test_it_answers_in_words_whatever_it_is_sent(
    subset: fo.Dataset,
    selection: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    """Some of what its form may be sent, drawn by its name: the same at each run."""
    monkeypatch.setattr(fo.config, "default_dataset_dir", str(tmp_path))
    # Else FiftyOne loads the dataset anew for each call, which takes longer than the call.
    monkeypatch.setattr(fo.Dataset, "reload", lambda dataset: None)
    before = list(subset._sample_collection.find({}))
    datasets = fo.list_datasets()
    shown = form_json(name, subset, **selection, params=GIVEN.get(name)) or ()
    cases = [case for case in CASES if case[0] in shown and case[0] not in _DONE.get(name, ())]
    for key, value in random.Random(name).sample(cases, min(6, len(cases))) or CASES[:1]:
        said = asked(subset, selection, name, {key: value})
        assert "Traceback" not in said and 'File "' not in said, (key, value, said[-1500:])
    assert list(subset._sample_collection.find({})) == before or name in _WRITES
    assert fo.list_datasets() == datasets and list(tmp_path.rglob("*.mp4")) == []


#: They change samples: that is what they are for.
_WRITES = {"check_trees", "prepare_fast_cuts", "clear_check_tags", "review_sample"}
#: A path that can be made is made: other tests look at that.
_DONE = {"export_action100m": ("dry_run",)}


@pytest.mark.parametrize(
    ("name", "params", "message"),
    [
        ("check_trees", {"fields": "plm_action"}, "fields takes a list of names, not 'plm_action'"),
        ("granularity_by_time_scale", {"seconds": NAN}, "seconds takes a number"),
        ("export_action100m", {"out": "a\0b"}, "out takes a path without NUL"),
        ("export_action100m", {"out": "x" * 5000}, "out takes a path without NUL"),
        ("export_action100m", {"out": f"/tmp/{'x' * 300}"}, "cannot be a folder: File name too"),
        ("convert_action100m", {"videos": ["x"]}, "videos takes a text"),
        ("find_in_captions", {"query": {"$where": "1"}}, "query takes a text"),
    ],
)
def test_the_message_says_what_a_parameter_takes(
    subset: fo.Dataset, selection: dict[str, Any], name: str, params: dict[str, Any], message: str
) -> None:
    assert message in asked(subset, selection, name, params)


def read(given: object, strict: bool = False) -> Params:
    """Parameters, each read as what it should be."""
    params = Params(given, strict)
    params.number("seconds", None)
    params.number("first", None)
    params.names("fields")
    params.flag("regex")
    params.text("query")
    params.path("out")
    return params


def test_a_parameter_of_the_wrong_kind_is_named_and_counts_as_missing() -> None:
    params = read({"seconds": True, "first": "1", "fields": ("a", 1), "regex": "yes"})
    assert set(params.wrong) == {"seconds", "first", "fields", "regex"}
    assert params.number("seconds", 5) == 5 and params.names("fields") == []
    assert set(read(["seconds"]).wrong) == {"params"}
    with pytest.raises(ValueError, match="first takes a number"):
        read({"first": "1"}, strict=True)


def test_what_was_not_given_is_not_wrong() -> None:
    assert read({key: None for key, _ in CASES}).wrong == read(None).wrong == {}
    right = {"seconds": 2, "fields": ["a"], "regex": True, "query": "x", "out": "/tmp/x"}
    assert read(right).wrong == {}
    assert read(right) == right
