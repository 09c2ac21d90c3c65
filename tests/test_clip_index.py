"""An index of clips: each video is decoded once, and words find pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fiftyone as fo
import pytest
from coloured import BRIEF, PLM, RATE, SECONDS, VIDEOS, ColourModel, coloured
from fiftyone_action100m.cli import main
from fiftyone_action100m.converters.clips.media import ClipError
from fiftyone_action100m.converters.clips.pictures import read_pictures
from fiftyone_action100m.core.search import QueryError
from fiftyone_action100m.meaning import texts
from fiftyone_action100m.meaning.encoders import EncoderError
from fiftyone_action100m.meaning.store import NoIndexError, OtherEncoderError
from fiftyone_action100m.views import clip_encoder, indexes
from fiftyone_action100m.views.clip_keys import pictures_of
from fiftyone_action100m.views.indexing import (
    check_index,
    delete_index,
    index,
    open_index,
)
from fiftyone_action100m.views.progress import StageProgress
from fiftyone_action100m.views.search import search
from fiftyone_action100m.views.similar import similar
from fiftyone_action100m.views.zoo_encoder import ZooEncoder
from word_encoder import WordEncoder


@pytest.fixture
def dataset(dataset_name: str, tmp_path: Path) -> fo.Dataset:
    return coloured(dataset_name, tmp_path)


@pytest.fixture
def model() -> ColourModel:
    return ColourModel()


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The videos that are decoded, in order, without the first picture that is tried."""
    paths: list[str] = []

    def watched(path: Path, frames: set[int]) -> object:
        if len(frames) > 1:
            paths.append(path.stem)
        return read_pictures(path, frames)

    monkeypatch.setattr(clip_encoder, "read_pictures", watched)
    return paths


def test_words_find_segments_by_their_pictures(
    dataset: fo.Dataset, model: ColourModel, decoded: list[str]
) -> None:
    steps: list[StageProgress] = []
    made = index(dataset, encoder=model, clips=True, progress=steps.append)
    assert sorted(decoded) == sorted(VIDEOS)  # once each
    segments = sum(1 + len(colours) for colours in VIDEOS.values())
    assert (made.kind, made.info.alive, made.fields) == ("clips", segments, (BRIEF, PLM))
    assert [str(step) for step in steps][-1] == f"Embedding: {segments} of {segments} new segments"
    for colour, expected in (("cyan", ["three-0"]), ("something red", ["one-0", "three-1"])):
        hits = search(dataset, colour, len(expected), "video", levels=[1])
        assert sorted(hit.node_id or "" for hit in hits) == expected
        assert all(hit.score > 0.95 and hit.field == BRIEF for hit in hits)
    (root,) = search(dataset, "yellow and white", 1, "video", fields=PLM)
    assert root.node_id == "two-root"
    with pytest.raises(NoIndexError, match="has no index 'meaning'"):
        search(dataset, "cyan")
    index(dataset, encoder=WordEncoder())
    assert search(dataset, "show cyan", 1)[0].node_id == "three-0"
    index(dataset, encoder=WordEncoder(), brain_key="words")
    with pytest.raises(NoIndexError, match="is of captions: give the key of an index of clips"):
        search(dataset, "cyan", mode="video", brain_key="words")
    with pytest.raises(NoIndexError, match="is of clips: give the key of an index of captions"):
        search(dataset, "cyan", brain_key="clips")
    with pytest.raises(OtherEncoderError, match="made by ColourModel, not by words"):
        search(dataset, "cyan", mode="video", encoder=WordEncoder())


def test_only_new_and_changed_videos_are_decoded_again(
    dataset: fo.Dataset, model: ColourModel, decoded: list[str], tmp_path: Path
) -> None:
    index(dataset, encoder=model, clips=True)
    decoded.clear()
    one = dataset.first()
    one[BRIEF].detections[0].label = "another caption of the same segment"
    one.save()
    assert check_index(dataset, "clips").is_current
    index(dataset, clips=True)
    assert decoded == []
    assert search(dataset, "red", 1, "video", levels=[1])[0].label.startswith("another")
    one[BRIEF].detections[0].support = [1, RATE]
    one.save()
    assert str(check_index(dataset, "clips")) == "the index is stale: 1 segment is new"
    index(dataset, clips=True)
    assert decoded == ["one"]


def test_a_video_that_cannot_be_decoded_is_left_out_until_it_can(
    dataset: fo.Dataset, model: ColourModel, caplog: pytest.LogCaptureFixture
) -> None:
    path = Path(dataset.one(fo.ViewField("video_uid") == "two").filepath)
    whole = path.read_bytes()
    path.unlink()
    index(dataset, encoder=model, clips=True)
    assert "1 video cannot be read, such as " in caplog.text and "no such file" in caplog.text
    assert "two" not in {hit.video_uid for hit in search(dataset, "yellow", 50, "video")}
    assert check_index(dataset, "clips").is_current
    path.write_bytes(whole)
    assert str(check_index(dataset, "clips")) == "the index is stale: 3 segments are new"
    index(dataset, clips=True)
    assert search(dataset, "yellow", 1, "video")[0].video_uid == "two"


def test_a_video_that_is_shorter_than_its_segments_has_only_those_that_it_shows(
    dataset: fo.Dataset, model: ColourModel, caplog: pytest.LogCaptureFixture
) -> None:
    one = dataset.one(fo.ViewField("video_uid") == "two")
    one[BRIEF].detections[1].support = [901, 940]
    one.save()
    index(dataset, encoder=model, clips=True)
    assert "the video is shorter than its segments say" in caplog.text
    found = search(dataset, "white", 50, "video", fields=BRIEF, collapse=False)
    assert "two-1" not in {hit.node_id for hit in found} and len(found) == 6


def test_like_segments_are_found_in_a_clone_and_by_fiftyone(
    dataset: fo.Dataset, model: ColourModel
) -> None:
    index(dataset, encoder=model, clips=True)
    red = dataset.first()[BRIEF].detections[0].id
    clone = dataset.clone(f"{dataset.name}-clone")
    try:
        for one in (dataset, clone):
            view = one.sort_by_similarity(red, k=4, brain_key="clips")
            found = view.values(f"{BRIEF}.detections.label", unwind=True)
            assert [label for label in found if label] == ["show red", "show red"]
    finally:
        clone.delete()
    named = dataset.sort_by_similarity("something cyan", brain_key="clips")
    assert named.first().video_uid == "three"
    folder = open_index(dataset, "clips").folder
    delete_index(dataset, "clips")
    assert not dataset.list_brain_runs() and not folder.exists()


def test_more_segments_like_one_are_found_by_pictures_and_by_text(
    dataset: fo.Dataset, model: ColourModel
) -> None:
    index(dataset, encoder=model, clips=True)
    index(dataset, encoder=WordEncoder())
    sample_id = dataset.first().id
    (best, *others) = similar(dataset, sample_id, "one-0", "clip", levels=[1])
    assert best.node_id == "three-1" and best.score > 0.99
    assert "one-root" not in {hit.node_id for hit in others}
    assert similar(dataset, sample_id, "one-0", k=1, fields=BRIEF)[0].node_id == "three-1"
    hidden = dataset.match(fo.ViewField("video_uid") == "two")
    assert {hit.video_uid for hit in similar(hidden, sample_id, "one-0", "clip")} == {"two"}
    with pytest.raises(QueryError, match="does not have the node 'one-9'"):
        similar(dataset, sample_id, "one-9")
    with pytest.raises(QueryError, match=r"index .* --clips` if it is new"):
        similar(dataset, "no-id", "one-0", "clip")
    with pytest.raises(QueryError, match="by is 'sound'"):
        similar(dataset, sample_id, "one-0", "sound")  # type: ignore[arg-type]


def test_a_run_that_stops_goes_on_after_the_last_video(
    dataset: fo.Dataset, decoded: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts, "_SYNC_EVERY", -1.0)

    class Tiring(ColourModel):
        def embed_all(self, args: Any) -> Any:
            if self.pictures > 30:
                raise OSError("no memory left")
            return super().embed_all(args)

    with pytest.raises(EncoderError, match="no memory left"):
        index(dataset, encoder=Tiring(), clips=True)
    done = decoded[:-1]
    decoded.clear()
    monkeypatch.setattr(Tiring, "embed_all", ColourModel.embed_all)
    index(dataset, encoder=Tiring(), clips=True)
    assert done and sorted(done + decoded) == sorted(VIDEOS)


def test_what_cannot_index_clips_is_refused(dataset: fo.Dataset, model: ColourModel) -> None:
    with pytest.raises(EncoderError, match="name what embeds pictures and texts"):
        index(dataset, clips=True)
    with pytest.raises(EncoderError, match="words embeds texts only"):
        index(dataset, encoder=WordEncoder(), clips=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ColourModel, "has_embeddings", False)
        with pytest.raises(EncoderError, match="does not embed pictures"):
            index(dataset, encoder=model, clips=True)
    index(dataset, encoder=model, clips=True, brain_key="mine")
    with pytest.raises(ValueError, match="the index 'mine' is of clips: give another key"):
        index(dataset, encoder=WordEncoder(), brain_key="mine")


def test_the_commands_index_and_search_clips(
    dataset: fo.Dataset,
    model: ColourModel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    encoder = indexes.remember(ZooEncoder("colours", model))
    monkeypatch.setitem(indexes._by_name, "zoo:colours", encoder)
    name = dataset.name
    assert main(["search", name, "cyan", "--mode", "video"]) == 2
    assert f"run `action100m index {name} --clips --encoder zoo:NAME`" in capsys.readouterr().err
    assert main(["index", name, "--clips", "--dry-run"]) == 0
    assert capsys.readouterr().out == "10 new segments would be embedded. Nothing was done\n"
    assert main(["index", name, "--clips", "--encoder", "zoo:colours"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("10 distinct segments of 17 captions in 3 videos are indexed by colours")
    assert said.endswith(' "whisk the eggs" --mode video\n')
    assert main(["index", name, "--clips", "--check"]) == 0
    assert main(["search", name, "cyan", "--mode", "video", "-k", "1", "--levels", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("three        show cyan (+1)")


def test_pictures_are_spread_over_a_segment_and_shared() -> None:
    step = RATE * SECONDS
    assert pictures_of((1, step), RATE) == [3, 8, 13, 18, 23, 28, 33, 38]
    assert set(pictures_of((1, 20), RATE)) < set(pictures_of((1, step), RATE))
    assert pictures_of((4, 5), RATE) == [4]
    assert len(pictures_of((1, 9000), RATE)) == 8


def test_a_file_without_pictures_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    with pytest.raises(ClipError, match="no such file"):
        list(read_pictures(path, [1]))
    path.write_text("#EXTM3U")
    with pytest.raises(ClipError, match="a playlist of other files"):
        list(read_pictures(path, [1]))
