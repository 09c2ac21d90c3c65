"""The files of an index: texts are embedded once, whatever happens; searches are exact."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from fiftyone_action100m.meaning.building import IndexWriter
from fiftyone_action100m.meaning.files import IndexInUseError, locked
from fiftyone_action100m.meaning.ranking import ranked_texts
from fiftyone_action100m.meaning.store import (
    FloatArray,
    IntArray,
    Mask,
    NoIndexError,
    Occurrences,
    OtherEncoderError,
    TextIndex,
    open_folder,
    read_info,
)
from fiftyone_action100m.meaning.texts import TextsWriter, quantise
from word_encoder import WordEncoder

DATASET = "0" * 24
HOSTILE = ["", "\ud800 half", "a\0b", "x" * 100_000, "\u202eright to left", "{0.__class__} %s $1"]

Videos = dict[str, list[str]]


def build(
    folder: Path, videos: Videos, encoder: WordEncoder, changed: Sequence[str] | None = None
) -> TextIndex:
    """Indexes texts by video, of which only some have changed since the last time."""
    with locked(folder):
        write(folder, videos, encoder, changed)
    return open_folder(folder)


def write(
    folder: Path, videos: Videos, encoder: WordEncoder, changed: Sequence[str] | None
) -> None:
    """Does what :func:`build` does."""
    writer = IndexWriter(folder, encoder, ["gpt_action_brief"], DATASET)
    names = {f"{name:_>12}".encode(): name for name in videos}
    if writer.previous is not None and changed is not None:
        known = [names.get(row.tobytes()) for row in writer.previous.sample_ids]
        writer.keep(np.array([name is not None and name not in changed for name in known]))
    for encoded, name in names.items():
        if writer.previous is None or changed is None or name in changed:
            texts = videos[name]
            writer.add([(encoded, 1)], texts, occurrences(len(texts)))
    for _ in writer.embed():
        pass
    writer.finish()


def occurrences(number: int) -> Occurrences:
    """Returns occurrences of as many texts in one sample, on ever deeper levels."""
    labels = np.arange(12 * number, dtype=np.uint32).astype(np.uint8).reshape(number, 12)
    return Occurrences(
        text=np.zeros(number, np.int32),
        sample=np.zeros(number, np.int32),
        label=labels,
        field=np.zeros(number, np.uint8),
        level=np.arange(number, dtype=np.int16),
        duration=np.arange(number, dtype=np.float32),
    )


def in_words(index: TextIndex) -> dict[str, list[tuple[str, int]]]:
    """Returns where each text occurs: the video and the level."""
    found: dict[str, list[tuple[str, int]]] = {}
    for row, text in enumerate(index.texts.to_pylist()):
        uses = index.occurrences([row])
        videos = [index.sample_ids[s].tobytes().decode().strip("_") for s in uses.sample.tolist()]
        found[text] = sorted(zip(videos, uses.level.tolist(), strict=True))
    return found


def best(
    index: TextIndex,
    k: int,
    allowed: Mask,
    query: FloatArray | None = None,
    words: str | None = None,
    weights: tuple[float, float] = (1.0, 1.0),
) -> tuple[IntArray, FloatArray]:
    """Returns the rows and scores of the k best texts."""
    for rows, scores in ranked_texts(index, k, allowed, query, words, weights):
        return rows[:k], scores[:k]
    return np.empty(0, np.int64), np.empty(0, np.float32)


def digests(folder: Path) -> dict[str, str]:
    """Returns a digest of each file that a search reads, and of the texts and vectors."""
    info = read_info(folder)
    assert info is not None
    files = [*(folder / info.texts_folder).iterdir(), *(folder / info.uses_folder).iterdir()]
    return {f.name: sha256(f.read_bytes()).hexdigest() for f in files if f.name != "journal"}


@pytest.fixture
def encoder() -> WordEncoder:
    return WordEncoder()


def test_texts_are_kept_once_with_all_their_occurrences(
    tmp_path: Path, encoder: WordEncoder
) -> None:
    videos = {"a": ["beat eggs", "chop onions", "beat eggs"], "b": ["chop onions", "rest"]}
    index = build(tmp_path, videos, encoder)
    assert index.texts.to_pylist() == ["beat eggs", "chop onions", "rest"]
    assert index.counts.tolist() == [2, 2, 1]
    assert encoder.encoded == 3
    assert in_words(index) == {
        "beat eggs": [("a", 0), ("a", 2)],
        "chop onions": [("a", 1), ("b", 0)],
        "rest": [("b", 1)],
    }
    expected = encoder.encode(["beat eggs", "chop onions", "rest"])
    assert index.vectors(0, 3) == pytest.approx(expected, abs=1e-3)
    assert not list(index.folder.rglob("raw.*"))


def test_hostile_texts_are_indexed_as_they_are(tmp_path: Path, encoder: WordEncoder) -> None:
    index = build(tmp_path, {"a": HOSTILE}, encoder)
    assert index.texts.to_pylist() == [t.replace("\ud800", "?") for t in HOSTILE]
    rows, scores = best(index, 1, index.alive, encoder.encode(["right to left"])[0])
    assert (rows.tolist(), scores.tolist()) == ([4], [pytest.approx(1, abs=2e-3)])
    assert best(index, 9, index.counts > 0, words="__CLASS__ \ud800")[0].tolist() == [5]


def test_only_new_texts_are_embedded(tmp_path: Path, encoder: WordEncoder) -> None:
    videos = {"a": ["beat eggs", "chop onions"], "b": ["rest"]}
    build(tmp_path, videos, encoder)
    videos = {**videos, "b": ["rest", "wait"], "c": ["beat eggs", "serve"]}
    index = build(tmp_path, videos, encoder, ["b", "c"])
    assert encoder.encoded == 5
    assert in_words(index) == in_words(build(tmp_path / "new", videos, WordEncoder()))
    assert index.generation == 2
    files = {path.name for path in tmp_path.iterdir()}
    assert files == {"index.json", "lock", "texts-1", "uses-2", "new"}


def test_texts_that_are_gone_are_never_found_and_dropped_in_time(
    tmp_path: Path, encoder: WordEncoder
) -> None:
    videos = {"a": ["one", "two", "three", "four"], "b": ["five", "six", "seven"]}
    build(tmp_path, videos, encoder)
    index = build(tmp_path, {**videos, "a": ["one", "two"]}, encoder, ["a"])
    assert (len(index), index.info.alive) == (7, 5)
    assert 3 not in best(index, 7, index.alive, encoder.encode(["four"])[0])[0]
    index = build(tmp_path, {"b": videos["b"]}, encoder, [])
    assert index.texts.to_pylist() == videos["b"]
    assert in_words(index) == {"five": [("b", 0)], "six": [("b", 1)], "seven": [("b", 2)]}
    assert index.vectors(0, 3) == pytest.approx(encoder.encode(videos["b"]), abs=1e-3)
    assert encoder.encoded == 7 + 1 + 3


def test_a_text_that_comes_back_keeps_its_vector(tmp_path: Path, encoder: WordEncoder) -> None:
    videos = {"a": ["one", "two", "three", "four"], "b": ["five"]}
    build(tmp_path, videos, encoder)
    build(tmp_path, {**videos, "b": ["six"]}, encoder, ["b"])
    index = build(tmp_path, videos, encoder, ["b"])
    assert encoder.encoded == 6
    assert index.counts.tolist() == [1, 1, 1, 1, 1, 0]


def test_another_encoder_embeds_all_texts_again(tmp_path: Path, encoder: WordEncoder) -> None:
    videos = {"a": ["one", "two"]}
    index, other = build(tmp_path, videos, encoder), WordEncoder("other", 32)
    with pytest.raises(OtherEncoderError, match="made by words, not by other"):
        index.encode(other, ["one"])
    with pytest.raises(ValueError, match="has 32 numbers, the index's vectors have 64"):
        best(index, 1, index.alive, other.encode(["one"])[0])
    again = build(tmp_path, videos, other)
    assert (again.dimension, again.encoder, other.encoded) == (32, "other", 3)
    assert len(list(tmp_path.glob("texts-*"))) == 1


def test_an_open_index_is_still_read_when_another_replaces_it(
    tmp_path: Path, encoder: WordEncoder
) -> None:
    index = build(tmp_path, {"a": ["one", "two"]}, encoder)
    build(tmp_path, {"a": ["three"]}, encoder, ["a"])
    assert in_words(index) == {"one": [("a", 0)], "two": [("a", 1)]}


def test_an_index_without_texts(tmp_path: Path, encoder: WordEncoder) -> None:
    index = build(tmp_path, {}, encoder)
    assert [a.tolist() for a in best(index, 3, index.alive, encoder.encode(["x"])[0])] == [[], []]
    assert best(index, 3, index.counts > 0, words="x")[0].tolist() == []
    assert len(index.occurrences([]).text) == 0


def test_there_is_no_index(tmp_path: Path) -> None:
    with pytest.raises(NoIndexError, match="there is no index in"):
        open_folder(tmp_path)


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(IndexInUseError), locked(tmp_path):
        pass


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TextIndex, WordEncoder]]:
    """An index of 3,000 texts, more than are scored at once."""
    rng = np.random.default_rng(5)
    words = [f"word{i}" for i in range(200)]
    texts = [" ".join(rng.choice(words, 4)) for _ in range(3000)]
    encoder = WordEncoder()
    yield build(tmp_path_factory.mktemp("many"), {"a": texts}, encoder), encoder


def test_the_nearest_are_those_of_a_plain_scan(many: tuple[TextIndex, WordEncoder]) -> None:
    index, encoder = many
    vectors = encoder.encode(index.texts.to_pylist())
    for query in ("word1 word2", "word7", "word8 word9 word10"):
        vector = encoder.encode([query])[0]
        rows, scores = best(index, 10, index.alive, vector)
        expected = np.sort(vectors @ vector)[::-1][:10]
        assert scores == pytest.approx(expected, abs=2e-3)
        assert (vectors @ vector)[rows] == pytest.approx(expected, abs=2e-3)
    allowed = np.arange(len(index)) % 2 == 0
    rows, scores = best(index, 10, allowed, vector)
    assert not (rows % 2).any()
    assert scores == pytest.approx(np.sort((vectors @ vector)[::2])[::-1][:10], abs=2e-3)
    assert len(best(index, 10_000, index.alive, vector)[0]) == len(index)
    own = [best(index, 1, index.alive, v)[1][0] for v in vectors[:200]]
    assert max(own) <= 1 and min(own) > 0.999


def test_words_score_as_scikit_learn_has_it(many: tuple[TextIndex, WordEncoder]) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer

    index, _ = many
    model = TfidfVectorizer(ngram_range=(1, 2), token_pattern=r"\w+")
    matrix = model.fit_transform(index.texts.to_pylist())
    for query in ("word1 word2", "Word7, word7", "word8 nowhere word9"):
        expected = (matrix @ model.transform([query]).T).toarray()[:, 0]
        assert index.words.scores(query) == pytest.approx(expected, abs=1e-5)
        _, scores = best(index, 5, index.counts > 0, words=query)
        assert scores == pytest.approx(np.sort(expected)[::-1][:5], abs=1e-5)
    assert not index.words.scores("nowhere").any()


def test_words_and_vectors_are_weighted(many: tuple[TextIndex, WordEncoder]) -> None:
    index, encoder = many
    query, vector = "word1 word2", encoder.encode(["word1 word2"])[0]
    cosines = index.vectors(0, len(index)) @ vector
    expected = 0.7 * cosines + 0.3 * index.words.scores(query)
    rows, scores = best(index, 10, index.counts > 0, vector, query, (0.7, 0.3))
    assert scores == pytest.approx(np.sort(expected)[::-1][:10], abs=1e-3)
    assert expected[rows] == pytest.approx(scores, abs=1e-3)


def test_words_fold_case_accents_and_punctuation(tmp_path: Path, encoder: WordEncoder) -> None:
    index = build(tmp_path, {"a": ["Crème brûlée!", "Smørrebrød", "stir-fry"]}, encoder)
    for row, query in enumerate(("creme BRULEE", "smorrebrod", "fry stir")):
        assert best(index, 1, index.counts > 0, words=query)[0].tolist() == [row]


def test_eight_bits_keep_a_vector_within_a_part_in_two_hundred() -> None:
    vectors = np.random.default_rng(1).standard_normal((50, 64)).astype(np.float32)
    vectors[7] = 0
    codes, scales = quantise(vectors)
    assert np.abs(codes * scales[:, None] - vectors).max() <= np.abs(vectors).max() / 250


class Dies(WordEncoder):
    """Kills its process when it has encoded enough."""

    def encode(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        if self.encoded >= int(os.environ["DIE_AFTER"]):
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode(texts)


VIDEOS = {str(v): [f"step {v} {s}" for s in range(100)] for v in range(12)}


def test_a_killed_run_goes_on_with_what_was_embedded(tmp_path: Path, encoder: WordEncoder) -> None:
    expected = build(tmp_path / "undisturbed", VIDEOS, encoder)
    for after in ("0", "300", "300"):
        program = (
            "import sys, test_index_store as t; from pathlib import Path\n"
            "import fiftyone_action100m.meaning.texts as texts; texts._SYNC_EVERY = 0\n"
            "t.build(Path(sys.argv[1]), t.VIDEOS, t.Dies())"
        )
        ended = subprocess.run(
            [sys.executable, "-c", program, str(tmp_path / "killed")],
            env={**os.environ, "DIE_AFTER": after, "PYTHONPATH": str(Path(__file__).parent)},
        )
        assert ended.returncode == -signal.SIGKILL
        assert read_info(tmp_path / "killed") is None
    last = WordEncoder()
    index = build(tmp_path / "killed", VIDEOS, last)
    assert 0 < last.encoded < len(expected)
    assert digests(tmp_path / "killed") == digests(tmp_path / "undisturbed")
    assert in_words(index) == in_words(expected)


def test_what_was_written_after_the_last_line_of_the_journal_is_cut_off(
    tmp_path: Path, encoder: WordEncoder
) -> None:
    writer = TextsWriter(tmp_path, encoder)
    writer.add(["one", "two"])
    assert list(writer.embed()) == [(2, 2)]
    writer.close()
    for file in tmp_path.iterdir():
        if file.name != "encoder.json":
            with file.open("ab") as torn:
                torn.write(b'{"te')
    again = TextsWriter(tmp_path, encoder)
    assert again.add(["two", "three"]).tolist() == [1, 2]
    assert list(again.embed()) == [(1, 1)]
    again.close()
    assert encoder.encoded == 3
