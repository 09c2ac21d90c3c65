"""The overview's figures, without a database: values, marks, axes, and what is written."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from fiftyone_action100m.meaning.resample import balance
from fiftyone_action100m.panels import axes, figures
from fiftyone_action100m.panels.overview import _SECTIONS
from fiftyone_action100m.views import release
from fiftyone_action100m.views.statistics import (
    BIN_EDGES,
    Nodes,
    actions_of,
    bins_of,
    levels_of,
    shares_of,
)

NODES = [Nodes(0, 1000, 1), Nodes(1, 29, 2), Nodes(1, 30, 3), Nodes(2, None, 4), Nodes(2, 5, 10)]
LABELS = {
    "Stir the soup.": 5, "stir SOUP": 2, "Stir a pot": 1, "Stir": 1, "N/A": 3, "…": 9,
    "Pour <b>milk</b>": 1,
}  # fmt: skip
BEFORE = np.array([600, 200, 100, 100])
#: Clusters whose captions are hostile, or shortened to the same text.
LARGEST = [(7, "<img src=x onerror=alert(1)>", 9), (2, "y" * 99, 8), (0, "y" * 98, 3)]


def test_durations_fall_into_the_papers_bins():
    assert [b.nodes for b in shares_of(NODES)] == [12, 3, 0, 1]
    assert [b.name for b in shares_of(NODES)] == [
        "under 3 s", "3 to 10 s", "10 to 60 s", "60 s and more",
    ]  # fmt: skip
    assert set(release.DURATION_EDGES) <= set(BIN_EDGES)
    assert sum(release.DURATION_SHARES) == pytest.approx(1)


def test_the_histogram_runs_from_the_first_bin_with_nodes_to_the_last():
    bins = bins_of(NODES)
    assert (bins[0].low, bins[-1].low) == (0.5, 80.0)
    assert sum(b.nodes for b in bins) == 16
    assert bins_of([]) == [] and bins_of([Nodes(0, None, 1)]) == []
    assert bins_of([Nodes(0, -5, 1)])[0].low == 0


def test_levels_have_quartiles_where_durations_are_known():
    first, second, third = levels_of(NODES)
    assert (first.nodes, first.quartiles) == (1, (100.0, 100.0, 100.0))
    assert (second.nodes, second.quartiles) == (5, (2.9, 3.0, 3.0))
    assert (third.nodes, third.quartiles) == (14, (0.5, 0.5, 0.5))
    assert levels_of([Nodes(0, None, 1)])[0].quartiles is None
    # Of an even count, the median lies in the middle of two.
    (even,) = levels_of([Nodes(0, 408, 1), Nodes(0, 546, 1)])
    assert even.quartiles is not None and even.quartiles[1] == pytest.approx(47.7)


def test_actions_are_grouped_as_the_same_action_is():
    found = actions_of(LABELS)
    assert found.top(1) == [("stir soup", 7)]
    assert (found.total, found.distinct, found.once, found.no_action) == (10, 4, 3, 3)
    stir = found.verbs[0]
    assert (stir.verb, stir.count) == ("stir", 9)
    assert stir.objects == [("soup", 7), ("", 1), ("pot", 1)]
    (only,) = actions_of(LABELS, verbs=1, objects=1).verbs
    assert only.objects == [("soup", 7)]


def test_the_curve_has_the_first_and_the_last_rank():
    found = actions_of({f"do {k}": 1000 - k for k in range(1000)})
    ranks = [rank for rank, _, _ in found.curve]
    assert ranks[:20] == list(range(1, 21)) and ranks[-1] == 1000 and len(ranks) < 60
    assert all(count == 1001 - rank for rank, _, count in found.curve)


def test_labels_are_on_one_line_and_short():
    assert figures.short("two\nlines\tand  blanks") == "two lines and blanks"
    assert len(figures.short("x" * 100_000)) == 60


def every_figure():
    actions = actions_of({**LABELS, "<img onerror=x> " + 200 * "y": 4})
    levels = levels_of(NODES)
    return {
        "levels": figures.levels(levels),
        "level_durations": figures.level_durations(levels),
        "durations": figures.durations(bins_of(NODES)),
        "shares": figures.shares(shares_of(NODES)),
        "words": figures.words({"gpt_action_brief": 3.0, "<b>mine</b>": 2.0}),
        "depths": figures.depths({2: 4, 4: 1}),
        "years": figures.years({2019: 1}),
        "review": figures.review({"accepted": 3, "rejected": 0, "fixed": 1, "open": 6}),
        "actions": figures.actions(actions),
        "curve": figures.curve(actions),
        "verbs": figures.verbs(actions),
        "balance": figures.balance(balance(BEFORE), balance(BEFORE // 2)),
        "clusters": figures.clusters("mine", LARGEST),
    }


FIGURES = every_figure()


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_lies_in_its_place_and_each_mark_has_an_id_of_its_own(name):
    figure = FIGURES[name]
    ids = list(figures.ids(figure))
    assert len(set(ids)) == len(ids) and (ids or name == "balance")
    for found in ids:
        kind, *values = json.loads(found)
        assert kind and values
    places = [at for axis in ("x", "y") for at, _ in figure.get(axis, [])]
    for row in [*figure.get("marks", []), *figure.get("rows", []), *figure.get("points", [])]:
        assert row["text"]
        keys = ("low", "mid", "high", "full", "share", "x", "y")
        places += [row[key] for key in keys if key in row]
        places += [part["share"] for part in row.get("parts", [])]
    places += [at for line in figure.get("lines", []) for point in line["points"] for at in point]
    assert places and all(0 <= at <= 1 for at in places)
    # Infinity and NaN are no JSON.
    json.dumps(figure, allow_nan=False)


def test_every_figure_has_its_place_on_the_page():
    assert [name for section in _SECTIONS.values() for name in section] == [
        "shares", "durations", "levels", "level_durations", "depths", "years", "words",
        "review",
        "actions", "curve", "verbs", "balance", "clusters",
    ]  # fmt: skip
    assert {name for section in _SECTIONS.values() for name in section} == set(FIGURES)


@pytest.mark.parametrize(
    ("highest", "written"),
    [
        (1, ["0", "1"]), (2, ["0", "1", "2"]), (3, ["0", "1", "2", "3"]),
        (7, ["0", "2", "4", "6", "8"]), (107, ["0", "50", "100", "150"]),
        (9_000, ["0", "5,000", "10 k"]), (1_500_000, ["0", "500 k", "1 M", "1.5 M"]),
    ],
)  # fmt: skip
def test_axes_have_few_whole_numbers(highest, written):
    end, ticks = axes.whole_ticks(highest)
    assert end >= highest and [text for _, text in ticks] == written
    assert (ticks[0][0], ticks[-1][0]) == (0, 1)


def test_shares_are_written_as_elsewhere():
    end, ticks = axes.share_ticks(0.64)
    assert end == pytest.approx(0.8)
    assert [text for _, text in ticks] == ["0 %", "20 %", "40 %", "60 %", "80 %"]
    assert [text for _, text in axes.share_ticks(1)[1]][-1] == "100 %"


def test_log_axes_are_written_with_numbers_and_units():
    assert [text for _, text in FIGURES["level_durations"]["y"]] == [
        "0.1 s", "1 s", "3 s", "10 s", "1 min", "10 min"
    ]  # fmt: skip
    assert [text for _, text in FIGURES["curve"]["x"]] == ["1", "10"]
    assert [text for _, text in FIGURES["balance"]["y"]] == ["10 %", "100 %"]
    # A column begins where its duration is written.
    marks = FIGURES["durations"]["marks"]
    at = {text: at for at, text in FIGURES["durations"]["x"]}["10 s"]
    assert marks[round(at * len(marks))]["text"].startswith("10 to 13.5 s")


def test_shares_stand_beside_the_papers_only_if_they_are_comparable():
    plot = FIGURES["shares"]
    assert [text for _, text in plot["x"]] == ["< 3", "3–10", "10–60", "≥ 60"]
    end, _ = axes.share_ticks(0.75)
    assert [m["high"] * end for m in plot["marks"]] == pytest.approx([12 / 16, 3 / 16, 0, 1 / 16])
    assert [m["full"] * end for m in plot["marks"]] == pytest.approx(release.DURATION_SHARES)
    assert plot["keys"] == ["this view", "full release"]
    assert "64.0 % in the full release" in plot["marks"][0]["text"]
    assert "id" not in plot["marks"][2]  # there is nothing to show
    alone = figures.shares(shares_of(NODES), comparable=False)
    assert "keys" not in alone and not any("full" in m for m in alone["marks"])


def test_of_many_columns_some_are_named_and_gaps_are_empty():
    named = figures.years(dict.fromkeys(range(1990, 2020), 1))["x"]
    assert len(named) <= 10 and named[0][1] == "1990"
    marks = FIGURES["depths"]["marks"]
    assert [m["high"] for m in marks] == [1, 0, 0.25] and "id" not in marks[1]


def test_the_rest_of_a_verbs_objects_is_apart():
    labels = {"stir soup": 60, "stir": 9, **{f"stir thing {k}": 2 for k in range(20)}}
    (row,) = figures.verbs(actions_of(labels))["rows"]
    assert [(p["label"], p["shown"]) for p in row["parts"]] == [
        ("soup", "60"), ("no object", "9"), ("thing 0", "2")
    ]  # fmt: skip
    assert (row["shown"], row["rest"]["shown"]) == ("109", "34.9 %")
    assert json.loads(row["rest"]["id"]) == ["others", "stir", "soup", "", "thing 0"]
    (whole,) = figures.verbs(actions_of({"stir soup": 3}))["rows"]
    assert "rest" not in whole


def test_a_status_that_no_node_has_is_not_clicked():
    rows = FIGURES["review"]["rows"]
    assert [row["label"] for row in rows] == ["accepted", "rejected", "fixed", "not reviewed"]
    assert [row["shown"] for row in rows] == ["3", "0", "1", "6"]
    assert "id" not in rows[1] and rows[3]["text"] == "not reviewed: 6 nodes, 60.0 %"


def test_curves_are_shares_so_that_draws_of_any_number_compare():
    before, after = figures.balance(balance(BEFORE), balance(np.full(8, 5)))["lines"]
    assert (before["name"], len(before["points"])) == ("before", 4)
    # 60 and 12.5 %, on an axis from 10 to 100 %.
    assert before["points"][0][1] == pytest.approx(math.log10(6))
    assert [y for _, y in after["points"]] == pytest.approx([math.log10(1.25)] * 8)
    assert figures.balance(balance(BEFORE), balance(np.zeros(1, int)))["lines"][1]["points"] == []


def test_clusters_that_are_shortened_to_the_same_text_stay_apart():
    rows = FIGURES["clusters"]["rows"]
    assert [row["shown"] for row in rows] == ["9", "8", "3"]
    assert json.loads(rows[1]["id"]) == ["cluster", "mine", 2]
