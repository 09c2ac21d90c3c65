"""Search by meaning and by words: what is found, in which order, and what a view hides."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import fiftyone as fo
import pytest
from fiftyone_action100m.core.search import QueryError
from fiftyone_action100m.core.times import SourceSeconds
from fiftyone_action100m.meaning.store import NoIndexError, OtherEncoderError
from fiftyone_action100m.views import index_state
from fiftyone_action100m.views import search as search_module
from fiftyone_action100m.views import shown as shown_module
from fiftyone_action100m.views.clips import segments
from fiftyone_action100m.views.find import find
from fiftyone_action100m.views.granularity import by_level, cut, levels_shown
from fiftyone_action100m.views.hierarchy import NoHierarchyError
from fiftyone_action100m.views.hits import Hit
from fiftyone_action100m.views.indexing import delete_index, index
from fiftyone_action100m.views.search import search
from kitchen import BRIEF, PLM, SUMMARY, kitchen
from word_encoder import WordEncoder

F = fo.ViewField


@pytest.fixture(scope="module")
def indexed() -> Iterator[fo.Dataset]:
    made = kitchen("test-meaning")
    index(made, encoder=WordEncoder())
    yield made
    delete_index(made)
    made.delete()


def found(view: Any, text: str, **options: Any) -> list[str]:
    """Returns the nodes that are found, and the last word of the field."""
    return [f"{hit.node_id} {hit.field.split('_')[-1]}" for hit in search(view, text, **options)]


def test_a_synonym_is_found_by_meaning_and_not_by_words(indexed: fo.Dataset) -> None:
    hits = search(indexed, "whisk the eggs", k=1, mode="meaning", fields=BRIEF)
    assert [(hit.label, round(hit.score, 2)) for hit in hits] == [("beat the eggs", 1.0)]
    assert search(indexed, "whisk", mode="words") == []
    by_words = search(indexed, "whisk the EGGS!", mode="words", fields=BRIEF)
    expected = {"beat the eggs", "mix the dressing", "wipe the windscreen"}
    assert {hit.label for hit in by_words} == expected


def test_a_hit_says_where_it_is(indexed: fo.Dataset) -> None:
    (hit,) = search(indexed, "fry bacon", k=1)
    sample = indexed.one(F("video_uid") == "omelette")
    label = next(d for d in sample[BRIEF].detections if d.label == "fry bacon")
    assert hit == Hit(
        sample_id=sample.id,
        video_uid="omelette",
        node_id="o4",
        field=BRIEF,
        label="fry bacon",
        level=1,
        start=12.0,
        end=20.0,
        support=(121, 200),
        score=pytest.approx(1.0, abs=2e-3),
        label_id=label.id,
        also=hit.also,
    )


def test_a_branch_is_collapsed_into_its_best_node(indexed: fo.Dataset) -> None:
    hits = search(indexed, "beat the eggs with a fork", k=2)
    assert [(hit.node_id, hit.field) for hit in hits] == [("o3", BRIEF), ("s2", PLM)]
    assert hits[0].also >= 2  # its parent's captions
    every = found(indexed, "beat the eggs with a fork", k=5, collapse=False)
    assert every[:2] == ["o3 brief", "o1 brief"]


def test_filters_act_before_the_best_are_taken(indexed: fo.Dataset) -> None:
    assert found(indexed, "beat the eggs", k=1, levels=[2], mode="meaning") == ["o3 action"]
    assert found(indexed, "beat eggs", k=1, seconds=(None, 6), fields=PLM) == ["s2 action"]
    assert found(indexed, "beat eggs", k=1, seconds=(9, None), fields=PLM) == ["o1 action"]
    assert sorted(found(indexed, "eggs", k=9, levels=[0], fields=PLM, mode="meaning")) == [
        "c action", "o action", "s action",
    ]  # fmt: skip
    assert found(indexed, "beat eggs", levels=[7]) == []


def test_what_a_view_hides_is_not_found(indexed: fo.Dataset) -> None:
    salad = indexed.match(F("video_uid") == "salad")
    assert found(salad, "beat eggs", k=1) == ["s2 action"]
    assert {hit.video_uid for hit in search(salad, "eggs", k=50, mode="meaning")} == {"salad"}
    assert found(indexed.limit(1).sort_by("filepath"), "windscreen", k=1, mode="words") == []
    assert found(indexed.skip(2).limit(1), "windscreen", k=1, mode="words") == ["c1 brief"]
    leaves = indexed.filter_labels(PLM, F("level") == 1, only_matches=False)
    assert found(leaves, "beat eggs", k=1, fields=PLM) == ["s2 action"]
    assert found(indexed.select_fields([SUMMARY]), "salad", k=1) == ["s brief"]
    with pytest.raises(NoHierarchyError, match="'plm_action' is not indexed, or not in the view"):
        search(indexed.select_fields([SUMMARY]), "salad", fields=PLM)


def test_clips_are_found_by_their_own_caption(indexed: fo.Dataset) -> None:
    clips = segments(indexed, PLM)
    (hit,) = search(clips, "beat eggs", k=1, levels=[1])
    assert (hit.node_id, hit.video_uid, hit.start, hit.support) == ("s2", "salad", 5.0, (51, 100))
    assert hit.label_id in clips.values("id")
    short = clips.match(F("support")[1] <= 60)
    assert all(hit.support[1] <= 60 for hit in search(short, "beat eggs", k=3))
    with pytest.raises(NoHierarchyError, match="what can be searched: plm_action"):
        search(clips, "eggs", fields=BRIEF)


def test_what_changed_or_went_since_is_not_found(dataset_name: str) -> None:
    made = kitchen(dataset_name)
    index(made, encoder=WordEncoder())
    one = made.one(F("video_uid") == "car")
    one[PLM].detections[1].label = "wash a dog"
    one.save()
    made.delete_samples(made.match(F("video_uid") == "salad"))
    assert search(made, "wipe glass", mode="words", fields=PLM) == []
    assert "salad" not in {hit.video_uid for hit in search(made, "salad", k=50)}


def test_equal_captions_are_all_found(dataset_name: str) -> None:
    made = kitchen(dataset_name)
    for i in range(60):
        node = fo.TemporalDetection(label="stir", support=[1, 9], node_id=f"n{i}", level=0)
        labels = fo.TemporalDetections(detections=[node])
        made.add_sample(fo.Sample(filepath=f"/{i}.mp4", **{BRIEF: labels}))
    index(made, encoder=WordEncoder())
    hits = search(made, "stir", k=55)
    assert {hit.label for hit in hits} == {"stir"}
    assert len({hit.sample_id for hit in hits}) == 55


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"text": "  "}, "type something"),
        ({"text": "x" * 2001}, "a query can have 2,000 characters, this one has 2,001"),
        ({"mode": "vibes"}, "mode is 'vibes': choose from words, meaning, both"),
        ({"k": 0}, "k is 0"),
    ],
)
def test_a_query_that_makes_no_sense(
    indexed: fo.Dataset, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(QueryError, match=message):
        search(indexed, **{"text": "eggs", **options})


def test_odd_queries_find_something_or_nothing(indexed: fo.Dataset) -> None:
    for text in ("\ud800", "a\0b", "(((", "%s {0} $where", "\u202eeggs", "x" * 2000):
        for mode in ("words", "meaning", "both"):
            search(indexed, text, k=2, mode=mode)
    assert found(indexed, "eggs", k=100)


def test_another_encoder_is_refused(indexed: fo.Dataset) -> None:
    with pytest.raises(OtherEncoderError, match="made by words, not by other"):
        search(indexed, "eggs", encoder=WordEncoder("other"))


def test_there_is_no_index(dataset_name: str) -> None:
    with pytest.raises(NoIndexError, match="run `action100m index"):
        search(kitchen(dataset_name), "eggs")


class Warnings(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keeps a line."""
        self.lines.append(record.getMessage())


@pytest.fixture
def warnings() -> Iterator[list[str]]:
    """What is logged about the state of indexes."""
    handler = Warnings()
    index_state.logger.addHandler(handler)
    yield handler.lines
    index_state.logger.removeHandler(handler)


def test_a_stale_index_is_reported_once(dataset_name: str, warnings: list[str]) -> None:
    made = kitchen(dataset_name)
    index(made, encoder=WordEncoder())
    one = made.one(F("video_uid") == "salad")
    search(made, "eggs")
    one[BRIEF].detections[0].label = "peel a carrot"
    one.save()
    search(made, "eggs", check=False)
    assert warnings == []
    search(made.limit(1), "eggs")
    assert len(warnings) == 1
    assert warnings[0].startswith("the index is stale: 1 text is new")
    assert warnings[0].endswith(f": run `action100m index {dataset_name}`")
    search(made, "eggs")
    assert len(warnings) == 1
    made.delete_samples(made.first())
    search(made, "eggs")
    assert len(warnings) == 2
    index(made, encoder=WordEncoder())
    one.tags.append("seen")
    one.save()
    search(made, "eggs")
    assert len(warnings) == 2


def test_the_samples_of_an_unchanged_dataset_are_not_read_for_that(
    indexed: fo.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_state, "_compared", {})
    monkeypatch.delattr(index_state, "find_changes")
    assert search(indexed, "fry bacon", k=1)
    with pytest.raises(NameError):
        index_state.check_index(indexed)


def test_captions_without_a_node_are_no_branch() -> None:
    one = Hit(
        "v", None, None, "f", "whisk", 2, SourceSeconds(0.0), SourceSeconds(1.0), (1, 25), 1.0, "a"
    )
    assert not one.same_branch(replace(one, support=(26, 50), label_id="b"))


VIEWS: dict[str, Callable[[fo.Dataset], fo.DatasetView]] = {
    "level": lambda made: by_level(made, 1),
    "cut": lambda made: cut(made, 6, holes="cover"),
    "words": lambda made: find(made, "the", keep="ancestors"),
    "no video": lambda made: made.match(F("video_uid") == "none"),
    "one field": lambda made: made.filter_labels(PLM, F("level") == 2, only_matches=False),
    "gone": lambda made: made.filter_labels(BRIEF, F("level") > 90),
    "first": lambda made: by_level(made.sort_by("video_uid"), 1).limit(1),
    "the first's": lambda made: by_level(made.sort_by("video_uid").limit(1), 1),
    "other": lambda made: made.mongo([{"$sort": {"video_uid": -1}}, {"$limit": 1}]),
    "clips": lambda made: segments(made, PLM).match(F("support")[0] > 50),
    "no clips": lambda made: segments(made, PLM).match(F("support")[0] > 50000),
}


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("way", ["few", "all", "kept"])
def test_a_view_is_searched_as_if_all_captions_were_compared_with_it(
    indexed: fo.Dataset, monkeypatch: pytest.MonkeyPatch, name: str, way: str
) -> None:
    """Whichever way it is asked: a few captions at a time, as a whole, or as read before."""
    view = VIEWS[name](indexed)
    shown = set(view.values("id"))
    if not isinstance(view, fo.core.clips.ClipsView):
        fields = (BRIEF, SUMMARY, PLM)
        shown = {i for f in fields for ids in view.values(f"{f}.detections.id") for i in ids or ()}
    monkeypatch.setattr(search_module, "_AT_MOST", 4)
    monkeypatch.setattr(search_module, "_ENOUGH", {"few": 10**6, "all": 0, "kept": 5}[way])
    fields = [PLM] if isinstance(view, fo.core.clips.ClipsView) else None
    for mode, k in (("both", 1), ("meaning", 100), ("words", 3)):
        options = {"mode": mode, "collapse": False, "fields": fields}
        every = search(indexed, "beat the eggs", k=1000, **options)
        expected = [hit.label_id for hit in every if hit.label_id in shown][:k]
        for _ in range(2):
            assert [h.label_id for h in search(view, "beat the eggs", k=k, **options)] == expected
    if way == "few":
        shown_module._kept.clear()


def test_what_a_view_shows_is_read_again_when_samples_change(
    dataset_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search_module, "_ENOUGH", 0)
    made = kitchen(dataset_name)
    index(made, encoder=WordEncoder())
    view = by_level(made, 1)
    options = {"mode": "words", "fields": PLM}
    before = found(view, "wipe glass", **options)
    assert before
    read = shown_module._read_all
    times: list[int] = []
    monkeypatch.setattr(shown_module, "_read_all", lambda *of: times.append(1) or read(*of))
    assert found(view, "wipe glass", **options) == before and not times
    car = made.one(F("video_uid") == "car")
    node = next(d for d in car[PLM].detections if d.node_id == before[0].split()[0])
    node.level = 7
    car.save()
    assert found(view, "wipe glass", **options) == before[1:] and times
    node.level = 1
    car.save()
    assert found(view, "wipe glass", **options) == before
    delete_index(made)


def test_levels_of_a_view_are_looked_up_in_the_index_only_if_it_has_them(
    dataset_name: str,
) -> None:
    made = kitchen(dataset_name)
    index(made, encoder=WordEncoder())
    view = by_level(made, 1, 2)
    assert levels_shown(view) == dict.fromkeys((SUMMARY, BRIEF, PLM), (1, 2))
    assert levels_shown(made.filter_labels(PLM, F("level") >= 1)) == {}
    assert levels_shown(by_level(made.set_field(f"{PLM}.detections.level", 5), 1)) == {}
    assert levels_shown(cut(made, 6)) == {}
    options = {"mode": "words", "fields": PLM, "k": 50}
    car = made.one(F("video_uid") == "car")
    root = next(d for d in car[PLM].detections if d.level == 0)
    text = root.label
    assert root.node_id + " action" not in found(view, text, **options)
    root.level = 2  # the index has 0 of it
    car.save()
    assert root.node_id + " action" in found(view, text, **options)
    index(made, encoder=WordEncoder())
    assert root.node_id + " action" in found(view, text, **options)
    delete_index(made)
