"""The overview's figures, without a database: values, marks, and text that Plotly must not read."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from fiftyone_action100m.meaning.resample import balance
from fiftyone_action100m.panels import figures
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
    assert (stir.verb, stir.count, stir.objects[0], stir.rest) == ("stir", 9, ("soup", 7), 0)
    few = actions_of(LABELS, verbs=1, objects=1)
    assert len(few.verbs) == 1 and few.verbs[0].rest == 2


def test_the_curve_has_the_first_and_the_last_rank():
    found = actions_of({f"do {k}": 1000 - k for k in range(1000)})
    ranks = [rank for rank, _, _ in found.curve]
    assert ranks[:20] == list(range(1, 21)) and ranks[-1] == 1000 and len(ranks) < 60
    assert all(count == 1001 - rank for rank, _, count in found.curve)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>knead</b>", "&lt;b&gt;knead&lt;/b&gt;"),
        ("<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)&gt;"),
        ("salt &amp; pepper", "salt &amp;amp; pepper"),
        ("two\nlines\tand  blanks", "two lines and blanks"),
    ],
)
def test_text_is_shown_as_it_is(text, shown):
    assert figures.escaped(text) == shown


def test_a_long_text_is_shortened():
    assert figures.escaped("stir " * 20_000) == "stir stir stir stir stir stir stir stir…"
    assert len(figures.escaped("x" * 100_000)) == 40


def every_figure():
    actions = actions_of({**LABELS, "<img onerror=x> " + 200 * "y": 4})
    levels = levels_of(NODES)
    return {
        "levels": figures.levels(levels),
        "level_durations": figures.level_durations(levels),
        "durations": figures.durations(bins_of(NODES)),
        "shares": figures.shares(shares_of(NODES)),
        "words": figures.words({"gpt_action_brief": 3.0, "<b>mine</b>": 2.0}),
        "depths": figures.depths({3: 1, 2: 4}),
        "years": figures.years({2019: 1}),
        "actions": figures.actions(actions),
        "curve": figures.curve(actions),
        "verbs": figures.verbs(actions),
        "balance": figures.balance(balance(BEFORE), balance(BEFORE // 2)),
        "clusters": figures.clusters("mine", LARGEST),
    }


@pytest.mark.parametrize("name", figures.LAYOUTS)
def test_every_mark_has_an_id_of_its_own_and_no_html(name):
    for trace in every_figure()[name]:
        assert len(trace["ids"]) == len(trace["x"]) == len(trace["y"]) == len(trace["hovertext"])
        assert len(set(trace["ids"])) == len(trace["ids"])
        for mark in trace["ids"]:
            kind, *values = json.loads(mark)
            assert kind and values
        texts = [*trace["hovertext"], *trace.get("text", [])]
        texts += [v for axis in ("x", "y") for v in trace[axis] if isinstance(v, str)]
        assert not [t for t in texts if "<" in t]
        # Infinity and NaN are no JSON.
        json.dumps([trace, figures.layout(name)], allow_nan=False)


def test_every_layout_has_a_figure():
    assert set(every_figure()) == set(figures.LAYOUTS)


def test_log_axes_are_labelled_with_numbers_not_with_their_digits():
    axes = [a for n in figures.LAYOUTS for k, a in figures.layout(n).items() if k.endswith("axis")]
    logs = [axis for axis in axes if axis.get("type") == "log"]
    assert len(logs) == 6
    assert all(axis.get("tickvals") or axis.get("dtick") == 1 for axis in logs)


def test_shares_are_labelled_as_elsewhere():
    axis = figures.layout("shares")["yaxis"]
    assert axis["ticktext"] == ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]
    assert axis["tickvals"] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])


def test_shares_stand_beside_the_papers():
    here, full = every_figure()["shares"]
    assert here["y"] == [12 / 16, 3 / 16, 0, 1 / 16] and full["y"] == [0.64, 0.238, 0.102, 0.02]
    assert "pattern" in full["marker"] and full["marker"]["color"] != here["marker"]["color"]


def test_the_icicle_is_of_aligned_slices():
    (trace,) = every_figure()["verbs"]
    verbs = [y for x, y in zip(trace["x"], trace["y"], strict=True) if x == 0.5]
    things = [y for x, y in zip(trace["x"], trace["y"], strict=True) if x == 1.5]
    assert sum(verbs) == sum(things)


def test_objects_too_thin_for_a_name_are_together():
    labels = {"stir soup": 60, **{f"stir thing {k}": 2 for k in range(20)}}
    (trace,) = figures.verbs(actions_of(labels))
    assert trace["text"] == ["stir", "soup", "other objects"]
    assert trace["y"] == [100, 60, 40]


def test_two_actions_that_are_shortened_alike_are_two_bars():
    start = "knead the very long dough of the first kind"
    (trace,) = figures.actions(actions_of({f"{start} one": 2, f"{start} two": 1}))
    assert len(set(trace["y"])) == 2


def test_bars_on_a_log_axis_have_a_width_and_a_place():
    (trace,) = figures.durations(bins_of([Nodes(0, 1, 1), Nodes(0, 10**6, 1)]))
    for x, width in zip(trace["x"], trace["width"], strict=True):
        assert 0 < x - width / 2 < x + width / 2 < math.inf


def test_curves_are_shares_so_that_draws_of_any_number_compare():
    before, after = figures.balance(balance(BEFORE), balance(np.full(8, 5)))
    assert (before["name"], before["x"], before["y"]) == (
        "before",
        [1, 2, 3, 4],
        [0.6, 0.2, 0.1, 0.1],
    )
    assert (after["name"], after["y"]) == ("after", [0.125] * 8)
    assert figures.balance(balance(BEFORE), balance(np.zeros(1, int)))[1]["x"] == []


def test_clusters_that_are_shortened_to_the_same_text_stay_apart():
    (bars,) = figures.clusters("mine", LARGEST)
    assert len(set(bars["y"])) == 3 and bars["x"] == [9, 8, 3]
    assert json.loads(bars["ids"][1]) == ["cluster", "mine", 2]
