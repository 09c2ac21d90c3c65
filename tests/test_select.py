"""Selecting records: what is understood, what is chosen, and the same of every format."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fiftyone_action100m.converters.reading.items import SourceRecord
from fiftyone_action100m.converters.reading.select import (
    Selection,
    parse_bounds,
    parse_days,
    read_ids,
)
from fiftyone_action100m.converters.reading.sources import count_records, find_files, read_records
from fiftyone_action100m.core.fields import select_captions
from fiftyone_action100m.core.option_error import OptionError
from hub_records import many_records, shard

ROWS = many_records(40)
ALL = select_captions("all")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same forty records, as Parquet in four files and as JSON Lines in four."""
    folder = tmp_path_factory.mktemp("select")
    for kind in ("parquet", "jsonl"):
        (folder / kind).mkdir()
        for i in range(4):
            part = ROWS[10 * i : 10 * i + 10]
            text = "\n".join(map(json.dumps, part)).encode()
            data = shard(part, 3) if kind == "parquet" else text
            (folder / kind / f"{i}.{kind}").write_bytes(data)
    return folder


def chosen(folder: Path, selection: Selection, **more: Any) -> list[int]:
    """The numbers of the records that are read."""
    items = read_records(find_files(folder), ALL, selection=selection, **more)
    return [int(i.record.video_uid[6:]) for i in items if isinstance(i, SourceRecord)]


def numbers(condition: Any) -> list[int]:
    return [i for i, row in enumerate(ROWS) if condition(i, row["metadata"])]


CASES = [
    (Selection(), numbers(lambda i, m: True)),
    (Selection(ids=frozenset({"video-0031", "video-0002", "unknown"})), [2, 31]),
    (Selection(title="ninth TIME"), [9, 19, 29, 39]),
    (Selection(duration=(70, 72.5)), [10, 11, 12]),
    (Selection(views=(37000, None)), [37, 38, 39]),
    (
        Selection(uploaded=(date(2012, 1, 1), date(2013, 3, 14))),
        numbers(lambda i, m: "20120101" <= m["upload_date"] <= "20130314"),
    ),
    (Selection(shards=(2, 3)), list(range(10, 30))),
    (Selection(shards=(4, None), title="ninth"), [39]),
    (Selection(views=(None, 20000), title="ninth", duration=(80, None)), []),
]


@pytest.mark.parametrize(("selection", "expected"), CASES, ids=[str(s.to_dict()) for s, _ in CASES])
@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_each_condition(folder: Path, kind: str, selection: Selection, expected: list[int]) -> None:
    assert chosen(folder / kind, selection) == expected
    assert bool(selection) == (len(expected) < 40)


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_a_captions_text_is_looked_for_where_it_was_read(folder: Path, kind: str) -> None:
    def has(row: dict[str, Any], until: float) -> bool:
        nodes = (n for n in row["nodes"] if n["start"] < until)
        return any("KNEAD" in (n["plm_action"] or "").upper() for n in nodes)

    late = [i for i, row in enumerate(ROWS) if has(row, float("inf"))]
    early = [i for i, row in enumerate(ROWS) if has(row, 10.0)]
    files = find_files(folder / kind)
    asked = Selection(text="kNead")
    for until, expected in ((float("inf"), late), (10.0, early)):
        items = read_records(files, select_captions("plm_action"), until, asked)
        assert [
            int(i.record.video_uid[6:]) for i in items if isinstance(i, SourceRecord)
        ] == expected
    assert 0 < len(late) < 40 and early != late


@pytest.mark.parametrize("kind", ["parquet", "jsonl"])
def test_random_draws_the_same_with_the_same_seed(folder: Path, kind: str) -> None:
    drawn = chosen(folder / kind, Selection(random=12, seed=3))
    assert len(set(drawn)) == 12 and drawn == sorted(drawn)
    assert drawn == chosen(folder / "parquet", Selection(random=12, seed=3))
    assert drawn != chosen(folder / kind, Selection(random=12, seed=4))
    assert chosen(folder / kind, Selection(random=99, seed=3)) == list(range(40))
    assert set(chosen(folder / kind, Selection(random=2, title="ninth"))) < {9, 19, 29, 39}
    assert len(chosen(folder / kind, Selection(random=2, text="knead"))) == 2


def test_every_record_is_drawn_as_often(folder: Path) -> None:
    count = [0] * 40
    for seed in range(60):
        for number in chosen(folder / "parquet", Selection(random=10, seed=seed, shards=(1, 4))):
            count[number] += 1
    # 15 of 60 are expected; the odds against one of forty beyond these bounds are 1 in 200.
    assert sum(count) == 600 and min(count) >= 3 and max(count) <= 29


def test_a_damaged_file_among_those_to_draw_from(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes((folder / "parquet" / "0.parquet").read_bytes())
    (tmp_path / "b.parquet").write_bytes(b"nothing of the sort")
    items = list(read_records(find_files(tmp_path), ALL, selection=Selection(random=5)))
    assert [type(i).__name__ for i in items] == ["Failure", *["SourceRecord"] * 5]


def test_counts_without_reading(folder: Path) -> None:
    files = find_files(folder / "parquet")
    assert count_records(files, Selection(shards=(1, 2))) == 20
    assert count_records(files, Selection(random=7)) == 7
    assert count_records(files, Selection(random=99)) == 40
    assert count_records(files, Selection(title="ninth")) is None
    assert count_records(files, Selection(ids=frozenset({"a", "b"}))) == 2


def test_ids_from_a_list_and_a_file(tmp_path: Path) -> None:
    assert read_ids("aa, -bb,,cc") == {"aa", "-bb", "cc"}
    path = tmp_path / "ids.csv"
    path.write_text("video_uid,title\naa,A # title\n\n# none\n bb\t3\n")
    assert read_ids(str(path)) == {"aa", "bb"}
    with pytest.raises(OptionError, match=r"ids-of-mine\.txt"):
        Selection(ids=read_ids("ids-of-mine.txt"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("60:300", (60, 300)), ("60:", (60, None)), (":300", (None, 300)), ("7", (7, 7)),
        (None, (None, None)),
    ],
)  # fmt: skip
def test_bounds(text: str | None, expected: Any) -> None:
    assert parse_bounds("duration", text, float) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015", (date(2015, 1, 1), date(2015, 12, 31))),
        ("2015:2016-02", (date(2015, 1, 1), date(2016, 2, 29))),
        ("20150304:", (date(2015, 3, 4), None)),
        (":2015-03-04", (None, date(2015, 3, 4))),
    ],
)
def test_days(text: str, expected: Any) -> None:
    assert parse_days(text) == expected


@pytest.mark.parametrize(
    "make",
    [
        lambda: parse_bounds("views", "many", int),
        lambda: parse_bounds("views", ":", int),
        lambda: parse_days("2015-13"),
        lambda: parse_days("yesterday"),
        lambda: Selection(views=(5, 4)),
        lambda: Selection(ids=frozenset()),
        lambda: Selection(ids=frozenset({"../x"})),
        lambda: Selection(title=" "),
        lambda: Selection(shards=(0, 3)),
        lambda: Selection(random=0),
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any) -> None:
    with pytest.raises(OptionError):
        make()


def test_two_selections_are_told_apart() -> None:
    assert Selection().to_dict() == {} == Selection(seed=4).to_dict()
    assert Selection(random=3, seed=0).to_dict() == {"random": 3, "seed": 0}
    many = [frozenset(f"v{i}" for i in range(n)) for n in (500, 501)]
    one, other = (Selection(ids=ids).to_dict()["ids"] for ids in many)
    assert one != other and len(one) < 100
    days = Selection(uploaded=(date(2015, 1, 1), None)).to_dict()
    assert json.loads(json.dumps(days)) == {"uploaded": ["2015-01-01", None]}


@pytest.mark.parametrize("count", [25, 26, 400, 20_000])
def test_any_number_of_ids_in_one_argument(count: int) -> None:
    ids = [f"-{i:010d}" for i in range(count)]
    assert read_ids(",".join(ids)) == set(ids)
    assert Selection(ids=read_ids(" ".join(ids))).ids == set(ids)


def test_a_file_of_ids_that_is_not_there_is_named(tmp_path: Path) -> None:
    for text in (f"{tmp_path}/wanted.txt", f"{tmp_path}/{'x' * 5000}", "a/b\x00", str(tmp_path)):
        with pytest.raises(OptionError, match="neither an existing file"):
            read_ids(text)
